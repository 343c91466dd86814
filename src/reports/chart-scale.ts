import { toMoney } from '../lib/money.ts';
import { formatMoney } from '../web/format.ts';
import type { Block } from './document.ts';

const TICKS = 4;
const NICE = [1, 2, 2.5, 5, 10];

/** Round values that span some others, about four steps apart. */
export function ticksOf(low: number, high: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (NICE.find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_none, index) => (first + index) * step);
}

/** A value beside an axis, without cents. */
export const axisLabel = (value: number, currency: string): string =>
  formatMoney(toMoney(Math.round(value)), currency).replace(/\.00$/, '');

const VIEW = { width: 720, height: 200 };

/** A line as paths of a drawing 720 × 200 units large, and its axis. */
export function linePaths({ points }: Block & { type: 'line' }, currency: string) {
  const values = points.map(({ value }) => value);
  const ticks = ticksOf(Math.min(...values), Math.max(...values));
  const [low, high] = [ticks[0] as number, ticks.at(-1) as number];
  const at = (value: number, index: number) => {
    const x = points.length > 1 ? (index / (points.length - 1)) * VIEW.width : 0;
    return `${x.toFixed(1)} ${(VIEW.height - ((value - low) / (high - low)) * VIEW.height).toFixed(1)}`;
  };
  const segments: { d: string; isEstimated: boolean }[] = [];
  points.slice(1).forEach((point, index) => {
    const before = points[index] as (typeof points)[number];
    const last = segments.at(-1);
    const to = `L ${at(point.value, index + 1)}`;
    if (last && last.isEstimated === point.isEstimated) last.d += ` ${to}`;
    else segments.push({ d: `M ${at(before.value, index)} ${to}`, isEstimated: point.isEstimated });
  });
  return {
    ...VIEW,
    segments,
    ticks: ticks
      .map((tick) => ({ y: (VIEW.height - ((tick - low) / (high - low)) * VIEW.height).toFixed(1), label: axisLabel(tick, currency) }))
      .reverse(),
  };
}

/** Two bars for each row in a drawing 720 × 200 units large, from a common zero. */
export function columnBars({ rows }: Block & { type: 'columns' }, currency: string) {
  const values = rows.flatMap(({ income, expenses }) => [income, expenses]);
  const ticks = ticksOf(Math.min(0, ...values), Math.max(0, ...values));
  const [low, high] = [ticks[0] as number, ticks.at(-1) as number];
  const yOf = (value: number) => VIEW.height - ((value - low) / (high - low)) * VIEW.height;
  const slot = VIEW.width / rows.length;
  const width = Math.min(22, slot * 0.34);
  const bar = (value: number, x: number, kind: 'income' | 'expenses') => ({
    x: x.toFixed(1),
    y: Math.min(yOf(value), yOf(0)).toFixed(1),
    width: width.toFixed(1),
    height: Math.abs(yOf(value) - yOf(0)).toFixed(1),
    kind,
  });
  return {
    ...VIEW,
    bars: rows.flatMap(({ income, expenses }, index) => {
      const middle = (index + 0.5) * slot;
      return [bar(income, middle - width - 1, 'income'), bar(expenses, middle + 1, 'expenses')];
    }),
    ticks: ticks.map((tick) => ({ y: yOf(tick).toFixed(1), label: axisLabel(tick, currency) })).reverse(),
  };
}
