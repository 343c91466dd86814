import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eachDay, historyStart, calendarDate as on } from '../../src/lib/dates.ts';
import { link, netWorth, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, holding, security, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it('days are walked for thirty years at most', () => {
  const today = on('2026-03-18');
  expect([historyStart(null, today), historyStart(on('2024-01-01'), today)]).toEqual([today, '2024-01-01']);
  const start = historyStart(on('1900-01-01'), today);
  expect(start).toBe('1996-03-18');
  expect([...eachDay(start, today)]).toHaveLength(10_958);
  expect(() => [...eachDay(on('1900-01-01'), today)]).toThrow(RangeError);
});

it('a row of 1900 is listed and counted, and holds nobody up', async () => {
  const client = await register(app);
  const accounts = Array.from({ length: 8 }, (_none, index) =>
    account('depository', 'checking', 100 * index, { name: `Account ${index}` }),
  );
  const brokerage = account('investment', 'brokerage', 10);
  const fund = security('FUND', 'etf');
  await link(client, {
    accounts: [...accounts, brokerage],
    transactions: accounts.map((one) => transaction(one, '1900-01-01', 5, 'OLD')),
    securities: [fund],
    holdings: [holding(brokerage, fund, 1, 10, 5)],
    investmentTransactions: [],
  });
  await app.deps.database.pool.query(
    `INSERT INTO balance_snapshots (account_id, user_id, snapshot_date, balance_current) SELECT id, user_id, '1900-01-01', 1 FROM accounts`,
  );
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const { history } = await netWorth(client, 'all');
  expect(history).toHaveLength(10_958);
  for (const path of ['/', '/net-worth?days=all', '/portfolio?period=All', '/accounts', '/alerts', '/recurring', '/cash-flow', '/reports'])
    expect((await client.page(path)).status, path).toBe(200);
  delay.disable();
  console.log(`thirty years of nine accounts: the loop was held for ${Math.round(delay.max / 1e6)} ms at most`);
  expect((await client.get('/api/dashboard/transactions?search=OLD')).body.pagination.total_items).toBe(8);
});
