import type { SeededBug } from './program.ts';

/** Mistakes that the harness has to find, or its silence means nothing. */
export const SEEDED_BUGS: SeededBug[] = [
  {
    name: 'the cursor is saved before its data',
    file: 'sync/job.js',
    replace: [
      'const written = await commit(run, async (client) => {\n        await lockTransactionsOf',
      'await transactions.saveCursor(run.deps.database.pool, item, nextCursor, status);\n    const written = await commit(run, async (client) => {\n        await lockTransactionsOf',
    ],
  },
  {
    name: 'a lost lease does not stop the write',
    file: 'sync/queue.js',
    replace: ['if (rowCount === 0)\n        throw new LostLease();', ''],
  },
  {
    name: 'rows that are known are not updated',
    file: 'sync/transaction-store.js',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the program's own text
    replace: ['AND (${IS_CHANGED})', 'AND false'],
  },
];
