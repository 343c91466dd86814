import { refreshFigures } from '../dashboard/refresh-figures.ts';
import { addTasks } from '../tasks/queue.ts';
import { describe } from '../web/errors.ts';
import { type AlertDeps, evaluateAlerts } from './evaluate-alerts.ts';

/** Of an instant as ISO text, up to its minute. */
const MINUTE_LENGTH = 16;

/**
 * Brings a person's figures up to date, then their alerts. Alerts that cannot be judged hold nothing else up: they are tried again as a
 * task of their own.
 */
export async function refreshWithAlerts(deps: AlertDeps, userId: string): Promise<void> {
  const { database, logger, now } = deps;
  await refreshFigures(database, userId, now());
  try {
    await evaluateAlerts(deps, userId);
  } catch (error) {
    logger.error(describe(error), 'alerts could not be evaluated and are tried again');
    await addTasks(database.pool, [{ kind: 'alerts', subject: userId, slot: `again ${now().toISOString().slice(0, MINUTE_LENGTH)}` }]);
  }
}
