import { addDays, addMonths, type CalendarDate, dayOfMonth, dayOfWeek, daysBetween, startOfMonth } from '../lib/dates.ts';
import { mean, median } from '../lib/statistics.ts';

export const FREQUENCIES = ['weekly', 'biweekly', 'semi_monthly', 'monthly', 'quarterly', 'annually'] as const;
export type Frequency = (typeof FREQUENCIES)[number];
/** Where a date on a weekend moves. */
type WeekendRule = 'as_is' | 'before' | 'after';

interface Cadence {
  days: number;
  perYear: number;
  /** How far a single gap may be from the cadence. */
  toleranceDays: number;
  occurrencesMin: number;
  /** Months of a cycle; null when it is counted in days, or twice a month. */
  months: number | null;
}

export const CADENCES: Record<Frequency, Cadence> = {
  weekly: { days: 7, perYear: 52, toleranceDays: 1.4, occurrencesMin: 3, months: null },
  biweekly: { days: 14, perYear: 26, toleranceDays: 2.8, occurrencesMin: 3, months: null },
  semi_monthly: { days: 15.2, perYear: 24, toleranceDays: 3, occurrencesMin: 4, months: null },
  monthly: { days: 30.4, perYear: 12, toleranceDays: 6, occurrencesMin: 3, months: 1 },
  quarterly: { days: 91.3, perYear: 4, toleranceDays: 15, occurrencesMin: 3, months: 3 },
  annually: { days: 365.25, perYear: 1, toleranceDays: 10, occurrencesMin: 2, months: 12 },
};

/** When something recurs. */
export interface Schedule {
  frequency: Frequency;
  /** Days of the month, 31 for the last; empty when it comes every so many days. */
  anchorDays: number[];
  weekendRule: WeekendRule;
}

/** How many of the latest dates show on which day a stream falls: habits of paying change. */
const RECENT_DATES = 12;
const MONTH_END = 31;
const WEEKEND_RULES: WeekendRule[] = ['as_is', 'before', 'after'];
/** A rule for weekends has to explain the dates this much better than none, in days altogether. */
const RULE_GAIN_MIN = 2;
const SEMI_MONTHLY_GAPS = [11, 19] as const;
const SEMI_MONTHLY_FIT_MIN = 0.9;
const SEMI_MONTHLY_DEVIATION_MAX_DAYS = 1.5;
const FORTNIGHT_SHARE_MAX = 0.8;
const FITTING_GAPS_MIN = 0.75;

export const gapsOf = (dates: CalendarDate[]): number[] =>
  dates.slice(1).map((date, index) => daysBetween(dates[index] as CalendarDate, date));

/** The share of gaps that fit a cadence; a gap of two cycles, one of them missed, counts half. */
export function gapFit(dates: CalendarDate[], frequency: Frequency): number {
  const { days, toleranceDays } = CADENCES[frequency];
  const fits = gapsOf(dates).map((gap) =>
    Math.abs(gap - days) <= toleranceDays ? 1 : Math.abs(gap - 2 * days) <= toleranceDays ? 0.5 : 0,
  );
  return mean(fits) ?? 0;
}

/** The schedule that some dates in rising order keep; null when they keep none. */
export function scheduleOf(dates: CalendarDate[]): Schedule | null {
  const gaps = gapsOf(dates);
  const middle = median(gaps);
  if (middle === null) return null;
  const twice = semiMonthly(dates, gaps);
  if (twice) return twice;
  const frequency = FREQUENCIES.find(
    (candidate) => candidate !== 'semi_monthly' && Math.abs(middle - CADENCES[candidate].days) <= CADENCES[candidate].toleranceDays,
  );
  if (!frequency || dates.length < CADENCES[frequency].occurrencesMin || gapFit(dates, frequency) < FITTING_GAPS_MIN) return null;
  if (CADENCES[frequency].months === null) return { frequency, anchorDays: [], weekendRule: 'as_is' };
  const recent = dates.slice(-RECENT_DATES);
  // The latest first: among days that explain the dates as well, it is the one that counts.
  const anchors = [...new Set([...recent.map(dayOfMonth).reverse(), MONTH_END])].map((day) => [day]);
  return { frequency, ...bestAnchors(recent, anchors) };
}

/** Twice a month on two days of the month, such as the 1st and the 15th, which every fourteen days would wander over. */
function semiMonthly(dates: CalendarDate[], gaps: number[]): Schedule | null {
  if (dates.length < CADENCES.semi_monthly.occurrencesMin) return null;
  const [shortest, longest] = SEMI_MONTHLY_GAPS;
  const fitting = gaps.filter((gap) => gap >= shortest && gap <= longest).length / gaps.length;
  const fortnights = gaps.filter((gap) => gap === 14).length / gaps.length;
  if (fitting < SEMI_MONTHLY_FIT_MIN || fortnights > FORTNIGHT_SHARE_MAX) return null;
  const recent = dates.slice(-RECENT_DATES);
  const days = [...new Set([...recent.map(dayOfMonth), MONTH_END])];
  const pairs = days.flatMap((first) =>
    days.filter((second) => second - first >= 12 && second - first <= 18).map((second) => [first, second]),
  );
  if (pairs.length === 0) return null;
  const { deviation, ...anchors } = bestAnchors(recent, pairs);
  return deviation / recent.length <= SEMI_MONTHLY_DEVIATION_MAX_DAYS ? { frequency: 'semi_monthly', ...anchors } : null;
}

