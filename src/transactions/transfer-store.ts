import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Money, toMoney } from '../lib/money.ts';
import { IS_BELIEVED, UNCLASSIFIED } from './classification-store.ts';

export const TRANSFER_STATUSES = ['automatic', 'suggested', 'confirmed', 'rejected'] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

interface TransferLeg {
  id: string;
  accountId: string;
  accountName: string;
  date: CalendarDate;
  merchant: string;
  name: string;
  category: string;
}

/** Two transactions that are, may be or are not one movement between own accounts. */
export interface Transfer {
  id: string;
  status: TransferStatus;
  /** 0 to 1 */
  score: number;
  /** Positive. */
  amount: Money;
  currency: string;
  outflow: TransferLeg;
  inflow: TransferLeg;
}

const LEG = (leg: string) =>
  `json_build_object('id', ${leg}.id, 'accountId', ${leg}.account_id, 'accountName', ${leg}_account.name, 'date', ${leg}.date,
    'merchant', ${leg}.merchant, 'name', ${leg}.name, 'category', ${leg}.effective_category) AS ${leg}`;

/** A person's pairs of one status, newest first. */
export async function listTransfers(
  { pool }: Database,
  userId: string,
  status: TransferStatus,
  page: { limit: number; offset: number },
): Promise<{ transfers: Transfer[]; count: number }> {
  const { rows } = await pool.query(
    `SELECT pair.id, pair.status, pair.score, outflow.amount, outflow.currency, ${LEG('outflow')}, ${LEG('inflow')}, count(*) OVER ()::int AS count
     FROM transfer_matches AS pair
       JOIN transactions AS outflow ON outflow.id = pair.outflow_transaction_id JOIN accounts AS outflow_account ON outflow_account.id = outflow.account_id
       JOIN transactions AS inflow ON inflow.id = pair.inflow_transaction_id JOIN accounts AS inflow_account ON inflow_account.id = inflow.account_id
     WHERE pair.user_id = $1 AND pair.status = $2 AND outflow.removed_at IS NULL AND inflow.removed_at IS NULL
     ORDER BY outflow.date DESC, pair.id LIMIT $3 OFFSET $4`,
    [userId, status, page.limit, page.offset],
  );
  return {
    count: rows[0]?.count ?? 0,
    transfers: rows.map((row) => ({
      id: row.id,
      status: row.status,
      score: Number(row.score),
      amount: toMoney(row.amount),
      currency: row.currency,
      outflow: row.outflow,
      inflow: row.inflow,
    })),
  };
}

export async function countSuggestions({ pool }: Database, userId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>({
    name: 'count-suggestions',
    text: `SELECT count(*)::int AS count FROM transfer_matches WHERE user_id = $1 AND status = 'suggested'`,
    values: [userId],
  });
  return rows[0]?.count ?? 0;
}

/** What the person decided of a pair. */
export type Decision = 'confirmed' | 'rejected';

/**
 * Stores what the person says of a pair and leaves its legs to be classified. A confirmed pair takes its legs out of other suggestions.
 * @returns not found, or in the way: a leg is in another pair that is believed.
 */
export async function decideTransfer(
  client: Queryable,
  userId: string,
  id: string,
  decision: Decision,
): Promise<'done' | 'not_found' | 'in_another_pair'> {
  const { rows } = await client.query<{ outflow: string; inflow: string }>(
    'SELECT outflow_transaction_id AS outflow, inflow_transaction_id AS inflow FROM transfer_matches WHERE user_id = $1 AND id = $2',
    [userId, id],
  );
  const [pair] = rows;
  if (!pair) return 'not_found';
  if (decision === 'confirmed') {
    const others = await client.query<{ status: string }>(
      `SELECT status FROM transfer_matches WHERE user_id = $1 AND id <> $2 AND ${IS_BELIEVED('transfer_matches')}
         AND (outflow_transaction_id = $3 OR inflow_transaction_id = $4)`,
      [userId, id, pair.outflow, pair.inflow],
    );
    if (others.rows.length > 0) return 'in_another_pair';
    await client.query(
      `DELETE FROM transfer_matches WHERE user_id = $1 AND id <> $2 AND status = 'suggested' AND (outflow_transaction_id = $3 OR inflow_transaction_id = $4)`,
      [userId, id, pair.outflow, pair.inflow],
    );
    // A type that was set by hand would dissolve the pair again.
    await client.query('UPDATE transactions SET custom_cash_flow_type = NULL WHERE user_id = $1 AND id = ANY($2::uuid[])', [
      userId,
      [pair.outflow, pair.inflow],
    ]);
  }
  await client.query('UPDATE transfer_matches SET status = $3, decided_at = now() WHERE user_id = $1 AND id = $2', [userId, id, decision]);
  await client.query(`UPDATE transactions SET ${UNCLASSIFIED} WHERE user_id = $1 AND id = ANY($2::uuid[])`, [
    userId,
    [pair.outflow, pair.inflow],
  ]);
  return 'done';
}
