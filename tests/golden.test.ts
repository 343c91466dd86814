import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cashFlow, link, netWorth, register, startTestApp, sync, type TestApp, transactions } from './test-app.ts';
import { account, add, category, holding, modify, remove, security, setData, trade, transaction } from './test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const CARD_PAYMENT = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT');
const MORTGAGE_PAYMENT = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT');
const GROCERIES = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');
const RESTAURANT = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_RESTAURANT');
const SHOPPING = category('GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_ELECTRONICS');

describe('1. a mortgage payment', () => {
  const checking = account('depository', 'checking', 5_000);
  const payment = () => transaction(checking, '2026-03-02', 804.1, 'CEDAR MORTGAGE', MORTGAGE_PAYMENT);

  it('is no expense when it arrives at the linked loan', async () => {
    const client = await register(app);
    const loan = account('loan', 'mortgage', 100_000);
    await link(client, {
      accounts: [checking, loan],
      transactions: [payment(), transaction(loan, '2026-03-03', -804.1, 'PAYMENT RECEIVED')],
    });
    const { summary } = (await cashFlow(client)).analysis;
    expect(summary).toMatchObject({ total_expenses: 0, total_income: 0, total_transfers: 804.1 });
    const { history } = await netWorth(client);
    expect(history.at(-1).net_worth).toBe(-95_000);
    // In flight between the accounts for a day, then as before.
    expect(history.find((day: { date: string }) => day.date === '2026-03-01').net_worth).toBe(-95_000);
  });

  it('is an expense when the loan is not linked', async () => {
    const client = await register(app);
    const own = account('depository', 'checking', 5_000);
    await link(client, { accounts: [own], transactions: [transaction(own, '2026-03-02', 804.1, 'CEDAR MORTGAGE', MORTGAGE_PAYMENT)] });
    expect((await cashFlow(client)).analysis.summary).toMatchObject({ total_expenses: 804.1, total_transfers: 0 });
  });
});

describe('2. a card purchase and the payment of the card', () => {
  it('is one expense', async () => {
    const client = await register(app);
    const [checking, card] = [account('depository', 'checking', 950), account('credit', 'credit card', 0)];
    await link(client, {
      accounts: [checking, card],
      transactions: [
        transaction(card, '2026-03-05', 50, 'GREENLEAF', GROCERIES),
        transaction(checking, '2026-03-07', 50, 'CARD AUTOPAY', CARD_PAYMENT),
        transaction(card, '2026-03-08', -50, 'AUTOPAY THANK YOU', CARD_PAYMENT),
      ],
    });
    expect((await cashFlow(client)).analysis.summary).toMatchObject({ total_expenses: 50, total_income: 0, total_transfers: 50 });
    const { history } = await netWorth(client);
    const on = (date: string) => history.find((day: { date: string }) => day.date === date).net_worth;
    expect([on('2026-03-04'), on('2026-03-05'), on('2026-03-18')]).toEqual([1_000, 950, 950]);
  });

  it('is the payment when the card is not linked, and changes when it is linked later', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 950);
    await link(client, {
      accounts: [checking],
      transactions: [transaction(checking, '2026-03-07', 50, 'CARD AUTOPAY 4417', CARD_PAYMENT)],
    });
    expect((await cashFlow(client)).analysis.summary).toMatchObject({ total_expenses: 50, total_transfers: 0 });
    await link(client, { accounts: [account('credit', 'credit card', 0, { mask: '4417' })] });
    expect((await cashFlow(client)).analysis.summary).toMatchObject({ total_expenses: 0, total_transfers: 50 });
  });
});

it('3. a refund lowers its category and is no income', async () => {
  const client = await register(app);
  const card = account('credit', 'credit card', 70);
  await link(client, {
    accounts: [card],
    transactions: [
      transaction(card, '2026-03-03', 100, 'PARCEL PLAZA', SHOPPING),
      transaction(card, '2026-03-09', -30, 'PARCEL PLAZA REFUND', SHOPPING),
    ],
  });
  const { analysis } = await cashFlow(client);
  expect(analysis.summary).toMatchObject({ total_income: 0, total_expenses: 70, total_transfers: 0 });
  expect(analysis.expense_breakdown).toEqual({ GENERAL_MERCHANDISE: 70 });
});

