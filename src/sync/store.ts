import type { AccountClass } from '../accounts/account-class.ts';
import { bulkSource, type Column } from '../database/bulk.ts';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type {
  BankAccount,
  BankHolding,
  BankInvestmentTransaction,
  BankLiability,
  BankSecurity,
  BankTransaction,
} from '../plaid/translate.ts';

/** Rows a statement; larger batches gain nothing and hold more memory. */
const BATCH_ROWS = 2_000;

export interface ItemRef {
  id: string;
  userId: string;
}

export interface WriteCounts {
  added: number;
  changed: number;
  removed: number;
}

const json = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value));

function* batches<Row>(rows: Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += BATCH_ROWS) yield rows.slice(start, start + BATCH_ROWS);
}

/** `SET a = EXCLUDED.a, …` and the condition that one of them really differs. */
function overwrite(table: string, names: string[]) {
  const own = names.map((name) => `${table}.${name}`).join(', ');
  const incoming = names.map((name) => `EXCLUDED.${name}`).join(', ');
  return {
    set: names.map((name) => `${name} = EXCLUDED.${name}`).join(', '),
    differs: `(${own}) IS DISTINCT FROM (${incoming})`,
  };
}

// ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────

const ACCOUNT_COLUMNS: Column<BankAccount & AccountClass>[] = [
  ['account_id', 'text', (row) => row.accountId],
  ['name', 'text', (row) => row.name],
  ['official_name', 'text', (row) => row.officialName],
  ['mask', 'text', (row) => row.mask],
  ['type', 'text', (row) => row.type],
  ['subtype', 'text', (row) => row.subtype],
  ['balance_available', 'numeric', (row) => row.balanceAvailable],
  ['balance_current', 'numeric', (row) => row.balanceCurrent],
  ['balance_limit', 'numeric', (row) => row.balanceLimit],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
  ['is_asset', 'boolean', (row) => row.isAsset],
  ['is_liquid', 'boolean', (row) => row.isLiquid],
  ['include_in_net_worth', 'boolean', (row) => row.includeInNetWorth],
];
/** Set when an account first appears and the person's from then on. */
const CHOSEN_BY_USER = new Set(['account_id', 'is_asset', 'is_liquid', 'include_in_net_worth']);

/** Writes the item's accounts and their balances of today. */
export async function saveAccounts(
  client: Queryable,
  item: ItemRef,
  accounts: (BankAccount & AccountClass)[],
  today: CalendarDate,
): Promise<void> {
  if (accounts.length === 0) return;
  const { names, unnest, parameters } = bulkSource(ACCOUNT_COLUMNS, accounts);
  const { set } = overwrite(
    'accounts',
    names.filter((name) => !CHOSEN_BY_USER.has(name)),
  );
  const [item$, user$, today$] = [1, 2, 3].map((extra) => `$${parameters.length + extra}`);
  await client.query(
    `WITH written AS (
       INSERT INTO accounts (plaid_item_id, user_id, last_balance_update, updated_at, ${names.join(', ')})
       SELECT ${item$}::uuid, ${user$}::uuid, now(), now(), ${names.join(', ')} FROM ${unnest}
       ON CONFLICT (account_id) DO UPDATE SET ${set}, is_active = true, last_balance_update = now(), updated_at = now()
         WHERE accounts.user_id = EXCLUDED.user_id AND accounts.plaid_item_id = EXCLUDED.plaid_item_id
       RETURNING id, user_id, balance_available, balance_current, balance_limit)
     INSERT INTO balance_snapshots (account_id, user_id, snapshot_date, balance_available, balance_current, balance_limit)
     SELECT id, user_id, ${today$}::date, balance_available, balance_current, balance_limit FROM written
     ON CONFLICT (account_id, snapshot_date) DO UPDATE SET balance_available = EXCLUDED.balance_available,
       balance_current = EXCLUDED.balance_current, balance_limit = EXCLUDED.balance_limit`,
    [...parameters, item.id, item.userId, today],
  );
}

