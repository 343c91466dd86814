import { type Account, balanceOf, listAllAccounts } from '../accounts/store.ts';
import { listPriceChanges } from '../alerts/facts-store.ts';
import type { User } from '../auth/store.ts';
import { type CashFlowReport, cashFlowReport } from '../cash-flow/cash-flow.ts';
import { type UsualMonth, usualMonthOf, usualPeriod } from '../cash-flow/insights.ts';
import { findFirstTransactionDay, sumMonths, sumReport } from '../cash-flow/store.ts';
import { loadBridge, loadCashFlow, loadPortfolioPerformance } from '../dashboard/load-figures.ts';
import type { Database } from '../database/client.ts';
import { loadForecast } from '../forecast/load-forecast.ts';
import { loadFreshness } from '../items/freshness.ts';
import {
  addDays,
  addMonths,
  type CalendarDate,
  dateIn,
  daysBetween,
  eachDay,
  endOfMonth,
  startOfDayIn,
  startOfMonth,
} from '../lib/dates.ts';
import { isConvertible } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type Money, moneyOut, percent, percentOut, sum, sumByCurrency, ZERO } from '../lib/money.ts';
import { daysIn, type Period, previousPeriod } from '../lib/period.ts';
import { inSteps } from '../lib/steps.ts';
import { dailyBalances, type NetWorthPoint, netWorthHistory } from '../net-worth/history.ts';
import { assetGroup, debtGroup } from '../net-worth/net-worth.ts';
import { type KnownPast, loadAccountPasts } from '../net-worth/store.ts';
import { categoryLabel } from '../plaid/categories.ts';
import { performanceOf } from '../portfolio/performance.ts';
import { listStreams, type StoredStream } from '../recurring/store.ts';
import type { CashFlowPart, NetWorthPart, PortfolioPart, RecurringLine, Report, ReportKind, StatementAccount } from './report.ts';
import { countPending, listRaised, sumStreams } from './store.ts';

const SERIES_POINTS_MAX = 120;
const UPCOMING_DAYS = 30;
/** What is due next says nothing in a report on a period that ended longer ago. */
const UPCOMING_AGE_MAX_DAYS = 15;
const UPCOMING_ROWS = 20;
const ALERT_ROWS = 30;

/**
 * Everything a report says, as it is known at this moment. The days of the period have to be over, or be today.
 * @param today the person's, `period.end` at the latest
 */
