import { listActiveAccounts, listAllAccounts } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import { cashFlowReport } from '../cash-flow/cash-flow.ts';
import { insightsOf } from '../cash-flow/insights.ts';
import { sumFlows, sumUnconverted } from '../cash-flow/store.ts';
import type { Database } from '../database/client.ts';
import { type Forecast, forecast } from '../forecast/forecast.ts';
import { sumEverydayFlows } from '../forecast/store.ts';
import { addDays, type CalendarDate, earlierOf } from '../lib/dates.ts';
import { sum } from '../lib/money.ts';
import { monthToDate, type Period, previousPeriod, sameDaysLastMonth } from '../lib/period.ts';
import { netWorthHistory } from '../net-worth/history.ts';
import { netWorthMetrics } from '../net-worth/metrics.ts';
import { netWorthOf } from '../net-worth/net-worth.ts';
import { findFirstDay, findGoal, loadAccountPasts } from '../net-worth/store.ts';
import { dividendIncome } from '../portfolio/dividends.ts';
import { portfolioSummary } from '../portfolio/portfolio.ts';
import { portfolioRisk } from '../portfolio/risk.ts';
import { findActivityStart, listInvestmentActivity, listPositions } from '../portfolio/store.ts';
import type { StoredStream } from '../recurring/store.ts';

/** The metrics look at a year, whatever part of the history is asked for. */
const METRICS_DAYS = 366;
const DIVIDEND_DAYS = 365;

export async function loadNetWorth(database: Database, user: User, today: CalendarDate, days: number | 'all') {
  const all = await listAllAccounts(database, user.id);
  const accounts = all.filter((account) => account.isActive);
  const [pasts, firstDay, goal] = await Promise.all([
    loadAccountPasts(database, user.id, all, user.baseCurrency, today),
    findFirstDay(database, user.id),
    findGoal(database, user.id),
  ]);
  const current = netWorthOf(accounts, user.baseCurrency);
  const start = days === 'all' ? (firstDay ?? today) : addDays(today, -days);
  const earliest = earlierOf(start, addDays(today, -METRICS_DAYS));
  const series = netWorthHistory(pasts, earliest, today);
  return {
    accounts,
    current,
    history: series.filter((point) => point.date >= start),
    // Before the first known day the series is flat because nothing is known: no month of that counts.
    metrics: netWorthMetrics(firstDay ? series.filter((point) => point.date >= firstDay) : [], current.netWorth, goal),
  };
}
export type NetWorthFigures = Awaited<ReturnType<typeof loadNetWorth>>;

export async function loadCashFlow(database: Database, user: User, period: Period) {
  const [sums, previous, unconverted] = await Promise.all([
    sumFlows(database, user.id, user.baseCurrency, period),
    sumFlows(database, user.id, user.baseCurrency, previousPeriod(period)),
    sumUnconverted(database, user.id, user.baseCurrency, period),
  ]);
  return cashFlowReport(period, sums, previous, unconverted);
}

/** This month against the same days of the one before. */
export async function loadInsights(database: Database, user: User, today: CalendarDate) {
  const period = monthToDate(today);
  const [now, before] = await Promise.all([
    sumFlows(database, user.id, user.baseCurrency, period),
    sumFlows(database, user.id, user.baseCurrency, sameDaysLastMonth(today)),
  ]);
  return insightsOf(now, before);
}

export async function loadForecast(
  database: Database,
  user: User,
  today: CalendarDate,
  days: number,
  streams: StoredStream[],
): Promise<Forecast> {
  const [accounts, everyday] = await Promise.all([
    listActiveAccounts(database, user.id),
    sumEverydayFlows(database, user.id, user.baseCurrency, today),
  ]);
  const liquid = accounts.filter((account) => account.isLiquid && account.currency === user.baseCurrency);
  const liquidIds = new Set(liquid.map((account) => account.id));
  const active = streams
    .filter((stream) => stream.status !== 'ended' && stream.currency === user.baseCurrency)
    .map((stream) => ({ ...stream, isOnLiquidAccount: liquidIds.has(stream.accountId) }));
  const balance = sum(liquid.flatMap((account) => account.balanceCurrent ?? account.balanceAvailable ?? []));
  return forecast(active, everyday, balance, today, days);
}

export async function loadPortfolio(database: Database, user: User, today: CalendarDate, days: number) {
  const since = addDays(today, -Math.max(days, DIVIDEND_DAYS));
  const [positions, activity, historyStart] = await Promise.all([
    listPositions(database, user.id),
    listInvestmentActivity(database, user.id, since),
    findActivityStart(database, user.id),
  ]);
  const summary = portfolioSummary(positions, user.baseCurrency);
  return {
    summary,
    risk: portfolioRisk(summary),
    activity: activity.filter((row) => row.date >= addDays(today, -days)),
    dividends: dividendIncome(activity, user.baseCurrency, today, historyStart),
  };
}
export type PortfolioFigures = Awaited<ReturnType<typeof loadPortfolio>>;
