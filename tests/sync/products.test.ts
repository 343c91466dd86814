import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, link, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, holding, security, setData, trade, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const stateOf = async (client: Client) => (await client.get('/api/plaid/items')).body[0];
const asked = (path: string) => app.bank.requests.filter((request) => request.path === path).length;
const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;

describe('a product that an institution does not have', () => {
  const failing = { error_type: 'ITEM_ERROR', error_code: 'PRODUCTS_NOT_SUPPORTED' };
  const linkCard = async () => {
    const client = await register(app);
    app.bank.failNext('/liabilities/get', failing);
    const card = account('credit', 'credit card', 10);
    const linked = await link(client, { accounts: [card], liabilities: { credit: [] } });
    // A first sync and the one that `link` asks for may be two.
    app.bank.planned.clear();
    return { client, linked, card };
  };

  it('is not asked for again at every sync, but after a week', async () => {
    const { client, linked } = await linkCard();
    expect((await stateOf(client)).products.liabilities).toBe('absent');
    const before = asked('/liabilities/get');
    await sync(client, linked.id);
    expect(asked('/liabilities/get')).toBe(before);
    await query("UPDATE plaid_item_products SET probe_after = probe_after - interval '7 days'");
    await sync(client, linked.id);
    expect(asked('/liabilities/get')).toBe(before + 1);
    expect((await stateOf(client)).products.liabilities).toBe('ok');
  });

  it('is asked for again when there are new accounts', async () => {
    const { client, linked, card } = await linkCard();
    setData(linked.item, { accounts: [card, account('loan', 'auto', 5)], liabilities: { credit: [] } });
    await sync(client, linked.id);
    expect((await stateOf(client)).products.liabilities).toBe('ok');
  });
});

describe('what the person sees', () => {
  const breakWith = async (error_type: string, error_code: string) => {
    const client = await register(app);
    const checking = account('depository', 'checking', 10);
    const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'KEPT')] });
    linked.item.error = { error_type, error_code };
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    return { client, linked, text: (await client.page('/accounts')).text };
  };

  it.each([
    ['ITEM_ERROR', 'ITEM_LOGIN_REQUIRED', 'asks you to sign in again', 'Reconnect'],
    ['ITEM_ERROR', 'ITEM_LOCKED', 'wants you to sort something out on its own site', 'Reconnect'],
    ['ITEM_ERROR', 'NO_ACCOUNTS', 'no longer shares any account', 'Choose accounts'],
    ['ITEM_ERROR', 'ITEM_NOT_FOUND', 'has ended this link', 'Remove'],
    ['INSTITUTION_ERROR', 'INSTITUTION_NO_LONGER_SUPPORTED', 'can no longer be read', 'Remove'],
  ])('of a link in %s %s is which bank, what happened and one button', async (type, code, words, button) => {
    const { client, text } = await breakWith(type, code);
    expect(text).toMatch(new RegExp(`role="alert".*Test Bank ${words}.*Since .*>${button}<`, 's'));
    expect((await stateOf(client)).status).toBe('error');
    expect((await client.get('/api/dashboard/transactions')).body.transactions).toHaveLength(1);
  });

  it('of an error of the link that only a product tells is the same', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 10)] });
    app.bank.failNext('/transactions/sync', { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' });
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect(await stateOf(client)).toMatchObject({ status: 'error', error: { code: 'ITEM_LOGIN_REQUIRED', action: 'reconnect' } });
    await sync(client, linked.id);
    expect(await stateOf(client)).toMatchObject({ status: 'active', error: null });
  });

  it('of one product that was not ticked at the bank is that it can be shared', async () => {
    const client = await register(app);
    app.bank.failNext('/investments/holdings/get', { error_type: 'ITEM_ERROR', error_code: 'ACCESS_NOT_GRANTED' });
    const { publicToken } = app.bank.link({ accounts: [account('depository', 'checking', 1), account('investment', 'brokerage', 1)] });
    await client.post('/api/plaid/exchange-token', { public_token: publicToken, institution: { name: 'Test Bank' } });
    await expect.poll(async () => (await stateOf(client)).products.investments).toBe('consent');
    await expect.poll(async () => (await stateOf(client)).last_synced).not.toBeNull();
    expect(await stateOf(client)).toMatchObject({ status: 'active', error: null, products: { transactions: 'ok' } });
  });

  it('of an outage is since when, that the figures are older, and that nothing has to be done', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 10)] });
    linked.item.outage = { error_type: 'INSTITUTION_ERROR', error_code: 'INSTITUTION_DOWN' };
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect((await client.page('/')).text).toMatch(/Test Bank cannot be read at the moment\..*Since .*Figures are as of the last reading/s);
    expect(await stateOf(client)).toMatchObject({ status: 'active', error: null, products: { accounts: 'failing' } });
    expect((await client.get('/api/dashboard/net-worth')).body.current.net_worth).toBe(10);
    linked.item.outage = null;
    await sync(client, linked.id);
    expect((await client.page('/')).text).not.toContain('cannot be read at the moment');
  });

  it('of a broken link is not tried again by itself; a daily reading asks the bank once', async () => {
    const { linked } = await breakWith('ITEM_ERROR', 'ITEM_LOGIN_REQUIRED');
    const [job] = await query('SELECT completed = requested AS done FROM sync_jobs WHERE plaid_item_id = $1', linked.id);
    expect(job.done).toBe(true);
    const before = app.bank.requests.length;
    await query("INSERT INTO tasks (kind, subject, slot) VALUES ('poll', $1, 'today')", linked.id);
    app.deps.nudgeWorker();
    await expect.poll(() => app.bank.requests.slice(before).map((request) => request.path)).toEqual(['/item/get']);
  });
});

