import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, calendarDate } from '../../src/lib/dates.ts';
import { requestDueTasks } from '../../src/schedule/schedule.ts';
import { addDailyPolls } from '../../src/schedule/store.ts';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const HOUR_MS = 3_600_000;
/** Rows carry the database's own time: what is due is looked at from there on. */
const later = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const tasksOf = (kind: string, subject: string) =>
  query('SELECT slot FROM tasks WHERE kind = $1 AND subject = $2 ORDER BY slot', kind, subject);
const ownerOf = async (itemId: string) => (await query('SELECT user_id FROM plaid_items WHERE id = $1', itemId))[0].user_id as string;

describe('daily readings', () => {
  it('are asked for once a day, by however many processes, and once after a downtime', async () => {
    const linked = await link(await register(app), { accounts: [account('depository', 'checking', 1)] });
    const { database } = app.deps;
    await requestDueTasks(database, later(0));
    expect(await tasksOf('poll', linked.id)).toEqual([]);
    await Promise.all(Array.from({ length: 6 }, () => requestDueTasks(database, later(25))));
    expect(await tasksOf('poll', linked.id)).toHaveLength(1);
    await requestDueTasks(database, later(25 + 24 * 5));
    expect(await tasksOf('poll', linked.id)).toHaveLength(2);
  });

  it('read the bank', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const runs = async () => (await query('SELECT count(*)::int AS runs FROM sync_runs WHERE plaid_item_id = $1', linked.id))[0].runs;
    const before = await runs();
    await requestDueTasks(app.deps.database, later(25));
    app.deps.nudgeWorker();
    await expect.poll(runs).toBe(before + 1);
  });

  it('are spread over the day', async () => {
    const client = await register(app);
    const { id } = (await client.get('/api/me')).body;
    const made =
      "INSERT INTO plaid_items (user_id, item_id, access_token) SELECT $1, 'spread ' || n, 'v1.a.b.c.d' FROM generate_series(1, 240) AS n";
    const hours = new Set<number>();
    const undone = app.deps.database.transaction(async (connection) => {
      await connection.query(made, [id]);
      await addDailyPolls(connection, later(25));
      const { rows } = await connection.query<{ hour: number }>(
        `SELECT abs(hashtext(plaid_items.id::text)::bigint) % 1440 / 60 AS hour FROM plaid_items JOIN tasks ON tasks.subject = plaid_items.id::text WHERE user_id = $1`,
        [id],
      );
      for (const { hour } of rows) hours.add(Number(hour));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(hours.size).toBe(24);
  });
});

describe('daily snapshots', () => {
  const snapshots = (userId: string) =>
    query(
      `SELECT snapshot_date AS date, balance_current::float AS balance, is_carried AS carried FROM balance_snapshots WHERE user_id = $1 ORDER BY 1`,
      userId,
    );
  const netWorths = (userId: string) =>
    query('SELECT snapshot_date AS date, net_worth::float AS worth FROM net_worth_snapshots WHERE user_id = $1 ORDER BY 1', userId);
  const at = async (instant: string) => {
    app.clock.now = new Date(instant);
    await requestDueTasks(app.deps.database, app.clock.now);
    // What else is due on these days has tests of its own.
    await query("DELETE FROM tasks WHERE kind IN ('alerts', 'digest', 'report')");
    app.deps.nudgeWorker();
    await expect.poll(() => query("SELECT 1 FROM tasks WHERE done_at IS NULL AND kind = 'snapshot'")).toEqual([]);
  };

  it('are taken after midnight where the person lives, also for days when nothing ran', async () => {
    app.clock.now = new Date('2026-03-18T12:00:00Z');
    const client = await register(app, { time_zone: 'Pacific/Auckland' });
    const linked = await link(client, { accounts: [account('depository', 'checking', 100)] });
    const userId = await ownerOf(linked.id);
    expect(await snapshots(userId)).toEqual([{ date: '2026-03-19', balance: 100, carried: false }]);
    await at('2026-03-19T10:59:00Z');
    expect(await snapshots(userId)).toHaveLength(1);
    await at('2026-03-19T11:00:00Z');
    expect((await snapshots(userId)).at(-1)).toEqual({ date: '2026-03-20', balance: 100, carried: true });
    await at('2026-03-22T12:00:00Z');
    expect((await snapshots(userId)).map((row) => row.date)).toEqual([
      '2026-03-19',
      '2026-03-20',
      '2026-03-21',
      '2026-03-22',
      '2026-03-23',
    ]);
    expect(await netWorths(userId)).toEqual([19, 20, 21, 22, 23].map((day) => ({ date: `2026-03-${day}`, worth: 100 })));
  });

  it('are replaced by a reading of the day, and are no anchor of the history', async () => {
    app.clock.now = new Date('2026-03-18T12:00:00Z');
    const client = await register(app);
    const checking = account('depository', 'checking', 100);
    const linked = await link(client, { accounts: [checking] });
    const userId = await ownerOf(linked.id);
    await at('2026-03-20T00:01:00Z');
    checking.balances.current = 60;
    const { add, transaction } = await import('../test-bank.ts');
    add(linked.item, transaction(checking, '2026-03-19', 40, 'LATE NEWS'));
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect(await snapshots(userId)).toEqual([
      { date: '2026-03-18', balance: 100, carried: false },
      { date: '2026-03-19', balance: 100, carried: true },
      { date: '2026-03-20', balance: 60, carried: false },
    ]);
    const { history } = (await client.get('/api/dashboard/net-worth?days=3')).body;
    expect(history.map((entry: { date: string; net_worth: number }) => [entry.date, entry.net_worth])).toEqual([
      ['2026-03-17', 100],
      ['2026-03-18', 100],
      ['2026-03-19', 60],
      ['2026-03-20', 60],
    ]);
  });

  it('are one a day in every time zone, through changes of the clock and leap days', { timeout: 90_000 }, async () => {
    const zones = ['America/New_York', 'Europe/Berlin', 'Pacific/Apia', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'];
    const starts = ['2028-02-27T12:00:00Z', '2026-03-07T12:00:00Z', '2026-03-27T12:00:00Z', '2026-10-30T12:00:00Z'];
    for (const start of starts) {
      app.clock.now = new Date(start);
      const people: { zone: string; userId: string }[] = [];
      for (const zone of zones) {
        const linked = await link(await register(app, { time_zone: zone }), { accounts: [account('depository', 'checking', 1)] });
        people.push({ zone, userId: await ownerOf(linked.id) });
      }
      for (let hour = 0; hour <= 96; hour += 12) await at(new Date(Date.parse(start) + hour * HOUR_MS).toISOString());
      for (const { userId, zone } of people) {
        const dates = (await snapshots(userId)).map((row) => row.date as string);
        const first = calendarDate(dates[0] as string);
        expect(dates, `${zone} from ${start}`).toEqual(dates.map((_, index) => addDays(first, index)));
        expect(dates).toHaveLength(5);
        expect((await netWorths(userId)).map((row) => row.date)).toEqual(dates);
      }
    }
  });
});

it('the daily cleanup forgets old records and visitors of the demonstration who have left', async () => {
  app.clock.now = new Date('2026-03-18T12:00:00Z');
  const client = await register(app);
  const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
  const userId = await ownerOf(linked.id);
  await query("UPDATE users SET is_demo = true, created_at = '2026-03-10' WHERE id = $1", userId);
  await client.post(`/api/plaid/items/${linked.id}/sync`);
  await query(
    "UPDATE sync_runs SET started_at = started_at - interval '2 years', finished_at = finished_at - interval '2 years' WHERE plaid_item_id = $1",
    linked.id,
  );
  await query(`INSERT INTO webhook_events (webhook_type, webhook_code, body, received_at) VALUES ('OLD', 'OLD', '{}', '2025-01-01')`);
  const cleanUp = async () => {
    await query("DELETE FROM tasks WHERE kind = 'cleanup'");
    await requestDueTasks(app.deps.database, app.clock.now);
    app.deps.nudgeWorker();
    await expect.poll(() => query("SELECT 1 FROM tasks WHERE kind = 'cleanup' AND done_at IS NULL")).toEqual([]);
  };
  await cleanUp();
  expect(await query("SELECT 1 FROM webhook_events WHERE webhook_type = 'OLD'")).toEqual([]);
  expect(await query('SELECT 1 FROM sync_runs WHERE plaid_item_id = $1', linked.id)).toHaveLength(1);
  expect(await query('SELECT 1 FROM users WHERE id = $1', userId)).toHaveLength(1);
  await query("DELETE FROM sessions WHERE sess->'passport'->>'user' = $1", userId);
  await cleanUp();
  expect(await query('SELECT 1 FROM users WHERE id = $1', userId)).toEqual([]);
  await expect.poll(() => app.bank.items.has(linked.item.accessToken)).toBe(false);
});
