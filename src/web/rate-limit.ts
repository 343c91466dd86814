import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpError } from './errors.ts';

export interface Limit {
  name: string;
  points: number;
  perSeconds: number;
}

/** Limits counted in the database, so that replicas share them. When the database cannot count, nothing is let through. */
export function createRateLimits(pool: Pool) {
  const limiters = new Map<string, RateLimiterPostgres>();
  const limiterFor = ({ name, points, perSeconds }: Limit) => {
    const existing = limiters.get(name);
    if (existing) return existing;
    const limiter = new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'rate_limits',
      tableCreated: true,
      keyPrefix: name,
      points,
      duration: perSeconds,
      clearExpiredByTimeout: false,
    });
    limiters.set(name, limiter);
    return limiter;
  };
  const tooMany = (msBeforeNext: number) =>
    new HttpError(429, 'too_many_requests', 'Too many tries. Please wait a little and try again.', {
      retryAfterS: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    });

  return {
    /** Counts one use. @throws HttpError 429 when the limit is passed. */
    consume: async (limit: Limit, key: string) => {
      try {
        await limiterFor(limit).consume(key);
      } catch (refusal) {
        throw refusal instanceof RateLimiterRes ? tooMany(refusal.msBeforeNext) : refusal;
      }
    },
    /** Refuses when the limit is used up already, without counting. @throws HttpError 429 */
    check: async (limit: Limit, key: string) => {
      const used = await limiterFor(limit).get(key);
      if (used && used.remainingPoints <= 0 && used.msBeforeNext > 0) throw tooMany(used.msBeforeNext);
    },
    /** Counts one use, whatever the limit. @returns how many there have been */
    count: async (limit: Limit, key: string): Promise<number> => (await limiterFor(limit).penalty(key)).consumedPoints,
    /** How many uses there have been. */
    used: async (limit: Limit, key: string): Promise<number> => {
      const used = await limiterFor(limit).get(key);
      return used && used.msBeforeNext > 0 ? used.consumedPoints : 0;
    },
    /** Takes away what is counted of a person, whatever the limit. */
    forget: async (...keys: string[]): Promise<void> => {
      // A key is the name of its limit, a colon, and what is counted: alone, or after the network it came from.
      await pool.query(
        `DELETE FROM rate_limits WHERE substring(key FROM position(':' IN key) + 1) = ANY($1) OR split_part(substring(key FROM position(':' IN key) + 1), ' ', 2) = ANY($1)`,
        [keys],
      );
    },
    reset: async (limit: Limit, key: string) => {
      await limiterFor(limit).delete(key);
    },
  };
}

export type RateLimits = ReturnType<typeof createRateLimits>;
