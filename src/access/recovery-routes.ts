import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { endLinks, findLink, type LinkPurpose, type OneTimeLink, useLink } from '../auth/one-time-link-store.ts';
import { hashPassword, newPassword, requireStrong } from '../auth/password.ts';
import { endSessions } from '../auth/session-store.ts';
import { confirmEmail, findUser, recordAudit, saveEmail, savePasswordHash, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { networkOf } from '../lib/network.ts';
import { addTasks } from '../tasks/queue.ts';
import { HttpError, wantsJson } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { CHANGE_EMAIL_PATH, RESET_PATH, resetLink, tellOfNewPassword, tellOldAddress, UNDO_EMAIL_PATH } from './messages.ts';
import { emailField } from './sign-in-routes.ts';

const FORGOT_PATH = '/forgot-password';
const FORGOTTEN: Limit = { name: 'forgot-password', points: 20, perSeconds: 3_600 };
const TRIES: Limit = { name: 'one-time-link', points: 60, perSeconds: 900 };
const TOKEN_LENGTH_MAX = 100;
const MINUTE_LENGTH = 'YYYY-MM-DDTHH:MM'.length;

const forgotten = z.strictObject({ email: emailField });
const tokenQuery = z.strictObject({ token: z.string().max(TOKEN_LENGTH_MAX) });
const resetForm = z.strictObject({ token: z.string().max(TOKEN_LENGTH_MAX), password: newPassword });

const unusable = () => new HttpError(400, 'invalid_link', 'This link has been used, is too old, or is not whole. Ask for a new one.');

/** A forgotten password, a changed address, and how that is undone: each by a link that works once. */
export function recoveryRoutes(deps: Deps): Router {
  const { database, limits, now } = deps;
  const router = Router();
  const form = [express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 6 }), express.json({ limit: '4kb' })];

  router.get(FORGOT_PATH, (_request, response) => showForgot(response, {}));

  router.post(FORGOT_PATH, ...form, async (request, response) => {
    try {
      await limits.consume(FORGOTTEN, networkOf(request.ip));
      const { email } = parse(forgotten, request.body ?? {});
      // Looked up later, by the worker: nobody can tell from the answer, or its time, whether there is such an account.
      await addTasks(database.pool, [{ kind: 'recovery', subject: email, slot: now().toISOString().slice(0, MINUTE_LENGTH) }]);
      deps.nudgeWorker();
      if (wantsJson(request)) response.status(202).json({ success: true });
      else showForgot(response, { isSent: true });
    } catch (error) {
      if (wantsJson(request) || !(error instanceof HttpError)) throw error;
      const { email } = (request.body ?? {}) as { email?: unknown };
      showForgot(response.status(error.status), {
        email: typeof email === 'string' ? email : '',
        message: error.message,
        fields: error.fields,
      });
    }
  });

  const showForgot = (response: Response, values: Record<string, unknown>) =>
    response.render('access/forgot', {
      title: 'Forgotten password',
      hasMailServer: deps.hasMailServer,
      isSent: false,
      email: '',
      message: null,
      fields: undefined,
      ...values,
    });

  /** The link and its person. @throws HttpError 400 when it is good no more */
  const read = async (purpose: LinkPurpose, request: Request, token: string): Promise<{ link: OneTimeLink; user: User }> => {
    await limits.consume(TRIES, networkOf(request.ip));
    const link = await findLink(database.pool, purpose, token);
    const user = link?.userId ? await findUser(database, link.userId) : null;
    if (!link || !user) throw unusable();
    return { link, user };
  };

  router.get(RESET_PATH, async (request, response) => {
    const { token } = parse(tokenQuery, request.query);
    await read('reset_password', request, token);
    response.render('access/reset', { title: 'A new password', token, message: null, fields: undefined });
  });

  router.post(RESET_PATH, ...form, async (request, response) => {
    const { token } = (request.body ?? {}) as { token?: unknown };
    try {
      const input = parse(resetForm, request.body ?? {});
      const { user } = await read('reset_password', request, input.token);
      requireStrong(input.password, user);
      await setPassword(user, input.token, await hashPassword(input.password));
      if (wantsJson(request)) response.json({ success: true });
      else response.redirect(303, '/login');
    } catch (error) {
      if (wantsJson(request) || !(error instanceof HttpError) || error.code === 'invalid_link' || typeof token !== 'string') throw error;
      response
        .status(error.status)
        .render('access/reset', { title: 'A new password', token, message: error.message, fields: error.fields });
    }
  });

  /** Whoever has the link reads the mailbox: the address is theirs. Everybody who was signed in is so no more. */
  const setPassword = async (user: User, token: string, passwordHash: string) => {
    await database.transaction(async (client) => {
      if ((await useLink(client, 'reset_password', token)) === null) throw unusable();
      await savePasswordHash(client, user.id, passwordHash);
      await endLinks(client, user.id);
    });
    await endSessions(database, user.id, '', null);
    if (deps.hasMailServer) await confirmEmail(database, user.id, user.email);
    await recordAudit(database, user.id, 'reset_password');
    await tellOfNewPassword(deps, user.id);
  };

  router.get(CHANGE_EMAIL_PATH, async (request, response) => {
    const { token } = parse(tokenQuery, request.query);
    const { link } = await read('change_email', request, token);
    response.render('access/change-email', {
      title: 'New address',
      action: request.originalUrl,
      address: link.email,
      isUndo: false,
      isDone: false,
    });
  });

  router.post(CHANGE_EMAIL_PATH, async (request, response) => {
    const { token } = parse(tokenQuery, request.query);
    const { link, user } = await read('change_email', request, token);
    const address = link.email as string;
    await database.transaction(async (client) => {
      if ((await useLink(client, 'change_email', token)) === null) throw unusable();
      if (!(await saveEmail(client, user.id, address, true)))
        throw new HttpError(409, 'email_taken', 'Another account has this address by now.');
    });
    await recordAudit(database, user.id, 'change_email');
    if (!user.isAddressLost) await tellOldAddress(deps, user.id, user.email, address);
    response.render('access/change-email', { title: 'New address', action: null, address, isUndo: false, isDone: true });
  });

  router.get(UNDO_EMAIL_PATH, async (request, response) => {
    const { token } = parse(tokenQuery, request.query);
    const { link } = await read('undo_email', request, token);
    response.render('access/change-email', {
      title: 'Your address',
      action: request.originalUrl,
      address: link.email,
      isUndo: true,
      isDone: false,
    });
  });

  // Somebody else may have changed it, and may know the password: it is chosen anew, and everybody signs in anew.
  router.post(UNDO_EMAIL_PATH, async (request, response) => {
    const { token } = parse(tokenQuery, request.query);
    const { link, user } = await read('undo_email', request, token);
    await database.transaction(async (client) => {
      if ((await useLink(client, 'undo_email', token)) === null) throw unusable();
      if (!(await saveEmail(client, user.id, link.email as string, true)))
        throw new HttpError(409, 'email_taken', 'Another account has this address by now.');
      await endLinks(client, user.id);
    });
    await endSessions(database, user.id, '', null);
    await recordAudit(database, user.id, 'undo_email');
    response.redirect(303, new URL(await resetLink(database.pool, deps.appUrl, user.id)).search.replace(/^/, RESET_PATH));
  });

  return router;
}
