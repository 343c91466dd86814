import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database } from '../database/client.ts';
import { describe } from '../web/errors.ts';
import { type ClaimedJob, claimJob, LostLease, renewLease } from './queue.ts';

const CONCURRENCY = 3;
const POLL_MS = 1_000;
const HEARTBEAT_MS = 5_000;

export interface SyncWorker {
  /** Looks for work now instead of at the next poll. */
  nudge: () => void;
  /** Stops claiming and waits for the runs under way. */
  stop: () => Promise<void>;
}

/** Claims jobs and runs them, a few at a time, until stopped. `run` ends the job itself; after what it throws the job is taken up again when its lease ends. */
export function startWorker(database: Database, logger: Logger, run: (job: ClaimedJob) => Promise<void>): SyncWorker {
  const owner = randomUUID();
  const running = new Set<Promise<void>>();
  let stopping = false;
  let claiming: Promise<void> | null = null;
  let isNudged = false;

  const start = (job: ClaimedJob) => {
    const heartbeat = setInterval(() => {
      renewLease(database, job).catch((error) => {
        if (error instanceof LostLease) clearInterval(heartbeat);
        else logger.warn(describe(error), 'lease could not be renewed');
      });
    }, HEARTBEAT_MS);
    const work = run(job)
      .catch((error) => {
        if (error instanceof LostLease) logger.warn({ itemId: job.itemId }, 'another worker took this sync over');
        else logger.error({ ...describe(error), itemId: job.itemId }, 'sync run could not be ended');
      })
      .finally(() => {
        clearInterval(heartbeat);
        running.delete(work);
        nudge();
      });
    running.add(work);
  };

  const claimAll = async () => {
    while (!stopping && running.size < CONCURRENCY) {
      isNudged = false;
      const job = await claimJob(database, owner);
      if (job) start(job);
      else if (!isNudged) return;
    }
  };

  const nudge = () => {
    isNudged = true;
    if (stopping || claiming) return;
    claiming = claimAll()
      .catch((error) => logger.warn(describe(error), 'no job could be claimed'))
      .finally(() => {
        claiming = null;
      });
  };

  const poll = setInterval(nudge, POLL_MS);
  nudge();
  return {
    nudge,
    stop: async () => {
      stopping = true;
      clearInterval(poll);
      await claiming;
      await Promise.all(running);
    },
  };
}
