import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cashFlow, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, category, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const CARD_PAYMENT = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT');
const SHOPPING = category('GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_ELECTRONICS');
const statement = (accountId: string, more: Record<string, unknown> = {}) => ({
  account_id: accountId,
  aprs: [],
  is_overdue: null,
  last_payment_amount: null,
  last_payment_date: null,
  last_statement_issue_date: '2026-02-20',
  last_statement_balance: 500,
  minimum_payment_amount: 50,
  next_payment_due_date: '2026-03-15',
  ...more,
});

describe('a payment of a card that is not linked', () => {
  it('is spending while another card is linked', async () => {
    const client = await register(app);
    const [checking, card] = [account('depository', 'checking', 3_000), account('credit', 'credit card', 500, { mask: '4417' })];
    await link(client, {
      accounts: [checking, card],
      transactions: [transaction(checking, '2026-03-09', 1_200, 'OTHER BANK CARD AUTOPAY 9901', CARD_PAYMENT)],
      liabilities: { credit: [statement(card.account_id)] },
    });
    const { summary } = (await cashFlow(client)).analysis;
    expect(summary).toMatchObject({ total_expenses: 1_200, total_transfers: 0 });
  });

  it('is told from that of a linked card by its statement, and stays so when the next statement comes', async () => {
    const client = await register(app);
    const [checking, card] = [account('depository', 'checking', 3_000), account('credit', 'credit card', 500, { mask: '4417' })];
    const { item, id } = await link(client, {
      accounts: [checking, card],
      transactions: [transaction(checking, '2026-03-09', 500, 'CARD AUTOPAY', CARD_PAYMENT)],
      liabilities: { credit: [statement(card.account_id)] },
    });
    const paid = { total_expenses: 0, total_transfers: 500 };
    expect((await cashFlow(client)).analysis.summary).toMatchObject(paid);
    item.data = {
      ...item.data,
      liabilities: { ...item.data.liabilities, credit: [statement(card.account_id, { last_statement_balance: 81 })] },
    };
    await client.post(`/api/plaid/items/${id}/sync`);
    expect((await cashFlow(client)).analysis.summary).toMatchObject(paid);
  });
});

describe('the bill of a card', () => {
  const alertsOf = async (rows: (card: ReturnType<typeof account>) => ReturnType<typeof transaction>[], due: string) => {
    const client = await register(app);
    const [checking, card] = [account('depository', 'checking', 3_000), account('credit', 'credit card', 440, { mask: '4417' })];
    await link(client, {
      accounts: [checking, card],
      transactions: rows(card),
      liabilities: { credit: [statement(card.account_id, { next_payment_due_date: due })] },
    });
    const { alerts } = (await client.get('/api/alerts')).body as { alerts: { kind: string; title: string; body: string }[] };
    const forecast = (await client.get('/api/dashboard/forecast?days=30')).body;
    return { bill: alerts.find(({ kind }) => kind.startsWith('bill_')), forecast };
  };

  it('is not paid by a shop’s refund', async () => {
    const refund = (card: ReturnType<typeof account>) => [transaction(card, '2026-03-05', -60, 'PARCEL PLAZA REFUND', SHOPPING)];
    const overdue = await alertsOf(refund, '2026-03-15');
    expect(overdue.bill).toMatchObject({ kind: 'bill_overdue' });
    const due = await alertsOf(refund, '2026-03-20');
    expect(due.bill).toMatchObject({ kind: 'bill_due', title: expect.stringContaining('$500.00') });
    expect(due.bill?.body).toContain('Nothing has been paid');
  });

  it('is paid by what says payment, whatever its category, until that is returned', async () => {
    const paid = await alertsOf((card) => [transaction(card, '2026-03-05', -60, 'ONLINE PAYMENT THANK YOU', SHOPPING)], '2026-03-20');
    expect(paid.bill?.body).toContain('$60.00 has been paid. The minimum is covered');
    const returned = await alertsOf(
      (card) => [
        transaction(card, '2026-03-05', -60, 'ONLINE PAYMENT THANK YOU', CARD_PAYMENT),
        transaction(card, '2026-03-08', 60, 'RETURNED PAYMENT', CARD_PAYMENT),
      ],
      '2026-03-20',
    );
    expect(returned.bill?.body).toContain('Nothing has been paid');
  });
});
