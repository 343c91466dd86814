import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { lockTransactionsOf } from '../transactions/classification-store.ts';
import { classifyWithin } from '../transactions/classify-transactions.ts';
import { type Likeness, lookTheSame } from './duplicates.ts';
import { type Account, balanceOf, listAllAccounts, listDuplicates } from './store.ts';

/** An account as the browser's Link names it before it is linked. */
export interface OfferedAccount {
  name: string | null;
  mask: string | null;
  type: string | null;
  subtype: string | null;
}

/**
 * The accounts of a person at an institution that are the same as those about to be linked. Ids differ from link to link, so they
 * are told by kind, name and mask: never by the mask alone, which many accounts share.
 */
export async function listLinkedTwins(
  { pool }: Database,
  userId: string,
  institutionId: string,
  offered: OfferedAccount[],
): Promise<{ name: string; mask: string | null }[]> {
  const { rows } = await pool.query<{ name: string; mask: string | null }>(
    `SELECT DISTINCT accounts.name, accounts.mask FROM accounts JOIN plaid_items ON plaid_items.id = accounts.plaid_item_id
       JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS offered(name, mask, type, subtype)
         ON offered.type = accounts.type AND offered.subtype IS NOT DISTINCT FROM accounts.subtype
           AND offered.mask IS NOT DISTINCT FROM accounts.mask AND lower(offered.name) IN (lower(accounts.name), lower(accounts.official_name))
     WHERE plaid_items.user_id = $1 AND plaid_items.institution_id = $2 AND plaid_items.status <> 'removing' AND accounts.is_active
     ORDER BY accounts.name`,
    [
      userId,
      institutionId,
      offered.map((account) => account.name),
      offered.map((account) => account.mask),
      offered.map((account) => account.type),
      offered.map((account) => account.subtype),
    ],
  );
  return rows;
}

/** An account of a pair that may be one, with what helps to choose which of the two counts. */
export interface Twin {
  account: Account;
  movementCount: number;
  /** Of which its oldest movement is; null without any. */
  since: CalendarDate | null;
}

export interface TwinPair {
  twins: readonly [Twin, Twin];
  /** Movements that both have alike. */
  shared: number;
  isSameById: boolean;
}

interface CandidateRow {
  first_id: string;
  second_id: string;
  is_same_by_id: boolean;
}

/**
 * Pairs that may be one account: active ones of two links, or one that is closed and its successor. By Plaid's id of the account where
 * both have it, else at one institution, of one kind, currency and number (or name, where neither has a number). Without those that the
 * person has told apart.
 */
const CANDIDATES = `
  SELECT first.id AS first_id, second.id AS second_id,
    COALESCE(first.persistent_account_id = second.persistent_account_id, false) AS is_same_by_id
  FROM accounts AS first JOIN plaid_items AS first_link ON first_link.id = first.plaid_item_id AND first_link.status <> 'removing'
    JOIN accounts AS second ON second.user_id = first.user_id AND second.id > first.id
      AND (first.is_active AND second.is_active AND second.plaid_item_id <> first.plaid_item_id OR first.is_active <> second.is_active)
    JOIN plaid_items AS second_link ON second_link.id = second.plaid_item_id AND second_link.status <> 'removing'
  WHERE first.user_id = $1 AND first.duplicate_of_id IS NULL AND second.duplicate_of_id IS NULL
    AND CASE WHEN first.persistent_account_id IS NOT NULL AND second.persistent_account_id IS NOT NULL
      THEN first.persistent_account_id = second.persistent_account_id
      ELSE COALESCE(first_link.institution_id = second_link.institution_id, lower(first_link.institution_name) = lower(second_link.institution_name))
        AND first.type = second.type AND first.subtype IS NOT DISTINCT FROM second.subtype AND first.currency = second.currency
        AND CASE WHEN first.mask IS NULL AND second.mask IS NULL THEN lower(first.name) = lower(second.name) ELSE first.mask = second.mask END END
    AND NOT EXISTS (SELECT FROM different_accounts WHERE first_id = first.id AND second_id = second.id)
  ORDER BY first_link.created_at, first.name, first.id`;

/** How many movements each of two accounts has, since when, and how many of them, in the days that both know, are alike. */
const MOVEMENTS = `
  WITH movement AS (
    SELECT account_id, date, amount FROM transactions WHERE account_id IN ($1, $2) AND removed_at IS NULL AND NOT pending
    UNION ALL
    SELECT account_id, date, amount FROM investment_transactions WHERE account_id IN ($1, $2)),
  known AS (SELECT account_id, min(date) AS since, max(date) AS until, count(*)::int AS movements FROM movement GROUP BY account_id),
  both_know AS (SELECT max(since) AS since, min(until) AS until FROM known HAVING count(*) = 2),
  counted AS (
    SELECT date, amount, count(*) FILTER (WHERE account_id = $1) AS first, count(*) FILTER (WHERE account_id = $2) AS second
    FROM movement JOIN both_know ON date BETWEEN both_know.since AND both_know.until GROUP BY date, amount)
  SELECT (SELECT since FROM known WHERE account_id = $1) AS first_since, (SELECT since FROM known WHERE account_id = $2) AS second_since,
    COALESCE((SELECT movements FROM known WHERE account_id = $1), 0) AS first_count, COALESCE((SELECT movements FROM known WHERE account_id = $2), 0) AS second_count,
    COALESCE(sum(first), 0)::int AS first_known, COALESCE(sum(second), 0)::int AS second_known, COALESCE(sum(LEAST(first, second)), 0)::int AS shared
  FROM counted`;

