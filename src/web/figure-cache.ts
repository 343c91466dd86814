import { randomUUID } from 'node:crypto';
import type { User } from '../auth/store.ts';
import type { CalendarDate } from '../lib/dates.ts';

/** How many results are kept: the least recently used goes first. */
const ENTRIES_MAX = 500;

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
        // A failure is nobody's result: the next one tries again.
        result.catch(() => {
          if (entries.get(key) === result) entries.delete(key);
        });
        const [oldest] = entries.keys();
        if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
      }
      return result as Promise<Result>;
    },
  };
}
