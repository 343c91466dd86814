import { addDays, type CalendarDate, daysBetween } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { type Money, sum, ZERO } from '../lib/money.ts';
import { median } from '../lib/statistics.ts';
import type { HeldPosition } from './portfolio.ts';

/** What a security paid on a day, in the base currency. */
export interface DividendPayment {
  /** Null when the institution does not say which. */
  securityId: string | null;
  date: CalendarDate;
  amount: Money;
}

export interface DividendProjection {
  /** What the next year brings when each security goes on as it has paid; null when nothing has been paid and too little is known. */
  annual: Money | null;
  /** Of some security only one payment has been seen: how often it pays is a guess. */
  isEstimated: boolean;
}

const YEAR_DAYS = 365;
/** Without a payment in so many days of history, nothing can be said of a year. */
const HISTORY_DAYS_MIN = 90;
const RHYTHMS = [1, 2, 4, 6, 12, 26, 52];
/** A payment that is so many cycles late does not come any more. */
const MISSED_CYCLES = 1.5;
const GRACE_DAYS = 15;
const PAYS_MONTHLY = /\b(bond|treasury|fixed income|money market|income)\b/i;
const FUNDS = new Set(['etf', 'mutual fund']);

/**
 * Projects the dividends of a year from each security's own cadence: the mean of its payments of the last year times how often it pays.
 * With one payment seen, shares and their funds are taken to pay quarterly, bond and money-market funds monthly, and a bond by its terms;
 * less often when they have been silent for longer. What is not held any more, or has stopped paying, brings nothing.
 * @param historyStart the first day whose activity is known.
 */
export function projectDividends(
  payments: DividendPayment[],
  held: HeldPosition[],
  today: CalendarDate,
  historyStart: CalendarDate | null,
): DividendProjection {
  const positions = new Map(held.filter(({ quantity }) => !quantity.isZero()).map((position) => [position.securityId, position]));
  const knownDays = historyStart ? daysBetween(historyStart, today) : 0;
  if (payments.length === 0) return { annual: knownDays < HISTORY_DAYS_MIN ? null : ZERO, isEstimated: false };
  let isEstimated = false;
  const annual = [...groupBy(payments, ({ securityId }) => securityId)].map(([securityId, own]) => {
    const position = securityId === null ? undefined : positions.get(securityId);
    if (securityId !== null && !position) return ZERO;
    const dates = paymentDates(own);
    const last = dates.at(-1);
    if (!last) return ZERO;
    const perYear = dates.length > 1 ? rhythmOf(dates) : rhythmOfOne(last, position, historyStart, today);
    if (daysBetween(last.date, today) > (MISSED_CYCLES * YEAR_DAYS) / perYear + GRACE_DAYS) return ZERO;
    if (dates.length === 1) isEstimated = true;
    const since = addDays(last.date, -YEAR_DAYS + Math.floor(YEAR_DAYS / perYear / 2));
    const lately = dates.filter(({ date }) => date >= since).slice(-perYear);
    return sum(lately.map(({ amount }) => amount))
      .div(lately.length)
      .times(perYear);
  });
  return { annual: sum(annual), isEstimated };
}

/** The days on which something was paid in the end, oldest first. */
const paymentDates = (payments: DividendPayment[]): { date: CalendarDate; amount: Money }[] =>
  [...groupBy(payments, ({ date }) => date)]
    .map(([date, own]) => ({ date, amount: sum(own.map(({ amount }) => amount)) }))
    .filter(({ amount }) => amount.greaterThan(0))
    .sort((a, b) => (a.date < b.date ? -1 : 1));

/** How often a year the middle gap between payments fits in. */
function rhythmOf(dates: { date: CalendarDate }[]): number {
  const gaps = dates.slice(1).map(({ date }, index) => daysBetween((dates[index] as { date: CalendarDate }).date, date));
  return nearestRhythm(YEAR_DAYS / (median(gaps) as number));
}

const nearestRhythm = (perYear: number): number =>
  RHYTHMS.reduce((nearest, rhythm) => (Math.abs(Math.log(rhythm / perYear)) < Math.abs(Math.log(nearest / perYear)) ? rhythm : nearest));

/** How often something pays of which one payment has been seen. */
function rhythmOfOne(
  { date, amount }: { date: CalendarDate; amount: Money },
  position: HeldPosition | undefined,
  historyStart: CalendarDate | null,
  today: CalendarDate,
): number {
  if (position?.type === 'fixed income') return position.couponRate ? rhythmOfBond(position.couponRate, position, amount) : 2;
  const isMonthly = position && (position.isCash || (FUNDS.has(position.type ?? '') && PAYS_MONTHLY.test(position.name ?? '')));
  const silence = Math.max(historyStart ? daysBetween(historyStart, date) : 0, daysBetween(date, today));
  const usual = isMonthly ? 12 : 4;
  return [usual, 4, 2].find((perYear) => perYear <= usual && silence <= (MISSED_CYCLES * YEAR_DAYS) / perYear) ?? 1;
}

/** A bond's coupon of a year, by its rate on what it repays, over what it has paid once. */
const rhythmOfBond = (rate: Money, { quantity, faceValue }: HeldPosition, paid: Money): number =>
  nearestRhythm(
    Math.max(
      1,
      rate
        .div(100)
        .times(faceValue ?? 0)
        .times(quantity)
        .div(paid)
        .toNumber(),
    ),
  );
