import type { QueryResultRow } from 'pg';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { toMoney } from '../lib/money.ts';
import { periodsAround } from '../lib/period.ts';
import { CARD_PAYMENT, type CashFlowType, type Classifiable, type Person, type Why } from './classify.ts';
import type { TransferPair, TransferPairs } from './match-transfers.ts';
import { type Candidate, type Leg, MATCH_DAYS_MAX, type Owner } from './transfer-evidence.ts';

/** What a row loses that has to be classified anew. */
export const UNCLASSIFIED = 'cash_flow_type = NULL, cash_flow_amount = NULL, cash_flow_why = NULL, cash_flow_confidence = NULL';

/**
 * Until the transaction ends nobody else writes or classifies this user's transactions. Rows that came in between a search
 * for pairs and the classification would miss their pair.
 */
export async function lockTransactionsOf(client: Queryable, userId: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`classification ${userId}`]);
}

/** A pair that makes its legs a transfer. */
export const IS_BELIEVED = (pair: string) => `${pair}.status IN ('automatic', 'confirmed')`;

/**
 * Undoes pairs one of whose legs has changed, gone, or been typed otherwise; their other legs are classified anew. What a person has
 * confirmed stays while the legs still are opposite, what they have rejected stays.
 */
export async function dissolveStaleMatches(client: Queryable, userId: string): Promise<void> {
  await client.query(
    `WITH stale AS (
       DELETE FROM transfer_matches AS pair USING transactions AS leg, transactions AS other
       WHERE pair.user_id = $1 AND pair.status <> 'rejected'
         AND leg.id IN (pair.outflow_transaction_id, pair.inflow_transaction_id) AND other.id IN (pair.outflow_transaction_id, pair.inflow_transaction_id)
         AND other.id <> leg.id AND (leg.removed_at IS NOT NULL OR leg.cash_flow_type IS NULL)
         AND (pair.status <> 'confirmed' OR leg.removed_at IS NOT NULL OR leg.pending OR leg.amount <> -other.amount OR leg.custom_cash_flow_type IS NOT NULL)
       RETURNING pair.outflow_transaction_id, pair.inflow_transaction_id, pair.status)
     UPDATE transactions SET ${UNCLASSIFIED} FROM stale
     WHERE transactions.id IN (stale.outflow_transaction_id, stale.inflow_transaction_id) AND transactions.removed_at IS NULL AND stale.status <> 'suggested'`,
    [userId],
  );
}

/** Before a bank is deleted, and its rows and their pairs with it: the other legs of those pairs are left to be classified anew. */
export async function releasePartners(client: Queryable, bankItemId: string): Promise<void> {
  await client.query(
    `WITH leaving AS (
       SELECT transactions.id FROM transactions JOIN accounts ON accounts.id = transactions.account_id
         JOIN plaid_items ON plaid_items.id = accounts.plaid_item_id WHERE plaid_items.item_id = $1)
     UPDATE transactions SET ${UNCLASSIFIED}
     FROM transfer_matches AS pair
     WHERE ${IS_BELIEVED('pair')} AND transactions.id IN (pair.outflow_transaction_id, pair.inflow_transaction_id)
       AND EXISTS (SELECT FROM leaving WHERE leaving.id IN (pair.outflow_transaction_id, pair.inflow_transaction_id))`,
    [bankItemId],
  );
}

/** What is known of a person: their name, the cards they have linked, and what these have asked for. */
export async function findPerson(client: Queryable, userId: string): Promise<Person> {
  const { rows: names } = await client.query<{ name: string | null }>('SELECT name FROM users WHERE id = $1', [userId]);
  const { rows: cards } = await client.query<{ mask: string | null; institution: string | null; currency: string; stated: string[] }>(
    `SELECT accounts.mask, institution_name AS institution, accounts.currency,
       array_remove(ARRAY[last_statement_balance, minimum_payment_amount, last_payment_amount]::text[], NULL) AS stated
     FROM accounts JOIN plaid_items ON plaid_items.id = accounts.plaid_item_id
       LEFT JOIN liabilities ON liabilities.account_id = accounts.id AND liabilities.type = 'credit'
     WHERE accounts.user_id = $1 AND accounts.type = 'credit'`,
    [userId],
  );
  return {
    name: names[0]?.name ?? null,
    cards: cards.map(({ mask, institution, currency, stated }) => ({ mask, institution, currency, statedAmounts: stated.map(toMoney) })),
  };
}

