import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays, calendarDate } from '../../src/lib/dates.ts';
import { cloneDatabase } from '../database.ts';
import { account, add, startTestBank, transaction } from '../test-bank.ts';
import { registerAt, sendTo } from './client.ts';
import { buildProgram, environmentFor, type RunningProgram, runProgram } from './program.ts';

/** Slow enough that all requests come while the first run is at work. */
const BANK_DELAY_MS = 1_500;

let program: string;
let dataDir: string;
let bank: Awaited<ReturnType<typeof startTestBank>>;
let apps: RunningProgram[];
let connection: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  program = buildProgram();
  dataDir = mkdtempSync(join(tmpdir(), 'two-processes-'));
  const database = await cloneDatabase();
  bank = await startTestBank(() => new Date(), {
    intercept: async (path) => {
      if (path === '/accounts/get') await pause(BANK_DELAY_MS);
      return false;
    },
  });
  const env = environmentFor(database.url, bank.url, dataDir);
  connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  const first = await runProgram(program, env);
  apps = [first, await runProgram(program, env)];
  drop = database.drop;
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.kill()));
  await bank.close();
  await connection.end();
  await drop();
  for (const folder of [program, dataDir]) rmSync(folder, { recursive: true });
});

const query = async (sql: string, ...parameters: unknown[]) => (await connection.query(sql, parameters)).rows;

it('bring a dozen webhooks and syncs at once to one effect, with at most one run more', async () => {
  const [one, two] = apps as [RunningProgram, RunningProgram];
  const person = await registerAt(one);
  const checking = account('depository', 'checking', 1);
  const row = (name: string) => transaction(checking, '2026-03-02', 1, name);
  const { item, publicToken } = bank.link({ accounts: [checking], transactions: [row('OLD')] });
  const { item_id: id } = await sendTo(one, person, 'POST', '/api/plaid/exchange-token', { public_token: publicToken });
  await sendTo(one, person, 'POST', `/api/plaid/items/${id}/sync`);
  const runs = async () => Number((await query('SELECT count(*) FROM sync_runs WHERE plaid_item_id = $1', id))[0].count);
  await expect.poll(() => query('SELECT 1 FROM sync_jobs WHERE completed < requested OR lease_owner IS NOT NULL')).toEqual([]);
  const before = await runs();
  add(item, row('NEW'));
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const app = index % 2 === 0 ? one : two;
      if (index % 3 !== 0) return sendTo(app, person, 'POST', `/api/plaid/items/${id}/sync`);
      const target = { itemId: item.itemId, webhook: `${app.url}/api/plaid/webhook` };
      return bank.signer.send(target, 'TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', {});
    }),
  );
  await expect.poll(() => query('SELECT 1 FROM sync_jobs WHERE completed < requested OR lease_owner IS NOT NULL')).toEqual([]);
  expect((await runs()) - before).toBeLessThanOrEqual(2);
  const { transactions } = await sendTo(two, person, 'GET', '/api/dashboard/transactions');
  expect(transactions.map(({ name }: { name: string }) => name).sort()).toEqual(['NEW', 'OLD']);
  expect(await query('SELECT status FROM sync_runs WHERE plaid_item_id = $1 AND status <> $2', id, 'succeeded')).toEqual([]);
  expect(await query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()')).toEqual([{ deadlocks: 0 }]);
});

it('fill each slot of the schedule once', async () => {
  // Both looked for what is due when they started, and again with every minute.
  const [{ today }] = (await query("SELECT (now() AT TIME ZONE 'UTC')::date::text AS today")) as [{ today: string }];
  const cleanups = await query("SELECT slot FROM tasks WHERE kind = 'cleanup'");
  const days = [calendarDate(today), addDays(calendarDate(today), -1)];
  expect(new Set(cleanups.map(({ slot }) => slot)).size).toBe(cleanups.length);
  expect(days).toEqual(expect.arrayContaining(cleanups.map(({ slot }) => slot)));
});
