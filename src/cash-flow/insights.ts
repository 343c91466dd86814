import { addDays, addMonths, type CalendarDate, type CalendarMonth, monthOf, nextMonth, startOfMonth } from '../lib/dates.ts';
import { type Money, percent, signOf, sum, ZERO } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import { medianOf } from '../lib/statistics.ts';
import { categoryLabel } from '../plaid/categories.ts';
import { categoriesOf } from './cash-flow.ts';
import type { CategoryMonth, CategorySum } from './store.ts';

export const TREND_PERCENT = 10;
export const CHANGE_PERCENT_MIN = 20;
export const CHANGE_AMOUNT_MIN = 25;
const SAVINGS_RATE_GOAL = 20;
const CATEGORY_SHARE_OF_INCOME_MAX = 30;
const TOP_CATEGORIES = 3;
export const USUAL_MONTHS = 6;
/** Cash for more months of usual spending than this lies idle. */
export const CASH_MONTHS_MAX = 6;

interface CategoryChange {
  category: string;
  current: Money;
  previous: Money;
  changePercent: Money;
  /** What the category takes in a usual month; null before there is a whole month. */
  usual: Money | null;
}

interface Recommendation {
  type: string;
  message: string;
  priority: 'high' | 'medium' | 'low';
  category?: string;
  merchant?: string;
  amount?: Money;
}

interface Totals {
  income: Money;
  expenses: Money;
}

/** The median of the last whole months, at most six; null before there is one. */
export interface UsualMonth extends Totals {
  months: number;
  expensesByCategory: Map<string, Money>;
}

export interface Insights {
  spendingTrend: 'up' | 'down' | 'stable';
  savingsRate: Money | null;
  categoryChanges: CategoryChange[];
  recommendations: Recommendation[];
  thisMonth: Totals;
  sameDaysLastMonth: Totals;
  usualMonth: UsualMonth | null;
}

interface PriceChange {
  merchant: string;
  from: Money;
  to: Money;
  currency: string;
}

export interface InsightInputs {
  thisMonth: CategorySum[];
  sameDaysLastMonth: CategorySum[];
  usualMonth: UsualMonth | null;
  /** Of expenses that recur. */
  priceIncreases: PriceChange[];
  /** In the base currency, in liquid accounts. */
  cash: Money;
}

/** The months that a usual month is the median of: whole ones before this, for which there is data from the first day on. */
export function usualPeriod(today: CalendarDate, firstDay: CalendarDate | null): Period | null {
  if (firstDay === null) return null;
  const end = addDays(startOfMonth(today), -1);
  const earliest = addMonths(startOfMonth(today), -USUAL_MONTHS);
  const firstWhole = firstDay === startOfMonth(firstDay) ? firstDay : addMonths(startOfMonth(firstDay), 1);
  const start = firstWhole > earliest ? firstWhole : earliest;
  return start <= end ? { start, end } : null;
}

/** The usual month over the months of a period; a month without rows counts as zero. */
export function usualMonthOf(period: Period | null, rows: CategoryMonth[]): UsualMonth | null {
  if (!period) return null;
  const months: CalendarMonth[] = [];
  for (let month = monthOf(period.start); month <= monthOf(period.end); month = nextMonth(month)) months.push(month);
  const usual = (isCounted: (row: CategoryMonth) => boolean) =>
    medianOf(months.map((month) => sum(rows.filter((row) => row.month === month && isCounted(row)).map((row) => row.amount))));
  const categories = [...new Set(rows.filter((row) => row.type === 'expense').map((row) => row.category))].sort();
  return {
    months: months.length,
    income: usual((row) => row.type === 'income'),
    expenses: usual((row) => row.type === 'expense'),
    expensesByCategory: new Map(
      categories.map((category) => [category, usual((row) => row.type === 'expense' && row.category === category)]),
    ),
  };
}

/** What stands out this month, compared with the same days of the month before and with a usual month. */
export function insightsOf(inputs: InsightInputs): Insights {
  const thisMonth = totalsOf(inputs.thisMonth);
  const sameDaysLastMonth = totalsOf(inputs.sameDaysLastMonth);
  const savingsRate = thisMonth.income.greaterThan(0) ? percent(thisMonth.income.minus(thisMonth.expenses), thisMonth.income) : null;
  return {
    spendingTrend: trendOf(thisMonth.expenses, sameDaysLastMonth.expenses),
    savingsRate,
    categoryChanges: changesOf(inputs),
    recommendations: recommendationsFor(inputs, thisMonth, savingsRate),
    thisMonth,
    sameDaysLastMonth,
    usualMonth: inputs.usualMonth,
  };
}

