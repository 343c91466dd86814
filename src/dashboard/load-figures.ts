import { type Account, balanceOf, listActiveAccounts, listAllAccounts } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import { cashFlowReport } from '../cash-flow/cash-flow.ts';
import { insightsOf, usualMonthOf, usualPeriod } from '../cash-flow/insights.ts';
import { findFirstTransactionDay, sumCategories, sumMonths, sumReport } from '../cash-flow/store.ts';
import type { Database } from '../database/client.ts';
import { REINVESTED_WITHIN_DAYS } from '../investments/effects.ts';
import { listInvestmentActivity } from '../investments/store.ts';
import { addDays, addMonths, type CalendarDate, daysBetween, earlierOf, historyStart, startOfMonth } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { type Money, sum, ZERO } from '../lib/money.ts';
import { monthToDate, type Period, previousPeriod, sameDaysLastMonth } from '../lib/period.ts';
import { inSteps } from '../lib/steps.ts';
import { type Bridge, bridgeBetween } from '../net-worth/bridge.ts';
import { type NetWorthPoint, netWorthHistory } from '../net-worth/history.ts';
import { METRICS_DAYS, netWorthMetrics } from '../net-worth/metrics.ts';
import { type NetWorth, netWorthOf } from '../net-worth/net-worth.ts';
import { findFirstDay, loadAccountPasts, sumExplainedFlows } from '../net-worth/store.ts';
import { balanceDifferences } from '../portfolio/balance-differences.ts';
import { dividendIncome } from '../portfolio/dividends.ts';
import { loadPerformance, portfolioDays } from '../portfolio/load-performance.ts';
import { addUp, gainOver } from '../portfolio/performance.ts';
import { portfolioSummary } from '../portfolio/portfolio.ts';
import { portfolioRisk } from '../portfolio/risk.ts';
import { findActivityStart, listPositions } from '../portfolio/store.ts';
import { listStreams, type StoredStream } from '../recurring/store.ts';

const DIVIDEND_DAYS = 365;

export async function loadNetWorth(database: Database, user: User, today: CalendarDate, days: number | 'all') {
  const [all, firstDay] = await Promise.all([listAllAccounts(database, user.id), findFirstDay(database, user.id)]);
  const accounts = all.filter((account) => account.isActive);
  const start = days === 'all' ? historyStart(firstDay, today) : addDays(today, -days);
  // The metrics look at a year, whatever part of the history is asked for.
  const earliest = earlierOf(start, addDays(today, -METRICS_DAYS));
  // The day before has to be known too, for the first day's change.
  const pasts = await loadAccountPasts(database, user.id, countedIn(all), user.currencies, addDays(earliest, -1), today);
  const current = netWorthOf(accounts, user.currencies, today);
  const series = await inSteps(netWorthHistory(pasts, earliest, today));
  return {
    accounts,
    pasts,
    current,
    history: series.filter((point) => point.date >= start),
    monthChange: monthChange(series, firstDay, current, today),
    // Before the first known day the series is flat because nothing is known: no month of that counts.
    metrics: netWorthMetrics(firstDay ? series.filter((point) => point.date >= firstDay) : [], current.netWorth, user.netWorthGoal),
  };
}

/** How net worth has moved since the month before ended; null when it was not known then. */
function monthChange(series: NetWorthPoint[], firstDay: CalendarDate | null, current: NetWorth, today: CalendarDate): Money | null {
  const before = series.find((point) => point.date === addDays(startOfMonth(today), -1));
  return before && firstDay !== null && firstDay <= before.date ? current.netWorth.minus(before.netWorth) : null;
}

export type NetWorthFigures = Awaited<ReturnType<typeof loadNetWorth>>;

export const BRIDGE_DAYS_MAX = 3_650;

/** The two days of a bridge, by default today and a month before; null when they are not in order, too far apart or in the future. */
export function bridgeSpan(
  asked: { start?: CalendarDate | undefined; end?: CalendarDate | undefined },
  today: CalendarDate,
): Period | null {
  const end = asked.end ?? today;
  const start = asked.start ?? addMonths(end, -1);
  return start < end && end <= today && daysBetween(start, today) <= BRIDGE_DAYS_MAX ? { start, end } : null;
}

