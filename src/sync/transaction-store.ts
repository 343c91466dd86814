import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { BankTransaction } from '../plaid/translate.ts';
import { UNCLASSIFIED } from '../transactions/classification-store.ts';
import { createClassifier, type NewClassification, type NewRow } from '../transactions/classify-transactions.ts';
import { batches, type ItemRef, overwrite, type WriteCounts } from './bulk-write.ts';
import { type StagedTransaction, unstage } from './changes.ts';

/** Where each field of a row goes: column, PostgreSQL type, name in the row's JSON text. */
const TRANSACTION_COLUMNS: [column: string, type: string, field: keyof BankTransaction][] = [
  ['account_id', 'text', 'accountId'],
  ['transaction_id', 'text', 'transactionId'],
  ['pending_transaction_id', 'text', 'pendingTransactionId'],
  ['amount', 'numeric', 'amount'],
  ['running_balance', 'numeric', 'runningBalance'],
  ['iso_currency_code', 'text', 'isoCurrencyCode'],
  ['unofficial_currency_code', 'text', 'unofficialCurrencyCode'],
  ['date', 'date', 'date'],
  ['datetime', 'timestamptz', 'datetime'],
  ['authorized_date', 'date', 'authorizedDate'],
  ['authorized_datetime', 'timestamptz', 'authorizedDatetime'],
  ['name', 'text', 'name'],
  ['merchant_name', 'text', 'merchantName'],
  ['merchant_entity_id', 'text', 'merchantEntityId'],
  ['original_description', 'text', 'originalDescription'],
  ['pending', 'boolean', 'pending'],
  ['payment_channel', 'text', 'paymentChannel'],
  ['transaction_code', 'text', 'transactionCode'],
  ['account_owner', 'text', 'accountOwner'],
  ['check_number', 'text', 'checkNumber'],
  ['logo_url', 'text', 'logoUrl'],
  ['website', 'text', 'website'],
  ['category', 'json', 'category'],
  ['category_id', 'text', 'categoryId'],
  ['personal_finance_category_primary', 'text', 'categoryPrimary'],
  ['personal_finance_category_detailed', 'text', 'categoryDetailed'],
  ['personal_finance_category_confidence', 'text', 'categoryConfidence'],
  ['counterparties', 'jsonb', 'counterparties'],
  ['location_address', 'text', 'locationAddress'],
  ['location_city', 'text', 'locationCity'],
  ['location_region', 'text', 'locationRegion'],
  ['location_postal_code', 'text', 'locationPostalCode'],
  ['location_country', 'text', 'locationCountry'],
  ['location_lat', 'numeric', 'locationLat'],
  ['location_lon', 'numeric', 'locationLon'],
  ['location_store_number', 'text', 'locationStoreNumber'],
];
/** The type is only for rows that are new: one that changed is classified anew once it is written. */
const CLASSIFICATION_COLUMNS: [column: string, type: string, field: string][] = [
  ['cash_flow_type', 'text', 'type'],
  ['cash_flow_why', 'text', 'why'],
  ['cash_flow_confidence', 'numeric', 'confidence'],
  ['cash_flow_amount', 'numeric', 'counted'],
  ['rule_id', 'uuid', 'ruleId'],
  ['rule_category', 'text', 'ruleCategory'],
];
const OVERWRITTEN = overwrite(
  'transactions',
  TRANSACTION_COLUMNS.map(([name]) => name).filter((name) => name !== 'transaction_id'),
);

const IS_CHANGED = `${OVERWRITTEN.differs} OR
  (transactions.removed_at IS NULL, transactions.is_duplicate) IS DISTINCT FROM (EXCLUDED.removed_at IS NULL, EXCLUDED.is_duplicate)`;

/** One JSON text of many rows, read by the database itself: cheaper than an array for each of forty columns. */
const UPSERT = (() => {
  const columns = [...TRANSACTION_COLUMNS, ...CLASSIFICATION_COLUMNS];
  const values = columns.map(([name, , field]) => {
    if (name === 'account_id') return 'accounts.id';
    if (name === 'category') return 'ARRAY(SELECT json_array_elements_text(source.category))';
    return name === 'location_lat' || name === 'location_lon' ? `round(source."${field}", 7)` : `source."${field}"`;
  });
  return `WITH written AS (
    INSERT INTO transactions (user_id, removed_at, is_duplicate, ${columns.map(([name]) => name).join(', ')})
    SELECT accounts.user_id, CASE WHEN accounts.duplicate_of_id IS NOT NULL THEN now() END, accounts.duplicate_of_id IS NOT NULL, ${values.join(', ')}
    FROM json_to_recordset($1::json) AS source(${columns.map(([, type, field]) => `"${field}" ${type}`).join(', ')})
      JOIN accounts ON accounts.account_id = source."accountId" AND accounts.plaid_item_id = $2
    ON CONFLICT (transaction_id) DO UPDATE SET ${OVERWRITTEN.set}, rule_id = EXCLUDED.rule_id, rule_category = EXCLUDED.rule_category,
      removed_at = EXCLUDED.removed_at, is_duplicate = EXCLUDED.is_duplicate, ${UNCLASSIFIED}, updated_at = now()
      WHERE transactions.user_id = EXCLUDED.user_id AND (${IS_CHANGED})
    RETURNING xmax = 0 AS is_new)
    SELECT count(*) FILTER (WHERE is_new)::int AS added, count(*) FILTER (WHERE NOT is_new)::int AS changed FROM written`;
})();

