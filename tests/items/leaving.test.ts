import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallHousehold } from '../household.ts';
import { type Client, link, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, holding, security, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const meOf = async (client: Client) => (await client.get('/api/me')).body as { id: string; email: string };

it('who deletes everything leaves nothing: no row, security, price, counter or word anywhere', async () => {
  const shared = security('SHARED', 'equity');
  const brokerage = account('investment', 'brokerage', 10);
  const stays = await register(app);
  await link(stays, { accounts: [brokerage], securities: [shared], holdings: [holding(brokerage, shared, 1, 10, 5)] });
  const leaves = await register(app, { name: 'Somebody Unmistakable' });
  const { id, email } = await meOf(leaves);
  await link(leaves, smallHousehold());
  const theirs = account('investment', 'brokerage', 10);
  const own = security('OWN-ONLY', 'equity');
  const rows = [transaction(account('depository', 'checking', 1), '2026-03-02', 5, 'UNMISTAKABLE MERCHANT')];
  await link(leaves, {
    accounts: [theirs],
    securities: [shared, own],
    holdings: [holding(theirs, shared, 1, 10, 5), holding(theirs, own, 1, 10, 5)],
    transactions: rows.map((row) => ({ ...row, account_id: theirs.account_id })),
  });
  await leaves.post('/api/me/rates', { currency: 'EUR', rate: 1.1 });
  await leaves.get('/api/export');
  await leaves.get('/api/dashboard/transactions.csv');
  await leaves.post('/login', { email, password: 'wrong' });
  expect((await leaves.send('DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  // The banks confirm, and the tasks that told them end.
  await expect.poll(() => query('SELECT 1 FROM tasks WHERE done_at IS NULL AND kind = $1', 'removal'), { timeout: 20_000 }).toEqual([]);

  const tables = await query(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'`,
  );
  for (const { name } of tables)
    for (const word of [id, email, 'Unmistakable', 'UNMISTAKABLE'])
      expect(await query(`SELECT * FROM "${name}" AS row WHERE row::text LIKE '%' || $1 || '%'`, word), `${word} in ${name}`).toEqual([]);
  expect(await query(`SELECT ticker_symbol FROM securities WHERE ticker_symbol IN ('SHARED', 'OWN-ONLY')`)).toEqual([
    { ticker_symbol: 'SHARED' },
  ]);
  expect(await query('SELECT 1 FROM security_prices WHERE security_id NOT IN (SELECT security_id FROM holdings)')).toEqual([]);
  for (const word of [email, 'UNMISTAKABLE']) expect(app.logged()).not.toContain(word);
  expect((await stays.get('/api/dashboard/portfolio')).text).toContain('SHARED');
});

it('requests through a proxy that is not counted are warned of once', async () => {
  const client = await register(app);
  for (let time = 0; time < 3; time++) await client.send('GET', '/api/me', undefined, { 'x-forwarded-for': '203.0.113.9' });
  expect(app.logged().split('TRUST_PROXY_HOPS is 0').length - 1).toBe(1);
});
