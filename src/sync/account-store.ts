import type { AccountClass } from '../accounts/account-class.ts';
import { bulkSource, type Column } from '../database/bulk.ts';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { UNKNOWN_CURRENCY } from '../lib/money.ts';
import type { BankAccount } from '../plaid/translate.ts';
import { lockTransactionsOf, UNCLASSIFIED } from '../transactions/classification-store.ts';
import { classifyWithin } from '../transactions/classify-transactions.ts';
import { type ItemRef, overwrite } from './bulk-write.ts';

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
  ['apy', 'numeric', (row) => row.apy],
  ['persistent_account_id', 'text', (row) => row.persistentAccountId],
  ['balance_as_of', 'timestamptz', (row) => row.balanceAsOf],
  ['iso_currency_code', 'text', (row) => row.isoCurrencyCode],
  ['unofficial_currency_code', 'text', (row) => row.unofficialCurrencyCode],
  ['is_asset', 'boolean', (row) => row.isAsset],
  ['is_liquid', 'boolean', (row) => row.isLiquid],
  ['include_in_net_worth', 'boolean', (row) => row.includeInNetWorth],
];
/** Set when an account first appears and the person's from then on. */
const CHOSEN_BY_USER = new Set(['account_id', 'is_asset', 'is_liquid', 'include_in_net_worth']);

/** An account known only from its rows, never read itself, gets its class when it is listed. */
const CLASS_OF_PLACEHOLDER = ['is_asset', 'is_liquid', 'include_in_net_worth']
  .map((name) => `${name} = CASE WHEN accounts.last_balance_update IS NULL THEN EXCLUDED.${name} ELSE accounts.${name} END`)
  .join(', ');

/** Writes the item's accounts and their balances of today. @returns how many of them are new. */
export async function saveAccounts(
  client: Queryable,
  item: ItemRef,
  accounts: (BankAccount & AccountClass)[],
  today: CalendarDate,
): Promise<number> {
  if (accounts.length === 0) return 0;
  const { names, unnest, parameters } = bulkSource(ACCOUNT_COLUMNS, accounts);
  const { set } = overwrite(
    'accounts',
    names.filter((name) => !CHOSEN_BY_USER.has(name)),
  );
  const [item$, user$, today$] = [1, 2, 3].map((extra) => `$${parameters.length + extra}`);
  const before = await listKinds(client, item);
  const { rows } = await client.query<{ added: number }>(
    `WITH written AS (
       INSERT INTO accounts (plaid_item_id, user_id, last_balance_update, updated_at, ${names.join(', ')})
       SELECT ${item$}::uuid, ${user$}::uuid, now(), now(), ${names.join(', ')} FROM ${unnest}
       ON CONFLICT (account_id) DO UPDATE SET ${set}, is_active = accounts.revoked_at IS NULL, ${CLASS_OF_PLACEHOLDER}, last_balance_update = now(), updated_at = now()
         WHERE accounts.user_id = EXCLUDED.user_id AND accounts.plaid_item_id = EXCLUDED.plaid_item_id
       RETURNING id, user_id, balance_available, balance_current, balance_limit, xmax = 0 AS is_new),
     seen AS (
       INSERT INTO balance_snapshots (account_id, user_id, snapshot_date, balance_available, balance_current, balance_limit)
       SELECT id, user_id, ${today$}::date, balance_available, balance_current, balance_limit FROM written
       ON CONFLICT (account_id, snapshot_date) DO UPDATE SET balance_available = EXCLUDED.balance_available,
         balance_current = EXCLUDED.balance_current, balance_limit = EXCLUDED.balance_limit, is_carried = false)
     SELECT count(*) FILTER (WHERE is_new)::int AS added FROM written`,
    [...parameters, item.id, item.userId, today],
  );
  const changed = accounts.filter((account) => {
    const known = before.get(account.accountId);
    const hasCurrency = account.isoCurrencyCode !== null || account.unofficialCurrencyCode !== null;
    return known && (known.type !== account.type || (known.currency === UNKNOWN_CURRENCY && hasCurrency));
  });
  if (changed.length > 0) await followAccounts(client, item, changed);
  return rows[0]?.added ?? 0;
}

/**
 * Rows are classified by the type of their account, and those without a currency have its: at once, so that no total misses a row that
 * is listed. The currency is filled in by the database whenever such a row is written.
 */
async function followAccounts(client: Queryable, item: ItemRef, accounts: BankAccount[]): Promise<void> {
  await lockTransactionsOf(client, item.userId);
  for (const [table, set] of [
    ['transactions', UNCLASSIFIED],
    ['holdings', 'updated_at = now()'],
    ['investment_transactions', 'updated_at = now()'],
  ]) {
    await client.query(
      `UPDATE ${table} SET ${set} FROM accounts
       WHERE accounts.id = ${table}.account_id AND accounts.plaid_item_id = $1 AND accounts.account_id = ANY($2::text[])`,
      [item.id, accounts.map((account) => account.accountId)],
    );
  }
  await classifyWithin(client, item.userId);
}

async function listKinds(client: Queryable, item: ItemRef): Promise<Map<string, { type: string; currency: string }>> {
  const { rows } = await client.query<{ account_id: string; type: string; currency: string }>(
    'SELECT account_id, type, currency FROM accounts WHERE plaid_item_id = $1',
    [item.id],
  );
  return new Map(rows.map((row) => [row.account_id, row]));
}

/** What was borrowed against each account, of which only the answers about investments tell. */
export async function saveMarginLoans(client: Queryable, item: ItemRef, accounts: BankAccount[]): Promise<void> {
  await client.query(
    `UPDATE accounts SET margin_loan_amount = loan.amount, updated_at = now() FROM unnest($2::text[], $3::numeric[]) AS loan(account_id, amount)
     WHERE accounts.account_id = loan.account_id AND plaid_item_id = $1 AND margin_loan_amount IS DISTINCT FROM loan.amount`,
    [item.id, accounts.map((account) => account.accountId), accounts.map((account) => account.marginLoanAmount)],
  );
}

/** Accounts that rows speak of and the bank does not list: kept as closed, of no known kind. */
export async function saveUnlistedAccounts(client: Queryable, item: ItemRef, accountIds: string[]): Promise<void> {
  await client.query(
    `INSERT INTO accounts (plaid_item_id, user_id, account_id, name, type, is_asset, is_liquid, include_in_net_worth, is_active)
     SELECT $1, $2, unnest($3::text[]), 'Account no longer shared', 'other', true, false, false, false ON CONFLICT (account_id) DO NOTHING`,
    [item.id, item.userId, accountIds],
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

/** The person has taken back the permission for one account: it closes, whatever is still listed. */
export async function revokeAccount(client: Queryable, item: ItemRef, accountId: string): Promise<void> {
  await client.query(
    'UPDATE accounts SET is_active = false, revoked_at = now(), updated_at = now() WHERE plaid_item_id = $1 AND user_id = $2 AND account_id = $3',
    [item.id, item.userId, accountId],
  );
}
