import { bulkSource, type Column } from '../database/bulk.ts';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { BankHolding, BankInvestmentTransaction, BankSecurity } from '../plaid/translate.ts';
import { batches, type ItemRef, json, overwrite, type WriteCounts } from './bulk-write.ts';

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
         RETURNING id, close_price_as_of, close_price, COALESCE(iso_currency_code, unofficial_currency_code, 'XXX') AS currency)
       INSERT INTO security_prices (security_id, price_date, price, currency)
       SELECT id, close_price_as_of, close_price, currency FROM written WHERE close_price_as_of IS NOT NULL AND close_price IS NOT NULL
       ON CONFLICT (security_id, price_date, currency) DO UPDATE SET price = EXCLUDED.price WHERE security_prices.price <> EXCLUDED.price`,
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
  ['vested_quantity', 'numeric', (row) => row.vestedQuantity],
  ['vested_value', 'numeric', (row) => row.vestedValue],
  ['tax_lots', 'jsonb', (row) => json(row.taxLots)],
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
       INSERT INTO security_prices (security_id, price_date, price, currency)
       SELECT DISTINCT ON (security_id, currency) security_id, institution_price_as_of, institution_price, currency
       FROM incoming CROSS JOIN LATERAL COALESCE(iso_currency_code, unofficial_currency_code, 'XXX') AS currency
       WHERE institution_price_as_of IS NOT NULL AND institution_price > 0 ORDER BY security_id, currency, institution_price_as_of DESC
       ON CONFLICT (security_id, price_date, currency) DO UPDATE SET price = EXCLUDED.price WHERE security_prices.price <> EXCLUDED.price),
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
  ['cancel_transaction_id', 'text', (row) => row.cancelTransactionId],
  ['date', 'date', (row) => row.date],
  ['transaction_datetime', 'timestamptz', (row) => row.transactionDatetime],
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

/**
 * Makes the stored investment transactions from `from` on the same as these; earlier ones are left alone, and so are those of
 * accounts that the bank lists no more. From an incomplete answer nothing is concluded about what is missing in it.
 */
export async function replaceInvestmentTransactions(
  client: Queryable,
  item: ItemRef,
  from: CalendarDate,
  { transactions, isComplete }: { transactions: BankInvestmentTransaction[]; isComplete: boolean },
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
  if (!isComplete) return counts;
  const { rowCount } = await client.query(
    `DELETE FROM investment_transactions USING accounts
     WHERE accounts.id = investment_transactions.account_id AND accounts.plaid_item_id = $1 AND accounts.is_active
       AND investment_transactions.date >= $2
       AND investment_transaction_id <> ALL($3::text[])`,
    [item.id, from, unique.map((row) => row.investmentTransactionId)],
  );
  counts.removed = rowCount ?? 0;
  return counts;
}

/**
 * The day from which on the activity is not yet known: the last successful reading. Null when everything has to be read,
 * which is so at first and when there is an account without any activity.
 */
export async function findRefreshStart(client: Queryable, item: ItemRef): Promise<CalendarDate | null> {
  const { rows } = await client.query<{ since: CalendarDate | null }>(
    `SELECT last_success_at::date AS since FROM plaid_item_products WHERE plaid_item_id = $1 AND product = 'investments'
       AND NOT EXISTS (
         SELECT FROM accounts WHERE accounts.plaid_item_id = $1 AND is_active AND type IN ('investment', 'brokerage')
           AND NOT EXISTS (SELECT FROM investment_transactions AS activity WHERE activity.account_id = accounts.id))`,
    [item.id],
  );
  return rows[0]?.since ?? null;
}