it('4. an over-paid card is no debt', async () => {
  const client = await register(app);
  await link(client, { accounts: [account('credit', 'credit card', -120)] });
  const { current } = await netWorth(client);
  expect(current).toMatchObject({
    net_worth: 120,
    total_liabilities: -120,
    credit_card_debt: -120,
    total_assets: 0,
    liquidity_ratio: null,
  });
});

it('5. a loan is a liability', async () => {
  const client = await register(app);
  await link(client, { accounts: [account('loan', 'auto', 8_200)] });
  expect((await netWorth(client)).current).toMatchObject({ net_worth: -8_200, loan_debt: 8_200 });
  await link(client, { accounts: [account('depository', 'savings', 61_700), account('loan', 'student', 1_800)] });
  expect((await netWorth(client)).current).toMatchObject({ total_assets: 61_700, total_liabilities: 10_000, net_worth: 51_700 });
});

it('6. two unrelated movements of the same amount are no transfer', async () => {
  const client = await register(app);
  const [checking, savings] = [account('depository', 'checking', 500), account('depository', 'savings', 500)];
  await link(client, {
    accounts: [checking, savings],
    transactions: [
      transaction(checking, '2026-03-04', 100, 'GREENLEAF MARKET', GROCERIES),
      transaction(savings, '2026-03-06', -100, 'Zelle from Maria', category('TRANSFER_IN', 'TRANSFER_IN_TRANSFER_IN_FROM_APPS')),
    ],
  });
  const { analysis } = await cashFlow(client);
  expect(analysis.expense_breakdown).toEqual({ FOOD_AND_DRINK: 100 });
  const rows = (await transactions(client)).transactions;
  expect(rows.map((row: { why: string }) => row.why)).toEqual(['category', 'category']);
});

describe('7. a pending transaction', () => {
  const start = async () => {
    const client = await register(app);
    const card = account('credit', 'credit card', 0);
    const pending = transaction(card, '2026-03-10', 50, 'OLIVE & THYME', { ...RESTAURANT, pending: true, merchant_name: 'Olive & Thyme' });
    const linked = await link(client, { accounts: [card], transactions: [pending] });
    const [row] = (await transactions(client)).transactions;
    await client.patch(`/api/dashboard/transactions/${row.id}`, { custom_category: 'Dates', note: 'Anniversary' });
    return { client, card, pending, linked };
  };
  const posted = (card: ReturnType<typeof account>, more: Record<string, unknown>) =>
    transaction(card, '2026-03-12', 62, 'OLIVE & THYME', { ...RESTAURANT, merchant_name: 'Olive & Thyme', ...more });
  const expectCarried = async (client: Awaited<ReturnType<typeof register>>) => {
    const list = await transactions(client);
    expect(list.transactions).toHaveLength(1);
    expect(list.transactions[0]).toMatchObject({ amount: 62, pending: false, category: 'Dates', note: 'Anniversary' });
    expect((await cashFlow(client)).analysis.summary.total_expenses).toBe(62);
  };

  it('is listed and not summed', async () => {
    const { client } = await start();
    expect((await transactions(client)).transactions[0]).toMatchObject({ pending: true, category: 'Dates' });
    expect((await cashFlow(client)).analysis.summary).toMatchObject({ total_expenses: 0, transaction_count: 0 });
  });

  it('posts under its name with its edits, in one update', async () => {
    const { client, card, pending, linked } = await start();
    remove(linked.item, pending);
    add(linked.item, posted(card, { pending_transaction_id: pending.transaction_id }));
    await sync(client, linked.id);
    await expectCarried(client);
  });

  it('posts under its name with its edits, the removal coming later', async () => {
    const { client, card, pending, linked } = await start();
    add(linked.item, posted(card, { pending_transaction_id: pending.transaction_id }));
    await sync(client, linked.id);
    await expectCarried(client);
    remove(linked.item, pending);
    await sync(client, linked.id);
    await expectCarried(client);
  });

  it('posts without naming it, in one update', async () => {
    const { client, card, pending, linked } = await start();
    remove(linked.item, pending);
    add(linked.item, posted(card, {}));
    await sync(client, linked.id);
    await expectCarried(client);
  });

  it('posts without naming it, an update later', async () => {
    const { client, card, pending, linked } = await start();
    remove(linked.item, pending);
    await sync(client, linked.id);
    expect((await transactions(client)).transactions).toEqual([]);
    add(linked.item, posted(card, {}));
    await sync(client, linked.id);
    await expectCarried(client);
  });

  it('vanishes from every list and sum', async () => {
    const { client, pending, linked } = await start();
    remove(linked.item, pending);
    await sync(client, linked.id);
    expect(await transactions(client)).toMatchObject({ transactions: [], pagination: { total_items: 0 } });
  });
});

