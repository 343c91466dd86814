import { describe, expect, it } from 'vitest';
import { addDays, addMonths, type CalendarDate, calendarDate as day, endOfMonth } from '../../src/lib/dates.ts';
import { moneyOut, toMoney } from '../../src/lib/money.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { normalisedMerchant } from '../../src/recurring/merchant.ts';
import { type Occurrence, streamsOf, upcomingDates, yearlyAmount } from '../../src/recurring/recurring.ts';

const recurringStreams = (occurrences: Occurrence[], today: CalendarDate) => atOnce(streamsOf(occurrences, today));
const TODAY = day('2026-03-18');
let serial = 0;
const paid = (merchant: string, date: string, amount: number): Occurrence => ({
  transactionId: `t${serial++}`,
  accountId: 'card',
  isAtBank: false,
  date: day(date),
  amount: toMoney(amount),
  merchant,
  category: 'ENTERTAINMENT',
  currency: 'USD',
});
const monthly = (merchant: string, months: number, amountIn: (index: number) => number, dayOfMonth = 5) =>
  Array.from({ length: months }, (_none, index) =>
    paid(merchant, addMonths(day(`2026-03-${String(dayOfMonth).padStart(2, '0')}`), index - months + 1), amountIn(index)),
  );
const only = (occurrences: Occurrence[]) => {
  const streams = recurringStreams(occurrences, TODAY);
  expect(streams).toHaveLength(1);
  return streams[0] as (typeof streams)[number];
};

describe('streams', () => {
  it('with a price step are one', () => {
    const stream = only(monthly('Streamly', 12, (index) => (index < 8 ? 9.99 : 11.99)));
    expect(stream).toMatchObject({ frequency: 'monthly', isIncome: false, nextExpectedOn: '2026-04-05', status: 'active' });
    expect([moneyOut(stream.lastAmount), moneyOut(stream.previousAmount)]).toEqual([11.99, 9.99]);
    expect(moneyOut(stream.averageAmount)).toBe(10.66);
  });

  it('of a merchant with several amounts are told apart', () => {
    const streams = recurringStreams([...monthly('Store', 6, () => 4.99, 3), ...monthly('Store', 6, () => 49, 12)], TODAY);
    expect(streams.map((stream) => moneyOut(stream.lastAmount)).sort()).toEqual([4.99, 49]);
  });

  it('of one merchant whose amounts both vary are two, each on its day', () => {
    const power = monthly('City Utilities', 14, (index) => 80 + ((index * 7) % 23), 4);
    const water = monthly('City Utilities', 14, (index) => 38 + ((index * 5) % 9), 17);
    const streams = recurringStreams(
      [...power, ...water].sort((a, b) => a.date.localeCompare(b.date)),
      TODAY,
    );
    expect(streams.map(({ frequency, nextExpectedOn }) => [frequency, nextExpectedOn]).sort()).toEqual([
      ['monthly', '2026-04-04'],
      ['monthly', '2026-04-17'],
    ]);
    expect(streams.map(({ transactionIds }) => transactionIds.length)).toEqual([14, 14]);
  });

  it('of a plan inside a shop do not take its purchases in', () => {
    const shopping = Array.from({ length: 40 }, (_none, index) =>
      paid('Everything Store', addDays(day('2025-05-02'), index * 8 + ((index * 3) % 5)), 11 + ((index * 37) % 83) + 0.4),
    );
    const plan = monthly('Everything Store', 11, () => 14.99, 9);
    const stream = only([...shopping, ...plan].sort((a, b) => a.date.localeCompare(b.date)));
    expect([moneyOut(stream.averageAmount), stream.transactionIds.length, stream.nextExpectedOn]).toEqual([14.99, 11, '2026-04-09']);
  });

  it('go on when the payer is renamed', () => {
    const pay = (merchant: string, from: number, to: number) =>
      Array.from({ length: to - from }, (_none, index) => paid(merchant, addDays(day('2025-06-06'), (from + index) * 14), -2_150));
    const stream = only([...pay('Initech Payroll', 0, 12), ...pay('Globex Holdings Payroll', 12, 20)]);
    expect([stream.frequency, stream.transactionIds.length, stream.merchant]).toEqual(['biweekly', 20, 'Globex Holdings Payroll']);
  });

  it('go on under the new name of a payer who has sent a bonus under it before', () => {
    const old = Array.from({ length: 12 }, (_none, index) => paid('Initech Payroll', addDays(day('2025-09-26'), index * 14), -1_931.4));
    const bonus = paid('Initech Group Dir Dep', '2026-01-13', -2_660.1);
    const first = paid('Initech Group Dir Dep', '2026-03-13', -1_931.4);
    expect(only([...old, bonus, first].sort((a, b) => a.date.localeCompare(b.date)))).toMatchObject({
      frequency: 'biweekly',
      lastOn: '2026-03-13',
      status: 'active',
    });
  });

  it('of a salary that has reached its yearly limits are one, with one yearly sum', () => {
    // More is paid out from the autumn on, once the social insurance of the year is paid up, and less again from January on.
    const pay = Array.from({ length: 30 }, (_none, index) => addDays(day('2025-01-10'), index * 14)).map((date) =>
      paid('Employer', date, date.slice(5) >= '10-01' ? -3_310.4 : -3_062.15),
    );
    const stream = only(pay);
    expect([stream.frequency, moneyOut(stream.lastAmount), moneyOut(yearlyAmount(stream))]).toEqual(['biweekly', 3_062.15, 79_615.9]);
  });

  it('every four weeks come thirteen times a year', () => {
    const stream = only(Array.from({ length: 12 }, (_none, index) => paid('Agency', addDays(day('2025-05-02'), index * 28), -1_000)));
    expect([stream.frequency, stream.nextExpectedOn, moneyOut(yearlyAmount(stream))]).toEqual(['every_4_weeks', '2026-04-03', 13_000]);
  });

  it('come weekly, quarterly and yearly', () => {
    const weekly = [0, 1, 2, 3, 4].map((week) => paid('Box', addDays(day('2026-02-16'), week * 7), 20));
    expect(only(weekly)).toMatchObject({ frequency: 'weekly', nextExpectedOn: '2026-03-23' });
    const quarterly = [0, 3, 6, 9].map((month) => paid('Insurance', addMonths(day('2025-06-11'), month), 312.5));
    expect(only(quarterly)).toMatchObject({ frequency: 'quarterly', nextExpectedOn: '2026-06-11' });
    expect(only([paid('Domain', '2025-01-17', 14.98), paid('Domain', '2026-01-18', 14.98)])).toMatchObject({
      frequency: 'annually',
      nextExpectedOn: '2027-01-18',
    });
  });

  it('of pay on the last working day are monthly', () => {
    const payDays = [5, 4, 3, 2, 1].map((back) => {
      let date = endOfMonth(addMonths(day('2026-03-01'), -back));
      while ([0, 6].includes(new Date(date).getUTCDay())) date = addDays(date, -1);
      return paid('Employer', date, -3_000);
    });
    expect(only(payDays)).toMatchObject({ frequency: 'monthly', isIncome: true, nextExpectedOn: '2026-03-31' });
  });

  it('twice a month differ from every fourteen days', () => {
    const halves = ['2025-12-01', '2025-12-15', '2026-01-01', '2026-01-15', '2026-02-01', '2026-02-15', '2026-03-01', '2026-03-15'].map(
      (date) => paid('Job', date, -900),
    );
    expect(only(halves)).toMatchObject({ frequency: 'semi_monthly', nextExpectedOn: '2026-04-01' });
    const fortnights = [0, 1, 2, 3, 4, 5].map((index) => paid('Job', addDays(day('2026-01-02'), index * 14), -900));
    expect(only(fortnights).frequency).toBe('biweekly');
  });

  it('survive an extra payment in between', () => {
    const pay = monthly('Employer', 8, () => -3_000, 1);
    expect(only([...pay, paid('Employer', '2025-12-14', -2_500)])).toMatchObject({ frequency: 'monthly', previousAmount: null });
  });

  it('of bills may vary, within reason', () => {
    expect(only(monthly('Power', 8, (index) => 90 + (index % 4) * 12)).frequency).toBe('monthly');
  });

  it('are late after their tolerance and ended after two missed cycles', () => {
    const until = (months: number) => monthly('Gym', 10, () => 39).slice(0, 10 - months);
    expect(only(until(1)).status).toBe('late');
    expect(only(until(3)).status).toBe('ended');
  });
});

