import { type CalendarDate, dayOfMonth, daysBetween } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { Money, sum } from '../lib/money.ts';
import { median } from '../lib/statistics.ts';
import type { Steps } from '../lib/steps.ts';
import { normalisedMerchant } from './merchant.ts';
import {
  CADENCES,
  datesAfter,
  FREQUENCIES,
  type Frequency,
  fitShare,
  gapsOf,
  type MoveRule,
  nextDate,
  type Schedule,
  scheduleOf,
} from './schedule.ts';

export type StreamStatus = 'active' | 'late' | 'ended';

/** A posted movement that is no transfer. */
export interface Occurrence {
  transactionId: string;
  accountId: string;
  /** On an account of a bank, where money moves on working days alone; cards are charged on any day. */
  isAtBank: boolean;
  date: CalendarDate;
  /** Plaid's sign: positive is money out. */
  amount: Money;
  merchant: string;
  category: string;
  currency: string;
}

export interface RecurringStream extends Schedule {
  /** Merchant, account, direction and rank by amount: the same for the same stream at every detection. */
  key: string;
  accountId: string;
  merchant: string;
  category: string;
  currency: string;
  isIncome: boolean;
  amountKind: AmountKind;
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

type AmountKind = 'fixed' | 'stepped' | 'variable';

/** Amounts of one stream stay within this share of their median: bills vary, groceries vary more. */
export const VARIABLE_SHARE = 0.35;
/** So many of them may be beyond it, up to twice as far. */
const BEYOND_SHARE_MAX = 0.15;
const FIXED_SHARE = 0.02;
const STEP_SHARE_MAX = 0.5;
/** With a year between them, only like amounts show that two payments are the same thing. */
const ANNUAL_STEP_SHARE_MAX = 0.15;
const VARIABLE_OCCURRENCES_MIN = 4;
const VARIABLE_GAP_FIT_MIN = 0.9;
const CYCLES_UNTIL_ENDED = 2;
/** A part this many times smaller than its merchant's whole may be chance. */
const CHANCE_FACTOR = 3;
/** At most so many of a stream's amounts are odd ones. */
const ODD_SHARE_MAX = 0.2;
const CLOCKWORK_DAYS = 3;
const MONTH_DAYS = 31;
/** Two bills of one merchant come at most so often, in days on average; what comes more often is bought. */
const BILL_DAYS_MIN = 12;
/** How far the first amount under a new name may be from the last under the old one: of a few movements, of a stream, of pay. */
const RENAMED_SHARE = 0.02;
const RENAMED_STREAM_SHARE = 0.1;
const RENAMED_PAY_SHARE = 0.4;
/** So many movements under a new name may be older than its first in the place of the old one. */
const EARLIER_MAX = 2;
const CLOCKWORK_GAPS_MIN = 3;

/** Movements of one merchant on one account in one direction. */
interface MerchantGroup {
  key: string;
  occurrences: Occurrence[];
}

/** Movements grouped by merchant, account, direction and currency: each group is looked at by itself. */
function merchantGroups(occurrences: Occurrence[]): MerchantGroup[] {
  const groups = groupBy(
    occurrences.filter((occurrence) => !occurrence.amount.isZero()),
    ({ merchant, accountId, amount, currency }) =>
      [normalisedMerchant(merchant), accountId, amount.isNegative() ? 'in' : 'out', currency].join('|'),
  );
  return [...groups].map(([key, group]) => ({ key, occurrences: group }));
}

/** The streams of all merchants, merchant by merchant. */
export function* streamsOf(occurrences: Occurrence[], today: CalendarDate): Steps<RecurringStream[]> {
  const streams: Found[] = [];
  const rest: MerchantGroup[] = [];
  for (const group of merchantGroups(occurrences)) {
    const found = streamsIn(group, today);
    streams.push(...found);
    if (found.length === 0) rest.push(group);
    yield;
  }
  return joinRenamed(streams, rest, today).map(({ stream }) => stream);
}

/** A stream with what it is made of. */
interface Found {
  stream: RecurringStream;
  occurrences: Occurrence[];
}

/**
 * The streams in up to two years of a group's movements. A merchant with several amounts is split into a stream for each: what always costs
 * the same to the cent, two bills that vary about two amounts or come on two days, then what costs about the same.
 */
function streamsIn({ key, occurrences }: MerchantGroup, today: CalendarDate): Found[] {
  const sorted = [...occurrences].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.transactionId < b.transactionId ? -1 : 1));
  const whole = toStream(key, withoutExtras(sorted), today) ?? toStream(key, withoutExtras(withoutOddAmounts(sorted)), today);
  if (whole) return [whole];
  const exact = toStreams(key, sameAmounts(sorted).map(withoutExtras).filter(isClockwork), today);
  const streamed = new Set(exact.flatMap((found) => found.occurrences));
  const rest = sorted.filter((occurrence) => !streamed.has(occurrence));
  const two = splits(rest)
    .map((parts) => toStreams(key, parts, today, exact.length))
    .find((found) => found.length === 2);
  if (two) return [...exact, ...two];
  const parts = likeAmounts(rest).filter((part) => part.length * CHANCE_FACTOR >= sorted.length || isClockwork(part));
  return [...exact, ...toStreams(key, parts, today, exact.length)].filter(
    ({ stream, occurrences }) => stream.frequency !== 'annually' || occurrences.length > CADENCES.annually.occurrencesMin,
  );
}