const totalsOf = (sums: CategorySum[]): Totals => ({
  income: sum(categoriesOf(sums, 'income').values()),
  expenses: sum(categoriesOf(sums, 'expense').values()),
});

function trendOf(current: Money, previous: Money): Insights['spendingTrend'] {
  const change = percent(current.minus(previous), previous.abs());
  if (change === null || change.abs().lessThanOrEqualTo(TREND_PERCENT)) return 'stable';
  return change.isPositive() ? 'up' : 'down';
}

function changesOf({ thisMonth, sameDaysLastMonth, usualMonth }: InsightInputs): CategoryChange[] {
  const before = categoriesOf(sameDaysLastMonth, 'expense');
  const now = categoriesOf(thisMonth, 'expense');
  const categories = [...new Set([...now.keys(), ...before.keys()])];
  const changes = categories.flatMap((category) => {
    const current = now.get(category) ?? ZERO;
    const previous = before.get(category) ?? ZERO;
    const changePercent = previous.greaterThan(0) ? percent(current.minus(previous), previous) : null;
    const isNotable =
      changePercent?.abs().greaterThan(CHANGE_PERCENT_MIN) && current.minus(previous).abs().greaterThanOrEqualTo(CHANGE_AMOUNT_MIN);
    const usual = usualMonth && (usualMonth.expensesByCategory.get(category) ?? ZERO);
    return changePercent && isNotable ? [{ category, current, previous, changePercent, usual }] : [];
  });
  return changes.sort((a, b) => b.current.minus(b.previous).abs().comparedTo(a.current.minus(a.previous).abs()));
}

function recommendationsFor(inputs: InsightInputs, { income, expenses }: Totals, savingsRate: Money | null): Recommendation[] {
  const recommendations: Recommendation[] = [];
  const byCategory = categoriesOf(inputs.thisMonth, 'expense');
  if (savingsRate?.lessThan(SAVINGS_RATE_GOAL)) {
    recommendations.push({
      type: 'savings',
      message:
        signOf(expenses.minus(income)) > 0
          ? 'You spent more than came in this month so far.'
          : `You kept ${savingsRate.toFixed(1)} % of this month's income so far. ${SAVINGS_RATE_GOAL} % is a good aim.`,
      priority: 'high',
    });
  }
  const threshold = income.times(CATEGORY_SHARE_OF_INCOME_MAX).div(100);
  for (const [category, amount] of [...byCategory].slice(0, TOP_CATEGORIES)) {
    if (income.greaterThan(0) && amount.greaterThan(threshold)) {
      const message = `${categoryLabel(category)} takes over ${CATEGORY_SHARE_OF_INCOME_MAX} % of this month's income. A budget may help.`;
      recommendations.push({ type: 'budget', message, priority: 'medium', category, amount });
    }
  }
  for (const { merchant, from, to } of inputs.priceIncreases) {
    const message = `${merchant} costs more: ${to.toFixed(2)} instead of ${from.toFixed(2)}.`;
    recommendations.push({ type: 'price_increase', message, priority: 'medium', merchant, amount: to.minus(from) });
  }
  const fees = byCategory.get('BANK_FEES') ?? ZERO;
  if (signOf(fees) > 0) {
    recommendations.push({ type: 'fees', message: 'You paid bank fees this month.', priority: 'low', category: 'BANK_FEES', amount: fees });
  }
  const idle = idleCash(inputs);
  if (idle) recommendations.push({ type: 'unused_cash', ...idle, priority: 'low' });
  return recommendations;
}

/** Cash beyond some months of usual spending. */
function idleCash({ cash, usualMonth }: InsightInputs): { message: string; amount: Money } | null {
  if (!usualMonth?.expenses.greaterThan(0)) return null;
  const needed = usualMonth.expenses.times(CASH_MONTHS_MAX);
  if (cash.lessThanOrEqualTo(needed)) return null;
  const months = cash.div(usualMonth.expenses).toFixed(0);
  return { message: `Your cash would last ${months} months of usual spending. Some of it could earn more.`, amount: cash.minus(needed) };
}
