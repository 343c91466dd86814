import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { hashPassword, isPasswordOf } from '../auth/password.ts';
import { newPassword, requireStrong } from '../auth/routes.ts';
import { sessionCookieName } from '../auth/session.ts';
import { endSessions } from '../auth/session-store.ts';
import { signOut, userOf } from '../auth/sign-in.ts';
import { findCredentials, findUser, recordAudit, savePasswordHash, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { deleteUser } from '../items/removal.ts';
import { dateIn, isTimeZone } from '../lib/dates.ts';
import { moneyOut, quantityOut, toMoney } from '../lib/money.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { dateField, idFrom, parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { deleteRate, listRates, type StoredRate, saveProfile, saveRate } from './store.ts';

/** Checks of a signed-in person's own password. */
const PASSWORD_CHECKS: Limit = { name: 'own-password', points: 10, perSeconds: 3_600 };

const NAME_LENGTH_MAX = 100;
const RATE_MAX = 1_000_000_000;

const NUMBER_WORDS = 'must be a number like 1.0842';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const currency = z.string().refine((code) => CURRENCIES.has(code), 'must be a code like EUR');
/** A decimal number above zero, as a number or, to the last digit, as text. */
const positive = (max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d{1,15}(\.\d{1,10})?$/, NUMBER_WORDS)], NUMBER_WORDS)
    .transform(toMoney)
    .refine((value) => value.greaterThan(0) && value.lessThanOrEqualTo(max), `must be above 0 and at most ${max}`)
    .refine((value) => value.decimalPlaces() <= 10, 'must have 10 decimals at most');
export const profileInput = z.strictObject({
  name: textField(NAME_LENGTH_MAX).nullable().optional(),
  time_zone: z.string().refine(isTimeZone, 'must be a time zone like Europe/Lisbon').optional(),
  base_currency: currency.optional(),
  net_worth_goal: positive(1e14).nullable().optional(),
});
export const rateInput = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Za-z0-9:._-]{2,20}$/, 'must be the code of a currency')
    .transform((code) => (/^[a-z]{3}$/.test(code) ? code.toUpperCase() : code)),
  rate: positive(RATE_MAX),
  effective_on: dateField.optional(),
});
const nothing = z.strictObject({});
const passwordInput = z.strictObject({ current_password: z.string().max(200), new_password: newPassword });
const leaving = z.strictObject({ password: z.string().max(200).optional() }).default({});

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

/** Saves what a person says of themselves; figures follow a new base currency or time zone. */
export async function changeProfile({ database, refreshFigures }: Deps, userId: string, input: z.output<typeof profileInput>) {
  await saveProfile(database, userId, {
    name: input.name === '' ? null : input.name,
    timeZone: input.time_zone,
    baseCurrency: input.base_currency,
    netWorthGoal: input.net_worth_goal,
  });
  await recordAudit(database, userId, 'change_settings', { what: Object.keys(input).join(', ') });
  if (input.base_currency !== undefined || input.time_zone !== undefined) await refreshFigures(userId);
}

/** Saves a rate to the base currency. @throws HttpError 400 when it is of the base currency itself */
export async function addRate({ database, now, refreshFigures }: Deps, user: User, input: z.output<typeof rateInput>): Promise<StoredRate> {
  if (input.currency === user.baseCurrency) {
    const message = 'is the base currency itself';
    throw new HttpError(400, 'invalid_input', `currency: ${message}`, { fields: { currency: message } });
  }
  const rate = {
    currency: input.currency,
    baseCurrency: user.baseCurrency,
    rate: input.rate,
    effectiveOn: input.effective_on ?? dateIn(user.timeZone, now()),
  };
  const id = await saveRate(database, user.id, rate);
  await refreshFigures(user.id);
  return { id, ...rate };
}

/** @throws HttpError 404 for a rate that is not theirs */
export async function removeRate({ database, refreshFigures }: Deps, userId: string, id: string): Promise<void> {
  if (!(await deleteRate(database, userId, id))) throw notFound();
  await refreshFigures(userId);
}

/** @throws HttpError 400 or 403 when the password is missing or not right, 429 after too many tries */
async function requirePassword({ database, limits }: Deps, user: User, password: string | undefined, field = 'password') {
  if (!password) throw new HttpError(400, 'invalid_input', `${field}: is missing`, { fields: { [field]: 'is missing' } });
  await limits.consume(PASSWORD_CHECKS, user.id);
  const found = await findCredentials(database, user.email);
  if (!(await isPasswordOf(found?.passwordHash ?? null, password)))
    throw new HttpError(403, 'wrong_password', 'The password is not right.', { fields: { [field]: 'is not right' } });
}

/** Sets a new password and signs the person out everywhere else. @throws HttpError as `requirePassword`, 400 for a weak one */
export async function changePassword(deps: Deps, user: User, ownSid: string, input: { current_password: string; new_password: string }) {
  await requirePassword(deps, user, input.current_password, 'current_password');
  requireStrong(input.new_password, user.email, 'new_password');
  await savePasswordHash(deps.database, user.id, await hashPassword(input.new_password));
  await endSessions(deps.database, user.id, ownSid, null);
  await recordAudit(deps.database, user.id, 'change_password');
}

/** Deletes a person with all their links and data, and signs them out. Nobody but they themselves knows a demo household's password. */
export async function leave(deps: Deps, request: Request, response: Response, password: string | undefined): Promise<void> {
  const user = userOf(request);
  if (!user.isDemo) await requirePassword(deps, user, password);
  await deleteUser(deps.database, user.id);
  deps.nudgeWorker();
  await signOut(request, response, sessionCookieName(deps.isProduction));
}

/** /api/me: the person's own account, and the rates they have entered. */
export function settingsRoutes(deps: Deps): Router {
  const { database } = deps;
  const router = Router();
  const json = express.json({ limit: '2kb' });

  router.get('/me', (request, response) => {
    parse(nothing, request.query);
    response.json(profileJson(userOf(request)));
  });

  router.patch('/me', json, async (request, response) => {
    const { id } = userOf(request);
    await changeProfile(deps, id, parse(profileInput, request.body));
    response.json({ success: true, user: profileJson((await findUser(database, id)) as User) });
  });

  router.get('/me/rates', async (request, response) => {
    parse(nothing, request.query);
    response.json({ rates: (await listRates(database, userOf(request).id)).map(rateJson) });
  });

  router.post('/me/rates', json, async (request, response) => {
    const rate = await addRate(deps, userOf(request), parse(rateInput, request.body));
    response.status(201).json({ success: true, rate: rateJson(rate) });
  });

  router.delete('/me/rates/:id', async (request, response) => {
    await removeRate(deps, userOf(request).id, idFrom(request));
    response.json({ success: true });
  });

  router.post('/me/password', json, async (request, response) => {
    await changePassword(deps, userOf(request), request.sessionID, parse(passwordInput, request.body));
    response.json({ success: true });
  });

  router.delete('/me', json, async (request, response) => {
    await leave(deps, request, response, parse(leaving, request.body).password);
    response.status(204).end();
  });

  return router;
}
