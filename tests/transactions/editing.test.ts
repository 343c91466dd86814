import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, cashFlow, link, register, startTestApp, type TestApp, transactions } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
let client: Client;
let ids: Record<string, string>;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** A person with three purchases and a refund. */
async function household(): Promise<void> {
  client = await register(app);
  const checking = account('depository', 'checking', 1_000);
  const rows = [
    transaction(checking, '2026-03-02', 40, 'BAKERY'),
    transaction(checking, '2026-03-03', 25, 'BAKERY'),
    transaction(checking, '2026-03-04', 100, 'BOOKS & MORE'),
    transaction(checking, '2026-03-05', -10, 'SHOE SHOP'),
  ];
  await link(client, { accounts: [checking], transactions: rows });
  const listed = (await transactions(client)).transactions as { id: string; name: string; amount: number }[];
  ids = Object.fromEntries(listed.map((row) => [`${row.name} ${row.amount}`, row.id]));
}
const idOf = (name: string) => ids[name] as string;
const byName = async (name: string) => (await transactions(client)).transactions.find((row: { id: string }) => row.id === idOf(name));
const bulk = (changes: unknown[]) => client.post('/api/dashboard/transactions/bulk', { changes });

it('many rows at once are changed, and changed back to what they were', async () => {
  await household();
  await bulk([{ id: idOf('BAKERY 25'), custom_category: 'TREATS', note: 'for Bo' }]);
  const before = (await transactions(client)).transactions;
  const { expenses } = (await transactions(client)).totals;
  const answer = await bulk(
    ['BAKERY 40', 'BAKERY 25', 'BOOKS & MORE 100'].map((name) => ({
      id: idOf(name),
      custom_category: 'MEDICAL',
      cash_flow_type: 'transfer',
    })),
  );
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.transactions.map((row: { category: string; why: string }) => [row.category, row.why])).toEqual([
    ['MEDICAL', 'user'],
    ['MEDICAL', 'user'],
    ['MEDICAL', 'user'],
  ]);
  expect((await cashFlow(client)).analysis.summary.total_expenses).toBe((await transactions(client)).totals.expenses);
  expect((await bulk(answer.body.previous)).status).toBe(200);
  expect((await transactions(client)).transactions).toEqual(before);
  expect((await transactions(client)).totals.expenses).toBe(expenses);
});

it('with one row that is not theirs nothing is changed', async () => {
  await household();
  const mine = idOf('BAKERY 40');
  const other = await register(app);
  expect((await other.post('/api/dashboard/transactions/bulk', { changes: [{ id: mine, custom_category: 'X' }] })).status).toBe(404);
  const mixed = await bulk([
    { id: mine, custom_category: 'MEDICAL' },
    { id: '00000000-0000-4000-8000-000000000000', custom_category: 'MEDICAL' },
  ]);
  expect(mixed.status).toBe(404);
  expect((await byName('BAKERY 40')).custom_category).toBeNull();
});

it.each([
  [{ changes: [] }, 'changes: must have one change at least'],
  [
    { changes: Array.from({ length: 201 }, () => ({ id: '00000000-0000-4000-8000-000000000000' })) },
    'changes: must have 200 changes at most',
  ],
  [{ changes: [{ id: 'x' }] }, 'changes'],
  [{ changes: [{ id: '00000000-0000-4000-8000-000000000000', amount: 5 }] }, 'is not known here'],
])('refuses %j', async (body, message) => {
  await household();
  const answer = await client.post('/api/dashboard/transactions/bulk', body);
  expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(message)]);
});

it('the page of a row says why, takes choices, and goes back to where it was opened', async () => {
  await household();
  const id = idOf('BOOKS & MORE 100');
  const page = await client.page(`/transactions/${id}?back=${encodeURIComponent('/transactions?search=books')}`);
  expect(page.text).toContain('Counted as <strong>expense</strong>');
  expect(page.text).toContain('href="/transactions?search=books"');
  const saved = await client.form(`/transactions/${id}`, {
    back: '/transactions?search=books',
    category: 'GENERAL_MERCHANDISE',
    new_category: 'Reading',
    cash_flow_type: '',
    note: '<i>gifts</i>',
  });
  expect([saved.status, saved.headers.get('location')]).toEqual([303, '/transactions?search=books']);
  expect(await byName('BOOKS & MORE 100')).toMatchObject({ category: 'Reading', note: '<i>gifts</i>', cash_flow_type: 'expense' });
  expect((await client.page('/transactions')).text).toContain('&lt;i&gt;gifts&lt;/i&gt;');
  await client.form(`/transactions/${id}`, { category: '', cash_flow_type: '', note: '' });
  expect(await byName('BOOKS & MORE 100')).toMatchObject({ custom_category: null, note: null });
  const elsewhere = await client.form(`/transactions/${id}`, { back: 'https://elsewhere.example', category: '' });
  expect(elsewhere.headers.get('location')).toBe('/');
  const other = await register(app);
  expect([(await other.page(`/transactions/${id}`)).status, (await other.form(`/transactions/${id}`, { category: 'X' })).status]).toEqual([
    404, 404,
  ]);
});

