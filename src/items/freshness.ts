import { listTwins } from '../accounts/duplicate-store.ts';
import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { noticesOf } from './notices.ts';
import { listItems } from './store.ts';

/** How far the figures can be trusted: when the banks were last heard, and which are not up to date. */
export async function loadFreshness(database: Database, user: User) {
  const [items, twins] = await Promise.all([listItems(database, user.id), listTwins(database, user.id)]);
  // What comes from a file is as old as it is, and says so itself.
  const linked = items.filter((item) => item.status !== 'imported');
  const synced = linked.flatMap((item) => (item.lastSyncedAt ? [item.lastSyncedAt.getTime()] : []));
  return {
    items,
    oldestSyncAt: synced.length > 0 && synced.length === linked.length ? new Date(Math.min(...synced)) : null,
    isSyncing: items.some((item) => item.isSyncing),
    /** The bank has not sent its whole history yet: totals of the past may still grow. */
    isIncomplete: items.some(
      (item) =>
        item.products.transactions === 'waiting' || item.transactionsStatus === 'INITIAL_UPDATE_COMPLETE' || item.lastSyncedAt === null,
    ),
    broken: items.filter((item) => item.status === 'error'),
    /** Accounts that may be counted twice. */
    twins,
    notices: noticesOf(items, twins),
  };
}
export type Freshness = Awaited<ReturnType<typeof loadFreshness>>;
