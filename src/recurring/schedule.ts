import { isBankDay } from '../lib/bank-days.ts';
import { addDays, type CalendarDate, calendarDate, daysBetween } from '../lib/dates.ts';
import { mean, median } from '../lib/statistics.ts';

export const FREQUENCIES = [
  'weekly',
  'biweekly',
  'every_4_weeks',
  'semi_monthly',
  'monthly',
  'every_2_months',
  'quarterly',
  'half_yearly',
  'annually',
] as const;
export type Frequency = (typeof FREQUENCIES)[number];
/** Where a date on which banks are closed moves. */
export type MoveRule = 'as_is' | 'before' | 'after';

interface Cadence {
  days: number;
  perYear: number;
  /** How far a single gap may be from the cadence. */
  toleranceDays: number;
  /** How far a date may be from the scheduled one. */
  deviationDays: number;
  occurrencesMin: number;
  /** Months of a cycle; null when it is counted in days, or twice a month. */
  months: number | null;
}

export const CADENCES: Record<Frequency, Cadence> = {
  weekly: { days: 7, perYear: 52, toleranceDays: 1.4, deviationDays: 1, occurrencesMin: 3, months: null },
  biweekly: { days: 14, perYear: 26, toleranceDays: 2.8, deviationDays: 2, occurrencesMin: 3, months: null },
  every_4_weeks: { days: 28, perYear: 13, toleranceDays: 5.6, deviationDays: 3, occurrencesMin: 3, months: null },
  semi_monthly: { days: 15.2, perYear: 24, toleranceDays: 3, deviationDays: 3, occurrencesMin: 4, months: null },
  monthly: { days: 30.4, perYear: 12, toleranceDays: 6, deviationDays: 4, occurrencesMin: 3, months: 1 },
  every_2_months: { days: 60.9, perYear: 6, toleranceDays: 10, deviationDays: 6, occurrencesMin: 3, months: 2 },
  quarterly: { days: 91.3, perYear: 4, toleranceDays: 15, deviationDays: 8, occurrencesMin: 3, months: 3 },
  half_yearly: { days: 182.6, perYear: 2, toleranceDays: 15, deviationDays: 8, occurrencesMin: 3, months: 6 },
  annually: { days: 365.25, perYear: 1, toleranceDays: 10, deviationDays: 10, occurrencesMin: 2, months: 12 },
};

/** When something recurs. */
export interface Schedule {
  frequency: Frequency;
  /** By what its dates are known: a number of days, days of months, or a weekday of months. */
  anchorKind: 'interval' | 'days' | 'weekday';
  /**
   * Of an interval: its phase, the days since 1970 modulo the days of the cadence. Of days: the days of the month, 31 for the last. Of a
   * weekday: which one (0 is Sunday) and the how many-eth of the month it is, 5 for the last.
   */
  anchorDays: number[];
  /** The months of the year in which it comes, 1 to 12; empty for every month and for intervals. */
  anchorMonths: number[];
  moveRule: MoveRule;
}

/** How many of the latest dates show on which day a stream falls: habits of paying change. */
const RECENT_DATES = 12;
const MONTH_END = 31;
const LAST_OF_MONTH = 5;
const COMMON_SHARE = 0.6;
const MOVE_RULES: MoveRule[] = ['as_is', 'before', 'after'];
/** Another than the usual rule for closed days, and a weekday of the month, have to explain the dates so much better, in days altogether. */
const RULE_GAIN_MIN = 1;
const WEEKDAY_GAIN_MIN = 1.5;
const FITTING_GAPS_MIN = 0.75;
/** Quarters that are no quarters of a year: the estimated taxes of the United States (IRS, Form 1040-ES). */
const IRREGULAR_MONTHS = [[1, 4, 6, 9]];
/** How far a date may have been moved off its day by a weekend with a holiday beside it. */
const MOVED_DAYS_MAX = 4;

export const gapsOf = (dates: CalendarDate[]): number[] =>
  dates.slice(1).map((date, index) => daysBetween(dates[index] as CalendarDate, date));

/* Many schedules are tried on every stream: inside this file a day is the number of days since 1970, which adds up in no time. */

