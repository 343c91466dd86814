import { createHash } from 'node:crypto';
import { seededChance } from '../lib/chance.ts';

/** Reproducible chance: the same words always give the same numbers. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next: () => number;
  between: (low: number, high: number) => number;
  /** A price between two, in whole cents. */
  price: (low: number, high: number) => number;
  pick: <Option>(options: readonly Option[]) => Option;
  happens: (probability: number) => boolean;
}

/** Seeded by the hash of the words. */
export function chance(...words: (string | number)[]): Chance {
  const next = seededChance(createHash('sha256').update(words.join('|')).digest().readUInt32LE(0));
  const between = (low: number, high: number) => low + next() * (high - low);
  return {
    next,
    between,
    price: (low, high) => cents(between(low, high)),
    pick: (options) => options[Math.floor(next() * options.length)] as (typeof options)[number],
    happens: (probability) => next() < probability,
  };
}

/** An amount in whole cents. */
export const cents = (amount: number): number => Math.round(amount * 100) / 100;

/** An opaque identifier like Plaid's: 37 letters and digits that follow from the words. */
export function opaqueId(...words: (string | number)[]): string {
  return createHash('sha512')
    .update(words.join('|'))
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 37);
}
