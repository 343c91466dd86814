import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChangeLog } from '../../src/demo-bank/change-log.ts';
import { calendarDate } from '../../src/lib/dates.ts';
import { runSync } from '../../src/sync/job.ts';
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

describe('what goes wrong at the bank', () => {
  const edit = async (client: Client, note: string) => {
    const [row] = (await transactions(client)).transactions;
    await client.patch(`/api/dashboard/transactions/${row.id}`, { note, custom_category: 'Mine' });
  };

  it('a posted row under a new id keeps its edits', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const row = transaction(checking, '2026-03-02', 5, 'CHURNED');
    const linked = await link(client, { accounts: [checking], transactions: [row] });
    await edit(client, 'keep');
    remove(linked.item, row);
    add(linked.item, transaction(checking, '2026-03-03', 5, 'CHURNED'));
    await sync(client, linked.id);
    expect((await transactions(client)).transactions).toMatchObject([{ note: 'keep', category: 'Mine' }]);
  });

  it('a pending row that changes after it was posted is not listed again', async () => {
    const client = await register(app);
    const card = account('credit', 'credit card', 0);
    const held = transaction(card, '2026-03-02', 60, 'X', { pending: true });
    const linked = await link(client, { accounts: [card], transactions: [held] });
    add(linked.item, transaction(card, '2026-03-03', 61, 'X', { pending_transaction_id: held.transaction_id }));
    await sync(client, linked.id);
    linked.item.log.append({ kind: 'modified', transaction: { ...held, amount: 60.5 } });
    linked.item.log.publish();
    await sync(client, linked.id);
    expect((await transactions(client)).transactions.map((row: { amount: number }) => row.amount)).toEqual([61]);
  });

  it('rows of an account that is not listed any more are kept', async () => {
    const client = await register(app);
    const [checking, gone] = [account('depository', 'checking', 10), account('depository', 'savings', 20)];
    await link(client, {
      accounts: [checking],
      transactions: [transaction(checking, '2026-03-02', 1, 'HERE'), transaction(gone, '2026-03-02', 2, 'GONE')],
    });
    expect(await names(client)).toEqual(['GONE', 'HERE']);
    expect((await netWorth(client)).current.net_worth).toBe(10);
  });

  it('a refused cursor answered by a bank that is not ready forgets nothing', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0);
    const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'KEPT')] });
    const { ChangeLog } = await import('../../src/demo-bank/change-log.ts');
    linked.item.log = new ChangeLog('another log');
    app.bank.failNext('/transactions/sync', { error_type: 'INVALID_REQUEST', error_code: 'INVALID_FIELD' });
    linked.item.readiness = 'NOT_READY';
    await sync(client, linked.id);
    expect(await names(client)).toEqual(['KEPT']);
  });

  it('an outage cures no broken link and is no reading', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    linked.item.error = { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' };
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    const state = async () => (await client.get('/api/plaid/items')).body[0];
    const before = await state();
    linked.item.error = null;
    const down = { error_type: 'INSTITUTION_ERROR', error_code: 'INSTITUTION_DOWN' };
    app.bank.failNext('/item/get', down);
    app.bank.failNext('/transactions/sync', down);
    const answer = await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect(answer.body.errors[0]).toContain('unavailable at the moment');
    expect(await state()).toMatchObject({ status: 'error', last_synced: before.last_synced, syncing: false });
  });

  it('a bank that cannot be asked at first is not said to have nothing', async () => {
    const client = await register(app);
    const { publicToken } = app.bank.link({ accounts: [account('depository', 'checking', 1)] });
    app.bank.failNext('/item/get', { error_type: 'INSTITUTION_ERROR', error_code: 'INSTITUTION_DOWN' });
    await client.post('/api/plaid/exchange-token', { public_token: publicToken, institution: { name: 'Test Bank' } });
    const state = async () => (await client.get('/api/plaid/items')).body[0];
    await expect.poll(async () => (await state()).products.accounts).toBe('failing');
    expect(await state()).toMatchObject({ last_synced: null, products: { transactions: 'waiting' } });
    expect((await client.get('/api/dashboard/overview')).body.freshness.incomplete).toBe(true);
  });

  it('activity that is older than the last reading is read when an account has none yet', async () => {
    const client = await register(app);
    const [first, later] = [account('investment', 'brokerage', 1), account('investment', 'ira', 1)];
    const linked = await link(client, {
      accounts: [first],
      investmentTransactions: [trade(first, null, '2026-03-02', 'cash', 'deposit', -1)],
    });
    setData(linked.item, {
      accounts: [first, later],
      investmentTransactions: [
        trade(first, null, '2026-03-02', 'cash', 'deposit', -1),
        trade(later, null, '2025-08-01', 'cash', 'deposit', -5),
      ],
    });
    await sync(client, linked.id);
    expect((await client.get('/api/dashboard/portfolio?days=365')).body.transactions.map((row: { date: string }) => row.date)).toContain(
      '2025-08-01',
    );
  });
});

