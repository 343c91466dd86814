import { isBankDay } from '../lib/bank-days.ts';
import { addDays, addMonths, type CalendarDate, calendarDate, dayOfMonth, dayOfWeek, daysBetween, startOfMonth } from '../lib/dates.ts';
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
const MOVE_RULES: MoveRule[] = ['as_is', 'before', 'after'];
/** Another than the usual rule for closed days, and a weekday of the month, have to explain the dates so much better, in days altogether. */
const RULE_GAIN_MIN = 1;
const WEEKDAY_GAIN_MIN = 1.5;
const FITTING_GAPS_MIN = 0.75;
const EPOCH = calendarDate('1970-01-01');
/** Quarters that are no quarters of a year: the estimated taxes of the United States (IRS, Form 1040-ES). */
const IRREGULAR_MONTHS = [[1, 4, 6, 9]];
/** How far a date may have been moved off its day by a weekend with a holiday beside it. */
const MOVED_DAYS_MAX = 4;

export const gapsOf = (dates: CalendarDate[]): number[] =>
  dates.slice(1).map((date, index) => daysBetween(dates[index] as CalendarDate, date));

/**
 * The schedule that some dates in rising order keep; null when they keep none.
 * @param usualRule where such dates move as long as they have not shown it.
 */
export function scheduleOf(dates: CalendarDate[], usualRule: MoveRule): Schedule | null {
  const middle = median(gapsOf(dates));
  if (middle === null) return null;
  let best: Fitted | null = null;
  for (const frequency of FREQUENCIES) {
    const { days, toleranceDays, occurrencesMin } = CADENCES[frequency];
    if (dates.length < occurrencesMin || Math.abs(middle - days) > toleranceDays) continue;
    const fitted = bestFit(frequency, dates, usualRule);
    if (fitted && fitShare(fitted.schedule, dates) >= FITTING_GAPS_MIN && (!best || fitted.cost < best.cost)) best = fitted;
  }
  return best?.schedule ?? null;
}

interface Fitted {
  schedule: Schedule;
  /** Days by which the recent dates are off altogether. */
  cost: number;
}

/** The schedule of a frequency that explains the latest dates best; among equals the first, which is the simplest and the latest date's. */
function bestFit(frequency: Frequency, dates: CalendarDate[], usualRule: MoveRule): Fitted | null {
  const recent = dates.slice(-RECENT_DATES);
  let best: Fitted | null = null;
  for (const anchor of anchorsFor(frequency, recent)) {
    for (const moveRule of [usualRule, ...MOVE_RULES.filter((rule) => rule !== usualRule)]) {
      const schedule = { frequency, ...anchor, moveRule };
      const price = (moveRule === usualRule ? 0 : RULE_GAIN_MIN) + (anchor.anchorKind === 'weekday' ? WEEKDAY_GAIN_MIN : 0);
      if (best && price >= best.cost) continue;
      const cost = price + costOf(schedule, recent);
      if (!best || cost < best.cost) best = { schedule, cost };
    }
  }
  return best;
}

type Anchor = Pick<Schedule, 'anchorKind' | 'anchorDays' | 'anchorMonths'>;

/** What some dates may be anchored to, the latest date's own first. */
function* anchorsFor(frequency: Frequency, dates: CalendarDate[]): Generator<Anchor> {
  const latestFirst = dates.toReversed();
  const { days, months } = CADENCES[frequency];
  if (frequency === 'semi_monthly') {
    yield* pairsOfDays(latestFirst);
    return;
  }
  if (months === null) {
    for (const phase of unique(latestFirst.flatMap((date) => nearby(daysBetween(EPOCH, date), 1))))
      yield { anchorKind: 'interval', anchorDays: [phase % days], anchorMonths: [] };
    return;
  }
  for (const anchorMonths of monthsFor(frequency, months, latestFirst)) {
    for (const day of daysOfMonth(latestFirst)) yield { anchorKind: 'days', anchorDays: [day], anchorMonths };
    if (frequency === 'annually') continue;
    for (const weekday of unique(latestFirst.map(dayOfWeek)))
      for (const nth of [1, 2, 3, 4, LAST_OF_MONTH]) yield { anchorKind: 'weekday', anchorDays: [weekday, nth], anchorMonths };
  }
}

const unique = (numbers: number[]): number[] => [...new Set(numbers)];
/** A number, then those before and after it. */
const nearby = (number: number, reach: number): number[] => [
  number,
  ...Array.from({ length: reach }, (_none, index) => [number + index + 1, number - index - 1]).flat(),
];

/** The days of the month on which dates fall, then those from which they may have been moved. */
function daysOfMonth(latestFirst: CalendarDate[]): number[] {
  const own = latestFirst.map(dayOfMonth);
  const moved = own.flatMap((day) => nearby(day, MOVED_DAYS_MAX));
  return unique([...own, MONTH_END, ...moved.filter((day) => day >= 1 && day <= MONTH_END)]);
}

function* pairsOfDays(latestFirst: CalendarDate[]): Generator<Anchor> {
  const days = daysOfMonth(latestFirst);
  for (const first of days)
    for (const second of days)
      if (second - first >= 12 && second - first <= 18) yield { anchorKind: 'days', anchorDays: [first, second], anchorMonths: [] };
}

const monthOfYear = (date: CalendarDate): number => Number(date.slice(5, 7));

/** The months of the year that a cycle of some months may come in. */
function monthsFor(frequency: Frequency, step: number, latestFirst: CalendarDate[]): number[][] {
  if (step === 1) return [[]];
  const regular = unique(
    latestFirst.flatMap((date) => [
      monthOfYear(date),
      monthOfYear(addDays(date, -MOVED_DAYS_MAX)),
      monthOfYear(addDays(date, MOVED_DAYS_MAX)),
    ]),
  ).map((month) => Array.from({ length: 12 / step }, (_none, index) => ((month - 1 + index * step) % 12) + 1).sort((a, b) => a - b));
  const known = new Map(regular.map((months) => [months.join(), months]));
  return [...known.values(), ...(frequency === 'quarterly' ? IRREGULAR_MONTHS : [])];
}

