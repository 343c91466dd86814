import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { Money } from '../lib/money.ts';
import type { NoReturn } from './reasons.ts';

export interface DatedFlow {
  date: CalendarDate;
  /** Positive: money back to the investor. */
  amount: Money;
}

export interface RateOfReturn {
  /** Per cent a year; null with a reason. */
  rate: Money | null;
  reason: NoReturn | null;
}

const YEAR_DAYS = 365;
/** Rates are looked for between losing all but a millionth and growing a million million times over the span, or a year when that is less. */
const LOG_MIN = Math.log(1e-6);
const LOG_MAX = Math.log(1e12);
/** A yearly rate beyond this says nothing: days are not a year. In per cent. */
const RATE_MAX = 1e12;
const STEPS = 400;
const BISECTIONS = 200;

/**
 * The money-weighted return (XIRR): the yearly rate r at which Σ amount ÷ (1 + r)^(days ÷ 365) is 0. It is bracketed by the change
 * of sign of that sum over a range of rates, then halved. Without such a change there is no rate, with several none is the one.
 * A rate is no amount of money: it is worked out in binary floating point, to about twelve digits.
 */
export function internalRate(flows: DatedFlow[]): RateOfReturn {
  const [first] = flows;
  if (!first || !flows.some(({ amount }) => amount.lessThan(0))) return { rate: null, reason: 'nothing_invested' };
  if (!flows.some(({ amount }) => amount.greaterThan(0))) return { rate: null, reason: 'nothing_left' };
  const terms = flows.map(({ date, amount }) => ({ years: daysBetween(first.date, date) / YEAR_DAYS, amount: amount.toNumber() }));
  const presentValue = (log: number) => terms.reduce((total, { years, amount }) => total + amount * Math.exp(-log * years), 0);
  const span = Math.max(...terms.map(({ years }) => years));
  if (span === 0) return { rate: null, reason: 'no_rate' };
  const [from, to] = [LOG_MIN / Math.min(1, span), LOG_MAX / Math.min(1, span)];
  const brackets: [number, number][] = [];
  let [log, value] = [from, presentValue(from)];
  for (let step = 1; step <= STEPS; step++) {
    const nextLog = from + ((to - from) * step) / STEPS;
    const next = presentValue(nextLog);
    if (value === 0 || value < 0 !== next < 0) brackets.push([log, nextLog]);
    [log, value] = [nextLog, next];
  }
  const [bracket] = brackets;
  if (!bracket) return { rate: null, reason: 'no_rate' };
  if (brackets.length > 1) return { rate: null, reason: 'several_rates' };
  const rate = Math.expm1(rootWithin(presentValue, bracket)) * 100;
  return rate <= RATE_MAX ? { rate: new Money(rate), reason: null } : { rate: null, reason: 'no_rate' };
}

function rootWithin(f: (x: number) => number, [from, to]: [number, number]): number {
  let [low, high] = [from, to];
  const isNegativeAtLow = f(low) < 0;
  for (let step = 0; step < BISECTIONS && high - low > Number.EPSILON * Math.max(1, Math.abs(high)); step++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0 === isNegativeAtLow) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
