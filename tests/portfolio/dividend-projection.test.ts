import { describe, expect, it } from 'vitest';
import { addDays, addMonths, type CalendarDate, calendarDate as day } from '../../src/lib/dates.ts';
import { moneyOut, toMoney, toMoneyOrNull } from '../../src/lib/money.ts';
import { type DividendPayment, projectDividends } from '../../src/portfolio/dividend-projection.ts';
import type { HeldPosition } from '../../src/portfolio/portfolio.ts';

const TODAY = day('2026-03-18');
const LONG_AGO = day('2023-01-01');

const held = (securityId: string, more: Partial<HeldPosition> = {}): HeldPosition => ({
  id: securityId,
  accountId: 'a',
  securityId,
  ticker: securityId,
  name: securityId,
  type: 'equity',
  sector: null,
  isCash: false,
  currency: 'USD',
  quantity: toMoney(10),
  price: toMoney(100),
  value: toMoney(1_000),
  costBasis: null,
  vestedQuantity: null,
  vestedValue: null,
  couponRate: null,
  faceValue: null,
  ...more,
});
const paid = (securityId: string | null, date: string, amount: number): DividendPayment => ({
  securityId,
  date: date as CalendarDate,
  amount: toMoney(amount),
});
/** Payments every so many months up to the last one. */
const every = (securityId: string, months: number, times: number, amount: number, last = '2026-03-02') =>
  Array.from({ length: times }, (_none, index) => paid(securityId, addMonths(day(last), -months * index), amount));
const annual = (payments: DividendPayment[], positions: HeldPosition[], since: CalendarDate | null = LONG_AGO) => {
  const { annual, isEstimated } = projectDividends(payments, positions, TODAY, since);
  return [moneyOut(annual), isEstimated];
};

describe('dividends of the next year', () => {
  it.each([
    ['monthly', 1, 14, 12, 144],
    ['every two months', 2, 7, 12, 72],
    ['quarterly', 3, 5, 12, 48],
    ['half-yearly', 6, 3, 12, 24],
    ['yearly', 12, 2, 12, 12],
  ])('of what pays %s', (_name, months, times, amount, expected) => {
    expect(annual(every('X', months, times, amount), [held('X')])).toEqual([expected, false]);
  });

  it('go on at the mean of the last year', () => {
    // (10 + 11 + 12 + 15) ÷ 4 × 4; the payment before is of another year.
    const payments = [5, 10, 11, 12, 15].map((amount, index) => paid('X', addMonths(day('2025-03-02'), 3 * index), amount));
    expect(annual(payments, [held('X')])).toEqual([48, false]);
  });

  it('of each security by its own cadence', () => {
    const payments = [...every('FUND', 1, 12, 5), ...every('SHARE', 3, 4, 30), ...every('YEARLY', 12, 2, 70)];
    expect(annual(payments, [held('FUND'), held('SHARE'), held('YEARLY')])).toEqual([60 + 120 + 70, false]);
  });

  it('of two payments of one day, and less what was taken back', () => {
    const payments = [...every('X', 3, 4, 10), paid('X', '2026-03-02', 2), paid('X', '2026-03-02', -2)];
    expect(annual(payments, [held('X')])).toEqual([40, false]);
  });

  it('are none of what is not held any more, or has stopped', () => {
    expect(annual(every('SOLD', 3, 4, 10), [])).toEqual([0, false]);
    expect(annual(every('SOLD', 3, 4, 10), [held('SOLD', { quantity: toMoney(0) })])).toEqual([0, false]);
    expect(annual(every('STOPPED', 3, 4, 10, '2025-10-02'), [held('STOPPED')])).toEqual([0, false]);
    expect(annual(every('LATE', 3, 4, 10, '2025-11-20'), [held('LATE')])).toEqual([40, false]);
  });

  describe('of which one payment has been seen', () => {
    const bought = addDays(TODAY, -60);
    it.each([
      ['a share is quarterly', held('X'), 40],
      ['a fund of shares is quarterly', held('X', { type: 'etf', name: 'Total Stock Market ETF' }), 40],
      ['a bond fund is monthly', held('X', { type: 'etf', name: 'Total Bond Market ETF' }), 120],
      ['a money-market fund is monthly', held('X', { type: 'mutual fund', name: 'Prime Money Market Fund' }), 120],
      ['a cash fund is monthly', held('X', { type: 'cash', isCash: true }), 120],
      ['a bond without terms is half-yearly', held('X', { type: 'fixed income' }), 20],
      // 4 % of 10 × 100 is 40 a year: a payment of 10 is a quarter of it.
      ['a bond goes by its terms', held('X', { type: 'fixed income', couponRate: toMoneyOrNull(4), faceValue: toMoney(100) }), 40],
    ])('%s', (_name, position, expected) => {
      expect(annual([paid('X', '2026-03-02', 10)], [position], bought)).toEqual([expected, true]);
    });

    it('is less often when it has been silent for longer', () => {
      expect(annual([paid('X', '2026-03-02', 10)], [held('X')], addDays(day('2026-03-02'), -200))).toEqual([20, true]);
      expect(annual([paid('X', '2026-03-02', 10)], [held('X')], LONG_AGO)).toEqual([10, true]);
    });
  });

  it('are unknown while nothing has been paid in a short history, and none in a long one', () => {
    expect(annual([], [held('X')], addDays(TODAY, -30))).toEqual([null, false]);
    expect(annual([], [held('X')], LONG_AGO)).toEqual([0, false]);
  });
});
