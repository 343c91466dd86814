import { hourIn } from '../lib/dates.ts';
import type { NotificationSettings } from './notification-settings.ts';

/** All zones are whole quarters of an hour from UTC. */
const QUARTER_MS = 15 * 60_000;
const QUARTERS_A_DAY = 96;

type QuietHours = Pick<NotificationSettings, 'quietFrom' | 'quietUntil'>;

const isQuietAt = ({ quietFrom, quietUntil }: QuietHours, hour: number): boolean =>
  quietFrom < quietUntil ? hour >= quietFrom && hour < quietUntil : quietFrom > quietUntil && (hour >= quietFrom || hour < quietUntil);

/** The first moment from `now` on at which a person may be disturbed, in their time zone, whatever its clocks do that night. */
export function endOfQuiet(hours: QuietHours, timeZone: string, now: Date): Date {
  if (!isQuietAt(hours, hourIn(timeZone, now))) return now;
  let moment = Math.ceil((now.getTime() + 1) / QUARTER_MS) * QUARTER_MS;
  for (let quarter = 0; quarter < QUARTERS_A_DAY && isQuietAt(hours, hourIn(timeZone, new Date(moment))); quarter++) moment += QUARTER_MS;
  return new Date(moment);
}
