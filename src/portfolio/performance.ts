import { addMonths, type CalendarDate, daysBetween } from '../lib/dates.ts';
import { Money, percent, sum, ZERO } from '../lib/money.ts';
import { type DatedFlow, internalRate, type RateOfReturn } from './internal-rate.ts';
import type { NoReturn } from './reasons.ts';

const YEAR_DAYS = 365;
export const PERFORMANCE_PERIODS = ['1M', '3M', 'YTD', '1Y', 'All'] as const;
export type PerformancePeriod = (typeof PERFORMANCE_PERIODS)[number];

/** One day of an account, or of several added up, in the base currency. */
export interface PortfolioDay {
  date: CalendarDate;
  /** At the end of the day; null while there is no account. */
  value: Money | null;
  /** Money and securities that came in from outside less what went out. */
  flow: Money;
  /** Dividends, interest and distributed gains. */
  income: Money;
  /** What was charged. */
  fees: Money;
  isEstimated: boolean;
}

export interface Drawdown {
  /** Per cent below the highest point before, at most 0. */
  percent: Money;
  peakOn: CalendarDate;
  troughOn: CalendarDate;
  /** When the index was back at its peak; null when it is not. */
  recoveredOn: CalendarDate | null;
}

export interface Performance {
  period: PerformancePeriod;
  /** The day at whose end the comparison starts, and the day at whose end it stops: earlier than today when all was withdrawn. */
  start: CalendarDate;
  end: CalendarDate;
  startValue: Money;
  endValue: Money;
  netFlow: Money;
  /** endValue − startValue − netFlow = price + income − fees */
  gain: Money;
  priceGain: Money;
  income: Money;
  fees: Money;
  /** Per cent over the period; null with a reason. */
  timeWeighted: Money | null;
  timeWeightedReason: NoReturn | null;
  /** Per cent a year; null under one year. */
  timeWeightedAnnual: Money | null;
  /** Per cent a year. */
  moneyWeighted: RateOfReturn;
  /** Null when the return never fell, and when it is not known. */
  maxDrawdown: Drawdown | null;
  isEstimated: boolean;
}

export interface IndexPoint {
  date: CalendarDate;
  /** 1 at the start; grows with the time-weighted return. */
  index: Money;
}

/** The first day of a period that ends today; null for everything. */
export function periodStart(period: PerformancePeriod, today: CalendarDate): CalendarDate | null {
  switch (period) {
    case '1M':
      return addMonths(today, -1);
    case '3M':
      return addMonths(today, -3);
    case 'YTD':
      return `${Number(today.slice(0, 4)) - 1}-12-31` as CalendarDate;
    case '1Y':
      return addMonths(today, -12);
    case 'All':
      return null;
  }
}

/** A bank's balance may follow a movement some days later, or come before it. */
const LAG_DAYS = 4;
/** A change of value belongs to a flow when it differs from it by at most this share of it; so small a change is none. */
const FITTING_SHARE = 0.2;

/**
 * One account's days with each flow on the day on which the value really moved by it. A deposit that is booked on one day and in the
 * balance on the next would else be a loss and a gain, and what is taken out would be taken out twice.
 */
export function alignFlows(days: PortfolioDay[]): PortfolioDay[] {
  const aligned = days.map((day) => ({ ...day }));
  const changeOn = (index: number): Money | null => {
    const [before, value] = [days[index - 1]?.value, days[index]?.value];
    return before && value ? value.minus(before) : null;
  };
  const isSmall = (change: Money | undefined, flow: Money) => change?.abs().lessThanOrEqualTo(flow.abs().times(FITTING_SHARE)) ?? false;
  const isFitting = (index: number, flow: Money) => isSmall(changeOn(index)?.minus(flow), flow);
  // A value that moved on the booking day, if by something else, moved by the flow too.
  const hasStayed = (index: number, flow: Money) => isSmall(changeOn(index) ?? undefined, flow);
  const taken = new Set<number>();
  days.forEach(({ flow }, index) => {
    if (flow.isZero() || !hasStayed(index, flow)) return;
    const candidates = Array.from({ length: 2 * LAG_DAYS + 1 }, (_none, offset) => index - LAG_DAYS + offset)
      .filter((candidate) => candidate !== index && !taken.has(candidate) && days[candidate]?.flow.isZero() && isFitting(candidate, flow))
      .sort((a, b) => Math.abs(a - index) - Math.abs(b - index));
    const [found] = candidates;
    if (found === undefined) return;
    taken.add(found);
    (aligned[found] as PortfolioDay).flow = flow;
    (aligned[index] as PortfolioDay).flow = ZERO;
  });
  return aligned;
}

