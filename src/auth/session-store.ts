import { createHash } from 'node:crypto';
import type { Database } from '../database/client.ts';

/** A device on which somebody is signed in. */
export interface SignedInSession {
  /** Tells the session apart without giving its secret away. */
  id: string;
  device: string | null;
  network: string | null;
  startedAt: Date | null;
  seenAt: Date | null;
  isThisOne: boolean;
}

interface Row {
  sid: string;
  sess: { startedAt?: number; seenAt?: number; device?: string; network?: string };
}

const idOf = (sid: string): string => createHash('sha256').update(sid).digest('base64url').slice(0, 22);
const at = (instant: number | undefined): Date | null => (instant === undefined ? null : new Date(instant));

async function rowsOf({ pool }: Database, userId: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(`SELECT sid, sess FROM sessions WHERE sess->'passport'->>'user' = $1 AND expire > now()`, [
    userId,
  ]);
  return rows;
}

/** Where a person is signed in, the last seen first. */
export async function listSessions(database: Database, userId: string, ownSid: string): Promise<SignedInSession[]> {
  const rows = await rowsOf(database, userId);
  return rows
    .map(({ sid, sess }) => ({
      id: idOf(sid),
      device: sess.device ?? null,
      network: sess.network ?? null,
      startedAt: at(sess.startedAt),
      seenAt: at(sess.seenAt),
      isThisOne: sid === ownSid,
    }))
    .sort((a, b) => Number(b.isThisOne) - Number(a.isThisOne) || (b.seenAt?.getTime() ?? 0) - (a.seenAt?.getTime() ?? 0));
}

/** Signs a person out on one device, or, with null, on all but this one. @returns how many sessions ended */
export async function endSessions(database: Database, userId: string, ownSid: string, id: string | null): Promise<number> {
  const ended = (await rowsOf(database, userId)).filter(({ sid }) => (id === null ? sid !== ownSid : idOf(sid) === id));
  const { rowCount } = await database.pool.query('DELETE FROM sessions WHERE sid = ANY($1)', [ended.map(({ sid }) => sid)]);
  await tellPages(database, userId);
  return rowCount ?? 0;
}

/** Those of some sessions that have not ended. */
export async function listOpenSessions({ pool }: Database, sids: string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ sid: string }>('SELECT sid FROM sessions WHERE sid = ANY($1) AND expire > now()', [sids]);
  return new Set(rows.map(({ sid }) => sid));
}

/** Has the pages that a person has open look whether their sessions go on. */
export async function tellPages({ pool }: Database, userId: string): Promise<void> {
  await pool.query(`SELECT pg_notify('data_changed', $1)`, [userId]);
}

const BROWSERS: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** A browser and its system in words a person knows; null for programs. Only this is kept of a User-Agent. */
export function deviceOf(userAgent: string | undefined): string | null {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? null);
}