/** What a row is classified by. */
const classifiable = (row: Partial<BankTransaction>): NewRow => ({
  accountId: row.accountId as string,
  amount: row.amount as string,
  currency: row.isoCurrencyCode ?? row.unofficialCurrencyCode ?? null,
  name: row.name as string,
  merchantName: row.merchantName ?? null,
  categoryPrimary: row.categoryPrimary ?? null,
  categoryDetailed: row.categoryDetailed ?? null,
  categoryConfidence: row.categoryConfidence ?? null,
});

/** A staged row's JSON text with its classification added. */
function classifiedText({ text }: StagedTransaction, { rule, ...known }: NewClassification): string {
  const added = JSON.stringify({ ...known, ruleId: rule?.id ?? null, ruleCategory: rule?.category ?? null });
  return `${text.slice(0, -1)},${added.slice(1)}`;
}

/**
 * Writes rows by transaction id, new ones with their classification. A row that is as it was is not touched; one that changed, or
 * came back, loses its classification.
 */
export async function saveTransactions(
  client: Queryable,
  item: ItemRef,
  transactions: StagedTransaction[],
): Promise<WriteCounts & { days: Set<CalendarDate> }> {
  const counts = { added: 0, changed: 0, removed: 0, days: new Set<CalendarDate>() };
  const classify = await createClassifier(client, item.userId);
  const write = async (text: string) => {
    const { rows } = await client.query<Pick<WriteCounts, 'added' | 'changed'>>({
      name: 'upsert-transactions',
      text: UPSERT,
      values: [text, item.id],
    });
    counts.added += rows[0]?.added ?? 0;
    counts.changed += rows[0]?.changed ?? 0;
  };
  // While the database writes one batch the next is made ready.
  let writing: Promise<void> = Promise.resolve();
  for (const staged of batches(transactions)) {
    const texts = staged.map((one) => {
      const row = unstage(one);
      counts.days.add(row.date as CalendarDate);
      return classifiedText(one, classify(classifiable(row)));
    });
    await writing;
    writing = write(`[${texts.join(',')}]`);
    // What fails is thrown where it is waited for.
    writing.catch(() => undefined);
  }
  await writing;
  return counts;
}

const REMOVED_BY_BANK = `removed_at = now(), is_duplicate = false, updated_at = now(), ${UNCLASSIFIED}`;

/** Takes rows out of every list and sum; they stay, with the person's edits, in case the bank brings them back. */
export async function removeTransactions(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET ${REMOVED_BY_BANK} FROM accounts
     WHERE accounts.id = transactions.account_id AND accounts.plaid_item_id = $1
       AND transaction_id = ANY($2::text[]) AND (removed_at IS NULL OR is_duplicate)`,
    [item.id, transactionIds],
  );
  return rowCount ?? 0;
}

/** After reading everything anew: what the bank did not list is gone, but for accounts of which it says nothing any more. */
export async function removeUnlistedTransactions(client: Queryable, item: ItemRef, listed: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET ${REMOVED_BY_BANK} FROM accounts
     WHERE accounts.id = transactions.account_id AND accounts.plaid_item_id = $1 AND accounts.is_active AND (removed_at IS NULL OR is_duplicate)
       AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS listed(transaction_id) WHERE listed.transaction_id = transactions.transaction_id)`,
    [item.id, listed],
  );
  return rowCount ?? 0;
}

/** From this many new rows on, the planner's idea of the table is out of date. */
const STATISTICS_ROWS = 500;
/** What the queries that follow choose their rows by. */
const PLANNED_COLUMNS = 'user_id, account_id, date, amount, currency, pending, removed_at, cash_flow_type';

export async function refreshStatistics(client: Queryable, written: WriteCounts): Promise<void> {
  if (written.added >= STATISTICS_ROWS) await client.query(`ANALYZE transactions (${PLANNED_COLUMNS})`);
}

/** Where in the bank's change log the stored rows are. */
export async function findCursor(client: Queryable, item: ItemRef): Promise<string | null> {
  const { rows } = await client.query<{ cursor: string | null }>('SELECT transactions_cursor AS cursor FROM plaid_items WHERE id = $1', [
    item.id,
  ]);
  return rows[0]?.cursor ?? null;
}

/** To be written in the same transaction as the rows it stands for. An empty cursor is no position. */
export async function saveCursor(client: Queryable, item: ItemRef, cursor: string, status: string | null): Promise<void> {
  await client.query(
    `UPDATE plaid_items SET transactions_cursor = COALESCE(NULLIF($2, ''), transactions_cursor), transactions_status = $3, updated_at = now() WHERE id = $1`,
    [item.id, cursor, status],
  );
}