/** Several accounts added up day by day. One that appears or goes is money that comes in or leaves, no gain or loss. */
export function addUp(accounts: PortfolioDay[][]): PortfolioDay[] {
  const [first] = accounts;
  if (!first) return [];
  return first.map(({ date }, index) => {
    const days = accounts.map((account) => ({ day: account[index] as PortfolioDay, before: account[index - 1] }));
    return {
      date,
      value: days.every(({ day }) => day.value === null) ? null : sum(days.map(({ day }) => day.value ?? ZERO)),
      flow: sum(days.map(({ day, before }) => flowOf(day, before))),
      income: sum(days.map(({ day }) => day.income)),
      fees: sum(days.map(({ day }) => day.fees)),
      isEstimated: days.some(({ day }) => day.isEstimated && day.value !== null),
    };
  });
}

/** What came in on a day, the whole account included on the day it appears, and taken out when it is gone. */
function flowOf(day: PortfolioDay, before: PortfolioDay | undefined): Money {
  if (before && before.value === null && day.value !== null) return day.value;
  if (before && before.value !== null && day.value === null) return before.value.negated();
  // Emptied, and nobody says how: it was taken out, not lost.
  if (before?.value?.greaterThan(0) && day.value?.isZero() && day.flow.isZero()) return before.value.negated();
  return day.value === null ? ZERO : day.flow;
}

/** What a day's return is the growth of: the value before and what came in, and the value at its end and what went out. */
function capitalOf(day: PortfolioDay, before: PortfolioDay): { base: Money; end: Money } {
  const flow = flowOf(day, before);
  const [into, out] = flow.isNegative() ? [ZERO, flow.negated()] : [flow, ZERO];
  return { base: (before.value ?? ZERO).plus(into), end: (day.value ?? ZERO).plus(out) };
}

/**
 * The time-weighted index: each day's factor is (value + out) ÷ (value of the day before + in), where the day's net external flow
 * counts at the start of the day when it comes in and at its end when it goes out, and the index is their product (GIPS: daily
 * valuation and one documented policy for flows; Spaulding). It divides by the larger capital, so that a large withdrawal cannot blow
 * it up. Days that begin with nothing do not count, and days whose capital is below zero have no factor.
 */
export function timeWeightedIndex(days: PortfolioDay[]): IndexPoint[] {
  let index = new Money(1);
  return days.map((day, position) => {
    const before = days[position - 1];
    const { base, end } = before ? capitalOf(day, before) : { base: ZERO, end: ZERO };
    if (base.greaterThan(0) && end.greaterThan(0)) index = index.times(end).div(base).toSignificantDigits(30);
    return { date: day.date, index };
  });
}

/** Why some days have no time-weighted return; null when they have one. */
function whyUnknown(days: PortfolioDay[]): NoReturn | null {
  if (!days.some((day) => day.value?.greaterThan(0))) return 'nothing_invested';
  const isBroken = days.slice(1).some((day, index) => {
    const { base, end } = capitalOf(day, days[index] as PortfolioDay);
    return base.lessThan(0) || end.lessThan(0) || (base.greaterThan(0) && end.isZero());
  });
  return isBroken ? 'below_zero' : null;
}

