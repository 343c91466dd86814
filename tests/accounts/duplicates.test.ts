import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Likeness, lookTheSame } from '../../src/accounts/duplicates.ts';
import { toMoney } from '../../src/lib/money.ts';
import { type Client, cashFlow, link, netWorth, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, add, holding, remove, security, setData, trade, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('two accounts of one bank, kind and number look like one', () => {
  const judged = (more: Partial<Likeness>) =>
    lookTheSame({ isSameById: false, balances: [toMoney(1_000), toMoney(1_000)], movements: [0, 0], shared: 0, ...more });

  it.each<[string, Partial<Likeness>, boolean]>([
    ['with equal balances and no movements', {}, true],
    ['with balances that two readings of one day may give', { balances: [toMoney(1_000), toMoney(984)] }, true],
    ['not with balances far apart and no movements', { balances: [toMoney(1_000), toMoney(600)] }, false],
    [
      'with the same movements, whatever the balances: one link has stopped',
      { balances: [toMoney(1_000), toMoney(9)], movements: [5, 40], shared: 5 },
      true,
    ],
    ['not with other movements, whatever the balances', { movements: [10, 10], shared: 2 }, false],
    ['not when neither balance nor movement says so', { balances: [null, toMoney(5)] }, false],
    ['not by two movements alone', { balances: [toMoney(1_000), toMoney(9)], movements: [2, 2], shared: 2 }, false],
    ['by the id of the bank', { isSameById: true, balances: [null, null] }, true],
    ['with the same debt', { balances: [toMoney(-50), toMoney(-50)] }, true],
    ['not with one overdrawn as much as the other has', { balances: [toMoney(-50), toMoney(50)] }, false],
  ])('%s', (_name, likeness, expected) => {
    expect(judged(likeness)).toBe(expected);
  });
});

const MASKED = { name: 'Joint Checking', mask: '4417' };
const ROWS: [string, number, string][] = [
  ['2026-03-02', -3_000, 'PAYROLL'],
  ['2026-03-03', 80, 'GROCER'],
  ['2026-03-05', 45, 'GARAGE'],
  ['2026-03-09', 12, 'CINEMA'],
];
/** The same joint account, as the link of each of its two owners gives it. */
const joint = (more: Record<string, unknown> = {}) => {
  const checking = account('depository', 'checking', 5_000, { ...MASKED, ...more });
  return { accounts: [checking], transactions: ROWS.map(([date, amount, name]) => transaction(checking, date, amount, name)) };
};
const duplicates = async (client: Client) => (await client.get('/api/dashboard/accounts/duplicates')).body;
const answer = (client: Client, body: Record<string, unknown>) => client.post('/api/dashboard/accounts/duplicates', body);
const figures = async (client: Client) => {
  const [worth, flow] = [await netWorth(client), await cashFlow(client)];
  return {
    now: worth.current.net_worth,
    monthStart: worth.history.find((day: { date: string }) => day.date === '2026-03-01').net_worth,
    income: flow.analysis.summary.total_income,
    expenses: flow.analysis.summary.total_expenses,
  };
};
const ONCE = { now: 5_000, monthStart: 2_137, income: 3_000, expenses: 137 };
const TWICE = { now: 10_000, monthStart: 4_274, income: 6_000, expenses: 274 };

describe('a joint account through two links', () => {
  it('is asked about, counts once as soon as the person says so, and twice again when that is undone', async () => {
    const client = await register(app);
    const kept = await link(client, joint());
    expect((await duplicates(client)).open).toEqual([]);
    const second = await link(client, joint());
    expect(await figures(client)).toEqual(TWICE);
    const { open } = await duplicates(client);
    expect(open).toHaveLength(1);
    expect(open[0]).toMatchObject({ shared_transactions: 4, same_by_id: false });
    expect(open[0].accounts[0]).toMatchObject({ mask: '4417', balance: 5_000, transaction_count: 4, since: '2026-03-02' });
    const alerts = (await client.get('/api/alerts')).body.alerts.filter(({ kind }: { kind: string }) => kind === 'account_twice');
    expect(alerts.map(({ title }: { title: string }) => title)).toEqual(['Joint Checking ··4417 may be counted twice']);
    const page = (await client.page('/accounts')).text;
    expect(page).toContain('Is this the same account twice?');
    expect((await client.page('/net-worth')).text).toContain('Joint Checking ··4417 may be counted twice.');

    const first = open[0].accounts.find(({ item_id }: { item_id: string }) => item_id === kept.id).id;
    const other = open[0].accounts.find(({ item_id }: { item_id: string }) => item_id === second.id).id;
    expect((await answer(client, { first, second: other, answer: 'same', keep: first })).status).toBe(200);
    expect(await figures(client)).toEqual(ONCE);
    expect(await duplicates(client)).toMatchObject({ open: [], counted_once: [{ account: { id: other }, counted_as: { id: first } }] });
    expect((await client.get('/api/alerts')).body.alerts.filter(({ kind }: { kind: string }) => kind === 'account_twice')).toEqual([]);
    expect((await client.page('/accounts')).text).toContain('counted there');

    // What the bank sends of it from now on counts once too, and what it takes back stays away when all is undone.
    const twin = second.item.data.accounts[0] as ReturnType<typeof account>;
    const late = transaction(twin, '2026-03-10', 30, 'BAKERY');
    add(second.item, late);
    await sync(client, second.id);
    expect(await figures(client)).toEqual(ONCE);
    remove(second.item, late);
    await sync(client, second.id);
    await answer(client, { first, second: other, answer: 'unanswered' });
    expect(await figures(client)).toEqual(TWICE);
    expect((await duplicates(client)).open).toHaveLength(1);
  });

  it('counts through the other when the one that counted is removed, or closed by its bank', async () => {
    const client = await register(app);
    const [one, two] = [await link(client, joint()), await link(client, joint())];
    const { open } = await duplicates(client);
    const [first, second] = open[0].accounts.map(({ id }: { id: string }) => id);
    const kept = open[0].accounts.find(({ item_id }: { item_id: string }) => item_id === one.id).id;
    await answer(client, { first, second, answer: 'same', keep: kept });
    one.item.data = { ...one.item.data, accounts: [] };
    await sync(client, one.id);
    expect(await figures(client)).toEqual(ONCE);
    expect((await duplicates(client)).counted_once).toMatchObject([{ account: { id: kept } }]);
    await client.send('DELETE', `/api/plaid/items/${two.id}`);
    expect((await netWorth(client)).current.net_worth).toBe(0);
    expect((await duplicates(client)).counted_once).toEqual([]);
  });

  it('is not asked about again once told apart, until the person wants to be', async () => {
    const client = await register(app);
    await link(client, joint());
    await link(client, joint());
    const [first, second] = (await duplicates(client)).open[0].accounts.map(({ id }: { id: string }) => id);
    const form = await client.form('/accounts', { first, second, choice: 'different' });
    expect(form.status).toBe(303);
    expect(await duplicates(client)).toMatchObject({ open: [], different: [[expect.anything(), expect.anything()]] });
    expect(await figures(client)).toEqual(TWICE);
    expect((await client.page('/accounts')).text).toContain('Accounts that you said are two');
    await answer(client, { first: second, second: first, answer: 'unanswered' });
    expect((await duplicates(client)).open).toHaveLength(1);
  });

  it('is known by the id that the bank gives it, whatever else differs, and kept apart by two ids', async () => {
    const client = await register(app);
    const id = (persistent: string) => ({ persistent_account_id: persistent });
    await link(client, joint(id('same')));
    await link(client, { accounts: [account('depository', 'checking', 1, { name: 'Checking', mask: '0001', ...id('same') })] });
    await link(client, joint(id('another')));
    const { open } = await duplicates(client);
    expect(open).toMatchObject([{ same_by_id: true }]);
  });

  it('is known again when the bank closes it and lists it under another id', async () => {
    const client = await register(app);
    const { item, id } = await link(client, joint());
    const again = joint();
    setData(item, again);
    await sync(client, id);
    const { open } = await duplicates(client);
    expect(open).toHaveLength(1);
    const [first, second] = open[0].accounts;
    const active = (await client.get('/api/dashboard/accounts')).body[0].id;
    const closed = first.id === active ? second.id : first.id;
    expect((await answer(client, { first: first.id, second: second.id, answer: 'same', keep: closed })).status).toBe(409);
    await answer(client, { first: first.id, second: second.id, answer: 'same', keep: active });
    expect(await figures(client)).toEqual(ONCE);
  });

  it('of investments is held once: value, activity, gains and their past', async () => {
    const client = await register(app);
    const fund = security('FUND', 'etf');
    const invested = () => {
      const brokerage = account('investment', 'brokerage', 1_000, { name: 'Brokerage', mask: '8080' });
      return {
        accounts: [brokerage],
        securities: [fund],
        holdings: [holding(brokerage, fund, 10, 100, 900)],
        investmentTransactions: [
          trade(brokerage, fund, '2026-03-03', 'buy', 'buy', 900, 10, 90),
          trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -900),
        ],
      };
    };
    const read = async () => {
      const { summary, transactions, performance } = (await client.get('/api/dashboard/portfolio')).body;
      return { value: summary.total_value, gain: summary.total_gain_loss, rows: transactions.length, lots: performance.lots.length };
    };
    await link(client, invested());
    const once = await read();
    await link(client, invested());
    expect(await read()).not.toEqual(once);
    const [first, second] = (await duplicates(client)).open[0].accounts.map(({ id }: { id: string }) => id);
    await answer(client, { first, second, answer: 'same', keep: second });
    expect(await read()).toEqual(once);
    expect((await netWorth(client)).history.at(-1)).toMatchObject({ net_worth: 1_000 });
  });

  it('of somebody else is not found', async () => {
    const [client, stranger] = [await register(app), await register(app)];
    await link(client, joint());
    await link(client, joint());
    await link(stranger, joint());
    expect((await duplicates(stranger)).open).toEqual([]);
    const [first, second] = (await duplicates(client)).open[0].accounts.map(({ id }: { id: string }) => id);
    const own = (await stranger.get('/api/dashboard/accounts')).body[0].id;
    for (const ids of [
      { first, second },
      { first: own, second },
    ]) {
      expect((await answer(stranger, { ...ids, answer: 'different' })).status).toBe(404);
      expect((await answer(stranger, { ...ids, answer: 'same', keep: ids.first })).status).toBe(404);
    }
    expect((await answer(client, { first, second, answer: 'same' })).body.fields).toHaveProperty('keep');
    expect((await answer(client, { first, second, answer: 'same', keep: own })).body.fields).toHaveProperty('keep');
  });
});

