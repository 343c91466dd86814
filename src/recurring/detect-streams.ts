import type { Database } from '../database/client.ts';
import { addMonths, type CalendarDate } from '../lib/dates.ts';
import { inSteps } from '../lib/steps.ts';
import { streamsOf } from './recurring.ts';
import { listOccurrences, replaceStreams } from './store.ts';

const HISTORY_MONTHS = 24;

/** Looks for streams in a person's last 24 months and stores them; other work gets its turn between two merchants. */
export async function detectStreams(database: Database, userId: string, today: CalendarDate): Promise<void> {
  const occurrences = await listOccurrences(database, userId, addMonths(today, -HISTORY_MONTHS));
  await replaceStreams(database, userId, await inSteps(streamsOf(occurrences, today)));
}