describe('8. a modified transaction', () => {
  it('stays one row, with the edits of the person', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 100);
    const row = transaction(checking, '2026-03-05', 20, 'BOOKSHOP', SHOPPING);
    const linked = await link(client, { accounts: [checking], transactions: [row] });
    const [stored] = (await transactions(client)).transactions;
    await client.patch(`/api/dashboard/transactions/${stored.id}`, { custom_category: 'Books', note: 'gift', cash_flow_type: 'expense' });
    modify(linked.item, { ...row, amount: 25, date: '2026-03-11' });
    await sync(client, linked.id);
    const list = (await transactions(client)).transactions;
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ id: stored.id, amount: 25, date: '2026-03-11', category: 'Books', note: 'gift', why: 'user' });
    expect((await cashFlow(client)).analysis).toMatchObject({
      expense_breakdown: { Books: 25 },
      daily_cash_flow: { '2026-03-11': { income: 0, expenses: 25 } },
    });
    const { history } = await netWorth(client);
    expect(history.find((day: { date: string }) => day.date === '2026-03-10').net_worth).toBe(125);
  });

  it('writes nothing when nothing changed', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 100);
    const row = transaction(checking, '2026-03-05', 20.1234567, 'BOOKSHOP', SHOPPING);
    const linked = await link(client, { accounts: [checking], transactions: [row] });
    const version = async () =>
      (await app.deps.database.pool.query('SELECT xmin::text FROM transactions WHERE transaction_id = $1', [row.transaction_id])).rows;
    const before = await version();
    modify(linked.item, { ...row });
    expect((await sync(client, linked.id)).body).toMatchObject({ transactions_synced: 0 });
    expect(await version()).toEqual(before);
  });
});

it('11. a bank that asks for a new sign-in is said so, keeps its data and is cured by the repair', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 100);
  const linked = await link(client, { accounts: [checking] });
  linked.item.error = { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' };
  const answer = await client.post(`/api/plaid/items/${linked.id}/sync`);
  expect(answer.body.errors).toEqual(['Test Bank asks you to sign in again.']);
  const [broken] = (await client.get('/api/plaid/items')).body;
  expect(broken).toMatchObject({
    status: 'error',
    error: { code: 'ITEM_LOGIN_REQUIRED', message: 'Test Bank asks you to sign in again.' },
  });
  expect((await client.page('/')).text).toContain('Test Bank asks you to sign in again.');
  expect((await netWorth(client)).current.net_worth).toBe(100);

  linked.item.error = null;
  setData(linked.item, { accounts: [{ ...checking, balances: { ...checking.balances, current: 140 } }] });
  expect((await client.post(`/api/plaid/items/${linked.id}/repaired`)).body).toEqual({ success: true });
  await sync(client, linked.id);
  expect((await client.get('/api/plaid/items')).body[0]).toMatchObject({ status: 'active', error: null });
  expect((await client.page('/')).text).not.toContain('asks you to sign in again');
  expect((await netWorth(client)).current.net_worth).toBe(140);
});

