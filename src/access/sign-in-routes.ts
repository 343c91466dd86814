import { setTimeout as pause } from 'node:timers/promises';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { isKnownDevice, rememberDevice } from '../auth/known-device.ts';
import { hashPassword, KNOWN_RANK, newPassword, PASSWORD_LENGTH_MAX, requireStrong } from '../auth/password.ts';
import { sessionCookieName } from '../auth/session.ts';
import { tellPages } from '../auth/session-store.ts';
import { type createPassport, signIn, signOut } from '../auth/sign-in.ts';
import { findCredentials, recordAudit, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { isTimeZone } from '../lib/dates.ts';
import { networkOf } from '../lib/network.ts';
import { HttpError, wantsJson } from '../web/errors.ts';
import { localPath } from '../web/local-path.ts';
import { parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { REGISTER_PATH, tellOfNewDevice, tellOfTakenAddress, whereabouts } from './messages.ts';
import { addressOfClaim, isRegistrationOpen, registerUser } from './registration.ts';

/*
 * Limits that strangers cannot turn against a person: only a try that reaches the hash counts, the network address it comes from before
 * anything else. A person's own limit from a network, and that of a device where they are known, are theirs alone; the limits over all
 * networks slow strangers down and refuse nobody.
 */
const QUARTER_HOUR_S = 900;
const FAILURES_OF_NETWORK: Limit = { name: 'login-address', points: 100, perSeconds: QUARTER_HOUR_S };
const FAILURES_OF_PERSON_THERE: Limit = { name: 'login-person', points: 10, perSeconds: QUARTER_HOUR_S };
const FAILURES_OF_DEVICE: Limit = { name: 'login-device', points: 20, perSeconds: QUARTER_HOUR_S };
const FAILURES_OF_PERSON: Limit = { name: 'login-person-all', points: 50, perSeconds: QUARTER_HOUR_S };
const FAILURES_OF_ALL: Limit = { name: 'login-all', points: 1_000, perSeconds: QUARTER_HOUR_S };
/** How long a stranger waits once strangers have failed that often. */
const SLOWED_MS = 2_000;
/** Failures that a person's log holds: a flood does not wash it away. */
const NOTED_FAILURES: Limit = { name: 'login-noted', points: 20, perSeconds: 3_600 };
const REGISTRATIONS: Limit = { name: 'register', points: 200, perSeconds: 3_600 };
/** Answers that an address is taken tell something: a network gets few of them. */
const TAKEN_ANSWERS: Limit = { name: 'register-taken', points: 10, perSeconds: QUARTER_HOUR_S };
const FORM_BYTES_MAX = '10kb';
const TOKEN_LENGTH_MAX = 100;

const CONTROL_CHARACTERS = /\p{Cc}/u;
export const emailField = z.string().trim().toLowerCase().max(254).pipe(z.email('must be an e-mail address'));
const token = z.string().max(TOKEN_LENGTH_MAX).optional();
/** An empty field of a form says nothing. */
const said = (value: unknown) => (value === '' ? undefined : value);
const registration = z.strictObject({
  email: emailField,
  password: newPassword,
  name: textField(100)
    .optional()
    .transform((name) => name || null),
  time_zone: z
    .string()
    .optional()
    .transform((zone) => zone || 'UTC')
    .refine(isTimeZone, 'must be a time zone like Europe/Berlin'),
  invitation: z.preprocess(said, token),
  claim: z.preprocess(said, token),
});
const credentials = z.strictObject({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .min(1, 'is missing')
    .max(254)
    .refine((text) => !CONTROL_CHARACTERS.test(text), 'must not contain control characters'),
  password: z.string().min(1, 'is missing').max(PASSWORD_LENGTH_MAX),
  next: z.string().optional(),
});

export function authRoutes(deps: Deps, passport: ReturnType<typeof createPassport>): Router {
  const { database, limits, now, logger, registration: mode } = deps;
  const router = Router();
  const form: RequestHandler[] = [
    express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: 20 }),
    express.json({ limit: FORM_BYTES_MAX }),
  ];
  const cookieName = sessionCookieName(deps.isProduction);
  const devices = { secrets: deps.sessionSecrets, isProduction: deps.isProduction };

  router.get(REGISTER_PATH, async (request, response) => {
    const { invitation, claim } = request.query as Record<string, unknown>;
    const permit = { invitation: asText(invitation), claim: asText(claim) };
    const address = permit.claim ? await addressOfClaim(database.pool, permit.claim) : null;
    await showForm(request, response, 'access/register', { ...permit, ...(address ? { email: address } : {}) });
  });
  router.get('/login', (request, response) => showForm(request, response, 'access/login', { next: localPath(request.query.next) }));

  router.post(REGISTER_PATH, ...form, async (request, response) => {
    await withForm(request, response, 'access/register', async () => {
      const network = networkOf(request.ip);
      await limits.consume(REGISTRATIONS, network);
      await limits.check(TAKEN_ANSWERS, network);
      const input = parse(registration, request.body ?? {});
      requireStrong(input.password, input);
      const passwordHash = await hashPassword(input.password, KNOWN_RANK + 1);
      const { email, name, time_zone: timeZone } = input;
      const user = await registerUser(deps, { email, passwordHash, name, timeZone }, input);
      if (!user) {
        await limits.consume(TAKEN_ANSWERS, network);
        await sayTaken(email);
        throw new HttpError(409, 'email_taken', 'There is already an account with this e-mail address.', {
          fields: { email: 'is already registered' },
        });
      }
      await welcome(request, response, user, 'register');
      if (wantsJson(request)) response.status(201).json({ user: publicUser(user) });
      else response.redirect(303, '/');
    });
  });

  /** Without a mail server nobody can be told, and every address counts as its account's own. */
  const sayTaken = async (email: string) => {
    const holder = deps.hasMailServer ? await findCredentials(database, email) : null;
    if (holder && !holder.user.isDemo) await tellOfTakenAddress(deps, holder.user);
  };

  router.post('/login', ...form, async (request, response) => {
    await withForm(request, response, 'access/login', async () => {
      const input = parse(credentials, request.body ?? {});
      const found = await findCredentials(database, input.email);
      const isKnown = found?.passwordHash ? isKnownDevice(request, devices, found.user.id, found.passwordHash) : false;
      const counted = isKnown ? await knownTry(found?.user.id as string) : await strangersTry(request, input.email);
      request.body = { email: input.email, password: input.password };
      request.signInRank = counted.rank;
      const user = await authenticate(request, response);
      if (!user) {
        await Promise.all(counted.limits.map(([limit, key]) => limits.count(limit, key)));
        await noteFailure(request, found?.user ?? null);
        throw new HttpError(401, 'wrong_credentials', 'The e-mail address or the password is not right.');
      }
      await Promise.all(counted.own.map(([limit, key]) => limits.reset(limit, key)));
      await welcome(request, response, user, 'sign_in');
      if (!isKnown) await tellOfNewDevice(deps, user, request);
      if (wantsJson(request)) response.json({ user: publicUser(user) });
      else response.redirect(303, localPath(input.next));
    });
  });

  router.post('/logout', async (request, response) => {
    const userId = request.user?.id;
    await signOut(request, response, cookieName);
    if (userId) await tellPages(database, userId);
    if (wantsJson(request)) response.status(204).end();
    else response.redirect(303, '/login');
  });

  type Counted = [Limit, string];

  /** From a device where the person has been signed in before: nobody else's tries matter. */
  const knownTry = async (userId: string): Promise<{ rank: number; limits: Counted[]; own: Counted[] }> => {
    await limits.check(FAILURES_OF_DEVICE, userId);
    const own: Counted[] = [[FAILURES_OF_DEVICE, userId]];
    return { rank: KNOWN_RANK, limits: own, own };
  };

  /** The more a network has failed lately, the later its turn comes. */
  const strangersTry = async (request: Request, email: string): Promise<{ rank: number; limits: Counted[]; own: Counted[] }> => {
    const network = networkOf(request.ip);
    const there: Counted = [FAILURES_OF_PERSON_THERE, `${network} ${email}`];
    await limits.check(FAILURES_OF_NETWORK, network);
    await limits.check(...there);
    const [failures, ofPerson, ofAll] = await Promise.all([
      limits.used(FAILURES_OF_NETWORK, network),
      limits.used(FAILURES_OF_PERSON, email),
      limits.used(FAILURES_OF_ALL, 'all'),
    ]);
    if (ofPerson >= FAILURES_OF_PERSON.points || ofAll >= FAILURES_OF_ALL.points) await pause(SLOWED_MS);
    return {
      rank: KNOWN_RANK + 1 + failures,
      limits: [[FAILURES_OF_NETWORK, network], there, [FAILURES_OF_PERSON, email], [FAILURES_OF_ALL, 'all']],
      own: [there],
    };
  };

  /** Whose account it was sees it in their log; whoever runs the server, without addresses, in theirs. */
  const noteFailure = async (request: Request, user: User | null) => {
    const { device, network } = whereabouts(request);
    logger.info({ network, isKnownPerson: user !== null, requestId: request.id }, 'a sign-in failed');
    if (user && (await limits.count(NOTED_FAILURES, user.id)) <= NOTED_FAILURES.points)
      await recordAudit(database, user.id, 'sign_in_failed', { what: `${device}, network ${network}` });
  };

  const authenticate = (request: Request, response: Response) =>
    new Promise<User | null>((done, fail) => {
      passport.authenticate('local', { session: false }, (error: unknown, user: User | false) => {
        if (error) fail(error);
        else done(user || null);
      })(request, response, fail);
    });

  const welcome = async (request: Request, response: Response, user: User, action: string) => {
    await signIn(request, user, now());
    const found = await findCredentials(database, user.email);
    if (found?.passwordHash) rememberDevice(request, response, devices, user.id, found.passwordHash);
    const { device, network } = whereabouts(request);
    await recordAudit(database, user.id, action, { what: `${device}, network ${network}` });
  };

  /** Shows the form again with what was wrong, when it was a person that sent it. */
  const withForm = async (request: Request, response: Response, view: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (wantsJson(request) || !(error instanceof HttpError)) throw error;
      const { email, name, next, invitation, claim } = (request.body ?? {}) as Record<string, unknown>;
      response.status(error.status);
      if (error.retryAfterS) response.set('Retry-After', String(error.retryAfterS));
      const typed = {
        email: asText(email),
        name: asText(name),
        next: localPath(next),
        invitation: asText(invitation),
        claim: asText(claim),
      };
      await showForm(request, response, view, { ...typed, message: error.message, fields: error.fields });
    }
  };

  const showForm = async (request: Request, response: Response, view: string, values: Record<string, unknown>) => {
    if (request.user) return response.redirect(303, '/');
    const defaults = { email: '', name: '', next: '/', invitation: '', claim: '', message: null, fields: undefined };
    const shown = { ...defaults, ...values };
    const permit = { invitation: shown.invitation || undefined, claim: shown.claim || undefined };
    response.render(view, {
      title: view === 'access/login' ? 'Sign in' : 'Create an account',
      isDemoMode: deps.demo !== undefined,
      isRegistrationOpen: await isRegistrationOpen(database.pool, mode, permit),
      ...shown,
    });
  };

  return router;
}

const asText = (value: unknown) => (typeof value === 'string' ? value : '');

const publicUser = ({ id, email, name }: User) => ({ id, email, name });
