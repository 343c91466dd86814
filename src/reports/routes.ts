import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { addMonths, type CalendarDate, calendarDate, dateIn, daysBetween, earlierOf, startOfMonth } from '../lib/dates.ts';
import type { Period } from '../lib/period.ts';
import { findFirstDay } from '../net-worth/store.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { formatDate } from '../web/format.ts';
import { dateField, idFrom, parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { type ReportKind, titleOf } from './report.ts';
import { deleteReport, findReport, listReports, type StoredReport } from './store.ts';
import { findReportFile, writeReport } from './write-report.ts';

const REPORTS: Limit = { name: 'reports', points: 60, perSeconds: 3_600 };
export const REPORT_ROWS_MAX = 200;
/** Plaid's history is two years long; what is recorded goes on from there. */
const YEARS_BACK_MAX = 10;
const FILES: Limit = { name: 'report-file', points: 120, perSeconds: 3_600 };
const PERIOD_DAYS_MAX = 3_660;

const nothing = z.strictObject({});
export const reportInput = z
  .strictObject({
    kind: z.enum(['period', 'year', 'statement'], 'must be one of period, year, statement'),
    start_date: dateField.optional(),
    end_date: dateField.optional(),
    year: z.number().int('must be a year like 2026').min(1900, 'must be a year like 2026').max(2999, 'must be a year like 2026').optional(),
    as_of: dateField.optional(),
  })
  .refine(({ kind, year }) => (kind === 'year') === (year !== undefined), {
    message: 'belongs to a year, and to nothing else',
    path: ['year'],
  })
  .refine(({ kind, as_of }) => (kind === 'statement') === (as_of !== undefined), {
    message: 'belongs to a statement, and to nothing else',
    path: ['as_of'],
  })
  .refine(({ kind, start_date }) => (kind === 'period') === (start_date !== undefined), {
    message: 'belongs to a period, and to nothing else',
    path: ['start_date'],
  })
  .refine(({ kind, end_date }) => (kind === 'period') === (end_date !== undefined), {
    message: 'belongs to a period, and to nothing else',
    path: ['end_date'],
  });

const refuse = (field: string, message: string) =>
  new HttpError(400, 'invalid_input', `${field}: ${message}`, { fields: { [field]: message } });

/** The days that are asked for, none of them in the future. @throws HttpError 400 */
function periodOf(input: z.output<typeof reportInput>, today: CalendarDate): Period {
  const oldest = addMonths(today, -12 * YEARS_BACK_MAX);
  if (input.kind === 'year') {
    const start = calendarDate(`${input.year}-01-01`);
    if (start > today || start < oldest) throw refuse('year', 'must be one of the last ten years');
    return { start, end: earlierOf(calendarDate(`${input.year}-12-31`), today) };
  }
  if (input.kind === 'statement') {
    const day = input.as_of as CalendarDate;
    if (day > today) throw refuse('as_of', 'must not be in the future');
    if (day < oldest) throw refuse('as_of', 'must be in the last ten years');
    return { start: day, end: day };
  }
  const [start, end] = [input.start_date as CalendarDate, input.end_date as CalendarDate];
  if (end < start) throw refuse('end_date', 'must not be before the first');
  if (end > today) throw refuse('end_date', 'must not be in the future');
  if (start < oldest || daysBetween(start, end) > PERIOD_DAYS_MAX) throw refuse('start_date', 'must be in the last ten years');
  return { start, end };
}

/** Writes the report that somebody asks for. @returns its id @throws HttpError 400 for days that cannot be, 429 */
export async function requestReport(deps: Deps, user: User, input: z.output<typeof reportInput>): Promise<string> {
  const asked = periodOf(input, dateIn(user.timeZone, deps.now()));
  const firstDay = await findFirstDay(deps.database, user.id);
  const field = { period: 'end_date', year: 'year', statement: 'as_of' }[input.kind];
  if (firstDay === null) throw refuse(field, 'must be a time of which something is known');
  if (asked.end < firstDay) throw refuse(field, `must not be before ${firstDay}, the first day of which something is known`);
  // What begins earlier begins with the first month of which something is known.
  const start = startOfMonth(firstDay);
  const period = { start: asked.start < start && asked.end >= start ? start : asked.start, end: asked.end };
  await deps.limits.consume(REPORTS, user.id);
  const id = await writeReport(deps, user.id, input.kind as ReportKind, period);
  if (id === null) throw notFound();
  return id;
}

const reportJson = ({ id, kind, period, createdAt }: StoredReport) => ({
  id,
  kind,
  title: titleOf({ kind, period }, formatDate),
  start_date: period.start,
  end_date: period.end,
  created_at: createdAt.toISOString(),
});

/** The file of a report, sent as a download. @throws HttpError 404, 429 */
export async function reportFile({ database, limits }: Deps, request: Request) {
  await limits.consume(FILES, userOf(request).id);
  const file = await findReportFile(database, userOf(request).id, idFrom(request));
  if (!file) throw notFound();
  return file;
}

/** /api/reports */
export function reportRoutes(deps: Deps): Router {
  const { database } = deps;
  const router = Router();
  const json = express.json({ limit: '2kb' });

  router.get('/reports', async (request, response) => {
    parse(nothing, request.query);
    response.json({ reports: (await listReports(database, userOf(request).id, REPORT_ROWS_MAX)).map(reportJson) });
  });

  router.post('/reports', json, async (request, response) => {
    const user = userOf(request);
    const id = await requestReport(deps, user, parse(reportInput, request.body));
    const found = await findReport(database, user.id, id);
    if (!found) throw notFound();
    response.status(201).json({ success: true, report: { ...reportJson(found), ...found.report } });
  });

  router.get('/reports/:id.pdf', async (request, response) => {
    const { filename, content, contentType } = await reportFile(deps, request);
    response.set('Content-Disposition', `inline; filename="${filename}"`).type(contentType).send(content);
  });

  router.get('/reports/:id', async (request, response) => {
    parse(nothing, request.query);
    const found = await findReport(database, userOf(request).id, idFrom(request));
    if (!found) throw notFound();
    response.json({ ...reportJson(found), ...found.report });
  });

  router.delete('/reports/:id', async (request, response) => {
    const [user, id] = [userOf(request), idFrom(request)];
    const found = await findReport(database, user.id, id);
    if (!found) throw notFound();
    if (!(await deleteReport(database, user.id, id))) throw new HttpError(409, 'kept', 'The report of a month is kept as it was written.');
    response.json({ success: true });
  });

  return router;
}