describe('removing a bank', () => {
  it('makes the payments to it expenses again', async () => {
    const client = await register(app);
    const [checking, loan] = [account('depository', 'checking', 5_000), account('loan', 'mortgage', 100_000)];
    const MORTGAGE = { personal_finance_category: { primary: 'LOAN_PAYMENTS', detailed: 'LOAN_PAYMENTS_MORTGAGE_PAYMENT' } };
    await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 804.1, 'MORTGAGE', MORTGAGE)] });
    const lender = await link(client, { accounts: [loan], transactions: [transaction(loan, '2026-03-03', -804.1, 'PAYMENT RECEIVED')] });
    const summary = async () => (await cashFlow(client)).analysis.summary;
    expect(await summary()).toMatchObject({ total_expenses: 0, total_transfers: 804.1 });
    await client.delete(`/api/plaid/items/${lender.id}`);
    expect(await summary()).toMatchObject({ total_expenses: 804.1, total_transfers: 0 });
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

  it('that were closed keep the history they had', async () => {
    const client = await register(app);
    const [kept, closed] = [account('depository', 'checking', 1_000), account('depository', 'savings', 5_000)];
    const linked = await link(client, { accounts: [kept, closed] });
    const start = app.clock.now;
    app.clock.now = new Date(start.getTime() + 24 * 3_600_000);
    setData(linked.item, { accounts: [{ ...kept, balances: { ...kept.balances, current: 6_000 } }] });
    await sync(client, linked.id);
    const { history } = await netWorth(client, 2);
    expect(history.slice(-2).map((day: { net_worth: number }) => day.net_worth)).toEqual([6_000, 6_000]);
    app.clock.now = start;
  });

  it('in other currencies are kept out of their history too', async () => {
    const client = await register(app);
    const dollars = account('depository', 'checking', 1_000);
    await link(client, {
      accounts: [dollars],
      transactions: [transaction(dollars, '2026-03-10', 700, 'TOKYO', { iso_currency_code: 'JPY' })],
    });
    const { history } = await netWorth(client);
    expect(history.find((day: { date: string }) => day.date === '2026-03-09').net_worth).toBe(1_000);
  });

  it('of investments are valued at the price of the holding, and shares moved in take no cash', async () => {
    const client = await register(app);
    const { holding, security } = await import('../test-bank.ts');
    const brokerage = account('investment', 'brokerage', 1_000);
    const fund = security('FUND', 'etf');
    await link(client, {
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 10, 100, null)],
      investmentTransactions: [trade(brokerage, fund, '2026-03-10', 'transfer', 'transfer', -1_000, 10, 0)],
    });
    const { history } = await netWorth(client);
    const on = (date: string) => history.find((day: { date: string }) => day.date === date).net_worth;
    expect([on('2026-03-09'), on('2026-03-10'), on('2026-03-17')]).toEqual([0, 1_000, 1_000]);
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
  expect((await transactions(client)).transactions[0]).toMatchObject({ name: 'Transaction', currency: 'USD', category: 'NEW_THING' });
  expect((await client.page('/')).status).toBe(200);
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
    await Promise.all(Array.from({ length: 12 }, () => requestSync(database, [linked.id])));
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
    await requestSync(database, [linked.id]);
    await completeJob(database.pool, held);
    app.deps.nudgeWorker();
    await expect.poll(async () => (await client.get('/api/plaid/items')).body[0].syncing).toBe(false);
    const job = (await database.pool.query('SELECT requested = completed AS done FROM sync_jobs WHERE plaid_item_id = $1', [linked.id]))
      .rows[0];
    expect(job.done).toBe(true);
  });

  it('leaves a run that the stop of the app cut off to be made again, with nothing said against the bank', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const { database, plaid, logger, now } = app.deps;
    const { rows } = await database.pool.query(
      `UPDATE sync_jobs SET requested = requested + 1, epoch = epoch + 1, lease_owner = 'me', lease_expires_at = now() + interval '1 minute'
       WHERE plaid_item_id = $1 RETURNING plaid_item_id AS "itemId", epoch::text, requested::text, attempts`,
      [linked.id],
    );
    app.bank.failNext('/accounts/get', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
    const deps = { database, plaid, logger, now, random: () => 0, refreshFigures: async () => undefined };
    await runSync({ ...deps, givingUp: AbortSignal.abort() }, rows[0]);
    const query = async (sql: string) => (await database.pool.query(sql, [linked.id])).rows;
    expect(await query('SELECT status FROM sync_runs WHERE plaid_item_id = $1 ORDER BY started_at DESC LIMIT 1')).toEqual([
      { status: 'abandoned' },
    ]);
    expect(await query("SELECT status FROM plaid_item_products WHERE plaid_item_id = $1 AND product = 'accounts'")).toEqual([
      { status: 'ok' },
    ]);
    app.deps.nudgeWorker();
    await expect.poll(() => query('SELECT 1 FROM sync_jobs WHERE plaid_item_id = $1 AND completed < requested')).toEqual([]);
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

describe('an account that the bank lists no more', () => {
  it('keeps the activity and the rows it had, through refreshes and a rebuild', async () => {
    const client = await register(app);
    const [open, closed, checking] = [
      account('investment', 'brokerage', 1),
      account('investment', 'ira', 1),
      account('depository', 'checking', 1),
    ];
    const [kept, gone] = [trade(open, null, '2026-03-02', 'cash', 'deposit', -1), trade(closed, null, '2026-03-03', 'cash', 'deposit', -2)];
    const savings = account('depository', 'savings', 5);
    const linked = await link(client, {
      accounts: [open, closed, checking, savings],
      investmentTransactions: [kept, gone],
      transactions: [transaction(checking, '2026-03-02', 1, 'HERE'), transaction(savings, '2026-03-02', 2, 'OLD ACCOUNT')],
    });
    // A run that is still under way would see half of each.
    await expect
      .poll(
        async () =>
          (await app.deps.database.pool.query("SELECT FROM sync_runs WHERE plaid_item_id = $1 AND status = 'running'", [linked.id]))
            .rowCount,
      )
      .toBe(0);
    linked.item.data = { ...linked.item.data, accounts: [open, checking], investmentTransactions: [kept] };
    const rows = linked.item.log.current();
    linked.item.log = new ChangeLog('another log');
    add(linked.item, ...[...rows.values()].filter((row) => row.account_id === checking.account_id));
    await sync(client, linked.id);
    expect(await names(client)).toEqual(['HERE', 'OLD ACCOUNT']);
    const { rows: activity } = await app.deps.database.pool.query(
      'SELECT count(*)::int AS count FROM investment_transactions JOIN accounts ON accounts.id = investment_transactions.account_id WHERE plaid_item_id = $1',
      [linked.id],
    );
    expect(activity).toEqual([{ count: 2 }]);
  });
});

it('investment transactions that an answer cuts short are kept', async () => {
  const client = await register(app);
  const brokerage = account('investment', 'brokerage', 1);
  const trades = ['2026-03-02', '2026-03-03'].map((date) => trade(brokerage, null, date, 'cash', 'deposit', -1));
  const linked = await link(client, { accounts: [brokerage], investmentTransactions: trades });
  const { fetchInvestmentTransactions } = await import('../../src/sync/fetch-investments.ts');
  const cut = {
    getInvestmentTransactions: async (_item: unknown, { offset }: { offset: number }) => ({
      transactions: offset === 0 ? [{ investmentTransactionId: 'one' }] : [],
      securities: [],
      total: 2,
    }),
  };
  const window = [calendarDate('2026-01-01'), calendarDate('2026-03-18'), false] as const;
  const answer = await fetchInvestmentTransactions(cut as never, {} as never, ...window);
  expect(answer).toMatchObject({ isComplete: false, transactions: [{ investmentTransactionId: 'one' }] });
  const { replaceInvestmentTransactions } = await import('../../src/sync/investment-store.ts');
  const { pool } = app.deps.database;
  const { rows } = await pool.query('SELECT id, user_id AS "userId" FROM plaid_items WHERE id = $1', [linked.id]);
  expect(await replaceInvestmentTransactions(pool, rows[0], window[0], { transactions: [], isComplete: false })).toMatchObject({
    removed: 0,
  });
  expect(await replaceInvestmentTransactions(pool, rows[0], window[0], { transactions: [], isComplete: true })).toMatchObject({
    removed: 2,
  });
});

it('an account first known from its rows gets its class, and they their types, when it is listed', async () => {
  const client = await register(app);
  const [checking, card] = [account('depository', 'checking', 10), account('credit', 'credit card', 30)];
  const linked = await link(client, {
    accounts: [checking],
    transactions: [transaction(card, '2026-03-02', -25, 'PAYMENT THANK YOU')],
  });
  expect((await netWorth(client)).current.net_worth).toBe(10);
  setData(linked.item, { accounts: [checking, card] });
  await sync(client, linked.id);
  expect((await netWorth(client)).current).toMatchObject({ net_worth: -20, credit_card_debt: 30 });
  expect((await transactions(client)).transactions[0].cash_flow_type).toBe('transfer');
});

it('the rest of the history is looked for when its webhook does not come', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 10);
  const { item, publicToken } = app.bank.link({ accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'RECENT')] });
  item.readiness = 'INITIAL_UPDATE_COMPLETE';
  const { item_id: id } = (await client.post('/api/plaid/exchange-token', { public_token: publicToken })).body;
  const { pool } = app.deps.database;
  const job = async () =>
    (await pool.query('SELECT completed < requested AS open, run_after > now() AS later FROM sync_jobs WHERE plaid_item_id = $1', [id]))
      .rows[0];
  await expect.poll(job).toEqual({ open: true, later: true });
  expect((await client.get('/api/plaid/items')).body[0].products.transactions).toBe('ok');
  item.readiness = 'HISTORICAL_UPDATE_COMPLETE';
  add(item, transaction(checking, '2025-03-02', 1, 'OLD'));
  await pool.query('UPDATE sync_jobs SET run_after = now() WHERE plaid_item_id = $1', [id]);
  await expect.poll(() => names(client)).toEqual(['OLD', 'RECENT']);
  await expect.poll(job).toMatchObject({ open: false });
});