describe('habits are no streams', () => {
  it('groceries every week for ever other amounts', () => {
    const groceries = Array.from({ length: 30 }, (_none, index) =>
      paid('Market', addDays(day('2025-08-10'), index * 7 + (index % 3)), 40 + ((index * 37) % 90)),
    );
    expect(recurringStreams(groceries, TODAY)).toEqual([]);
  });

  it('coffee at odd times for much the same', () => {
    const coffee = Array.from({ length: 40 }, (_none, index) =>
      paid('Kettle', addDays(day('2025-10-01'), Math.floor(index * 3.7 + ((index * index) % 5))), 4 + ((index * 13) % 11) * 0.6),
    );
    expect(recurringStreams(coffee, TODAY)).toEqual([]);
  });

  it('two purchases a year apart among many', () => {
    const shop = [0, 50, 90, 200, 365, 400].map((offset, index) =>
      paid('Shop', addDays(day('2025-02-01'), offset), [20, 77, 31, 55, 20, 90][index] as number),
    );
    expect(recurringStreams(shop, TODAY)).toEqual([]);
  });
});

it('merchants are the same whatever their store number, date or reference', () => {
  expect(normalisedMerchant('GREENLEAF #0423')).toBe(normalisedMerchant('Greenleaf #77'));
  expect(normalisedMerchant('ACH VALLEY POWER 03/12 REF99812X')).toBe(normalisedMerchant('Valley Power 04/12 REF12345Y'));
  expect(normalisedMerchant('12345')).toBe('12345');
});

it('upcoming dates step by the calendar and an overdue one is expected today', () => {
  const stream = {
    frequency: 'monthly' as const,
    anchorKind: 'days' as const,
    anchorDays: [31],
    anchorMonths: [],
    moveRule: 'as_is' as const,
    lastOn: day('2026-01-31'),
    nextExpectedOn: day('2026-02-28'),
  };
  const current = { ...stream, lastOn: day('2026-02-28'), nextExpectedOn: day('2026-03-31') };
  expect(upcomingDates(current, TODAY, day('2026-06-01'))).toEqual(['2026-03-31', '2026-04-30', '2026-05-31']);
  expect(upcomingDates(stream, TODAY, day('2026-04-01'))).toEqual([TODAY, '2026-03-31']);
});