it.each([
  ['/investments/holdings/get', 'NO_INVESTMENT_ACCOUNTS', 'investments'],
  ['/liabilities/get', 'NO_LIABILITY_ACCOUNTS', 'liabilities'],
  ['/transactions/sync', 'PRODUCTS_NOT_SUPPORTED', 'transactions'],
])('12. %s answering %s is no error, and the other products sync', async (path, code, product) => {
  const client = await register(app);
  const [checking, card, brokerage] = [
    account('depository', 'checking', 100),
    account('credit', 'credit card', 10),
    account('investment', 'brokerage', 50),
  ];
  app.bank.failNext(path, { error_type: 'ITEM_ERROR', error_code: code });
  const { item, publicToken } = app.bank.link({
    accounts: [checking, card, brokerage],
    transactions: [transaction(checking, '2026-03-02', 5, 'X')],
    liabilities: { credit: [] },
  });
  item.data.liabilities = { ...item.data.liabilities, credit: [] };
  const { item_id: id } = (await client.post('/api/plaid/exchange-token', { public_token: publicToken })).body;
  await expect.poll(async () => (await client.get('/api/plaid/items')).body[0].syncing).toBe(false);
  const [linked] = (await client.get('/api/plaid/items')).body;
  expect(linked).toMatchObject({ id, status: 'active', error: null, products: { accounts: 'ok', [product]: 'absent' } });
  const others = Object.entries(linked.products).filter(([name]) => name !== product);
  expect(others.every(([, status]) => status === 'ok')).toBe(true);
});

it('13. a bank that is not ready yet is waited for, and its webhook completes the sync', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 100);
  const { item, publicToken } = app.bank.link({ accounts: [checking], transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE')] });
  item.readiness = 'NOT_READY';
  item.webhook = `${app.url}/api/plaid/webhook`;
  await client.post('/api/plaid/exchange-token', { public_token: publicToken });
  const first = async () => (await client.get('/api/plaid/items')).body[0];
  await expect.poll(async () => (await first()).products.accounts).toBe('ok');
  await expect.poll(async () => (await first()).last_synced).not.toBeNull();
  expect(await first()).toMatchObject({ products: { transactions: 'waiting' } });
  expect((await client.get('/api/dashboard/overview')).body.freshness.incomplete).toBe(true);
  expect((await client.page('/')).text).toContain('still');
  item.readiness = 'HISTORICAL_UPDATE_COMPLETE';
  await app.bank.signer.send(item, 'TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', {
    initial_update_complete: true,
    historical_update_complete: true,
  });
  await expect.poll(async () => (await first()).products.transactions).toBe('ok');
  expect((await transactions(client)).pagination.total_items).toBe(1);
});

it('14. a brokerage counts once, its holdings and cash included', async () => {
  const client = await register(app);
  const brokerage = account('investment', 'brokerage', 10_000);
  const [fund, cash] = [security('FUND', 'etf'), security('CUR:USD', 'cash', { is_cash_equivalent: true })];
  await link(client, {
    accounts: [brokerage],
    securities: [fund, cash],
    holdings: [holding(brokerage, fund, 96, 100, 9_000), holding(brokerage, cash, 400, 1, 400)],
  });
  expect((await netWorth(client)).current).toMatchObject({ net_worth: 10_000, investment_assets: 10_000, total_assets: 10_000 });
  expect((await client.get('/api/dashboard/portfolio')).body.summary).toMatchObject({ total_value: 10_000, total_gain_loss: 600 });
});

