import cron from 'node-cron';
import type { Logger } from 'pino';
import type { Database } from '../database/client.ts';
import { dateIn, hourIn } from '../lib/dates.ts';
import { addDueDigests } from '../mail/store.ts';
import { addDueReports } from '../reports/store.ts';
import { parkJobs } from '../sync/queue.ts';
import { addTasks, parkTasks } from '../tasks/queue.ts';
import { describe } from '../web/errors.ts';
import { addDailyPolls, addDailyTasks, listTimeZones } from './store.ts';

const EVERY_MINUTE = '* * * * *';

/** Asks for all that is due by now. Each slot is asked for once, however many processes do so and however often. */
export async function requestDueTasks({ pool }: Database, now: Date): Promise<void> {
  await addDailyPolls(pool, now);
  const zones = (await listTimeZones(pool)).map((timeZone) => ({ timeZone, day: dateIn(timeZone, now), hour: hourIn(timeZone, now) }));
  await addDailyTasks(pool, zones);
  await addDueReports(pool, zones);
  await addDueDigests(pool, zones);
  await addTasks(pool, [{ kind: 'cleanup', subject: '', slot: dateIn('UTC', now) }]);
}

/** Sets aside what was cut off too often, and tells whoever runs the server. */
export async function setAside({ database, logger }: { database: Database; logger: Logger }): Promise<void> {
  for (const { kind, slot } of await parkTasks(database.pool))
    logger.error({ task: kind, slot }, 'a task was cut off five times and is set aside: npm run tasks lists it and tries it again');
  for (const itemId of await parkJobs(database.pool))
    logger.error({ itemId }, 'reading an item was cut off five times and is set aside until somebody asks for it');
}

/** Looks every minute, and at once for what was missed. @returns how to stop it. */
export function startSchedule(deps: { database: Database; logger: Logger; now: () => Date; nudge: () => void }): () => Promise<void> {
  let last = Promise.resolve();
  const look = () => {
    last = setAside(deps)
      .then(() => requestDueTasks(deps.database, deps.now()))
      .then(deps.nudge, (error) => deps.logger.warn(describe(error), 'what is due could not be asked for; the next minute tries again'));
    return last;
  };
  const job = cron.schedule(EVERY_MINUTE, look, { noOverlap: true });
  void look();
  return async () => {
    await job.destroy();
    await last;
  };
}
