import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotYet } from '../../src/reports/write-report.ts';
import { runTask } from '../../src/schedule/run-task.ts';
import { setAside } from '../../src/schedule/schedule.ts';
import { claimJob, postponeJob, requestSync } from '../../src/sync/queue.ts';
import { addTasks, claimTaskNow, FAILURES_MAX, listParkedTasks, retryParkedTasks } from '../../src/tasks/queue.ts';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const times = <Result>(count: number, work: () => Promise<Result>) =>
  Array.from({ length: count }).reduce<Promise<unknown>>((before) => before.then(work), Promise.resolve());

describe('a task', () => {
  const newTask = async (slot: string) => {
    const task = { kind: 'refresh' as const, subject: 'nobody', slot, delayS: 3_600 };
    await addTasks(app.deps.database.pool, [task]);
    return task;
  };
  const parked = async () => (await listParkedTasks(app.deps.database.pool)).map(({ slot }) => slot);
  /** Somebody takes the task, and is never heard of again. */
  const cutOff = async (task: Awaited<ReturnType<typeof newTask>>) => {
    const claimed = await claimTaskNow(app.deps.database, task);
    await query(`UPDATE tasks SET claimed_until = now() - interval '1 second' WHERE slot = $1`, task.slot);
    return claimed;
  };

  it('that is cut off five times in a row is set aside and said to be', async () => {
    const task = await newTask('cut off');
    await times(FAILURES_MAX - 1, () => cutOff(task));
    await setAside(app.deps);
    expect(await parked()).not.toContain('cut off');
    expect(await cutOff(task)).not.toBeNull();
    expect(await claimTaskNow(app.deps.database, task)).toBeNull();
    await setAside(app.deps);
    expect(await parked()).toContain('cut off');
    expect(app.logged()).toContain('a task was cut off five times and is set aside');
    expect(await retryParkedTasks(app.deps.database.pool)).toBeGreaterThan(0);
    expect(await claimTaskNow(app.deps.database, task)).not.toBeNull();
  });

  const run = (task: Awaited<ReturnType<typeof newTask>>, error: Error) => async () => {
    const claimed = await claimTaskNow(app.deps.database, task);
    const refreshFigures = async () => {
      throw error;
    };
    if (claimed) await runTask({ ...app.deps, refreshFigures, nudgeSyncs: () => undefined }, claimed);
    return claimed;
  };

  it('that fails five times in a row is set aside; one that has to wait never is', async () => {
    const [failing, waiting] = [await newTask('failing'), await newTask('waiting')];
    await times(FAILURES_MAX, run(failing, new Error('a fault')));
    await times(2 * FAILURES_MAX, run(waiting, new NotYet('not yet')));
    expect(await parked()).toContain('failing');
    expect(await parked()).not.toContain('waiting');
    expect(await run(failing, new Error('a fault'))()).toBeNull();
    expect(await run(waiting, new NotYet('not yet'))()).not.toBeNull();
  });

  it('that is cut off now and then is not', async () => {
    const task = await newTask('now and then');
    for (let round = 0; round < FAILURES_MAX; round++) {
      await times(FAILURES_MAX - 2, () => cutOff(task));
      await run(task, new NotYet('not yet'))();
    }
    await setAside(app.deps);
    expect(await parked()).not.toContain('now and then');
  });
});

describe('reading a bank', () => {
  it('that is cut off or fails five times in a row is set aside until somebody asks', async () => {
    const client = await register(app);
    const { id } = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const { database } = app.deps;
    await query(`UPDATE sync_jobs SET run_after = now() + interval '1 day' WHERE plaid_item_id = $1`, id);
    const claim = async () => {
      await query(`UPDATE sync_jobs SET requested = completed + 1, run_after = now() - interval '1 hour' WHERE plaid_item_id = $1`, id);
      return claimJob(database, 'somebody');
    };
    const standing = async () => (await client.get('/api/plaid/items')).body[0];
    await times(FAILURES_MAX - 1, async () => {
      const job = await claim();
      if (job) await postponeJob(database.pool, job, 3_600, true);
    });
    const last = await claim();
    await query(`UPDATE sync_jobs SET lease_expires_at = now() - interval '1 second' WHERE plaid_item_id = $1`, id);
    expect([last?.itemId, await claimJob(database, 'another')]).toEqual([id, null]);
    await setAside(app.deps);
    expect(app.logged()).toContain('reading an item was cut off five times');
    expect((await standing()).syncing).toBe(false);
    expect((await client.page('/accounts')).text).toContain('failed five times in a row');
    // A webhook gets one try; a person as many as ever.
    await requestSync(database, [id]);
    expect(await query('SELECT faults FROM sync_jobs WHERE plaid_item_id = $1', id)).toEqual([{ faults: FAILURES_MAX - 1 }]);
    await query('UPDATE sync_jobs SET parked_at = now(), completed = requested WHERE plaid_item_id = $1', id);
    expect((await client.post(`/api/plaid/items/${id}/sync`)).status).toBe(200);
    expect(await query('SELECT faults, parked_at FROM sync_jobs WHERE plaid_item_id = $1', id)).toEqual([{ faults: 0, parked_at: null }]);
    expect((await client.page('/accounts')).text).not.toContain('failed five times in a row');
  });
});
