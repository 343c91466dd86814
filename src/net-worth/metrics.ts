import { addDays, type CalendarDate, type CalendarMonth, daysBetween, monthOf, nextMonth } from '../lib/dates.ts';
import { Money, percent, sum } from '../lib/money.ts';
import type { NetWorthPoint } from './history.ts';

export interface NetWorthMetrics {
  currentNetWorth: Money;
  ytdChange: Money | null;
  ytdChangePercent: Money | null;
  /** The changes of whole calendar months that the following are made of. */
  months: MonthChange[];
  monthlyAverageChange: Money | null;
  bestMonth: Money | null;
  bestMonthLabel: CalendarMonth | null;
  worstMonth: Money | null;
  worstMonthLabel: CalendarMonth | null;
  /** Sample standard deviation of the monthly changes. */
  volatility: Money | null;
  monthsToGoal: number | null;
  goal: Money | null;
}

/** A leap year long, so that 31 December is in it on the next 31 December. */
export const METRICS_DAYS = 366;

/** How net worth has moved over the last 365 days, by whole calendar months. */
export function netWorthMetrics(history: NetWorthPoint[], currentNetWorth: Money, goal: Money | null): NetWorthMetrics {
  const today = history.at(-1)?.date;
  const recent = today ? history.filter((point) => daysBetween(point.date, today) <= METRICS_DAYS) : [];
  const months = monthlyChanges(recent);
  const changes = months.map(({ change }) => change);
  const average = changes.length === 0 ? null : sum(changes).div(changes.length);
  const best = months.reduce<MonthChange | null>(
    (top, month) => (top === null || month.change.greaterThan(top.change) ? month : top),
    null,
  );
  const worst = months.reduce<MonthChange | null>((low, month) => (low === null || month.change.lessThan(low.change) ? month : low), null);
  const yearStart = today ? valueBeforeYear(recent, today) : null;
  const ytdChange = yearStart && currentNetWorth.minus(yearStart);
  return {
    currentNetWorth,
    ytdChange,
    ytdChangePercent: ytdChange && yearStart ? percent(ytdChange, yearStart.abs()) : null,
    months,
    monthlyAverageChange: average,
    bestMonth: best?.change ?? null,
    bestMonthLabel: best?.month ?? null,
    worstMonth: worst?.change ?? null,
    worstMonthLabel: worst?.month ?? null,
    volatility: standardDeviation(changes),
    monthsToGoal: monthsToGoal(currentNetWorth, goal, average),
    goal,
  };
}

interface MonthChange {
  month: CalendarMonth;
  change: Money;
}

/** The change over each whole calendar month: its last value less the last value of the month before. */
function monthlyChanges(history: NetWorthPoint[]): MonthChange[] {
  const today = history.at(-1)?.date;
  if (!today) return [];
  const lastOf = new Map(history.map((point) => [monthOf(point.date), point.netWorth]));
  const isMonthOver = monthOf(addDays(today, 1)) !== monthOf(today);
  return [...lastOf].flatMap(([month, value]) => {
    const before = [...lastOf.keys()].find((candidate) => nextMonth(candidate) === month);
    const valueBefore = before === undefined ? undefined : lastOf.get(before);
    const isWhole = month !== monthOf(today) || isMonthOver;
    return valueBefore !== undefined && isWhole ? [{ month, change: value.minus(valueBefore) }] : [];
  });
}

/** Net worth at the end of 31 December, or on the first day known of this year. */
function valueBeforeYear(history: NetWorthPoint[], today: CalendarDate): Money | null {
  const year = today.slice(0, 4);
  const december = history.findLast((point) => point.date.slice(0, 4) < year);
  return (december ?? history[0])?.netWorth ?? null;
}

/** Sample standard deviation (n − 1); null with fewer than two values. */
function standardDeviation(values: Money[]): Money | null {
  if (values.length < 2) return null;
  const mean = sum(values).div(values.length);
  return sum(values.map((value) => value.minus(mean).pow(2)))
    .div(values.length - 1)
    .sqrt();
}

/** Months until the goal at the average pace; 0 when it is reached, null without a goal or a positive pace. */
function monthsToGoal(netWorth: Money, goal: Money | null, average: Money | null): number | null {
  if (goal === null) return null;
  if (netWorth.greaterThanOrEqualTo(goal)) return 0;
  if (average === null || !average.isPositive() || average.isZero()) return null;
  return goal.minus(netWorth).div(average).toDecimalPlaces(0, Money.ROUND_CEIL).toNumber();
}
