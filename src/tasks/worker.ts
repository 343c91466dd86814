import type { Logger } from 'pino';
import { describe } from '../web/errors.ts';

const CONCURRENCY = 3;
const POLL_MS = 1_000;
const HEARTBEAT_MS = 5_000;

export interface Worker {
  /** Looks for work now instead of at the next poll. */
  nudge: () => void;
  /** Stops claiming and waits for the work under way. */
  stop: () => Promise<void>;
}

/** A kind of work kept in the database. */
export interface Work<Job> {
  /** The next piece that is due, now ours for a while; null when there is none. */
  claim: () => Promise<Job | null>;
  /** Does it and ends it; after what it throws the piece is taken up again when the claim runs out. */
  run: (job: Job) => Promise<void>;
  /** Keeps the claim of work that takes long. @returns false when it was taken over by somebody else. */
  renew: (job: Job) => Promise<boolean>;
  /** For the log. */
  nameOf: (job: Job) => Record<string, string>;
}

/** Claims work and does it, a few pieces at a time, until stopped. */
export function startWorker<Job>(logger: Logger, work: Work<Job>): Worker {
  const running = new Set<Promise<void>>();
  let stopping = false;
  let claiming: Promise<void> | null = null;
  let isNudged = false;

  const keep = (job: Job) => {
    const heartbeat = setInterval(() => {
      work.renew(job).then(
        (isOurs) => {
          if (!isOurs) clearInterval(heartbeat);
        },
        (error) => logger.warn({ ...describe(error), ...work.nameOf(job) }, 'a claim could not be renewed'),
      );
    }, HEARTBEAT_MS);
    return heartbeat;
  };

  const start = (job: Job) => {
    const heartbeat = keep(job);
    const done = work
      .run(job)
      .catch((error) => logger.error({ ...describe(error), ...work.nameOf(job) }, 'work could not be ended'))
      .finally(() => {
        clearInterval(heartbeat);
        running.delete(done);
        nudge();
      });
    running.add(done);
  };

  const claimAll = async () => {
    while (!stopping && running.size < CONCURRENCY) {
      isNudged = false;
      const job = await work.claim();
      if (job !== null) start(job);
      else if (!isNudged) return;
    }
  };

  const nudge = () => {
    isNudged = true;
    if (stopping || claiming) return;
    claiming = claimAll()
      .catch((error) => logger.warn(describe(error), 'no work could be claimed'))
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
