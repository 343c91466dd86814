import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimJob, completeJob, holdLease, LostLease, requestSync } from '../../src/sync/queue.ts';
import { type Client, cashFlow, link, netWorth, register, startTestApp, sync, type TestApp, transactions } from '../test-app.ts';
import { account, add, remove, setData, trade, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const names = async (client: Client) =>
  (await transactions(client, '?per_page=200')).transactions.map((row: { name: string }) => row.name).sort();

describe('transactions', () => {
  it('come page by page and are all there', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const rows = Array.from({ length: 1_234 }, (_none, index) => transaction(checking, '2026-03-02', index + 1, `T${index}`));
    await link(client, { accounts: [checking], transactions: rows });
    const list = await transactions(client);
    expect(list.pagination.total_items).toBe(1_234);
    // 1 + 2 + … + 1,234
    expect(list.totals.expenses).toBe((1_234 * 1_235) / 2);
  });

  it('are read again from the first cursor when the bank changes them meanwhile', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'A')] });
    add(linked.item, ...Array.from({ length: 600 }, (_none, index) => transaction(checking, '2026-03-03', 1, `B${index}`)));
    app.bank.failNext('/transactions/sync', {
      error_type: 'TRANSACTIONS_ERROR',
      error_code: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION',
    });
    await sync(client, linked.id);
    expect((await transactions(client)).pagination.total_items).toBe(601);
  });

  it('are rebuilt when the cursor is refused, without doubles, and what is gone goes', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const [kept, lost] = [transaction(checking, '2026-03-02', 1, 'KEPT'), transaction(checking, '2026-03-02', 2, 'LOST')];
    const linked = await link(client, { accounts: [checking], transactions: [kept, lost] });
    const { ChangeLog } = await import('../../src/demo-bank/change-log.ts');
    linked.item.log = new ChangeLog('another log');
    add(linked.item, kept, transaction(checking, '2026-03-04', 3, 'NEW'));
    await sync(client, linked.id);
    expect(await names(client)).toEqual(['KEPT', 'NEW']);
  });

  it('that were removed and come back are revived with their edits', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const row = transaction(checking, '2026-03-02', 5, 'BACK');
    const linked = await link(client, { accounts: [checking], transactions: [row] });
    const [stored] = (await transactions(client)).transactions;
    await client.patch(`/api/dashboard/transactions/${stored.id}`, { note: 'keep me' });
    remove(linked.item, row);
    await sync(client, linked.id);
    expect(await names(client)).toEqual([]);
    add(linked.item, row);
    await sync(client, linked.id);
    expect((await transactions(client)).transactions[0]).toMatchObject({ id: stored.id, note: 'keep me' });
  });

  it('of an account that is not known yet make the accounts be read again', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 10);
    const linked = await link(client, { accounts: [checking] });
    const fresh = account('depository', 'savings', 20);
    // The list of accounts was read a moment before the new one was opened.
    const { accounts } = linked.item.data;
    let asked = 0;
    Object.defineProperty(linked.item.data, 'accounts', { get: () => (asked++ < 2 ? accounts : [checking, fresh]) });
    add(linked.item, transaction(fresh, '2026-03-02', 1, 'THERE'));
    await sync(client, linked.id);
    expect(await names(client)).toEqual(['THERE']);
    expect((await netWorth(client)).current.total_assets).toBe(30);
  });

  it('in dollars and cents of any precision add up exactly', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    await link(client, {
      accounts: [checking],
      transactions: [0.1, 0.2, 0.0000001, 10.005].map((amount, index) => transaction(checking, '2026-03-02', amount, `P${index}`)),
    });
    // 0.1 + 0.2 + 0.0000001 + 10.005 = 10.3050001, half up
    expect((await transactions(client)).totals.expenses).toBe(10.31);
    expect((await cashFlow(client)).analysis.summary.total_expenses).toBe(10.31);
  });
});