const toStreams = (key: string, parts: Occurrence[][], today: CalendarDate, first = 0): Found[] =>
  parts.flatMap((part, index) => toStream(first + index === 0 ? key : `${key}|${first + index}`, withoutExtras(part), today) ?? []);

/** What costs the same to the cent, the most frequent amount first. */
const sameAmounts = (occurrences: Occurrence[]): Occurrence[][] =>
  [...groupBy(occurrences, ({ amount }) => amount.toFixed()).values()]
    .filter((part) => part.length >= CADENCES.monthly.occurrencesMin && part.length < occurrences.length)
    .sort((a, b) => b.length - a.length);

/** The ways to part what may be two bills: at the widest gap between amounts, and at the two widest gaps between days of the month. */
function splits(occurrences: Occurrence[]): Occurrence[][][] {
  const [first, last] = [occurrences[0], occurrences.at(-1)];
  if (!first || !last || occurrences.length < 2 * VARIABLE_OCCURRENCES_MIN) return [];
  if (occurrences.length * BILL_DAYS_MIN > daysBetween(first.date, last.date) + MONTH_DAYS) return [];
  const byAmount = occurrences.toSorted((a, b) => a.amount.abs().comparedTo(b.amount.abs()));
  const amountAt = (index: number) => (byAmount[index] as Occurrence).amount.abs().toNumber();
  const [cut] = widestGaps(byAmount.length - 1, (index) => amountAt(index + 1) / amountAt(index));
  const small = new Set(byAmount.slice(0, (cut as number) + 1));
  const byDay = occurrences.toSorted((a, b) => dayOfMonth(a.date) - dayOfMonth(b.date));
  const dayAt = (index: number) => dayOfMonth((byDay[index % byDay.length] as Occurrence).date) + (index >= byDay.length ? MONTH_DAYS : 0);
  const [from, to] = widestGaps(byDay.length, (index) => dayAt(index + 1) - dayAt(index)).sort((a, b) => a - b) as [number, number];
  const between = new Set(byDay.slice(from + 1, to + 1));
  return [small, between].map((part) => [occurrences.filter((row) => !part.has(row)), occurrences.filter((row) => part.has(row))]);
}

/** The places of the two widest of some gaps, the widest first. */
const widestGaps = (count: number, gapAt: (index: number) => number): number[] =>
  Array.from({ length: count }, (_none, index) => index)
    .sort((a, b) => gapAt(b) - gapAt(a))
    .slice(0, 2);

/**
 * A payer or a biller that changes its name goes on with its dates and about its amount: the stream that stopped and what came in its place
 * are one.
 */
function joinRenamed(streams: Found[], rest: MerchantGroup[], today: CalendarDate): Found[] {
  const joined = [...streams];
  const later = [
    ...streams,
    ...rest.map(({ key, occurrences }) => ({ key, occurrences: occurrences.toSorted((a, b) => (a.date < b.date ? -1 : 1)) })),
  ];
  for (const before of streams.toSorted((a, b) => (a.stream.lastOn < b.stream.lastOn ? -1 : 1))) {
    const at = joined.findIndex(({ occurrences }) => occurrences === before.occurrences);
    if (at < 0 || before.stream.status === 'active') continue;
    for (const after of later) {
      const since = after.occurrences.filter(({ date }) => date > before.stream.lastOn);
      // A bonus may have come under the new name before; what came more often is something of its own.
      if (after.occurrences === before.occurrences || after.occurrences.length - since.length > EARLIER_MAX) continue;
      if (!goesOn(before.stream, { ...after, occurrences: since }, today)) continue;
      const whole = toStream(before.stream.key, [...before.occurrences, ...since], today);
      if (!whole || whole.stream.frequency !== before.stream.frequency) continue;
      joined.splice(at, 1);
      const own = joined.findIndex(({ occurrences }) => occurrences === after.occurrences);
      if (own >= 0) joined.splice(own, 1);
      joined.push(whole);
      break;
    }
  }
  return joined;
}

