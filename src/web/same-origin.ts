import type { RequestHandler } from 'express';
import { HttpError } from './errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const FROM_HERE = new Set(['same-origin', 'none']);

/**
 * Lets a write through only when the browser says it comes from our own pages (Fetch Metadata, else Origin). A client that
 * sends neither is no browser with somebody's cookies. `exempt` paths are compared as a whole.
 */
export function protectWrites(appUrl: () => string, exempt: string[]): RequestHandler {
  return (request, _response, next) => {
    if (SAFE_METHODS.has(request.method) || exempt.includes(request.path)) return next();
    const site = request.get('sec-fetch-site');
    const origin = request.get('origin');
    const isOurs = site !== undefined ? FROM_HERE.has(site) : origin === undefined || isOwnOrigin(origin, request.get('host'), appUrl());
    if (!isOurs) throw new HttpError(403, 'cross_site', 'This request did not come from the dashboard itself.');
    next();
  };
}

function isOwnOrigin(origin: string, host: string | undefined, appUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === new URL(appUrl).origin || url.host === host;
}
