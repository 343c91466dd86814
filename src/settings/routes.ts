import express, { Router } from 'express';
import { z } from 'zod';
import { isPasswordOf } from '../auth/password.ts';
import { sessionCookieName } from '../auth/session.ts';
import { signOut, userOf } from '../auth/sign-in.ts';
import { findCredentials, findUser, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { deleteUser } from '../items/removal.ts';
import { dateIn, isTimeZone } from '../lib/dates.ts';
import { moneyOut, quantityOut, toMoney } from '../lib/money.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { dateField, idFrom, parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { deleteRate, listRates, type StoredRate, saveProfile, saveRate } from './store.ts';

const LEAVINGS: Limit = { name: 'leave', points: 10, perSeconds: 3_600 };

const NAME_LENGTH_MAX = 100;
const RATE_MAX = 1_000_000_000;

const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a code like EUR');
/** A decimal number above zero, as a number or, to the last digit, as text. */
const positive = (max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d{1,15}(\.\d{1,10})?$/)], 'must be a number like 1.0842')
    .transform(toMoney)
    .refine((value) => value.greaterThan(0) && value.lessThanOrEqualTo(max), `must be above 0 and at most ${max}`)
    .refine((value) => value.decimalPlaces() <= 10, 'must have 10 decimals at most');
const profile = z.strictObject({
  name: textField(NAME_LENGTH_MAX).nullable().optional(),
  time_zone: z.string().refine(isTimeZone, 'must be a time zone like Europe/Lisbon').optional(),
  base_currency: currency.optional(),
  net_worth_goal: positive(1e14).nullable().optional(),
});
const newRate = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Za-z0-9:._-]{2,20}$/, 'must be the code of a currency')
    .transform((code) => (/^[a-z]{3}$/.test(code) ? code.toUpperCase() : code)),
  rate: positive(RATE_MAX),
  effective_on: dateField.optional(),
});
const nothing = z.strictObject({});

const profileJson = (user: User) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  time_zone: user.timeZone,
  base_currency: user.baseCurrency,
  net_worth_goal: moneyOut(user.netWorthGoal),
});
const rateJson = (rate: StoredRate) => ({
  id: rate.id,
  currency: rate.currency,
  base_currency: rate.baseCurrency,
  rate: quantityOut(rate.rate),
  effective_on: rate.effectiveOn,
});

const leaving = z.strictObject({ password: z.string().max(200).optional() }).default({});

/** /api/me: the person's own account, and the rates they have entered. */
export function settingsRoutes(deps: Deps): Router {
  const { database, limits } = deps;
  const router = Router();

  router.get('/me', (request, response) => {
    parse(nothing, request.query);
    response.json(profileJson(userOf(request)));
  });

  router.patch('/me', express.json({ limit: '2kb' }), async (request, response) => {
    const { id } = userOf(request);
    const input = parse(profile, request.body);
    await saveProfile(database, id, {
      name: input.name === '' ? null : input.name,
      timeZone: input.time_zone,
      baseCurrency: input.base_currency,
      netWorthGoal: input.net_worth_goal,
    });
    if (input.base_currency !== undefined || input.time_zone !== undefined) await deps.refreshFigures(id);
    response.json({ success: true, user: profileJson((await findUser(database, id)) as User) });
  });

  router.get('/me/rates', async (request, response) => {
    parse(nothing, request.query);
    response.json({ rates: (await listRates(database, userOf(request).id)).map(rateJson) });
  });

  router.post('/me/rates', express.json({ limit: '2kb' }), async (request, response) => {
    const user = userOf(request);
    const input = parse(newRate, request.body);
    if (input.currency === user.baseCurrency) {
      const message = 'is the base currency itself';
      throw new HttpError(400, 'invalid_input', `currency: ${message}`, { fields: { currency: message } });
    }
    const rate = {
      currency: input.currency,
      baseCurrency: user.baseCurrency,
      rate: input.rate,
      effectiveOn: input.effective_on ?? dateIn(user.timeZone, deps.now()),
    };
    const id = await saveRate(database, user.id, rate);
    await deps.refreshFigures(user.id);
    response.status(201).json({ success: true, rate: rateJson({ id, ...rate }) });
  });

  router.delete('/me/rates/:id', async (request, response) => {
    const { id: userId } = userOf(request);
    if (!(await deleteRate(database, userId, idFrom(request)))) throw notFound();
    await deps.refreshFigures(userId);
    response.json({ success: true });
  });

  router.delete('/me', express.json({ limit: '2kb' }), async (request, response) => {
    const user = userOf(request);
    const { password } = parse(leaving, request.body);
    if (!user.isDemo) await requirePassword(user.id, user.email, password);
    await deleteUser(database, user.id);
    deps.nudgeWorker();
    await signOut(request, response, sessionCookieName(deps.isProduction));
    response.status(204).end();
  });

  const requirePassword = async (userId: string, email: string, password: string | undefined) => {
    if (!password) throw new HttpError(400, 'invalid_input', 'password: is missing', { fields: { password: 'is missing' } });
    await limits.consume(LEAVINGS, userId);
    const found = await findCredentials(database, email);
    if (!(await isPasswordOf(found?.passwordHash ?? null, password)))
      throw new HttpError(403, 'wrong_password', 'The password is not right.', { fields: { password: 'is not right' } });
  };

  return router;
}
