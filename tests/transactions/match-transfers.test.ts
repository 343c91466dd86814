import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, calendarDate } from '../../src/lib/dates.ts';
import { matchTransfers } from '../../src/transactions/match-transfers.ts';
import type { Candidate, Leg, Owner } from '../../src/transactions/transfer-evidence.ts';

const leg = (id: string, more: Partial<Leg> = {}): Leg => ({
  id,
  accountId: `account of ${id}`,
  accountType: 'depository',
  accountSubtype: null,
  accountName: `account of ${id}`,
  accountMask: null,
  institution: 'Test Bank',
  date: calendarDate('2026-03-04'),
  name: 'TRANSACTION',
  merchantName: null,
  isPending: false,
  categoryPrimary: null,
  categoryDetailed: null,
  ...more,
});
const OUT = { categoryPrimary: 'TRANSFER_OUT', categoryDetailed: 'TRANSFER_OUT_ACCOUNT_TRANSFER' };
const IN = { categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_ACCOUNT_TRANSFER' };
type Legs = Omit<Candidate, 'precedent'> & { precedent?: number };
const OWNER: Owner = { name: 'Ada Harper', masks: new Set(['4471', '2088', '9033', '9020']) };
const matched = (candidates: Legs[]) =>
  matchTransfers(
    candidates.map((candidate) => ({ precedent: 0, ...candidate })),
    OWNER,
  );
const pairsOf = (candidates: Legs[]) =>
  matched(candidates)
    .automatic.map(({ outflowId, inflowId }) => `${outflowId}>${inflowId}`)
    .sort();

const suggestionsOf = (candidates: Legs[]) =>
  matched(candidates)
    .suggested.map(({ outflowId, inflowId }) => `${outflowId}>${inflowId}`)
    .sort();

describe('transfers', () => {
  it('are suggested when an app moved the same amount out and in, and believed once the person has confirmed such a pair', () => {
    const candidate = {
      outflow: leg('a', { categoryPrimary: 'TRANSFER_OUT', categoryDetailed: 'TRANSFER_OUT_TRANSFER_OUT_FROM_APPS' }),
      inflow: leg('b', { categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_TRANSFER_IN_FROM_APPS' }),
    };
    expect([pairsOf([candidate]), suggestionsOf([candidate])]).toEqual([[], ['a>b']]);
    expect([pairsOf([{ ...candidate, precedent: 1 }]), suggestionsOf([{ ...candidate, precedent: -1 }])]).toEqual([['a>b'], []]);
  });

  it('pair when both sides say so, even days apart', () => {
    expect(pairsOf([{ outflow: leg('a', OUT), inflow: leg('b', { ...IN, date: calendarDate('2026-03-09') }) }])).toEqual(['a>b']);
  });

  it('pair with a card that is paid', () => {
    const payment = leg('a', { categoryPrimary: 'LOAN_PAYMENTS', categoryDetailed: 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT' });
    expect(pairsOf([{ outflow: payment, inflow: leg('b', { accountType: 'credit', name: 'AUTOPAY' }) }])).toEqual(['a>b']);
  });

  it('never pair two purchases or pay cheques', () => {
    const groceries = leg('a', { categoryPrimary: 'FOOD_AND_DRINK', categoryDetailed: 'FOOD_AND_DRINK_GROCERIES' });
    const pay = leg('b', { categoryPrimary: 'INCOME', categoryDetailed: 'INCOME_SALARY' });
    const refund = leg('c', { accountType: 'credit', categoryPrimary: 'TRAVEL', categoryDetailed: 'TRAVEL_LODGING' });
    expect(
      pairsOf([
        { outflow: groceries, inflow: pay },
        { outflow: groceries, inflow: refund },
      ]),
    ).toEqual([]);
  });

  it('never pair what only looks alike', () => {
    const apps = (direction: 'IN' | 'OUT') => ({
      categoryPrimary: `TRANSFER_${direction}`,
      categoryDetailed: `TRANSFER_${direction}_TRANSFER_${direction}_FROM_APPS`,
    });
    const insurance = leg('a', { name: 'CAR INSURANCE PAYMENT' });
    const client = leg('b', { name: 'PAYMENT FROM CLIENT ACME', date: calendarDate('2026-03-09') });
    const refund = leg('c', { accountType: 'credit', name: 'AMAZON MKTPL RETURN' });
    expect(pairsOf([{ outflow: insurance, inflow: client }])).toEqual([]);
    expect(pairsOf([{ outflow: leg('v', { ...apps('OUT'), name: 'VENMO JOE' }), inflow: refund }])).toEqual([]);
    expect(
      pairsOf([
        {
          outflow: leg('z', { ...apps('OUT'), name: 'Zelle payment to Bob' }),
          inflow: leg('s', { ...apps('IN'), name: 'Zelle payment from Sue' }),
        },
      ]),
    ).toEqual([]);
  });

  it('prefer the side that names the other account', () => {
    const [first, second] = [leg('x', { ...OUT, name: 'Transfer to ...9033' }), leg('y', OUT)];
    const target = leg('z', { ...IN, accountMask: '9033' });
    expect(
      pairsOf([
        { outflow: first, inflow: target },
        { outflow: second, inflow: target },
      ]),
    ).toEqual(['x>z']);
  });

  it('prefer the nearer day', () => {
    const out = leg('a', OUT);
    const [near, far] = [leg('near', { ...IN, date: calendarDate('2026-03-05') }), leg('far', { ...IN, date: calendarDate('2026-03-08') })];
    expect(
      pairsOf([
        { outflow: out, inflow: far },
        { outflow: out, inflow: near },
      ]),
    ).toEqual(['a>near']);
  });

  it('use no row twice and do not depend on the order of the rows', () => {
    const rows = fc.array(
      fc.record({ day: fc.integer({ min: 0, max: 8 }), says: fc.boolean(), mask: fc.constantFrom(null, '1111', '2222') }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(rows, rows, fc.integer(), (outs, ins, seed) => {
        const make = (prefix: string, category: object) => (row: { day: number; says: boolean; mask: string | null }, index: number) =>
          leg(`${prefix}${index}`, {
            ...(row.says ? category : {}),
            date: addDays(calendarDate('2026-03-01'), row.day),
            accountMask: row.mask,
            name: row.mask ? `to ${row.mask}` : 'X',
          });
        const [outflows, inflows] = [outs.map(make('o', OUT)), ins.map(make('i', IN))];
        const candidates = outflows.flatMap((outflow) => inflows.map((inflow) => ({ outflow, inflow })));
        const shuffled = [...candidates].sort((a, b) => (((a.outflow.id + b.inflow.id + seed).length * seed) % 3) - 1).reverse();
        const { automatic, suggested } = matched(candidates);
        const ids = [...automatic, ...suggested].flatMap((pair) => [pair.outflowId, pair.inflowId]);
        expect(new Set(ids).size).toBe(ids.length);
        expect(pairsOf(shuffled)).toEqual(pairsOf(candidates));
        expect(suggestionsOf(shuffled)).toEqual(suggestionsOf(candidates));
      }),
    );
  });
});

describe('what contradicts a transfer', () => {
  const cents = { date: calendarDate('2026-03-05') };
  const savings = (more: Partial<Leg> = {}) =>
    leg('in', { ...IN, ...cents, name: 'External transfer deposit', accountName: 'Savings', accountMask: '2088', ...more });
  const checking = (name: string, more: Partial<Leg> = {}) => leg('out', { name, accountName: 'Checking', accountMask: '4471', ...more });
  const card = (name: string, more: Partial<Leg> = {}) =>
    leg('in', { name, accountType: 'credit', accountSubtype: 'credit card', accountName: 'Voyager Card', accountMask: '9033', ...more });
  const detailed = (code: string) => ({ categoryPrimary: code.replace(/_[A-Z]+$/, ''), categoryDetailed: code });
  const loanPayment = (code: string) => ({ categoryPrimary: 'LOAN_PAYMENTS', categoryDetailed: `LOAN_PAYMENTS_${code}` });

  it.each([
    ['cash from a machine', checking('ATM WITHDRAWAL 0412 MAIN ST')],
    ['cash by its category alone', checking('W/D 0412', { categoryPrimary: 'TRANSFER_OUT', categoryDetailed: 'TRANSFER_OUT_WITHDRAWAL' })],
    ['a check', checking('CHECK 1043')],
    ['a check with a sign before its number', checking('Check #1043')],
    ['a car', checking('TOYOTA FINANCIAL RETAIL PYMT', loanPayment('CAR_PAYMENT'))],
    ['a lender without a category', checking('GRANITE MORTGAGE SERVICING')],
    ['a card that is not linked', checking('AMEX EPAYMENT ACH PMT', loanPayment('CREDIT_CARD_PAYMENT'))],
    [
      'a broker',
      checking('FIDELITY MONEYLINE', { categoryPrimary: 'TRANSFER_OUT', categoryDetailed: 'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS' }),
    ],
    ['a broker in words', checking('Transfer to Tideline Brokerage')],
    ['a friend', checking('Zelle payment to Dana Whitfield')],
    ['another bank', checking('ACH TRANSFER TO ALLY BANK', OUT)],
    ['another account', checking('TRANSFER TO 7788', OUT)],
    ['another own account', checking('Online Transfer 9020', OUT)],
    ['a roofer', checking('ONLINE PAYMENT 6316931 TO OAKRIDGE ROOFING')],
    [
      'a purchase',
      checking('HARDWICK FURNITURE', { categoryPrimary: 'GENERAL_MERCHANDISE', categoryDetailed: 'GENERAL_MERCHANDISE_FURNITURE' }),
    ],
    ['a fee', checking('WIRE TRANSFER FEE', { categoryPrimary: 'BANK_FEES', categoryDetailed: 'BANK_FEES_OTHER_BANK_FEES' })],
  ])('%s beside money from elsewhere is spending', (_what, outflow) => {
    expect(pairsOf([{ outflow, inflow: savings() }])).toEqual([]);
  });

  it.each([
    ['a check paid in', { name: 'MOBILE CHECK DEPOSIT', categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_DEPOSIT' }],
    ['cash paid in', { name: 'ATM CASH DEPOSIT', categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_DEPOSIT' }],
    [
      'a gift from a person',
      { name: 'Zelle payment from Ruth Keller', categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_TRANSFER_IN_FROM_APPS' },
    ],
    ['pay', { name: 'ORCHARD CLINIC DIR DEP', categoryPrimary: 'INCOME', categoryDetailed: 'INCOME_WAGES' }],
    ['a deposit of which nothing is said', { name: 'DEPOSIT', categoryPrimary: null, categoryDetailed: null }],
    ['money from a third account', { name: 'Transfer from 9020' }],
  ])('%s beside money to elsewhere is income', (_what, more) => {
    expect(pairsOf([{ outflow: checking('Fenwick DES:TRANSFER ID:28773', OUT), inflow: savings(more) }])).toEqual([]);
    expect(pairsOf([{ outflow: checking('Online Transfer to SAV ...3263', OUT), inflow: savings(more) }])).toEqual([]);
  });

  it.each([
    ['PAYMENT TO CARD 7788', 'COTTON & THREAD', detailed('GENERAL_MERCHANDISE_CLOTHING')],
    ['CHASE CARD EPAY', 'HOTEL CREDIT', {}],
    ['PAYMENT TO CARD 9033', 'COTTON & THREAD', {}],
    ['VOYAGER CARD AUTOPAY', 'PARCEL PLAZA MKTPLACE', {}],
  ])('%s is not paid by a refund of %s', (payment, shop, more) => {
    const candidate = { outflow: checking(payment, loanPayment('CREDIT_CARD_PAYMENT')), inflow: card(shop, more) };
    expect([pairsOf([candidate]), suggestionsOf([candidate])]).toEqual([[], []]);
  });

  it('a card that is paid beside another one of the same amount is the one that is named', () => {
    const [first, second] = [
      card('PAYMENT THANK YOU', { id: 'first', accountMask: '9033' }),
      card('PAYMENT THANK YOU', { id: 'second', accountMask: '9020' }),
    ];
    const outflow = checking('Payment to Test Bank card ending in 9020', loanPayment('CREDIT_CARD_PAYMENT'));
    expect(pairsOf([first, second].map((inflow) => ({ outflow, inflow })))).toEqual(['out>second']);
  });

  it('a loan is paid by the payment of its own kind', () => {
    const loan = leg('in', { name: 'PAYMENT RECEIVED', accountType: 'loan', accountSubtype: 'mortgage', accountName: 'Home Loan' });
    const paid = (code: string) => pairsOf([{ outflow: checking('CEDAR LENDING PYMT', loanPayment(code)), inflow: loan }]);
    expect([paid('MORTGAGE_PAYMENT'), paid('CAR_PAYMENT'), paid('CREDIT_CARD_PAYMENT')]).toEqual([['out>in'], [], []]);
  });
});

describe('what speaks for a transfer', () => {
  const to = (name: string, more: Partial<Leg> = {}) => leg('out', { name, accountName: 'Checking', accountMask: '4471', ...more });
  const from = (name: string, more: Partial<Leg> = {}) => leg('in', { name, accountName: 'Savings', accountMask: '2088', ...more });

  it.each([
    ['Transfer to 2088', 'Transfer from 4471', {}],
    ['Online Transfer 2088', 'Deposit from 4471', { categoryPrimary: 'INCOME', categoryDetailed: 'INCOME_OTHER_INCOME' }],
    ['Online Transfer to SAV ...2088 transaction#: 17391240', 'DEPOSIT', {}],
    ['WEB PMT', 'Deposit from Checking XXXXXX4471', { categoryPrimary: 'TRANSFER_IN', categoryDetailed: 'TRANSFER_IN_DEPOSIT' }],
    ['EXT TRNSFR 88026019', 'ACH CREDIT 88026019', {}],
    ['Transfer to Savings', 'Transfer from Checking', {}],
  ])('%s and %s are one movement', (out, into, more) => {
    expect(pairsOf([{ outflow: to(out), inflow: from(into, more) }])).toEqual(['out>in']);
  });

  it('two that name each other win against a contribution of the same amount', () => {
    const contribution = to('FIDELITY MONEYLINE', { id: 'contribution', ...OUT });
    const [outflow, inflow] = [to('Transfer to 2088'), from('Transfer from 4471')];
    expect(pairsOf([contribution, outflow].map((side) => ({ outflow: side, inflow })))).toEqual(['out>in']);
  });

  it('a contribution goes to the broker, and a transfer to savings', () => {
    const invested = { categoryPrimary: 'TRANSFER_OUT', categoryDetailed: 'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS' };
    const outflows = [to('TIDELINE EFT', { id: 'contribution', ...invested }), to('Online transfer', { id: 'transfer', ...OUT })];
    const inflows = [
      from('ELECTRONIC FUNDS TRANSFER', { id: 'broker', accountType: 'investment', institution: 'Tideline' }),
      from('Transfer deposit', { id: 'savings', ...IN }),
    ];
    expect(pairsOf(outflows.flatMap((outflow) => inflows.map((inflow) => ({ outflow, inflow }))))).toEqual([
      'contribution>broker',
      'transfer>savings',
    ]);
  });

  it('one side alone is asked about', () => {
    const candidate = { outflow: to('Transfer 56384476', OUT), inflow: from('ELECTRONIC DEPOSIT') };
    expect([pairsOf([candidate]), suggestionsOf([candidate])]).toEqual([[], ['out>in']]);
  });

  it('a pending side is waited for', () => {
    const outflow = to('Transfer to savings', OUT);
    const [pending, other] = [
      from('Transfer from 4471', { id: 'pending', isPending: true }),
      from('External transfer', { id: 'other', ...IN }),
    ];
    const both = [pending, other].map((inflow) => ({ outflow, inflow }));
    expect([pairsOf(both), suggestionsOf(both)]).toEqual([[], []]);
    expect(
      pairsOf([
        { outflow, inflow: { ...pending, isPending: false } },
        { outflow, inflow: other },
      ]),
    ).toEqual(['out>pending']);
  });

  it('a payment that comes back is a movement of its own', () => {
    const card = { accountType: 'credit', accountSubtype: 'credit card', accountName: 'Card' };
    const outflow = leg('out', { ...card, name: 'RETURNED PAYMENT' });
    expect(pairsOf([{ outflow, inflow: from('ACH RETURN PAYMENT REVERSED') }])).toEqual(['out>in']);
    expect(pairsOf([{ outflow: leg('out', { ...card, name: 'PARCEL PLAZA' }), inflow: from('Transfer from 4471') }])).toEqual([]);
  });
});
