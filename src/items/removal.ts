import type { Database, Queryable } from '../database/client.ts';
import type { Deps } from '../deps.ts';
import type { ItemCredentials } from '../plaid/client.ts';
import { PlaidFailure, UNREADABLE_TOKEN } from '../plaid/failure.ts';
import { endJob } from '../sync/queue.ts';
import { addTasks, type ClaimedTask, claimTaskNow, finishTask, retryTask } from '../tasks/queue.ts';
import { lockTransactionsOf, releasePartners } from '../transactions/classification-store.ts';
import { findItem, findItemByPlaidId, type StoredItem } from './store.ts';

/*
 * An item is billed until the bank confirms its removal. So the wish to remove it is stored first, with the sealed token, apart
 * from the item and the person; then the bank is told, again and again if need be; only then the data goes.
 */

/** What is to go: the link and its data, or, when the person has revoked it at the bank, the link alone. */
type Extent = 'all' | 'link';

const removalOf = (item: ItemCredentials, extent: Extent) => ({
  kind: 'removal' as const,
  subject: item.itemId,
  slot: extent,
  payload: { userId: item.userId, accessToken: item.accessToken },
});

/**
 * An item that could not be stored is removed at the bank: later, or, when not even that can be noted, at once. One that was stored
 * before stays.
 */
export async function abandonItem({ database, plaid }: Pick<Deps, 'database' | 'plaid'>, item: ItemCredentials): Promise<void> {
  try {
    if ((await findItemByPlaidId(database, item.itemId)) === null) await addTasks(database.pool, [removalOf(item, 'all')]);
  } catch {
    await plaid.removeItem(item);
  }
}

/** Stores the wish to remove an item: it is read no more, and the worker removes it as soon as the bank confirms. */
export async function requestRemoval(database: Database, item: StoredItem): Promise<void> {
  await database.transaction(async (client) => {
    await endJob(client, item.id);
    await client.query(
      `UPDATE plaid_items SET status = 'removing', error_code = NULL, error_message = NULL, error_since = NULL WHERE id = $1`,
      [item.id],
    );
    await addTasks(client, [removalOf(item, 'all')]);
  });
}

/** The person has taken the permission back at the bank: the link is ended there, what was read stays. */
export const requestEndOfLink = (client: Queryable, item: ItemCredentials): Promise<number> => addTasks(client, [removalOf(item, 'link')]);

/** Answers that say as much as that it was removed, or that nobody can ask for it any more. */
const CONFIRMED = new Set(['ITEM_NOT_FOUND', 'INVALID_ACCESS_TOKEN', UNREADABLE_TOKEN]);

type RemovalDeps = Pick<Deps, 'database' | 'plaid' | 'refreshFigures' | 'logger'>;

/**
 * Tells the bank, and when it confirms, or knows the item no more, deletes what is stored. Otherwise the task is tried again later.
 * @returns the failure of this try.
 */
export async function removeAtBank(
  { database, plaid, refreshFigures, logger }: RemovalDeps,
  removal: ClaimedTask,
): Promise<PlaidFailure | null> {
  const { userId, accessToken } = removal.payload as { userId: string; accessToken: string };
  const failure = await plaid.removeItem({ userId, accessToken, itemId: removal.subject }).then(() => null, asFailure);
  if (failure && !CONFIRMED.has(failure.code)) {
    await retryTask(database.pool, removal, false);
    return failure;
  }
  if (failure?.code === UNREADABLE_TOKEN)
    logger.error({ plaidItemId: removal.subject }, 'an item goes here and stays at Plaid: its token opens with none of the keys');
  // Kept as done: the same revocation may be heard of again.
  if (removal.slot === 'link') await finishTask(database.pool, removal.id);
  else await deleteItem({ database, refreshFigures }, userId, removal.subject);
  return null;
}

function asFailure(error: unknown): PlaidFailure {
  if (error instanceof PlaidFailure) return error;
  throw error;
}

/** What comes from a file has no link that could be ended. */
export const isLinked = ({ accessToken }: Pick<ItemCredentials, 'accessToken'>): boolean => accessToken !== '';

/** Deletes an item with all that hangs on it. */
async function deleteItem(
  { database, refreshFigures }: Pick<Deps, 'database' | 'refreshFigures'>,
  userId: string,
  itemId: string,
): Promise<void> {
  await database.transaction(async (client) => {
    await lockTransactionsOf(client, userId);
    await releasePartners(client, itemId);
    await client.query('DELETE FROM plaid_items WHERE item_id = $1', [itemId]);
    await client.query(`DELETE FROM tasks WHERE kind = 'removal' AND subject = $1`, [itemId]);
  });
  await refreshFigures(userId);
}

/** Removes an item now if the bank answers, else as soon as it does. @returns whether it is gone. */
export async function removeItem(deps: RemovalDeps, item: StoredItem): Promise<boolean> {
  if (!isLinked(item)) {
    await deleteItem(deps, item.userId, item.itemId);
    return true;
  }
  await requestRemoval(deps.database, item);
  const removal = await claimTaskNow(deps.database, removalOf(item, 'all'));
  // Somebody else is at it: whether they succeed shows in what is left.
  if (!removal) return (await findItem(deps.database, item.userId, item.id)) === null;
  return (await removeAtBank(deps, removal)) === null;
}

/** Deletes a person with all that is theirs at once; their items are removed at the banks as soon as those confirm. */
export async function deleteUser({ transaction }: Database, userId: string): Promise<void> {
  await transaction(async (client) => {
    // In the order in which syncs take them: jobs, the person's transactions, the person, the items.
    await client.query(
      'SELECT 1 FROM sync_jobs WHERE plaid_item_id IN (SELECT id FROM plaid_items WHERE user_id = $1) ORDER BY plaid_item_id FOR UPDATE',
      [userId],
    );
    await lockTransactionsOf(client, userId);
    await client.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const { rows } = await client.query<ItemCredentials>(
      `SELECT user_id AS "userId", item_id AS "itemId", access_token AS "accessToken" FROM plaid_items WHERE user_id = $1 FOR UPDATE`,
      [userId],
    );
    await addTasks(
      client,
      rows.filter(isLinked).map((item) => removalOf(item, 'all')),
    );
    const { rows: held } = await client.query<{ id: string }>(
      'SELECT security_id AS id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1',
      [userId],
    );
    await client.query(`DELETE FROM tasks WHERE subject = $1`, [userId]);
    await client.query(`DELETE FROM sessions WHERE sess->'passport'->>'user' = $1`, [userId]);
    await client.query('DELETE FROM users WHERE id = $1', [userId]);
    // The rows that went have noted that something changed.
    await client.query('DELETE FROM data_changes WHERE user_id = $1', [userId]);
    // What nobody else holds, its prices with it.
    await client.query(
      `DELETE FROM securities WHERE id = ANY($1::uuid[])
         AND NOT EXISTS (SELECT FROM holdings WHERE security_id = securities.id)
         AND NOT EXISTS (SELECT FROM investment_transactions WHERE security_id = securities.id)`,
      [held.map(({ id }) => id).filter(Boolean)],
    );
  });
}
