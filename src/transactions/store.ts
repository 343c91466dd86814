import type { Database, Queryable } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { type CurrencyAmount, type Money, sumByCurrency, toMoney, ZERO } from '../lib/money.ts';
import { type CashFlowType, CERTAIN, type Why } from './classify.ts';

export interface Transaction {
  id: string;
  accountId: string;
  accountName: string;
  date: CalendarDate;
  name: string;
  merchantName: string | null;
  /** Plaid's sign: positive is money out. */
  amount: Money;
  currency: string;
  /** custom_category, else Plaid's primary, else UNCATEGORIZED */
  category: string;
  categoryDetailed: string | null;
  customCategory: string | null;
  pending: boolean;
  cashFlowType: CashFlowType | null;
  why: Why | null;
  confidence: number | null;
  note: string | null;
  /** The rule that it falls under. */
  ruleId: string | null;
}

const SORTS = {
  date_desc: 'transactions.date DESC, transactions.id DESC',
  date_asc: 'transactions.date, transactions.id',
  amount_desc: 'abs(amount) DESC, transactions.date DESC, transactions.id DESC',
  amount_asc: 'abs(amount), transactions.date DESC, transactions.id DESC',
} as const;
export type Sort = keyof typeof SORTS;

export interface TransactionFilter {
  accountId?: string | undefined;
  category?: string | undefined;
  start?: CalendarDate | undefined;
  end?: CalendarDate | undefined;
  /** Words in the name, the merchant or the note. */
  search?: string | undefined;
  flow?: CashFlowType | undefined;
  /** Bounds of the amount without its sign. */
  minAmount?: string | undefined;
  maxAmount?: string | undefined;
  pending?: boolean | undefined;
  /** Exactly this merchant: merchant_name, else name. */
  merchant?: string | undefined;
  streamId?: string | undefined;
  /** Whether it belongs to something that recurs. */
  isRecurring?: boolean | undefined;
  /** Only rows of accounts that net worth counts. */
  inNetWorth?: true | undefined;
  currency?: string | undefined;
}

export interface Totals {
  income: Money;
  expenses: Money;
  transfers: Money;
  investments: Money;
}

export const FIELDS = `transactions.id, transactions.account_id, accounts.name AS account_name, transactions.date, transactions.name, merchant_name, amount,
  transactions.currency, effective_category, personal_finance_category_detailed, transactions.custom_category, pending, cash_flow_type, cash_flow_why,
  cash_flow_confidence, note, rule_id`;

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver hands it over
export const toTransaction = (row: any): Transaction => ({
  id: row.id,
  accountId: row.account_id,
  accountName: row.account_name,
  date: row.date,
  name: row.name,
  merchantName: row.merchant_name,
  amount: toMoney(row.amount),
  currency: row.currency,
  category: row.effective_category,
  categoryDetailed: row.personal_finance_category_detailed,
  customCategory: row.custom_category,
  pending: row.pending,
  cashFlowType: row.cash_flow_type,
  why: row.cash_flow_why,
  confidence: row.cash_flow_confidence === null ? null : Number(row.cash_flow_confidence),
  note: row.note,
  ruleId: row.rule_id,
});

/** What is searched, as the index on it has it: no search spans two lines. */
const SEARCHED = `lower(transactions.name || E'\\n' || COALESCE(merchant_name, '') || E'\\n' || COALESCE(note, ''))`;

