import { afterAll, beforeAll, expect, it } from 'vitest';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, category, transaction } from '../test-bank.ts';

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

it('what is paid to a lender stays a bill once the lender is linked', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 20_000, { mask: '4471' });
  const months = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'];
  const paid = (name: string, amount: number, day: string, detailed: string) =>
    months.map((month) => transaction(checking, `${month}-${day}`, amount, name, category('LOAN_PAYMENTS', detailed)));
  await link(client, {
    accounts: [checking],
    transactions: [
      ...paid('HARBOR HOME LOANS MORTGAGE', 1_850, '02', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT'),
      ...paid('EDFIN STUDENT LOAN PYMT', 240, '09', 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT'),
    ],
  });
  const bills = async () => {
    const { recurring, yearly_totals } = (await client.get('/api/dashboard/recurring')).body;
    const { known_upcoming } = (await client.get('/api/dashboard/forecast?days=30')).body;
    const upcoming = known_upcoming.map(({ date, merchant, amount }: Record<string, unknown>) => [date, merchant, amount]);
    return { count: recurring.length, yearly: yearly_totals.expenses, upcoming };
  };
  const before = await bills();
  expect([before.count, before.yearly]).toEqual([2, 12 * (1_850 + 240)]);
  expect(before.upcoming.map(([date]: [string]) => date)).toEqual(['2026-04-02', '2026-04-09']);

  const mortgage = account('loan', 'mortgage', 300_000, { name: 'Home Loan' });
  const student = account('loan', 'student', 12_000, { name: 'Student Loan' });
  const received = (loan: typeof mortgage, amount: number, day: string) =>
    months.map((month) => transaction(loan, `${month}-${day}`, -amount, 'PAYMENT RECEIVED - THANK YOU'));
  const lender = { accounts: [mortgage, student], transactions: [...received(mortgage, 1_850, '03'), ...received(student, 240, '10')] };
  await link(client, lender, 'Lender');
  const paidLoans = (await client.get('/api/dashboard/transactions?search=MORTGAGE')).body.transactions;
  expect(paidLoans.map((row: { cash_flow_type: string }) => row.cash_flow_type)).toEqual(months.map(() => 'transfer'));
  expect(await bills()).toEqual(before);
});
