import { type CurrencyAmount, type Money, percent, ZERO } from '../lib/money.ts';
import { daysIn, type Period } from '../lib/period.ts';
import type { CashFlowType } from '../transactions/classify.ts';
import type { CategorySum, DailyFlows, FlowTotals, ReportSums } from './store.ts';

export interface CashFlowSummary {
  totalIncome: Money;
  /** Net of refunds. */
  totalExpenses: Money;
  totalTransfers: Money;
  /** Money put into investments less money taken out. */
  totalInvestments: Money;
  netCashFlow: Money;
  /** Per cent of income; null without income. */
  savingsRate: Money | null;
  transactionCount: number;
}

export interface CashFlowReport {
  period: Period & { days: number };
  summary: CashFlowSummary;
  incomeByCategory: Map<string, Money>;
  expensesByCategory: Map<string, Money>;
  daily: DailyFlows;
  topExpenses: { merchant: string; amount: Money }[];
  topIncome: { source: string; amount: Money }[];
  previous: CashFlowSummary;
  unconverted: CurrencyAmount[];
}

function summaryOf(sums: FlowTotals): CashFlowSummary {
  const total = (type: CashFlowType) => sums.byType.get(type) ?? ZERO;
  const netCashFlow = total('income').minus(total('expense'));
  return {
    totalIncome: total('income'),
    totalExpenses: total('expense'),
    totalTransfers: total('transfer'),
    totalInvestments: total('investment'),
    netCashFlow,
    savingsRate: total('income').greaterThan(0) ? percent(netCashFlow, total('income')) : null,
    transactionCount: sums.count,
  };
}

/** A period's report from its sums; every breakdown adds up to its total. */
export function cashFlowReport(period: Period, { sums, previous, unconverted }: ReportSums): CashFlowReport {
  return {
    period: { ...period, days: daysIn(period) },
    summary: summaryOf(sums),
    incomeByCategory: categoriesOf(sums.byCategory, 'income'),
    expensesByCategory: categoriesOf(sums.byCategory, 'expense'),
    daily: sums.byDay,
    topExpenses: sums.topExpenses.map(({ name, amount }) => ({ merchant: name, amount })),
    topIncome: sums.topIncome.map(({ name, amount }) => ({ source: name, amount })),
    previous: summaryOf(previous),
    unconverted,
  };
}

/** Largest first. */
export function categoriesOf(sums: CategorySum[], type: CashFlowType): Map<string, Money> {
  const rows = sums.filter((row) => row.type === type);
  return new Map(
    rows.sort((a, b) => b.amount.comparedTo(a.amount) || (a.category < b.category ? -1 : 1)).map((row) => [row.category, row.amount]),
  );
}
