import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { askNewAddress, REGISTER_PATH, tellOfNewPassword } from '../access/messages.ts';
import { emailField } from '../access/sign-in-routes.ts';
import { requireConfirmed, requirePassword } from '../auth/confirmation.ts';
import { rememberDevice } from '../auth/known-device.ts';
import { createLink, endLinks } from '../auth/one-time-link-store.ts';
import { hashPassword, newPassword, requireStrong } from '../auth/password.ts';
import { sessionCookieName } from '../auth/session.ts';
import { endSessions } from '../auth/session-store.ts';
import { signIn, signOut, userOf } from '../auth/sign-in.ts';
import { findUser, isOwner, recordAudit, saveEmail, savePasswordHash, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { deleteUser } from '../items/removal.ts';
import { dateIn, isTimeZone } from '../lib/dates.ts';
import { moneyOut, quantityOut, toMoney } from '../lib/money.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { dateField, idFrom, parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { deleteRate, listRates, type StoredRate, saveProfile, saveRate } from './store.ts';

const ADDRESS_CHANGES: Limit = { name: 'change-email', points: 10, perSeconds: 3_600 };

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
export const emailInput = z.strictObject({ email: emailField });
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

/**
 * Sets a new password: the session gets a new id, the person is signed out everywhere else, and told.
 * @throws HttpError 400 or 403 for a wrong current password, 400 for a weak new one
 */
export async function changePassword(
  deps: Deps,
  request: Request,
  response: Response,
  input: { current_password: string; new_password: string },
): Promise<void> {
  const { database, now, sessionSecrets: secrets, isProduction } = deps;
  const user = userOf(request);
  await requirePassword(deps, user, input.current_password, 'current_password');
  requireStrong(input.new_password, user, 'new_password');
  const passwordHash = await hashPassword(input.new_password);
  await savePasswordHash(database.pool, user.id, passwordHash);
  await signIn(request, user, now());
  rememberDevice(request, response, { secrets, isProduction }, user.id, passwordHash);
  await endSessions(database, user.id, request.sessionID, null);
  await endLinks(database.pool, user.id);
  await recordAudit(database, user.id, 'change_password');
  await tellOfNewPassword(deps, user.id);
}

/**
 * Changes the address that a person signs in with, once they have said at the new one that it is theirs; without a mail server at once.
 * @returns whether it is changed already @throws HttpError 409 when it is somebody else's and nobody can be asked
 */
export async function changeEmail(deps: Deps, user: User, email: string): Promise<boolean> {
  if (email === user.email) return true;
  if (deps.hasMailServer) {
    await deps.limits.consume(ADDRESS_CHANGES, user.id);
    await askNewAddress(deps, user, email);
    return false;
  }
  if (!(await saveEmail(deps.database.pool, user.id, email, false)))
    throw new HttpError(409, 'email_taken', 'Another account has this address.', { fields: { email: 'is another account’s' } });
  await recordAudit(deps.database, user.id, 'change_email');
  return true;
}

/** Lets somebody in, once, within a week. @returns the address to give them @throws HttpError 404 unless the place is theirs and takes invitations */
export async function invite({ database, registration, appUrl }: Deps, user: User): Promise<string> {
  if (registration !== 'invite' || !(await isOwner(database.pool, user.id))) throw notFound();
  const token = await createLink(database.pool, 'invitation', { userId: user.id });
  await recordAudit(database, user.id, 'invite');
  return `${appUrl()}${REGISTER_PATH}?${new URLSearchParams({ invitation: token })}`;
}

/**
 * Deletes a person with all their links and data, and signs them out.
 * @param password when it was not shown lately that it is they @throws HttpError 400 or 403 for a wrong one
 */
export async function leave(deps: Deps, request: Request, response: Response, password: string | undefined): Promise<void> {
  const user = userOf(request);
  if (password) await requirePassword(deps, user, password);
  else requireConfirmed(deps, request);
  // To have signed in lately is not enough for what nobody can bring back.
  if (!password && !user.isDemo && request.session.confirmedAt === request.session.startedAt) await requirePassword(deps, user, undefined);
  await deleteUser(deps.database, user.id);
  await deps.limits.forget(user.id, user.email);
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
    await changePassword(deps, request, response, parse(passwordInput, request.body));
    response.json({ success: true });
  });

  router.post('/me/email', json, async (request, response) => {
    const { email } = parse(emailInput, request.body);
    requireConfirmed(deps, request);
    const isChanged = await changeEmail(deps, userOf(request), email);
    response.status(isChanged ? 200 : 202).json({ success: true, is_changed: isChanged });
  });

  router.post('/invitations', json, async (request, response) => {
    parse(nothing, request.body ?? {});
    requireConfirmed(deps, request);
    response.status(201).json({ invitation_url: await invite(deps, userOf(request)) });
  });

  router.delete('/me', json, async (request, response) => {
    await leave(deps, request, response, parse(leaving, request.body).password);
    response.status(204).end();
  });

  return router;
}