describe('accounts', () => {
  it('keep what the person chose', async () => {
    const client = await register(app);
    const odd = account('other', null, 700);
    const linked = await link(client, { accounts: [odd] });
    expect((await netWorth(client)).current.net_worth).toBe(0);
    const [own] = (await client.get('/api/dashboard/accounts')).body;
    expect(
      (await client.patch(`/api/dashboard/accounts/${own.id}`, { include_in_net_worth: true, custom_category: 'Boat' })).body,
    ).toMatchObject({ success: true, account: { custom_category: 'Boat' } });
    await sync(client, linked.id);
    expect((await netWorth(client)).current).toMatchObject({ net_worth: 700, other_assets: 700 });
    await client.patch(`/api/dashboard/accounts/${own.id}`, { is_asset: false, custom_category: null });
    await sync(client, linked.id);
    expect((await netWorth(client)).current.net_worth).toBe(-700);
    expect((await client.get('/api/dashboard/accounts')).body[0].custom_category).toBeNull();
  });

  it('that the bank no longer lists leave the figures', async () => {
    const client = await register(app);
    const [kept, closed] = [account('depository', 'checking', 10), account('depository', 'savings', 90)];
    const linked = await link(client, { accounts: [kept, closed] });
    setData(linked.item, { accounts: [kept] });
    await sync(client, linked.id);
    expect((await netWorth(client)).current.net_worth).toBe(10);
    setData(linked.item, { accounts: [kept, closed] });
    await sync(client, linked.id);
    expect((await netWorth(client)).current.net_worth).toBe(100);
  });

  it('without a current balance use the available one, or are said to be unknown', async () => {
    const client = await register(app);
    await link(client, {
      accounts: [account('depository', 'checking', null, { balances: { available: 45 } }), account('investment', '401k', null)],
    });
    expect((await netWorth(client)).current).toMatchObject({ net_worth: 45 });
    expect((await client.page('/')).text).toContain('The balance of 1 account is not known.');
  });
});

it('strange answers are taken as they are: nulls, unknown kinds, undescribed securities', async () => {
  const client = await register(app);
  const strange = account('mattress', 'under the bed', 5, { name: null, official_name: null });
  const brokerage = account('investment', 'wild', 100);
  const row = transaction(strange, '2026-03-02', 4, 'x', {
    name: null,
    merchant_name: '',
    personal_finance_category: { primary: 'NEW_THING', detailed: null, confidence_level: null },
    location: { lat: 999 },
    iso_currency_code: null,
  });
  const ghost = { security_id: 'sec-ghost' } as never;
  const { holding } = await import('../test-bank.ts');
  await link(client, {
    accounts: [strange, brokerage],
    transactions: [row],
    holdings: [holding(brokerage, ghost, 1, 50, null)],
    investmentTransactions: [trade(brokerage, ghost, '2026-03-02', 'brand new', 'never seen', 1)],
  });
  const portfolio = (await client.get('/api/dashboard/portfolio')).body;
  expect(portfolio.summary.holdings).toHaveLength(1);
  expect(portfolio.transactions).toHaveLength(1);
  expect((await transactions(client)).transactions[0]).toMatchObject({ name: 'Transaction', currency: 'XXX', category: 'NEW_THING' });
  expect((await client.page('/')).status).toBe(200);
});

it('an item is removed at the bank and here, with all that hangs on it', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 10);
  const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'A')] });
  expect((await client.delete(`/api/plaid/items/${linked.id}`)).body).toEqual({ success: true });
  expect(app.bank.items.has(linked.item.accessToken)).toBe(false);
  expect(await names(client)).toEqual([]);
  expect((await client.delete(`/api/plaid/items/${linked.id}`)).status).toBe(404);
});

