import type { Logger } from 'pino';
import { findUser } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { loadFreshness } from '../items/freshness.ts';
import { addMonths, calendarDate, dateIn, endOfMonth } from '../lib/dates.ts';
import type { Period } from '../lib/period.ts';
import { addDelivery } from '../mail/queue.ts';
import { endOfQuiet } from '../mail/quiet-hours.ts';
import type { Message } from '../mail/smtp-client.ts';
import { findNotificationSettings } from '../mail/store.ts';
import { findFirstDay } from '../net-worth/store.ts';
import { renderTemplate } from '../web/views.ts';
import { documentOf } from './document.ts';
import { loadReport } from './load-report.ts';
import { reportFileOf } from './pdf-client.ts';
import type { ReportKind } from './report.ts';
import { findMonthlyReport, findReport, saveReport } from './store.ts';

/** So often the task is tried while banks have more to say: about three days, as tasks are tried later and later. */
const TRIES_MAX = 20;

/** Links of which a reading can be expected. */
const IS_READ = new Set(['active', 'pending_expiration']);

export interface ReportDeps {
  database: Database;
  logger: Logger;
  now: () => Date;
  appUrl: () => string;
  nudgeWorker: () => void;
}

/** The figures are not complete yet: to be tried again later. */
export class NotYet extends Error {}

/**
 * Writes the report of a month that is over, once, and sends it by e-mail to who wants that.
 * @param month `YYYY-MM`
 * @param tries how often it has been tried, this time included: a bank that never ends is not waited for for ever
 * @throws NotYet while a bank is still sending its history, or has not been read since the month ended
 */
export async function writeMonthlyReport(deps: ReportDeps, userId: string, month: string, tries: number): Promise<void> {
  const { database, now, appUrl } = deps;
  const user = await findUser(database, userId);
  if (!user) return;
  const start = calendarDate(`${month}-01`);
  const period: Period = { start, end: endOfMonth(start) };
  const today = dateIn(user.timeZone, now());
  // A change of time zone may make a month that was over go on.
  if (period.end >= today) throw new NotYet('The month is not over.');
  if ((await findMonthlyReport(database, userId, start)) !== null) return;
  const [freshness, firstDay] = await Promise.all([loadFreshness(database, user), findFirstDay(database, userId)]);
  const isRead = freshness.items.every(
    ({ status, lastSyncedAt }) => !IS_READ.has(status) || (lastSyncedAt !== null && dateIn(user.timeZone, lastSyncedAt) > period.end),
  );
  if (tries < TRIES_MAX && (freshness.isIncomplete || !isRead)) throw new NotYet('The banks have more to say of the month.');
  // Of a month before the first movement there is nothing to say.
  if (firstDay === null || firstDay > period.end) return;
  const report = await loadReport(database, user, 'month', period, now());
  const settings = await findNotificationSettings(database, userId);
  const document = documentOf(report);
  await database.transaction(async (client) => {
    const id = await saveReport(client, userId, report, now());
    // Only the last month is news: those that were made up for are there to be read.
    const isLast = endOfMonth(addMonths(start, 1)) >= today;
    if (id === null || !settings.reportEmail || !isLast) return;
    const url = `${appUrl()}/reports/${id}`;
    const settingsUrl = `${appUrl()}/settings#notifications`;
    const [figures] = document.blocks;
    const items = figures?.type === 'figures' ? figures.items : [];
    const text = [document.lead, '', ...items.map(({ label, value, note }) => `${label}: ${value} (${note})`), '', url, settingsUrl].join(
      '\n',
    );
    const subject = `Your ${document.title}`;
    const html = await renderTemplate('mail/report', { subject, document, items, url, settingsUrl });
    const waitMs = endOfQuiet(settings, user.timeZone, now()).getTime() - now().getTime();
    await addDelivery(
      client,
      userId,
      { channel: 'email', kind: 'report', key: `report:${id}`, subject, content: { text, html, reportId: id } },
      waitMs,
    );
  });
  deps.nudgeWorker();
}

/** Writes a report that a person asks for. @returns its id; null when the person is gone */
export async function writeReport(
  deps: Pick<ReportDeps, 'database' | 'now'>,
  userId: string,
  kind: ReportKind,
  period: Period,
): Promise<string | null> {
  const user = await findUser(deps.database, userId);
  if (!user) return null;
  return saveReport(deps.database.pool, userId, await loadReport(deps.database, user, kind, period, deps.now()), deps.now());
}

/** A report's file and its name; null when it is not the person's. */
export async function findReportFile(database: Database, userId: string, id: string): Promise<Message['attachments'][number] | null> {
  const found = await findReport(database, userId, id);
  if (!found) return null;
  const document = documentOf(found.report);
  const filename = `${document.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.pdf`;
  return { filename, content: await reportFileOf(id, document, found.createdAt), contentType: 'application/pdf' };
}