export async function loadReport(database: Database, user: User, kind: ReportKind, period: Period, now: Date): Promise<Report> {
  const today = dateIn(user.timeZone, now);
  const all = await listAllAccounts(database, user.id);
  const counted = all.filter((account) => account.includeInNetWorth);
  const before = addDays(period.start, -1);
  const isStatement = kind === 'statement';
  const [pasts, freshness, pending, cashFlow, bridge, streams, dearer, streamTotals, performance, forecast, raised] = await Promise.all([
    loadAccountPasts(database, user.id, counted, user.currencies, addDays(before, -1), today),
    loadFreshness(database, user),
    countPending(database, user.id, period),
    isStatement ? null : loadCashFlowPart(database, user, kind, period),
    isStatement ? null : loadBridge(database, user, today, { start: before, end: period.end }),
    isStatement ? [] : listStreams(database, user.id, today),
    listPriceChanges(database, user.id),
    isStatement ? new Map<string, Money>() : sumStreams(database, user.id, user.currencies, period),
    isStatement ? null : loadPortfolioPerformance(database, user, today),
    isStatement || daysBetween(period.end, today) > UPCOMING_AGE_MAX_DAYS ? null : loadForecast(database, user, today, UPCOMING_DAYS),
    isStatement
      ? []
      : listRaised(
          database,
          user.id,
          startOfDayIn(user.timeZone, period.start),
          startOfDayIn(user.timeZone, addDays(period.end, 1)),
          ALERT_ROWS,
        ),
  ]);
  const accounts = statementOf(pasts, period.end, today);
  const series = isStatement ? [] : (await inSteps(netWorthHistory(pasts, before, today))).filter(({ date }) => date <= period.end);
  const missing = counted.filter((account) => account.isActive);
  return {
    version: 1,
    kind,
    name: user.name,
    time_zone: user.timeZone,
    currency: user.baseCurrency,
    period: { ...period, days: daysIn(period) },
    freshness: {
      written_at: now.toISOString(),
      institutions: freshness.items.map((item) => ({
        name: item.institutionName ?? 'A bank',
        last_read: item.lastSyncedAt?.toISOString() ?? null,
        problem: item.errorMessage,
      })),
      is_incomplete: freshness.isIncomplete,
      pending,
      estimated: accounts.some(({ estimated }) => estimated) || series.some(({ isEstimated }) => isEstimated),
      unconverted: sumByCurrency(
        missing.flatMap((account) => {
          const balance = balanceOf(account);
          return balance && !isConvertible(user.currencies, account.currency)
            ? [{ currency: account.currency, amount: account.isAsset ? balance : balance.negated() }]
            : [];
        }),
      ).map(({ currency, amount }) => ({ currency, amount: moneyOut(amount) })),
      unknown_balances: missing.filter((account) => balanceOf(account) === null).length,
    },
    accounts,
    net_worth: bridge && {
      start: moneyOut(bridge.startValue),
      end: moneyOut(bridge.endValue),
      change: moneyOut(bridge.endValue.minus(bridge.startValue)),
      change_percent: percentOut(percent(bridge.endValue.minus(bridge.startValue), bridge.startValue.abs())),
      total_assets: moneyOut(series.at(-1)?.totalAssets ?? ZERO),
      total_liabilities: moneyOut(series.at(-1)?.totalLiabilities ?? ZERO),
      bridge: {
        income: moneyOut(bridge.income),
        spending: moneyOut(bridge.spending),
        investment_return: moneyOut(bridge.investmentReturn),
        debt_interest: moneyOut(bridge.debtInterest),
        other: moneyOut(bridge.other),
      },
      series: seriesOf(series),
    },
    cash_flow: cashFlow,
    recurring: recurringOf(streams, streamTotals, dearer, period),
    portfolio: performance && portfolioOf(performance.days.filter(({ date }) => date >= before && date <= period.end)),
    upcoming: (forecast?.upcoming ?? []).slice(0, UPCOMING_ROWS).map(({ date, merchant, amount, isIncome }) => ({
      date,
      merchant,
      amount: moneyOut(amount),
      is_income: isIncome,
    })),
    alerts: raised.map(({ title, severity, raisedAt }) => ({ title, severity, raised_on: dateIn(user.timeZone, raisedAt) })),
  };
}

const isWholeMonth = ({ start, end }: Period) => start === startOfMonth(start) && end === endOfMonth(start);

async function loadCashFlowPart(database: Database, user: User, kind: ReportKind, period: Period): Promise<CashFlowPart> {
  const firstDay = await findFirstTransactionDay(database, user.id);
  const usual = isWholeMonth(period) ? usualPeriod(period.end, firstDay) : null;
  // A year, or its part so far, is compared with the same days of the one before.
  const earlier = kind === 'year' ? { start: addMonths(period.start, -12), end: addMonths(period.end, -12) } : previousPeriod(period);
  // Days of which nothing is known are no comparison.
  const isKnown = firstDay !== null && firstDay <= earlier.start;
  const [sums, usualRows, before, months] = await Promise.all([
    sumReport(database, user.id, user.currencies, period, earlier),
    usual ? sumMonths(database, user.id, user.currencies, usual) : [],
    usual || !isKnown ? null : loadCashFlow(database, user, earlier),
    kind === 'month' ? [] : sumMonths(database, user.id, user.currencies, period),
  ]);
  const report = cashFlowReport(period, sums);
  const usualMonth = usualMonthOf(usual, usualRows);
  const { summary, previous } = report;
  return {
    ...totalsOf(summary),
    transaction_count: summary.transactionCount,
    previous: isKnown ? totalsOf(previous) : null,
    income: [...report.incomeByCategory].map(([category, amount]) => ({ label: categoryLabel(category), amount: moneyOut(amount) })),
    expenses: expensesOf(report, usualMonth, before),
    compared_with: usualMonth ? { months: usualMonth.months } : isKnown ? 'previous' : null,
    top_merchants: report.topExpenses.map(({ merchant, amount }) => ({ label: merchant, amount: moneyOut(amount) })),
    months: [...groupBy(months, ({ month }) => month)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([month, rows]) => {
        const total = (type: string) => moneyOut(sum(rows.filter((row) => row.type === type).map(({ amount }) => amount)));
        return { month, income: total('income'), expenses: total('expense') };
      }),
  };
}

