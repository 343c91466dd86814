import { listAllAccounts } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import { BRIDGE_DAYS_MAX, bridgeSpan, loadBridge, loadCashFlow, loadNetWorth, loadPortfolio } from '../dashboard/load-figures.ts';
import type { SharedFigures } from '../dashboard/shared-figures.ts';
import type { Database } from '../database/client.ts';
import { addDays, type CalendarDate, daysBetween, eachDay } from '../lib/dates.ts';
import { monthToDate, type Period, previousPeriod, sameDaysLastMonth } from '../lib/period.ts';
import { dailyBalances } from '../net-worth/history.ts';
import * as cashFlow from './cash-flow.ts';
import type { Explanation, Parameters } from './explanation.ts';
import * as forecast from './forecast.ts';
import * as netWorth from './net-worth.ts';
import * as portfolio from './portfolio.ts';

const FORECAST_DAYS = 30;
const PORTFOLIO_DAYS = 90;

interface Given {
  database: Database;
  shared: SharedFigures;
  user: User;
  today: CalendarDate;
  parameters: Parameters;
}
type Explain = (given: Given, figure: string) => Promise<Explanation | null>;

const periodOf = ({ parameters, today }: Given): Period => {
  const fallback = monthToDate(parameters.end ?? today);
  return { start: parameters.start ?? fallback.start, end: parameters.end ?? fallback.end };
};

const explainCashFlow =
  (isPrevious: boolean): Explain =>
  async (given, figure) => {
    const { database, user, parameters } = given;
    const period = periodOf(given);
    const report = await loadCashFlow(database, user, period);
    return cashFlow.explainCashFlow(figure, report, isPrevious, previousPeriod(period), parameters);
  };

/** The families of figures: which there are, and how one is explained. */
const FAMILIES: Record<string, { figures: string[]; explain: Explain }> = {
  net_worth: {
    figures: netWorth.netWorthFigures,
    explain: async ({ database, user, today }, figure) =>
      netWorth.explainNetWorth(figure, await loadNetWorth(database, user, today, 1), user.currencies, today),
  },
  metrics: {
    figures: netWorth.metricFigures,
    explain: async ({ database, user, today }, figure) => {
      const { metrics, history } = await loadNetWorth(database, user, today, 365);
      return netWorth.explainMetric(
        figure,
        metrics,
        history.some((point) => point.isEstimated),
      );
    },
  },
  history: { figures: ['net_worth'], explain: explainHistory },
  bridge: {
    figures: ['change'],
    explain: async ({ database, user, today, parameters }) => {
      const span = bridgeSpan(parameters, today);
      return span && netWorth.explainBridge(await loadBridge(database, user, today, span), addDays(span.start, 1));
    },
  },
  cash_flow: { figures: cashFlow.cashFlowFigures, explain: explainCashFlow(false) },
  previous: { figures: cashFlow.cashFlowFigures, explain: explainCashFlow(true) },
  insights: {
    figures: cashFlow.insightFigures,
    explain: async ({ shared, user, today, parameters }, figure) =>
      cashFlow.explainInsight(figure, await shared.insights(user, today), monthToDate(today), sameDaysLastMonth(today), parameters),
  },
  portfolio: {
    figures: portfolio.portfolioFigures,
    explain: async ({ database, user, today, parameters }, figure) =>
      portfolio.explainPortfolio(figure, (await loadPortfolio(database, user, today, PORTFOLIO_DAYS)).summary, parameters),
  },
  risk: {
    figures: portfolio.riskFigures,
    explain: async ({ database, user, today }, figure) =>
      portfolio.explainRisk(figure, (await loadPortfolio(database, user, today, PORTFOLIO_DAYS)).risk),
  },
  dividends: {
    figures: portfolio.dividendFigures,
    explain: async ({ database, user, today }, figure) =>
      portfolio.explainDividends(figure, (await loadPortfolio(database, user, today, PORTFOLIO_DAYS)).dividends),
  },
  performance: {
    figures: portfolio.performanceFigures,
    explain: async ({ shared, user, today, parameters }, figure) =>
      portfolio.explainPerformance(figure, await shared.performance(user, today), parameters),
  },
  realized: {
    figures: ['total_gain'],
    explain: async ({ shared, user, today }) => portfolio.explainRealised(await shared.performance(user, today)),
  },
  forecast: {
    figures: forecast.forecastFigures,
    explain: async ({ database, shared, user, today, parameters }, figure) => {
      const [figures, accounts] = await Promise.all([
        shared.forecast(user, today, parameters.days ?? FORECAST_DAYS),
        listAllAccounts(database, user.id),
      ]);
      return forecast.explainForecast(figure, figures, accounts, user.currencies, today, parameters);
    },
  },
  recurring: {
    figures: forecast.recurringFigures,
    explain: async ({ shared, user, today, parameters }, figure) => {
      const stream = (await shared.streams(user, today)).find((row) => row.id === parameters.id);
      return stream ? forecast.explainStream(figure, stream) : null;
    },
  },
};

/** Every figure that can be explained, as `family.figure`. */
export const FIGURES: string[] = Object.entries(FAMILIES).flatMap(([family, { figures }]) =>
  figures.map((figure) => `${family}.${figure}`),
);

/** How a figure comes about; null when there is none of that kind, such as a category without rows or a stream that is not theirs. */
export async function loadExplanation(given: Given, name: string): Promise<Explanation | null> {
  const point = name.indexOf('.');
  const family = FAMILIES[name.slice(0, point)];
  const figure = name.slice(point + 1);
  return family?.figures.includes(figure) ? family.explain(given, figure) : null;
}

/** The balances of a day of the past. */
async function explainHistory({ database, user, today, parameters }: Given): Promise<Explanation | null> {
  const date = parameters.date ?? today;
  if (date > today || daysBetween(date, today) > BRIDGE_DAYS_MAX) return null;
  const { history, pasts } = await loadNetWorth(database, user, today, Math.max(1, daysBetween(date, today)));
  const point = history.find((candidate) => candidate.date === date);
  if (!point) return null;
  const dates = [...eachDay(date, today)];
  return netWorth.explainDay(
    point,
    pasts.map((past) => {
      const [day] = dailyBalances(past, dates);
      return { account: past.account, amount: day?.balance?.times(past.rateOn(date)) ?? null, isEstimated: day?.isEstimated ?? false };
    }),
  );
}
