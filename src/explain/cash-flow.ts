import type { CashFlowReport, CashFlowSummary } from '../cash-flow/cash-flow.ts';
import { CHANGE_AMOUNT_MIN, CHANGE_PERCENT_MIN, type Insights, TREND_PERCENT } from '../cash-flow/insights.ts';
import { daysOf } from '../cash-flow/store.ts';
import { Money, ZERO } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import { categoryLabel } from '../plaid/categories.ts';
import { type Explanation, explainHref, explanation, type Input, type Parameters, transactionsHref } from './explanation.ts';

type Total = NonNullable<Explanation['transactions']>['total'];

const TOTALS: Record<string, { label: string; flow: string; total: Total; formula: string; of: (summary: CashFlowSummary) => Money }> = {
  total_income: {
    label: 'Income',
    flow: 'income',
    total: 'income',
    formula: 'What came in as income; a reversed payment lowers it.',
    of: (summary) => summary.totalIncome,
  },
  total_expenses: {
    label: 'Spending',
    flow: 'expense',
    total: 'expenses',
    formula: 'What was spent less what was refunded.',
    of: (summary) => summary.totalExpenses,
  },
  total_transfers: {
    label: 'Transfers',
    flow: 'transfer',
    total: 'transfers',
    formula: 'Money moved between own accounts, card payments and borrowed money: each matched pair once, each one-sided row once.',
    of: (summary) => summary.totalTransfers,
  },
  total_investments: {
    label: 'Invested',
    flow: 'investment',
    total: 'investments',
    formula: 'Money put into investments less money taken out.',
    of: (summary) => summary.totalInvestments,
  },
};

const NOT_SUMMED = ['Pending transactions: they are listed, and summed once they are posted.'];

export const cashFlowFigures = [
  ...Object.keys(TOTALS),
  'net_cash_flow',
  'savings_rate',
  'transaction_count',
  'category',
  'merchant',
  'day',
];

/** A figure of a period, or one of the period before it. */
export function explainCashFlow(
  figure: string,
  report: CashFlowReport,
  isPrevious: boolean,
  before: Period,
  parameters: Parameters,
): Explanation | null {
  const period = isPrevious ? before : report.period;
  const summary = isPrevious ? report.previous : report.summary;
  const name = `${isPrevious ? 'previous' : 'cash_flow'}.${figure}`;
  const dates = { start_date: period.start, end_date: period.end };
  const common = { exclusions: NOT_SUMMED, unconverted: isPrevious ? [] : report.unconverted };
  const input = (of: string): Input => ({
    label: TOTALS[of]?.label ?? of,
    value: TOTALS[of]?.of(summary) ?? null,
    unit: 'money',
    href: explainHref(`${isPrevious ? 'previous' : 'cash_flow'}.${of}`, { start_date: report.period.start, end_date: report.period.end }),
  });
  const total = TOTALS[figure];
  if (total) {
    return explanation(name, {
      label: total.label,
      value: total.of(summary),
      formula: total.formula,
      transactions: { href: transactionsHref({ flow: total.flow, ...dates }), total: total.total },
      ...common,
    });
  }
  const flow = parameters.flow ?? 'expense';
  const totalOfFlow: Total = flow === 'income' ? 'income' : 'expenses';
  switch (figure) {
    case 'net_cash_flow':
      return explanation(name, {
        label: 'Net cash flow',
        value: summary.netCashFlow,
        formula: 'Income − spending.',
        inputs: [input('total_income'), input('total_expenses')],
        ...common,
      });
    case 'savings_rate':
      return explanation(name, {
        label: 'Savings rate',
        value: summary.savingsRate,
        unit: 'percent',
        formula: '(Income − spending) ÷ income × 100; there is none without income.',
        inputs: [input('total_income'), input('total_expenses')],
        ...common,
      });
    case 'transaction_count':
      return explanation(name, {
        label: 'Transactions',
        value: new Money(summary.transactionCount),
        unit: 'number',
        formula: 'The posted transactions of the period that can be counted in your currency.',
        inputs: [{ label: 'All posted transactions', value: null, unit: 'number', href: transactionsHref({ pending: 'false', ...dates }) }],
        ...common,
      });
    case 'category': {
      if (isPrevious || !parameters.category) return null;
      const of = flow === 'income' ? report.incomeByCategory : report.expensesByCategory;
      return explanation(name, {
        label: categoryLabel(parameters.category),
        value: of.get(parameters.category) ?? ZERO,
        formula: 'The rows of this category: yours, else your rule’s, else the one the bank’s data give; refunds lower it.',
        transactions: { href: transactionsHref({ flow, category: parameters.category, ...dates }), total: totalOfFlow },
        ...common,
      });
    }
    case 'merchant': {
      if (isPrevious || !parameters.merchant) return null;
      const of =
        flow === 'income'
          ? report.topIncome.map((row) => ({ name: row.source, ...row }))
          : report.topExpenses.map((row) => ({ name: row.merchant, ...row }));
      const found = of.find((row) => row.name === parameters.merchant);
      return explanation(name, {
        label: parameters.merchant,
        value: found?.amount ?? null,
        formula: 'The rows of this merchant, refunds lower it. Only the ten largest of a period are listed.',
        transactions: { href: transactionsHref({ flow, merchant: parameters.merchant, ...dates }), total: totalOfFlow },
        ...common,
      });
    }
    case 'day': {
      if (isPrevious || !parameters.date) return null;
      const day = daysOf(report.daily).get(parameters.date);
      return explanation(name, {
        label: `${flow === 'income' ? 'Income' : 'Spending'} on ${parameters.date}`,
        value: (flow === 'income' ? day?.income : day?.expenses) ?? ZERO,
        formula: 'The rows posted on this day.',
        transactions: { href: transactionsHref({ flow, start_date: parameters.date, end_date: parameters.date }), total: totalOfFlow },
        ...common,
      });
    }
  }
  return null;
}