describe('investment transactions that the bank prepares first', () => {
  it('are waited for while the holdings are there already, and read at the webhook', async () => {
    const client = await register(app);
    const brokerage = account('investment', 'brokerage', 100);
    const stock = security('ABC', 'equity');
    const { item, publicToken } = app.bank.link({
      accounts: [brokerage],
      securities: [stock],
      holdings: [holding(brokerage, stock, 2, 50, 80)],
      investmentTransactions: [trade(brokerage, stock, '2025-01-05', 'buy', 'buy', 80, 2, 40)],
    });
    let isReady = false;
    item.isActivityReady = () => isReady;
    item.webhook = `${app.url}/api/plaid/webhook`;
    await client.post('/api/plaid/exchange-token', { public_token: publicToken, institution: { name: 'Test Bank' } });
    await expect.poll(async () => (await stateOf(client)).products.investments).toBe('waiting');
    const portfolio = async () => (await client.get('/api/dashboard/portfolio?days=730')).body;
    await expect.poll(async () => (await portfolio()).summary.holdings.length).toBe(1);
    expect((await portfolio()).transactions).toEqual([]);
    expect((await stateOf(client)).error).toBeNull();
    isReady = true;
    await app.bank.signer.send(item, 'INVESTMENTS_TRANSACTIONS', 'HISTORICAL_UPDATE', {});
    await expect.poll(async () => (await portfolio()).transactions.length).toBe(1);
    await expect.poll(async () => (await stateOf(client)).products.investments).toBe('ok');
  });
});

