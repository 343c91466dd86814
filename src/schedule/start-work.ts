import { randomUUID } from 'node:crypto';
import { runSync, type SyncDeps } from '../sync/job.ts';
import { claimJob, renewLease } from '../sync/queue.ts';
import { claimTask, renewTask } from '../tasks/queue.ts';
import { startWorker, type Worker } from '../tasks/worker.ts';
import { runTask } from './run-task.ts';

/** Starts what works in the background: the syncs, and the tasks of the schedule. */
export function startWork(deps: SyncDeps): Worker {
  const { database, logger } = deps;
  const owner = randomUUID();
  const syncs = startWorker(logger, {
    claim: () => claimJob(database, owner),
    run: (job) => runSync(deps, job),
    renew: (job) => renewLease(database, job),
    nameOf: (job) => ({ itemId: job.itemId }),
  });
  const tasks = startWorker(logger, {
    claim: () => claimTask(database),
    run: (task) => runTask({ ...deps, nudgeSyncs: syncs.nudge }, task),
    renew: (task) => renewTask(database, task),
    nameOf: (task) => ({ task: task.kind }),
  });
  return {
    nudge: () => {
      syncs.nudge();
      tasks.nudge();
    },
    stop: async () => {
      await Promise.all([syncs.stop(), tasks.stop()]);
    },
  };
}
