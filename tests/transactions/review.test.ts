import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, cashFlow, link, register, startTestApp, sync, type TestApp, transactions } from '../test-app.ts';
import { account, add, category, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const APP_OUT = category('TRANSFER_OUT', 'TRANSFER_OUT_TRANSFER_OUT_FROM_APPS');
const APP_IN = category('TRANSFER_IN', 'TRANSFER_IN_TRANSFER_IN_FROM_APPS');
const FOOD = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');

/** Two accounts and the same amount out of one and into the other through an app: it may be a transfer, and may be not. */
async function unsure() {
  const client = await register(app);
  const [checking, savings] = [account('depository', 'checking', 500), account('depository', 'savings', 500)];
  const linked = await link(client, {
    accounts: [checking, savings],
    transactions: [
      transaction(checking, '2026-03-04', 75, 'PAYAPP SENT', APP_OUT),
      transaction(savings, '2026-03-04', -75, 'PAYAPP RECEIVED', APP_IN),
    ],
  });
  return { client, checking, savings, linked };
}
const suggestions = async (client: Client) => (await client.get('/api/dashboard/transfers')).body.transfers;
const summary = async (client: Client) => (await cashFlow(client)).analysis.summary;
const typesOf = async (client: Client) =>
  Object.fromEntries(
    (await transactions(client)).transactions.map((row: { name: string; cash_flow_type: string; why: string }) => [
      row.name,
      [row.cash_flow_type, row.why],
    ]),
  );

describe('possible transfers', () => {
  it('are asked about, and counted once when they are accepted', async () => {
    const { client } = await unsure();
    // Two one-sided transfers until somebody says that they are one.
    expect(await summary(client)).toMatchObject({ total_transfers: 150, total_expenses: 0 });
    const [found] = await suggestions(client);
    expect(found).toMatchObject({ status: 'suggested', amount: 75, outflow: { name: 'PAYAPP SENT' }, inflow: { name: 'PAYAPP RECEIVED' } });
    expect((await client.page('/transactions')).text).toContain('1 pair may be transfers');
    expect((await client.page('/transactions?review=transfers')).text).toContain('PAYAPP SENT');
    expect((await client.post(`/api/dashboard/transfers/${found.id}/accept`)).status).toBe(200);
    expect(await summary(client)).toMatchObject({ total_transfers: 75 });
    expect(await suggestions(client)).toEqual([]);
    expect(await typesOf(client)).toEqual({ 'PAYAPP SENT': ['transfer', 'match'], 'PAYAPP RECEIVED': ['transfer', 'match'] });
  });

  it('stay rejected, whatever is synced later', async () => {
    const { client, checking, linked } = await unsure();
    const [found] = await suggestions(client);
    await client.post(`/api/dashboard/transfers/${found.id}/reject`);
    add(linked.item, transaction(checking, '2026-03-05', 3, 'COFFEE', FOOD));
    await sync(client, linked.id);
    expect(await suggestions(client)).toEqual([]);
    expect(await summary(client)).toMatchObject({ total_transfers: 150 });
    // A person may change their mind.
    await client.post(`/api/dashboard/transfers/${found.id}/accept`);
    expect(await summary(client)).toMatchObject({ total_transfers: 75 });
  });

  it('are believed without asking once one of their kind was accepted', async () => {
    const { client, checking, savings, linked } = await unsure();
    const [found] = await suggestions(client);
    await client.post(`/api/dashboard/transfers/${found.id}/accept`);
    add(
      linked.item,
      transaction(checking, '2026-03-11', 20, 'PAYAPP SENT', APP_OUT),
      transaction(savings, '2026-03-11', -20, 'PAYAPP IN', APP_IN),
    );
    await sync(client, linked.id);
    expect(await suggestions(client)).toEqual([]);
    expect(await summary(client)).toMatchObject({ total_transfers: 95 });
  });

  it('that were believed can be rejected too', async () => {
    const client = await register(app);
    const [checking, savings] = [account('depository', 'checking', 500), account('depository', 'savings', 500)];
    await link(client, {
      accounts: [checking, savings],
      transactions: [
        transaction(checking, '2026-03-04', 75, 'TRANSFER TO SAVINGS', category('TRANSFER_OUT', 'TRANSFER_OUT_SAVINGS')),
        transaction(savings, '2026-03-04', -75, 'TRANSFER FROM CHECKING', category('TRANSFER_IN', 'TRANSFER_IN_SAVINGS')),
      ],
    });
    const believed = (await client.get('/api/dashboard/transfers?status=automatic')).body.transfers;
    expect(believed).toHaveLength(1);
    await client.post(`/api/dashboard/transfers/${believed[0].id}/reject`);
    expect(await summary(client)).toMatchObject({ total_transfers: 150 });
    expect(await typesOf(client)).toMatchObject({ 'TRANSFER TO SAVINGS': ['transfer', 'category'] });
  });

  it('can be made a rule from the page, without any script', async () => {
    const { client } = await unsure();
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    const answer = await client.send(
      'POST',
      '/transactions/review',
      'decision=always&merchant=PAYAPP+SENT&cash_flow_type=expense&transfer_id=x',
      form,
    );
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/transactions?review=transfers']);
    expect(await typesOf(client)).toMatchObject({ 'PAYAPP SENT': ['expense', 'rule'], 'PAYAPP RECEIVED': ['transfer', 'category'] });
    expect(await suggestions(client)).toEqual([]);
    expect(await summary(client)).toMatchObject({ total_expenses: 75, total_transfers: 75 });
    const [rule] = (await client.get('/api/dashboard/rules')).body.rules;
    expect((await client.page('/transactions?review=transfers')).text).toContain(rule.id);
    await client.send('POST', '/transactions/review', `decision=undo_rule&rule_id=${rule.id}`, form);
    expect(await summary(client)).toMatchObject({ total_expenses: 0, total_transfers: 150 });
  });

  it('are nobody else’s', async () => {
    const { client } = await unsure();
    const [found] = await suggestions(client);
    const stranger = await register(app);
    for (const decision of ['accept', 'reject'])
      expect((await stranger.post(`/api/dashboard/transfers/${found.id}/${decision}`)).status).toBe(404);
    expect(await suggestions(stranger)).toEqual([]);
    expect(await suggestions(client)).toHaveLength(1);
  });
});

describe('rules', () => {
  async function shopper() {
    const client = await register(app);
    const checking = account('depository', 'checking', 500);
    const buy = (date: string, amount: number, merchant: string) =>
      transaction(checking, date, amount, merchant.toUpperCase(), { merchant_name: merchant, ...FOOD });
    const linked = await link(client, {
      accounts: [checking],
      transactions: [buy('2026-03-02', 10, 'Corner Grocer'), buy('2026-03-05', 20, 'Corner Grocer'), buy('2026-03-06', 7, 'Kettle Coffee')],
    });
    return { client, linked, buy };
  }
  const categoriesOf = async (client: Client) => (await cashFlow(client)).analysis.expense_breakdown;
  const makeRule = async (client: Client, rule: object) => {
    const answer = await client.post('/api/dashboard/rules', rule);
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };

  it('show what they would change, change it, heed what is synced later, and are undone', async () => {
    const { client, linked, buy } = await shopper();
    const rule = { merchant: 'corner grocer', category: 'Household' };
    const preview = (await client.post('/api/dashboard/rules/preview', rule)).body;
    expect([preview.matching, preview.changing, preview.transactions.length]).toEqual([2, 2, 2]);
    expect(await categoriesOf(client)).toEqual({ FOOD_AND_DRINK: 37 });
    const made = await makeRule(client, rule);
    expect(made.changed).toBe(2);
    expect(await categoriesOf(client)).toEqual({ Household: 30, FOOD_AND_DRINK: 7 });
    add(linked.item, buy('2026-03-09', 5, 'Corner Grocer'));
    await sync(client, linked.id);
    expect(await categoriesOf(client)).toEqual({ Household: 35, FOOD_AND_DRINK: 7 });
    expect((await client.delete(`/api/dashboard/rules/${made.rule.id}`)).body).toEqual({ success: true, changed: 3 });
    expect(await categoriesOf(client)).toEqual({ FOOD_AND_DRINK: 42 });
  });

  it('give a type, and say that they did; what was decided for one row stays', async () => {
    const { client } = await shopper();
    const [row] = (await transactions(client, '?search=kettle')).transactions;
    await client.patch(`/api/dashboard/transactions/${row.id}`, { cash_flow_type: 'expense', custom_category: 'Treats' });
    await makeRule(client, { match: 'contains', merchant: 'e', category: 'All', cash_flow_type: 'transfer' });
    expect(await typesOf(client)).toEqual({ 'CORNER GROCER': ['transfer', 'rule'], 'KETTLE COFFEE': ['expense', 'user'] });
    expect(await categoriesOf(client)).toEqual({ Treats: 7 });
    expect(await summary(client)).toMatchObject({ total_transfers: 30, total_expenses: 7 });
  });

  it('are tried in their order, the newest first', async () => {
    const { client } = await shopper();
    const wide = (await makeRule(client, { match: 'contains', merchant: 'corner', category: 'Wide' })).rule;
    const narrow = (await makeRule(client, { merchant: 'Corner Grocer', category: 'Narrow' })).rule;
    expect(await categoriesOf(client)).toMatchObject({ Narrow: 30 });
    expect((await client.patch(`/api/dashboard/rules/${wide.id}`, { position: 0 })).body).toMatchObject({
      changed: 2,
      rule: { position: 0 },
    });
    expect(await categoriesOf(client)).toMatchObject({ Wide: 30 });
    // A change of what a rule says reaches its rows, and none else.
    const before = (await transactions(client, '?search=kettle')).transactions[0];
    expect((await client.patch(`/api/dashboard/rules/${wide.id}`, { category: 'Wider' })).body.changed).toBe(2);
    expect(await categoriesOf(client)).toEqual({ Wider: 30, FOOD_AND_DRINK: 7 });
    expect((await client.delete(`/api/dashboard/rules/${wide.id}`)).body.changed).toBe(2);
    expect(await categoriesOf(client)).toMatchObject({ Narrow: 30 });
    expect((await client.patch(`/api/dashboard/rules/${narrow.id}`, { category: null })).status).toBe(400);
    expect((await transactions(client, '?search=kettle')).transactions[0]).toEqual(before);
  });

  it('touch nothing but their rows', async () => {
    const { client } = await shopper();
    const changedAt = async () =>
      Object.fromEntries(
        (await app.deps.database.pool.query('SELECT id, xmin::text AS version, merchant FROM transactions')).rows.map((row) => [
          row.id,
          [row.merchant, row.version],
        ]),
      );
    const before = await changedAt();
    await makeRule(client, { merchant: 'Kettle Coffee', category: 'Coffee' });
    const after = await changedAt();
    const touched = Object.keys(after).filter((id) => after[id][1] !== before[id][1]);
    expect(touched.map((id) => after[id][0])).toEqual(['Kettle Coffee']);
  });

  it('refuse what says nothing', async () => {
    const { client } = await shopper();
    for (const rule of [
      {},
      { merchant: 'X' },
      { merchant: '', category: 'Y' },
      { merchant: 'X', category: 'Y', match: 'regex' },
      { merchant: 'X', cash_flow_type: 'gift' },
    ]) {
      const answer = await client.post('/api/dashboard/rules', rule);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    }
  });
});
