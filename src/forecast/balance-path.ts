import { seededChance } from '../lib/chance.ts';
import { addDays, type CalendarDate, dayOfMonth, daysBetween } from '../lib/dates.ts';

/* Amounts here are whole cents, positive into the account: resampling adds up millions of them, and whole numbers add up exactly. */

/** Something that is due on a day: a bill, pay, the payment of a card. */
export interface DatedItem {
  date: CalendarDate;
  /** What it is most likely to be, and what it has been or may be. */
  cents: number;
  spread: number[];
  /** By how many days it has come later (positive) or earlier than it was due. */
  deviations: number[];
  /** From 0 to 1: how sure it is to come at all. */
  probability: number;
}

/** Everyday movements by day, oldest first, the last one yesterday. */
export interface EverydayHistory {
  start: CalendarDate;
  cents: number[];
}

export interface PathDay {
  date: CalendarDate;
  expected: number;
  /** The tenth and the ninetieth percentile. */
  low: number;
  high: number;
}

const PATHS = 500;
const SEED = 20_260_101;
/** Everyday movements are taken over in pieces of two weeks, so that dear and cheap times stay together. */
const BLOCK_DAYS = 14;
/** A piece is taken from the same weekday and about the same time of the month, as far as the history allows. */
const PHASE_DAYS = 4;
const CANDIDATES_MIN = 4;
const LOW = 0.1;
const HIGH = 0.9;

/**
 * The balance at the end of each of the days after `today`: many possible futures are drawn with a fixed seed (a moving-block
 * bootstrap: Künsch 1989), the expected balance is their median. In each, items come on their date moved by a deviation they have had
 * before, with an amount they have had before, and everyday movements are pieces of the past.
 */
export function balancePath(
  startCents: number,
  items: DatedItem[],
  everyday: EverydayHistory,
  today: CalendarDate,
  days: number,
): PathDay[] {
  const chance = seededChance(SEED);
  const pick = <Value>(values: Value[]): Value => values[Math.floor(chance() * values.length)] as Value;
  const blocks = blockStarts(everyday, today, days);
  // Without anything to draw from every future is the same.
  if (items.length === 0 && blocks.every((starts) => starts.length === 0)) {
    return Array.from({ length: days }, (_none, day) => ({
      date: addDays(today, day + 1),
      expected: startCents,
      low: startCents,
      high: startCents,
    }));
  }
  const balances = Array.from({ length: days }, () => new Float64Array(PATHS));
  const flows = new Float64Array(days);
  for (let path = 0; path < PATHS; path++) {
    flows.fill(0);
    for (const item of items) {
      if (item.probability < 1 && chance() >= item.probability) continue;
      const due = daysBetween(today, item.date) - 1 + (item.deviations.length > 0 ? pick(item.deviations) : 0);
      const cents = item.spread.length > 0 ? pick(item.spread) : item.cents;
      // What is due today or overdue comes tomorrow at the earliest; what is moved beyond the end does not come.
      const day = Math.max(0, due);
      if (day < days) flows[day] = (flows[day] as number) + cents;
    }
    for (let day = 0, block = 0; day < days; day += BLOCK_DAYS, block++) {
      const starts = blocks[block] as number[];
      if (starts.length === 0) continue;
      const start = pick(starts);
      for (let step = 0; step < BLOCK_DAYS && day + step < days; step++) {
        flows[day + step] = (flows[day + step] as number) + (everyday.cents[start + step] ?? 0);
      }
    }
    let balance = startCents;
    for (let day = 0; day < days; day++) {
      balance += flows[day] as number;
      (balances[day] as Float64Array)[path] = balance;
    }
  }
  return balances.map((values, day) => {
    values.sort();
    return { date: addDays(today, day + 1), expected: quantile(values, 0.5), low: quantile(values, LOW), high: quantile(values, HIGH) };
  });
}

/** The day with the lowest expected balance. */
export const lowestOf = (daily: PathDay[]): PathDay | null =>
  daily.reduce<PathDay | null>((low, day) => (low === null || day.expected < low.expected ? day : low), null);

/** For each block of the future, where in the history it may be taken from. */
function blockStarts({ start, cents }: EverydayHistory, today: CalendarDate, days: number): number[][] {
  const last = cents.length - BLOCK_DAYS;
  const starts = Array.from({ length: Math.max(0, last + 1) }, (_none, index) => index);
  const phases = starts.map((index) => dayOfMonth(addDays(start, index)));
  const blocks: number[][] = [];
  for (let day = 0; day < days; day += BLOCK_DAYS) {
    const date = addDays(today, day + 1);
    const offset = daysBetween(start, date);
    const sameWeekday = starts.filter((index) => (offset - index) % 7 === 0);
    const samePhase = sameWeekday.filter((index) => monthDistance(phases[index] as number, dayOfMonth(date)) <= PHASE_DAYS);
    blocks.push(samePhase.length >= CANDIDATES_MIN ? samePhase : sameWeekday.length > 0 ? sameWeekday : starts);
  }
  return blocks;
}

const monthDistance = (a: number, b: number) => Math.min(Math.abs(a - b), 30 - Math.abs(a - b));

/** A quantile of sorted values, rounded to a whole cent. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return Math.round(below + (above - below) * (position - Math.floor(position))) + 0;
}
