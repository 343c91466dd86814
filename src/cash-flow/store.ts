import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import type { CalendarDate, CalendarMonth } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { type CurrencyAmount, type Money, toMoney, ZERO } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import type { CashFlowType } from '../transactions/classify.ts';

const TOP_MERCHANTS = 10;

/** Totals of some posted transactions in the base currency. */
export interface FlowTotals {
  count: number;
  byType: Map<CashFlowType, Money>;
}

/** The sums that a cash-flow report is made of. */
export interface FlowSums extends FlowTotals {
  byCategory: CategorySum[];
  byDay: { type: CashFlowType; date: CalendarDate; amount: Money }[];
  /** The largest, at most ten of a type. */
  byMerchant: { type: CashFlowType; merchant: string; amount: Money }[];
}

export interface ReportSums {
  sums: FlowSums;
  previous: FlowTotals;
  /** What the sums leave out for want of a rate: money in less money out, by currency. */
  unconverted: CurrencyAmount[];
}

type Row = {
  by: 'date' | 'category' | 'merchant' | 'previous' | 'unconverted';
  type: CashFlowType;
  date: CalendarDate | null;
  name: string | null;
  amount: string;
  count: number;
};

const COUNTS = `user_id = $1 AND removed_at IS NULL AND NOT pending AND cash_flow_type IS NOT NULL`;

/** The statement of a report; it is exported for the benchmark, which times it bare. */
export function reportStatement(userId: string, currencies: Currencies, period: Period, previous: Period) {
  const { join, condition, leftOut, amount, parameters } = converted(currencies, 'transactions', 6);
  const counted = `FROM transactions ${join} WHERE ${COUNTS} AND ${condition}`;
  const text = `
    WITH sums AS (
      SELECT CASE GROUPING(transactions.date, effective_category, merchant) WHEN 3 THEN 'date' WHEN 5 THEN 'category' ELSE 'merchant' END AS by,
        cash_flow_type AS type, transactions.date, COALESCE(effective_category, merchant) AS name, sum(${amount('cash_flow_amount')}) AS amount, count(*)::int AS count
      ${counted} AND transactions.date BETWEEN $2 AND $3
      GROUP BY GROUPING SETS ((cash_flow_type, transactions.date), (cash_flow_type, effective_category), (cash_flow_type, merchant)))
    SELECT * FROM sums WHERE by <> 'merchant'
    UNION ALL
    SELECT by, type, date, name, amount, count FROM (
      SELECT *, row_number() OVER (PARTITION BY type ORDER BY amount DESC, name) AS rank FROM sums WHERE by = 'merchant' AND type IN ('income', 'expense')
    ) AS ranked WHERE rank <= ${TOP_MERCHANTS} AND amount > 0
    UNION ALL
    SELECT 'previous', cash_flow_type, NULL, NULL, sum(${amount('cash_flow_amount')}), count(*)::int
      ${counted} AND transactions.date BETWEEN $4 AND $5 GROUP BY cash_flow_type
    UNION ALL
    SELECT 'unconverted', NULL, NULL, currency, -sum(amount), count(*)::int
      FROM transactions WHERE ${COUNTS} AND ${leftOut} AND date BETWEEN $2 AND $3 GROUP BY currency`;
  return {
    name: `cash-flow-report-${parameters.length}`,
    text,
    values: [userId, period.start, period.end, previous.start, previous.end, ...parameters],
  };
}

/** All sums of a report in one statement over the covering index. */
export async function sumReport(
  { pool }: Database,
  userId: string,
  currencies: Currencies,
  period: Period,
  previous: Period,
): Promise<ReportSums> {
  const { rows } = await pool.query<Row>(reportStatement(userId, currencies, period, previous));
  const sums: FlowSums = { count: 0, byType: new Map(), byCategory: [], byDay: [], byMerchant: [] };
  const before: FlowTotals = { count: 0, byType: new Map() };
  const unconverted: CurrencyAmount[] = [];
  for (const row of rows) {
    const { type } = row;
    const amount = toMoney(row.amount);
    switch (row.by) {
      case 'date':
        sums.byDay.push({ type, date: row.date as CalendarDate, amount });
        break;
      case 'category':
        sums.byCategory.push({ type, category: row.name as string, amount });
        // Every row is in exactly one category, so that these add up to the total of the type.
        sums.byType.set(type, (sums.byType.get(type) ?? ZERO).plus(amount));
        sums.count += row.count;
        break;
      case 'merchant':
        sums.byMerchant.push({ type, merchant: row.name as string, amount });
        break;
      case 'previous':
        before.byType.set(type, amount);
        before.count += row.count;
        break;
      case 'unconverted':
        unconverted.push({ currency: row.name as string, amount });
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
