// What background work is set aside because it failed or was cut off five times: `npm run tasks` lists it, `npm run tasks -- retry` has it
// tried again.
import { withDatabase } from './command.ts';
import { listParkedTasks, retryParkedTasks } from './tasks/queue.ts';

await withDatabase(async ({ pool }) => {
  if (process.argv[2] === 'retry') return console.log(`${await retryParkedTasks(pool)} tasks are tried again.`);
  const tasks = await listParkedTasks(pool);
  if (tasks.length === 0) return console.log('Nothing is set aside.');
  for (const { kind, slot, parkedAt } of tasks) console.log(`${kind} ${slot}, set aside ${parkedAt.toISOString()}`);
});
