import { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { loadPortfolio } from '../dashboard/load-figures.ts';
import { allocationsOf } from '../dashboard/page.ts';
import { sharedFigures } from '../dashboard/shared-figures.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { dateIn } from '../lib/dates.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { parse } from '../web/parse.ts';
import { PERFORMANCE_PERIODS } from './performance.ts';
import { NO_RETURN_WORDS } from './reasons.ts';

const ACTIVITY_DAYS = 365;
const ACTIVITY_ROWS = 50;

const pageQuery = z.object({ period: z.enum(PERFORMANCE_PERIODS).catch('1Y') });

/** The page of the investments: what is held, how it went, how it is spread, what it pays. */
export function portfolioPages({ database, now }: Deps, cache: FigureCache): Router {
  const router = Router();
  const shared = sharedFigures(database, cache);

  router.get('/portfolio', async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const { period } = parse(pageQuery, request.query);
    const [portfolio, performance, freshness] = await Promise.all([
      loadPortfolio(database, user, today, ACTIVITY_DAYS),
      shared.performance(user, today),
      loadFreshness(database, user),
    ]);
    const chosen = performance.periods.find((candidate) => candidate.period === period) ?? performance.periods.at(-1) ?? null;
    response.render('portfolio/index', {
      title: 'Portfolio',
      path: '/portfolio',
      user,
      now: now(),
      currency: user.baseCurrency,
      freshness,
      ...portfolio,
      isEmpty: portfolio.summary.holdings.length === 0 && performance.days.length === 0,
      performance,
      chosen,
      noReturn: NO_RETURN_WORDS,
      period: chosen?.period ?? period,
      allocations: allocationsOf(portfolio.summary),
      activity: portfolio.activity.slice(0, ACTIVITY_ROWS),
      activityCount: portfolio.activity.length,
    });
  });

  return router;
}