describe('15. holdings', () => {
  it('that were sold are gone, and unknown cost invents no gain', async () => {
    const client = await register(app);
    const brokerage = account('investment', 'brokerage', 1_500);
    const [kept, sold] = [security('KEEP', 'equity', { sector: 'Energy' }), security('SOLD', 'equity')];
    const linked = await link(client, {
      accounts: [brokerage],
      securities: [kept, sold],
      holdings: [holding(brokerage, kept, 10, 100, null), holding(brokerage, sold, 5, 100, 400)],
    });
    const before = (await client.get('/api/dashboard/portfolio')).body.summary;
    expect(before).toMatchObject({
      total_value: 1_500,
      total_cost_basis: 400,
      total_gain_loss: 100,
      total_gain_loss_percent: 25,
      value_without_cost_basis: 1_000,
    });
    setData(linked.item, { accounts: [brokerage], securities: [kept], holdings: [holding(brokerage, kept, 10, 100, null)] });
    await sync(client, linked.id);
    const after = (await client.get('/api/dashboard/portfolio')).body.summary;
    expect(after.holdings).toHaveLength(1);
    expect(after.holdings[0]).toMatchObject({ ticker: 'KEEP', cost_basis: null, gain_loss: null, gain_loss_percent: null });
    expect(after).toMatchObject({
      total_value: 1_000,
      total_gain_loss: null,
      total_gain_loss_percent: null,
      allocation_by_sector: { Energy: 100 },
    });
  });

  it('of strange kinds are listed and not summed wrongly', async () => {
    const client = await register(app);
    const brokerage = account('investment', null, 900);
    const option = security('OPT', 'derivative', {
      option_contract: { contract_type: 'call', expiration_date: '2026-06-19', strike_price: 50, underlying_security_ticker: 'XYZ' },
    });
    const [short, coin, plain] = [security('SHRT', 'equity'), security('CUR:DOGE', 'cryptocurrency'), security(null, null)];
    const doge = { iso_currency_code: null, unofficial_currency_code: 'DOGE' };
    await link(client, {
      accounts: [brokerage],
      securities: [option, short, coin],
      holdings: [
        holding(brokerage, option, 100, 2, 150),
        holding(brokerage, short, -3, 100, -330),
        holding(brokerage, coin, 4_000, 1, null, doge),
        holding(brokerage, plain, 1, 1_000, 1_000),
        holding(brokerage, plain, 1, 1_000, 1_000),
      ],
    });
    const { summary } = (await client.get('/api/dashboard/portfolio')).body;
    expect(summary.holdings).toHaveLength(5);
    // 200 − 300 + 1,000 + 1,000, the coins left out; cost 150 − 330 + 2,000.
    expect(summary).toMatchObject({
      total_value: 1_900,
      total_cost_basis: 1_820,
      total_gain_loss: 80,
      unconverted: [{ currency: 'DOGE', amount: 4_000 }],
    });
    const shares = Object.values(summary.allocation_by_type as Record<string, number>);
    expect(shares.reduce((total, share) => total + share, 0)).toBeCloseTo(100, 3);
    expect(summary.holdings.find((row: { ticker: string }) => row.ticker === 'SHRT')).toMatchObject({
      quantity: -3,
      value: -300,
      gain_loss: 30,
    });
  });
});

describe('16. time-weighted return', () => {
  const performance = async (client: Awaited<ReturnType<typeof register>>) =>
    (await client.get('/api/dashboard/portfolio')).body.performance;

  it('of a large deposit at flat prices is nothing', async () => {
    const client = await register(app);
    const [brokerage, fund] = [account('investment', 'brokerage', 10_010), security('FUND', 'etf')];
    await link(client, {
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 1_001, 10, 10_010)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -10),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 10, 1, 10),
        trade(brokerage, null, '2026-03-03', 'cash', 'deposit', -10_000),
        trade(brokerage, fund, '2026-03-03', 'buy', 'buy', 10_000, 1_000, 10),
      ],
    });
    const { periods } = await performance(client);
    expect(periods.All).toMatchObject({ twr: 0, gain: 0, end_value: 10_010, max_drawdown: null });
    expect(periods['1M'].twr).toBe(0);
  });

  it('of an account that was emptied ends with it', async () => {
    const client = await register(app);
    const [brokerage, fund] = [account('investment', 'brokerage', 0), security('FUND', 'etf')];
    await link(client, {
      accounts: [brokerage],
      securities: [fund],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 1_000, 100, 10),
        trade(brokerage, fund, '2026-03-09', 'sell', 'sell', -1_100, -100, 11),
        trade(brokerage, null, '2026-03-10', 'cash', 'withdrawal', 1_100),
      ],
    });
    const { periods, realized } = await performance(client);
    expect(periods.All).toMatchObject({ twr: 10, gain: 100, end_date: '2026-03-09', end_value: 0 });
    expect(realized).toMatchObject({ total_gain: 100, incomplete: false, sales: [{ gain: 100, cost: 1_000, quantity_without_cost: 0 }] });
  });

  it('counts a dividend paid in cash', async () => {
    const client = await register(app);
    const [brokerage, fund] = [account('investment', 'brokerage', 1_050), security('FUND', 'etf')];
    await link(client, {
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 100, 10, 1_000)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 1_000, 100, 10),
        trade(brokerage, fund, '2026-03-09', 'cash', 'dividend', -50),
      ],
    });
    expect((await performance(client)).periods.All).toMatchObject({ twr: 5, income: 50, gain: 50, price_gain: 0, net_flow: 1_000 });
  });
});

