import type { Database } from '../database/client.ts';
import type { TokenVault } from '../plaid/client.ts';

const BATCH_ROWS = 500;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

interface SealedColumn {
  table: string;
  column: string;
  /** What is in it, for whoever runs the server. */
  what: string;
  /** The sealed value in it, where it is part of a document. */
  sealed: string;
  id: string;
  userId: string;
  /** What the value is bound to beside its person. */
  itemId: string;
  where: string;
  /** Sets the value to $2. */
  set: string;
}

/**
 * Everywhere that something sealed is stored. Rotation, the check at the start and a test that looks for sealed values elsewhere read this
 * list: a new column that holds one is added here.
 */
export const SEALED_COLUMNS: SealedColumn[] = [
  {
    ...{ table: 'plaid_items', column: 'access_token', what: 'access tokens', sealed: 'access_token' },
    ...{ id: 'id', userId: 'user_id::text', itemId: 'item_id', where: "access_token <> ''", set: 'access_token = $2' },
  },
  {
    ...{ table: 'tasks', column: 'payload', what: 'access tokens of removals', sealed: "payload->>'accessToken'" },
    ...{ id: 'id', userId: "payload->>'userId'", itemId: 'subject', where: "kind = 'removal'" },
    set: "payload = jsonb_set(payload, '{accessToken}', to_jsonb($2::text))",
  },
  {
    ...{ table: 'notification_settings', column: 'webhook_secret', what: 'secrets of webhooks', sealed: 'webhook_secret' },
    ...{ id: 'user_id', userId: 'user_id::text', itemId: "'webhook'", where: 'webhook_secret IS NOT NULL', set: 'webhook_secret = $2' },
  },
  {
    ...{ table: 'notification_settings', column: 'ntfy_token', what: 'tokens of ntfy servers', sealed: 'ntfy_token' },
    ...{ id: 'user_id', userId: 'user_id::text', itemId: "'ntfy'", where: 'ntfy_token IS NOT NULL', set: 'ntfy_token = $2' },
  },
];

interface SealedValue {
  id: string;
  userId: string;
  itemId: string;
  sealed: string;
}

async function* valuesIn({ pool }: Database, place: SealedColumn): AsyncGenerator<SealedValue> {
  const { id, userId, itemId, sealed, table, where } = place;
  for (let after = BEFORE_ALL; ; ) {
    const { rows } = await pool.query<SealedValue>(
      `SELECT ${id} AS id, ${userId} AS "userId", ${itemId} AS "itemId", ${sealed} AS sealed FROM ${table}
       WHERE ${where} AND ${id} > $1 ORDER BY ${id} LIMIT ${BATCH_ROWS}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield* rows;
    after = last.id;
  }
}

/** What was found of sealed values, in all places together. */
interface Sealed {
  /** Sealed anew just now. */
  rotated: number;
  /** By what they are: values that none of the keys opens. */
  unreadable: Map<string, number>;
}

/**
 * Seals everything that is sealed anew with the newest key. A value that changes meanwhile is left as it is, since the app seals with the
 * newest key too; running it again is harmless. What none of the keys opens stays as it is.
 */
export async function rotateKeys(database: Database, vault: TokenVault): Promise<Sealed> {
  let rotated = 0;
  const unreadable = new Map<string, number>();
  for (const place of SEALED_COLUMNS) {
    for await (const value of valuesIn(database, place)) {
      const opened = vault.open(value.sealed, value);
      if (opened === null) unreadable.set(place.what, (unreadable.get(place.what) ?? 0) + 1);
      else if (!vault.isSealedByNewest(value.sealed)) {
        const { rowCount } = await database.pool.query(
          `UPDATE ${place.table} SET ${place.set} WHERE ${place.id} = $1 AND ${place.sealed} = $3`,
          [value.id, vault.seal(opened, value), value.sealed],
        );
        rotated += rowCount ?? 0;
      }
    }
  }
  return { rotated, unreadable };
}

/** By what they are: values that none of the keys opens, which their people have to set again. */
export async function countUnreadable(database: Database, vault: TokenVault): Promise<Map<string, number>> {
  const unreadable = new Map<string, number>();
  for (const place of SEALED_COLUMNS)
    for await (const value of valuesIn(database, place))
      if (vault.open(value.sealed, value) === null) unreadable.set(place.what, (unreadable.get(place.what) ?? 0) + 1);
  return unreadable;
}
