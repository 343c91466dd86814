import type { Database, Queryable } from '../database/client.ts';
import { FAILURES_MAX } from '../tasks/queue.ts';

/** A job whose worker has not been heard of for this long is taken over. */
const LEASE_S = 20;
const BACKOFF_FIRST_S = 5;
const BACKOFF_MAX_S = 3_600;

export interface ClaimedJob {
  itemId: string;
  /** The fence: a run may write only while its job still carries this number. */
  epoch: string;
  /** Requests that this run answers. */
  requested: string;
  attempts: number;
}

/** A run's job was taken over while it worked: whatever it still holds must not be written. */
export class LostLease extends Error {}

export interface SyncRequest {
  /** When it was made, by the database's clock. */
  at: string;
}

/**
 * Asks for a sync of items (our ids). During a run it makes one more run. A job that was set aside gets one try; when a person asks, as
 * many as any other. @returns null when all are being removed, were imported, or are gone.
 */
export async function requestSync({ pool }: Database, itemIds: string[], { isByPerson = false } = {}): Promise<SyncRequest | null> {
  const { rows } = await pool.query<SyncRequest>(
    `INSERT INTO sync_jobs (plaid_item_id, requested) SELECT id, 1 FROM plaid_items WHERE id = ANY($1::uuid[]) AND status NOT IN ('removing', 'imported') ORDER BY id
     ON CONFLICT (plaid_item_id) DO UPDATE SET requested = sync_jobs.requested + 1, attempts = 0, run_after = now(), parked_at = NULL,
       faults = CASE WHEN $2 THEN 0 WHEN sync_jobs.parked_at IS NULL THEN sync_jobs.faults ELSE ${FAILURES_MAX - 1} END
     RETURNING now()::text AS at`,
    [itemIds, isByPerson],
  );
  return rows[0] ?? null;
}

/** Nobody may work on the item any more: the run under way cannot write, and nothing is left to do. */
export async function endJob(client: Queryable, itemId: string): Promise<void> {
  await client.query(
    `UPDATE sync_jobs SET epoch = epoch + 1, completed = requested, lease_owner = NULL, lease_expires_at = NULL WHERE plaid_item_id = $1`,
    [itemId],
  );
}

/** Takes the job that has waited longest, if one is due; times are the database's. */
export async function claimJob({ pool }: Database, owner: string): Promise<ClaimedJob | null> {
  const { rows } = await pool.query<ClaimedJob>(
    `UPDATE sync_jobs SET lease_owner = $1, lease_expires_at = now() + make_interval(secs => $2), epoch = epoch + 1, attempts = attempts + 1,
       faults = faults + (lease_expires_at IS NOT NULL)::integer
     WHERE plaid_item_id = (
       SELECT plaid_item_id FROM sync_jobs
       WHERE completed < requested AND parked_at IS NULL AND run_after <= now()
         AND (lease_expires_at IS NULL OR lease_expires_at < now() AND faults < ${FAILURES_MAX - 1})
       ORDER BY run_after FOR UPDATE SKIP LOCKED LIMIT 1)
     RETURNING plaid_item_id AS "itemId", epoch::text, requested::text, attempts`,
    [owner, LEASE_S],
  );
  return rows[0] ?? null;
}

/** Keeps the job for another lease. @returns false when somebody else has it. */
export async function renewLease({ pool }: Database, job: ClaimedJob): Promise<boolean> {
  const { rowCount } = await pool.query(
    'UPDATE sync_jobs SET lease_expires_at = now() + make_interval(secs => $3) WHERE plaid_item_id = $1 AND epoch = $2 AND lease_owner IS NOT NULL',
    [job.itemId, job.epoch, LEASE_S],
  );
  return rowCount === 1;
}

/** To be called first in each writing transaction of a run: nobody can take the job over until it ends. @throws LostLease */
export async function holdLease(client: Queryable, job: ClaimedJob): Promise<void> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM sync_jobs WHERE plaid_item_id = $1 AND epoch = $2 AND lease_owner IS NOT NULL FOR UPDATE',
    [job.itemId, job.epoch],
  );
  if (rowCount === 0) throw new LostLease();
}

/** Ends the job: requests made since it was claimed are left for one more run. */
export async function completeJob(client: Queryable, job: ClaimedJob): Promise<void> {
  await client.query(
    `UPDATE sync_jobs SET completed = GREATEST(completed, $3), attempts = 0, faults = 0, lease_owner = NULL, lease_expires_at = NULL
     WHERE plaid_item_id = $1 AND epoch = $2`,
    [job.itemId, job.epoch, job.requested],
  );
}

/**
 * Gives the job back to be tried again after `delayS` seconds, unless somebody asks sooner. `job.attempts` is counted on from.
 * @param isFault ours, not the bank's: the fifth in a row sets the job aside until somebody asks
 */
export async function postponeJob(client: Queryable, job: ClaimedJob, delayS: number, isFault = false): Promise<void> {
  await client.query(
    `UPDATE sync_jobs SET lease_owner = NULL, lease_expires_at = NULL, attempts = $5, faults = CASE WHEN $6 THEN faults + 1 ELSE 0 END,
       parked_at = CASE WHEN $6 AND faults + 1 >= ${FAILURES_MAX} THEN now() END,
       run_after = CASE WHEN requested > $3 THEN now() ELSE now() + make_interval(secs => $4) END
     WHERE plaid_item_id = $1 AND epoch = $2`,
    [job.itemId, job.epoch, job.requested, delayS, job.attempts, isFault],
  );
}

/** Sets the jobs aside that were cut off too often. @returns the items (our ids) of those that were not before */
export async function parkJobs(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE sync_jobs SET parked_at = now(), lease_owner = NULL, lease_expires_at = NULL, epoch = epoch + 1, faults = faults + 1
     WHERE completed < requested AND parked_at IS NULL AND lease_expires_at < now() AND faults >= ${FAILURES_MAX - 1}
     RETURNING plaid_item_id AS id`,
  );
  return rows.map(({ id }) => id);
}

/** Seconds to wait before a try: doubled each time, spread by up to half so that many jobs do not come back together. */
export function backoffS(attempts: number, spread: number): number {
  const delay = Math.min(BACKOFF_FIRST_S * 2 ** Math.max(0, attempts - 1), BACKOFF_MAX_S);
  return delay * (1 + spread / 2);
}