const EPOCH = calendarDate('1970-01-01');
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;
const dayNumber = (date: CalendarDate): number => daysBetween(EPOCH, date);
const dateOf = (day: number): CalendarDate => addDays(EPOCH, day);
const weekdayOf = (day: number): number => modulo(day + EPOCH_WEEKDAY, 7);
const modulo = (number: number, divisor: number): number => ((number % divisor) + divisor) % divisor;

interface Month {
  /** 1 to 12. */
  ofYear: number;
  firstDay: number;
  length: number;
}

const months: Month[] = [];
/** The months since 1970, by how many-eth they are; there are as many as anybody has asked for. */
function monthAt(index: number): Month {
  for (let next = months.length; next <= index; next++) {
    const firstDay = Date.UTC(1970, next, 1) / DAY_MS;
    months.push({ ofYear: (next % 12) + 1, firstDay, length: Date.UTC(1970, next + 1, 1) / DAY_MS - firstDay });
  }
  return months[index] as Month;
}
const DAY_MS = 86_400_000;
const MONTH_LENGTH_MAX = 31;

/** Which month since 1970 a day is in. */
function monthIndexOf(day: number): number {
  let index = Math.floor(day / MONTH_LENGTH_MAX);
  for (let month = monthAt(index); day >= month.firstDay + month.length; month = monthAt(index)) index++;
  return index;
}
const monthOf = (day: number): Month => monthAt(monthIndexOf(day));
const dayOfMonth = (day: number): number => day - monthOf(day).firstDay + 1;

/** The schedule that some dates in rising order keep; null when they keep none.
 * @param usualRule where such dates move as long as they have not shown it.
 */
export function scheduleOf(dates: CalendarDate[], usualRule: MoveRule): Schedule | null {
  const middle = median(gapsOf(dates));
  if (middle === null) return null;
  const days = dates.map(dayNumber);
  let best: Fitted | null = null;
  for (const frequency of FREQUENCIES) {
    const { days: cycle, toleranceDays, occurrencesMin } = CADENCES[frequency];
    if (dates.length < occurrencesMin || Math.abs(middle - cycle) > toleranceDays) continue;
    const fitted = bestFit(frequency, days, usualRule);
    if (fitted && shareOf(fitted.schedule, days) >= FITTING_GAPS_MIN && (!best || fitted.cost < best.cost)) best = fitted;
  }
  return best?.schedule ?? null;
}

interface Fitted {
  schedule: Schedule;
  /** Days by which the recent dates are off altogether. */
  cost: number;
}

/** The schedule of a frequency that explains the latest days best; among equals the first, which is the simplest and the latest day's. */
function bestFit(frequency: Frequency, days: number[], usualRule: MoveRule): Fitted | null {
  const recent = days.slice(-RECENT_DATES);
  const rules = [usualRule, ...MOVE_RULES.filter((rule) => rule !== usualRule)];
  let best: Fitted | null = null;
  for (const anchor of anchorsFor(frequency, recent)) {
    for (const moveRule of rules) {
      const schedule = { frequency, ...anchor, moveRule };
      const price = (moveRule === usualRule ? 0 : RULE_GAIN_MIN) + (anchor.anchorKind === 'weekday' ? WEEKDAY_GAIN_MIN : 0);
      if (best && price >= best.cost) continue;
      const cost = price + costOf(schedule, recent);
      if (!best || cost < best.cost) best = { schedule, cost };
      if (best.cost === 0) return best;
    }
  }
  return best;
}

type Anchor = Pick<Schedule, 'anchorKind' | 'anchorDays' | 'anchorMonths'>;

/** What some days may be anchored to, the latest day's own first. */
function* anchorsFor(frequency: Frequency, days: number[]): Generator<Anchor> {
  const latestFirst = days.toReversed();
  const { days: cycle, months: step } = CADENCES[frequency];
  if (frequency === 'semi_monthly') {
    yield* pairsOfDays(latestFirst);
    return;
  }
  if (step === null) {
    for (const phase of unique(latestFirst.flatMap((day) => nearby(day, 1)).map((day) => modulo(day, cycle))))
      yield { anchorKind: 'interval', anchorDays: [phase], anchorMonths: [] };
    return;
  }
  const weekday = frequency === 'annually' ? null : commonWeekday(days);
  for (const anchorMonths of monthsFor(frequency, step, latestFirst)) {
    for (const day of daysOfMonth(latestFirst)) yield { anchorKind: 'days', anchorDays: [day], anchorMonths };
    if (weekday === null) continue;
    for (const nth of unique([...latestFirst.map((day) => Math.ceil(dayOfMonth(day) / 7)), LAST_OF_MONTH]))
      yield { anchorKind: 'weekday', anchorDays: [weekday, nth], anchorMonths };
  }
}

