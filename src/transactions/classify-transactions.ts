import type { Database, Queryable } from '../database/client.ts';
import * as store from './classification-store.ts';
import { classify, countedAmount } from './classify.ts';
import { matchTransfers } from './match-transfers.ts';

const BATCH_ROWS = 5_000;

/** Pairs transfers and gives every row that has none its type; rows that have one stay as they are. */
export async function classifyTransactions(database: Database, userId: string): Promise<void> {
  await changeTransactions(database, userId, async () => true);
}

/**
 * Makes a change to a person's rows and classifies them in the same database transaction, so that no total ever misses a row
 * that is listed. When the change answers false nothing was done.
 */
export async function changeTransactions(
  database: Database,
  userId: string,
  change: (client: Queryable) => Promise<boolean>,
): Promise<boolean> {
  return database.transaction(async (client) => {
    await store.lockTransactionsOf(client, userId);
    if (!(await change(client))) return false;
    await classifyWithin(client, userId);
    return true;
  });
}

/** The same inside a transaction that already holds the lock. */
export async function classifyWithin(client: Queryable, userId: string): Promise<void> {
  const person = await store.findPerson(client, userId);
  await store.resetCardPayments(client, userId, person.hasCreditAccount);
  await store.dissolveStaleMatches(client, userId);
  await store.savePairs(client, userId, matchTransfers(await store.listCandidates(client, userId)));
  for (;;) {
    const rows = await store.listUnclassified(client, userId, BATCH_ROWS);
    if (rows.length === 0) return;
    const classified = rows.map((row) => {
      const { type, why, confidence } = classify(row, person);
      return { id: row.id, type, why, confidence, counted: countedAmount(type, row).toFixed() };
    });
    await store.saveClassifications(client, userId, classified);
  }
}
