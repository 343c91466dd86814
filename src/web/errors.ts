import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { answerFor, PlaidFailure } from '../plaid/failure.ts';

const RETRY_AFTER_S = 60;
/** What PostgreSQL's driver says when the server is not there. */
const DATABASE_DOWN = /^(ECONNREFUSED|ECONNRESET|EPIPE|57P0[1-3]|08\d{3}|53300|P1001|P1002|P1017|P2024)$/;

/** A failure whose message is meant for a person. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields?: Record<string, string> | undefined;
  readonly retryAfterS?: number | undefined;

  constructor(status: number, code: string, message: string, more: { fields?: Record<string, string>; retryAfterS?: number } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = more.fields;
    this.retryAfterS = more.retryAfterS;
  }
}

/** A failure as a sentence of a page, on which fields have names of their own. */
export function sentenceOf({ message, fields }: HttpError, labels: Record<string, string>): string {
  const [found] = Object.entries(fields ?? {});
  const label = found && Object.hasOwn(labels, found[0]) ? labels[found[0]] : undefined;
  return found && label ? `${label} ${found[1]}.` : message;
}

/** Not there, or not yours: nobody can tell which. */
export const notFound = () => new HttpError(404, 'not_found', 'There is nothing here by that name.');

export const rejectUnknownPath: RequestHandler = () => {
  throw notFound();
};

/** Turns any failure into an answer: JSON for programs, a page for people. Only failures that are ours are logged as errors. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    // Who stops reading a download wants no answer, and nothing has failed.
    if ((error as { code?: string } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE' && response.headersSent) return;
    const failure = toHttpError(error);
    if (failure.status >= 500) logger.error({ ...describe(error), requestId: request.id, path: request.path }, 'request failed');
    if (response.headersSent) return next(error);
    if (failure.retryAfterS !== undefined) response.set('Retry-After', String(failure.retryAfterS));
    response.status(failure.status).set('Cache-Control', 'no-store');
    if (wantsJson(request)) {
      const { message, code, fields } = failure;
      response.json({ error: message, code, ...(fields ? { fields } : {}) });
    } else {
      response.render('errors/error', { title: 'Something is not right', status: failure.status, message: failure.message });
    }
  };
}

/** Programs speak JSON: everything under /api, and elsewhere who sends it or prefers it. */
export const wantsJson = (request: Request): boolean =>
  request.originalUrl.startsWith('/api/') || Boolean(request.is('application/json')) || request.accepts(['html', 'json']) === 'json';

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof PlaidFailure) {
    const status = error.httpStatus === null || error.remedy === 'later' ? 503 : 502;
    return new HttpError(status, 'plaid_error', answerFor(error), { retryAfterS: RETRY_AFTER_S });
  }
  const { type, status, code, name } = (error ?? {}) as { type?: string; status?: number; code?: string; name?: string };
  if (type === 'entity.too.large') return new HttpError(413, 'too_large', 'The request is too large.');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new HttpError(415, 'wrong_type', 'The encoding is not supported.');
  if (type?.startsWith('entity.') || (status === 400 && error instanceof SyntaxError)) {
    return new HttpError(400, 'invalid_json', 'The body is not valid JSON.');
  }
  if (error instanceof URIError || (status !== undefined && status >= 400 && status < 500)) {
    return new HttpError(400, 'invalid_request', 'The request could not be read.');
  }
  const isDatabaseDown = DATABASE_DOWN.test(code ?? '') || name === 'PrismaClientInitializationError' || isConnectionTimeout(error);
  if (isDatabaseDown) {
    return new HttpError(503, 'unavailable', 'The database cannot be reached at the moment. Please try again shortly.', { retryAfterS: 5 });
  }
  return new HttpError(500, 'internal', 'Something went wrong on our side. It has been noted.');
}

const isConnectionTimeout = (error: unknown) =>
  error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/i.test(error.message);

/** What of an error may be logged: never its properties, which can carry tokens, nor a database's row in its message. */
export function describe(error: unknown): Record<string, unknown> {
  if (error instanceof PlaidFailure) return { plaidCode: error.code, plaidRequestId: error.requestId, message: error.message };
  if (!(error instanceof Error)) return { message: 'not an error object' };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message.split('\n')[0]?.slice(0, 300),
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.trimStart().startsWith('at '))
      .slice(0, 12),
  };
}
