import { accountRowsOf } from '../accounts/present.ts';
import type { User } from '../auth/store.ts';
import type { CashFlowReport } from '../cash-flow/cash-flow.ts';
import type { Insights } from '../cash-flow/insights.ts';
import { daysOf } from '../cash-flow/store.ts';
import type { Forecast } from '../forecast/load-forecast.ts';
import type { Freshness } from '../items/freshness.ts';
import { type CalendarDate, endOfMonth, hourIn } from '../lib/dates.ts';
import { Money, percent, signOf, sum, ZERO } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import type { NetWorthPoint } from '../net-worth/history.ts';
import { categoryLabel } from '../plaid/categories.ts';
import type { PortfolioSummary } from '../portfolio/portfolio.ts';
import type { StoredStream } from '../recurring/store.ts';
import type { Transaction } from '../transactions/store.ts';
import { formatAge, formatMoney, formatPercent, plural } from '../web/format.ts';
import type { NetWorthFigures, PortfolioFigures } from './load-figures.ts';

const DAILY_ROWS_MAX = 91;
const CATEGORY_ROWS = 8;
const STREAM_ROWS = 8;
const UPCOMING_ROWS = 6;
const INSIGHT_CARDS = 6;
const CATEGORY_CHANGES = 3;
const RAISED_BY_RULES = new Set(['price_increase', 'fees', 'unused_cash']);
const MINUTES_UNTIL_STALE = 48 * 60;

/** How much of the trend a page can show. */
export const TREND_DAYS = ['30', '90', '365', 'all'] as const;
export const TREND_PERIODS = [
  ['30', '30D'],
  ['90', '90D'],
  ['365', '1Y'],
  ['all', 'All'],
] as const;

export interface DashboardData {
  netWorth: Omit<NetWorthFigures, 'pasts'>;
  cashFlow: CashFlowReport;
  portfolio: PortfolioFigures;
  recent: Transaction[];
  freshness: Freshness;
  streams: StoredStream[];
  insights: Insights;
  forecast: Forecast;
  /** Pairs that the person has not been asked about yet. */
  suggestionCount: number;
  /** The most important of those that want attention. */
  alerts: { id: string; title: string; body: string; icon: string; tone: 'warn' | 'plain' }[];
}

/** Everything the dashboard's template shows, decided here so that the template only writes it down. */
export function dashboardView(user: User, now: Date, today: CalendarDate, period: Period, trendDays: string, data: DashboardData) {
  const { netWorth, cashFlow, portfolio, freshness } = data;
  const hasAccounts = netWorth.accounts.length > 0;
  return {
    user,
    today,
    now,
    currency: user.baseCurrency,
    greeting: `${greetingAt(user.timeZone, now)}${user.name ? `, ${user.name.split(' ')[0]}` : ''}`,
    sentence: sentenceOf(data, user, now),
    hasAccounts,
    firstSteps: firstStepsOf(data, user),
    isLinked: freshness.items.length > 0,
    freshness,
    isStale: freshness.oldestSyncAt !== null && now.getTime() - freshness.oldestSyncAt.getTime() > MINUTES_UNTIL_STALE * 60_000,
    trend: {
      days: trendDays,
      periods: TREND_PERIODS,
      source: `/api/dashboard/net-worth?days=${trendDays}`,
      rows: tableRows(netWorth.history),
      monthChange: netWorth.monthChange,
    },
    netWorth: netWorth.current,
    metrics: netWorth.metrics,
    balanceSheet: balanceSheetOf(netWorth),
    period,
    cashFlow,
    cashFlowDays: daysOf(cashFlow.daily),
    cashFlowSource: `/api/dashboard/cash-flow?start_date=${period.start}&end_date=${period.end}`,
    expenseChange: percent(cashFlow.summary.totalExpenses.minus(cashFlow.previous.totalExpenses), cashFlow.previous.totalExpenses.abs()),
    categories: categoriesOf(cashFlow, period),
    streams: data.streams.filter((stream) => stream.status !== 'ended' && !stream.isDismissed).slice(0, STREAM_ROWS),
    lowest: data.forecast.lowest && { date: data.forecast.lowest.date, expected: new Money(data.forecast.lowest.expected).div(100) },
    upcoming: data.forecast.upcoming.slice(0, UPCOMING_ROWS),
    portfolio,
    allocations: allocationsOf(portfolio.summary),
    banks: freshness.items.map((item) => ({ ...item, accounts: accountRowsOf(netWorth.accounts, item.id) })),
    recent: data.recent,
    insights: insightCards(data, user),
  };
}

