import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { type CalendarDate, dateIn } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { moneyOut, sum, sumByCurrency } from '../lib/money.ts';
import { unconvertedJson } from '../transactions/present.ts';
import { notFound } from '../web/errors.ts';
import { idFrom, parse, textField } from '../web/parse.ts';
import { streamJson } from './present.ts';
import { yearlyAmount } from './recurring.ts';
import { listStreams, type StoredStream, saveStreamChoices } from './store.ts';

export const NAME_LENGTH_MAX = 120;

const nothing = z.strictObject({});
const choices = z.strictObject({
  name: textField(NAME_LENGTH_MAX).min(1, 'must not be empty').nullable().optional(),
  confirmed: z.boolean().optional(),
  dismissed: z.boolean().optional(),
});

/** What the streams that go on come to in a year at their latest amounts, in the base currency; dismissed ones do not count. */
export function yearlyTotals(streams: StoredStream[], user: User, today: CalendarDate) {
  const yearly = streams
    .filter((stream) => !stream.isDismissed && stream.status !== 'ended')
    .map((stream) => {
      const [{ isIncome, currency }, amount] = [stream, yearlyAmount(stream)];
      return { isIncome, currency, amount, inBase: inBase(user.currencies, amount, currency, today) };
    });
  const total = (isIncome: boolean) => sum(yearly.flatMap((row) => (row.isIncome === isIncome ? (row.inBase ?? []) : [])));
  return {
    income: total(true),
    expenses: total(false),
    // Income less expenses, as everywhere.
    unconverted: sumByCurrency(
      yearly.flatMap((row) => (row.inBase ? [] : [{ currency: row.currency, amount: row.isIncome ? row.amount : row.amount.negated() }])),
    ),
  };
}

/** /api/dashboard/recurring: what recurs, what it comes to in a year, and what the person says of it. */
export function recurringRoutes({ database, now, refreshFigures }: Deps): Router {
  const router = Router();

  router.get('/recurring', async (request, response) => {
    const user = userOf(request);
    parse(nothing, request.query);
    const today = dateIn(user.timeZone, now());
    const streams = await listStreams(database, user.id, today);
    const totals = yearlyTotals(streams, user, today);
    response.json({
      recurring: streams.filter((stream) => !stream.isDismissed).map(streamJson),
      dismissed: streams.filter((stream) => stream.isDismissed).map(streamJson),
      yearly_totals: {
        income: moneyOut(totals.income),
        expenses: moneyOut(totals.expenses),
        unconverted: unconvertedJson(totals.unconverted),
      },
    });
  });

  router.patch('/recurring/:id', express.json(), async (request, response) => {
    const user = userOf(request);
    const id = idFrom(request);
    const { name, confirmed, dismissed } = parse(choices, request.body);
    if (!(await saveStreamChoices(database, user.id, id, { name, isConfirmed: confirmed, isDismissed: dismissed }))) throw notFound();
    if (dismissed !== undefined) await refreshFigures(user.id);
    const stream = (await listStreams(database, user.id, dateIn(user.timeZone, now()))).find((row) => row.id === id);
    if (!stream) throw notFound();
    response.json({ success: true, stream: streamJson(stream) });
  });

  return router;
}
