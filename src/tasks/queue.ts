import type { Database, Queryable } from '../database/client.ts';

/** A task whose worker has not been heard of for this long is taken up again. */
const CLAIM_S = 20;
const RETRY_FIRST_S = 15;
const RETRY_MAX_S = 6 * 3_600;
/** Work that has failed or been cut off so often in a row is set aside: at every start it would harm whatever runs beside it. */
export const FAILURES_MAX = 5;

export type TaskKind = 'poll' | 'snapshot' | 'cleanup' | 'removal' | 'alerts' | 'digest' | 'report' | 'refresh' | 'recovery';

export interface NewTask {
  kind: TaskKind;
  subject: string;
  slot: string;
  payload?: Record<string, unknown>;
  /** Not before so many seconds from now. */
  delayS?: number;
}

export interface ClaimedTask {
  id: string;
  kind: TaskKind;
  subject: string;
  slot: string;
  payload: Record<string, unknown>;
  attempts: number;
}

/** Adds tasks; one that is known already, done or not, stays as it is. @returns how many are new */
export async function addTasks(client: Queryable, tasks: NewTask[]): Promise<number> {
  if (tasks.length === 0) return 0;
  const { rowCount } = await client.query(
    `INSERT INTO tasks (kind, subject, slot, payload, run_after)
     SELECT kind, subject, slot, payload, now() + make_interval(secs => delay_s)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::float[]) AS new(kind, subject, slot, payload, delay_s)
     ON CONFLICT (kind, subject, slot) DO NOTHING`,
    [
      tasks.map((task) => task.kind),
      tasks.map((task) => task.subject),
      tasks.map((task) => task.slot),
      tasks.map((task) => JSON.stringify(task.payload ?? {})),
      tasks.map((task) => task.delayS ?? 0),
    ],
  );
  return rowCount ?? 0;
}

const FIELDS = 'id, kind, subject, slot, payload, attempts';
/** A claim that ran out was cut off. */
const CLAIM = `claimed_until = now() + make_interval(secs => ${CLAIM_S}), attempts = attempts + 1,
  failures = failures + (claimed_until IS NOT NULL)::integer`;
const IS_FREE = `done_at IS NULL AND parked_at IS NULL AND (claimed_until IS NULL OR claimed_until < now() AND failures < ${FAILURES_MAX - 1})`;

/** Takes the task that has waited longest, if one is due; times are the database's. */
export async function claimTask({ pool }: Database): Promise<ClaimedTask | null> {
  const { rows } = await pool.query<ClaimedTask>(
    `UPDATE tasks SET ${CLAIM}
     WHERE id = (SELECT id FROM tasks WHERE ${IS_FREE} AND run_after <= now() ORDER BY run_after FOR UPDATE SKIP LOCKED LIMIT 1)
     RETURNING ${FIELDS}`,
  );
  return rows[0] ?? null;
}

/** Takes this task now, due or not. @returns null when it is gone or somebody is at it. */
export async function claimTaskNow({ pool }: Database, { kind, subject, slot }: NewTask): Promise<ClaimedTask | null> {
  const { rows } = await pool.query<ClaimedTask>(
    `UPDATE tasks SET ${CLAIM} WHERE kind = $1 AND subject = $2 AND slot = $3 AND ${IS_FREE} RETURNING ${FIELDS}`,
    [kind, subject, slot],
  );
  return rows[0] ?? null;
}

/** Keeps a task that takes long. @returns false when it has ended. */
export async function renewTask({ pool }: Database, { id }: ClaimedTask): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE tasks SET claimed_until = now() + make_interval(secs => ${CLAIM_S}) WHERE id = $1 AND claimed_until IS NOT NULL`,
    [id],
  );
  return rowCount === 1;
}

/** The task is done; its row stays, so that its slot is not filled again. */
export async function finishTask(client: Queryable, id: string): Promise<void> {
  await client.query('UPDATE tasks SET done_at = now(), claimed_until = NULL WHERE id = $1', [id]);
}

/** The same for a task that was done by somebody else than a worker. */
export async function finishTaskNamed(client: Queryable, { kind, subject, slot }: NewTask): Promise<void> {
  await client.query('UPDATE tasks SET done_at = now(), claimed_until = NULL WHERE kind = $1 AND subject = $2 AND slot = $3', [
    kind,
    subject,
    slot,
  ]);
}

/**
 * Gives the task back, to be tried again later and later, at most six hours apart.
 * @param isFailure ours, not that of somebody who may have to be waited for: the fifth in a row sets the task aside
 * @returns whether it was set aside
 */
export async function retryTask(client: Queryable, task: ClaimedTask, isFailure: boolean): Promise<boolean> {
  const delay = Math.min(RETRY_FIRST_S * 2 ** Math.max(0, task.attempts - 1), RETRY_MAX_S);
  const { rows } = await client.query<{ is_parked: boolean }>(
    `UPDATE tasks SET claimed_until = NULL, run_after = now() + make_interval(secs => $2), failures = CASE WHEN $3 THEN failures + 1 ELSE 0 END,
       parked_at = CASE WHEN $3 AND failures + 1 >= ${FAILURES_MAX} THEN now() END
     WHERE id = $1 RETURNING parked_at IS NOT NULL AS is_parked`,
    [task.id, delay, isFailure],
  );
  return rows[0]?.is_parked ?? false;
}

export interface ParkedTask {
  id: string;
  kind: TaskKind;
  subject: string;
  slot: string;
}

/** Sets the tasks aside that were cut off too often. @returns those that were not before */
export async function parkTasks(client: Queryable): Promise<ParkedTask[]> {
  const { rows } = await client.query<ParkedTask>(
    `UPDATE tasks SET parked_at = now(), claimed_until = NULL, failures = failures + 1
     WHERE done_at IS NULL AND parked_at IS NULL AND claimed_until < now() AND failures >= ${FAILURES_MAX - 1} RETURNING id, kind, subject, slot`,
  );
  return rows;
}

/** What is set aside, the oldest first. */
export async function listParkedTasks(client: Queryable): Promise<(ParkedTask & { parkedAt: Date })[]> {
  const { rows } = await client.query<ParkedTask & { parkedAt: Date }>(
    'SELECT id, kind, subject, slot, parked_at AS "parkedAt" FROM tasks WHERE parked_at IS NOT NULL ORDER BY parked_at',
  );
  return rows;
}

/** Has everything that is set aside tried again. @returns how much that is */
export async function retryParkedTasks(client: Queryable): Promise<number> {
  const { rowCount } = await client.query('UPDATE tasks SET parked_at = NULL, failures = 0, run_after = now() WHERE parked_at IS NOT NULL');
  return rowCount ?? 0;
}

/** Forgets tasks that were done before a moment. */
export async function deleteDoneTasks(client: Queryable, before: Date): Promise<void> {
  await client.query('DELETE FROM tasks WHERE done_at < $1', [before]);
}