export const insightFigures = ['savings_rate', 'spending_trend', 'category_change', 'usual_month'];

/** A comparison of this month with the same days of the month before, or with a usual month. */
export function explainInsight(
  figure: string,
  insights: Insights,
  now: Period,
  before: Period,
  parameters: Parameters,
): Explanation | null {
  const name = `insights.${figure}`;
  const rowsOf = (label: string, value: Money, period: Period, more: Record<string, string> = {}): Input => ({
    label,
    value,
    unit: 'money',
    href: transactionsHref({ flow: 'expense', start_date: period.start, end_date: period.end, ...more }),
  });
  const { thisMonth, sameDaysLastMonth, usualMonth } = insights;
  switch (figure) {
    case 'savings_rate':
      return explanation(name, {
        label: 'Savings rate this month',
        value: insights.savingsRate,
        unit: 'percent',
        formula: '(Income − spending) ÷ income × 100, from the first of the month to today.',
        inputs: [
          {
            ...rowsOf('Income', thisMonth.income, now),
            href: transactionsHref({ flow: 'income', start_date: now.start, end_date: now.end }),
          },
          rowsOf('Spending', thisMonth.expenses, now),
        ],
      });
    case 'spending_trend':
      return explanation(name, {
        label: 'Spending this month so far',
        value: thisMonth.expenses,
        formula: `Up or down when it differs from the same days of last month by more than ${TREND_PERCENT} %, else stable.`,
        inputs: [
          rowsOf('This month so far', thisMonth.expenses, now),
          rowsOf('The same days of last month', sameDaysLastMonth.expenses, before),
        ],
      });
    case 'category_change': {
      const change = insights.categoryChanges.find((row) => row.category === parameters.category);
      if (!change) return null;
      return explanation(name, {
        label: categoryLabel(change.category),
        value: change.changePercent,
        unit: 'percent',
        formula: `(This month so far − the same days of last month) ÷ the same days of last month. Shown when it is more than ${CHANGE_PERCENT_MIN} % and at least ${CHANGE_AMOUNT_MIN} in money.`,
        inputs: [
          rowsOf('This month so far', change.current, now, { category: change.category }),
          rowsOf('The same days of last month', change.previous, before, { category: change.category }),
          { label: 'A usual month', value: change.usual, unit: 'money', href: explainHref('insights.usual_month') },
        ],
      });
    }
    case 'usual_month':
      return explanation(name, {
        label: 'Spending in a usual month',
        value: usualMonth?.expenses ?? null,
        formula: 'The median of the whole calendar months before this one, six at most.',
        inputs: usualMonth
          ? [
              { label: 'Months', value: new Money(usualMonth.months), unit: 'number', href: null },
              { label: 'Income in a usual month', value: usualMonth.income, unit: 'money', href: null },
            ]
          : [],
      });
  }
  return null;
}
