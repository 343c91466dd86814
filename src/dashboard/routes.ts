import { type Request, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { FORECAST_DAYS_MAX } from '../forecast/load-forecast.ts';
import { loadFreshness } from '../items/freshness.ts';
import { type CalendarDate, dateIn } from '../lib/dates.ts';
import { monthToDate, type Period } from '../lib/period.ts';
import { streamJson } from '../recurring/present.ts';
import { transactionJson } from '../transactions/present.ts';
import { listTransactions } from '../transactions/store.ts';
import { HttpError } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { dateField, integerField, parse } from '../web/parse.ts';
import { answerOnce } from './answer.ts';
import * as figures from './load-figures.ts';
import * as present from './present.ts';
import { sharedFigures } from './shared-figures.ts';

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

const forecastQuery = z.strictObject({ days: integerField(1, FORECAST_DAYS_MAX).default(FORECAST_DAYS) });

/** The dates of a page's address; a form sends its empty fields too, which say nothing. */
export const givenDates = ({ start_date, end_date }: Record<string, unknown>) => ({
  ...(start_date ? { start_date } : {}),
  ...(end_date ? { end_date } : {}),
});

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

/** The two days of a bridge: by default today and a month before. @throws HttpError 400 when they are not in order, or later than today */
export function bridgeSpanFrom(query: unknown, today: CalendarDate): Period {
  const input = parse(cashFlowQuery, query);
  const span = figures.bridgeSpan({ start: input.start_date, end: input.end_date }, today);
  if (span) return span;
  const isFuture = input.end_date !== undefined && input.end_date > today;
  const blamed = isFuture || !input.start_date ? 'end_date' : 'start_date';
  const message = isFuture ? 'must not be after today' : `must be a day before end_date, at most ${figures.BRIDGE_DAYS_MAX} days ago`;
  throw new HttpError(400, 'invalid_input', `${blamed}: ${message}`, { fields: { [blamed]: message } });
}

/** /api/dashboard: figures. What does not depend on the period asked for is worked out once for a state of the data. */
export function dashboardRoutes({ database, now }: Deps, cache: FigureCache): Router {
  const router = Router();
  const here = (request: Request) => {
    const user = userOf(request);
    return { user, today: dateIn(user.timeZone, now()) };
  };
  const shared = sharedFigures(database, cache);
  /** What every answer about cash flow has beside the period's own figures, as JSON text. */
  const timeless = (user: User, today: CalendarDate) =>
    cache.remember(user, today, 'cash flow, whatever the period', async () => {
      const [streams, insights, forecast] = await Promise.all([
        shared.streams(user, today),
        shared.insights(user, today),
        shared.forecast(user, today, FORECAST_DAYS),
      ]);
      return JSON.stringify({
        recurring: streams.filter((stream) => !stream.isDismissed).map(streamJson),
        forecast: present.forecastJson(forecast),
        insights: present.insightsJson(insights),
      });
    });

  router.get('/overview', async (request, response) => {
    const { user, today } = here(request);
    parse(nothing, request.query);
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
    const { user, today } = here(request);
    const query = parse(netWorthQuery, request.query);
    await answerOnce(cache, request, response, { user, today }, async () => {
      const netWorth = await figures.loadNetWorth(database, user, today, query.days);
      return {
        current: present.currentNetWorthJson(netWorth),
        history: present.historyJson(netWorth.history),
        metrics: present.metricsJson(netWorth.metrics),
      };
    });
  });

  router.get('/net-worth/bridge', async (request, response) => {
    const { user, today } = here(request);
    const span = bridgeSpanFrom(request.query, today);
    await answerOnce(cache, request, response, { user, today }, async () =>
      present.bridgeJson(await figures.loadBridge(database, user, today, span)),
    );
  });

  router.get('/cash-flow', async (request, response) => {
    const { user, today } = here(request);
    const period = periodFrom(request.query, today);
    await answerOnce(cache, request, response, { user, today }, async () => {
      const [report, rest] = await Promise.all([figures.loadCashFlow(database, user, period), timeless(user, today)]);
      return `{"analysis":${present.cashFlowText(report)},${rest.slice(1)}`;
    });
  });

  router.get('/forecast', async (request, response) => {
    const { user, today } = here(request);
    const { days } = parse(forecastQuery, request.query);
    await answerOnce(cache, request, response, { user, today }, async () => present.forecastJson(await shared.forecast(user, today, days)));
  });

  router.get('/portfolio', async (request, response) => {
    const { user, today } = here(request);
    const query = parse(portfolioQuery, request.query);
    await answerOnce(cache, request, response, { user, today }, async () => {
      const [portfolio, performance] = await Promise.all([
        figures.loadPortfolio(database, user, today, query.days),
        shared.performance(user, today),
      ]);
      return present.portfolioJson(portfolio, performance);
    });
  });

  return router;
}
