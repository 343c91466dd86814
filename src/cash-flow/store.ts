import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import type { CalendarDate, CalendarMonth } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { type CurrencyAmount, type Money, toMoney, ZERO } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import { CASH_FLOW_TYPES, type CashFlowType } from '../transactions/classify.ts';

const TOP_MERCHANTS = 10;

/** Totals of some posted transactions in the base currency. */
export interface FlowTotals {
  count: number;
  byType: Map<CashFlowType, Money>;
}

/**
 * Days with income or expenses in their order, as JSON text: {date: {income, expenses}}, in cents' precision. Ten years have thousands
 * of days, which go from the database to the browser as they are; `daysOf` reads them.
 */
export type DailyFlows = string & { readonly brand: unique symbol };

/** @returns income and expenses by day, in the order of the days */
export function daysOf(flows: DailyFlows): Map<CalendarDate, { income: Money; expenses: Money }> {
  const days = JSON.parse(flows) as Record<CalendarDate, { income: number; expenses: number }>;
  return new Map(
    Object.entries(days).map(([date, { income, expenses }]) => [
      date as CalendarDate,
      { income: toMoney(income), expenses: toMoney(expenses) },
    ]),
  );
}

/** The sums that a cash-flow report is made of. */
interface FlowSums extends FlowTotals {
  byCategory: CategorySum[];
  byDay: DailyFlows;
  /** The largest, at most ten of each. */
  topExpenses: { name: string; amount: Money }[];
  topIncome: { name: string; amount: Money }[];
}

export interface ReportSums {
  sums: FlowSums;
  previous: FlowTotals;
  /** What income and expenses leave out for want of a rate: income less expenses, by currency. */
  unconverted: CurrencyAmount[];
}

interface Row {
  by: 'days' | 'category' | 'spent' | 'earned' | 'previous' | 'unconverted';
  /** Of `days` the JSON text. */
  name: string | null;
  income: string | null;
  expense: string | null;
  transfer: string | null;
  investment: string | null;
  count: number;
}

const COUNTS = `user_id = $1 AND removed_at IS NULL AND NOT pending AND cash_flow_type IS NOT NULL`;

/** The statement of a report; it is exported for the benchmark, which times it bare. */
export function reportStatement(userId: string, currencies: Currencies, period: Period, previous: Period) {
  const { join, condition, leftOut, amount, parameters } = converted(currencies, 'transactions', 6);
  const counted = `FROM transactions ${join} WHERE ${COUNTS} AND ${condition}`;
  const sumOf = (type: CashFlowType) => `sum(${amount('cash_flow_amount')}) FILTER (WHERE cash_flow_type = '${type}') AS ${type}`;
  const cents = (total: string) => `round(COALESCE(${total}, 0), 2)`;
  // One pass over the covering index, a column for each type: half the groups of a grouping by type.
  const text = `
    WITH sums AS MATERIALIZED (
      SELECT GROUPING(transactions.date, effective_category, merchant) AS level, transactions.date, effective_category AS category, merchant,
        ${CASH_FLOW_TYPES.map(sumOf).join(', ')}, count(*)::int AS count
      ${counted} AND transactions.date BETWEEN $2 AND $3
      GROUP BY GROUPING SETS ((transactions.date), (effective_category), (merchant)))
    SELECT 'days' AS by, '{' || string_agg(format('"%s":{"income":%s,"expenses":%s}', date, ${cents('income')}, ${cents('expense')}), ',' ORDER BY date) || '}' AS name,
        NULL::numeric AS income, NULL::numeric AS expense, NULL::numeric AS transfer, NULL::numeric AS investment, 0 AS count
      FROM sums WHERE level = ${BY_DATE} AND (income IS NOT NULL OR expense IS NOT NULL)
    UNION ALL
    SELECT 'category', category, income, expense, transfer, investment, count FROM sums WHERE level = ${BY_CATEGORY}
    UNION ALL
    (SELECT 'spent', merchant, NULL, expense, NULL, NULL, count FROM sums WHERE level = ${BY_MERCHANT} AND expense > 0
      ORDER BY expense DESC, merchant LIMIT ${TOP_MERCHANTS})
    UNION ALL
    (SELECT 'earned', merchant, income, NULL, NULL, NULL, count FROM sums WHERE level = ${BY_MERCHANT} AND income > 0
      ORDER BY income DESC, merchant LIMIT ${TOP_MERCHANTS})
    UNION ALL
    SELECT 'previous', NULL, ${CASH_FLOW_TYPES.map(sumOf).join(', ')}, count(*)::int
      ${counted} AND transactions.date BETWEEN $4 AND $5
    UNION ALL
    SELECT 'unconverted', currency, -sum(amount), NULL, NULL, NULL, count(*)::int
      FROM transactions WHERE ${COUNTS} AND ${leftOut} AND cash_flow_type IN ('income', 'expense') AND date BETWEEN $2 AND $3 GROUP BY currency`;
  return {
    name: `cash-flow-report-${parameters.length}`,
    text,
    values: [userId, period.start, period.end, previous.start, previous.end, ...parameters],
  };
}

