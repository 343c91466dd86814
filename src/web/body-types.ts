import type { RequestHandler } from 'express';
import { HttpError } from './errors.ts';

const FORM_PATHS =
  /^\/(accounts|register|login|logout|demo|demo-bank\/sign-in|recurring|settings|alerts|reports|unsubscribe|confirm-email|confirm|forgot-password|reset-password|change-email|undo-email|transactions\/(review|bulk|[0-9a-f-]{36}))$/;

const UPLOAD_PATH = '/settings/import';

/** A body has to be JSON, or a form where a form is expected: anything else is what a page elsewhere could send unasked. */
export function requireKnownBody(exempt: string[]): RequestHandler {
  return (request, _response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    if (!hasBody || exempt.includes(request.path)) return next();
    const isUpload = request.path === UPLOAD_PATH && request.is('multipart/form-data');
    const isForm = FORM_PATHS.test(request.path) && request.is('application/x-www-form-urlencoded');
    if (!isForm && !isUpload && !request.is('application/json'))
      throw new HttpError(415, 'wrong_type', 'The body has to be JSON (Content-Type: application/json).');
    next();
  };
}