const unique = (numbers: number[]): number[] => [...new Set(numbers)];
/** A number, then those before and after it. */
const nearby = (number: number, reach: number): number[] => [
  number,
  ...Array.from({ length: reach }, (_none, index) => [number + index + 1, number - index - 1]).flat(),
];

/** The weekday of most days; null when they fall on all kinds of days. */
function commonWeekday(days: number[]): number | null {
  const weekdays = days.map(weekdayOf);
  const timesOf = (weekday: number) => weekdays.filter((other) => other === weekday).length;
  const common = unique(weekdays).reduce((best, weekday) => (timesOf(weekday) > timesOf(best) ? weekday : best), weekdays[0] as number);
  return timesOf(common) >= days.length * COMMON_SHARE ? common : null;
}

/** The days of the month on which days fall, then those from which they may have been moved. */
function daysOfMonth(latestFirst: number[]): number[] {
  const own = latestFirst.map(dayOfMonth);
  const moved = own.flatMap((day) => nearby(day, MOVED_DAYS_MAX));
  return unique([...own, MONTH_END, ...moved.filter((day) => day >= 1 && day <= MONTH_END)]);
}

function* pairsOfDays(latestFirst: number[]): Generator<Anchor> {
  const days = daysOfMonth(latestFirst);
  for (const first of days)
    for (const second of days)
      if (second - first >= 12 && second - first <= 18) yield { anchorKind: 'days', anchorDays: [first, second], anchorMonths: [] };
}

/** The months of the year that a cycle of some months may come in. */
function monthsFor(frequency: Frequency, step: number, latestFirst: number[]): number[][] {
  if (step === 1) return [[]];
  const regular = unique(
    latestFirst.flatMap((day) => [day, day - MOVED_DAYS_MAX, day + MOVED_DAYS_MAX].map((near) => monthOf(near).ofYear)),
  ).map((month) => Array.from({ length: 12 / step }, (_none, index) => ((month - 1 + index * step) % 12) + 1).sort((a, b) => a - b));
  const known = new Map(regular.map((ofYear) => [ofYear.join(), ofYear]));
  return [...known.values(), ...(frequency === 'quarterly' ? IRREGULAR_MONTHS : [])];
}

/** By how many days some days are off a schedule altogether; two days for one scheduled one, and one left out, count as a miss. */
function costOf(schedule: Schedule, days: number[]): number {
  const { deviationDays } = CADENCES[schedule.frequency];
  const places = placesOf(schedule, days);
  return places.reduce((total, { deviation, index }, position) => {
    const before = places[position - 1];
    const missed = before && index !== before.index + 1 ? deviationDays : 0;
    return total + Math.min(Math.abs(deviation), 2 * deviationDays) + missed;
  }, 0);
}

/** The share of dates in rising order that follow on the one before; one that follows after a miss counts half. */
export const fitShare = (schedule: Schedule, dates: CalendarDate[]): number => shareOf(schedule, dates.map(dayNumber));

function shareOf(schedule: Schedule, days: number[]): number {
  const { deviationDays } = CADENCES[schedule.frequency];
  const places = placesOf(schedule, days);
  const fits = places.slice(1).map(({ index, deviation }, position) => {
    const before = places[position] as Place;
    if (Math.abs(deviation) > deviationDays || Math.abs(before.deviation) > deviationDays) return 0;
    return index === before.index + 1 ? 1 : index === before.index + 2 ? 0.5 : 0;
  });
  return mean(fits) ?? 0;
}

interface Place {
  /** Which of the scheduled days a day stands for. */
  index: number;
  /** Days by which it came after that one; negative when it came before. */
  deviation: number;
}