describe('a row without any currency', () => {
  const none = { iso_currency_code: null, unofficial_currency_code: null };
  const euros = { balances: { iso_currency_code: 'EUR', unofficial_currency_code: null } };

  it('has its account’s, be it a transaction, a holding or an investment transaction', async () => {
    const client = await register(app);
    const [checking, brokerage] = [account('depository', 'checking', 500, euros), account('investment', 'brokerage', 1_000, euros)];
    const fund = security('FUND', 'etf', none);
    await link(client, {
      accounts: [checking, brokerage],
      transactions: [transaction(checking, '2026-03-05', 40, 'GROCER', none)],
      securities: [fund],
      holdings: [holding(brokerage, fund, 10, 100, 900, none)],
      investmentTransactions: [{ ...trade(brokerage, fund, '2026-03-03', 'buy', 'buy', 900, 10, 90), ...none }],
    });
    await client.post('/api/me/rates', { currency: 'EUR', rate: '2', effective_on: '2026-01-01' });
    const { analysis } = await cashFlow(client);
    expect(analysis).toMatchObject({ summary: { total_expenses: 80 }, unconverted: [] });
    const portfolio = (await client.get('/api/dashboard/portfolio')).body;
    expect(portfolio.summary).toMatchObject({ total_value: 2_000, total_gain_loss: 200, unconverted: [] });
    expect(portfolio.transactions[0]).toMatchObject({ currency: 'EUR' });
  });

  it('has it as soon as the bank says what it is', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 500, { balances: none });
    const { item, id } = await link(client, {
      accounts: [checking],
      transactions: [transaction(checking, '2026-03-05', 40, 'GROCER', none)],
    });
    expect((await cashFlow(client)).analysis.summary.total_expenses).toBe(0);
    setData(item, { accounts: [{ ...checking, balances: { ...checking.balances, iso_currency_code: 'USD' } }] });
    await sync(client, id);
    expect((await cashFlow(client)).analysis.summary.total_expenses).toBe(40);
  });
});