/** The days of the month, and what happens at weekends, that explain some dates best. */
function bestAnchors(dates: CalendarDate[], candidates: number[][]) {
  let best: { anchorDays: number[]; weekendRule: WeekendRule; deviation: number } | null = null;
  for (const weekendRule of WEEKEND_RULES) {
    for (const anchorDays of candidates) {
      const deviation = dates.reduce((total, date) => total + Math.abs(daysBetween(nearestDate(date, anchorDays, weekendRule), date)), 0);
      const cost = deviation + (weekendRule === 'as_is' ? 0 : RULE_GAIN_MIN);
      const bestCost = best ? best.deviation + (best.weekendRule === 'as_is' ? 0 : RULE_GAIN_MIN) : Number.POSITIVE_INFINITY;
      if (cost < bestCost) best = { anchorDays, weekendRule, deviation };
    }
  }
  return best as NonNullable<typeof best>;
}

/** The scheduled date nearest to a date. */
function nearestDate(date: CalendarDate, anchorDays: number[], weekendRule: WeekendRule): CalendarDate {
  let nearest = date;
  let distance = Number.POSITIVE_INFINITY;
  for (const months of [-1, 0, 1]) {
    const month = addMonths(startOfMonth(date), months);
    for (const day of anchorDays) {
      const scheduled = moveOffWeekend(addMonths(month, 0, day), weekendRule);
      const far = Math.abs(daysBetween(scheduled, date));
      if (far < distance) [nearest, distance] = [scheduled, far];
    }
  }
  return nearest;
}

function moveOffWeekend(date: CalendarDate, rule: WeekendRule): CalendarDate {
  const weekday = dayOfWeek(date);
  if (rule === 'as_is' || (weekday !== 0 && weekday !== 6)) return date;
  if (rule === 'before') return addDays(date, weekday === 6 ? -1 : -2);
  return addDays(date, weekday === 6 ? 2 : 1);
}

/** How many days before the next scheduled date one may come and still be the one before it. */
const EARLY_SHARE = 0.4;

/** The scheduled dates after one that was kept, up to and including `until`. */
export function* datesAfter(schedule: Schedule, last: CalendarDate, until: CalendarDate): Generator<CalendarDate> {
  const { frequency, anchorDays, weekendRule } = schedule;
  const { days, months } = CADENCES[frequency];
  if (anchorDays.length === 0) {
    for (let date = addDays(last, days); date <= until; date = addDays(date, days)) yield date;
    return;
  }
  const earliest = addDays(last, Math.round(days * EARLY_SHARE));
  const step = months ?? 1;
  const base = startOfMonth(months === null ? last : nearestAnchorMonth(last, anchorDays[0] as number));
  for (let cycle = 0; ; cycle++) {
    const month = addMonths(base, cycle * step);
    for (const day of anchorDays) {
      const date = moveOffWeekend(addMonths(month, 0, day), weekendRule);
      if (date > until && addMonths(month, 0, day) > until) return;
      if (date >= earliest && date <= until) yield date;
    }
  }
}

/** The month a date counts for: what is due on the 31st and comes on the 1st is of the month before. */
function nearestAnchorMonth(date: CalendarDate, anchor: number): CalendarDate {
  const months = [-1, 0, 1].map((offset) => addMonths(startOfMonth(date), offset));
  const far = (month: CalendarDate) => Math.abs(daysBetween(addMonths(month, 0, anchor), date));
  return months.reduce((nearest, month) => (far(month) < far(nearest) ? month : nearest));
}

const LATER = 800;

/** The first scheduled date after one that was kept. */
export function nextDate(schedule: Schedule, last: CalendarDate): CalendarDate {
  const { value } = datesAfter(schedule, last, addDays(last, LATER)).next();
  return value as CalendarDate;
}

/** By how many days each of some dates in rising order came after (positive) or before its scheduled date. */
export function deviationsOf(schedule: Schedule, dates: CalendarDate[]): number[] {
  if (schedule.anchorDays.length > 0)
    return dates.map((date) => daysBetween(nearestDate(date, schedule.anchorDays, schedule.weekendRule), date));
  const { days, toleranceDays } = CADENCES[schedule.frequency];
  return gapsOf(dates)
    .map((gap) => gap - days)
    .filter((deviation) => Math.abs(deviation) <= toleranceDays);
}
