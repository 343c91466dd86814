import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { start } from '../../src/start.ts';
import { requestSync } from '../../src/sync/queue.ts';
import { cloneDatabase } from '../database.ts';

const DAY_MS = 24 * 3_600_000;
const STEP_DAYS = 14;
const STEPS = 9;
const START = Date.parse('2026-01-18T12:00:00Z');

/** The demo household, linked as a person links it, over half a year in which its banks are read now and then. */
it('the demo household has something to be told of nearly every kind over its history', { timeout: 90_000 }, async () => {
  const [database, dataDir] = [await cloneDatabase(), await mkdtemp(join(tmpdir(), 'alerts-history-'))];
  const clock = { now: new Date(START) };
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1' });
  const app = await start(config, pino({ level: 'silent' }), () => clock.now);
  try {
    const url = app.url.replace('localhost', '127.0.0.1');
    const response = await fetch(`${url}/demo`, { method: 'POST', headers: { accept: 'application/json' } });
    expect(response.status).toBe(201);
    const query = async (sql: string) => (await app.deps.database.pool.query(sql)).rows;
    const settled = () =>
      expect
        .poll(() => query('SELECT 1 FROM sync_jobs WHERE completed < requested OR lease_owner IS NOT NULL'), { timeout: 30_000 })
        .toEqual([]);
    await settled();
    const items = (await query('SELECT id FROM plaid_items')).map(({ id }) => id as string);
    for (let step = 0; step < STEPS; step++) {
      clock.now = new Date(clock.now.getTime() + STEP_DAYS * DAY_MS);
      // As the schedule asks; a session would have ended long ago.
      await requestSync(app.deps.database, items);
      app.deps.nudgeWorker();
      await settled();
    }
    const raised = await query(
      'SELECT kind, count(*)::int AS count, count(resolved_at)::int AS resolved FROM alerts GROUP BY kind ORDER BY kind',
    );
    expect(raised.length, JSON.stringify(raised)).toBeGreaterThanOrEqual(8);
    // Nobody is flooded: a few a week at most, and what is over is resolved.
    const total = raised.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBeLessThan(((STEPS * STEP_DAYS) / 7) * 4);
    expect(raised.reduce((sum, { resolved }) => sum + resolved, 0)).toBeGreaterThan(total / 2);
    expect(await query('SELECT user_id, dedup_key FROM alerts WHERE resolved_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1')).toEqual([]);
  } finally {
    await app.stop();
    await database.drop();
    await rm(dataDir, { recursive: true });
  }
});
