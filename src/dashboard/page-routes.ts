import { Router } from 'express';
import { z } from 'zod';
import { alertCard } from '../alerts/page-routes.ts';
import { listAlerts } from '../alerts/store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { dateIn } from '../lib/dates.ts';
import { listTransactions } from '../transactions/store.ts';
import { countSuggestions } from '../transactions/transfer-store.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { parse } from '../web/parse.ts';
import { allowLink } from '../web/security-headers.ts';
import * as figures from './load-figures.ts';
import { dashboardView, TREND_DAYS } from './page.ts';
import { givenDates, periodFrom, RECENT_TRANSACTIONS } from './routes.ts';
import { sharedFigures } from './shared-figures.ts';

const FORECAST_DAYS = 14;
const PORTFOLIO_DAYS = 90;
const ALERTS = 4;

const pageQuery = z.object({ days: z.enum(TREND_DAYS).catch('365') });

/** The dashboard page. */
export function dashboardPages({ database, now, link }: Deps, cache: FigureCache): Router {
  const router = Router();
  const shared = sharedFigures(database, cache);

  router.get('/', ...allowLink(link), async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const query = parse(pageQuery, request.query);
    const period = periodFrom(givenDates(request.query), today);
    const [netWorth, cashFlow, portfolio, recent, freshness, streams, insights, forecast, suggestionCount, alerts] = await Promise.all([
      shared.netWorth(user, today, query.days === 'all' ? 'all' : Number(query.days)),
      figures.loadCashFlow(database, user, period),
      figures.loadPortfolio(database, user, today, PORTFOLIO_DAYS),
      listTransactions(database, user.id, {}, { sort: 'date_desc', limit: RECENT_TRANSACTIONS, offset: 0 }),
      loadFreshness(database, user),
      shared.streams(user, today),
      shared.insights(user, today),
      shared.forecast(user, today, FORECAST_DAYS),
      countSuggestions(database, user.id),
      listAlerts(database, user.id, 'open', now(), { limit: ALERTS, offset: 0 }),
    ]);
    const loaded = {
      ...{ netWorth, cashFlow, portfolio, recent, freshness, streams, insights, forecast, suggestionCount },
      alerts: alerts.map((alert) => alertCard(alert, [])),
    };
    response.render('dashboard/index', { title: 'Dashboard', path: '/', ...dashboardView(user, now(), today, period, query.days, loaded) });
  });

  return router;
}
