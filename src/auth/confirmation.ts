import type { Request } from 'express';
import type { Deps } from '../deps.ts';
import { HttpError } from '../web/errors.ts';
import type { Limit } from '../web/rate-limit.ts';
import { isPasswordOf } from './password.ts';
import { userOf } from './sign-in.ts';
import { findCredentials, recordAudit, type User } from './store.ts';

/** So long after a person has shown that it is they, they need not do so again. */
const GOOD_FOR_MS = 10 * 60_000;
/** Checks of a signed-in person's own password. */
const PASSWORD_CHECKS: Limit = { name: 'own-password', points: 10, perSeconds: 3_600 };

/** @throws HttpError 400 or 403 when the password is missing or not right, 429 after too many tries */
export async function requirePassword(
  { database, limits }: Pick<Deps, 'database' | 'limits'>,
  user: User,
  password: string | undefined,
  field = 'password',
): Promise<void> {
  if (!password) throw new HttpError(400, 'invalid_input', `${field}: is missing`, { fields: { [field]: 'is missing' } });
  await limits.check(PASSWORD_CHECKS, user.id);
  const found = await findCredentials(database, user.email);
  if (await isPasswordOf(found?.passwordHash ?? null, password)) return limits.reset(PASSWORD_CHECKS, user.id);
  await limits.consume(PASSWORD_CHECKS, user.id);
  await recordAudit(database, user.id, 'wrong_password');
  throw new HttpError(403, 'wrong_password', 'The password is not right.', { fields: { [field]: 'is not right' } });
}

/** Whether the person has shown within the last ten minutes that it is they. Nobody knows a demo household's password. */
export const isConfirmed = ({ now }: Pick<Deps, 'now'>, request: Request): boolean =>
  userOf(request).isDemo || now().getTime() - (request.session.confirmedAt ?? 0) < GOOD_FOR_MS;

/** @throws HttpError 403 `confirm_password` when a person has not shown lately that it is they */
export function requireConfirmed(deps: Pick<Deps, 'now'>, request: Request): void {
  if (!isConfirmed(deps, request)) throw new HttpError(403, 'confirm_password', 'Please type your password again first.');
}

/** What is done only by somebody who knows the password is open for ten minutes from now on. */
export async function confirmPassword(deps: Pick<Deps, 'database' | 'limits' | 'now'>, request: Request, password: string): Promise<void> {
  await requirePassword(deps, userOf(request), password);
  request.session.confirmedAt = deps.now().getTime();
}
