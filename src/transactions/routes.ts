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
import {
  findTransaction,
  findTransactions,
  listTransactionEdits,
  saveTransactionEdit,
  streamTransactions,
  type TransactionEdit,
} from './store.ts';

export const CATEGORY_LENGTH_MAX = 100;
export const NOTE_LENGTH_MAX = 2_000;
const EXPORTS: Limit = { name: 'export', points: 60, perSeconds: 3_600 };

const choices = {
  custom_category: textField(CATEGORY_LENGTH_MAX).min(1, 'must not be empty').nullable().optional(),
  cash_flow_type: z
    .enum(CASH_FLOW_TYPES, `must be one of ${CASH_FLOW_TYPES.join(', ')}`)
    .nullable()
    .optional(),
  note: textField(NOTE_LENGTH_MAX).nullable().optional(),
};
const edit = z.strictObject(choices);
export const BULK_MAX = 200;
const bulkEdit = z.strictObject({
  changes: z
    .array(z.strictObject({ id: z.uuid('is not one of yours'), ...choices }))
    .min(1, 'must have one change at least')
    .max(BULK_MAX, `must have ${BULK_MAX} changes at most`),
});

const toEdit = (input: z.output<typeof edit>): TransactionEdit => ({
  customCategory: input.custom_category,
  customCashFlowType: input.cash_flow_type,
  note: input.note === '' ? null : input.note,
});

/**
 * Saves what a person chooses for some of their rows, all of it or nothing, and brings the figures up to date.
 * @returns what they had chosen before @throws HttpError 404 when one of the rows is not theirs
 */
export async function editTransactions(
  { database, refreshFigures }: Deps,
  userId: string,
  changes: ({ id: string } & TransactionEdit)[],
): Promise<({ id: string } & TransactionEdit)[]> {
  let before: ({ id: string } & TransactionEdit)[] = [];
  await changeTransactions(database, userId, async (client) => {
    before = await listTransactionEdits(
      client,
      userId,
      changes.map(({ id }) => id),
    );
    // Thrown, so that what was saved of the others is undone.
    for (const { id, ...change } of changes) if (!(await saveTransactionEdit(client, userId, id, change))) throw notFound();
    return true;
  });
  if (changes.some(({ customCashFlowType }) => customCashFlowType !== undefined)) await refreshFigures(userId);
  return before;
}

/** /api/dashboard/transactions */
export function transactionRoutes(deps: Deps, cache: FigureCache): Router {
  const { database, limits } = deps;
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
    await editTransactions(deps, user.id, [{ id, ...toEdit(input) }]);
    const transaction = await findTransaction(database, user.id, id);
    if (!transaction) throw notFound();
    response.json({ success: true, transaction: transactionJson(transaction) });
  });

  router.post('/transactions/bulk', express.json({ limit: '500kb' }), async (request, response) => {
    const user = userOf(request);
    const { changes } = parse(bulkEdit, request.body);
    const before = await editTransactions(
      deps,
      user.id,
      changes.map(({ id, ...rest }) => ({ id, ...toEdit(rest) })),
    );
    const changed = await findTransactions(
      database,
      user.id,
      changes.map(({ id }) => id),
    );
    response.json({
      success: true,
      transactions: changed.map(transactionJson),
      previous: before.map((row) => ({
        id: row.id,
        custom_category: row.customCategory,
        cash_flow_type: row.customCashFlowType,
        note: row.note,
      })),
    });
  });

  return router;
}