/** The WHERE clause of a filter over one person's rows, and its parameters. */
function conditions(userId: string, filter: TransactionFilter) {
  const parameters: unknown[] = [userId];
  const clauses = ['transactions.user_id = $1', 'removed_at IS NULL'];
  const add = (clause: (placeholder: string) => string, value: unknown) => {
    if (value === undefined) return;
    parameters.push(value);
    clauses.push(clause(`$${parameters.length}`));
  };
  add((value) => `transactions.account_id = ${value}`, filter.accountId);
  add((value) => `effective_category = ${value}`, filter.category);
  add((value) => `transactions.date >= ${value}`, filter.start);
  add((value) => `transactions.date <= ${value}`, filter.end);
  add((value) => `cash_flow_type = ${value}`, filter.flow);
  add((value) => `abs(amount) >= ${value}::numeric`, filter.minAmount);
  add((value) => `abs(amount) <= ${value}::numeric`, filter.maxAmount);
  add((value) => `pending = ${value}`, filter.pending);
  add((value) => `merchant = ${value}`, filter.merchant);
  add((value) => `recurring_stream_id = ${value}`, filter.streamId);
  add((value) => `is_recurring = ${value}`, filter.isRecurring);
  add(
    (value) => `transactions.account_id IN (SELECT id FROM accounts AS own WHERE own.user_id = $1 AND include_in_net_worth = ${value})`,
    filter.inNetWorth,
  );
  add((value) => `transactions.currency = ${value}`, filter.currency);
  const pattern = filter.search === undefined ? undefined : `%${filter.search.replaceAll(/[\\%_]/g, '\\$&')}%`;
  add((value) => `${SEARCHED} LIKE lower(${value})`, pattern);
  return { where: clauses.join(' AND '), parameters };
}

export async function listTransactions(
  { pool }: Database,
  userId: string,
  filter: TransactionFilter,
  page: { sort: Sort; limit: number; offset: number },
): Promise<Transaction[]> {
  const { where, parameters } = conditions(userId, filter);
  const { rows } = await pool.query(
    // Which rows are on the page is read from an index alone; only those are fetched.
    `WITH page AS MATERIALIZED (
       SELECT transactions.id FROM transactions WHERE ${where} ORDER BY ${SORTS[page.sort]} LIMIT $${parameters.length + 1} OFFSET $${parameters.length + 2})
     SELECT ${FIELDS} FROM page JOIN transactions ON transactions.id = page.id JOIN accounts ON accounts.id = transactions.account_id
     ORDER BY ${SORTS[page.sort]}`,
    [...parameters, page.limit, page.offset],
  );
  return rows.map(toTransaction);
}

/** How many rows a filter finds, the totals of those that count (posted, in the base currency or converted), and what has no rate. */
export async function sumTransactions(
  { pool }: Database,
  userId: string,
  filter: TransactionFilter,
  currencies: Currencies,
): Promise<{ count: number; totals: Totals; unconverted: CurrencyAmount[] }> {
  const { where, parameters } = conditions(userId, filter);
  const { leftJoin, condition, leftOut, amount, parameters: rates } = converted(currencies, 'transactions', parameters.length + 1);
  const counted = `NOT pending AND ${condition} AND NOT (${leftOut})`;
  const { rows } = await pool.query<{
    type: CashFlowType | null;
    left_out: string | null;
    amount: string | null;
    own: string | null;
    count: number;
  }>(
    `SELECT cash_flow_type AS type, CASE WHEN ${leftOut} THEN transactions.currency END AS left_out,
       sum(${amount('cash_flow_amount')}) FILTER (WHERE ${counted}) AS amount, -sum(amount) FILTER (WHERE NOT pending) AS own, count(*)::int AS count
     FROM transactions ${leftJoin} WHERE ${where} GROUP BY 1, 2`,
    [...parameters, ...rates],
  );
  const total = (type: CashFlowType) => toMoney(rows.find((row) => row.type === type && row.left_out === null)?.amount ?? ZERO);
  return {
    count: rows.reduce((count, row) => count + row.count, 0),
    totals: { income: total('income'), expenses: total('expense'), transfers: total('transfer'), investments: total('investment') },
    unconverted: sumByCurrency(
      rows.flatMap(({ left_out, own }) => (left_out !== null && own !== null ? [{ currency: left_out, amount: toMoney(own) }] : [])),
    ),
  };
}

export async function findTransaction(database: Database, userId: string, id: string): Promise<Transaction | null> {
  const [found] = await findTransactions(database, userId, [id]);
  return found ?? null;
}

