import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { addDays, type CalendarDate, dateIn } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { type Money, ZERO } from '../lib/money.ts';
import { notFound } from '../web/errors.ts';
import { parse, textField } from '../web/parse.ts';
import { upcomingDates, yearlyAmount } from './recurring.ts';
import { NAME_LENGTH_MAX, yearlyTotals } from './routes.ts';
import { listStreams, type StoredStream, saveStreamChoices } from './store.ts';

const AHEAD_DAYS = 30;

const choiceForm = z.discriminatedUnion('decision', [
  z.object({ decision: z.enum(['confirm', 'dismiss', 'restore']), id: z.uuid('is not one of yours') }),
  z.object({ decision: z.literal('rename'), id: z.uuid('is not one of yours'), name: textField(NAME_LENGTH_MAX) }),
]);

/** The page of what recurs: subscriptions, bills and pay, what they come to in a year, and what the person says of them. */
export function recurringPages({ database, now, refreshFigures }: Deps): Router {
  const router = Router();

  router.get('/recurring', async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const [streams, freshness] = await Promise.all([listStreams(database, user.id, today), loadFreshness(database, user)]);
    const shown = streams.filter((stream) => !stream.isDismissed).map((stream) => row(stream, user, today));
    const running = shown.filter((stream) => stream.status !== 'ended');
    const until = addDays(today, AHEAD_DAYS);
    response.render('recurring/index', {
      title: 'Recurring',
      path: '/recurring',
      user,
      now: now(),
      today,
      currency: user.baseCurrency,
      freshness,
      yearly: yearlyTotals(streams, user, today),
      groups: [
        { id: 'expenses', title: 'Bills and subscriptions', rows: byYearly(running.filter((stream) => !stream.isIncome)) },
        { id: 'income', title: 'Income', rows: byYearly(running.filter((stream) => stream.isIncome)) },
      ].filter((group) => group.rows.length > 0),
      ended: shown.filter((stream) => stream.status === 'ended'),
      dismissed: streams.filter((stream) => stream.isDismissed).map((stream) => row(stream, user, today)),
      aheadDays: AHEAD_DAYS,
      ahead: running
        .flatMap((stream) => upcomingDates(stream, today, until).map((date) => ({ date, stream })))
        .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : b.stream.lastAmount.comparedTo(a.stream.lastAmount))),
    });
  });

  router.post('/recurring', express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 5 }), async (request, response) => {
    const user = userOf(request);
    const form = parse(choiceForm, request.body);
    const choices =
      form.decision === 'rename'
        ? { name: form.name || null, isConfirmed: undefined, isDismissed: undefined }
        : { name: undefined, isConfirmed: form.decision === 'confirm' || undefined, isDismissed: form.decision === 'dismiss' };
    if (!(await saveStreamChoices(database, user.id, form.id, choices))) throw notFound();
    if (form.decision !== 'rename') await refreshFigures(user.id);
    response.redirect(303, '/recurring');
  });

  return router;
}

/** A stream with what it comes to in a year, in its own currency and in the base currency (null without a rate). */
function row(stream: StoredStream, user: User, today: CalendarDate) {
  const yearly = yearlyAmount(stream);
  const change = stream.previousAmount && stream.lastAmount.minus(stream.previousAmount);
  return { ...stream, yearly, yearlyInBase: inBase(user.currencies, yearly, stream.currency, today), change };
}

const byYearly = <Row extends { yearlyInBase: Money | null }>(rows: Row[]): Row[] =>
  rows.toSorted((a, b) => (b.yearlyInBase ?? ZERO).comparedTo(a.yearlyInBase ?? ZERO));
