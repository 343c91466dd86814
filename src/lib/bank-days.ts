import { addDays, type CalendarDate, dayOfMonth, dayOfWeek } from './dates.ts';

const [SUNDAY, MONDAY, THURSDAY, SATURDAY] = [0, 1, 4, 6];
/** Holidays on fixed days, `MM-DD`: one on a Sunday is kept on the Monday, one on a Saturday is not kept. */
const FIXED_HOLIDAYS = new Set(['01-01', '06-19', '07-04', '11-11', '12-25']);
/** Holidays on a weekday of a month: the month, the weekday, and the first day of the month on which it can fall. */
const MOVABLE_HOLIDAYS: [month: string, weekday: number, firstDay: number][] = [
  ['01', MONDAY, 15],
  ['02', MONDAY, 15],
  ['05', MONDAY, 25],
  ['09', MONDAY, 1],
  ['10', MONDAY, 8],
  ['11', THURSDAY, 22],
];

/** True on the holidays of the Federal Reserve, on which banks of the United States move no money (frbservices.org, holiday schedules). */
function isBankHoliday(date: CalendarDate): boolean {
  const weekday = dayOfWeek(date);
  if (FIXED_HOLIDAYS.has(date.slice(5)) && weekday !== SATURDAY) return true;
  if (weekday === MONDAY && FIXED_HOLIDAYS.has(addDays(date, -1).slice(5))) return true;
  const day = dayOfMonth(date);
  return MOVABLE_HOLIDAYS.some(
    ([month, holiday, firstDay]) => date.slice(5, 7) === month && weekday === holiday && day >= firstDay && day < firstDay + 7,
  );
}

/** True on working days that are no holiday of the banks. */
export function isBankDay(date: CalendarDate): boolean {
  const weekday = dayOfWeek(date);
  return weekday !== SUNDAY && weekday !== SATURDAY && !isBankHoliday(date);
}
