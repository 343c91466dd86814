import type { Database } from '../database/client.ts';
import { addDays, type CalendarDate } from '../lib/dates.ts';
import { toMoney } from '../lib/money.ts';
import type { EverydayFlows } from './forecast.ts';

/** How far back everyday movements are averaged. */
const EVERYDAY_DAYS = 90;

/** Everyday movements, in one currency, of the days before today for which there is data: what no active stream accounts for. */
export async function sumEverydayFlows({ pool }: Database, userId: string, currency: string, today: CalendarDate): Promise<EverydayFlows> {
  const { rows } = await pool.query<{ days: number; income: string; expenses: string; liquid_outflow: string }>(
    `WITH recent AS (
       SELECT transactions.date, cash_flow_type, cash_flow_amount, amount, accounts.is_liquid AND accounts.is_active AS is_liquid,
         COALESCE(stream.is_active, false) AS is_streamed
       FROM transactions JOIN accounts ON accounts.id = transactions.account_id
         LEFT JOIN recurring_transactions AS stream ON stream.id = recurring_stream_id
       WHERE transactions.user_id = $1 AND transactions.date >= $2 AND transactions.date < $3 AND removed_at IS NULL AND NOT pending
         AND transactions.currency = $4)
     SELECT COALESCE($3::date - min(date), 0) AS days,
       COALESCE(sum(cash_flow_amount) FILTER (WHERE cash_flow_type = 'income' AND NOT is_streamed), 0) AS income,
       COALESCE(sum(cash_flow_amount) FILTER (WHERE cash_flow_type = 'expense' AND NOT is_streamed), 0) AS expenses,
       COALESCE(sum(amount) FILTER (WHERE is_liquid AND NOT is_streamed), 0) AS liquid_outflow
     FROM recent`,
    [userId, addDays(today, -EVERYDAY_DAYS), today, currency],
  );
  const row = rows[0] as NonNullable<(typeof rows)[0]>;
  return { days: row.days, income: toMoney(row.income), expenses: toMoney(row.expenses), liquidOutflow: toMoney(row.liquid_outflow) };
}