/** How a portfolio is spread, as charts with their lists. */
export const allocationsOf = ({ allocationByType, allocationBySector }: PortfolioSummary) => [
  { id: 'asset-allocation-chart', title: 'By type', chart: 'doughnut', key: 'allocation_by_type', rows: [...allocationByType] },
  { id: 'sector-allocation-chart', title: 'By sector', chart: 'pie', key: 'allocation_by_sector', rows: [...allocationBySector] },
];

/** What somebody new does first; the list goes when all of it is done. */
const firstStepsOf = ({ freshness, suggestionCount, streams }: DashboardData, user: User) => [
  {
    title: 'Link an account',
    detail: 'A bank, a brokerage or a lender. Figures appear within a minute.',
    icon: 'landmark',
    href: '/accounts',
    isDone: freshness.items.length > 0,
  },
  {
    title: 'Say which movements are transfers',
    detail: 'Once an account is linked: pairs that may be money moved between your own accounts.',
    icon: 'arrow-left-right',
    href: '/transactions?review=transfers',
    isDone: freshness.items.length > 0 && suggestionCount === 0,
  },
  {
    title: 'Look at what recurs',
    detail: 'Confirm one subscription, bill or pay cheque, or say that it does not recur.',
    icon: 'repeat',
    href: '/recurring',
    isDone: streams.some((stream) => stream.isConfirmed || stream.isDismissed),
  },
  {
    title: 'Set a goal',
    detail: 'What you want your net worth to be.',
    icon: 'target',
    href: '/settings#goal',
    isDone: user.netWorthGoal !== null,
  },
];

function greetingAt(timeZone: string, now: Date): string {
  const hour = hourIn(timeZone, now);
  return hour < 5 || hour >= 18 ? 'Good evening' : hour < 12 ? 'Good morning' : 'Good afternoon';
}

/** One true sentence about how fresh the figures are and where they went. */
function sentenceOf({ netWorth, freshness }: DashboardData, user: User, now: Date): string {
  if (freshness.items.length === 0) return 'Link a bank to see what you own, owe, earn and spend.';
  const [broken] = freshness.broken;
  if (broken) return broken.errorMessage ?? 'A bank needs your attention.';
  if (freshness.isIncomplete) return 'Your banks are still sending their history: figures of the past may grow.';
  const age = freshness.oldestSyncAt ? formatAge(freshness.oldestSyncAt, now) : 'not yet';
  const read = `${plural(netWorth.accounts.length, 'account')}, read ${age}.`;
  return netWorth.monthChange === null ? read : `${read} Net worth is ${directionOf(netWorth.monthChange, user.baseCurrency)} this month.`;
}

function directionOf(change: Money, currency: string): string {
  if (signOf(change) === 0) return 'unchanged';
  return `${change.isPositive() ? 'up' : 'down'} ${formatMoney(change.abs(), currency)}`;
}

/** How the series has moved since the end of a day; null when it does not reach back so far. */
export function changeSince(history: NetWorthPoint[], date: CalendarDate): Money | null {
  const before = history.find((point) => point.date === date);
  const last = history.at(-1);
  return before && last ? last.netWorth.minus(before.netWorth) : null;
}

/** The chart's data as rows a person can read: each day of a short trend, the month ends of a long one. */
export function tableRows(history: NetWorthPoint[]): NetWorthPoint[] {
  const last = history.at(-1);
  const rows =
    history.length <= DAILY_ROWS_MAX ? history : history.filter((point) => point.date === endOfMonth(point.date) || point === last);
  return [...rows].reverse();
}

