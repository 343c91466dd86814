import { type Money, percent, toMoney, ZERO } from '../lib/money.ts';
import { categoryLabel } from '../plaid/categories.ts';
import { type CashFlowSummary, categoriesOf, summaryOf } from './cash-flow.ts';
import type { FlowSums } from './store.ts';

const TREND_PERCENT = 10;
const CHANGE_PERCENT_MIN = 20;
const CHANGE_AMOUNT_MIN = 25;
const SAVINGS_RATE_GOAL = 20;
const CATEGORY_SHARE_OF_INCOME_MAX = 30;
const TOP_CATEGORIES = 3;

interface CategoryChange {
  category: string;
  current: Money;
  previous: Money;
  changePercent: Money;
}

interface Recommendation {
  type: string;
  message: string;
  priority: 'high' | 'medium' | 'low';
  category?: string;
  amount?: Money;
}

export interface Insights {
  spendingTrend: 'up' | 'down' | 'stable';
  savingsRate: Money | null;
  categoryChanges: CategoryChange[];
  recommendations: Recommendation[];
}

/** What stands out this month, compared with the same days of the month before. */
export function insightsOf(thisMonth: FlowSums, sameDaysBefore: FlowSums): Insights {
  const summary = summaryOf(thisMonth);
  const before = summaryOf(sameDaysBefore);
  return {
    spendingTrend: trendOf(summary.totalExpenses, before.totalExpenses),
    savingsRate: summary.savingsRate,
    categoryChanges: changesOf(thisMonth, sameDaysBefore),
    recommendations: recommendationsFor(summary, thisMonth),
  };
}

function trendOf(current: Money, previous: Money): Insights['spendingTrend'] {
  const change = percent(current.minus(previous), previous.abs());
  if (change === null || change.abs().lessThanOrEqualTo(TREND_PERCENT)) return 'stable';
  return change.isPositive() ? 'up' : 'down';
}

function changesOf(thisMonth: FlowSums, sameDaysBefore: FlowSums): CategoryChange[] {
  const before = categoriesOf(sameDaysBefore, 'expense');
  const now = categoriesOf(thisMonth, 'expense');
  const categories = [...new Set([...now.keys(), ...before.keys()])];
  const changes = categories.flatMap((category) => {
    const current = now.get(category) ?? ZERO;
    const previous = before.get(category) ?? ZERO;
    const changePercent = previous.greaterThan(0) ? percent(current.minus(previous), previous) : null;
    const isNotable =
      changePercent?.abs().greaterThan(CHANGE_PERCENT_MIN) && current.minus(previous).abs().greaterThanOrEqualTo(CHANGE_AMOUNT_MIN);
    return changePercent && isNotable ? [{ category, current, previous, changePercent }] : [];
  });
  return changes.sort((a, b) => b.current.minus(b.previous).abs().comparedTo(a.current.minus(a.previous).abs()));
}

function recommendationsFor(summary: CashFlowSummary, sums: FlowSums): Recommendation[] {
  const recommendations: Recommendation[] = [];
  if (summary.savingsRate?.lessThan(SAVINGS_RATE_GOAL)) {
    recommendations.push({
      type: 'savings',
      message: summary.netCashFlow.isNegative()
        ? 'You spent more than came in this month so far.'
        : `You kept ${summary.savingsRate.toFixed(1)} % of this month's income so far. ${SAVINGS_RATE_GOAL} % is a good aim.`,
      priority: 'high',
    });
  }
  const threshold = summary.totalIncome.times(CATEGORY_SHARE_OF_INCOME_MAX).div(100);
  for (const [category, amount] of [...categoriesOf(sums, 'expense')].slice(0, TOP_CATEGORIES)) {
    if (summary.totalIncome.greaterThan(0) && amount.greaterThan(threshold)) {
      const message = `${categoryLabel(category)} takes over ${CATEGORY_SHARE_OF_INCOME_MAX} % of this month's income. A budget may help.`;
      recommendations.push({ type: 'budget', message, priority: 'medium', category, amount });
    }
  }
  const fees = categoriesOf(sums, 'expense').get('BANK_FEES') ?? toMoney(0);
  if (fees.greaterThan(0)) {
    recommendations.push({ type: 'fees', message: 'You paid bank fees this month.', priority: 'low', category: 'BANK_FEES', amount: fees });
  }
  return recommendations;
}
