import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createListener, type Listener } from './listener.ts';

const POOL_SIZE = 12;
const SNAPSHOTS_MAX = 2;
/** How long an export waits for those before it. */
const SNAPSHOT_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;

// Calendar dates stay text: the driver would turn them into instants of the machine's time zone.
const TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.DATE ? (text: string) => text : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export interface Database {
  /** Typed reads and writes of single rows. */
  prisma: PrismaClient;
  /** Set-based SQL: aggregates and bulk writes. Dates are `YYYY-MM-DD` text, numerics text. */
  pool: pg.Pool;
  /** A few connections for what holds one for long, such as an export: never one that a request waits for. */
  snapshots: pg.Pool;
  /** Runs `work` in one database transaction, rolled back when it throws. */
  transaction: <Result>(work: (client: Queryable) => Promise<Result>) => Promise<Result>;
  /** Ids of the people whose data have changed, in whatever process it happened. */
  changes: Listener;
  close: () => Promise<void>;
}

/** What set-based SQL needs: the pool, or one connection inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

export function openDatabase(connectionString: string, onError: (error: Error) => void): Database {
  const base = {
    connectionString,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    application_name: 'financial-dashboard',
    options: '-c jit=off -c timezone=UTC -c max_parallel_workers_per_gather=0',
  };
  const pool = new pg.Pool({ ...base, types: TYPES });
  pool.on('error', onError);
  const snapshots = new pg.Pool({ ...base, types: TYPES, max: SNAPSHOTS_MAX, connectionTimeoutMillis: SNAPSHOT_TIMEOUT_MS });
  snapshots.on('error', onError);
  const changes = createListener(base, 'data_changed', onError);
  const prisma = new PrismaClient({ adapter: new PrismaPg(base) });
  return {
    prisma,
    pool,
    snapshots,
    changes,
    transaction: async (work) => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((rollbackError: Error) => {
          broken = rollbackError;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: async () => {
      await changes.close();
      await prisma.$disconnect();
      await Promise.all([pool.end(), snapshots.end()]);
    },
  };
}