/** Whose transfers are looked for: their name, and the last digits of their accounts. */
export async function findOwner(client: Queryable, userId: string): Promise<Owner> {
  const { rows } = await client.query<{ name: string | null; masks: string[] }>(
    'SELECT name, ARRAY(SELECT mask FROM accounts WHERE user_id = users.id AND mask IS NOT NULL) AS masks FROM users WHERE id = $1',
    [userId],
  );
  return { name: rows[0]?.name ?? null, masks: new Set(rows[0]?.masks) };
}

interface AccountKind {
  type: string;
  institution: string | null;
  currency: string;
}

/** What a person's accounts are, by the bank's ids. */
export async function listAccountKinds(client: Queryable, userId: string): Promise<Map<string, AccountKind>> {
  const { rows } = await client.query<AccountKind & { account_id: string }>(
    `SELECT account_id, type, institution_name AS institution, currency FROM accounts JOIN plaid_items ON plaid_items.id = plaid_item_id
     WHERE accounts.user_id = $1`,
    [userId],
  );
  return new Map(rows.map((row) => [row.account_id, row]));
}

/** The payments of cards that count by their category, with the type they are stored with. */
export async function listCardPayments(
  client: Queryable,
  userId: string,
): Promise<(Unclassified & { storedType: CashFlowType; confidence: number })[]> {
  const { rows } = await client.query(
    `SELECT ${CLASSIFIED_BY}, transactions.cash_flow_type, cash_flow_confidence ${CLASSIFIED_FROM}
     WHERE transactions.user_id = $1 AND personal_finance_category_detailed = $2 AND cash_flow_why = 'category' AND removed_at IS NULL`,
    [userId, CARD_PAYMENT],
  );
  return rows.map((row) => ({
    ...classifiableOf(row),
    storedType: row.cash_flow_type,
    confidence: Number(row.cash_flow_confidence),
  }));
}

export async function resetClassifications(client: Queryable, userId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query(`UPDATE transactions SET ${UNCLASSIFIED} WHERE user_id = $1 AND id = ANY($2::uuid[])`, [userId, ids]);
}

const LEG = (leg: string) =>
  `json_build_object('id', ${leg}.id, 'accountId', ${leg}.account_id, 'accountType', ${leg}_account.type, 'accountSubtype', ${leg}_account.subtype,
    'accountName', concat_ws(' ', ${leg}_account.name, ${leg}_account.official_name), 'accountMask', ${leg}_account.mask,
    'institution', ${leg}_item.institution_name, 'date', ${leg}.date, 'name', ${leg}.name, 'merchantName', ${leg}.merchant_name,
    'isPending', ${leg}.pending, 'categoryPrimary', ${leg}.personal_finance_category_primary, 'categoryDetailed', ${leg}.personal_finance_category_detailed)`;
const OWNER = (leg: string) =>
  `JOIN accounts AS ${leg}_account ON ${leg}_account.id = ${leg}.account_id JOIN plaid_items AS ${leg}_item ON ${leg}_item.id = ${leg}_account.plaid_item_id`;

/**
 * Pairs of opposite movements around what is new: rows without a type, and rows written by this very transaction, whose moment they bear,
 * on one of these days. Rows that were paired without asking are among them with their partners, so that a better partner can be found;
 * pending ones too, so that their other side can wait for them. What a person has decided is not.
 *
 * Right after a first sync the planner takes this table for nearly empty, and would compare every row with every other. So equal amounts
 * are brought together by grouping, not by a join of which it may choose the way, and days are few periods rather than many days.
 */