/** Whether some movements begin where a stream has stopped: on its next date, for about its amount. */
function goesOn(before: RecurringStream, after: { occurrences: Occurrence[]; stream?: RecurringStream }, today: CalendarDate): boolean {
  const [first] = after.occurrences;
  if (!first || first.accountId !== before.accountId || first.currency !== before.currency || first.amount.isNegative() !== before.isIncome)
    return false;
  const { deviationDays } = CADENCES[before.frequency];
  if (first.date > today || Math.abs(daysBetween(before.nextExpectedOn, first.date)) > deviationDays) return false;
  // What is a stream of its own has shown that it recurs; of a few movements the amount has to say so.
  const share = before.isIncome ? RENAMED_PAY_SHARE : after.stream ? RENAMED_STREAM_SHARE : RENAMED_SHARE;
  return first.amount.abs().minus(before.lastAmount).abs().lessThanOrEqualTo(before.lastAmount.times(share));
}

/** Like amounts among many purchases are chance unless they come to the day; one may have been left out. */
function isClockwork(occurrences: Occurrence[]): boolean {
  const gaps = gapsOf(occurrences.map((occurrence) => occurrence.date));
  const middle = median(gaps) ?? 0;
  const isNear = (gap: number, days: number) => Math.abs(gap - days) <= CLOCKWORK_DAYS;
  const missed = gaps.filter((gap) => !isNear(gap, middle));
  return gaps.length >= CLOCKWORK_GAPS_MIN && missed.length <= 1 && missed.every((gap) => isNear(gap, 2 * middle));
}

/** Leaves out the few amounts that are nowhere near the others: a bonus, a fee for something else. */
function withoutOddAmounts(occurrences: Occurrence[]): Occurrence[] {
  const middle = median(occurrences.map(({ amount }) => amount.abs().toNumber())) ?? 0;
  const near = occurrences.filter(({ amount }) => Math.abs(amount.abs().toNumber() - middle) <= middle * STEP_SHARE_MAX);
  return near.length >= occurrences.length * (1 - ODD_SHARE_MAX) ? near : occurrences;
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
    const isExtra = fits(before, after) && !fits(before, occurrence);
    if (!isExtra) kept.push(occurrence);
  });
  return kept;
}

