import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  // On the last day of a long month its start lies before the thirty days that the page draws.
  app.clock.now = new Date('2026-03-31T12:00:00Z');
});
afterAll(() => app.stop());

const sentence = async (client: Client, path = '/') => /id="status-sentence">([^<]*)</.exec((await client.page(path)).text)?.[1];

it('says how net worth has moved this month, however many days the page draws', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 1_500);
  const rows = [transaction(checking, '2026-01-15', 40, 'SHOES'), transaction(checking, '2026-03-01', -500, 'PAY')];
  await link(client, { accounts: [checking], transactions: rows });
  for (const path of ['/', '/?days=30', '/?days=90', '/?days=365'])
    expect(await sentence(client, path), path).toContain('Net worth is up $500.00 this month.');
});

it('says nothing of it when the start of the month is not known', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 1_500);
  await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-09', -500, 'PAY')] });
  expect(await sentence(client)).toMatch(/^1 account, read [^.]+\.$/);
});
