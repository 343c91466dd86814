import { afterAll, beforeAll, expect, it } from 'vitest';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it('takes what a person says of a stream, and shows the totals of the API', async () => {
  const [client, other] = [await register(app), await register(app)];
  const checking = account('depository', 'checking', 5_000);
  const monthly = (name: string, amount: number, day: string) =>
    ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'].map((month) => transaction(checking, `${month}-${day}`, amount, name));
  await link(client, { accounts: [checking], transactions: [...monthly('STREAMLY', 15.49, '02'), ...monthly('GYM', 39, '05')] });
  const streams = async () => (await client.get('/api/dashboard/recurring')).body;
  const { recurring, yearly_totals } = await streams();
  expect(recurring).toHaveLength(2);
  expect(yearly_totals.expenses).toBe(653.88);
  const page = (await client.page('/recurring')).text;
  expect(page).toContain('$653.88');
  expect(page).toContain('$54.49 a month');

  const [gym, streamly] = ['GYM', 'STREAMLY'].map((name) =>
    recurring.find((stream: { merchant: string }) => stream.merchant.toUpperCase() === name),
  );
  const say = async (fields: Record<string, string>) => (await client.form('/recurring', fields)).status;
  expect(await say({ id: streamly.id, decision: 'rename', name: 'Films & series' })).toBe(303);
  expect(await say({ id: streamly.id, decision: 'confirm' })).toBe(303);
  expect(await say({ id: gym.id, decision: 'dismiss' })).toBe(303);
  expect(await streams()).toMatchObject({
    recurring: [{ merchant: 'Films & series', confirmed: true }],
    dismissed: [{ id: gym.id }],
    yearly_totals: { expenses: 185.88 },
  });
  expect((await client.page('/recurring')).text).toContain('Films &amp; series');
  expect(await say({ id: gym.id, decision: 'restore' })).toBe(303);
  expect((await streams()).recurring).toHaveLength(2);

  expect((await other.form('/recurring', { id: gym.id, decision: 'dismiss' })).status).toBe(404);
  expect(await say({ id: gym.id, decision: 'explode' })).toBe(400);
});