export async function listCandidates(client: Queryable, userId: string, writtenOn: CalendarDate[]): Promise<Candidate[]> {
  const { rows: unclassified } = await client.query<{ date: CalendarDate }>(
    'SELECT DISTINCT date FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND cash_flow_type IS NULL',
    [userId],
  );
  // Twice the reach: the partner of a row that is in reach has to be seen as well.
  const nearby = periodsAround([...unclassified.map(({ date }) => date), ...writtenOn], 2 * MATCH_DAYS_MAX);
  const isFresh = '(transactions.cash_flow_type IS NULL OR (transactions.date = ANY($2::date[]) AND transactions.created_at = now()))';
  const legs = (sign: '<' | '>', column: string) => `array_agg(${column}) FILTER (WHERE amount ${sign} 0)`;
  const pairOf = (own: 'outflow' | 'inflow', other: 'outflow' | 'inflow') =>
    `NOT EXISTS (SELECT FROM transfer_matches AS pair WHERE pair.${own}_transaction_id = near.id AND ${IS_BELIEVED('pair')}
       AND (pair.status = 'confirmed' OR NOT EXISTS (SELECT FROM near AS partner WHERE partner.id = pair.${other}_transaction_id)))`;
  const { rows } = await client.query<{ outflow: Leg; inflow: Leg; precedent: number }>(
    `WITH near AS MATERIALIZED (
       SELECT transactions.id, account_id, transactions.date, amount, currency, ${isFresh} AS is_fresh
       FROM unnest($3::date[], $4::date[]) AS nearby(first_day, last_day)
         JOIN transactions ON transactions.user_id = $1 AND transactions.date BETWEEN first_day AND last_day AND removed_at IS NULL
         LEFT JOIN classification_rules AS rule ON rule.id = transactions.rule_id
       WHERE custom_cash_flow_type IS NULL AND amount <> 0 AND COALESCE(rule.cash_flow_type, 'transfer') = 'transfer'),
     free AS MATERIALIZED (SELECT * FROM near WHERE ${pairOf('outflow', 'inflow')} AND ${pairOf('inflow', 'outflow')}),
     alike AS MATERIALIZED (
       SELECT ${['id', 'account_id', 'date'].map((column) => `${legs('>', column)} AS out_${column}, ${legs('<', column)} AS in_${column}`).join(', ')}
       FROM free GROUP BY abs(amount), currency HAVING bool_or(amount > 0) AND bool_or(amount < 0) AND bool_or(is_fresh)),
     opposite AS MATERIALIZED (
       SELECT outflow.id AS outflow_id, inflow.id AS inflow_id
       FROM alike, unnest(out_id, out_account_id, out_date) AS outflow(id, account_id, date),
         unnest(in_id, in_account_id, in_date) AS inflow(id, account_id, date)
       WHERE inflow.account_id <> outflow.account_id
         AND inflow.date BETWEEN outflow.date - ${MATCH_DAYS_MAX} AND outflow.date + ${MATCH_DAYS_MAX}),
     decided AS MATERIALIZED (
       SELECT outflow.account_id AS from_account, inflow.account_id AS to_account, outflow.merchant,
         sum(CASE pair.status WHEN 'confirmed' THEN 1 ELSE -1 END)::int AS precedent
       FROM transfer_matches AS pair JOIN transactions AS outflow ON outflow.id = pair.outflow_transaction_id
         JOIN transactions AS inflow ON inflow.id = pair.inflow_transaction_id
       WHERE pair.user_id = $1 AND pair.status IN ('confirmed', 'rejected') GROUP BY 1, 2, 3)
     SELECT ${LEG('outflow')} AS outflow, ${LEG('inflow')} AS inflow, COALESCE(decided.precedent, 0) AS precedent
     FROM opposite JOIN transactions AS outflow ON outflow.id = outflow_id JOIN transactions AS inflow ON inflow.id = inflow_id
       ${OWNER('outflow')} ${OWNER('inflow')}
       LEFT JOIN decided ON decided.from_account = outflow.account_id AND decided.to_account = inflow.account_id AND decided.merchant = outflow.merchant
     WHERE NOT EXISTS (SELECT FROM transfer_matches AS pair WHERE pair.outflow_transaction_id = outflow.id AND pair.inflow_transaction_id = inflow.id
         AND pair.status = 'rejected')`,
    [userId, writtenOn, nearby.map(({ start }) => start), nearby.map(({ end }) => end)],
  );
  return rows;
}

const PAIRS = 'unnest($2::uuid[], $3::uuid[], $4::numeric[]) AS found(outflow_id, inflow_id, score)';
const pairColumns = (pairs: TransferPair[]) => [
  pairs.map((pair) => pair.outflowId),
  pairs.map((pair) => pair.inflowId),
  pairs.map((pair) => pair.score.toFixed(3)),
];

/**
 * Stores the pairs that were found among some rows, in the place of what was found among them before, and leaves the legs of every pair
 * that comes or goes to be classified. What a person has decided stays.
 * @returns how many pairs that were believed have been taken apart: their legs may now find others.
 */
