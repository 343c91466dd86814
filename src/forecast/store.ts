import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import { addDays, type CalendarDate } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { type Money, toMoney, toMoneyOrNull } from '../lib/money.ts';
import { IS_BELIEVED } from '../transactions/classification-store.ts';
import { PAID_OF_BILL } from '../transactions/words.ts';

/** How far back everyday movements are averaged. */
export const EVERYDAY_DAYS = 90;

/** Income and expenses over the days before today that belong to no stream. */
export interface EverydayFlows {
  days: number;
  income: Money;
  expenses: Money;
}

/** Everyday income and expenses, in the base currency, of the days before today for which there is data: what no active stream accounts for. */
export async function sumEverydayFlows(
  { pool }: Database,
  userId: string,
  currencies: Currencies,
  today: CalendarDate,
): Promise<EverydayFlows> {
  const { join, condition, amount, parameters } = converted(currencies, 'transactions', 4);
  const { rows } = await pool.query<{ days: number | null; income: string; expenses: string }>(
    `SELECT LEAST($3::date - (SELECT min(date) FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND NOT pending), ${EVERYDAY_DAYS}) AS days,
       COALESCE(sum(${amount('cash_flow_amount')}) FILTER (WHERE cash_flow_type = 'income' AND NOT is_streamed), 0) AS income,
       COALESCE(sum(${amount('cash_flow_amount')}) FILTER (WHERE cash_flow_type = 'expense' AND NOT is_streamed), 0) AS expenses
     FROM (SELECT transactions.*, COALESCE(stream.is_active AND stream.dismissed_at IS NULL, false) AS is_streamed
       FROM transactions LEFT JOIN recurring_transactions AS stream ON stream.id = recurring_stream_id
       WHERE transactions.user_id = $1 AND transactions.date >= $2 AND transactions.date < $3 AND removed_at IS NULL AND NOT pending) AS transactions
     ${join} WHERE ${condition}`,
    [userId, addDays(today, -EVERYDAY_DAYS), today, ...parameters],
  );
  const row = rows[0] as NonNullable<(typeof rows)[0]>;
  return { days: Math.max(0, row.days ?? 0), income: toMoney(row.income), expenses: toMoney(row.expenses) };
}

export interface LiquidRow {
  id: string;
  accountId: string;
  date: CalendarDate;
  /** Plaid's sign, in the account's currency. */
  amount: Money;
  merchant: string;
  category: string;
  otherAccountId: string | null;
  isDismissed: boolean;
}

/** Posted movements of some accounts since a day, oldest first, with the account of a matched pair's other leg. */
export async function listMovements(
  { pool }: Database,
  userId: string,
  accountIds: string[],
  since: CalendarDate,
  today: CalendarDate,
): Promise<LiquidRow[]> {
  const { rows } = await pool.query(
    `SELECT movement.id, movement.account_id, LEAST(movement.date, $4::date) AS date, movement.amount, movement.merchant, movement.effective_category,
       COALESCE(inflow.account_id, outflow.account_id) AS other_account_id, stream.dismissed_at IS NOT NULL AS is_dismissed
     FROM transactions AS movement
       LEFT JOIN transfer_matches AS paid ON paid.outflow_transaction_id = movement.id AND ${IS_BELIEVED('paid')}
       LEFT JOIN transactions AS inflow ON inflow.id = paid.inflow_transaction_id
       LEFT JOIN transfer_matches AS got ON got.inflow_transaction_id = movement.id AND ${IS_BELIEVED('got')}
       LEFT JOIN transactions AS outflow ON outflow.id = got.outflow_transaction_id
       LEFT JOIN recurring_transactions AS stream ON stream.id = movement.recurring_stream_id
     WHERE movement.user_id = $1 AND movement.account_id = ANY($2::uuid[]) AND movement.date >= $3 AND movement.removed_at IS NULL AND NOT movement.pending
     ORDER BY movement.date, movement.id`,
    [userId, accountIds, since, today],
  );
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    date: row.date,
    amount: toMoney(row.amount),
    merchant: row.merchant,
    category: row.effective_category,
    otherAccountId: row.other_account_id,
    isDismissed: row.is_dismissed,
  }));
}

export interface CardFlow {
  accountId: string;
  date: CalendarDate;
  amount: Money;
  /** What of it paid the card's bill. */
  paid: Money;
}

/** What moved the balance of cards since a day, by account and day, in the account's currency. */
export async function sumCardFlows(
  { pool }: Database,
  userId: string,
  accountIds: string[],
  since: CalendarDate,
  today: CalendarDate,
): Promise<CardFlow[]> {
  const { rows } = await pool.query<{ account_id: string; date: CalendarDate; amount: string; paid: string }>(
    `SELECT account_id, LEAST(date, $4::date) AS date, sum(amount) AS amount, sum(${PAID_OF_BILL('transactions')}) AS paid FROM transactions
     WHERE user_id = $1 AND account_id = ANY($2::uuid[]) AND date >= $3 AND removed_at IS NULL AND NOT pending
     GROUP BY account_id, LEAST(date, $4::date) ORDER BY 2`,
    [userId, accountIds, since, today],
  );
  return rows.map((row) => ({ accountId: row.account_id, date: row.date, amount: toMoney(row.amount), paid: toMoney(row.paid) }));
}

export interface CardStatement {
  accountId: string;
  balance: Money | null;
  issuedOn: CalendarDate | null;
  dueOn: CalendarDate | null;
}

export async function listCardStatements({ pool }: Database, userId: string): Promise<CardStatement[]> {
  const { rows } = await pool.query(
    `SELECT account_id, last_statement_balance, last_statement_issue_date, next_payment_due_date FROM liabilities WHERE user_id = $1 AND type = 'credit'`,
    [userId],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    balance: toMoneyOrNull(row.last_statement_balance),
    issuedOn: row.last_statement_issue_date,
    dueOn: row.next_payment_due_date,
  }));
}

export interface StoredForecast {
  asOf: CalendarDate;
  dataVersion: string;
  payload: unknown;
}

/** The forecast worked out last, with the day and the state of the data that it is of. */
export async function findForecast({ pool }: Database, userId: string): Promise<StoredForecast | null> {
  const { rows } = await pool.query<StoredForecast>({
    name: 'find-forecast',
    text: 'SELECT as_of AS "asOf", data_version AS "dataVersion", payload FROM forecasts WHERE user_id = $1',
    values: [userId],
  });
  return rows[0] ?? null;
}

/** Keeps a forecast. A person deleted meanwhile has none. */
export async function saveForecast(
  { pool }: Database,
  userId: string,
  asOf: CalendarDate,
  dataVersion: string,
  payload: object,
): Promise<void> {
  await pool.query(
    `INSERT INTO forecasts (user_id, as_of, data_version, payload) SELECT id, $2, $3, $4 FROM users WHERE id = $1
     ON CONFLICT (user_id) DO UPDATE SET as_of = EXCLUDED.as_of, data_version = EXCLUDED.data_version, payload = EXCLUDED.payload`,
    [userId, asOf, dataVersion, JSON.stringify(payload)],
  );
}