/** Pairs of a person's accounts that look like one: as long as they are two, both are counted. */
export async function listTwins(database: Database, userId: string): Promise<TwinPair[]> {
  const { rows } = await database.pool.query<CandidateRow>({ name: 'list-twins', text: CANDIDATES, values: [userId] });
  if (rows.length === 0) return [];
  const accounts = new Map((await listAllAccounts(database, userId)).map((account) => [account.id, account]));
  const pairs: TwinPair[] = [];
  for (const row of rows) {
    const [first, second] = [accounts.get(row.first_id), accounts.get(row.second_id)];
    if (!first || !second) continue;
    const { rows: found } = await database.pool.query({ name: 'twin-movements', text: MOVEMENTS, values: [first.id, second.id] });
    const known = found[0];
    const likeness: Likeness = {
      isSameById: row.is_same_by_id,
      balances: [balanceOf(first), balanceOf(second)],
      movements: [known.first_known, known.second_known],
      shared: known.shared,
    };
    if (!lookTheSame(likeness)) continue;
    pairs.push({
      twins: [
        { account: first, movementCount: known.first_count, since: known.first_since },
        { account: second, movementCount: known.second_count, since: known.second_since },
      ],
      shared: known.shared,
      isSameById: row.is_same_by_id,
    });
  }
  return pairs;
}

/** Accounts that count through another link, each with that other. */
export async function listCountedOnce(database: Database, userId: string): Promise<{ account: Account; countedAs: Account }[]> {
  const hidden = await listDuplicates(database, userId);
  if (hidden.length === 0) return [];
  const all = new Map([...hidden, ...(await listAllAccounts(database, userId))].map((account) => [account.id, account]));
  return hidden.map((account) => ({ account, countedAs: all.get(account.duplicateOfId as string) as Account }));
}

/** Pairs that the person has told apart. */
export async function listToldApart(database: Database, userId: string): Promise<[Account, Account][]> {
  const rows = await database.prisma.differentAccounts.findMany({ where: { userId }, orderBy: { createdAt: 'desc' } });
  if (rows.length === 0) return [];
  const accounts = new Map((await listAllAccounts(database, userId)).map((account) => [account.id, account]));
  return rows.flatMap(({ firstId, secondId }): [Account, Account][] => {
    const [first, second] = [accounts.get(firstId), accounts.get(secondId)];
    return first && second ? [[first, second]] : [];
  });
}

/** `keep`: one account, of which this one counts. */
export type TwinAnswer = { keep: string } | 'different' | 'unanswered';

/**
 * Saves what a person says of two of their accounts; `unanswered` takes back what they have said. One that counts through the other
 * is out of every figure and list with its history, and comes back as it was.
 * @returns why it cannot be: the two are not the person's, or the one to be kept is closed or counts through another itself.
 */
export function answerTwins(
  database: Database,
  userId: string,
  ids: readonly [string, string],
  answer: TwinAnswer,
): Promise<'saved' | 'not_found' | 'not_possible'> {
  return database.transaction(async (client) => {
    await lockTransactionsOf(client, userId);
    const { rows } = await client.query<{ id: string; is_active: boolean; duplicate_of_id: string | null }>(
      'SELECT id, is_active, duplicate_of_id FROM accounts WHERE user_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE',
      [userId, ids],
    );
    const [first, second] = rows;
    if (!first || !second) return 'not_found';
    if (typeof answer === 'object') {
      const [kept, hidden] = first.id === answer.keep ? [first, second] : [second, first];
      if (!kept.is_active || (kept.duplicate_of_id !== null && kept.duplicate_of_id !== hidden.id)) return 'not_possible';
      await countThrough(client, kept.id, null);
      await countThrough(client, hidden.id, kept.id);
    } else {
      for (const { id, duplicate_of_id } of rows)
        if (duplicate_of_id && ids.includes(duplicate_of_id)) await countThrough(client, id, null);
    }
    await client.query('DELETE FROM different_accounts WHERE first_id = $1 AND second_id = $2', [first.id, second.id]);
    if (answer === 'different') {
      await client.query('INSERT INTO different_accounts (user_id, first_id, second_id) VALUES ($1, $2, $3)', [
        userId,
        first.id,
        second.id,
      ]);
    }
    // What is stored of the days was worked out with both, or without one of them.
    await client.query('DELETE FROM net_worth_snapshots WHERE user_id = $1', [userId]);
    await classifyWithin(client, userId);
    return 'saved';
  });
}

const countThrough = (client: Queryable, id: string, through: string | null) =>
  client.query('UPDATE accounts SET duplicate_of_id = $2, updated_at = now() WHERE id = $1 AND duplicate_of_id IS DISTINCT FROM $2', [
    id,
    through,
  ]);