describe('17. what recurs', () => {
  it('is found with its changes of price and odd cadences, habits are not', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 5_000);
    const month = (back: number) => `${back > 2 ? 2025 : 2026}-${String(((14 - back) % 12) + 1).padStart(2, '0')}`;
    const rows = [
      ...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((back) => transaction(checking, `${month(back)}-05`, back > 3 ? 9.99 : 11.99, 'STREAMLY')),
      ...['2025-06-11', '2025-09-11', '2025-12-11', '2026-03-11'].map((date) => transaction(checking, date, 312.5, 'SHIELD MUTUAL')),
      ...['2025-01-17', '2026-01-17'].map((date) => transaction(checking, date, 14.98, 'NAMEHOST')),
      // The last working days of October to February.
      ...['2025-10-31', '2025-11-28', '2025-12-31', '2026-01-30', '2026-02-27'].map((date) =>
        transaction(checking, date, -3_000, 'NORTHWIND PAYROLL', category('INCOME', 'INCOME_WAGES')),
      ),
      ...Array.from({ length: 20 }, (_none, week) =>
        transaction(
          checking,
          new Date(Date.UTC(2025, 10, 3 + week * 7 - (week % 3))).toISOString().slice(0, 10),
          40 + ((week * 37) % 90),
          'GREENLEAF',
          GROCERIES,
        ),
      ),
    ];
    const linked = await link(client, { accounts: [checking], transactions: rows });
    const streams = async () => (await client.get('/api/dashboard/recurring')).body;
    const { recurring } = await streams();
    const of = (merchant: string) => recurring.find((stream: { merchant: string }) => stream.merchant === merchant);
    expect(recurring.map((stream: { merchant: string }) => stream.merchant).sort()).toEqual([
      'NAMEHOST',
      'NORTHWIND PAYROLL',
      'SHIELD MUTUAL',
      'STREAMLY',
    ]);
    expect(of('STREAMLY')).toMatchObject({
      frequency: 'monthly',
      last_amount: 11.99,
      price_change: { from: 9.99, to: 11.99, amount: 2 },
      next_expected: '2026-04-05',
    });
    expect(of('SHIELD MUTUAL')).toMatchObject({ frequency: 'quarterly', yearly_amount: 1_250, next_expected: '2026-06-11' });
    expect(of('NAMEHOST')).toMatchObject({ frequency: 'annually', next_expected: '2027-01-17' });
    expect(of('NORTHWIND PAYROLL')).toMatchObject({ frequency: 'monthly', is_income: true, next_expected: '2026-03-31' });

    // What a person says of a stream outlives every sync, and is nobody else's to say.
    const stranger = await register(app);
    expect((await stranger.patch(`/api/dashboard/recurring/${of('STREAMLY').id}`, { dismissed: true })).status).toBe(404);
    await client.patch(`/api/dashboard/recurring/${of('STREAMLY').id}`, { dismissed: true });
    await client.patch(`/api/dashboard/recurring/${of('NAMEHOST').id}`, { name: 'Our domain', confirmed: true });
    add(linked.item, transaction(checking, '2026-03-16', 4, 'KIOSK', GROCERIES));
    await sync(client, linked.id);
    const after = await streams();
    expect(after.dismissed.map((stream: { merchant: string }) => stream.merchant)).toEqual(['STREAMLY']);
    expect(after.recurring.map((stream: { merchant: string }) => stream.merchant)).not.toContain('STREAMLY');
    expect(after.recurring.find((stream: { id: string }) => stream.id === of('NAMEHOST').id)).toMatchObject({
      merchant: 'Our domain',
      confirmed: true,
    });
    // 4 × 312.50 + 14.98 spent, 12 × 3,000 earned.
    expect(after.yearly_totals).toEqual({ income: 36_000, expenses: 1_264.98, unconverted: [] });
    expect((await client.patch(`/api/dashboard/recurring/${of('STREAMLY').id}`, { dismissed: false })).body.stream.dismissed).toBe(false);
    expect((await streams()).recurring).toHaveLength(4);
  });
});