/** What changed net worth between the ends of two days, the later one today at the latest. */
export async function loadBridge(database: Database, user: User, today: CalendarDate, { start, end }: Period): Promise<Bridge> {
  const counted = countedIn(await listAllAccounts(database, user.id));
  const since = addDays(start, -1);
  const [pasts, flows] = await Promise.all([
    loadAccountPasts(database, user.id, counted, user.currencies, addDays(since, -1), today),
    sumExplainedFlows(database, user.id, user.currencies, start, end),
  ]);
  const portfolio = await inSteps(portfolioDays(pasts, since, today));
  const series = await inSteps(netWorthHistory(pasts, start, today));
  const on = (date: CalendarDate) => series.find((point) => point.date === date) ?? { date, netWorth: ZERO, isEstimated: false };
  const within = addUp(portfolio.accounts.map((account) => account.days)).filter((day) => day.date >= start && day.date <= end);
  const [from, to] = [on(start), on(end)];
  const parts = { ...flows, debtInterest: flows.debtInterest.negated(), investmentReturn: gainOver(within) };
  return bridgeBetween(from, to, parts, from.isEstimated || to.isEstimated);
}

/** The accounts that net worth is made of, now and in the past. */
const countedIn = (accounts: Account[]): Account[] => accounts.filter((account) => account.includeInNetWorth);

export async function loadCashFlow(database: Database, user: User, period: Period) {
  return cashFlowReport(period, await sumReport(database, user.id, user.currencies, period, previousPeriod(period)));
}

/** This month against the same days of the one before, and against a usual month. */
export async function loadInsights(database: Database, user: User, today: CalendarDate) {
  const usual = usualPeriod(today, await findFirstTransactionDay(database, user.id));
  const [thisMonth, before, months, streams, accounts] = await Promise.all([
    sumCategories(database, user.id, user.currencies, monthToDate(today)),
    sumCategories(database, user.id, user.currencies, sameDaysLastMonth(today)),
    usual ? sumMonths(database, user.id, user.currencies, usual) : [],
    listStreams(database, user.id, today),
    listAllAccounts(database, user.id),
  ]);
  return insightsOf({
    thisMonth,
    sameDaysLastMonth: before,
    usualMonth: usualMonthOf(usual, months),
    priceIncreases: streams.filter(isDearer).map((stream) => ({
      merchant: stream.merchant,
      from: stream.previousAmount as Money,
      to: stream.lastAmount,
      currency: stream.currency,
    })),
    cash: sum(
      accounts
        .filter((account) => account.isActive && account.isLiquid)
        .flatMap((account) => {
          const balance = balanceOf(account);
          return (balance && inBase(user.currencies, balance, account.currency, today)) ?? [];
        }),
    ),
  });
}

/** An expense that costs more than before its last change of price. */
const isDearer = (stream: StoredStream): boolean =>
  stream.status === 'active' &&
  !stream.isDismissed &&
  !stream.isIncome &&
  stream.previousAmount !== null &&
  stream.lastAmount.greaterThan(stream.previousAmount);

/** What is held, what it is worth, how it is spread, what it pays. */
export async function loadPortfolio(database: Database, user: User, today: CalendarDate, days: number) {
  // How often something pays shows over two years; a payment just before them may be the one that is reinvested in them.
  const since = addDays(today, -Math.max(days, 2 * DIVIDEND_DAYS + REINVESTED_WITHIN_DAYS));
  const [positions, accounts, activity, historyStart] = await Promise.all([
    listPositions(database, user.id),
    listActiveAccounts(database, user.id),
    listInvestmentActivity(database, user.id, since),
    findActivityStart(database, user.id),
  ]);
  const summary = portfolioSummary(positions, user.currencies, today);
  return {
    summary,
    balanceDifferences: balanceDifferences(accounts, summary.holdings, user.currencies, today),
    risk: portfolioRisk(summary),
    activity: activity.filter((row) => row.date >= addDays(today, -days)),
    dividends: dividendIncome(activity, user.currencies, today, historyStart, positions),
  };
}

/** How the investments went. */
export const loadPortfolioPerformance = async (database: Database, user: User, today: CalendarDate) =>
  loadPerformance(database, user, await listAllAccounts(database, user.id), today);
export type PortfolioFigures = Awaited<ReturnType<typeof loadPortfolio>>;
