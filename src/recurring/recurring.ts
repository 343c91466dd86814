import { addDays, addMonths, type CalendarDate, dayOfMonth, daysBetween, endOfMonth } from '../lib/dates.ts';
import { Money, sum } from '../lib/money.ts';
import { mean, median } from '../lib/statistics.ts';
import { normalisedMerchant } from './merchant.ts';

const FREQUENCIES = ['weekly', 'biweekly', 'semi_monthly', 'monthly', 'quarterly', 'annually'] as const;
export type Frequency = (typeof FREQUENCIES)[number];
export type StreamStatus = 'active' | 'late' | 'ended';

/** A posted movement that is no transfer. */
export interface Occurrence {
  transactionId: string;
  accountId: string;
  date: CalendarDate;
  /** Plaid's sign: positive is money out. */
  amount: Money;
  merchant: string;
  category: string;
  currency: string;
}

export interface RecurringStream {
  /** Merchant, account, direction and rank by amount: the same for the same stream at every detection. */
  key: string;
  accountId: string;
  merchant: string;
  category: string;
  currency: string;
  isIncome: boolean;
  frequency: Frequency;
  /** Amounts are positive. */
  averageAmount: Money;
  lastAmount: Money;
  /** The amount before the last change of price; null when it has not changed or varies. */
  previousAmount: Money | null;
  firstOn: CalendarDate;
  lastOn: CalendarDate;
  nextExpectedOn: CalendarDate;
  status: StreamStatus;
  /** 0 to 1 */
  confidence: number;
  transactionIds: string[];
}

interface Cadence {
  days: number;
  perYear: number;
  /** How far a single gap may be from the cadence. */
  toleranceDays: number;
  occurrencesMin: number;
}

export const CADENCES: Record<Frequency, Cadence> = {
  weekly: { days: 7, perYear: 52, toleranceDays: 1.4, occurrencesMin: 3 },
  biweekly: { days: 14, perYear: 26, toleranceDays: 2.8, occurrencesMin: 3 },
  semi_monthly: { days: 15.2, perYear: 24, toleranceDays: 3, occurrencesMin: 4 },
  monthly: { days: 30.4, perYear: 12, toleranceDays: 6, occurrencesMin: 3 },
  quarterly: { days: 91.3, perYear: 4, toleranceDays: 15, occurrencesMin: 3 },
  annually: { days: 365.25, perYear: 1, toleranceDays: 10, occurrencesMin: 2 },
};

/** Amounts of one stream stay within this share of their median: bills vary, groceries vary more. */
const VARIABLE_SHARE = 0.35;
const FIXED_SHARE = 0.02;
const STEP_SHARE_MAX = 0.5;
/** With a year between them, only like amounts show that two payments are the same thing. */
const ANNUAL_STEP_SHARE_MAX = 0.15;
const VARIABLE_OCCURRENCES_MIN = 4;
const VARIABLE_GAP_FIT_MIN = 0.9;
/** The share of gaps that have to fit the cadence. */
const FITTING_GAPS_MIN = 0.75;
const SEMI_MONTHLY_GAPS = [12, 18] as const;
const SEMI_MONTHLY_FIT_MIN = 0.9;
const CYCLES_UNTIL_ENDED = 2;
/** A part this many times smaller than its merchant's whole may be chance. */
const CHANCE_FACTOR = 3;
const CLOCKWORK_DAYS = 3;
const CLOCKWORK_GAPS_MIN = 3;

/** Movements of one merchant on one account in one direction. */
export interface MerchantGroup {
  key: string;
  occurrences: Occurrence[];
}

/** Movements grouped by merchant, account, direction and currency: each group is looked at by itself. */
export function merchantGroups(occurrences: Occurrence[]): MerchantGroup[] {
  const groups = new Map<string, Occurrence[]>();
  for (const occurrence of occurrences) {
    if (occurrence.amount.isZero()) continue;
    const direction = occurrence.amount.isNegative() ? 'in' : 'out';
    const key = [normalisedMerchant(occurrence.merchant), occurrence.accountId, direction, occurrence.currency].join('|');
    const group = groups.get(key);
    if (group) group.push(occurrence);
    else groups.set(key, [occurrence]);
  }
  return [...groups].map(([key, group]) => ({ key, occurrences: group }));
}

