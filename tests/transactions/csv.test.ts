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
