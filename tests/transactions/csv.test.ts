import { afterAll, beforeAll, expect, it } from 'vitest';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it('has a person’s sign, negative for money out, and its header says so', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 5_000, { name: 'Everyday' });
  const rows = [transaction(checking, '2026-03-05', 12.5, 'COFFEE'), transaction(checking, '2026-03-04', -2_000, 'PAY')];
  await link(client, { accounts: [checking], transactions: rows });
  const [header, ...lines] = (await client.get('/api/dashboard/transactions.csv')).text.trim().split('\n');
  expect(header).toContain(',Amount (negative: money out),');
  const place = (header as string).split(',').indexOf('Amount (negative: money out)');
  expect(lines.map((line) => [line.split(',')[1], line.split(',')[place]])).toEqual([
    ['COFFEE', '-12.5'],
    ['PAY', '2000'],
  ]);
});

it('runs no cell as a formula, whatever column it stands in', async () => {
  const client = await register(app);
  const bad = '=1+1';
  const checking = account('depository', 'checking', 5_000, { name: '@SUM(A1)' });
  const row = transaction(checking, '2026-03-05', 12.5, bad, {
    merchant_name: '+2',
    iso_currency_code: null,
    unofficial_currency_code: '-cmd|x',
  });
  await link(client, { accounts: [checking], transactions: [row] });
  const [listed] = (await client.get('/api/dashboard/transactions')).body.transactions;
  await client.patch(`/api/dashboard/transactions/${listed.id}`, { custom_category: '@cat', note: '-1+2' });
  const [, line] = (await client.get('/api/dashboard/transactions.csv')).text.trim().split('\n');
  expect(line?.split(',')).toEqual(['2026-03-05', "'=1+1", "'+2", '-12.5', "'-cmd|x", "'@cat", 'expense', "'@SUM(A1)", 'no', "'-1+2"]);
});