/** Which of (date, category, merchant) a group of the statement is by: a bit for each that it is not. */
const BY_DATE = 0b011;
const BY_CATEGORY = 0b101;
const BY_MERCHANT = 0b110;

/** All sums of a report in one statement. */
export async function sumReport(
  { pool }: Database,
  userId: string,
  currencies: Currencies,
  period: Period,
  previous: Period,
): Promise<ReportSums> {
  const { rows } = await pool.query<Row>(reportStatement(userId, currencies, period, previous));
  const sums: FlowSums = { count: 0, byType: new Map(), byCategory: [], byDay: '{}' as DailyFlows, topExpenses: [], topIncome: [] };
  const before: FlowTotals = { count: 0, byType: new Map() };
  const unconverted: CurrencyAmount[] = [];
  const orZero = (amount: string | null) => (amount === null ? ZERO : toMoney(amount));
  for (const row of rows) {
    const name = row.name ?? '';
    switch (row.by) {
      case 'days':
        // There is no text when there are no days.
        if (row.name !== null) sums.byDay = row.name as DailyFlows;
        break;
      case 'category':
        sums.count += row.count;
        for (const type of CASH_FLOW_TYPES) {
          if (row[type] === null) continue;
          const amount = toMoney(row[type]);
          sums.byCategory.push({ type, category: name, amount });
          // Every row is in exactly one category, so that these add up to the total of the type.
          sums.byType.set(type, (sums.byType.get(type) ?? ZERO).plus(amount));
        }
        break;
      case 'spent':
        sums.topExpenses.push({ name, amount: orZero(row.expense) });
        break;
      case 'earned':
        sums.topIncome.push({ name, amount: orZero(row.income) });
        break;
      case 'previous':
        before.count = row.count;
        for (const type of CASH_FLOW_TYPES) before.byType.set(type, orZero(row[type]));
        break;
      case 'unconverted':
        unconverted.push({ currency: name, amount: orZero(row.income) });
    }
  }
  unconverted.sort((a, b) => (a.currency < b.currency ? -1 : 1));
  return { sums, previous: before, unconverted };
}

export interface CategorySum {
  type: CashFlowType;
  category: string;
  amount: Money;
}

/** Sums by type and category. */
export async function sumCategories({ pool }: Database, userId: string, currencies: Currencies, period: Period): Promise<CategorySum[]> {
  const { join, condition, amount, parameters } = converted(currencies, 'transactions', 4);
  const { rows } = await pool.query<{ type: CashFlowType; category: string; amount: string }>({
    name: `cash-flow-categories-${parameters.length}`,
    text: `SELECT cash_flow_type AS type, effective_category AS category, sum(${amount('cash_flow_amount')}) AS amount
      FROM transactions ${join} WHERE ${COUNTS} AND ${condition} AND transactions.date BETWEEN $2 AND $3 GROUP BY 1, 2`,
    values: [userId, period.start, period.end, ...parameters],
  });
  return rows.map((row) => ({ ...row, amount: toMoney(row.amount) }));
}

export interface CategoryMonth extends CategorySum {
  month: CalendarMonth;
}

/** Income and spending by calendar month and category. */
export async function sumMonths({ pool }: Database, userId: string, currencies: Currencies, period: Period): Promise<CategoryMonth[]> {
  const { join, condition, amount, parameters } = converted(currencies, 'transactions', 4);
  const { rows } = await pool.query<{ month: CalendarMonth; type: CashFlowType; category: string; amount: string }>({
    name: `cash-flow-months-${parameters.length}`,
    text: `SELECT to_char(transactions.date, 'YYYY-MM') AS month, cash_flow_type AS type, effective_category AS category, sum(${amount('cash_flow_amount')}) AS amount
      FROM transactions ${join}
      WHERE ${COUNTS} AND ${condition} AND cash_flow_type IN ('income', 'expense') AND transactions.date BETWEEN $2 AND $3
      GROUP BY 1, 2, 3`,
    values: [userId, period.start, period.end, ...parameters],
  });
  return rows.map((row) => ({ ...row, amount: toMoney(row.amount) }));
}

/** The day of the oldest posted transaction. */
export async function findFirstTransactionDay({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    'SELECT min(date) AS first FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND NOT pending',
    [userId],
  );
  return rows[0]?.first ?? null;
}
