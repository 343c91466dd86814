import type { Database } from '../database/client.ts';
import * as store from './classification-store.ts';
import { classify, countedAmount } from './classify.ts';
import { matchTransfers } from './match-transfers.ts';

const BATCH_ROWS = 5_000;

/** Pairs transfers and gives every row that has none its type, in one database transaction; rows that have one stay as they are. */
export async function classifyTransactions(database: Database, userId: string): Promise<void> {
  await database.transaction(async (client) => {
    await store.lockUser(client, userId);
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
  });
}
