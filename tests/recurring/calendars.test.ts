// Every calendar by which people are paid and bills come: each date of 2026 has to be foretold by those before it. The dates of 2026 are
// written out; what came before follows the same words.
import { describe, expect, it } from 'vitest';
import { addDays, addMonths, type CalendarDate, calendarDate as day, endOfMonth } from '../../src/lib/dates.ts';
import { toMoney } from '../../src/lib/money.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { type Occurrence, streamsOf, yearlyAmount } from '../../src/recurring/recurring.ts';
import type { Frequency } from '../../src/recurring/schedule.ts';
import { type Move, monthsIn, moved, nthWeekday } from '../measure/calendar.ts';

const START = day('2024-01-01');
const END = day('2026-12-31');
const MONTHS = monthsIn(START, END);

const every = (days: number, first: string, move: Move = 'as_is') => {
  const dates: CalendarDate[] = [];
  for (let date = day(first); date <= END; date = addDays(date, days)) dates.push(moved(date, move));
  return dates;
};
const onDays = (days: number[], move: Move = 'as_is', months = MONTHS) =>
  months.flatMap((month) => days.map((of) => moved(of === 31 ? endOfMonth(month) : addMonths(month, 0, of), move))).sort();
const inMonths = (...months: number[]) => MONTHS.filter((month) => months.includes(Number(month.slice(5, 7))));
const onWeekdays = (weekday: number, nth: number, move: Move = 'before') =>
  MONTHS.map((month) => moved(nthWeekday(month, weekday, nth), move));

interface Calendar {
  says: string;
  frequency: Frequency;
  perYear: number;
  move: Move;
  dates: CalendarDate[];
  /** Its dates in 2026. */
  in2026: string;
}