/** Accounts that the bank no longer lists are closed: kept with their history, out of every current figure. */
export async function closeMissingAccounts(client: Queryable, item: ItemRef, listed: string[]): Promise<void> {
  await client.query(
    `UPDATE accounts SET is_active = false, updated_at = now()
     WHERE plaid_item_id = $1 AND user_id = $2 AND is_active AND account_id <> ALL($3::text[])`,
    [item.id, item.userId, listed],
  );
}

export async function listKnownAccountIds(client: Queryable, item: ItemRef): Promise<Set<string>> {
  const { rows } = await client.query<{ account_id: string }>('SELECT account_id FROM accounts WHERE plaid_item_id = $1 AND user_id = $2', [
    item.id,
    item.userId,
  ]);
  return new Set(rows.map((row) => row.account_id));
}

// ── Transactions ──────────────────────────────────────────────────────────────────────────────────────────────────

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

const UNCLASSIFIED = 'cash_flow_type = NULL, cash_flow_amount = NULL, cash_flow_why = NULL, cash_flow_confidence = NULL';

/** Writes rows by transaction id. A row that is as it was is not touched; one that changed, or came back, is classified anew. */
export async function saveTransactions(client: Queryable, item: ItemRef, transactions: BankTransaction[]): Promise<WriteCounts> {
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const batch of batches(transactions)) {
    const { names, unnest, parameters } = bulkSource(TRANSACTION_COLUMNS, batch);
    const { set, differs } = overwrite(
      'transactions',
      names.filter((name) => name !== 'transaction_id'),
    );
    const values = names.map((name) => {
      if (name === 'account_id') return 'accounts.id';
      if (name === 'category') return 'ARRAY(SELECT json_array_elements_text(source.category))';
      return name === 'location_lat' || name === 'location_lon' ? `round(source.${name}, 7)` : `source.${name}`;
    });
    const { rows } = await client.query<{ is_new: boolean }>(
      `INSERT INTO transactions (user_id, ${names.join(', ')})
       SELECT accounts.user_id, ${values.join(', ')} FROM ${unnest}
         JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
       ON CONFLICT (transaction_id) DO UPDATE SET ${set}, removed_at = NULL, ${UNCLASSIFIED}, updated_at = now()
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

/** After reading everything anew: what the bank did not list is gone. */
export async function removeUnlistedTransactions(client: Queryable, item: ItemRef, listed: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE transactions SET removed_at = now(), updated_at = now(), ${UNCLASSIFIED} FROM accounts
     WHERE accounts.id = transactions.account_id AND accounts.plaid_item_id = $1 AND removed_at IS NULL
       AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS listed(transaction_id) WHERE listed.transaction_id = transactions.transaction_id)`,
    [item.id, listed],
  );
  return rowCount ?? 0;
}

const HAS_EDITS = (row: string) =>
  `(${row}.custom_category IS NOT NULL OR ${row}.custom_cash_flow_type IS NOT NULL OR ${row}.note IS NOT NULL)`;

