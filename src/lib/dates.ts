/** A calendar date without time or zone, `YYYY-MM-DD`. Such strings compare and sort as dates. */
export type CalendarDate = string & { readonly calendarDate: unique symbol };
/** A calendar month, `YYYY-MM`. */
export type CalendarMonth = string & { readonly calendarMonth: unique symbol };

const DAY_MS = 86_400_000;
const PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** Dates are asked for over and over, and reading or writing one takes far longer than looking it up. More than a century of them is not kept. */
const KNOWN_DATES_MAX = 50_000;
const instants = new Map<CalendarDate, number>();
const texts = new Map<number, CalendarDate>();

function toUtc(date: CalendarDate): number {
  const known = instants.get(date);
  if (known !== undefined) return known;
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (instants.size >= KNOWN_DATES_MAX) instants.clear();
  instants.set(date, ms);
  return ms;
}

function fromUtc(ms: number): CalendarDate {
  const known = texts.get(ms);
  if (known !== undefined) return known;
  const date = new Date(ms).toISOString().slice(0, 10) as CalendarDate;
  if (texts.size >= KNOWN_DATES_MAX) texts.clear();
  texts.set(ms, date);
  return date;
}

/** The first and the last day that anything can be dated; the database has the same bounds. */
const FIRST_DATE = '1900-01-01';
const LAST_DATE = '2199-12-31';

/** What has happened, or is foreseen by a bank, lies at most so many years ahead; terms of loans and bonds reach further. */
const YEARS_AHEAD_MAX = 10;

/** The days before the first one that its change is worked out from. */
const SLACK_DAYS = 31;

/** Figures of each day reach back so far at most, thirty years: what is dated earlier counts in what it adds up to. */
const HISTORY_DAYS_MAX = 10_957;

/** True for an existing day of the years 1900 to 2199. */
export function isCalendarDate(text: string): text is CalendarDate {
  if (!PATTERN.test(text) || text < FIRST_DATE || text > LAST_DATE) return false;
  const [month, day] = [Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  return day >= 1 && (day <= 28 || day <= daysIn(Number(text.slice(0, 4)), month)) && month >= 1 && month <= 12;
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** @throws when the text is not an existing day. */
export function calendarDate(text: string): CalendarDate {
  if (!isCalendarDate(text)) throw new RangeError(`Not a calendar date: ${text.slice(0, 20)}`);
  return text;
}

/** The day of a database date, which the driver hands over as UTC midnight. */
export const fromDatabaseDate = (date: Date): CalendarDate => date.toISOString().slice(0, 10) as CalendarDate;

const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** The day it is at an instant in an IANA time zone. */
export function dateIn(timeZone: string, instant: Date): CalendarDate {
  const format =
    dayFormats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  // Making one takes far longer than using it.
  dayFormats.set(timeZone, format);
  const parts = format.formatToParts(instant);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}` as CalendarDate;
}

const hourFormats = new Map<string, Intl.DateTimeFormat>();

/** The hour of the day, 0 to 23, at an instant in an IANA time zone. */
export function hourIn(timeZone: string, instant: Date): number {
  const format = hourFormats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' });
  hourFormats.set(timeZone, format);
  return Number(format.format(instant));
}

const QUARTER_MS = 15 * 60_000;

/** The instant at which a day begins in an IANA time zone, an hour later where clocks skip its midnight. */
export function startOfDayIn(timeZone: string, date: CalendarDate): Date {
  // No zone is more than 14 hours from UTC, and all are whole quarters of an hour from it.
  let instant = toUtc(date) - 14 * 3_600_000;
  while (dateIn(timeZone, new Date(instant)) < date) instant += QUARTER_MS;
  return new Date(instant);
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

export const addDays = (date: CalendarDate, days: number): CalendarDate => fromUtc(toUtc(date) + days * DAY_MS);

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: CalendarDate, to: CalendarDate): number => Math.round((toUtc(to) - toUtc(from)) / DAY_MS);

/** The last day of which anything that is no term may be dated, as of today. */
export const lastForeseeable = (today: CalendarDate): CalendarDate => addMonths(today, YEARS_AHEAD_MAX * 12);

/** From which day on figures of each day are worked out: the first of which something is known, but not too long ago. */
export const historyStart = (first: CalendarDate | null, today: CalendarDate): CalendarDate => {
  const earliest = addDays(today, -HISTORY_DAYS_MAX);
  return first === null ? today : first < earliest ? earliest : first;
};

export const earlierOf = (a: CalendarDate, b: CalendarDate): CalendarDate => (a < b ? a : b);

/** @throws RangeError for more days than any figure is worked out for */
export function* eachDay(from: CalendarDate, to: CalendarDate): Generator<CalendarDate> {
  if (daysBetween(from, to) > HISTORY_DAYS_MAX + SLACK_DAYS) throw new RangeError(`Too many days from ${from} to ${to}.`);
  for (let date = from; date <= to; date = addDays(date, 1)) yield date;
}

export const monthOf = (date: CalendarDate): CalendarMonth => date.slice(0, 7) as CalendarMonth;
export const dayOfMonth = (date: CalendarDate): number => Number(date.slice(8, 10));
/** 0 is Sunday. */
export const dayOfWeek = (date: CalendarDate): number => new Date(toUtc(date)).getUTCDay();
export const startOfMonth = (date: CalendarDate): CalendarDate => `${monthOf(date)}-01` as CalendarDate;
export const endOfMonth = (date: CalendarDate): CalendarDate => addDays(addMonths(startOfMonth(date), 1), -1);

/** The same day of another month, or that month's last day when it is shorter. `day` overrides the day to aim for. */
export function addMonths(date: CalendarDate, months: number, day = dayOfMonth(date)): CalendarDate {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7)) - 1 + months;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return fromUtc(Date.UTC(year, month, Math.min(day, lastDay)));
}

export const nextMonth = (month: CalendarMonth): CalendarMonth => monthOf(addMonths(`${month}-01` as CalendarDate, 1));
