import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, cashFlow, link, register, startTestApp, sync, type TestApp, transactions } from '../test-app.ts';
import { account, add, category, remove, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const OUT = category('TRANSFER_OUT', 'TRANSFER_OUT_ACCOUNT_TRANSFER');
const IN = category('TRANSFER_IN', 'TRANSFER_IN_ACCOUNT_TRANSFER');
const PAYMENT = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT');

const checkingAccount = () => account('depository', 'checking', 5_000, { mask: '4471', name: 'Everyday Checking' });
const savingsAccount = (mask = '2088') => account('depository', 'savings', 9_000, { mask, name: 'Savings' });
const cardAccount = () => account('credit', 'credit card', 800, { mask: '7712', name: 'Voyager Card' });

const summary = async (client: Client) => (await cashFlow(client)).analysis.summary;
/** The rows that count as one movement between own accounts, by name. */
const paired = async (client: Client) =>
  (await transactions(client)).transactions
    .filter((row: { why: string }) => row.why === 'match')
    .map((row: { name: string }) => row.name)
    .sort();

describe('what is no transfer stays in the figures', () => {
  it.each([
    ['ATM WITHDRAWAL 0412', 200, category('TRANSFER_OUT', 'TRANSFER_OUT_WITHDRAWAL')],
    ['TOYOTA FINANCIAL RETAIL PYMT', 500, category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CAR_PAYMENT')],
    ['CHECK 1043', 500, {}],
  ])('%s beside money that comes from elsewhere is spending', async (name, amount, what) => {
    const client = await register(app);
    const [checking, savings] = [checkingAccount(), savingsAccount()];
    await link(client, {
      accounts: [checking, savings],
      transactions: [
        transaction(checking, '2026-03-04', amount, name, what),
        transaction(savings, '2026-03-05', -amount, 'ACH CREDIT', IN),
      ],
    });
    expect(await summary(client)).toMatchObject({ total_expenses: amount, total_transfers: amount });
    expect(await paired(client)).toEqual([]);
  });

  it('a gift beside money that goes elsewhere is income', async () => {
    const client = await register(app);
    const [checking, savings] = [checkingAccount(), savingsAccount()];
    await link(client, {
      accounts: [checking, savings],
      transactions: [
        transaction(checking, '2026-03-04', 300, 'ACH TRANSFER TO ALLY BANK', OUT),
        transaction(savings, '2026-03-05', -300, 'ATM CASH DEPOSIT', category('TRANSFER_IN', 'TRANSFER_IN_DEPOSIT')),
      ],
    });
    expect(await summary(client)).toMatchObject({ total_income: 300, total_transfers: 300 });
  });

  it('a card that is not linked is not paid by a refund on one that is', async () => {
    const client = await register(app);
    const [checking, card] = [checkingAccount(), cardAccount()];
    await link(client, {
      accounts: [checking, card],
      transactions: [
        transaction(checking, '2026-03-04', 50, 'PAYMENT TO CARD 7788', PAYMENT),
        transaction(
          card,
          '2026-03-04',
          -50,
          'COTTON & THREAD',
          category('GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES'),
        ),
        transaction(checking, '2026-03-06', 120, 'CHASE CARD EPAY', PAYMENT),
        transaction(card, '2026-03-07', -120, 'HOTEL CREDIT'),
      ],
    });
    expect(await paired(client)).toEqual([]);
    // 50 + 120 paid to cards that nobody has linked, less the two refunds.
    expect(await summary(client)).toMatchObject({ total_expenses: 0, total_transfers: 0 });
    expect((await transactions(client, '?flow=expense')).pagination.total_items).toBe(4);
  });
});

describe('cards', () => {
  it('a cash advance is borrowed, only its fee is spent', async () => {
    const client = await register(app);
    const card = cardAccount();
    await link(client, {
      accounts: [card],
      transactions: [
        transaction(card, '2026-03-04', 200, 'CASH ADVANCE ATM 0412'),
        transaction(card, '2026-03-04', 15, 'CASH ADVANCE FEE', category('BANK_FEES', 'BANK_FEES_CASH_ADVANCE')),
        transaction(card, '2026-03-08', 100, 'ATM 0977', category('TRANSFER_OUT', 'TRANSFER_OUT_WITHDRAWAL')),
        transaction(card, '2026-03-08', 5, 'CASH ADVANCE INTEREST CHARGE'),
      ],
    });
    expect(await summary(client)).toMatchObject({ total_expenses: 20, total_transfers: 300 });
  });

  it('a cash advance that arrives on an account is one movement', async () => {
    const client = await register(app);
    const [checking, card] = [checkingAccount(), cardAccount()];
    await link(client, {
      accounts: [checking, card],
      transactions: [
        transaction(card, '2026-03-04', 400, 'CASH ADVANCE'),
        transaction(
          checking,
          '2026-03-04',
          -400,
          'CASH ADVANCE FROM CARD 7712',
          category('TRANSFER_IN', 'TRANSFER_IN_CASH_ADVANCES_AND_LOANS'),
        ),
      ],
    });
    expect(await summary(client)).toMatchObject({ total_income: 0, total_expenses: 0, total_transfers: 400 });
  });

  it('a payment that is returned and made again is three movements, each counted once', async () => {
    const client = await register(app);
    const [checking, card] = [checkingAccount(), cardAccount()];
    await link(client, {
      accounts: [checking, card],
      transactions: [
        transaction(checking, '2026-03-02', 300, 'VOYAGER CARD AUTOPAY', PAYMENT),
        transaction(card, '2026-03-02', -300, 'AUTOPAY PAYMENT - THANK YOU', PAYMENT),
        transaction(card, '2026-03-06', 300, 'RETURNED PAYMENT'),
        transaction(checking, '2026-03-06', -300, 'ACH RETURN VOYAGER CARD AUTOPAY'),
      ],
    });
    expect(await summary(client)).toMatchObject({ total_income: 0, total_expenses: 0, total_transfers: 600 });
    expect(await paired(client)).toHaveLength(4);
  });
});

describe('better evidence', () => {
  it('a side that is pending is waited for', async () => {
    const client = await register(app);
    const [checking, savings, other] = [checkingAccount(), savingsAccount(), savingsAccount('9033')];
    const pending = transaction(savings, '2026-03-05', -300, 'Transfer from 4471', { ...IN, pending: true });
    const { item, id } = await link(client, {
      accounts: [checking, savings, other],
      transactions: [
        transaction(checking, '2026-03-04', 300, 'Online transfer', OUT),
        transaction(other, '2026-03-04', -300, 'External transfer', IN),
        pending,
      ],
    });
    expect(await paired(client)).toEqual([]);
    remove(item, pending);
    add(item, transaction(savings, '2026-03-06', -300, 'Transfer from 4471', { ...IN, pending_transaction_id: pending.transaction_id }));
    await sync(client, id);
    expect(await paired(client)).toEqual(['Online transfer', 'Transfer from 4471']);
    expect(await summary(client)).toMatchObject({ total_transfers: 600 });
  });

  it('a pair is taken apart when the true other side arrives, from an account that is linked later', async () => {
    const client = await register(app);
    const [checking, other, savings] = [checkingAccount(), savingsAccount('9033'), savingsAccount()];
    await link(client, {
      accounts: [checking, other],
      transactions: [
        transaction(checking, '2026-03-04', 300, 'Online transfer 88026019', OUT),
        transaction(other, '2026-03-04', -300, 'External transfer', IN),
      ],
    });
    expect(await paired(client)).toEqual(['External transfer', 'Online transfer 88026019']);
    await link(
      client,
      { accounts: [savings], transactions: [transaction(savings, '2026-03-05', -300, 'Deposit 88026019 from 4471')] },
      'Brightpath',
    );
    expect(await paired(client)).toEqual(['Deposit 88026019 from 4471', 'Online transfer 88026019']);
    expect(await summary(client)).toMatchObject({ total_transfers: 600 });
  });

  it('whoever is left alone finds somebody else', async () => {
    const client = await register(app);
    const [checking, first, second] = [checkingAccount(), savingsAccount('9033'), savingsAccount('2088')];
    const { item, id } = await link(client, {
      accounts: [checking, first, second],
      transactions: [
        transaction(checking, '2026-02-27', 300, 'Online transfer', OUT),
        transaction(checking, '2026-03-04', 300, 'Online transfer 88026019', OUT),
        transaction(first, '2026-03-01', -300, 'Transfer deposit', IN),
      ],
    });
    // The nearer of the two outflows.
    expect(await paired(client)).toEqual(['Online transfer', 'Transfer deposit'].sort());
    add(item, transaction(second, '2026-02-27', -300, 'Transfer from 4471'));
    await sync(client, id);
    expect(await paired(client)).toEqual(['Online transfer', 'Online transfer 88026019', 'Transfer deposit', 'Transfer from 4471']);
  });

  it('does not undo what a person has decided', async () => {
    const client = await register(app);
    const [checking, other, savings] = [checkingAccount(), savingsAccount('9033'), savingsAccount()];
    const { item, id } = await link(client, {
      accounts: [checking, other, savings],
      transactions: [
        transaction(checking, '2026-03-04', 300, 'Online transfer', OUT),
        transaction(other, '2026-03-04', -300, 'ELECTRONIC DEPOSIT'),
      ],
    });
    const [suggested] = (await client.get('/api/dashboard/transfers')).body.transfers;
    expect((await client.post(`/api/dashboard/transfers/${suggested.id}/accept`)).status).toBe(200);
    add(item, transaction(savings, '2026-03-05', -300, 'Transfer from 4471', IN));
    await sync(client, id);
    expect(await paired(client)).toEqual(['ELECTRONIC DEPOSIT', 'Online transfer']);
  });
});