/**
 * The streams in up to two years of a group's movements. A merchant with several amounts is split into a stream for each. Cadence
 * comes from the median gap, and most gaps have to fit it.
 */
export function streamsIn({ key, occurrences }: MerchantGroup, today: CalendarDate): RecurringStream[] {
  const sorted = [...occurrences].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.transactionId < b.transactionId ? -1 : 1));
  const whole = toStream(key, withoutExtras(sorted), today);
  if (whole) return [whole];
  const parts = splitByAmount(sorted).filter((part) => part.length * CHANCE_FACTOR >= sorted.length || isClockwork(part));
  return parts
    .flatMap((part, rank) => toStream(rank === 0 ? key : `${key}|${rank}`, withoutExtras(part), today) ?? [])
    .filter((part) => part.frequency !== 'annually' || part.transactionIds.length > CADENCES.annually.occurrencesMin);
}

/** Like amounts among many purchases are chance unless they come to the day. */
function isClockwork(occurrences: Occurrence[]): boolean {
  const gaps = gapsOf(occurrences.map((occurrence) => occurrence.date));
  const middle = median(gaps) ?? 0;
  return gaps.every((gap) => Math.abs(gap - middle) <= CLOCKWORK_DAYS) && gaps.length >= CLOCKWORK_GAPS_MIN;
}

/** Leaves out what comes in between two regular dates, such as a bonus among pay cheques. */
function withoutExtras(occurrences: Occurrence[]): Occurrence[] {
  const middle = median(gapsOf(occurrences.map((occurrence) => occurrence.date)));
  const frequency = FREQUENCIES.find(
    (candidate) => middle !== null && Math.abs(middle - CADENCES[candidate].days) <= CADENCES[candidate].toleranceDays,
  );
  if (!frequency) return occurrences;
  const { days, toleranceDays } = CADENCES[frequency];
  const fits = (from: Occurrence | undefined, to: Occurrence | undefined) =>
    from !== undefined && to !== undefined && Math.abs(daysBetween(from.date, to.date) - days) <= toleranceDays;
  const kept: Occurrence[] = [];
  occurrences.forEach((occurrence, index) => {
    const [before, after] = [kept.at(-1), occurrences[index + 1]];
    const isExtra = fits(before, after) && !fits(before, occurrence) && !fits(occurrence, after);
    if (!isExtra) kept.push(occurrence);
  });
  return kept;
}

/** Clusters of like amounts, the largest cluster first. */
function splitByAmount(occurrences: Occurrence[]): Occurrence[][] {
  const clusters: Occurrence[][] = [];
  const byAmount = [...occurrences].sort((a, b) => a.amount.abs().comparedTo(b.amount.abs()));
  for (const occurrence of byAmount) {
    const cluster = clusters.at(-1);
    const previous = cluster?.at(-1);
    const isNear = previous && occurrence.amount.minus(previous.amount).abs().lessThanOrEqualTo(previous.amount.abs().times(FIXED_SHARE));
    if (cluster && isNear) cluster.push(occurrence);
    else clusters.push([occurrence]);
  }
  return clusters
    .filter((cluster) => cluster.length >= 2 && cluster.length < occurrences.length)
    .sort((a, b) => b.length - a.length)
    .map((cluster) => cluster.sort((a, b) => (a.date < b.date ? -1 : 1)));
}

