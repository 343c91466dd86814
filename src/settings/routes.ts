import express, { Router } from 'express';
import { z } from 'zod';
import { isPasswordOf } from '../auth/password.ts';
import { sessionCookieName } from '../auth/session.ts';
import { signOut, userOf } from '../auth/sign-in.ts';
import { findCredentials } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { deleteUser } from '../items/removal.ts';
import { HttpError } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';

const LEAVINGS: Limit = { name: 'leave', points: 10, perSeconds: 3_600 };

const leaving = z.strictObject({ password: z.string().max(200).optional() }).default({});

/** /api/me: the person's own account. */
export function settingsRoutes(deps: Deps): Router {
  const { database, limits } = deps;
  const router = Router();

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