/** Clusters of like amounts, the largest cluster first. */
function likeAmounts(occurrences: Occurrence[]): Occurrence[][] {
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

/** On days on which banks are closed pay comes before, and what is collected after. */
const usualRule = ({ isAtBank, amount }: Occurrence): MoveRule => (isAtBank ? (amount.isNegative() ? 'before' : 'after') : 'as_is');

function toStream(key: string, occurrences: Occurrence[], today: CalendarDate): Found | null {
  const last = occurrences.at(-1);
  const [first] = occurrences;
  if (!first || !last || occurrences.length < 2) return null;
  const dates = occurrences.map((occurrence) => occurrence.date);
  const amounts = occurrences.map((occurrence) => occurrence.amount.abs());
  // The amounts first: they tell most merchants apart from what recurs, and are looked at in no time.
  const shape = amountShape(amounts);
  const schedule = shape && scheduleOf(dates, usualRule(last));
  if (!schedule || !shape) return null;
  const { frequency } = schedule;
  const fit = fitShare(schedule, dates);
  const isIncome = last.amount.isNegative();
  // What varies has to come like clockwork: that tells a bill from a habit, and pay by the hour from what friends give back.
  const isHabit = !isIncome && (frequency === 'weekly' || frequency === 'biweekly');
  if (shape.kind === 'variable' && (isHabit || fit < VARIABLE_GAP_FIT_MIN)) return null;
  if (shape.kind === 'variable' && occurrences.length < VARIABLE_OCCURRENCES_MIN) return null;
  if (frequency === 'annually' && !amounts.every((amount) => isSmallStep(amounts[0] as Money, amount, ANNUAL_STEP_SHARE_MAX))) return null;
  const nextExpectedOn = nextDate(schedule, last.date);
  const stream: RecurringStream = {
    key,
    accountId: last.accountId,
    merchant: last.merchant,
    category: last.category,
    currency: last.currency,
    isIncome,
    ...schedule,
    amountKind: shape.kind,
    averageAmount: sum(amounts).div(amounts.length),
    lastAmount: last.amount.abs(),
    previousAmount: shape.previous,
    firstOn: first.date,
    lastOn: last.date,
    nextExpectedOn,
    status: statusOn(today, last.date, nextExpectedOn, frequency),
    confidence: Math.min(0.99, 0.5 + 0.3 * fit + (shape.kind === 'variable' ? 0 : 0.1) + Math.min(0.1, occurrences.length * 0.01)),
    transactionIds: occurrences.map((occurrence) => occurrence.transactionId),
  };
  return { stream, occurrences };
}

interface AmountShape {
  kind: AmountKind;
  previous: Money | null;
}

/** Fixed, stepped (each price kept for a while, few changes) or variable around a median; null when the amounts go together in no way. */
function amountShape(amounts: Money[]): AmountShape | null {
  const middle = median(amounts.map((amount) => amount.toNumber())) ?? 0;
  const offBy = (amount: Money) => amount.minus(middle).abs().div(middle).toNumber();
  const beyond = amounts.filter((amount) => offBy(amount) > VARIABLE_SHARE);
  const levels = priceLevels(amounts);
  const maySteps = Math.max(1, Math.floor(amounts.length / 4));
  const smallSteps = levels.every((level, index) => index === 0 || isSmallStep(levels[index - 1] as Money, level));
  const previous = levels.length > 1 ? (levels.at(-2) as Money) : null;
  if (levels.length === 1) return { kind: 'fixed', previous: null };
  if (levels.length - 1 <= maySteps && smallSteps) return { kind: 'stepped', previous };
  // A season may take a bill a little further.
  const isVariable = beyond.length <= amounts.length * BEYOND_SHARE_MAX && beyond.every((amount) => offBy(amount) <= 2 * VARIABLE_SHARE);
  return isVariable ? { kind: 'variable', previous: null } : null;
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

/** Without a movement for so many days a stream has ended. */
export const endedAfterDays = (frequency: Frequency): number =>
  CYCLES_UNTIL_ENDED * CADENCES[frequency].days + CADENCES[frequency].toleranceDays;

/** Whether a stream still runs, as of a day. */
export function statusOn(today: CalendarDate, last: CalendarDate, next: CalendarDate, frequency: Frequency): StreamStatus {
  if (daysBetween(last, today) > endedAfterDays(frequency)) return 'ended';
  return daysBetween(next, today) > CADENCES[frequency].toleranceDays ? 'late' : 'active';
}

/** The stream's dates after the last one seen, from `today` on, up to `until`; an overdue one is expected today. */
export function upcomingDates(
  stream: Schedule & Pick<RecurringStream, 'nextExpectedOn' | 'lastOn'>,
  today: CalendarDate,
  until: CalendarDate,
): CalendarDate[] {
  const upcoming: CalendarDate[] = stream.nextExpectedOn <= today ? [today] : [];
  return [...upcoming, ...datesAfter(stream, stream.lastOn, until).filter((date) => date > today)];
}

/**
 * Gives each stream the key of the stored stream that most of its transactions belong to, so that it stays the same stream when a
 * merchant's other amounts come and go. Each stored key goes to one stream at most.
 * @param keyOf the stored key by transaction id.
 */
export function keepKeys(streams: RecurringStream[], keyOf: Map<string, string>): RecurringStream[] {
  const shares = streams.flatMap((stream, index) =>
    [
      ...groupBy(
        stream.transactionIds.filter((id) => keyOf.has(id)),
        (id) => keyOf.get(id) as string,
      ),
    ].map(([key, ids]) => ({
      index,
      key,
      shared: ids.length,
    })),
  );
  shares.sort((a, b) => b.shared - a.shared || a.index - b.index);
  const chosen = new Map<number, string>();
  const taken = new Set<string>();
  for (const { index, key } of shares) {
    if (chosen.has(index) || taken.has(key)) continue;
    chosen.set(index, key);
    taken.add(key);
  }
  return streams.map((stream, index) => {
    let key = chosen.get(index) ?? stream.key;
    if (!chosen.has(index)) while (taken.has(key)) key = `${key}+`;
    taken.add(key);
    return { ...stream, key };
  });
}

/** What a stream comes to in a year at its latest amount. */
export const yearlyAmount = ({ lastAmount, frequency }: Pick<RecurringStream, 'lastAmount' | 'frequency'>): Money =>
  lastAmount.times(CADENCES[frequency].perYear);
