import type { Database, Queryable } from '../database/client.ts';

/** A task whose worker has not been heard of for this long is taken up again. */
const CLAIM_S = 20;
const RETRY_FIRST_S = 15;
const RETRY_MAX_S = 6 * 3_600;

export type TaskKind = 'poll' | 'snapshot' | 'cleanup' | 'removal' | 'alerts' | 'digest' | 'report';

export interface NewTask {
  kind: TaskKind;
  subject: string;
  slot: string;
  payload?: Record<string, unknown>;
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
    `INSERT INTO tasks (kind, subject, slot, payload) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
     ON CONFLICT (kind, subject, slot) DO NOTHING`,
    [
      tasks.map((task) => task.kind),
      tasks.map((task) => task.subject),
      tasks.map((task) => task.slot),
      tasks.map((task) => JSON.stringify(task.payload ?? {})),
    ],
  );
  return rowCount ?? 0;
}

const FIELDS = 'id, kind, subject, slot, payload, attempts';
const CLAIM = `claimed_until = now() + make_interval(secs => ${CLAIM_S}), attempts = attempts + 1`;
const IS_FREE = 'done_at IS NULL AND (claimed_until IS NULL OR claimed_until < now())';

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

/** Gives the task back, to be tried again later and later, at most six hours apart. */
export async function retryTask(client: Queryable, task: ClaimedTask): Promise<void> {
  const delay = Math.min(RETRY_FIRST_S * 2 ** Math.max(0, task.attempts - 1), RETRY_MAX_S);
  await client.query('UPDATE tasks SET claimed_until = NULL, run_after = now() + make_interval(secs => $2) WHERE id = $1', [
    task.id,
    delay,
  ]);
}

/** Forgets tasks that were done before a moment. */
export async function deleteDoneTasks(client: Queryable, before: Date): Promise<void> {
  await client.query('DELETE FROM tasks WHERE done_at < $1', [before]);
}
