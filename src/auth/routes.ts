import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { isTimeZone } from '../lib/dates.ts';
import { HttpError, wantsJson } from '../web/errors.ts';
import { parse, textField } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { hashPassword, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, weakness } from './password.ts';
import { sessionCookieName } from './session.ts';
import { type createPassport, signIn, signOut } from './sign-in.ts';
import { createUser, recordAudit, type User } from './store.ts';

const QUARTER_HOUR_S = 900;
const LOGIN_FAILURES_PER_PERSON: Limit = { name: 'login-person', points: 10, perSeconds: QUARTER_HOUR_S };
const LOGIN_FAILURES_PER_ADDRESS: Limit = { name: 'login-address', points: 100, perSeconds: QUARTER_HOUR_S };
const LOGINS: Limit = { name: 'login-all', points: 3000, perSeconds: QUARTER_HOUR_S };
const REGISTRATIONS: Limit = { name: 'register', points: 200, perSeconds: 3600 };
const FORM_BYTES_MAX = '10kb';

const email = z.string().trim().toLowerCase().max(254).pipe(z.email('must be an e-mail address'));
/** A password that somebody chooses. */
export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `must be at least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_LENGTH_MAX, `must be at most ${PASSWORD_LENGTH_MAX} characters`);
const registration = z.strictObject({
  email,
  password: newPassword,
  name: textField(100)
    .optional()
    .transform((name) => name || null),
  time_zone: z
    .string()
    .optional()
    .transform((zone) => zone || 'UTC')
    .refine(isTimeZone, 'must be a time zone like Europe/Berlin'),
});
const credentials = z.strictObject({
  email: z.string().trim().toLowerCase().min(1, 'is missing').max(254),
  password: z.string().min(1, 'is missing').max(PASSWORD_LENGTH_MAX),
  next: z.string().optional(),
});

/** @throws HttpError 400 for a password that is easy to guess */
export function requireStrong(password: string, ownEmail: string, field = 'password'): void {
  const problem = weakness(password, ownEmail);
  if (problem) throw new HttpError(400, 'invalid_input', `${field}: ${problem}`, { fields: { [field]: problem } });
}

export function authRoutes(deps: Deps, passport: ReturnType<typeof createPassport>): Router {
  const { database, limits, now } = deps;
  const router = Router();
  const form: RequestHandler[] = [
    express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: 20 }),
    express.json({ limit: FORM_BYTES_MAX }),
  ];
  const cookieName = sessionCookieName(deps.isProduction);

  router.get('/register', (request, response) => showForm(request, response, 'auth/register', {}));
  router.get('/login', (request, response) => showForm(request, response, 'auth/login', { next: localPath(request.query.next) }));

  router.post('/register', ...form, async (request, response) => {
    await withForm(request, response, 'auth/register', async () => {
      await limits.consume(REGISTRATIONS, request.ip ?? '');
      const input = parse(registration, request.body ?? {});
      requireStrong(input.password, input.email);
      const passwordHash = await hashPassword(input.password);
      const user = await createUser(database, { email: input.email, passwordHash, name: input.name, timeZone: input.time_zone });
      if (!user) {
        throw new HttpError(409, 'email_taken', 'There is already an account with this e-mail address.', {
          fields: { email: 'is already registered' },
        });
      }
      await welcome(request, user, 'register');
      if (wantsJson(request)) response.status(201).json({ user: publicUser(user) });
      else response.redirect(303, '/');
    });
  });

  router.post('/login', ...form, async (request, response) => {
    await withForm(request, response, 'auth/login', async () => {
      const input = parse(credentials, request.body ?? {});
      const address = request.ip ?? '';
      const person = `${address} ${input.email}`;
      await limits.consume(LOGINS, 'all');
      await limits.check(LOGIN_FAILURES_PER_ADDRESS, address);
      await limits.check(LOGIN_FAILURES_PER_PERSON, person);
      request.body = { email: input.email, password: input.password };
      const user = await authenticate(request, response);
      if (!user) {
        await Promise.all([limits.consume(LOGIN_FAILURES_PER_ADDRESS, address), limits.consume(LOGIN_FAILURES_PER_PERSON, person)]);
        throw new HttpError(401, 'wrong_credentials', 'The e-mail address or the password is not right.');
      }
      await limits.reset(LOGIN_FAILURES_PER_PERSON, person);
      await welcome(request, user, 'sign_in');
      if (wantsJson(request)) response.json({ user: publicUser(user) });
      else response.redirect(303, localPath(input.next));
    });
  });

  router.post('/logout', async (request, response) => {
    await signOut(request, response, cookieName);
    if (wantsJson(request)) response.status(204).end();
    else response.redirect(303, '/login');
  });

  const authenticate = (request: Request, response: Response) =>
    new Promise<User | null>((done, fail) => {
      passport.authenticate('local', { session: false }, (error: unknown, user: User | false) => {
        if (error) fail(error);
        else done(user || null);
      })(request, response, fail);
    });

  const welcome = async (request: Request, user: User, action: string) => {
    await signIn(request, user, now());
    await recordAudit(database, user.id, action);
  };

  /** Shows the form again with what was wrong, when it was a person that sent it. */
  const withForm = async (request: Request, response: Response, view: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (wantsJson(request) || !(error instanceof HttpError)) throw error;
      const { email, name, next } = (request.body ?? {}) as Record<string, unknown>;
      response.status(error.status);
      if (error.retryAfterS) response.set('Retry-After', String(error.retryAfterS));
      const typed = { email: asText(email), name: asText(name), next: localPath(next) };
      showForm(request, response, view, { ...typed, message: error.message, fields: error.fields });
    }
  };

  const showForm = (request: Request, response: Response, view: string, values: Record<string, unknown>) => {
    if (request.user) return response.redirect(303, '/');
    const defaults = { email: '', name: '', next: '/', message: null, fields: undefined };
    response.render(view, {
      title: view === 'auth/login' ? 'Sign in' : 'Create an account',
      isDemoMode: deps.demo !== undefined,
      ...defaults,
      ...values,
    });
  };

  return router;
}

const asText = (value: unknown) => (typeof value === 'string' ? value : '');

const publicUser = ({ id, email, name }: User) => ({ id, email, name });

/** A path on this site to go on to; anything else leads home. */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return '/';
  return next;
}
