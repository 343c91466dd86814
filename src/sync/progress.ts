import type { Database, Queryable } from '../database/client.ts';
import type { SyncRequest } from './queue.ts';

export type Phase = 'accounts' | 'transactions' | 'investments' | 'liabilities' | 'figures' | 'done';
export type RunStatus = 'running' | 'succeeded' | 'partial' | 'failed' | 'abandoned';

export interface Counts {
  accounts_synced: number;
  transactions_synced: number;
  holdings_synced: number;
  investment_transactions_synced: number;
  liabilities_synced: number;
  added: number;
  changed: number;
  removed: number;
}

export const noCounts = (): Counts => ({
  accounts_synced: 0,
  transactions_synced: 0,
  holdings_synced: 0,
  investment_transactions_synced: 0,
  liabilities_synced: 0,
  added: 0,
  changed: 0,
  removed: 0,
});

export interface RunError {
  product: string;
  code: string;
  message: string;
}

/** Opens the row of a run and closes that of one that died. */
export async function startRun(client: Queryable, itemId: string): Promise<string> {
  await client.query(`UPDATE sync_runs SET status = 'abandoned', finished_at = now() WHERE plaid_item_id = $1 AND status = 'running'`, [
    itemId,
  ]);
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO sync_runs (plaid_item_id, status, phase) VALUES ($1, 'running', 'accounts') RETURNING id`,
    [itemId],
  );
  return (rows[0] as { id: string }).id;
}

export async function savePhase({ pool }: Database, runId: string, phase: Phase, counts: Counts): Promise<void> {
  await pool.query(`UPDATE sync_runs SET phase = $2, counts = $3 WHERE id = $1 AND status = 'running'`, [
    runId,
    phase,
    JSON.stringify(counts),
  ]);
}

export async function finishRun(client: Queryable, runId: string, status: RunStatus, counts: Counts, errors: RunError[]): Promise<void> {
  await client.query(
    `UPDATE sync_runs SET status = $2, phase = CASE WHEN $2 = 'failed' THEN phase ELSE 'done' END, counts = $3, errors = $4, finished_at = now()
     WHERE id = $1 AND status = 'running'`,
    [runId, status, JSON.stringify(counts), JSON.stringify(errors)],
  );
}

export interface SyncRun {
  status: RunStatus;
  phase: Phase;
  counts: Counts;
  errors: RunError[];
  startedAt: Date;
  finishedAt: Date | null;
}

/** The newest run of an item, as the page that waits for it sees it. */
export const findLatestRun = async (database: Database, itemId: string): Promise<SyncRun | null> =>
  (await selectRuns(database, 'plaid_item_id = $1 ORDER BY started_at DESC LIMIT 1', [itemId]))[0] ?? null;

/** The first run that began after the request and came to an end, whether well or not; null while there is none. */
export const findAnsweringRun = async (database: Database, itemId: string, request: SyncRequest): Promise<SyncRun | null> =>
  (
    await selectRuns(
      database,
      `plaid_item_id = $1 AND started_at >= $2 AND finished_at IS NOT NULL AND status <> 'abandoned' ORDER BY started_at LIMIT 1`,
      [itemId, request.at],
    )
  )[0] ?? null;

/** The last runs of each of a person's items, newest first, by item id. */
export async function listRecentRuns({ pool }: Database, userId: string, perItem: number): Promise<Map<string, SyncRun[]>> {
  const { rows } = await pool.query<SyncRun & { itemId: string }>(
    `SELECT plaid_items.id AS "itemId", run.* FROM plaid_items
       JOIN LATERAL (SELECT ${RUN_FIELDS} FROM sync_runs WHERE plaid_item_id = plaid_items.id ORDER BY started_at DESC LIMIT $2) AS run ON true
     WHERE user_id = $1`,
    [userId, perItem],
  );
  const runs = new Map<string, SyncRun[]>();
  for (const { itemId, ...row } of rows) runs.set(itemId, [...(runs.get(itemId) ?? []), withCounts(row)]);
  return runs;
}

const RUN_FIELDS = 'status, phase, counts, errors, started_at AS "startedAt", finished_at AS "finishedAt"';
const withCounts = (row: SyncRun): SyncRun => ({ ...row, counts: { ...noCounts(), ...row.counts } });

async function selectRuns({ pool }: Database, where: string, parameters: unknown[]): Promise<SyncRun[]> {
  const { rows } = await pool.query<SyncRun>(`SELECT ${RUN_FIELDS} FROM sync_runs WHERE ${where}`, parameters);
  return rows.map(withCounts);
}
