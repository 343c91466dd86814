import { bulkSource, type Column } from '../database/bulk.ts';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { BankTransaction } from '../plaid/translate.ts';
import { UNCLASSIFIED } from '../transactions/classification-store.ts';
import { createClassifier, type NewClassification } from '../transactions/classify-transactions.ts';
import { batches, type ItemRef, json, overwrite, type WriteCounts } from './bulk-write.ts';
import { type StagedTransaction, unstage } from './changes.ts';

const TRANSACTION_COLUMNS: Column<BankTransaction>[] = [
  ['account_id', 'text', (row) => row.accountId],
  ['transaction_id', 'text', (row) => row.transactionId],
  ['pending_transaction_id', 'text', (row) => row.pendingTransactionId],
  ['amount', 'numeric', (row) => row.amount],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
  ['date', 'date', (row) => row.date],
  ['datetime', 'timestamptz', (row) => row.datetime],
  ['authorized_date', 'date', (row) => row.authorizedDate],
  ['authorized_datetime', 'timestamptz', (row) => row.authorizedDatetime],
  ['name', 'text', (row) => row.name],
  ['merchant_name', 'text', (row) => row.merchantName],
  ['merchant_entity_id', 'text', (row) => row.merchantEntityId],
  ['original_description', 'text', (row) => row.originalDescription],
  ['pending', 'boolean', (row) => row.pending],
  ['payment_channel', 'text', (row) => row.paymentChannel],
  ['transaction_code', 'text', (row) => row.transactionCode],
  ['account_owner', 'text', (row) => row.accountOwner],
  ['check_number', 'text', (row) => row.checkNumber],
  ['logo_url', 'text', (row) => row.logoUrl],
  ['website', 'text', (row) => row.website],
  ['category', 'json', (row) => json(row.category)],
  ['category_id', 'text', (row) => row.categoryId],
  ['personal_finance_category_primary', 'text', (row) => row.categoryPrimary],
  ['personal_finance_category_detailed', 'text', (row) => row.categoryDetailed],
  ['personal_finance_category_confidence', 'text', (row) => row.categoryConfidence],
  ['counterparties', 'jsonb', (row) => json(row.counterparties)],
  ['location_address', 'text', (row) => row.locationAddress],
  ['location_city', 'text', (row) => row.locationCity],
  ['location_region', 'text', (row) => row.locationRegion],
  ['location_postal_code', 'text', (row) => row.locationPostalCode],
  ['location_country', 'text', (row) => row.locationCountry],
  ['location_lat', 'numeric', (row) => row.locationLat],
  ['location_lon', 'numeric', (row) => row.locationLon],
  ['location_store_number', 'text', (row) => row.locationStoreNumber],
];

/** The type is only for rows that are new: one that changed is classified anew once it is written. */
function classificationColumns(classify: (row: BankTransaction) => NewClassification, batch: BankTransaction[]): Column<BankTransaction>[] {
  const known = new Map(batch.map((row) => [row, classify(row)]));
  const of = (row: BankTransaction) => known.get(row) as NewClassification;
  return [
    ['cash_flow_type', 'text', (row) => of(row).type],
    ['cash_flow_why', 'text', (row) => of(row).why],
    ['cash_flow_confidence', 'numeric', (row) => of(row).confidence],
    ['cash_flow_amount', 'numeric', (row) => of(row).counted],
    ['rule_id', 'uuid', (row) => of(row).rule?.id ?? null],
    ['rule_category', 'text', (row) => of(row).rule?.category ?? null],
  ];
}
const OVERWRITTEN = overwrite(
  'transactions',
  TRANSACTION_COLUMNS.map(([name]) => name).filter((name) => name !== 'transaction_id'),
);

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
  const { set, differs } = OVERWRITTEN;
  for (const staged of batches(transactions)) {
    const batch = staged.map(unstage);
    for (const row of batch) counts.days.add(row.date);
    const { names, unnest, parameters } = bulkSource([...TRANSACTION_COLUMNS, ...classificationColumns(classify, batch)], batch);
    const values = names.map((name) => {
      if (name === 'account_id') return 'accounts.id';
      if (name === 'category') return 'ARRAY(SELECT json_array_elements_text(source.category))';
      return name === 'location_lat' || name === 'location_lon' ? `round(source.${name}, 7)` : `source.${name}`;
    });
    const { rows } = await client.query<{ is_new: boolean }>(
      `INSERT INTO transactions (user_id, ${names.join(', ')})
       SELECT accounts.user_id, ${values.join(', ')} FROM ${unnest}
         JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
       ON CONFLICT (transaction_id) DO UPDATE SET ${set}, rule_id = EXCLUDED.rule_id, rule_category = EXCLUDED.rule_category, removed_at = NULL, ${UNCLASSIFIED}, updated_at = now()
         WHERE transactions.user_id = EXCLUDED.user_id AND (transactions.removed_at IS NOT NULL OR ${differs})
       RETURNING xmax = 0 AS is_new`,
      [...parameters, item.id],
    );
    const added = rows.filter((row) => row.is_new).length;
    counts.added += added;
    counts.changed += rows.length - added;
  }
  return counts;
}

/** Takes rows out of every list and sum; they stay, with the person's edits, in case the bank brings them back. */
export async function removeTransactions(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET removed_at = now(), updated_at = now(), ${UNCLASSIFIED} FROM accounts
     WHERE accounts.id = transactions.account_id AND accounts.plaid_item_id = $1
       AND transaction_id = ANY($2::text[]) AND removed_at IS NULL`,
    [item.id, transactionIds],
  );
  return rowCount ?? 0;
}

/** After reading everything anew: what the bank did not list is gone, but for accounts of which it says nothing any more. */
export async function removeUnlistedTransactions(client: Queryable, item: ItemRef, listed: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET removed_at = now(), updated_at = now(), ${UNCLASSIFIED} FROM accounts
     WHERE accounts.id = transactions.account_id AND accounts.plaid_item_id = $1 AND accounts.is_active AND removed_at IS NULL
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