it('a guess that the person confirms is none any more', async () => {
  await household();
  const path = `/transactions/${idOf('SHOE SHOP -10')}`;
  const guess = await byName('SHOE SHOP -10');
  expect((await client.page(path)).text).toContain('This is a guess');
  await client.form(path, { category: '', cash_flow_type: guess.cash_flow_type, note: '' });
  const confirmed = (await client.page(path)).text;
  expect([confirmed.includes('This is a guess'), confirmed.includes(`Counted as <strong>${guess.cash_flow_type}</strong>`)]).toEqual([
    false,
    true,
  ]);
  await client.form(path, { category: '', cash_flow_type: '', note: '' });
  expect((await client.page(path)).text).toContain('This is a guess');
});

it('the page makes a rule of a choice', async () => {
  await household();
  const id = idOf('BAKERY 40');
  const without = await client.form(`/transactions/${id}`, { category: '', cash_flow_type: '', note: 'a long note', rule: 'on' });
  expect([without.status, without.text.includes('Choose a category or a type for the rule.')]).toEqual([400, true]);
  expect(without.text).toContain('a long note</textarea>');
  await client.form(`/transactions/${id}`, { category: 'FOOD_AND_DRINK', cash_flow_type: '', note: 'buns', rule: 'on' });
  expect(await byName('BAKERY 40')).toMatchObject({ category: 'FOOD_AND_DRINK', custom_category: null, note: 'buns' });
  expect(await byName('BAKERY 25')).toMatchObject({ category: 'FOOD_AND_DRINK', custom_category: null, note: null });
  expect((await client.get('/api/dashboard/rules')).body.rules).toMatchObject([{ merchant: 'BAKERY', category: 'FOOD_AND_DRINK' }]);
});

it('chosen rows of the page are changed without scripts', async () => {
  await household();
  const body = new URLSearchParams({ back: '/transactions?search=bakery', category: 'TRAVEL', cash_flow_type: '=keep' });
  for (const name of ['BAKERY 40', 'BAKERY 25']) body.append('id', idOf(name));
  const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
  const answer = await client.send('POST', '/transactions/bulk', body.toString(), form);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/transactions?search=bakery']);
  expect([(await byName('BAKERY 40')).category, (await byName('BAKERY 25')).category]).toEqual(['TRAVEL', 'TRAVEL']);
  expect((await client.form('/transactions/bulk', { id: 'nope', category: 'TRAVEL' })).status).toBe(400);
});

it('says so when none was chosen, and keeps the filters', async () => {
  const client = await register(app);
  const sent = await client.form('/transactions/bulk', { category: 'TRAVEL', back: '/transactions?flow=expense' });
  expect([sent.status, sent.headers.get('location')]).toEqual([303, '/transactions?flow=expense&nothing_chosen=yes']);
  const page = await client.page('/transactions?flow=expense&nothing_chosen=yes');
  expect(page.status).toBe(200);
  expect(page.text).toContain('Tick the rows that you want to change first.');
});

it('search finds any part of the name, the merchant and the note in any case, and nothing else', async () => {
  await household();
  await client.patch(`/api/dashboard/transactions/${idOf('BAKERY 25')}`, { note: 'Für Bö 100 %' });
  const found = async (search: string) => (await transactions(client, `?search=${encodeURIComponent(search)}`)).transactions.length;
  expect(await Promise.all(['bakery', 'AKER', 'für bö', '100 %', '%', '_', 'ks & mo', 'x', 'bakery für', '\\'].map(found))).toEqual([
    2, 2, 1, 1, 1, 0, 1, 0, 0, 0,
  ]);
});