describe('debts', () => {
  const DUE = { last_payment_amount: 50.5, last_payment_date: '2026-02-20', next_payment_due_date: '2026-03-25' };
  const YEAR = {
    origination_date: '2019-05-01',
    origination_principal_amount: 20_000,
    ytd_interest_paid: 120.25,
    ytd_principal_paid: 480.75,
  };
  const address = { city: 'Malden', country: 'US', postal_code: '02148', region: 'MA', street: '1 Elm Street' };
  const KINDS = {
    credit: {
      ...DUE,
      aprs: [
        { apr_percentage: 27.9, apr_type: 'cash_apr', balance_subject_to_apr: 10, interest_charge_amount: 0.2 },
        { apr_percentage: 22.49, apr_type: 'purchase_apr', balance_subject_to_apr: 500, interest_charge_amount: 9.3 },
      ],
      is_overdue: true,
      last_statement_balance: 640.1,
      last_statement_issue_date: '2026-03-01',
      minimum_payment_amount: 35,
    },
    student: {
      ...DUE,
      ...YEAR,
      account_number: '4277075694',
      disbursement_dates: ['2018-08-28'],
      expected_payoff_date: '2032-07-28',
      guarantor: 'DEPT OF ED',
      interest_rate_percentage: 5.25,
      is_overdue: false,
      last_statement_balance: 300,
      last_statement_issue_date: '2026-02-01',
      loan_name: 'Consolidation',
      loan_status: { type: 'repayment', end_date: '2032-07-28' },
      minimum_payment_amount: 25,
      outstanding_interest_amount: 62.27,
      payment_reference_number: '4277075695',
      pslf_status: { estimated_eligibility_date: '2030-01-01', payments_made: 20, payments_remaining: 100 },
      repayment_plan: { type: 'standard', description: 'Standard Repayment' },
      sequence_number: '1',
      servicer_address: address,
    },
    mortgage: {
      ...DUE,
      ...YEAR,
      account_number: '3120194154',
      current_late_fee: 25,
      escrow_balance: 3_141.54,
      has_pmi: true,
      has_prepayment_penalty: true,
      interest_rate: { percentage: 3.99, type: 'fixed' },
      loan_term: '30 year',
      loan_type_description: 'conventional',
      maturity_date: '2045-07-31',
      next_monthly_payment: 3_141.54,
      past_due_amount: 2_304,
      property_address: address,
    },
    loan: {
      ...DUE,
      ...YEAR,
      account_number: '99 1234',
      interest_rate: { percentage: 6.5, type: 'variable' },
      principal_balance: 9_000,
      loan_term_months: 60,
      maturity_date: '2029-05-01',
      payment_count: 34,
      payment_frequency: 'monthly',
      next_payment_amount: 310.4,
      payoff_amount: 9_100,
      compounding_period: 'daily',
    },
    line_of_credit: {
      ...DUE,
      aprs: [],
      available_credit: 4_000,
      credit_limit: 10_000,
      draw_period_end_date: '2030-01-01',
      finance_charges: 12.5,
      interest_rate: { percentage: 9.1, type: 'variable' },
      last_statement_balance: 6_000,
      last_statement_issue_date: '2026-03-01',
      minimum_payment_amount: 60,
      next_payment_amount: 75,
      past_due_amount: 0,
      principal_balance: 6_000,
    },
  };
  const ACCOUNTS = {
    credit: ['credit', 'credit card'],
    student: ['loan', 'student'],
    mortgage: ['loan', 'mortgage'],
    loan: ['loan', 'auto'],
    line_of_credit: ['loan', 'line of credit'],
  } as const;
  /** Kept in part, under another name, or as several columns. */
  const RENAMED: Record<string, Record<string, unknown>> = {
    account_number: {
      student: { account_number_mask: '5694' },
      mortgage: { account_number_mask: '4154' },
      loan: { account_number_mask: '1234' },
    },
    payment_reference_number: { student: { payment_reference_mask: '5695' } },
    interest_rate: {
      mortgage: { interest_rate_percentage: 3.99, interest_rate_type: 'fixed' },
      loan: { interest_rate_percentage: 6.5, interest_rate_type: 'variable' },
      line_of_credit: { interest_rate_percentage: 9.1, interest_rate_type: 'variable' },
    },
    loan_status: { student: { loan_status: 'repayment', loan_status_end_date: '2032-07-28' } },
    repayment_plan: { student: { repayment_plan_type: 'standard', repayment_plan_description: 'Standard Repayment' } },
    next_monthly_payment: { mortgage: { next_payment_amount: 3_141.54, minimum_payment_amount: 3_141.54 } },
    aprs: {
      credit: {
        aprs: [
          { percentage: '27.9', type: 'cash_apr', balance: '10', interestCharge: '0.2' },
          { percentage: '22.49', type: 'purchase_apr', balance: '500', interestCharge: '9.3' },
        ],
        interest_rate_percentage: 22.49,
      },
      line_of_credit: { aprs: [] },
    },
  };

  it.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('of the kind %s are kept with every field', async (kind) => {
    const client = await register(app);
    const [type, subtype] = ACCOUNTS[kind];
    const own = account(type, subtype, 100);
    const linked = await link(client, {
      accounts: [own],
      liabilities: { [kind]: [{ account_id: own.account_id, ...KINDS[kind] }] } as never,
    });
    const [row] = await query(
      'SELECT liabilities.* FROM liabilities JOIN accounts ON accounts.id = liabilities.account_id WHERE plaid_item_id = $1',
      linked.id,
    );
    expect(row.type).toBe(kind);
    const plain = (value: unknown) => (typeof value === 'string' && /^-?\d+\.\d{10}$/.test(value) ? Number(value) : value);
    for (const [field, value] of Object.entries(KINDS[kind])) {
      const wanted = (RENAMED[field]?.[kind] as Record<string, unknown> | undefined) ?? { [field]: value };
      for (const [column, content] of Object.entries(wanted)) expect(plain(row[column]), column).toEqual(content);
    }
    expect(JSON.stringify(row)).not.toMatch(/4277075694|4277075695|3120194154/);
  });
});