it('18. an account in another currency is listed as unconverted, not added', async () => {
  const client = await register(app);
  const euros = { iso_currency_code: 'EUR', unofficial_currency_code: null };
  const [dollars, abroad, pence] = [
    account('depository', 'checking', 100),
    account('depository', 'checking', 250, { balances: euros }),
    account('depository', 'savings', 4_000, { balances: { iso_currency_code: null, unofficial_currency_code: 'GBX' } }),
  ];
  await link(client, {
    accounts: [dollars, abroad, pence],
    transactions: [
      transaction(abroad, '2026-03-03', 30, 'BÄCKEREI', { ...euros, ...GROCERIES }),
      transaction(dollars, '2026-03-03', 7, 'BAKERY', GROCERIES),
    ],
  });
  const { current } = await netWorth(client);
  expect(current).toMatchObject({
    net_worth: 100,
    unconverted: [
      { currency: 'EUR', amount: 250 },
      { currency: 'GBP', amount: 40 },
    ],
  });
  const { analysis } = await cashFlow(client);
  expect(analysis).toMatchObject({ summary: { total_expenses: 7 }, unconverted: [{ currency: 'EUR', amount: -30 }] });
  expect((await client.page('/')).text).toContain('€250.00');
});

it('19. hostile names are text on every page and safe in the CSV', async () => {
  const client = await register(app);
  const names = ['<script>alert(1)</script>', '=HYPERLINK("http://x")', 'Café 🧁 مقهى', "'; DROP TABLE users; --", '<%= 1 %>'];
  const checking = account('depository', 'checking', 100, { name: '<img src=x onerror=alert(1)>' });
  await link(client, {
    accounts: [checking],
    transactions: names.map((name, index) => transaction(checking, `2026-03-0${index + 1}`, 5, name, { merchant_name: name })),
  });
  for (const path of ['/', '/transactions', '/accounts']) {
    const { status, text } = await client.page(path);
    expect(status).toBe(200);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img src=x');
  }
  const list = (await client.page('/transactions')).text;
  expect(list).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(list).toContain('Café 🧁 مقهى');
  const csv = (await client.send('GET', '/api/dashboard/transactions.csv')).text;
  expect(csv).toContain(`"'=HYPERLINK(""http://x"")"`);
  expect(csv).toContain('Café 🧁 مقهى');
});

it("20. what is somebody else's is not found, by any route", async () => {
  const [owner, stranger] = [await register(app), await register(app)];
  const [checking, brokerage] = [account('depository', 'checking', 100), account('investment', 'brokerage', 10)];
  const fund = security('FUND', 'etf');
  const linked = await link(owner, {
    accounts: [checking, brokerage],
    transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE')],
    securities: [fund],
    holdings: [holding(brokerage, fund, 1, 10, 5)],
    investmentTransactions: [trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 10, 1, 10)],
  });
  const [row] = (await transactions(owner)).transactions;
  const [own] = (await owner.get('/api/dashboard/accounts')).body;
  const attempts: [string, string, unknown?][] = [
    ['POST', `/api/plaid/items/${linked.id}/sync`],
    ['GET', `/api/plaid/items/${linked.id}/progress`],
    ['GET', `/api/plaid/items/${linked.id}/events`],
    ['POST', `/api/plaid/items/${linked.id}/repaired`],
    ['DELETE', `/api/plaid/items/${linked.id}`],
    ['POST', '/api/plaid/create-link-token', { item_id: linked.id }],
    ['PATCH', `/api/dashboard/accounts/${own.id}`, { is_asset: false }],
    ['PATCH', `/api/dashboard/transactions/${row.id}`, { note: 'mine' }],
    ['GET', `/api/dashboard/transactions?account_id=${own.id}`],
    ['GET', `/transactions?account_id=${own.id}`],
    ['GET', `/api/dashboard/explain?figure=recurring.last_amount&id=${own.id}`],
    ['GET', `/api/dashboard/explain?figure=performance.twr&id=${own.id}`],
    ['GET', `/api/dashboard/transactions?recurring=${own.id}`],
  ];
  for (const [method, path, body] of attempts) {
    expect((await stranger.send(method, path, body)).status, `${method} ${path}`).toBe(404);
  }
  expect((await stranger.get('/api/plaid/items')).body).toEqual([]);
  expect((await stranger.get('/api/dashboard/accounts')).body).toEqual([]);
  expect((await transactions(stranger)).transactions).toEqual([]);
  expect((await stranger.get('/api/dashboard/portfolio')).body.summary.holdings).toEqual([]);
  expect((await transactions(owner)).transactions[0]).toMatchObject({ note: null });
  expect((await owner.get('/api/dashboard/accounts')).body[0].is_asset).toBe(true);
});