/** A posted row that names its pending row takes its place: the person's edits move over and the pending row goes. */
export async function succeedNamedPendingRows(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<void> {
  if (transactionIds.length === 0) return;
  const pairs = `transactions AS posted JOIN accounts ON accounts.id = posted.account_id AND accounts.plaid_item_id = $1
    JOIN transactions AS held ON held.transaction_id = posted.pending_transaction_id AND held.account_id = posted.account_id AND held.pending
    WHERE posted.transaction_id = ANY($2::text[]) AND NOT posted.pending AND posted.removed_at IS NULL`;
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

/** How far a posted row may be from the pending row it probably replaces, when the bank does not say. */
const SUCCESSOR_DAYS_MAX = 14;
const SUCCESSOR_AMOUNT_MIN = 0.8;
const SUCCESSOR_AMOUNT_MAX = 1.4;

/** Edits on pending rows that went without a named successor move to the likeliest new row: same account and merchant, near in date and amount. */
export async function succeedUnnamedPendingRows(client: Queryable, item: ItemRef, transactionIds: string[]): Promise<void> {
  const orphaned = await client.query(
    `SELECT 1 FROM transactions AS held WHERE held.account_id IN (SELECT id FROM accounts WHERE plaid_item_id = $1)
       AND held.pending AND held.removed_at IS NOT NULL AND ${HAS_EDITS('held')} LIMIT 1`,
    [item.id],
  );
  if (orphaned.rowCount === 0 || transactionIds.length === 0) return;
  const candidates = `
    SELECT held.id AS held_id, posted.id AS posted_id,
      row_number() OVER (PARTITION BY held.id ORDER BY abs(posted.amount - held.amount), posted.date, posted.id) AS choice,
      row_number() OVER (PARTITION BY posted.id ORDER BY abs(posted.amount - held.amount), held.date DESC, held.id) AS rival
    FROM transactions AS held JOIN accounts ON accounts.id = held.account_id AND accounts.plaid_item_id = $1
    JOIN transactions AS posted ON posted.account_id = held.account_id AND posted.transaction_id = ANY($2::text[])
    WHERE held.pending AND held.removed_at IS NOT NULL AND ${HAS_EDITS('held')}
      AND NOT posted.pending AND posted.removed_at IS NULL AND posted.pending_transaction_id IS NULL AND NOT ${HAS_EDITS('posted')}
      AND sign(posted.amount) = sign(held.amount)
      AND abs(posted.amount) BETWEEN abs(held.amount) * ${SUCCESSOR_AMOUNT_MIN} AND abs(held.amount) * ${SUCCESSOR_AMOUNT_MAX}
      AND posted.date BETWEEN held.date - 1 AND held.date + ${SUCCESSOR_DAYS_MAX}
      AND (lower(posted.merchant) = lower(held.merchant) OR lower(posted.name) = lower(held.name) OR posted.merchant_entity_id = held.merchant_entity_id)`;
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

/** From this many new rows on, the planner's idea of the table is out of date. */
const STATISTICS_ROWS = 500;

export async function refreshStatistics(client: Queryable, written: WriteCounts): Promise<void> {
  if (written.added >= STATISTICS_ROWS) await client.query('ANALYZE transactions');
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

// ── Investments ───────────────────────────────────────────────────────────────────────────────────────────────────

const SECURITY_COLUMNS: Column<BankSecurity>[] = [
  ['security_id', 'text', (row) => row.securityId],
  ['name', 'text', (row) => row.name],
  ['ticker_symbol', 'text', (row) => row.tickerSymbol],
  ['type', 'text', (row) => row.type],
  ['subtype', 'text', (row) => row.subtype],
  ['close_price', 'numeric', (row) => row.closePrice],
  ['close_price_as_of', 'date', (row) => row.closePriceAsOf],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
  ['is_cash_equivalent', 'boolean', (row) => row.isCashEquivalent],
  ['cusip', 'text', (row) => row.cusip],
  ['isin', 'text', (row) => row.isin],
  ['sedol', 'text', (row) => row.sedol],
  ['sector', 'text', (row) => row.sector],
  ['industry', 'text', (row) => row.industry],
  ['market_identifier_code', 'text', (row) => row.marketIdentifierCode],
  ['option_contract_type', 'text', (row) => row.optionContractType],
  ['option_expiration_date', 'date', (row) => row.optionExpirationDate],
  ['option_strike_price', 'numeric', (row) => row.optionStrikePrice],
  ['option_underlying_ticker', 'text', (row) => row.optionUnderlyingTicker],
  ['fixed_income', 'jsonb', (row) => json(row.fixedIncome)],
];

export async function saveSecurities(client: Queryable, securities: BankSecurity[]): Promise<void> {
  // In one order everywhere, so that two runs that share securities wait for each other instead of deadlocking.
  const unique = [...new Map(securities.map((row) => [row.securityId, row])).values()].sort((a, b) =>
    a.securityId < b.securityId ? -1 : 1,
  );
  for (const batch of batches(unique)) {
    const { names, unnest, parameters } = bulkSource(SECURITY_COLUMNS, batch);
    const { set, differs } = overwrite(
      'securities',
      names.filter((name) => name !== 'security_id'),
    );
    await client.query(
      `WITH written AS (
         INSERT INTO securities (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${unnest}
         ON CONFLICT (security_id) DO UPDATE SET ${set}, updated_at = now() WHERE ${differs}
         RETURNING id, close_price_as_of, close_price)
       INSERT INTO security_prices (security_id, price_date, price)
       SELECT id, close_price_as_of, close_price FROM written WHERE close_price_as_of IS NOT NULL AND close_price IS NOT NULL
       ON CONFLICT (security_id, price_date) DO UPDATE SET price = EXCLUDED.price WHERE security_prices.price <> EXCLUDED.price`,
      parameters,
    );
  }
}

/** A holding or trade may speak of a security that no answer describes: it is kept under its id alone. */
async function saveUndescribedSecurities(client: Queryable, securityIds: (string | null)[]): Promise<void> {
  const ids = [...new Set(securityIds.filter((id) => id !== null))].sort();
  await client.query('INSERT INTO securities (security_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [ids]);
}

const HOLDING_COLUMNS: Column<BankHolding & { line: number }>[] = [
  ['account_id', 'text', (row) => row.accountId],
  ['security_id', 'text', (row) => row.securityId],
  ['line', 'int', (row) => row.line],
  ['quantity', 'numeric', (row) => row.quantity],
  ['cost_basis', 'numeric', (row) => row.costBasis],
  ['institution_price', 'numeric', (row) => row.institutionPrice],
  ['institution_value', 'numeric', (row) => row.institutionValue],
  ['institution_price_as_of', 'date', (row) => row.institutionPriceAsOf],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
];

/** Numbers the lots of the same security in the same account, in the order the bank gives them. */
function withLines(holdings: BankHolding[]): (BankHolding & { line: number })[] {
  const seen = new Map<string, number>();
  return holdings.map((holding) => {
    const key = JSON.stringify([holding.accountId, holding.securityId]);
    const line = seen.get(key) ?? 0;
    seen.set(key, line + 1);
    return { ...holding, line };
  });
}

/** Replaces the item's holdings with this set: what is not in it has been sold. */
export async function replaceHoldings(client: Queryable, item: ItemRef, holdings: BankHolding[]): Promise<number> {
  await saveUndescribedSecurities(
    client,
    holdings.map((holding) => holding.securityId),
  );
  const { names, unnest, parameters } = bulkSource(HOLDING_COLUMNS, withLines(holdings));
  const { set } = overwrite(
    'holdings',
    names.filter((name) => !['account_id', 'security_id', 'line'].includes(name)),
  );
  const others = names.filter((name) => name !== 'account_id' && name !== 'security_id');
  const { rows } = await client.query<{ written: number }>(
    `WITH incoming AS (
       SELECT accounts.id AS account_id, accounts.user_id, securities.id AS security_id, ${others.map((name) => `source.${name}`).join(', ')}
       FROM ${unnest} JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
         JOIN securities ON securities.security_id = source.security_id),
     gone AS (
       DELETE FROM holdings USING accounts
       WHERE accounts.id = holdings.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
         AND NOT EXISTS (SELECT FROM incoming WHERE incoming.account_id = holdings.account_id
           AND incoming.security_id = holdings.security_id AND incoming.line = holdings.line)),
     prices AS (
       INSERT INTO security_prices (security_id, price_date, price)
       SELECT DISTINCT ON (security_id) security_id, institution_price_as_of, institution_price FROM incoming
       WHERE institution_price_as_of IS NOT NULL AND institution_price > 0 ORDER BY security_id, institution_price_as_of
       ON CONFLICT (security_id, price_date) DO UPDATE SET price = EXCLUDED.price WHERE security_prices.price <> EXCLUDED.price),
     written AS (
       INSERT INTO holdings (account_id, user_id, security_id, ${others.join(', ')}, unrealized_gain_loss, unrealized_gain_loss_percent, last_updated, updated_at)
       SELECT account_id, user_id, security_id, ${others.join(', ')}, institution_value - cost_basis,
         (institution_value - cost_basis) / NULLIF(abs(cost_basis), 0) * 100, now(), now() FROM incoming
       ON CONFLICT (account_id, security_id, line) DO UPDATE SET ${set}, unrealized_gain_loss = EXCLUDED.unrealized_gain_loss,
         unrealized_gain_loss_percent = EXCLUDED.unrealized_gain_loss_percent, last_updated = now(), updated_at = now()
       RETURNING 1)
     SELECT count(*)::int AS written FROM written`,
    [...parameters, item.id],
  );
  return rows[0]?.written ?? 0;
}

const INVESTMENT_TRANSACTION_COLUMNS: Column<BankInvestmentTransaction>[] = [
  ['investment_transaction_id', 'text', (row) => row.investmentTransactionId],
  ['account_id', 'text', (row) => row.accountId],
  ['security_id', 'text', (row) => row.securityId],
  ['date', 'date', (row) => row.date],
  ['name', 'text', (row) => row.name],
  ['type', 'text', (row) => row.type],
  ['subtype', 'text', (row) => row.subtype],
  ['amount', 'numeric', (row) => row.amount],
  ['price', 'numeric', (row) => row.price],
  ['quantity', 'numeric', (row) => row.quantity],
  ['fees', 'numeric', (row) => row.fees],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
];

/** Makes the stored investment transactions from `from` on the same as these; earlier ones are left alone. */
export async function replaceInvestmentTransactions(
  client: Queryable,
  item: ItemRef,
  from: CalendarDate,
  transactions: BankInvestmentTransaction[],
): Promise<WriteCounts> {
  const unique = [...new Map(transactions.map((row) => [row.investmentTransactionId, row])).values()];
  const counts = { added: 0, changed: 0, removed: 0 };
  await saveUndescribedSecurities(
    client,
    unique.map((row) => row.securityId),
  );
  for (const batch of batches(unique)) {
    const { names, unnest, parameters } = bulkSource(INVESTMENT_TRANSACTION_COLUMNS, batch);
    const { set, differs } = overwrite(
      'investment_transactions',
      names.filter((name) => name !== 'investment_transaction_id'),
    );
    const values = names.map((name) =>
      name === 'account_id' ? 'accounts.id' : name === 'security_id' ? 'securities.id' : `source.${name}`,
    );
    const { rows } = await client.query<{ is_new: boolean }>(
      `INSERT INTO investment_transactions (user_id, ${names.join(', ')})
       SELECT accounts.user_id, ${values.join(', ')} FROM ${unnest}
         JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
         LEFT JOIN securities ON securities.security_id = source.security_id
       ON CONFLICT (investment_transaction_id) DO UPDATE SET ${set}, updated_at = now()
         WHERE investment_transactions.user_id = EXCLUDED.user_id AND ${differs}
       RETURNING xmax = 0 AS is_new`,
      [...parameters, item.id],
    );
    const added = rows.filter((row) => row.is_new).length;
    counts.added += added;
    counts.changed += rows.length - added;
  }
  const { rowCount } = await client.query(
    `DELETE FROM investment_transactions USING accounts
     WHERE accounts.id = investment_transactions.account_id AND accounts.plaid_item_id = $1 AND investment_transactions.date >= $2
       AND investment_transaction_id <> ALL($3::text[])`,
    [item.id, from, unique.map((row) => row.investmentTransactionId)],
  );
  counts.removed = rowCount ?? 0;
  return counts;
}

export async function hasInvestmentTransactions(client: Queryable, item: ItemRef): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM investment_transactions JOIN accounts ON accounts.id = investment_transactions.account_id WHERE plaid_item_id = $1 LIMIT 1',
    [item.id],
  );
  return rowCount === 1;
}

// ── Debts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const LIABILITY_COLUMNS: Column<BankLiability>[] = [
  ['account_id', 'text', (row) => row.accountId],
  ['type', 'text', (row) => row.type],
  ['is_overdue', 'boolean', (row) => row.isOverdue],
  ['last_payment_amount', 'numeric', (row) => row.lastPaymentAmount],
  ['last_payment_date', 'date', (row) => row.lastPaymentDate],
  ['last_statement_balance', 'numeric', (row) => row.lastStatementBalance],
  ['last_statement_issue_date', 'date', (row) => row.lastStatementIssueDate],
  ['minimum_payment_amount', 'numeric', (row) => row.minimumPaymentAmount],
  ['next_payment_due_date', 'date', (row) => row.nextPaymentDueDate],
  ['aprs', 'jsonb', (row) => json(row.aprs)],
  ['interest_rate_percentage', 'numeric', (row) => row.interestRatePercentage],
  ['interest_rate_type', 'text', (row) => row.interestRateType],
  ['origination_date', 'date', (row) => row.originationDate],
  ['origination_principal_amount', 'numeric', (row) => row.originationPrincipalAmount],
  ['ytd_interest_paid', 'numeric', (row) => row.ytdInterestPaid],
  ['ytd_principal_paid', 'numeric', (row) => row.ytdPrincipalPaid],
  ['current_late_fee', 'numeric', (row) => row.currentLateFee],
  ['escrow_balance', 'numeric', (row) => row.escrowBalance],
  ['past_due_amount', 'numeric', (row) => row.pastDueAmount],
  ['has_pmi', 'boolean', (row) => row.hasPmi],
  ['has_prepayment_penalty', 'boolean', (row) => row.hasPrepaymentPenalty],
  ['loan_name', 'text', (row) => row.loanName],
  ['loan_term', 'text', (row) => row.loanTerm],
  ['loan_type_description', 'text', (row) => row.loanTypeDescription],
  ['maturity_date', 'date', (row) => row.maturityDate],
  ['property_address', 'jsonb', (row) => json(row.propertyAddress)],
];

/** Makes the item's debts the same as these. */
export async function replaceLiabilities(client: Queryable, item: ItemRef, liabilities: BankLiability[]): Promise<number> {
  const unique = [...new Map(liabilities.map((row) => [`${row.type} ${row.accountId}`, row])).values()];
  const { names, unnest, parameters } = bulkSource(LIABILITY_COLUMNS, unique);
  const { set } = overwrite(
    'liabilities',
    names.filter((name) => name !== 'account_id' && name !== 'type'),
  );
  const values = names.map((name) => (name === 'account_id' ? 'accounts.id' : `source.${name}`));
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO liabilities (user_id, last_updated, ${names.join(', ')})
     SELECT accounts.user_id, now(), ${values.join(', ')} FROM ${unnest}
       JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
     ON CONFLICT (account_id, type) DO UPDATE SET ${set}, last_updated = now(), updated_at = now()
     RETURNING id`,
    [...parameters, item.id],
  );
  await client.query(
    `DELETE FROM liabilities USING accounts
     WHERE accounts.id = liabilities.account_id AND accounts.plaid_item_id = $1 AND liabilities.id <> ALL($2::uuid[])`,
    [item.id, rows.map((row) => row.id)],
  );
  return rows.length;
}
