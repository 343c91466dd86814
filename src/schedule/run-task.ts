import { recover } from '../access/recover.ts';
import { listActiveAccounts } from '../accounts/store.ts';
import { evaluateAlerts, sendDigest } from '../alerts/evaluate-alerts.ts';
import { deleteOldLinks } from '../auth/one-time-link-store.ts';
import { findUser } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { deleteUser, removeAtBank } from '../items/removal.ts';
import { calendarDate } from '../lib/dates.ts';
import { netWorthOf } from '../net-worth/net-worth.ts';
import { carryBalances, listDaysWithoutNetWorth, saveNetWorthSnapshot } from '../net-worth/store.ts';
import { NotYet, writeMonthlyReport } from '../reports/write-report.ts';
import { requestSync } from '../sync/queue.ts';
import { type ClaimedTask, deleteDoneTasks, finishTask, retryTask, type TaskKind } from '../tasks/queue.ts';
import { describe } from '../web/errors.ts';
import { deleteOldRecords, listAbandonedDemoUsers, listWithoutAddress } from './store.ts';

const DAY_MS = 24 * 3_600_000;
const RECORDS_KEPT_MS = 90 * DAY_MS;
/** Every request adds these up: they are kept no longer than an answer could be. */
const CHANGES_KEPT_MS = 2 * DAY_MS;
/** Longer than any slot could be asked for again. */
const TASKS_KEPT_MS = 30 * DAY_MS;
const DEMO_KEPT_MS = 2 * DAY_MS;
/** Whose address went to its owner names another one within this time. */
const LOST_ADDRESS_KEPT_MS = 30 * DAY_MS;

type TaskDeps = Pick<Deps, 'database' | 'plaid' | 'logger' | 'now' | 'refreshFigures' | 'appUrl' | 'nudgeWorker' | 'hasMailServer'> & {
  /** Tells those who sync that there is something to do. */
  nudgeSyncs: () => void;
};
type Handler = (deps: TaskDeps, task: ClaimedTask) => Promise<void>;

/** Every kind of task may be done twice: a worker that died may have done it. */
const HANDLERS: Record<Exclude<TaskKind, 'removal'>, Handler> = {
  poll: async ({ database, nudgeSyncs }, { subject }) => {
    await requestSync(database, [subject]);
    nudgeSyncs();
  },
  snapshot: async ({ database }, { subject, slot }) => {
    const user = await findUser(database, subject);
    if (!user) return;
    const today = calendarDate(slot);
    await carryBalances(database, user.id, today);
    const accounts = await listActiveAccounts(database, user.id);
    for (const { date, balances } of await listDaysWithoutNetWorth(database, user.id, today)) {
      const known = accounts.flatMap((account) => {
        const balance = balances.get(account.id);
        return balance ? [{ ...account, ...balance }] : [];
      });
      await saveNetWorthSnapshot(database, user.id, date, netWorthOf(known, user.currencies, date));
    }
  },
  // An address in it is nobody's business afterwards.
  recovery: async (deps, { id, subject }) => {
    await recover(deps, subject, deps.hasMailServer);
    await deps.database.pool.query('DELETE FROM tasks WHERE id = $1', [id]);
  },
  refresh: ({ refreshFigures }, { subject }) => refreshFigures(subject),
  alerts: (deps, { subject }) => evaluateAlerts(deps, subject),
  digest: (deps, { subject, slot }) => sendDigest(deps, subject, slot),
  report: (deps, { subject, slot, attempts }) => writeMonthlyReport(deps, subject, slot, attempts),
  cleanup: async ({ database, now }) => {
    const before = (ageMs: number) => new Date(now().getTime() - ageMs);
    await deleteOldRecords(database.pool, before(RECORDS_KEPT_MS), before(CHANGES_KEPT_MS));
    await deleteDoneTasks(database.pool, before(TASKS_KEPT_MS));
    await deleteOldLinks(database.pool);
    for (const userId of await listWithoutAddress(database, before(LOST_ADDRESS_KEPT_MS))) await deleteUser(database, userId);
    for (const userId of await listAbandonedDemoUsers(database, before(DEMO_KEPT_MS))) await deleteUser(database, userId);
  },
};

/** Does a task and ends it; one that fails is tried again later. */
export async function runTask(deps: TaskDeps, task: ClaimedTask): Promise<void> {
  const { database, logger } = deps;
  try {
    if (task.kind === 'removal') {
      const failure = await removeAtBank(deps, task);
      if (failure) logger.warn({ ...describe(failure), attempts: task.attempts }, 'a link could not be removed at the bank yet');
      return;
    }
    await HANDLERS[task.kind](deps, task);
    await finishTask(database.pool, task.id);
  } catch (error) {
    const isWaiting = error instanceof NotYet;
    const isParked = await retryTask(database.pool, task, !isWaiting);
    const { kind, attempts } = task;
    if (isWaiting) logger.info({ task: kind, reason: error.message }, 'a task waits');
    else logger.error({ ...describe(error), task: kind, attempts }, `a task failed and is ${isParked ? 'set aside' : 'tried again later'}`);
  }
}
