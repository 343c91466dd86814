import { addDays, addMonths, type CalendarDate, daysBetween, startOfMonth } from './dates.ts';

/** A span of days, both ends included. */
export interface Period {
  start: CalendarDate;
  end: CalendarDate;
}

export const daysIn = ({ start, end }: Period): number => daysBetween(start, end) + 1;

export const monthToDate = (today: CalendarDate): Period => ({ start: startOfMonth(today), end: today });

/** The period just before, of the same length; a month to date is compared with the same days of the month before. */
export function previousPeriod(period: Period): Period {
  const wholeMonths = period.start === startOfMonth(period.start) && period.start === startOfMonth(period.end);
  if (wholeMonths) return sameDaysOfPreviousMonth(period);
  const days = daysIn(period);
  return { start: addDays(period.start, -days), end: addDays(period.end, -days) };
}

/** The days of the month before up to the same day, however long either month is. */
export const sameDaysLastMonth = (today: CalendarDate): Period => ({
  start: addMonths(startOfMonth(today), -1),
  end: addMonths(today, -1),
});

/** From the 1st to the same day of the month before, which ends earlier where that month is shorter. */
function sameDaysOfPreviousMonth({ start, end }: Period): Period {
  const isWholeMonth = startOfMonth(addDays(end, 1)) !== startOfMonth(end);
  const previousStart = addMonths(start, -1);
  return { start: previousStart, end: isWholeMonth ? addDays(start, -1) : addMonths(end, -1) };
}

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
