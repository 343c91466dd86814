import type { z } from 'zod';
import type { Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import type { PartName } from './export-store.ts';
import { type Column, rowSchema } from './row-schema.ts';

/* Bringing an export into an empty account: the same rows under new ids, so that it can stand beside the one it came from. */

interface Target {
  table: string;
  /** How columns are filled that cannot be taken as they are; `row` is a row of the export, $2 the person, $3 what makes the ids new. */
  columns: Record<string, string>;
}

/** An id of the export as the new one of this import: the same for the same, whatever row speaks of it (a UUID of version 8, RFC 9562). */
const newId = (column: string) => `overlay(overlay(md5($3 || row.${column}::text) placing '8' from 13) placing '8' from 17)::uuid`;
/** Plaid's ids are unique over all people: those of an import are its own. */
const newName = (column: string) => `'imported-' || $3 || '-' || row.${column}`;
/** What an alert is about: where it is a row, the row's new id. */
const SUBJECT = `CASE WHEN row.subject ~ '^(account|stream|bank|security):[0-9a-f-]{36}$'
  THEN split_part(row.subject, ':', 1) || ':' || overlay(overlay(md5($3 || split_part(row.subject, ':', 2)) placing '8' from 13) placing '8' from 17)::uuid ELSE row.subject END`;
const OWN = { id: newId('id'), user_id: '$2::uuid' };

/** In the order in which rows refer to each other. */
export const TARGETS: Partial<Record<PartName, Target>> = {
  exchange_rates: { table: 'exchange_rates', columns: OWN },
  institutions: {
    table: 'plaid_items',
    columns: {
      ...OWN,
      item_id: newName('id'),
      access_token: `''`,
      status: `'imported'`,
      transactions_status: `'HISTORICAL_UPDATE_COMPLETE'`,
      last_synced_at: 'COALESCE(row.last_synced_at, now())',
      error_code: 'NULL',
      error_message: 'NULL',
      error_since: 'NULL',
      updated_at: 'now()',
    },
  },
  accounts: {
    table: 'accounts',
    columns: {
      ...OWN,
      plaid_item_id: newId('plaid_item_id'),
      account_id: newName('account_id'),
      duplicate_of_id: newId('duplicate_of_id'),
    },
  },
  // New ids come in another order, and the smaller one is first.
  different_accounts: {
    table: 'different_accounts',
    columns: {
      user_id: '$2::uuid',
      first_id: `LEAST(${newId('first_id')}, ${newId('second_id')})`,
      second_id: `GREATEST(${newId('first_id')}, ${newId('second_id')})`,
    },
  },
  classification_rules: { table: 'classification_rules', columns: OWN },
  recurring: { table: 'recurring_transactions', columns: { ...OWN, account_id: newId('account_id') } },
  transactions: {
    table: 'transactions',
    columns: {
      ...OWN,
      account_id: newId('account_id'),
      transaction_id: newName('transaction_id'),
      pending_transaction_id: newName('pending_transaction_id'),
      rule_id: newId('rule_id'),
      recurring_stream_id: newId('recurring_stream_id'),
      // Exports of before know of no duplicates.
      is_duplicate: 'COALESCE(row.is_duplicate, false)',
    },
  },
  transfer_matches: {
    table: 'transfer_matches',
    columns: { ...OWN, outflow_transaction_id: newId('outflow_transaction_id'), inflow_transaction_id: newId('inflow_transaction_id') },
  },
  // What everybody shares is not written by a file of one person: theirs are of their own.
  securities: { table: 'securities', columns: { id: newId('id'), security_id: newName('security_id') } },
  security_prices: { table: 'security_prices', columns: { security_id: newId('security_id'), currency: `COALESCE(row.currency, 'XXX')` } },
  holdings: { table: 'holdings', columns: { ...OWN, account_id: newId('account_id'), security_id: newId('security_id') } },
  investment_transactions: {
    table: 'investment_transactions',
    columns: {
      ...OWN,
      account_id: newId('account_id'),
      security_id: newId('security_id'),
      investment_transaction_id: newName('investment_transaction_id'),
      cancel_transaction_id: newName('cancel_transaction_id'),
    },
  },
  liabilities: { table: 'liabilities', columns: { ...OWN, account_id: newId('account_id') } },
  balance_snapshots: { table: 'balance_snapshots', columns: { ...OWN, account_id: newId('account_id') } },
  net_worth_snapshots: { table: 'net_worth_snapshots', columns: OWN },
  alert_rules: { table: 'alert_rules', columns: { user_id: '$2::uuid' } },
  alert_mutes: { table: 'alert_mutes', columns: { ...OWN, subject: SUBJECT } },
  // Where messages go is said anew: an address in a file is nobody's choice.
  notification_settings: {
    table: 'notification_settings',
    columns: {
      user_id: '$2::uuid',
      webhook_url: 'NULL',
      webhook_secret: 'NULL',
      ntfy_url: 'NULL',
      ntfy_token: 'NULL',
      updated_at: 'now()',
    },
  },
};

/** Columns that can be written, by table: what the database works out itself it works out again. */
async function listColumns(client: Queryable, tables: string[]): Promise<Map<string, Column[]>> {
  const { rows } = await client.query<Column & { table: string }>(
    `SELECT relname AS "table", attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS "isRequired",
       pg_get_expr(adbin, adrelid) AS standard
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid = ANY($1::text[]::regclass[]) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [tables],
  );
  return groupBy(rows, ({ table }) => table);
}

/** What reads and writes the rows of each part, a batch at a time. */
export async function prepareImport(client: Queryable, userId: string, seed: string, today: CalendarDate) {
  const parts = new Map<string, { statement: string; row: z.ZodType }>();
  const columnsOf = await listColumns(
    client,
    Object.values(TARGETS).map(({ table }) => table),
  );
  for (const [part, target] of Object.entries(TARGETS)) {
    const columns = columnsOf.get(target.table) ?? [];
    const taken = columns.filter(({ name }) => isTaken(target, name));
    // What an export of before does not have is as it is for who never had it.
    const given = ({ name, standard }: Column) => (standard === null ? `row."${name}"` : `COALESCE(row."${name}", ${standard})`);
    const values = columns.map((column) => target.columns[column.name] ?? given(column));
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    // The type of the table names the columns; those of the export that it does not know are left aside.
    const statement = `INSERT INTO ${target.table} (${names}) SELECT ${values.join(', ')} FROM jsonb_populate_recordset(NULL::${target.table}, $1::jsonb) AS row
       WHERE $2::uuid IS NOT NULL AND $3::text IS NOT NULL`;
    parts.set(part, { statement, row: rowSchema(taken, today) });
  }
  return {
    knows: (part: string) => parts.has(part),
    /** The row of a part as it will be written. @throws ZodError naming the column that cannot be taken */
    read: (part: string, row: unknown): unknown => parts.get(part)?.row.parse(row),
    save: async (part: string, rows: unknown[]) => {
      await client.query(parts.get(part)?.statement as string, [JSON.stringify(rows), userId, seed]);
    },
  };
}

/** Whether something of the row goes into a column: itself, or what it is made of. */
const isTaken = ({ columns }: Target, name: string): boolean => columns[name] === undefined || columns[name].includes(`row.${name}`);

/** Whether a person has nothing yet that an import could be mixed up with. */
export async function isEmptyAccount(client: Queryable, userId: string): Promise<boolean> {
  const { rows } = await client.query<{ is_empty: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM plaid_items WHERE user_id = $1) AND NOT EXISTS (SELECT FROM exchange_rates WHERE user_id = $1)
       AND NOT EXISTS (SELECT FROM classification_rules WHERE user_id = $1) AS is_empty`,
    [userId],
  );
  return rows[0]?.is_empty ?? false;
}

/** Takes away what an import has brought into an account that was empty. */
export async function forgetImport(client: Queryable, userId: string, seed: string): Promise<void> {
  const owned = Object.values(TARGETS).filter(({ columns }) => 'user_id' in columns);
  for (const { table } of owned.reverse()) await client.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId]);
  // Prices go with their securities.
  await client.query(`DELETE FROM securities WHERE security_id LIKE 'imported-' || $1 || '-%'`, [seed]);
}
