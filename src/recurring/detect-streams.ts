import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import { addMonths, type CalendarDate } from '../lib/dates.ts';
import { merchantGroups, type RecurringStream, streamsIn } from './recurring.ts';
import { listOccurrences, replaceStreams } from './store.ts';

const HISTORY_MONTHS = 24;

/** Looks for streams in a person's last 24 months and stores them; other work gets its turn between two merchants. */
export async function detectStreams(database: Database, userId: string, today: CalendarDate): Promise<void> {
  const streams: RecurringStream[] = [];
  for (const group of merchantGroups(await listOccurrences(database, userId, addMonths(today, -HISTORY_MONTHS)))) {
    streams.push(...streamsIn(group, today));
    await nextTurn();
  }
  await replaceStreams(database, userId, streams);
}