function toStream(key: string, occurrences: Occurrence[], today: CalendarDate): RecurringStream | null {
  const last = occurrences.at(-1);
  const [first] = occurrences;
  if (!first || !last || occurrences.length < 2) return null;
  const dates = occurrences.map((occurrence) => occurrence.date);
  const frequency = frequencyOf(dates);
  const amounts = occurrences.map((occurrence) => occurrence.amount.abs());
  const shape = frequency && amountShape(amounts);
  if (!frequency || !shape) return null;
  // What varies has to come like clockwork: that tells a bill from a habit.
  if (shape.kind === 'variable' && (frequency === 'weekly' || frequency === 'biweekly' || gapFit(dates, frequency) < VARIABLE_GAP_FIT_MIN))
    return null;
  if (shape.kind === 'variable' && occurrences.length < VARIABLE_OCCURRENCES_MIN) return null;
  if (frequency === 'annually' && !amounts.every((amount) => isSmallStep(amounts[0] as Money, amount, ANNUAL_STEP_SHARE_MAX))) return null;
  const nextExpectedOn = nextDate(dates, frequency);
  return {
    key,
    accountId: last.accountId,
    merchant: last.merchant,
    category: last.category,
    currency: last.currency,
    isIncome: last.amount.isNegative(),
    frequency,
    averageAmount: sum(amounts).div(amounts.length),
    lastAmount: last.amount.abs(),
    previousAmount: shape.previous,
    firstOn: first.date,
    lastOn: last.date,
    nextExpectedOn,
    status: statusOn(today, last.date, nextExpectedOn, frequency),
    confidence: Math.min(
      0.99,
      0.5 + 0.3 * gapFit(dates, frequency) + (shape.kind === 'variable' ? 0 : 0.1) + Math.min(0.1, occurrences.length * 0.01),
    ),
    transactionIds: occurrences.map((occurrence) => occurrence.transactionId),
  };
}

const gapsOf = (dates: CalendarDate[]): number[] => dates.slice(1).map((date, index) => daysBetween(dates[index] as CalendarDate, date));

/** The share of gaps that fit a cadence; a gap of two cycles, one of them missed, counts half. */
function gapFit(dates: CalendarDate[], frequency: Frequency): number {
  const { days, toleranceDays } = CADENCES[frequency];
  const fits = gapsOf(dates).map((gap) =>
    Math.abs(gap - days) <= toleranceDays ? 1 : Math.abs(gap - 2 * days) <= toleranceDays ? 0.5 : 0,
  );
  return mean(fits) ?? 0;
}

function frequencyOf(dates: CalendarDate[]): Frequency | null {
  const gaps = gapsOf(dates);
  const middle = median(gaps);
  if (middle === null) return null;
  if (isSemiMonthly(dates, gaps)) return 'semi_monthly';
  const frequency = FREQUENCIES.find(
    (candidate) => candidate !== 'semi_monthly' && Math.abs(middle - CADENCES[candidate].days) <= CADENCES[candidate].toleranceDays,
  );
  if (!frequency || dates.length < CADENCES[frequency].occurrencesMin) return null;
  return gapFit(dates, frequency) >= FITTING_GAPS_MIN ? frequency : null;
}

/** Twice a month on two days of the month, such as the 1st and the 15th, which every fourteen days would wander over. */
function isSemiMonthly(dates: CalendarDate[], gaps: number[]): boolean {
  if (dates.length < CADENCES.semi_monthly.occurrencesMin) return false;
  const [shortest, longest] = SEMI_MONTHLY_GAPS;
  const fitting = gaps.filter((gap) => gap >= shortest && gap <= longest).length;
  const days = dates.map(dayOfMonth).sort((a, b) => a - b);
  const clusters = days.filter((day, index) => index === 0 || day - (days[index - 1] as number) > DAYS_TO_MONTH_END).length;
  return fitting / gaps.length >= SEMI_MONTHLY_FIT_MIN && clusters === 2;
}

interface AmountShape {
  kind: 'fixed' | 'stepped' | 'variable';
  previous: Money | null;
}

/** Fixed, stepped (each price kept for a while, few changes) or variable around a median; null when the amounts go together in no way. */
function amountShape(amounts: Money[]): AmountShape | null {
  const middle = median(amounts.map((amount) => amount.toNumber())) ?? 0;
  const isWithin = (share: number) =>
    amounts.every((amount) =>
      amount
        .minus(middle)
        .abs()
        .lessThanOrEqualTo(middle * share),
    );
  const levels = priceLevels(amounts);
  const maySteps = Math.max(1, Math.floor(amounts.length / 4));
  const smallSteps = levels.every((level, index) => index === 0 || isSmallStep(levels[index - 1] as Money, level));
  const previous = levels.length > 1 ? (levels.at(-2) as Money) : null;
  if (levels.length === 1) return { kind: 'fixed', previous: null };
  if (levels.length - 1 <= maySteps && smallSteps) return { kind: 'stepped', previous };
  return isWithin(VARIABLE_SHARE) ? { kind: 'variable', previous: null } : null;
}

