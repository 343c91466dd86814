import type { Request, RequestHandler, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import type { Database } from '../database/client.ts';
import { shortened } from '../lib/network.ts';
import { HttpError, wantsJson } from '../web/errors.ts';
import { hashPassword, isPasswordOf, needsRehash } from './password.ts';
import { deviceOf } from './session-store.ts';
import { findCredentials, findUser, type User as SignedInUser, savePasswordHash, type User } from './store.ts';

declare global {
  namespace Express {
    interface User extends SignedInUser {}
    interface Request {
      /** Who comes first when many sign in at once: lower ones. */
      signInRank?: number;
    }
  }
}

/** Passport with e-mail and password; the session carries the user's id alone. */
export function createPassport(database: Database) {
  const instance = new passport.Passport();
  instance.use(
    new Strategy({ usernameField: 'email', passReqToCallback: true }, (request, email, password, done) => {
      authenticate(database, email, password, request.signInRank).then((user) => done(null, user ?? false), done);
    }),
  );
  instance.serializeUser<string>((user, done) => done(null, user.id));
  instance.deserializeUser<string>((id, done) => {
    findUser(database, id).then((user) => done(null, user ?? false), done);
  });
  return instance;
}

async function authenticate(database: Database, email: string, password: string, rank?: number): Promise<User | null> {
  const found = await findCredentials(database, email);
  if (!(await isPasswordOf(found?.passwordHash ?? null, password, rank)) || !found?.passwordHash) return null;
  if (needsRehash(found.passwordHash)) await savePasswordHash(database.pool, found.user.id, await hashPassword(password, rank));
  return found.user;
}

/** Starts a new session for the user: passport gives it a new id and carries nothing over. Who has just signed in need not show it again. */
export async function signIn(request: Request, user: User, now: Date): Promise<void> {
  await new Promise<void>((done, fail) => request.logIn(user, (error?: unknown) => (error ? fail(error) : done())));
  request.session.startedAt = now.getTime();
  request.session.seenAt = now.getTime();
  request.session.confirmedAt = now.getTime();
  const device = deviceOf(request.get('user-agent'));
  if (device) request.session.device = device;
  request.session.network = shortened(request.ip);
}

export async function signOut(request: Request, response: Response, cookieName: string): Promise<void> {
  await new Promise<void>((done, fail) => request.session.destroy((error?: unknown) => (error ? fail(error) : done())));
  response.clearCookie(cookieName, { path: '/' }).set('Clear-Site-Data', '"cache", "storage"');
}

/** Signed in, or turned away: programs get 401, people the sign-in page that leads back here. */
export const requireSignIn: RequestHandler = (request, response, next) => {
  if (request.user) return next();
  if (wantsJson(request)) throw new HttpError(401, 'signed_out', 'Please sign in first.');
  // What a form sent is not sent again.
  response.redirect(303, request.method === 'GET' ? `/login?next=${encodeURIComponent(request.originalUrl)}` : '/login');
};

/** The signed-in user of a handler behind `requireSignIn`. */
export function userOf(request: Request): User {
  if (!request.user) throw new HttpError(401, 'signed_out', 'Please sign in first.');
  return request.user;
}
