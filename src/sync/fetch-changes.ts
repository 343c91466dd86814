import type { ItemCredentials, PlaidGateway } from '../plaid/client.ts';
import { PlaidFailure } from '../plaid/failure.ts';
import { addPage, type Changes, noChanges } from './changes.ts';

/** How often an update that the bank changed under us is read again before everything is. */
const TRIES_MAX = 3;

export interface FetchedChanges {
  changes: Changes;
  nextCursor: string;
  /** How much history the bank has prepared, as it says it. */
  status: string | null;
  /** True when everything was read from the beginning, so that what is missing is gone. */
  isRebuild: boolean;
}

/**
 * Reads all pages from `cursor` on, before anything is applied. When the bank changes its log meanwhile, the whole update is
 * read again from its first cursor; after three tries, or when the cursor is refused, from the beginning.
 * @throws PlaidFailure
 */
export async function fetchChanges(plaid: PlaidGateway, item: ItemCredentials, cursor: string | null): Promise<FetchedChanges> {
  for (let attempt = 1; ; attempt++) {
    const start = attempt > TRIES_MAX ? null : cursor;
    try {
      return { ...(await drain(plaid, item, start)), isRebuild: start === null && cursor !== null };
    } catch (error) {
      if (!(error instanceof PlaidFailure)) throw error;
      const isRefused = error.isRefusedCursor && start !== null;
      const isMutation = error.remedy === 'restart' && attempt <= TRIES_MAX * 2;
      if (isRefused) attempt = TRIES_MAX;
      else if (!isMutation) throw error;
    }
  }
}

async function drain(plaid: PlaidGateway, item: ItemCredentials, start: string | null) {
  const changes = noChanges();
  let cursor = start;
  for (;;) {
    const page = await plaid.syncTransactions(item, cursor);
    addPage(changes, page);
    const isStuck = page.hasMore && page.nextCursor === cursor;
    if (isStuck) throw new PlaidFailure({ code: 'UNREADABLE_ANSWER' });
    if (!page.hasMore) return { changes, nextCursor: page.nextCursor, status: page.status };
    cursor = page.nextCursor;
  }
}
