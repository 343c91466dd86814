import { addDays, addMonths, type CalendarDate, daysBetween, endOfMonth, startOfMonth } from './dates.ts';

/** A span of days, both ends included. */
export interface Period {
  start: CalendarDate;
  end: CalendarDate;
}

export const daysIn = ({ start, end }: Period): number => daysBetween(start, end) + 1;

export const monthToDate = (today: CalendarDate): Period => ({ start: startOfMonth(today), end: today });

/**
 * The period just before, of the same length. From the first of a month on it is the same days so many months before: a month to date is
 * compared with the same days of the month before, a year to date with those of the year before.
 */
export function previousPeriod(period: Period): Period {
  if (period.start === startOfMonth(period.start)) return sameDaysBefore(period);
  const days = daysIn(period);
  return { start: addDays(period.start, -days), end: addDays(period.end, -days) };
}

/** The days of the month before up to the same day, however long either month is. */
export const sameDaysLastMonth = (today: CalendarDate): Period => ({
  start: addMonths(startOfMonth(today), -1),
  end: addMonths(today, -1),
});

/** From the 1st of a month to the same day so many months before as the period has begun; it ends earlier where that month is shorter. */
function sameDaysBefore({ start, end }: Period): Period {
  const isMonthWhole = startOfMonth(addDays(end, 1)) !== startOfMonth(end);
  const isOfYear = start.slice(5) === '01-01' && start.slice(0, 4) === end.slice(0, 4);
  const months = isOfYear && startOfMonth(end) !== start ? MONTHS_A_YEAR : monthsBegun(start, end);
  const last = addMonths(startOfMonth(end), -months);
  return { start: addMonths(start, -months), end: isMonthWhole ? endOfMonth(last) : addMonths(end, -months) };
}

const MONTHS_A_YEAR = 12;
const monthNumber = (date: CalendarDate): number => MONTHS_A_YEAR * Number(date.slice(0, 4)) + Number(date.slice(5, 7));
const monthsBegun = (start: CalendarDate, end: CalendarDate): number => monthNumber(end) - monthNumber(start) + 1;

/** The fewest periods that hold each of the days and some days before and after it; oldest first, none touches another. */
export function periodsAround(days: CalendarDate[], reach: number): Period[] {
  const periods: Period[] = [];
  for (const day of [...new Set(days)].sort()) {
    const [start, end] = [addDays(day, -reach), addDays(day, reach)];
    const last = periods.at(-1);
    if (last && start <= addDays(last.end, 1)) last.end = end;
    else periods.push({ start, end });
  }
  return periods;
}
