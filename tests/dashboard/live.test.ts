import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, link, PASSWORD, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** An open page's stream: how often it was told that something changed. */
async function openPage(client: Client) {
  const aborted = new AbortController();
  const response = await fetch(`${app.url}/api/events`, { headers: { cookie: client.cookie }, signal: aborted.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let told = 0;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      told += decoder.decode(chunk).split('event: changed').length - 1;
  })().catch(() => undefined);
  let isOver = false;
  void reading.then(() => {
    isOver = true;
  });
  return {
    told: () => told,
    isOver: () => isOver,
    close: async () => {
      aborted.abort();
      await reading;
    },
  };
}
const listeners = async () =>
  (
    await app.deps.database.pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN data_changed'",
    )
  ).rows;

it('a page is told of a sync, of an edit and of a rate, on whatever connection they were made, and nobody else is', async () => {
  const [ada, bob] = [await register(app), await register(app)];
  const checking = account('depository', 'checking', 100);
  const { id } = await link(ada, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE')] });
  const [page, second, other] = [await openPage(ada), await openPage(ada), await openPage(bob)];
  await expect.poll(listeners).toHaveLength(1);
  const afterwards = async (work: () => Promise<unknown>) => {
    const before = [page.told(), second.told()] as const;
    await work();
    await expect.poll(page.told).toBeGreaterThan(before[0]);
    await expect.poll(second.told).toBeGreaterThan(before[1]);
  };
  await afterwards(() => sync(ada, id));
  const row = (await ada.get('/api/dashboard/transactions')).body.transactions[0];
  await afterwards(() => ada.patch(`/api/dashboard/transactions/${row.id}`, { custom_category: 'TREATS' }));
  await afterwards(() => ada.post('/api/me/rates', { currency: 'EUR', rate: '1.1' }));
  // As another process does it.
  await afterwards(() => app.deps.database.pool.query('UPDATE accounts SET balance_current = 7 WHERE id = $1', [row.account_id]));
  // A new listener's first message goes to all: something may have been missed before it.
  expect(other.told()).toBeLessThanOrEqual(1);
  await Promise.all([page, second, other].map(({ close }) => close()));
});

it('a page whose session has ended is told nothing more', async () => {
  const client = await register(app);
  const { email } = (await client.get('/api/me')).body;
  const elsewhere = new Client(app);
  await elsewhere.post('/login', { email, password: PASSWORD });
  const [own, other] = [await openPage(client), await openPage(elsewhere)];
  await expect.poll(listeners).toHaveLength(1);
  await client.form('/settings', { form: 'end_other_sessions' });
  await expect.poll(other.isOver).toBe(true);
  expect(own.isOver()).toBe(false);
  await client.post('/logout');
  await expect.poll(own.isOver).toBe(true);
  await Promise.all([own.close(), other.close()]);
});

it('a listener that has lost its connection makes it again, and has pages look', async () => {
  const ada = await register(app);
  const page = await openPage(ada);
  await expect.poll(listeners).toHaveLength(1);
  const [listener] = await listeners();
  const before = page.told();
  await app.deps.database.pool.query('SELECT pg_terminate_backend($1)', [listener?.pid]);
  await expect.poll(page.told).toBeGreaterThan(before);
  const again = page.told();
  await ada.post('/api/me/rates', { currency: 'EUR', rate: '1.1' });
  await expect.poll(page.told).toBeGreaterThan(again);
  await page.close();
});

it('a person has so many pages open at most', async () => {
  const ada = await register(app);
  const pages = [];
  for (let count = 0; count < 20; count++) pages.push(await openPage(ada));
  expect((await ada.get('/api/events')).status).toBe(429);
  await Promise.all(pages.map(({ close }) => close()));
});