/** By how many days some dates are off a schedule altogether; two dates for one scheduled one, and a date left out, count as a miss. */
function costOf(schedule: Schedule, dates: CalendarDate[]): number {
  const { deviationDays } = CADENCES[schedule.frequency];
  const places = placesOf(schedule, dates);
  return places.reduce((total, { deviation, index }, position) => {
    const before = places[position - 1];
    const missed = before && index !== before.index + 1 ? deviationDays : 0;
    return total + Math.min(Math.abs(deviation), 2 * deviationDays) + missed;
  }, 0);
}

/** The share of dates that follow on the one before; one that follows after a miss counts half. */
export function fitShare(schedule: Schedule, dates: CalendarDate[]): number {
  const { deviationDays } = CADENCES[schedule.frequency];
  const places = placesOf(schedule, dates);
  const fits = places.slice(1).map(({ index, deviation }, position) => {
    const before = places[position] as Place;
    if (Math.abs(deviation) > deviationDays || Math.abs(before.deviation) > deviationDays) return 0;
    return index === before.index + 1 ? 1 : index === before.index + 2 ? 0.5 : 0;
  });
  return mean(fits) ?? 0;
}

interface Place {
  /** Which of the scheduled dates a date stands for. */
  index: number;
  /** Days by which it came after that one; negative when it came before. */
  deviation: number;
}

const AROUND_DAYS = 45;

/** Which scheduled dates some dates in rising order stand for: the nearest ones. */
function placesOf(schedule: Schedule, dates: CalendarDate[]): Place[] {
  const [first, last] = [dates[0], dates.at(-1)];
  if (!first || !last) return [];
  const around = Math.max(AROUND_DAYS, CADENCES[schedule.frequency].days);
  const scheduled = scheduledDates(schedule, addDays(first, -around), addDays(last, around));
  let index = 0;
  return dates.map((date) => {
    const distance = (at: number) => Math.abs(daysBetween(scheduled[at] as CalendarDate, date));
    while (index + 1 < scheduled.length && distance(index + 1) < distance(index)) index++;
    return { index, deviation: daysBetween(scheduled[index] as CalendarDate, date) };
  });
}

/** The dates of a schedule from one day to another, in rising order, moved off the days on which banks are closed. */
function scheduledDates(schedule: Schedule, from: CalendarDate, to: CalendarDate): CalendarDate[] {
  const { frequency, anchorKind, anchorDays, anchorMonths, moveRule } = schedule;
  const [start, end] = [addDays(from, -MOVED_DAYS_MAX), addDays(to, MOVED_DAYS_MAX)];
  const nominal: CalendarDate[] = [];
  if (anchorKind === 'interval') {
    const { days } = CADENCES[frequency];
    const since = daysBetween(EPOCH, start);
    const offset = ((((anchorDays[0] as number) - since) % days) + days) % days;
    for (let date = addDays(start, offset); date <= end; date = addDays(date, days)) nominal.push(date);
  } else {
    for (let month = startOfMonth(start); month <= end; month = addMonths(month, 1)) {
      if (anchorMonths.length > 0 && !anchorMonths.includes(monthOfYear(month))) continue;
      if (anchorKind === 'weekday') nominal.push(nthWeekday(month, anchorDays[0] as number, anchorDays[1] as number));
      else for (const day of anchorDays) nominal.push(addMonths(month, 0, day));
    }
  }
  return nominal.map((date) => moveOffClosedDays(date, moveRule)).filter((date) => date >= from && date <= to);
}

function nthWeekday(month: CalendarDate, weekday: number, nth: number): CalendarDate {
  const first = addDays(month, (weekday - dayOfWeek(month) + 7) % 7);
  const date = addDays(first, 7 * (nth - 1));
  return date < addMonths(month, 1) ? date : addDays(date, -7);
}

function moveOffClosedDays(date: CalendarDate, rule: MoveRule): CalendarDate {
  let day = date;
  while (rule !== 'as_is' && !isBankDay(day)) day = addDays(day, rule === 'before' ? -1 : 1);
  return day;
}

/** The scheduled dates after the one that a date stands for, up to and including `until`. */
export function datesAfter(schedule: Schedule, last: CalendarDate, until: CalendarDate): CalendarDate[] {
  const around = Math.max(AROUND_DAYS, CADENCES[schedule.frequency].days);
  const scheduled = scheduledDates(schedule, addDays(last, -around), until > last ? addDays(until, around) : addDays(last, around));
  const distance = (date: CalendarDate) => Math.abs(daysBetween(date, last));
  const own = scheduled.reduce(
    (nearest, date, index) => (distance(date) < distance(scheduled[nearest] as CalendarDate) ? index : nearest),
    0,
  );
  return scheduled.slice(own + 1).filter((date) => date <= until);
}

/** The first scheduled date after one that was kept. */
export function nextDate(schedule: Schedule, last: CalendarDate): CalendarDate {
  const { days, toleranceDays } = CADENCES[schedule.frequency];
  const [next] = datesAfter(schedule, last, addDays(last, Math.ceil(2 * days + toleranceDays)));
  return next as CalendarDate;
}

/** By how many days each of some dates in rising order came after (positive) or before its scheduled date. */
export const deviationsOf = (schedule: Schedule, dates: CalendarDate[]): number[] =>
  placesOf(schedule, dates).map(({ deviation }) => deviation);
