import type { Queryable } from '../database/client.ts';
import { UNCLASSIFIED } from '../transactions/classification-store.ts';
import type { ItemRef } from './bulk-write.ts';

const HAS_EDITS = (row: string) =>
  `(${row}.custom_category IS NOT NULL OR ${row}.custom_cash_flow_type IS NOT NULL OR ${row}.note IS NOT NULL)`;

/** A posted row that names its pending row takes its place: the person's edits move over and the pending row goes. */
export async function succeedNamedPendingRows(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<void> {
  if (transactionIds.length === 0) return;
  const pairs = `transactions AS posted JOIN accounts ON accounts.id = posted.account_id AND accounts.plaid_item_id = $1
    JOIN transactions AS held ON held.transaction_id = posted.pending_transaction_id AND held.account_id = posted.account_id AND held.pending
    WHERE (posted.transaction_id = ANY($2::text[]) OR held.transaction_id = ANY($2::text[])) AND NOT posted.pending AND posted.removed_at IS NULL`;
  await moveEdits(client, `SELECT held.id AS held_id, posted.id AS posted_id FROM ${pairs} AND ${HAS_EDITS('held')}`, [
    item.id,
    transactionIds,
  ]);
  await client.query(
    `UPDATE transactions SET removed_at = now(), updated_at = now(), ${UNCLASSIFIED}
     WHERE removed_at IS NULL AND id IN (SELECT held.id FROM ${pairs})`,
    [item.id, transactionIds],
  );
}

/** How far a row may be from the one it probably replaces, when the bank does not say. */
const SUCCESSOR_DAYS_MAX = 14;
const SUCCESSOR_AMOUNT_MIN = 0.8;
const SUCCESSOR_AMOUNT_MAX = 1.4;
/** A posted row that comes back under another id is the same to the cent and nearly to the day. */
const SAME_ROW_DAYS_MAX = 3;

/**
 * Edits on rows that went without a named successor move to the likeliest new row of the same account and merchant: a pending
 * one's to a row near in date and amount, a posted one's to a posted row of the same amount.
 */
export async function succeedRemovedRows(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<void> {
  const orphaned = await client.query(
    `SELECT 1 FROM transactions AS held WHERE held.account_id IN (SELECT id FROM accounts WHERE plaid_item_id = $1)
       AND held.removed_at IS NOT NULL AND ${HAS_EDITS('held')} LIMIT 1`,
    [item.id],
  );
  if (orphaned.rowCount === 0 || transactionIds.length === 0) return;
  const candidates = `
    SELECT held.id AS held_id, posted.id AS posted_id,
      row_number() OVER (PARTITION BY held.id ORDER BY abs(posted.amount - held.amount), posted.date, posted.id) AS choice,
      row_number() OVER (PARTITION BY posted.id ORDER BY abs(posted.amount - held.amount), held.date DESC, held.id) AS rival
    FROM transactions AS held JOIN accounts ON accounts.id = held.account_id AND accounts.plaid_item_id = $1
    JOIN transactions AS posted ON posted.account_id = held.account_id AND posted.transaction_id = ANY($2::text[])
    WHERE held.removed_at IS NOT NULL AND ${HAS_EDITS('held')}
      AND posted.removed_at IS NULL AND posted.pending_transaction_id IS NULL AND NOT ${HAS_EDITS('posted')}
      AND (lower(posted.merchant) = lower(held.merchant) OR lower(posted.name) = lower(held.name) OR posted.merchant_entity_id = held.merchant_entity_id)
      AND CASE WHEN held.pending THEN sign(posted.amount) = sign(held.amount)
            AND abs(posted.amount) BETWEEN abs(held.amount) * ${SUCCESSOR_AMOUNT_MIN} AND abs(held.amount) * ${SUCCESSOR_AMOUNT_MAX}
            AND posted.date BETWEEN held.date - 1 AND held.date + ${SUCCESSOR_DAYS_MAX}
          ELSE NOT posted.pending AND posted.amount = held.amount AND abs(posted.date - held.date) <= ${SAME_ROW_DAYS_MAX} END`;
  await moveEdits(client, `SELECT held_id, posted_id FROM (${candidates}) AS candidate WHERE choice = 1 AND rival = 1`, [
    item.id,
    transactionIds,
  ]);
}

/** Moves edits along pairs of ids; the successor's own edits win. */
async function moveEdits(client: Queryable, pairs: string, parameters: unknown[]): Promise<void> {
  await client.query(
    `WITH pairs AS MATERIALIZED (${pairs}),
     carried AS (
       UPDATE transactions AS posted SET custom_category = COALESCE(posted.custom_category, held.custom_category),
         custom_cash_flow_type = COALESCE(posted.custom_cash_flow_type, held.custom_cash_flow_type), note = COALESCE(posted.note, held.note),
         cash_flow_type = NULL, cash_flow_amount = NULL, updated_at = now()
       FROM pairs JOIN transactions AS held ON held.id = pairs.held_id WHERE posted.id = pairs.posted_id)
     UPDATE transactions SET custom_category = NULL, custom_cash_flow_type = NULL, note = NULL, updated_at = now()
     FROM pairs WHERE transactions.id = pairs.held_id`,
    parameters,
  );
}
