import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allWithoutDust,
  moneyOut,
  percent,
  percentOut,
  signOf,
  sum,
  sumByCurrency,
  toMoney,
  toMoneyOrNull,
  ZERO,
} from '../../src/lib/money.ts';

describe('money', () => {
  it('rounds half up at the exit, away from zero, and is never -0', () => {
    expect(moneyOut(toMoney('1.005'))).toBe(1.01);
    expect(moneyOut(toMoney('-1.005'))).toBe(-1.01);
    expect(Object.is(moneyOut(toMoney('-0.001')), 0)).toBe(true);
    expect(moneyOut(null)).toBeNull();
  });

  it('adds without binary error', () => {
    expect(moneyOut(sum([toMoney(0.1), toMoney(0.2)]))).toBe(0.3);
    expect(sum([]).toNumber()).toBe(0);
  });

  it('has no percentage of nothing', () => {
    expect(percent(toMoney(5), toMoney(0))).toBeNull();
    expect(percentOut(percent(toMoney(1), toMoney(3)))).toBe(33.3333);
  });

  it('refuses what is no amount', () => {
    expect(() => toMoney(Number.NaN)).toThrow(RangeError);
    expect(() => toMoney(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(toMoneyOrNull(undefined)).toBeNull();
  });

  it('keeps currencies apart', () => {
    const rows = [
      { currency: 'USD', amount: toMoney(1) },
      { currency: 'EUR', amount: toMoney(2) },
      { currency: 'USD', amount: toMoney('0.5') },
    ];
    expect(sumByCurrency(rows).map(({ currency, amount }) => [currency, moneyOut(amount)])).toEqual([
      ['EUR', 2],
      ['USD', 1.5],
    ]);
  });

  it('sums cents exactly, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (cents) => {
        const total = sum(cents.map((value) => toMoney(value).div(100)));
        expect(total.times(100).toNumber()).toBe(cents.reduce((a, b) => a + b, 0));
      }),
    );
  });
});

describe('what rounds to no cent', () => {
  it('is nothing for every judgement', () => {
    expect([-0.0051, -0.005, -0.004, 0, 0.0049, 0.005].map((amount) => signOf(toMoney(amount)))).toEqual([-1, -1, 0, 0, 0, 1]);
    const judged = allWithoutDust({ name: 'A', rows: [{ balance: toMoney('-0.004'), on: null }], of: toMoney(3) });
    expect(judged).toEqual({ name: 'A', rows: [{ balance: ZERO, on: null }], of: toMoney(3) });
  });
});
