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
