import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Pool } from 'pg';

const IDLE_MS = 30 * 60_000;
const LIFE_MAX_MS = 14 * 24 * 3_600_000;
/** A session's expiry is moved at most this often: a write on every request would cost more than the request. */
const TOUCH_EVERY_MS = 60_000;
const PRUNE_EVERY_S = 900;

declare module 'express-session' {
  interface SessionData {
    startedAt: number;
    seenAt: number;
    /** When the person has last shown that it is they. */
    confirmedAt: number;
    /** The browser and its system, for the list of sessions. */
    device: string;
    /** The network address without what tells a subscriber. */
    network: string;
  }
}

export const sessionCookieName = (isProduction: boolean) => (isProduction ? '__Host-session' : 'session');

/** A pool whose few statements are planned once a connection, not at every request. */
function preparing(pool: Pool): Pool {
  const names = new Map<string, string>();
  const query = (text: string, values: unknown[]) => {
    const name = names.get(text) ?? `session-${names.size}`;
    names.set(text, name);
    return pool.query({ name, text, values });
  };
  return { query } as Pool;
}

/** Sessions kept in PostgreSQL: they end after 30 minutes without a request, and after 14 days in any case. */
export function sessions(options: { pool: Pool; secrets: string[]; isProduction: boolean; now: () => Date }): RequestHandler[] {
  const Store = connectPgSimple(session);
  return [
    session({
      store: new Store({ pool: preparing(options.pool), tableName: 'sessions', disableTouch: true, pruneSessionInterval: PRUNE_EVERY_S }),
      name: sessionCookieName(options.isProduction),
      secret: options.secrets,
      resave: false,
      saveUninitialized: false,
      rolling: true,
      proxy: true,
      cookie: { httpOnly: true, sameSite: 'lax', secure: options.isProduction, path: '/', maxAge: IDLE_MS },
    }),
    (request, _response, next) => {
      const { startedAt, seenAt } = request.session;
      const at = options.now().getTime();
      if (startedAt === undefined || seenAt === undefined) return next();
      if (at - startedAt > LIFE_MAX_MS) return request.session.regenerate(next);
      if (at - seenAt > TOUCH_EVERY_MS) request.session.seenAt = at;
      next();
    },
  ];
}
