import { type Money, ZERO } from './money.ts';

/** Mean of the values; null when there are none. */
export const mean = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;

/** Middle value, or the mean of the two in the middle; null when there are none. */
export function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The same of decimal amounts; zero when there are none. */
export function medianOf(amounts: Money[]): Money {
  const sorted = [...amounts].sort((a, b) => a.comparedTo(b));
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? ZERO;
  return sorted.length % 2 === 1 ? upper : upper.plus(sorted[middle - 1] ?? ZERO).div(2);
}