const isSmallStep = (from: Money, to: Money, share = STEP_SHARE_MAX) =>
  to.minus(from).abs().lessThanOrEqualTo(Money.max(from, to).times(share));

/** The amounts with runs of (nearly) equal ones taken together, oldest first. */
function priceLevels(amounts: Money[]): Money[] {
  const levels: Money[] = [];
  for (const amount of amounts) {
    const level = levels.at(-1);
    if (!level || amount.minus(level).abs().greaterThan(level.times(FIXED_SHARE))) levels.push(amount);
  }
  return levels;
}

const DAYS_TO_MONTH_END = 3;

/** The next date by the calendar: a stream of the 31st falls on a short month's last day, one at month ends on the last working day. */
function nextDate(dates: CalendarDate[], frequency: Frequency): CalendarDate {
  const last = dates.at(-1) as CalendarDate;
  switch (frequency) {
    case 'weekly':
      return addDays(last, 7);
    case 'biweekly':
      return addDays(last, 14);
    case 'semi_monthly': {
      const before = dates.at(-2) as CalendarDate;
      return addMonths(before, 1) > last ? addMonths(before, 1) : addDays(last, 15);
    }
    case 'monthly':
    case 'quarterly':
    case 'annually': {
      const months = frequency === 'monthly' ? 1 : frequency === 'quarterly' ? 3 : 12;
      const isAtMonthEnd = frequency === 'monthly' && dates.every((date) => daysBetween(date, endOfMonth(date)) <= DAYS_TO_MONTH_END);
      if (isAtMonthEnd) return lastWorkingDay(addMonths(last, 1, 1));
      const usualDay = Math.round(median(dates.map(dayOfMonth)) ?? dayOfMonth(last));
      const isSteady = dates.every((date) => Math.abs(dayOfMonth(date) - usualDay) <= DAYS_TO_MONTH_END);
      const latestDay = Math.max(...dates.map(dayOfMonth));
      const endsShortMonths = dates.every((date) => dayOfMonth(date) === latestDay || date === endOfMonth(date));
      return addMonths(last, months, endsShortMonths ? latestDay : isSteady ? usualDay : dayOfMonth(last));
    }
  }
}

function lastWorkingDay(date: CalendarDate): CalendarDate {
  let day = endOfMonth(date);
  while ([0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())) day = addDays(day, -1);
  return day;
}

function statusOn(today: CalendarDate, last: CalendarDate, next: CalendarDate, frequency: Frequency): StreamStatus {
  const { days, toleranceDays } = CADENCES[frequency];
  if (daysBetween(last, today) > CYCLES_UNTIL_ENDED * days + toleranceDays) return 'ended';
  return daysBetween(next, today) > toleranceDays ? 'late' : 'active';
}

/** The stream's dates after the last one seen, from `today` on, up to `until`; an overdue one is expected today. */
export function upcomingDates(
  stream: Pick<RecurringStream, 'frequency' | 'nextExpectedOn' | 'lastOn'>,
  today: CalendarDate,
  until: CalendarDate,
): CalendarDate[] {
  const upcoming: CalendarDate[] = [];
  const day = dayOfMonth(stream.nextExpectedOn);
  for (let cycle = 0, date = stream.nextExpectedOn; date <= until; cycle++) {
    if (date > today) upcoming.push(date);
    else if (cycle === 0) upcoming.push(today);
    date = step(stream.nextExpectedOn, stream.frequency, cycle + 1, day);
  }
  return [...new Set(upcoming)];
}

function step(from: CalendarDate, frequency: Frequency, cycles: number, day: number): CalendarDate {
  switch (frequency) {
    case 'weekly':
      return addDays(from, 7 * cycles);
    case 'biweekly':
      return addDays(from, 14 * cycles);
    case 'semi_monthly':
      return cycles % 2 === 0 ? addMonths(from, cycles / 2, day) : addDays(addMonths(from, (cycles - 1) / 2, day), 15);
    case 'monthly':
      return addMonths(from, cycles, day);
    case 'quarterly':
      return addMonths(from, 3 * cycles, day);
    case 'annually':
      return addMonths(from, 12 * cycles, day);
  }
}
