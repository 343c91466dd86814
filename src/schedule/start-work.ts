import { randomUUID } from 'node:crypto';
import { deliver, type SendDeps } from '../mail/job.ts';
import { claimDelivery, renewDelivery } from '../mail/queue.ts';
import { findReportFile } from '../reports/write-report.ts';
import { runSync, type SyncDeps } from '../sync/job.ts';
import { claimJob, renewLease } from '../sync/queue.ts';
import { claimTask, renewTask } from '../tasks/queue.ts';
import { startWorker, type Worker } from '../tasks/worker.ts';
import { runTask } from './run-task.ts';

/** Starts what works in the background: the syncs, the tasks of the schedule, and what sends messages. */
export function startWork(deps: SyncDeps & Omit<SendDeps, 'attachReport'>): Worker {
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
    run: (task) => runTask({ ...deps, hasMailServer: deps.mailer !== null, nudgeSyncs: syncs.nudge, nudgeWorker: messages.nudge }, task),
    renew: (task) => renewTask(database, task),
    nameOf: (task) => ({ task: task.kind }),
  });
  const messages = startWorker(logger, {
    claim: () => claimDelivery(database),
    run: (delivery) => deliver({ ...deps, attachReport: (userId, id) => findReportFile(database, userId, id) }, delivery),
    renew: (delivery) => renewDelivery(database, delivery),
    nameOf: (delivery) => ({ channel: delivery.channel }),
  });
  return {
    nudge: () => {
      syncs.nudge();
      tasks.nudge();
      messages.nudge();
    },
    stop: async () => {
      await Promise.all([syncs.stop(), tasks.stop(), messages.stop()]);
    },
  };
}
