import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  dateIn,
  calendarDate as day,
  daysBetween,
  eachDay,
  endOfMonth,
  isCalendarDate,
  isTimeZone,
} from '../../src/lib/dates.ts';
import { daysIn, monthToDate, previousPeriod } from '../../src/lib/period.ts';

describe('calendar dates', () => {
  it('exist or are refused', () => {
    expect(['2024-02-29', '2026-12-31'].every(isCalendarDate)).toBe(true);
    expect(['2026-02-29', '2026-13-01', '2026-1-1', '2026-01-01T00:00', '', '0001-01-01'].some(isCalendarDate)).toBe(false);
  });

  it('fall on the last day of a shorter month', () => {
    expect(addMonths(day('2026-01-31'), 1)).toBe('2026-02-28');
    expect(addMonths(day('2026-02-28'), 1, 31)).toBe('2026-03-31');
    expect(addMonths(day('2026-03-31'), -1)).toBe('2026-02-28');
    expect(endOfMonth(day('2024-02-03'))).toBe('2024-02-29');
  });

  it('depend on the time zone', () => {
    const instant = new Date('2026-03-01T03:00:00Z');
    expect(dateIn('America/Los_Angeles', instant)).toBe('2026-02-28');
    expect(dateIn('UTC', instant)).toBe('2026-03-01');
    expect(dateIn('Pacific/Kiritimati', new Date('2026-02-28T10:00:00Z'))).toBe('2026-03-01');
  });

  it('know time zones', () => {
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
    expect(isTimeZone('')).toBe(false);
  });

  it('add and count days inversely, over any daylight saving', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 20_000 }), (days) => {
        expect(daysBetween(day('2026-03-18'), addDays(day('2026-03-18'), days))).toBe(days);
      }),
    );
    expect([...eachDay(day('2026-10-24'), day('2026-10-27'))]).toHaveLength(4);
  });
});

describe('periods', () => {
  it('count both ends', () => expect(daysIn({ start: day('2026-03-01'), end: day('2026-03-01') })).toBe(1));

  it('compare a month to date with the same days before', () => {
    expect(previousPeriod(monthToDate(day('2026-03-18')))).toEqual({ start: '2026-02-01', end: '2026-02-18' });
    expect(previousPeriod(monthToDate(day('2026-03-30')))).toEqual({ start: '2026-02-01', end: '2026-02-28' });
    expect(previousPeriod({ start: day('2026-03-01'), end: day('2026-03-31') })).toEqual({ start: '2026-02-01', end: '2026-02-28' });
    expect(previousPeriod({ start: day('2026-02-01'), end: day('2026-02-28') })).toEqual({ start: '2026-01-01', end: '2026-01-31' });
  });

  it.each([
    ['a year to date with the same days of the year before', '2026-01-01', '2026-03-18', '2025-01-01', '2025-03-18'],
    ['a year to the end of a month with all of that month', '2024-01-01', '2024-02-29', '2023-01-01', '2023-02-28'],
    ['the end of February in a leap year with the whole month', '2025-01-01', '2025-02-28', '2024-01-01', '2024-02-29'],
    ['a leap day with the day before it is over', '2024-02-01', '2024-02-29', '2024-01-01', '2024-01-31'],
    ['a whole year with the whole year before', '2025-01-01', '2025-12-31', '2024-01-01', '2024-12-31'],
    ['a January to date with the same days of December', '2026-01-01', '2026-01-20', '2025-12-01', '2025-12-20'],
    ['whole months with as many before', '2025-12-01', '2026-02-28', '2025-09-01', '2025-11-30'],
    ['a quarter to date with as many months before', '2026-04-01', '2026-05-12', '2026-02-01', '2026-03-12'],
  ])('compare %s', (_says, start, end, earlierStart, earlierEnd) => {
    expect(previousPeriod({ start: day(start), end: day(end) })).toEqual({ start: earlierStart, end: earlierEnd });
  });

  it('compare any other span with the days just before', () => {
    expect(previousPeriod({ start: day('2026-03-10'), end: day('2026-03-12') })).toEqual({ start: '2026-03-07', end: '2026-03-09' });
  });
});