it('the newer fields of accounts, holdings and rows are kept, and what a person can use of them is shown', async () => {
  const client = await register(app);
  const savings = account('depository', 'savings', 500, {
    apy: 4.25,
    persistent_account_id: 'persistent-1',
    balances: { last_updated_datetime: '2026-03-17T08:00:00Z' },
  });
  const brokerage = account('investment', 'brokerage', 1_000, { balances: { margin_loan_amount: 250.5 } });
  const share = security('SHARE', 'equity');
  const lot = {
    institution_lot_id: 'L1',
    original_purchase_datetime: '2020-02-03T00:00:00Z',
    quantity: 10,
    purchase_price: 80,
    cost_basis: 801,
    current_value: 1_250.5,
    position_type: 'LONG',
  };
  const bought = { ...trade(brokerage, share, '2026-03-02', 'buy', 'buy', 1, 1, 1), transaction_datetime: '2026-03-02T15:30:00Z' };
  const linked = await link(client, {
    accounts: [savings, brokerage],
    transactions: [transaction(savings, '2026-03-04', 5, 'FEE', { running_balance: 500, transaction_code: 'bank charge' })],
    securities: [share],
    holdings: [holding(brokerage, share, 10, 125.05, 801, { vested_quantity: 6, vested_value: 750.3, tax_lots: [lot] })],
    investmentTransactions: [bought],
  });
  const shown = (await client.get('/api/dashboard/accounts')).body;
  expect(shown.find(({ type }: { type: string }) => type === 'depository')).toMatchObject({
    apy: 4.25,
    balance_as_of: '2026-03-17T08:00:00.000Z',
  });
  expect(shown.find(({ type }: { type: string }) => type === 'investment')).toMatchObject({ margin_loan_amount: 250.5 });
  const [held] = (await client.get('/api/dashboard/portfolio')).body.summary.holdings;
  expect(held).toMatchObject({ vested_quantity: 6, vested_value: 750.3, value: 1_250.5 });
  const page = (await client.page('/accounts')).text;
  expect(page).toContain('4.25 % a year');
  expect(page).toContain('after a margin loan of $250.50');
  expect((await client.page('/portfolio')).text).toContain('6 vested');
  const ofItem = 'AS own JOIN accounts ON accounts.id = own.account_id WHERE plaid_item_id = $1';
  expect(await query(`SELECT running_balance::float, transaction_code FROM transactions ${ofItem}`, linked.id)).toEqual([
    { running_balance: 500, transaction_code: 'bank charge' },
  ]);
  expect(await query(`SELECT persistent_account_id FROM accounts WHERE plaid_item_id = $1 AND type = 'depository'`, linked.id)).toEqual([
    { persistent_account_id: 'persistent-1' },
  ]);
  const [row] = await query(`SELECT transaction_datetime FROM investment_transactions ${ofItem}`, linked.id);
  expect(row.transaction_datetime).toEqual(new Date('2026-03-02T15:30:00Z'));
  const [lots] = await query(`SELECT tax_lots FROM holdings ${ofItem}`, linked.id);
  expect(lots.tax_lots).toEqual([
    {
      lotId: 'L1',
      acquiredAt: expect.stringContaining('2020-02-03'),
      quantity: '10',
      price: '80',
      costBasis: '801',
      value: '1250.5',
      side: 'LONG',
    },
  ]);

  // A bank that stops lending says so; one that cannot be read for once changes nothing.
  app.bank.failNext('/investments/holdings/get', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
  await sync(client, linked.id);
  expect((await client.page('/accounts')).text).toContain('after a margin loan of $250.50');
});