const CALENDARS: Calendar[] = [
  {
    says: 'weekly on Friday, before a holiday',
    frequency: 'weekly',
    perYear: 52,
    move: 'before',
    dates: every(7, '2024-01-05', 'before'),
    in2026:
      '01-02 01-09 01-16 01-23 01-30 02-06 02-13 02-20 02-27 03-06 03-13 03-20 03-27 04-03 04-10 04-17 04-24 05-01 05-08 05-15 05-22 05-29 06-05 06-12 06-18 06-26 07-03 07-10 07-17 07-24 07-31 08-07 08-14 08-21 08-28 09-04 09-11 09-18 09-25 10-02 10-09 10-16 10-23 10-30 11-06 11-13 11-20 11-27 12-04 12-11 12-18 12-24',
  },
  {
    says: 'every two weeks on Friday, before a holiday',
    frequency: 'biweekly',
    perYear: 26,
    move: 'before',
    dates: every(14, '2024-01-05', 'before'),
    in2026:
      '01-02 01-16 01-30 02-13 02-27 03-13 03-27 04-10 04-24 05-08 05-22 06-05 06-18 07-03 07-17 07-31 08-14 08-28 09-11 09-25 10-09 10-23 11-06 11-20 12-04 12-18',
  },
  {
    says: 'every four weeks',
    frequency: 'every_4_weeks',
    perYear: 13,
    move: 'as_is',
    dates: every(28, '2024-01-10'),
    in2026: '01-07 02-04 03-04 04-01 04-29 05-27 06-24 07-22 08-19 09-16 10-14 11-11 12-09',
  },
  {
    says: 'every four weeks on Friday, before a holiday',
    frequency: 'every_4_weeks',
    perYear: 13,
    move: 'before',
    dates: every(28, '2024-01-12', 'before'),
    in2026: '01-09 02-06 03-06 04-03 05-01 05-29 06-26 07-24 08-21 09-18 10-16 11-13 12-11',
  },
  {
    says: 'the 1st and the 15th, before',
    frequency: 'semi_monthly',
    perYear: 24,
    move: 'before',
    dates: onDays([1, 15], 'before'),
    in2026:
      '01-15 01-30 02-13 02-27 03-13 04-01 04-15 05-01 05-15 06-01 06-15 07-01 07-15 07-31 08-14 09-01 09-15 10-01 10-15 10-30 11-13 12-01 12-15',
  },
  {
    says: 'the 15th and the last day, before',
    frequency: 'semi_monthly',
    perYear: 24,
    move: 'before',
    dates: onDays([15, 31], 'before'),
    in2026:
      '01-15 01-30 02-13 02-27 03-13 03-31 04-15 04-30 05-15 05-29 06-15 06-30 07-15 07-31 08-14 08-31 09-15 09-30 10-15 10-30 11-13 11-30 12-15 12-31',
  },
  {
    says: 'the 5th',
    frequency: 'monthly',
    perYear: 12,
    move: 'as_is',
    dates: onDays([5]),
    in2026: '01-05 02-05 03-05 04-05 05-05 06-05 07-05 08-05 09-05 10-05 11-05 12-05',
  },
  {
    says: 'the 25th, before',
    frequency: 'monthly',
    perYear: 12,
    move: 'before',
    dates: onDays([25], 'before'),
    in2026: '01-23 02-25 03-25 04-24 05-22 06-25 07-24 08-25 09-25 10-23 11-25 12-24',
  },
  {
    says: 'the 1st, after',
    frequency: 'monthly',
    perYear: 12,
    move: 'after',
    dates: onDays([1], 'after'),
    in2026: '01-02 02-02 03-02 04-01 05-01 06-01 07-01 08-03 09-01 10-01 11-02 12-01',
  },
  {
    says: 'the 31st',
    frequency: 'monthly',
    perYear: 12,
    move: 'as_is',
    dates: onDays([31]),
    in2026: '01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31',
  },
  {
    says: 'the last working day',
    frequency: 'monthly',
    perYear: 12,
    move: 'before',
    dates: onDays([31], 'before'),
    in2026: '01-30 02-27 03-31 04-30 05-29 06-30 07-31 08-31 09-30 10-30 11-30 12-31',
  },
  {
    says: 'the second Wednesday',
    frequency: 'monthly',
    perYear: 12,
    move: 'before',
    dates: onWeekdays(3, 2),
    in2026: '01-14 02-11 03-11 04-08 05-13 06-10 07-08 08-12 09-09 10-14 11-10 12-09',
  },
  {
    says: 'the third Wednesday',
    frequency: 'monthly',
    perYear: 12,
    move: 'before',
    dates: onWeekdays(3, 3),
    in2026: '01-21 02-18 03-18 04-15 05-20 06-17 07-15 08-19 09-16 10-21 11-18 12-16',
  },
  {
    says: 'the last Friday',
    frequency: 'monthly',
    perYear: 12,
    move: 'before',
    dates: onWeekdays(5, 5),
    in2026: '01-30 02-27 03-27 04-24 05-29 06-26 07-31 08-28 09-25 10-30 11-27 12-24',
  },
  {
    says: 'every two months on the 20th, after',
    frequency: 'every_2_months',
    perYear: 6,
    move: 'after',
    dates: onDays([20], 'after', inMonths(1, 3, 5, 7, 9, 11)),
    in2026: '01-20 03-20 05-20 07-20 09-21 11-20',
  },
  {
    says: 'every quarter on the 11th, after',
    frequency: 'quarterly',
    perYear: 4,
    move: 'after',
    dates: onDays([11], 'after', inMonths(1, 4, 7, 10)),
    in2026: '01-12 04-13 07-13 10-13',
  },
  {
    says: 'estimated tax',
    frequency: 'quarterly',
    perYear: 4,
    move: 'after',
    dates: onDays([15], 'after', inMonths(1, 4, 6, 9)),
    in2026: '01-15 04-15 06-15 09-15',
  },
  {
    says: 'every half year on the 17th, after',
    frequency: 'half_yearly',
    perYear: 2,
    move: 'after',
    dates: onDays([17], 'after', inMonths(3, 9)),
    in2026: '03-17 09-17',
  },
  {
    says: 'every year on 29 June',
    frequency: 'annually',
    perYear: 1,
    move: 'as_is',
    dates: onDays([29], 'as_is', inMonths(6)),
    in2026: '06-29',
  },
];
let serial = 0;
/** Pay comes before a day on which banks are closed, what is collected after; a card is charged on any day. */
const paid = (date: CalendarDate, amount: number, move: Move): Occurrence => ({
  transactionId: `t${serial++}`,
  accountId: 'own',
  isAtBank: move !== 'as_is',
  date,
  amount: toMoney(move === 'before' ? -amount : amount),
  merchant: 'Somebody',
  category: 'OTHER',
  currency: 'USD',
});
const HISTORY_MONTHS = 24;
/** The one stream in what was known the day before a date. */
const known = ({ dates, move }: Calendar, on: CalendarDate, amountOn = (_date: CalendarDate) => 120) => {
  const before = dates.filter((date) => date < on && date >= addMonths(on, -HISTORY_MONTHS));
  const streams = atOnce(
    streamsOf(
      before.map((date) => paid(date, amountOn(date), move)),
      addDays(on, -1),
    ),
  );
  expect(streams, on).toHaveLength(1);
  return streams[0] as (typeof streams)[number];
};

describe('each date of 2026 is foretold', () => {
  it.each(CALENDARS)('$says', (calendar) => {
    const { frequency, perYear, dates, in2026 } = calendar;
    const expected = in2026.split(' ').map((date) => day(`2026-${date}`));
    expect(dates.filter((date) => date >= '2026')).toEqual(expected);
    for (const date of expected) {
      const stream = known(calendar, date);
      expect([stream.nextExpectedOn, stream.frequency], `the day before ${date}`).toEqual([date, frequency]);
      expect(yearlyAmount(stream).toNumber()).toBe(120 * perYear);
    }
  });

  it.each(CALENDARS.filter(({ perYear }) => perYear >= 4))('$says, when the amounts differ by a little', (calendar) => {
    for (const date of calendar.in2026.split(' ').map((text) => day(`2026-${text}`)))
      expect(known(calendar, date, (on) => 2_000 + Number(on.slice(8))).nextExpectedOn).toBe(date);
  });
});