const totalsOf = ({ totalIncome, totalExpenses, netCashFlow, savingsRate }: CashFlowReport['summary']) => ({
  total_income: moneyOut(totalIncome),
  total_expenses: moneyOut(totalExpenses),
  net_cash_flow: moneyOut(netCashFlow),
  savings_rate: percentOut(savingsRate),
});

/** What each category cost, beside what it usually costs; one that usually costs something and cost nothing is there too. */
function expensesOf(
  { expensesByCategory }: CashFlowReport,
  usual: UsualMonth | null,
  before: CashFlowReport | null,
): CashFlowPart['expenses'] {
  const compared = usual?.expensesByCategory ?? before?.expensesByCategory ?? new Map<string, Money>();
  const missing = [...compared].filter(([category, amount]) => !expensesByCategory.has(category) && !amount.isZero());
  return [...expensesByCategory, ...missing.map(([category]) => [category, ZERO] as const)].map(([category, amount]) => ({
    category,
    label: categoryLabel(category),
    amount: moneyOut(amount),
    before: usual || before ? moneyOut(compared.get(category) ?? ZERO) : null,
  }));
}

/** Each counted account with what it held or owed at the end of a day; those that were not there yet, or not any more, are left out. */
function statementOf(pasts: KnownPast[], date: CalendarDate, today: CalendarDate): StatementAccount[] {
  const dates = [...eachDay(date, today)];
  return pasts.flatMap((past) => {
    const [day] = dailyBalances(past, dates);
    if (!day || day.balance === null) return [];
    const { account } = past;
    return [
      {
        institution: account.institutionName ?? 'A bank',
        name: account.name,
        mask: account.mask,
        type: account.subtype ?? account.type,
        group: groupOf(account),
        balance: moneyOut(day.balance),
        currency: account.currency,
        value: moneyOut(day.balance.times(past.rateOn(date))),
        estimated: day.isEstimated,
      },
    ];
  });
}

const groupOf = (account: Account): StatementAccount['group'] => (account.isAsset ? assetGroup(account) : debtGroup(account));

/** The days as a line: all of a month, every so many of a year, the first and the last always. */
function seriesOf(points: NetWorthPoint[]): NetWorthPart['series'] {
  const step = Math.max(1, Math.ceil(points.length / SERIES_POINTS_MAX));
  return points
    .filter((_point, index) => (points.length - 1 - index) % step === 0 || index === 0)
    .map(({ date, netWorth, isEstimated }) => ({ date, net_worth: moneyOut(netWorth), estimated: isEstimated }));
}

/** What recurred in the period, the dearest first. */
function recurringOf(
  streams: StoredStream[],
  totals: Map<string, Money>,
  dearer: Map<string, CalendarDate>,
  period: Period,
): RecurringLine[] {
  return streams
    .filter((stream) => !stream.isIncome && !stream.isDismissed)
    .flatMap((stream) => {
      const total = totals.get(stream.id);
      const since = dearer.get(stream.id);
      if (!total) return [];
      return [
        {
          merchant: stream.merchant,
          frequency: stream.frequency,
          amount: moneyOut(total),
          currency: stream.currency,
          last_amount: moneyOut(stream.lastAmount),
          previous_amount: since && since >= period.start && since <= period.end ? moneyOut(stream.previousAmount) : null,
          is_new: stream.firstOn >= period.start,
          has_ended: stream.status === 'ended',
        },
      ];
    })
    .sort((a, b) => b.amount - a.amount);
}

function portfolioOf(days: Parameters<typeof performanceOf>[1]): PortfolioPart | null {
  const performance = performanceOf('All', days);
  return (
    performance && {
      start_value: moneyOut(performance.startValue),
      end_value: moneyOut(performance.endValue),
      net_flow: moneyOut(performance.netFlow),
      gain: moneyOut(performance.gain),
      income: moneyOut(performance.income),
      fees: moneyOut(performance.fees),
      time_weighted: percentOut(performance.timeWeighted),
      money_weighted: percentOut(performance.moneyWeighted.rate),
      time_weighted_reason: performance.timeWeightedReason,
      money_weighted_reason: performance.moneyWeighted.reason,
      max_drawdown: percentOut(performance.maxDrawdown?.percent ?? null),
      estimated: performance.isEstimated,
    }
  );
}
