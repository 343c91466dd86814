import { pipeline } from 'node:stream/promises';
import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { idFrom, parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { CASH_FLOW_TYPES } from './classify.ts';
import { changeTransactions } from './classify-transactions.ts';
import { toCsvRow, transactionCsv } from './csv.ts';
import { filterQuery, listQuery } from './filter.ts';
import { loadTransactions } from './load-transactions.ts';
import { totalsJson, transactionJson, unconvertedJson } from './present.ts';
import { findTransaction, saveTransactionEdit, streamTransactions } from './store.ts';

const CATEGORY_LENGTH_MAX = 100;
const NOTE_LENGTH_MAX = 2_000;
const EXPORTS: Limit = { name: 'export', points: 60, perSeconds: 3_600 };

const edit = z.strictObject({
  custom_category: textField(CATEGORY_LENGTH_MAX).min(1, 'must not be empty').nullable().optional(),
  cash_flow_type: z
    .enum(CASH_FLOW_TYPES, `must be one of ${CASH_FLOW_TYPES.join(', ')}`)
    .nullable()
    .optional(),
  note: textField(NOTE_LENGTH_MAX).nullable().optional(),
});

/** /api/dashboard/transactions */
export function transactionRoutes({ database, limits, refreshFigures }: Deps, cache: FigureCache): Router {
  const router = Router();

  router.get('/transactions', async (request, response) => {
    const { rows, totals, unconverted, pagination } = await loadTransactions(
      database,
      cache,
      userOf(request),
      parse(listQuery, request.query),
    );
    response.json({
      transactions: rows.map(transactionJson),
      pagination,
      totals: { ...totalsJson(totals), unconverted: unconvertedJson(unconverted) },
    });
  });

  router.get('/transactions.csv', async (request, response) => {
    const user = userOf(request);
    const filter = parse(filterQuery, request.query);
    await limits.consume(EXPORTS, user.id);
    response.set('Content-Type', 'text/csv; charset=utf-8').set('Content-Disposition', 'attachment; filename="transactions.csv"');
    await pipeline(
      streamTransactions(database, user.id, filter),
      async function* (rows) {
        for await (const row of rows) yield toCsvRow(row);
      },
      transactionCsv(),
      response,
    );
  });

  router.patch('/transactions/:id', express.json(), async (request, response) => {
    const user = userOf(request);
    const id = idFrom(request);
    const input = parse(edit, request.body);
    const changes = {
      customCategory: input.custom_category,
      customCashFlowType: input.cash_flow_type,
      note: input.note === '' ? null : input.note,
    };
    if (!(await changeTransactions(database, user.id, (client) => saveTransactionEdit(client, user.id, id, changes)))) throw notFound();
    if (input.cash_flow_type !== undefined) await refreshFigures(user.id);
    const transaction = await findTransaction(database, user.id, id);
    if (!transaction) throw notFound();
    response.json({ success: true, transaction: transactionJson(transaction) });
  });

  return router;
}
