import type { User } from '../auth/store.ts';
import type { CategoryMonth } from '../cash-flow/store.ts';
import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import { addDays, type CalendarDate, type CalendarMonth } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { toMoney, toMoneyOrNull } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import { PAID_OF_BILL } from '../transactions/words.ts';
import type { Debt, RecentTransaction, StreamFacts } from './facts.ts';

/** A little more than what stays raised, so that both sides of a pair are seen. */
export const RECENT_DAYS = 45;
/** A loan's payment arrives at most so long before it is due. */
const LOAN_PAID_DAYS = 20;
/** Enough to know what was usual before the last one. */
const STREAM_ROWS = 13;

/** The movements of the last weeks, pending ones too, newest first. */
export async function listRecentTransactions({ pool }: Database, user: User, today: CalendarDate): Promise<RecentTransaction[]> {
  const { rows } = await pool.query(
    `WITH recent AS MATERIALIZED (
       SELECT transactions.id, transactions.account_id, accounts.name AS account_name, date, merchant, amount, transactions.currency, cash_flow_type,
         effective_category, personal_finance_category_detailed, pending, is_recurring
       FROM transactions JOIN accounts ON accounts.id = transactions.account_id
       WHERE transactions.user_id = $1 AND date BETWEEN $2 AND $3 AND removed_at IS NULL),
     known AS (
       SELECT merchant, min(date) AS since FROM transactions
       WHERE user_id = $1 AND removed_at IS NULL AND merchant IN (SELECT merchant FROM recent) GROUP BY merchant)
     SELECT recent.*, known.since FROM recent JOIN known USING (merchant) ORDER BY date DESC, id`,
    [user.id, addDays(today, -RECENT_DAYS), today],
  );
  return rows.map((row) => {
    const amount = toMoney(row.amount);
    return {
      id: row.id,
      accountId: row.account_id,
      accountName: row.account_name,
      date: row.date,
      merchant: row.merchant,
      amount,
      currency: row.currency,
      baseAmount: inBase(user.currencies, amount, row.currency, row.date),
      type: row.cash_flow_type,
      category: row.effective_category,
      categoryDetailed: row.personal_finance_category_detailed,
      isPending: row.pending,
      isRecurring: row.is_recurring,
      merchantSince: row.since,
    };
  });
}

/** Cards and loans with what is due and what has been paid of it. */
export async function listDebts({ pool }: Database, userId: string): Promise<Debt[]> {
  const { rows } = await pool.query(
    `SELECT debt.account_id, accounts.name, accounts.currency, debt.type, next_payment_due_date, minimum_payment_amount, next_payment_amount,
       last_statement_balance, last_statement_issue_date, is_overdue,
       GREATEST(COALESCE((SELECT sum(CASE WHEN debt.type = 'credit' THEN ${PAID_OF_BILL('paid')} ELSE -LEAST(paid.amount, 0) END)
         FROM transactions AS paid WHERE paid.account_id = debt.account_id AND removed_at IS NULL AND NOT pending
         AND CASE WHEN debt.type = 'credit' AND last_statement_issue_date IS NOT NULL THEN date > last_statement_issue_date
           ELSE date > next_payment_due_date - ${LOAN_PAID_DAYS} END), 0), 0) AS paid
     FROM liabilities AS debt JOIN accounts ON accounts.id = debt.account_id AND accounts.is_active AND accounts.duplicate_of_id IS NULL
     WHERE debt.user_id = $1 ORDER BY accounts.name, debt.account_id`,
    [userId],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    name: row.name,
    currency: row.currency,
    isCard: row.type === 'credit',
    dueOn: row.next_payment_due_date,
    minimum: toMoneyOrNull(row.minimum_payment_amount ?? row.next_payment_amount),
    statement: row.type === 'credit' ? toMoneyOrNull(row.last_statement_balance) : null,
    issuedOn: row.last_statement_issue_date,
    isOverdue: row.is_overdue,
    paid: toMoney(row.paid),
  }));
}

/** The latest movements of each stream, the newest first. */
export async function listStreamRows({ pool }: Database, userId: string): Promise<Map<string, StreamFacts['latest']>> {
  const { rows } = await pool.query<{ stream: string; id: string; date: CalendarDate; amount: string }>(
    `SELECT stream.id AS stream, own.id, own.date, abs(own.amount) AS amount FROM recurring_transactions AS stream
       CROSS JOIN LATERAL (SELECT id, date, amount FROM transactions
         WHERE recurring_stream_id = stream.id AND removed_at IS NULL AND NOT pending ORDER BY date DESC, id LIMIT ${STREAM_ROWS}) AS own
     WHERE stream.user_id = $1 ORDER BY stream.id, own.date DESC, own.id`,
    [userId],
  );
  const latest = groupBy(rows, (row) => row.stream);
  return new Map([...latest].map(([stream, own]) => [stream, own.map(({ id, date, amount }) => ({ id, date, amount: toMoney(amount) }))]));
}

/** Spending by calendar month and category, in the base currency, beside what recurs. */
export async function sumUnplanned({ pool }: Database, user: User, period: Period): Promise<CategoryMonth[]> {
  const { join, condition, amount, parameters } = converted(user.currencies, 'transactions', 4);
  const { rows } = await pool.query<{ month: CalendarMonth; category: string; amount: string }>(
    `SELECT to_char(transactions.date, 'YYYY-MM') AS month, effective_category AS category, sum(${amount('cash_flow_amount')}) AS amount
     FROM transactions ${join}
     WHERE user_id = $1 AND removed_at IS NULL AND NOT pending AND cash_flow_type = 'expense' AND NOT is_recurring
       AND ${condition} AND transactions.date BETWEEN $2 AND $3 GROUP BY 1, 2`,
    [user.id, period.start, period.end, ...parameters],
  );
  return rows.map((row) => ({ ...row, type: 'expense' as const, amount: toMoney(row.amount) }));
}

/** Names of merchants that somebody has paid before a day and that have one of some words in them, in small letters. */
export async function listMerchantsBefore({ pool }: Database, userId: string, day: CalendarDate, words: string[]): Promise<string[]> {
  if (words.length === 0) return [];
  const { rows } = await pool.query<{ merchant: string }>(
    `SELECT DISTINCT merchant FROM transactions
     WHERE user_id = $1 AND date < $2 AND removed_at IS NULL AND lower(merchant) LIKE ANY($3::text[])`,
    [userId, day, words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\\\$&')}%`)],
  );
  return rows.map(({ merchant }) => merchant);
}

/** Since when the streams that have changed their price ask the last one. */
export async function listPriceChanges({ pool }: Database, userId: string): Promise<Map<string, CalendarDate>> {
  const { rows } = await pool.query<{ id: string; since: CalendarDate | null }>(
    `SELECT stream.id, (
       SELECT min(later.date) FROM transactions AS later WHERE later.recurring_stream_id = stream.id AND later.removed_at IS NULL
         AND later.date > (SELECT max(earlier.date) FROM transactions AS earlier
           WHERE earlier.recurring_stream_id = stream.id AND earlier.removed_at IS NULL AND abs(earlier.amount) <> stream.last_amount)) AS since
     FROM recurring_transactions AS stream WHERE stream.user_id = $1 AND stream.previous_amount IS NOT NULL AND stream.previous_amount < stream.last_amount`,
    [userId],
  );
  return new Map(rows.flatMap(({ id, since }) => (since ? [[id, since] as const] : [])));
}
