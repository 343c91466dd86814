import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { confirmPassword, isConfirmed } from '../auth/confirmation.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { HttpError, wantsJson } from '../web/errors.ts';
import { localPath } from '../web/local-path.ts';
import { parse } from '../web/parse.ts';

export const CONFIRM_PATH = '/confirm';
const confirmation = z.strictObject({ password: z.string().min(1, 'is missing').max(200) });
const confirmForm = z.strictObject({ password: z.string().max(200).default(''), next: z.string().max(2_000).optional() });

/** POST /api/me/confirm, and the page that asks before it leads on. */
export function confirmRoutes(deps: Deps): { api: Router; pages: Router } {
  const [api, pages] = [Router(), Router()];

  api.post('/me/confirm', express.json({ limit: '2kb' }), async (request, response) => {
    await confirmPassword(deps, request, parse(confirmation, request.body ?? {}).password);
    response.json({ success: true });
  });

  const show = (request: Request, response: Response, next: string, failure?: HttpError) =>
    response.status(failure?.status ?? 200).render('access/confirm', {
      title: 'Your password',
      user: userOf(request),
      next,
      message: failure?.message ?? null,
    });

  pages.get(CONFIRM_PATH, (request, response) => {
    const next = localPath(request.query.next);
    if (isConfirmed(deps, request)) return response.redirect(303, next);
    show(request, response, next);
  });

  pages.post(CONFIRM_PATH, express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 4 }), async (request, response) => {
    const form = parse(confirmForm, request.body ?? {});
    const next = localPath(form.next);
    try {
      await confirmPassword(deps, request, form.password);
    } catch (error) {
      if (!(error instanceof HttpError) || wantsJson(request)) throw error;
      return show(request, response, next, error);
    }
    response.redirect(303, next);
  });

  return { api, pages };
}
