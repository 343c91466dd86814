import { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { type CalendarDate, dateIn } from '../lib/dates.ts';
import { monthToDate, type Period } from '../lib/period.ts';
import { listStreams } from '../recurring/store.ts';
import { transactionJson } from '../transactions/present.ts';
import { listTransactions } from '../transactions/store.ts';
import { HttpError } from '../web/errors.ts';
import { dateField, integerField, parse } from '../web/parse.ts';
import * as figures from './load-figures.ts';
import * as present from './present.ts';

const DAYS_MAX = 3_650;
const NET_WORTH_DAYS = 365;
const PORTFOLIO_DAYS = 90;
const FORECAST_DAYS = 30;
export const RECENT_TRANSACTIONS = 10;

const nothing = z.strictObject({});
const days = integerField(1, DAYS_MAX);
const netWorthQuery = z.strictObject({
  days: z.union([z.literal('all'), days], `must be a whole number from 1 to ${DAYS_MAX}, or all`).default(NET_WORTH_DAYS),
});
const portfolioQuery = z.strictObject({ days: days.default(PORTFOLIO_DAYS) });
const cashFlowQuery = z.strictObject({ start_date: dateField.optional(), end_date: dateField.optional() });

/** The period of a query string, month to date by default. @throws HttpError 400 when it ends before it starts */
export function periodFrom(query: unknown, today: CalendarDate): Period {
  const input = parse(cashFlowQuery, query);
  const fallback = monthToDate(input.end_date ?? today);
  const period = { start: input.start_date ?? fallback.start, end: input.end_date ?? fallback.end };
  const blamed = input.end_date ? 'end_date' : 'start_date';
  const message = input.end_date ? 'must not be before start_date' : 'must not be after today, unless end_date is given';
  if (period.end < period.start) throw new HttpError(400, 'invalid_input', `${blamed}: ${message}`, { fields: { [blamed]: message } });
  return period;
}

/** /api/dashboard: figures. */
export function dashboardRoutes({ database, now }: Deps): Router {
  const router = Router();

  router.get('/overview', async (request, response) => {
    const user = userOf(request);
    parse(nothing, request.query);
    const today = dateIn(user.timeZone, now());
    const [netWorth, cashFlow, portfolio, recent, freshness] = await Promise.all([
      figures.loadNetWorth(database, user, today, 1),
      figures.loadCashFlow(database, user, monthToDate(today)),
      figures.loadPortfolio(database, user, today, PORTFOLIO_DAYS),
      listTransactions(database, user.id, {}, { sort: 'date_desc', limit: RECENT_TRANSACTIONS, offset: 0 }),
      loadFreshness(database, user),
    ]);
    response.json({
      net_worth: present.currentNetWorthJson(netWorth),
      cash_flow: present.cashFlowJson(cashFlow),
      portfolio: present.portfolioSummaryJson(portfolio.summary),
      recent_transactions: recent.map(transactionJson),
      freshness: present.freshnessJson(freshness),
    });
  });

  router.get('/net-worth', async (request, response) => {
    const user = userOf(request);
    const query = parse(netWorthQuery, request.query);
    const netWorth = await figures.loadNetWorth(database, user, dateIn(user.timeZone, now()), query.days);
    response.json({
      current: present.currentNetWorthJson(netWorth),
      history: present.historyJson(netWorth.history),
      metrics: present.metricsJson(netWorth.metrics),
    });
  });

  router.get('/cash-flow', async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const period = periodFrom(request.query, today);
    const [report, streams, insights] = await Promise.all([
      figures.loadCashFlow(database, user, period),
      listStreams(database, user.id),
      figures.loadInsights(database, user, today),
    ]);
    response.json({
      analysis: present.cashFlowJson(report),
      recurring: streams.map(present.streamJson),
      forecast: present.forecastJson(await figures.loadForecast(database, user, today, FORECAST_DAYS, streams)),
      insights: present.insightsJson(insights),
    });
  });

  router.get('/portfolio', async (request, response) => {
    const user = userOf(request);
    const query = parse(portfolioQuery, request.query);
    response.json(present.portfolioJson(await figures.loadPortfolio(database, user, dateIn(user.timeZone, now()), query.days)));
  });

  return router;
}