/** What was gained from the end of the first of some days to the end of the last: the change of value that no flow explains. */
export function gainOver(days: PortfolioDay[]): Money {
  const flows = days.slice(1).map((day, index) => flowOf(day, days[index]));
  return (days.at(-1)?.value ?? ZERO).minus(days[0]?.value ?? ZERO).minus(sum(flows));
}

/** How consecutive days went, from the end of the first to the end of the last. Null when there was nothing. */
export function performanceOf(period: PerformancePeriod, all: PortfolioDay[]): Performance | null {
  const lastWithValue = all.findLastIndex((day) => day.value !== null && !day.value.isZero());
  if (lastWithValue < 0) return null;
  // What happens after everything was taken out is none of the portfolio's; the day that took it out is.
  const days = all.slice(0, Math.min(all.length, lastWithValue + 2));
  const [first] = days;
  const last = all[lastWithValue];
  const final = days.at(-1);
  if (!first || !last || !final) return null;
  const startValue = first.value ?? ZERO;
  const endValue = final.value ?? ZERO;
  const flows = days.slice(1).map((day, index) => ({ date: day.date, amount: flowOf(day, days[index]) }));
  const netFlow = sum(flows.map(({ amount }) => amount));
  const gain = gainOver(days);
  const within = days.slice(1).filter((day) => day.value !== null);
  const [income, fees] = [sum(within.map((day) => day.income)), sum(within.map((day) => day.fees))];
  const index = timeWeightedIndex(days);
  const end = last === final ? final.date : last.date;
  const timeWeightedReason = whyUnknown(days);
  const total = timeWeightedReason === null ? (index.at(-1) as IndexPoint).index : null;
  const length = daysBetween(first.date, end);
  return {
    period,
    start: first.date,
    end,
    startValue,
    endValue,
    netFlow,
    gain,
    priceGain: gain.minus(income).plus(fees),
    income,
    fees,
    timeWeighted: total?.minus(1).times(100) ?? null,
    timeWeightedReason,
    timeWeightedAnnual: total && length >= YEAR_DAYS ? annualised(total, length) : null,
    moneyWeighted: internalRate(cashFlowsOf(startValue, first.date, flows, endValue, final.date)),
    maxDrawdown: total && maxDrawdown(index),
    isEstimated: days.some((day) => day.isEstimated && day.value !== null),
  };
}

/** Per cent a year of a growth over some days. */
const annualised = (growth: Money, days: number): Money => new Money(growth.toNumber() ** (YEAR_DAYS / days)).minus(1).times(100);

/** From the investor's side: what was put in is negative, what is there at the end positive. */
function cashFlowsOf(
  startValue: Money,
  start: CalendarDate,
  flows: { date: CalendarDate; amount: Money }[],
  endValue: Money,
  end: CalendarDate,
): DatedFlow[] {
  return [
    { date: start, amount: startValue.negated() },
    ...flows.map(({ date, amount }) => ({ date, amount: amount.negated() })),
    { date: end, amount: endValue },
  ].filter(({ amount }) => !amount.isZero());
}

/** The deepest fall of an index below its highest point before; null when it never fell. */
export function maxDrawdown(points: IndexPoint[]): Drawdown | null {
  let peak = points[0];
  let deepest: { ratio: Money; peak: IndexPoint; trough: IndexPoint } | null = null;
  for (const point of points) {
    if (!peak || point.index.greaterThanOrEqualTo(peak.index)) peak = point;
    const ratio = percent(point.index.minus(peak.index), peak.index) ?? ZERO;
    if (ratio.isNegative() && !ratio.isZero() && (deepest === null || ratio.lessThan(deepest.ratio)))
      deepest = { ratio, peak, trough: point };
  }
  if (!deepest) return null;
  const { ratio, peak: from, trough } = deepest;
  const recovered = points.find((point) => point.date > trough.date && point.index.greaterThanOrEqualTo(from.index));
  return { percent: ratio, peakOn: from.date, troughOn: trough.date, recoveredOn: recovered?.date ?? null };
}
