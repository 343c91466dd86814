import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { addDays, addMonths, dateIn, startOfMonth } from '../lib/dates.ts';
import { findFirstDay } from '../net-worth/store.ts';
import { HttpError, notFound, sentenceOf } from '../web/errors.ts';
import { formatDate } from '../web/format.ts';
import { idFrom, parse } from '../web/parse.ts';
import { columnBars, linePaths } from './chart-scale.ts';
import { type Block, documentOf } from './document.ts';
import { titleOf } from './report.ts';
import { REPORT_ROWS_MAX, reportFile, reportInput, requestReport } from './routes.ts';
import { deleteReport, findReport, listReports } from './store.ts';

/** What fields are called on the page. */
const LABELS: Record<string, string> = { start_date: 'The first day', end_date: 'The last day', year: 'The year', as_of: 'The day' };
const form = z.looseObject({ act: z.enum(['write', 'delete']), id: z.uuid('is not one of yours').optional() });

/** A block with what its drawing needs. */
function drawn(block: Block, currency: string) {
  if (block.type === 'line') return { ...block, drawing: linePaths(block, currency) };
  if (block.type === 'columns') return { ...block, drawing: columnBars(block, currency) };
  return block;
}

/** The pages of the reports: the list of them, asking for one, and each as a document. */
export function reportPages(deps: Deps): Router {
  const { database, now } = deps;
  const router = Router();

  const showList = async (request: Request, response: Response, failure?: HttpError) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const [reports, firstDay] = await Promise.all([listReports(database, user.id, REPORT_ROWS_MAX), findFirstDay(database, user.id)]);
    const rows = reports.map((report) => ({ ...report, title: titleOf(report, formatDate) }));
    const thisYear = Number(today.slice(0, 4));
    const firstYear = firstDay ? Number(firstDay.slice(0, 4)) : thisYear;
    const lastMonth = addMonths(startOfMonth(today), -1);
    response.status(failure?.status ?? 200).render('reports/index', {
      title: 'Reports',
      path: '/reports',
      user,
      now: now(),
      today,
      months: rows.filter(({ kind }) => kind === 'month'),
      others: rows.filter(({ kind }) => kind !== 'month'),
      hasData: firstDay !== null,
      years: Array.from({ length: Math.max(1, thisYear - firstYear + 1) }, (_none, index) => thisYear - index),
      sent: failure ? (request.body as Record<string, string>) : {},
      standard: { start: lastMonth, end: addDays(startOfMonth(today), -1) },
      message: failure ? sentenceOf(failure, LABELS) : null,
    });
  };

  router.get('/reports', (request, response) => showList(request, response));

  router.post('/reports', express.urlencoded({ extended: false, limit: '2kb', parameterLimit: 10 }), async (request, response) => {
    const user = userOf(request);
    const { act, id, ...fields } = parse(form, request.body);
    try {
      if (act === 'delete') {
        if (!id || !(await deleteReport(database, user.id, id))) throw notFound();
        return response.redirect(303, '/reports');
      }
      const { year, ...rest } = fields as Record<string, string>;
      const input = parse(reportInput, { ...rest, ...(year === undefined ? {} : { year: Number(year) }) });
      response.redirect(303, `/reports/${await requestReport(deps, user, input)}`);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status === 404) throw error;
      await showList(request, response, error);
    }
  });

  router.get('/reports/:id.pdf', async (request, response) => {
    const { filename, content, contentType } = await reportFile(deps, request);
    response.set('Content-Disposition', `inline; filename="${filename}"`).type(contentType).send(content);
  });

  router.get('/reports/:id', async (request, response) => {
    const user = userOf(request);
    const found = await findReport(database, user.id, idFrom(request));
    if (!found) throw notFound();
    const document = documentOf(found.report);
    response.render('reports/show', {
      title: document.title,
      path: '/reports',
      user,
      id: found.id,
      kind: found.kind,
      document,
      blocks: document.blocks.map((block) => drawn(block, document.currency)),
    });
  });

  return router;
}