it('an item that the bank does not answer for stays', async () => {
  const client = await register(app);
  const linked = await link(client, { accounts: [account('depository', 'checking', 10)] });
  app.bank.failNext('/item/remove', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
  const answer = await client.delete(`/api/plaid/items/${linked.id}`);
  expect(answer).toMatchObject({ status: 502, body: { code: 'plaid_error' } });
  expect((await client.get('/api/plaid/items')).body).toHaveLength(1);
});

it('linking twice makes one item, and a used token is refused', async () => {
  const client = await register(app);
  const { publicToken } = app.bank.link({ accounts: [account('depository', 'checking', 1)] });
  const answers = await Promise.all([1, 2].map(() => client.post('/api/plaid/exchange-token', { public_token: publicToken })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  expect((await client.get('/api/plaid/items')).body).toHaveLength(1);
  expect((await client.post('/api/plaid/exchange-token', {})).body).toMatchObject({ error: 'public_token required' });
});

describe('the queue', () => {
  it('coalesces requests, makes one more run for one that comes meanwhile, and fences off who lost the job', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const { database } = app.deps;
    await app.deps.database.pool.query(
      "UPDATE sync_jobs SET lease_owner = $2, lease_expires_at = now() + interval '1 minute' WHERE plaid_item_id = $1",
      [linked.id, 'somebody'],
    );
    await Promise.all(Array.from({ length: 12 }, () => requestSync(database, linked.id)));
    expect(await claimJob(database, 'me')).toBeNull();
    await database.pool.query(
      "UPDATE sync_jobs SET lease_expires_at = now() - interval '1 second', run_after = now() + interval '1 hour' WHERE plaid_item_id = $1",
      [linked.id],
    );
    await database.pool.query('UPDATE sync_jobs SET epoch = epoch + 1 WHERE plaid_item_id = $1', [linked.id]);
    const { rows } = await database.pool.query('SELECT epoch::text, requested::text FROM sync_jobs WHERE plaid_item_id = $1', [linked.id]);
    const lost = { itemId: linked.id, epoch: String(Number(rows[0].epoch) - 1), requested: rows[0].requested, attempts: 1 };
    await expect(database.transaction((connection) => holdLease(connection, lost))).rejects.toBeInstanceOf(LostLease);
    const held = { ...lost, epoch: rows[0].epoch };
    await requestSync(database, linked.id);
    await completeJob(database, held);
    app.deps.nudgeWorker();
    await expect.poll(async () => (await client.get('/api/plaid/items')).body[0].syncing).toBe(false);
    const job = (await database.pool.query('SELECT requested = completed AS done FROM sync_jobs WHERE plaid_item_id = $1', [linked.id]))
      .rows[0];
    expect(job.done).toBe(true);
  });

  it('brings many simultaneous syncs of one item to one effect', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 1);
    const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'ONE')] });
    add(linked.item, transaction(checking, '2026-03-03', 2, 'TWO'));
    await Promise.all(Array.from({ length: 8 }, () => client.post(`/api/plaid/items/${linked.id}/sync`)));
    expect(await names(client)).toEqual(['ONE', 'TWO']);
  });
});

it('no token or secret is ever logged or answered', async () => {
  const client = await register(app);
  const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
  for (const path of ['/accounts/get', '/transactions/sync', '/item/get']) {
    app.bank.failNext(path, { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
    await client.post('/api/plaid/sync-all');
    await expect.poll(() => app.logged().includes(`"product":"${path.includes('transactions') ? 'transactions' : 'accounts'}"`)).toBe(true);
  }
  const pages = await Promise.all(
    ['/', '/accounts', '/api/plaid/items', '/api/dashboard/accounts'].map(async (path) => (await client.get(path)).text),
  );
  for (const text of [app.logged(), ...pages]) expect(text.includes('canary-')).toBe(false);
  expect(app.logged().includes('example.org')).toBe(false);
  const { rows } = await app.deps.database.pool.query('SELECT access_token FROM plaid_items WHERE id = $1', [linked.id]);
  expect(rows[0].access_token).toMatch(/^v1\.[^.]+\.[^.]+\.[^.]+\.[^.]+$/);
}, 60_000);
