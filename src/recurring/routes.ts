import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { dateIn } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { moneyOut, sum, sumByCurrency } from '../lib/money.ts';
import { unconvertedJson } from '../transactions/present.ts';
import { notFound } from '../web/errors.ts';
import { idFrom, parse, textField } from '../web/parse.ts';
import { streamJson } from './present.ts';
import { CADENCES } from './schedule.ts';
import { listStreams, type StoredStream, saveStreamChoices } from './store.ts';

const NAME_LENGTH_MAX = 120;

const nothing = z.strictObject({});
const choices = z.strictObject({
  name: textField(NAME_LENGTH_MAX).min(1, 'must not be empty').nullable().optional(),
  confirmed: z.boolean().optional(),
  dismissed: z.boolean().optional(),
});

/** /api/dashboard/recurring: what recurs, what it comes to in a year, and what the person says of it. */
export function recurringRoutes({ database, now, refreshFigures }: Deps): Router {
  const router = Router();

  router.get('/recurring', async (request, response) => {
    const user = userOf(request);
    parse(nothing, request.query);
    const today = dateIn(user.timeZone, now());
    const streams = await listStreams(database, user.id, today);
    const shown = streams.filter((stream) => !stream.isDismissed);
    const running = shown.filter((stream) => stream.status !== 'ended');
    const yearly = running.map((stream) => {
      const amount = stream.lastAmount.times(CADENCES[stream.frequency].perYear);
      return { stream, amount, inBase: inBase(user.currencies, amount, stream.currency, today) };
    });
    const total = (isIncome: boolean) =>
      moneyOut(sum(yearly.flatMap((row) => (row.stream.isIncome === isIncome ? (row.inBase ?? []) : []))));
    response.json({
      recurring: shown.map(streamJson),
      dismissed: streams.filter((stream: StoredStream) => stream.isDismissed).map(streamJson),
      yearly_totals: {
        income: total(true),
        expenses: total(false),
        unconverted: unconvertedJson(
          sumByCurrency(yearly.flatMap(({ stream, amount, inBase: value }) => (value ? [] : [{ currency: stream.currency, amount }]))),
        ),
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
