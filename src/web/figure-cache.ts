import { randomUUID } from 'node:crypto';
import type { User } from '../auth/store.ts';
import type { CalendarDate } from '../lib/dates.ts';

/** How many results are kept, and how much text: the least recently used goes first. */
const ENTRIES_MAX = 500;
const CHARACTERS_MAX = 32_000_000;

/**
 * Results that stay true while a person's data and the day are the same. The key has the version of the data in it, which every change
 * of a row moves on, in whatever process it happens: nothing needs to be invalidated.
 */
export interface FigureCache {
  /** Tells this program's answers from those of another version of it. */
  id: string;
  /**
   * The result of `compute`, or the one worked out before. Who asks meanwhile waits for the same.
   * @param today null when the result is the same on every day.
   */
  remember: <Result>(user: User, today: CalendarDate | null, name: string, compute: () => Promise<Result>) => Promise<Result>;
}

export function createFigureCache(): FigureCache {
  const entries = new Map<string, Promise<unknown>>();
  const sizes = new Map<string, number>();
  let characters = 0;
  const drop = (key: string) => {
    characters -= sizes.get(key) ?? 0;
    sizes.delete(key);
    entries.delete(key);
  };
  const makeRoom = () => {
    for (const key of entries.keys()) {
      if (entries.size <= ENTRIES_MAX && characters <= CHARACTERS_MAX) return;
      drop(key);
    }
  };
  const keyOf = (user: User, today: CalendarDate | null, name: string) => `${user.id} ${user.dataVersion} ${today} ${name}`;
  return {
    id: randomUUID(),
    remember: <Result>(user: User, today: CalendarDate | null, name: string, compute: () => Promise<Result>) => {
      const key = keyOf(user, today, name);
      const known = entries.get(key);
      entries.delete(key);
      const result = known ?? compute();
      entries.set(key, result);
      if (!known) {
        result.then(
          (value) => {
            if (typeof value !== 'string' || entries.get(key) !== result) return;
            sizes.set(key, value.length);
            characters += value.length;
            makeRoom();
          },
          // A failure is nobody's result: the next one tries again.
          () => {
            if (entries.get(key) === result) drop(key);
          },
        );
        makeRoom();
      }
      return result as Promise<Result>;
    },
  };
}