function balanceSheetOf({ current }: Pick<NetWorthFigures, 'current'>) {
  const largest = [
    current.investmentAssets,
    current.liquidAssets,
    current.otherAssets,
    current.mortgageDebt,
    current.loanDebt,
    current.creditCardDebt,
  ].reduce((top, amount) => (amount.greaterThan(top) ? amount : top), ZERO);
  const row = (label: string, amount: Money, tone: string) => ({ label, amount, tone, share: barShare(amount, largest) });
  const isThere = ({ amount }: { amount: Money }) => signOf(amount) !== 0;
  return {
    assets: [
      row('Investments', current.investmentAssets, 'series-1'),
      row('Cash', current.liquidAssets, 'series-3'),
      row('Other', current.otherAssets, 'series-7'),
    ].filter(isThere),
    liabilities: [
      row('Mortgage', current.mortgageDebt, 'series-4'),
      row('Loans', current.loanDebt, 'series-2'),
      row('Credit cards', current.creditCardDebt, 'series-6'),
    ].filter(isThere),
  };
}

/** The length of a bar in per cent of the longest; none for what is negative. */
export const barShare = (amount: Money, largest: Money): string => {
  const share = percent(amount, largest);
  return `${share?.isPositive() ? share.toFixed(1) : '0'}%`;
};

/** The largest categories, the rest together, each with a link to exactly its rows. */
function categoriesOf({ expensesByCategory }: CashFlowReport, period: Period) {
  const all = [...expensesByCategory];
  const largest = all.reduce((top, [, amount]) => (amount.greaterThan(top) ? amount : top), ZERO);
  const href = (category?: string) => {
    const query = new URLSearchParams({
      flow: 'expense',
      start_date: period.start,
      end_date: period.end,
      ...(category ? { category } : {}),
    });
    return `/transactions?${query}`;
  };
  const rows = all.slice(0, CATEGORY_ROWS).map(([category, amount]) => ({
    category,
    label: categoryLabel(category),
    amount,
    share: barShare(amount, largest),
    href: href(category),
  }));
  const rest = all.slice(CATEGORY_ROWS);
  const restAmount = sum(rest.map(([, amount]) => amount));
  if (rest.length > 0)
    rows.push({
      category: 'OTHER_CATEGORIES',
      label: `${rest.length} more`,
      amount: restAmount,
      share: barShare(restAmount, largest),
      href: href(),
    });
  return rows;
}

interface InsightCard {
  icon: string;
  tone: 'warn' | 'good' | 'plain';
  title: string;
  detail: string;
  href: string | null;
  link: string;
}

/** What was raised first; then what else the month shows that no rule has raised. */
function insightCards({ insights, alerts }: DashboardData, user: User): InsightCard[] {
  const money = (amount: Money) => formatMoney(amount, user.baseCurrency);
  const raised = alerts.map(
    ({ id, title, body, icon, tone }): InsightCard => ({ icon, tone, title, detail: body, href: `/alerts?show=${id}`, link: 'See why' }),
  );
  const changes = insights.categoryChanges.slice(0, CATEGORY_CHANGES).map((change): InsightCard => {
    const isUp = change.changePercent.isPositive();
    return {
      icon: isUp ? 'trending-up' : 'trending-down',
      tone: isUp ? 'warn' : 'good',
      title: `${categoryLabel(change.category)} is ${isUp ? 'up' : 'down'} ${formatPercent(change.changePercent.abs(), 0)}`,
      detail: `${money(change.current)} this month, ${money(change.previous)} on the same days last month.`,
      href: `/explain?${new URLSearchParams({ figure: 'insights.category_change', category: change.category })}`,
      link: 'See the rows',
    };
  });
  // What rules raise is not said twice.
  const advice = insights.recommendations
    .filter(({ type }) => !RAISED_BY_RULES.has(type))
    .map(
      (item): InsightCard => ({
        icon: 'lightbulb',
        tone: 'plain',
        title: item.message,
        detail: item.amount ? money(item.amount) : '',
        href: null,
        link: '',
      }),
    );
  return [...raised, ...changes, ...advice].slice(0, INSIGHT_CARDS);
}