/** Some rows, newest first; those that are not the person's are missing. */
export async function findTransactions({ pool }: Database, userId: string, ids: string[]): Promise<Transaction[]> {
  const { rows } = await pool.query(
    `SELECT ${FIELDS} FROM transactions JOIN accounts ON accounts.id = transactions.account_id
     WHERE transactions.user_id = $1 AND transactions.id = ANY($2::uuid[]) AND removed_at IS NULL ORDER BY ${SORTS.date_desc}`,
    [userId, ids],
  );
  return rows.map(toTransaction);
}

const EXPORT_BATCH_ROWS = 2_000;

/** All rows of a filter, newest first, a batch at a time. */
export async function* streamTransactions({ pool }: Database, userId: string, filter: TransactionFilter): AsyncGenerator<Transaction> {
  let last: Transaction | undefined;
  do {
    const { where, parameters } = conditions(userId, filter);
    const after = last ? `AND (transactions.date, transactions.id) < ($${parameters.length + 1}, $${parameters.length + 2})` : '';
    const { rows } = await pool.query(
      `SELECT ${FIELDS} FROM transactions JOIN accounts ON accounts.id = transactions.account_id
       WHERE ${where} ${after} ORDER BY ${SORTS.date_desc} LIMIT ${EXPORT_BATCH_ROWS}`,
      last ? [...parameters, last.date, last.id] : parameters,
    );
    last = undefined;
    for (const row of rows) {
      const transaction = toTransaction(row);
      yield transaction;
      if (rows.length === EXPORT_BATCH_ROWS) last = transaction;
    }
  } while (last);
}

export interface TransactionEdit {
  customCategory?: string | null | undefined;
  customCashFlowType?: CashFlowType | null | undefined;
  note?: string | null | undefined;
}

/** Saves the person's own choices; a changed type leaves the row to be classified anew. @returns false when the row is not theirs. */
export async function saveTransactionEdit(client: Queryable, userId: string, id: string, edit: TransactionEdit): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET
       custom_category = CASE WHEN $3 THEN $4 ELSE custom_category END,
       note = CASE WHEN $5 THEN $6 ELSE note END,
       custom_cash_flow_type = CASE WHEN $7 THEN $8::text ELSE custom_cash_flow_type END,
       cash_flow_why = CASE WHEN $7 AND $8 = cash_flow_type THEN 'user' ELSE cash_flow_why END,
       cash_flow_confidence = CASE WHEN $7 AND $8 = cash_flow_type THEN ${CERTAIN} ELSE cash_flow_confidence END,
       cash_flow_amount = CASE WHEN $7 AND $8::text IS DISTINCT FROM cash_flow_type THEN NULL ELSE cash_flow_amount END,
       cash_flow_type = CASE WHEN $7 AND $8::text IS DISTINCT FROM cash_flow_type THEN NULL ELSE cash_flow_type END,
       updated_at = now()
     WHERE user_id = $1 AND id = $2 AND removed_at IS NULL`,
    [
      userId,
      id,
      edit.customCategory !== undefined,
      edit.customCategory ?? null,
      edit.note !== undefined,
      edit.note ?? null,
      edit.customCashFlowType !== undefined,
      edit.customCashFlowType ?? null,
    ],
  );
  return rowCount === 1;
}

/** What a person has chosen for some of their rows, to put it back. Rows that are not theirs are missing. */
export async function listTransactionEdits(
  client: Queryable,
  userId: string,
  ids: string[],
): Promise<(TransactionEdit & { id: string })[]> {
  const { rows } = await client.query(
    `SELECT id, custom_category AS "customCategory", custom_cash_flow_type AS "customCashFlowType", note
     FROM transactions WHERE user_id = $1 AND id = ANY($2::uuid[]) AND removed_at IS NULL`,
    [userId, ids],
  );
  return rows;
}

/** The categories a person's rows have, by how often they occur. */
export async function listUsedCategories({ pool }: Database, userId: string): Promise<string[]> {
  const { rows } = await pool.query<{ category: string }>(
    `SELECT effective_category AS category FROM transactions WHERE user_id = $1 AND removed_at IS NULL GROUP BY 1 ORDER BY count(*) DESC`,
    [userId],
  );
  return rows.map((row) => row.category);
}