export async function savePairs(
  client: Queryable,
  userId: string,
  legs: string[],
  { automatic, suggested }: TransferPairs,
): Promise<number> {
  if (legs.length === 0) return 0;
  const { rowCount } = await client.query(
    `WITH gone AS (
       DELETE FROM transfer_matches AS pair WHERE user_id = $1 AND status = 'automatic'
         AND outflow_transaction_id = ANY($5::uuid[]) AND inflow_transaction_id = ANY($5::uuid[])
         AND NOT EXISTS (SELECT FROM ${PAIRS} WHERE outflow_id = pair.outflow_transaction_id AND inflow_id = pair.inflow_transaction_id)
       RETURNING outflow_transaction_id, inflow_transaction_id)
     UPDATE transactions SET ${UNCLASSIFIED} FROM gone WHERE transactions.id IN (gone.outflow_transaction_id, gone.inflow_transaction_id)`,
    [userId, ...pairColumns(automatic), legs],
  );
  await client.query(
    `DELETE FROM transfer_matches AS pair WHERE user_id = $1 AND status = 'suggested'
       AND (outflow_transaction_id = ANY($2::uuid[]) OR inflow_transaction_id = ANY($3::uuid[])
         OR (outflow_transaction_id = ANY($4::uuid[]) AND inflow_transaction_id = ANY($4::uuid[])
           AND (outflow_transaction_id, inflow_transaction_id) NOT IN (SELECT * FROM unnest($5::uuid[], $6::uuid[]))))`,
    [userId, ...pairColumns(automatic).slice(0, 2), legs, ...pairColumns(suggested).slice(0, 2)],
  );
  await client.query(
    `WITH saved AS (
       INSERT INTO transfer_matches (user_id, outflow_transaction_id, inflow_transaction_id, score)
       SELECT $1, found.* FROM ${PAIRS} ON CONFLICT DO NOTHING
       RETURNING outflow_transaction_id, inflow_transaction_id)
     UPDATE transactions SET ${UNCLASSIFIED} FROM saved WHERE transactions.id IN (saved.outflow_transaction_id, saved.inflow_transaction_id)`,
    [userId, ...pairColumns(automatic)],
  );
  // A leg that is in a pair or a suggestion already stays there.
  await client.query(
    `INSERT INTO transfer_matches (user_id, outflow_transaction_id, inflow_transaction_id, score, status)
     SELECT $1, found.*, 'suggested' FROM ${PAIRS} ON CONFLICT DO NOTHING`,
    [userId, ...pairColumns(suggested)],
  );
  return (rowCount ?? 0) / 2;
}

export type Unclassified = Classifiable & { id: string; date: CalendarDate };

/** What a row is classified by. */
const CLASSIFIED_BY = `transactions.id, date, amount, accounts.type AS account_type, institution_name, transactions.currency,
  personal_finance_category_primary AS category_primary, personal_finance_category_detailed AS category_detailed,
  personal_finance_category_confidence AS category_confidence, transactions.name, merchant_name, custom_cash_flow_type,
  rule.cash_flow_type AS rule_cash_flow_type,
  (SELECT other_account.type FROM transfer_matches AS pair
    JOIN transactions AS other ON other.id <> transactions.id AND other.id IN (pair.outflow_transaction_id, pair.inflow_transaction_id)
    JOIN accounts AS other_account ON other_account.id = other.account_id
    WHERE (pair.outflow_transaction_id = transactions.id OR pair.inflow_transaction_id = transactions.id) AND ${IS_BELIEVED('pair')}) AS matched_account_type`;
const CLASSIFIED_FROM = `FROM transactions JOIN accounts ON accounts.id = transactions.account_id
  JOIN plaid_items ON plaid_items.id = accounts.plaid_item_id LEFT JOIN classification_rules AS rule ON rule.id = transactions.rule_id`;

/** The next rows that have no type yet. */
export async function listUnclassified(client: Queryable, userId: string, limit: number): Promise<Unclassified[]> {
  const { rows } = await client.query(
    `SELECT ${CLASSIFIED_BY} ${CLASSIFIED_FROM}
     WHERE transactions.user_id = $1 AND transactions.cash_flow_type IS NULL AND removed_at IS NULL LIMIT $2`,
    [userId, limit],
  );
  return rows.map(classifiableOf);
}

const classifiableOf = (row: QueryResultRow): Unclassified => ({
  id: row.id,
  date: row.date,
  amount: toMoney(row.amount),
  accountType: row.account_type,
  institution: row.institution_name,
  currency: row.currency,
  categoryPrimary: row.category_primary,
  categoryDetailed: row.category_detailed,
  categoryConfidence: row.category_confidence,
  name: row.name,
  merchantName: row.merchant_name,
  customCashFlowType: row.custom_cash_flow_type,
  ruleCashFlowType: row.rule_cash_flow_type,
  matchedAccountType: row.matched_account_type,
});

export interface ClassifiedRow {
  id: string;
  type: CashFlowType;
  why: Why;
  confidence: number;
  counted: string;
}

export async function saveClassifications(client: Queryable, userId: string, rows: ClassifiedRow[]): Promise<void> {
  await client.query(
    `UPDATE transactions SET cash_flow_type = source.type, cash_flow_why = source.why, cash_flow_confidence = source.confidence,
       cash_flow_amount = source.counted
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::numeric[]) AS source(id, type, why, confidence, counted)
     WHERE transactions.id = source.id AND transactions.user_id = $1`,
    [
      userId,
      rows.map((row) => row.id),
      rows.map((row) => row.type),
      rows.map((row) => row.why),
      rows.map((row) => row.confidence),
      rows.map((row) => row.counted),
    ],
  );
}