it('a rebuild from a bank that has only its first days forgets nothing, and is made again when it has all', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 10);
  const [recent, old, gone] = ['RECENT', 'OLD', 'GONE'].map((name, index) => transaction(checking, `2026-0${3 - index}-02`, 1, name));
  const linked = await link(client, { accounts: [checking], transactions: [recent, old, gone] as never });
  linked.item.log = new ChangeLog('another log');
  linked.item.readiness = 'INITIAL_UPDATE_COMPLETE';
  add(linked.item, recent as never);
  await sync(client, linked.id);
  expect(await names(client)).toEqual(['GONE', 'OLD', 'RECENT']);
  linked.item.readiness = 'HISTORICAL_UPDATE_COMPLETE';
  add(linked.item, old as never);
  await sync(client, linked.id);
  expect(await names(client)).toEqual(['OLD', 'RECENT']);
});

it('a product that cannot be stored leaves the others done, and says so', async () => {
  const client = await register(app);
  const [checking, card] = [account('depository', 'checking', 10), account('credit', 'credit card', 5)];
  const linked = await link(client, {
    accounts: [checking, card],
    transactions: [transaction(checking, '2026-03-02', 1, 'FINE')],
    liabilities: { credit: [{ account_id: card.account_id, aprs: [], minimum_payment_amount: 35 }] } as never,
  });
  await app.deps.database.pool.query("ALTER TABLE transactions ADD CONSTRAINT refuses_something CHECK (name <> 'REFUSED') NOT VALID");
  add(linked.item, transaction(checking, '2026-03-03', 2, 'REFUSED'));
  linked.item.data.liabilities = { credit: [{ account_id: card.account_id, aprs: [], minimum_payment_amount: 40 }] } as never;
  const answer = await client.post(`/api/plaid/items/${linked.id}/sync`);
  expect(answer.body).toMatchObject({ errors: ['A fault in the dashboard.'], liabilities_synced: 1 });
  expect((await client.get('/api/plaid/items')).body[0]).toMatchObject({
    status: 'active',
    products: { transactions: 'failing', liabilities: 'ok', accounts: 'ok' },
  });
  expect(await names(client)).toEqual(['FINE']);
  await app.deps.database.pool.query('ALTER TABLE transactions DROP CONSTRAINT refuses_something');
});

