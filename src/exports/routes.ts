import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import { requireConfirmed } from '../auth/confirmation.ts';
import { userOf } from '../auth/sign-in.ts';
import { recordAudit } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { calendarDate, endOfMonth } from '../lib/dates.ts';
import { documentOf } from '../reports/document.ts';
import { reportFileOf } from '../reports/pdf-client.ts';
import { findMonthlyReport, findReport } from '../reports/store.ts';
import { toCsvRow, transactionCsv } from '../transactions/csv.ts';
import { streamTransactions } from '../transactions/store.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { everythingZip, zipOf } from './archive.ts';
import { openSnapshot, type Snapshot } from './export-store.ts';
import { importEverything } from './import-everything.ts';
import { sendSpooled } from './spool.ts';
import { withUpload } from './upload.ts';

const EXPORTS: Limit = { name: 'export-everything', points: 10, perSeconds: 3_600 };
const IMPORTS: Limit = { name: 'import', points: 10, perSeconds: 3_600 };
const IMPORT_FORM_PATH = '/settings/import';

const download = (type: string, name: string) => ({ 'Content-Type': type, 'Content-Disposition': `attachment; filename="${name}"` });
const JSON_DOWNLOAD = download('application/json; charset=utf-8', 'everything.json');
const zipDownload = (name: string) => download('application/zip', name);

const nothing = z.strictObject({});
const exportQuery = z.strictObject({
  format: z.enum(['zip', 'json'], 'must be zip or json').optional(),
  month: z
    .string()
    .regex(/^(19|2\d)\d{2}-(0[1-9]|1[0-2])$/, 'must be a month like 2026-03')
    .optional(),
});

/** /api/export, /api/import */
export function exportRoutes(deps: Deps): Router {
  const { database, limits, now } = deps;
  const router = Router();

  const begin = async (request: Request) => {
    const user = userOf(request);
    requireConfirmed(deps, request);
    await limits.consume(EXPORTS, user.id);
    return user;
  };

  /** Everything of a person, as it was at one moment. */
  const send = async (request: Request, response: Response, headers: Record<string, string>, read: (snapshot: Snapshot) => Readable) => {
    const user = await begin(request);
    let snapshot: Snapshot | undefined;
    const open = async () => {
      snapshot = await openSnapshot(database, user.id);
      const { close } = snapshot;
      const source = read(snapshot);
      // Written to the disk, or broken off: the connection is needed no more.
      source.once('close', () => void close());
      return source;
    };
    await recordAudit(database, user.id, 'export');
    await sendSpooled(response, user.id, headers, open);
  };

  router.get('/me/export', async (request, response) => {
    parse(nothing, request.query);
    await send(request, response, JSON_DOWNLOAD, (snapshot) => Readable.from(snapshot.json(now()), { objectMode: false }));
  });

  router.get('/export', async (request, response) => {
    const { format = 'zip', month } = parse(exportQuery, request.query);
    if (month !== undefined) {
      const user = await begin(request);
      const archive = await monthArchive(deps, user.id, month);
      await recordAudit(database, user.id, 'export');
      return sendSpooled(response, user.id, zipDownload(`${month}.zip`), async () => archive());
    }
    if (format === 'json')
      await send(request, response, JSON_DOWNLOAD, (snapshot) => Readable.from(snapshot.json(now()), { objectMode: false }));
    else await send(request, response, zipDownload('everything.zip'), (snapshot) => everythingZip(snapshot, now()));
  });

  router.post('/import', async (request, response) => {
    const user = userOf(request);
    requireConfirmed(deps, request);
    await limits.consume(IMPORTS, user.id);
    const imported = await withUpload(request, (file) => importEverything(deps, user, file));
    await recordAudit(database, user.id, 'import');
    response.status(201).json({ success: true, imported });
  });

  return router;
}

/** The form of the settings: a file that a browser sends, with scripts or without. */
export function importForm(deps: Deps): Router {
  const router = Router();
  router.post(IMPORT_FORM_PATH, async (request, response) => {
    const user = userOf(request);
    requireConfirmed(deps, request);
    if (!request.is('multipart/form-data')) throw new HttpError(400, 'invalid_import', 'Choose the file everything.json of an export.');
    await deps.limits.consume(IMPORTS, user.id);
    await withUpload(request, (file) => importEverything(deps, user, file));
    await recordAudit(deps.database, user.id, 'import');
    response.redirect(303, '/');
  });
  return router;
}

/** A month to put away: its report as it was written, as a document and as data, and its movements. @throws HttpError 404 without a report of it */
async function monthArchive({ database, now }: Deps, userId: string, month: string): Promise<() => Promise<Readable>> {
  const start = calendarDate(`${month}-01`);
  const id = await findMonthlyReport(database, userId, start);
  const found = id && (await findReport(database, userId, id));
  if (!found) throw notFound();
  const json = Buffer.from(`${JSON.stringify(found.report, null, 2)}\n`);
  const rows = () => {
    const csv = transactionCsv();
    Readable.from(lines())
      .on('error', (error) => csv.destroy(error))
      .pipe(csv);
    return csv;
  };
  async function* lines() {
    for await (const row of streamTransactions(database, userId, { start, end: endOfMonth(start) })) yield toCsvRow(row);
  }
  return async () => {
    const pdf = await reportFileOf(id, documentOf(found.report), found.createdAt);
    return zipOf(
      [
        { path: 'report.pdf', open: () => Readable.from([pdf]) },
        { path: 'report.json', open: () => Readable.from([json]) },
        { path: 'transactions.csv', open: rows },
      ],
      { month },
      now(),
    );
  };
}
