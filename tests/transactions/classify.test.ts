import { describe, expect, it } from 'vitest';
import { moneyOut, toMoney } from '../../src/lib/money.ts';
import { type Classifiable, classify, countedAmount, type Person } from '../../src/transactions/classify.ts';

const NOBODY: Person = { name: null, cards: [] };
const CARD_HOLDER: Person = {
  name: 'Ada Harper',
  cards: [{ mask: '4417', institution: 'Harbour Bank', currency: 'USD', statedAmounts: [toMoney(640.2), toMoney(35)] }],
};
const row = (amount: number, more: Partial<Classifiable> = {}): Classifiable => ({
  amount: toMoney(amount),
  accountType: 'depository',
  institution: 'Meadow Bank',
  currency: 'USD',
  categoryPrimary: null,
  categoryDetailed: null,
  categoryConfidence: 'HIGH',
  name: 'SOMETHING',
  merchantName: null,
  customCashFlowType: null,
  ruleCashFlowType: null,
  matchedAccountType: null,
  ...more,
});
const of = (primary: string, detailed = `${primary}_X`) => ({ categoryPrimary: primary, categoryDetailed: detailed });

describe('the first rule that applies decides', () => {
  it.each<[string, Classifiable, object]>([
    [
      'the person',
      row(10, { customCashFlowType: 'investment', matchedAccountType: 'loan' }),
      { type: 'investment', why: 'user', confidence: 1 },
    ],
    ['a pair', row(10, { ...of('FOOD_AND_DRINK'), matchedAccountType: 'depository' }), { type: 'transfer', why: 'match' }],
    ['a pair with a brokerage', row(10, { matchedAccountType: 'investment' }), { type: 'investment', why: 'match' }],
    ['an investment account', row(-10, { accountType: 'investment', ...of('INCOME') }), { type: 'investment' }],
    ['a loan account', row(-10, { accountType: 'loan', ...of('BANK_FEES') }), { type: 'transfer' }],
    ['pay', row(-10, of('INCOME', 'INCOME_SALARY')), { type: 'income', why: 'category' }],
    ['pay taken back', row(10, of('INCOME', 'INCOME_WAGES')), { type: 'income', why: 'category' }],
    ['money invested', row(10, of('TRANSFER_OUT', 'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS')), { type: 'investment' }],
    ['crypto bought', row(10, of('TRANSFER_OUT', 'TRANSFER_OUT_CRYPTO')), { type: 'investment' }],
    ['a car payment', row(10, of('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CAR_PAYMENT')), { type: 'expense' }],
    ['a loan received', row(-10, of('LOAN_DISBURSEMENTS', 'LOAN_DISBURSEMENTS_PERSONAL')), { type: 'transfer' }],
    ['a cash advance', row(-10, of('TRANSFER_IN', 'TRANSFER_IN_CASH_ADVANCES_AND_LOANS')), { type: 'transfer' }],
    ['cash', row(10, of('TRANSFER_OUT', 'TRANSFER_OUT_WITHDRAWAL')), { type: 'expense' }],
    ['a deposit', row(-10, of('TRANSFER_IN', 'TRANSFER_IN_DEPOSIT')), { type: 'income', confidence: 0.5 }],
    ['a wire', row(10, of('TRANSFER_OUT', 'TRANSFER_OUT_WIRE')), { type: 'transfer', confidence: 0.5 }],
    ['a refund', row(-10, of('TRAVEL')), { type: 'expense', why: 'category' }],
    ['an unknown category in', row(-10, of('SOMETHING_NEW')), { type: 'income', why: 'direction' }],
    ['an unknown category out', row(10, of('SOMETHING_NEW')), { type: 'expense', why: 'direction' }],
    ['a transfer by its words', row(10, { name: 'ONLINE XFER 123' }), { type: 'transfer', why: 'direction' }],
    ['a payment on a card', row(-10, { accountType: 'credit', name: 'PAYMENT - THANK YOU' }), { type: 'transfer', why: 'direction' }],
    ['thanks alone on a card', row(-10, { accountType: 'credit', name: 'THANK YOU' }), { type: 'transfer', why: 'direction' }],
    [
      'a refund of a shop that thanks',
      row(-10, { accountType: 'credit', name: 'THANK YOU BAKERY' }),
      { type: 'expense', why: 'direction' },
    ],
    ['a payment sent back', row(-10, { accountType: 'credit', name: 'REFUND OF PAYMENT TO SHOP' }), { type: 'expense', why: 'direction' }],
    ['the fee of a transfer', row(10, { accountType: 'credit', name: 'BALANCE TRANSFER FEE' }), { type: 'expense', why: 'direction' }],
    ['the fee of a transfer, given back', row(-10, { name: 'WIRE TRANSFER FEE REFUND' }), { type: 'expense', why: 'direction' }],
    ['a refund on a card', row(-10, { accountType: 'credit', name: 'SHOP' }), { type: 'expense', why: 'direction' }],
  ])('%s', (_what, subject, expected) => expect(classify(subject, NOBODY)).toMatchObject(expected));

  it.each<[string, string, number, Partial<Classifiable>, Person]>([
    ['of a card that nobody linked is spending', 'expense', 0.5, {}, NOBODY],
    ['of another card than the linked one is spending', 'expense', 0.5, {}, CARD_HOLDER],
    ['that names the card’s digits is a transfer', 'transfer', 0.85, { name: 'CARD PMT *4417' }, CARD_HOLDER],
    ['that names the card’s bank is a transfer', 'transfer', 0.85, { name: 'HARBOUR BANK EPAY' }, CARD_HOLDER],
    ['that names its own bank too says nothing', 'expense', 0.5, { name: 'HARBOUR BANK EPAY', institution: 'Harbour Bank' }, CARD_HOLDER],
    ['of about the statement is a transfer', 'transfer', 0.7, { amount: toMoney(641) }, CARD_HOLDER],
    ['of the minimum is a transfer', 'transfer', 0.7, { amount: toMoney(35) }, CARD_HOLDER],
    ['of the statement’s number in other money is spending', 'expense', 0.5, { amount: toMoney(640.2), currency: 'EUR' }, CARD_HOLDER],
    ['that arrives on a card is a transfer', 'transfer', 0.85, { amount: toMoney(-1_200), accountType: 'credit' }, CARD_HOLDER],
  ])('a card payment %s', (_what, type, confidence, more, person) => {
    const payment = row(1_200, { ...of('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT'), ...more });
    expect(classify(payment, person)).toMatchObject({ type, confidence, why: 'category' });
  });

  it('money to oneself is a transfer, to others not', () => {
    expect(classify(row(10, { name: 'Zelle to Ada Harper' }), CARD_HOLDER).type).toBe('transfer');
    expect(classify(row(10, { name: 'Zelle to Bob' }), CARD_HOLDER).type).toBe('expense');
  });

  it('doubts what the bank doubts', () => {
    expect(classify(row(10, { ...of('TRAVEL'), categoryConfidence: 'LOW' }), NOBODY).confidence).toBe(0.5);
  });
});

it.each<[Parameters<typeof countedAmount>[0], number, string, string | null, number]>([
  ['income', -100, 'depository', null, 100],
  ['income', 30, 'depository', null, -30],
  ['expense', -30, 'credit', null, -30],
  ['transfer', 50, 'depository', 'credit', 50],
  ['transfer', -50, 'credit', 'depository', 0],
  ['transfer', -50, 'depository', null, 50],
  ['investment', 70, 'depository', null, 70],
  ['investment', -70, 'depository', null, -70],
  ['investment', -70, 'investment', 'depository', 0],
])('%s of %d on %s (pair: %s) counts %d', (type, amount, accountType, matchedAccountType, counted) => {
  expect(moneyOut(countedAmount(type, { amount: toMoney(amount), accountType, matchedAccountType }))).toBe(counted);
});