it('what no table holds never gets to one: an endless text ends, an endless amount is no answer', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 10);
  const row = transaction(checking, '2026-03-02', 1, `${'x'.repeat(1_000_000)}\0\ud800`, { location: { city: 'y'.repeat(100_000) } });
  const linked = await link(client, { accounts: [checking], transactions: [row] });
  expect((await names(client)).map((name: string) => name.length)).toEqual([2_000]);
  add(linked.item, transaction(checking, '2026-03-03', 1e22, 'TOO MUCH'));
  const answer = await client.post(`/api/plaid/items/${linked.id}/sync`);
  expect(answer.body.errors).toEqual([expect.stringContaining('could not be reached just now')]);
  expect((await names(client)).length).toBe(1);
});

it('who waits for an answer is told to try again, not that it is tried by itself', async () => {
  const client = await register(app);
  app.bank.failNext('/link/token/create', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
  expect(await client.post('/api/plaid/create-link-token', {})).toMatchObject({
    status: 502,
    body: { error: expect.stringContaining('Please try again') },
  });
  app.bank.failNext('/item/public_token/exchange', { error_type: 'INVALID_INPUT', error_code: 'INVALID_API_KEYS' });
  expect((await client.post('/api/plaid/exchange-token', { public_token: 'x' })).body.error).toContain(
    'a fault in the dashboard or its configuration',
  );
});
