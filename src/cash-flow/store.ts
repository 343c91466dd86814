import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type CurrencyAmount, type Money, toMoney } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import type { CashFlowType } from '../transactions/classify.ts';

const TOP_MERCHANTS = 10;

/** The sums that a cash-flow report is made of, for posted transactions in one currency. */
export interface FlowSums {
  count: number;
  byType: Map<CashFlowType, Money>;
  byCategory: { type: CashFlowType; category: string; amount: Money }[];
  byDay: { type: CashFlowType; date: CalendarDate; amount: Money }[];
  /** The largest, at most ten of a type. */
  byMerchant: { type: CashFlowType; merchant: string; amount: Money }[];
}

type Row = {
  by: 'type' | 'date' | 'category' | 'merchant';
  type: CashFlowType;
  date: CalendarDate | null;
  effective_category: string | null;
  merchant: string | null;
  amount: string;
  count: number;
};

/** All sums in one pass over the covering index. */
export async function sumFlows({ pool }: Database, userId: string, currency: string, period: Period): Promise<FlowSums> {
  const { rows } = await pool.query<Row>(
    `WITH sums AS (
       SELECT CASE GROUPING(date, effective_category, merchant) WHEN 7 THEN 'type' WHEN 3 THEN 'date' WHEN 5 THEN 'category' ELSE 'merchant' END AS by,
         cash_flow_type AS type, date, effective_category, merchant, sum(cash_flow_amount) AS amount, count(*)::int AS count
       FROM transactions
       WHERE user_id = $1 AND date BETWEEN $2 AND $3 AND removed_at IS NULL AND NOT pending AND currency = $4 AND cash_flow_type IS NOT NULL
       GROUP BY GROUPING SETS ((cash_flow_type), (cash_flow_type, date), (cash_flow_type, effective_category), (cash_flow_type, merchant)))
     SELECT * FROM sums WHERE by <> 'merchant'
     UNION ALL
     SELECT by, type, date, effective_category, merchant, amount, count FROM (
       SELECT *, row_number() OVER (PARTITION BY type ORDER BY amount DESC, merchant) AS rank FROM sums WHERE by = 'merchant' AND type IN ('income', 'expense')
     ) AS ranked WHERE rank <= ${TOP_MERCHANTS} AND amount > 0`,
    [userId, period.start, period.end, currency],
  );
  const sums: FlowSums = { count: 0, byType: new Map(), byCategory: [], byDay: [], byMerchant: [] };
  for (const row of rows) {
    const { type } = row;
    const amount = toMoney(row.amount);
    if (row.by === 'type') {
      sums.byType.set(type, amount);
      sums.count += row.count;
    } else if (row.by === 'date') sums.byDay.push({ type, date: row.date as CalendarDate, amount });
    else if (row.by === 'category') sums.byCategory.push({ type, category: row.effective_category as string, amount });
    else sums.byMerchant.push({ type, merchant: row.merchant as string, amount });
  }
  return sums;
}

/** What the sums leave out for want of a rate: money in less money out, by currency. */
export async function sumUnconverted({ pool }: Database, userId: string, currency: string, period: Period): Promise<CurrencyAmount[]> {
  const { rows } = await pool.query<{ currency: string; amount: string }>(
    `SELECT currency, -sum(amount) AS amount FROM transactions
     WHERE user_id = $1 AND date BETWEEN $2 AND $3 AND removed_at IS NULL AND NOT pending AND currency <> $4
     GROUP BY currency ORDER BY currency`,
    [userId, period.start, period.end, currency],
  );
  return rows.map((row) => ({ currency: row.currency, amount: toMoney(row.amount) }));
}
