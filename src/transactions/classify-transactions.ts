import type { Database, Queryable } from '../database/client.ts';
import * as store from './classification-store.ts';
import { classify, countedAmount } from './classify.ts';
import { matchTransfers } from './match-transfers.ts';

const BATCH_ROWS = 5_000;

/**
 * Pairs transfers and gives every row that has none its type, in one database transaction; rows that have one stay as they
 * are. A `change` to the rows is made first, in the same transaction; when it answers false, nothing else happens.
 */
export async function classifyTransactions(
  database: Database,
  userId: string,
  change?: (client: Queryable) => Promise<boolean>,
): Promise<boolean> {
  return database.transaction(async (client) => {
    await store.lockTransactionsOf(client, userId);
    if (change && !(await change(client))) return false;
    const person = await store.findPerson(client, userId);
    await store.resetCardPayments(client, userId, person.hasCreditAccount);
    await store.dissolveStaleMatches(client, userId);
    await store.savePairs(client, userId, matchTransfers(await store.listCandidates(client, userId)));
    for (;;) {
      const rows = await store.listUnclassified(client, userId, BATCH_ROWS);
      if (rows.length === 0) return true;
      const classified = rows.map((row) => {
        const { type, why, confidence } = classify(row, person);
        return { id: row.id, type, why, confidence, counted: countedAmount(type, row).toFixed() };
      });
      await store.saveClassifications(client, userId, classified);
    }
  });
}