const AROUND_DAYS = 45;

/** Which scheduled days some days in rising order stand for: the nearest ones. */
function placesOf(schedule: Schedule, days: number[]): Place[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const around = Math.max(AROUND_DAYS, Math.ceil(CADENCES[schedule.frequency].days));
  const scheduled = scheduledDays(schedule, first - around, last + around);
  let index = 0;
  return days.map((day) => {
    const distance = (at: number) => Math.abs((scheduled[at] as number) - day);
    while (index + 1 < scheduled.length && distance(index + 1) < distance(index)) index++;
    return { index, deviation: day - (scheduled[index] as number) };
  });
}

/** The days of a schedule from one to another, in rising order, moved off the days on which banks are closed. */
function scheduledDays({ frequency, anchorKind, anchorDays, anchorMonths, moveRule }: Schedule, from: number, to: number): number[] {
  const [start, end] = [from - MOVED_DAYS_MAX, to + MOVED_DAYS_MAX];
  const scheduled: number[] = [];
  const add = (nominal: number) => {
    const day = moveOffClosedDays(nominal, moveRule);
    if (day >= from && day <= to) scheduled.push(day);
  };
  if (anchorKind === 'interval') {
    const { days } = CADENCES[frequency];
    for (let day = start + modulo((anchorDays[0] as number) - start, days); day <= end; day += days) add(day);
    return scheduled;
  }
  for (let index = monthIndexOf(start); ; index++) {
    const month = monthAt(index);
    if (month.firstDay > end) return scheduled;
    if (anchorMonths.length > 0 && !anchorMonths.includes(month.ofYear)) continue;
    if (anchorKind === 'weekday') add(nthWeekday(month, anchorDays[0] as number, anchorDays[1] as number));
    else for (const day of anchorDays) add(month.firstDay + Math.min(day, month.length) - 1);
  }
}

function nthWeekday({ firstDay, length }: Month, weekday: number, nth: number): number {
  const day = firstDay + modulo(weekday - weekdayOf(firstDay), 7) + 7 * (nth - 1);
  return day < firstDay + length ? day : day - 7;
}

const closedDays = new Map<number, boolean>();
const KNOWN_DAYS_MAX = 20_000;

function isClosed(day: number): boolean {
  const known = closedDays.get(day);
  if (known !== undefined) return known;
  const isClosed = !isBankDay(dateOf(day));
  if (closedDays.size >= KNOWN_DAYS_MAX) closedDays.clear();
  closedDays.set(day, isClosed);
  return isClosed;
}

function moveOffClosedDays(nominal: number, rule: MoveRule): number {
  let day = nominal;
  if (rule === 'as_is') return day;
  while (isClosed(day)) day += rule === 'before' ? -1 : 1;
  return day;
}

/** The scheduled dates after the one that a date stands for, up to and including `until`. */
export function datesAfter(schedule: Schedule, last: CalendarDate, until: CalendarDate): CalendarDate[] {
  const around = Math.max(AROUND_DAYS, Math.ceil(CADENCES[schedule.frequency].days));
  const [from, to] = [dayNumber(last), dayNumber(until)];
  const scheduled = scheduledDays(schedule, from - around, Math.max(from, to) + around);
  const distance = (day: number) => Math.abs(day - from);
  const own = scheduled.reduce((nearest, day, index) => (distance(day) < distance(scheduled[nearest] as number) ? index : nearest), 0);
  return scheduled
    .slice(own + 1)
    .filter((day) => day <= to)
    .map(dateOf);
}

/** The first scheduled date after one that was kept. */
export function nextDate(schedule: Schedule, last: CalendarDate): CalendarDate {
  const { days, toleranceDays } = CADENCES[schedule.frequency];
  const [next] = datesAfter(schedule, last, addDays(last, Math.ceil(2 * days + toleranceDays)));
  return next as CalendarDate;
}

/** By how many days each of some dates in rising order came after (positive) or before its scheduled date. */
export const deviationsOf = (schedule: Schedule, dates: CalendarDate[]): number[] =>
  placesOf(schedule, dates.map(dayNumber)).map(({ deviation }) => deviation);
