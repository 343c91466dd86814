import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cashFlow, link, register, startTestApp, sync, type TestApp, transactions } from '../test-app.ts';
import { account, add, category, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const FOOD = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');

it('an answer is the same, and said to be unchanged, until something changes', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 100);
  const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE', FOOD)] });
  const path = '/api/dashboard/cash-flow?start_date=2026-03-01&end_date=2026-03-18';
  const first = await client.get(path);
  const etag = first.headers.get('etag') as string;
  const unchanged = () => client.send('GET', path, undefined, { 'if-none-match': etag });
  expect([(await unchanged()).status, (await client.get(path)).text]).toEqual([304, first.text]);
  expect(first.headers.get('cache-control')).toBe('private, no-cache');

  // An edit, a sync, a change straight in the database as another process would make it: each is seen at once.
  const [row] = (await transactions(client)).transactions;
  await client.patch(`/api/dashboard/transactions/${row.id}`, { custom_category: 'Treats' });
  expect((await unchanged()).body.analysis.expense_breakdown).toEqual({ Treats: 5 });
  add(linked.item, transaction(checking, '2026-03-04', 7, 'GROCER', FOOD));
  await sync(client, linked.id);
  expect((await cashFlow(client)).analysis.summary.total_expenses).toBe(12);
  await app.deps.database.pool.query("UPDATE transactions SET custom_category = 'Elsewhere' WHERE id = $1", [row.id]);
  expect((await cashFlow(client)).analysis.expense_breakdown).toEqual({ FOOD_AND_DRINK: 7, Elsewhere: 5 });

  // What another person does changes nothing here.
  const before = (await client.get(path)).headers.get('etag');
  const stranger = await register(app);
  await link(stranger, { accounts: [account('depository', 'checking', 1)] });
  expect((await client.get(path)).headers.get('etag')).toBe(before);
  // The next day is another answer.
  app.clock.now = new Date('2026-03-19T12:00:00Z');
  expect((await client.get(path)).headers.get('etag')).not.toBe(before);
  app.clock.now = new Date('2026-03-18T12:00:00Z');
});

it('for any rows the parts add up to the totals, to the cent', async () => {
  const primaries = [
    FOOD,
    category('TRAVEL', 'TRAVEL_LODGING'),
    category('INCOME', 'INCOME_WAGES'),
    {},
    category('BANK_FEES', 'BANK_FEES_OTHER'),
  ];
  const rows = fc.array(
    fc.record({
      cents: fc.integer({ min: -500_000, max: 500_000 }),
      day: fc.integer({ min: 1, max: 18 }),
      kind: fc.nat(primaries.length - 1),
      merchant: fc.nat(6),
    }),
    { minLength: 20, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(rows, async (generated) => {
      const client = await register(app);
      const checking = account('depository', 'checking', 100);
      await link(client, {
        accounts: [checking],
        transactions: generated.map(({ cents, day, kind, merchant }) =>
          transaction(checking, `2026-03-${String(day).padStart(2, '0')}`, cents / 100, `SHOP ${merchant}`, primaries[kind]),
        ),
      });
      const { analysis } = await cashFlow(client);
      const cents = (value: number) => Math.round(value * 100);
      const total = (of: Record<string, number>) => Object.values(of).reduce((sum, value) => sum + cents(value), 0);
      expect(total(analysis.expense_breakdown)).toBe(cents(analysis.summary.total_expenses));
      expect(total(analysis.income_breakdown)).toBe(cents(analysis.summary.total_income));
      const daily = Object.values(analysis.daily_cash_flow) as { income: number; expenses: number }[];
      expect(daily.reduce((sum, { expenses }) => sum + cents(expenses), 0)).toBe(cents(analysis.summary.total_expenses));
      expect(daily.reduce((sum, { income }) => sum + cents(income), 0)).toBe(cents(analysis.summary.total_income));
      const { totals } = await transactions(client, '?start_date=2026-03-01&end_date=2026-03-18');
      expect([totals.income, totals.expenses]).toEqual([analysis.summary.total_income, analysis.summary.total_expenses]);
      const text = JSON.stringify(analysis);
      expect(text.match(/\d\.\d{5,}/g)).toBeNull();
      for (const value of [...Object.values(analysis.expense_breakdown), ...Object.values(analysis.income_breakdown)] as number[])
        expect(Math.abs(value * 100 - Math.round(value * 100))).toBeLessThan(1e-6);
    }),
    { numRuns: 8 },
  );
});
