// Days on which banks move no money, and the dates that people and payers agree on. Written out by hand, so that a fault in the
// product's own calendar shows.
import { addDays, addMonths, type CalendarDate, dayOfWeek, endOfMonth, startOfMonth } from '../../src/lib/dates.ts';

/** Holidays of the Federal Reserve, as it publishes them. */
const HOLIDAYS = new Set(
  `2023-01-02 2023-01-16 2023-02-20 2023-05-29 2023-06-19 2023-07-04 2023-09-04 2023-10-09 2023-11-23 2023-12-25
   2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14 2024-11-11 2024-11-28 2024-12-25
   2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27 2025-12-25
   2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-09-07 2026-10-12 2026-11-11 2026-11-26 2026-12-25
   2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-07-05 2027-09-06 2027-10-11 2027-11-11 2027-11-25`.split(/\s+/),
);

export const isBankDay = (date: CalendarDate): boolean => !HOLIDAYS.has(date) && dayOfWeek(date) !== 0 && dayOfWeek(date) !== 6;

/** What happens to a date on which banks are closed. */
export type Move = 'as_is' | 'before' | 'after';

export function moved(date: CalendarDate, move: Move): CalendarDate {
  let day = date;
  while (move !== 'as_is' && !isBankDay(day)) day = addDays(day, move === 'before' ? -1 : 1);
  return day;
}

/** A number of bank days later. */
export function bankDaysAfter(date: CalendarDate, days: number): CalendarDate {
  let day = date;
  for (let left = days; left > 0; left--) day = moved(addDays(day, 1), 'after');
  return day;
}

/** The months that begin in a span, by their first day. */
export function monthsIn(from: CalendarDate, to: CalendarDate): CalendarDate[] {
  const months: CalendarDate[] = [];
  for (let month = startOfMonth(from); month <= to; month = addMonths(month, 1)) months.push(month);
  return months;
}

/** The n-th of a weekday in a month, the last one for 5. */
export function nthWeekday(month: CalendarDate, weekday: number, n: number): CalendarDate {
  const days: CalendarDate[] = [];
  for (let day = month; day <= endOfMonth(month); day = addDays(day, 1)) if (dayOfWeek(day) === weekday) days.push(day);
  return days[Math.min(n, days.length) - 1] as CalendarDate;
}

export const lastBankDay = (month: CalendarDate): CalendarDate => moved(endOfMonth(month), 'before');
export const firstBankDay = (month: CalendarDate): CalendarDate => moved(month, 'after');
