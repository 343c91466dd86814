import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';

/**
 * Asks for a reading of every item once a day, each at its own minute of the day (UTC) so that the banks are not all asked at
 * once. What was missed while nobody was running is asked for once.
 */
export async function addDailyPolls(client: Queryable, now: Date): Promise<void> {
  await client.query(
    `INSERT INTO tasks (kind, subject, slot)
     SELECT 'poll', id::text, day::text FROM plaid_items
       JOIN LATERAL (SELECT make_interval(mins => (abs(hashtext(id::text)::bigint) % 1440)::int) AS at) AS own ON true
       JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE 'UTC' - own.at)::date AS day) AS due ON true
     WHERE status NOT IN ('removing', 'imported') AND created_at AT TIME ZONE 'UTC' < due.day + own.at
     ON CONFLICT DO NOTHING`,
    [now.toISOString()],
  );
}

export const listTimeZones = async (client: Queryable): Promise<string[]> =>
  (await client.query<{ time_zone: string }>('SELECT DISTINCT time_zone FROM users')).rows.map((row) => row.time_zone);

/** Judging everybody's alerts one after the other leaves room for who asks meanwhile. */
const ALERTS_GAP_MS = 250;

/** Asks for the snapshots and the alerts of the day that has begun, for everybody with accounts in these time zones. */
export async function addDailyTasks(client: Queryable, days: { timeZone: string; day: CalendarDate }[]): Promise<void> {
  await client.query(
    `INSERT INTO tasks (kind, subject, slot, run_after)
     SELECT task.kind, users.id::text, zone.day, now() + (row_number() OVER () - 1) * task.gap FROM unnest($1::text[], $2::text[]) AS zone(time_zone, day)
       JOIN users ON users.time_zone = zone.time_zone
       CROSS JOIN (VALUES ('snapshot', interval '0'), ('alerts', interval '${ALERTS_GAP_MS} milliseconds')) AS task(kind, gap)
     WHERE NOT EXISTS (SELECT FROM tasks WHERE tasks.kind = task.kind AND subject = users.id::text AND slot = zone.day)
       AND EXISTS (SELECT FROM accounts WHERE accounts.user_id = users.id AND is_active)
     ON CONFLICT DO NOTHING`,
    [days.map((entry) => entry.timeZone), days.map((entry) => entry.day)],
  );
}

/** Forgets what nobody looks at any more: old runs (but for an item's last), sent messages, webhooks, counters, Link sessions and notes of changes. */
export async function deleteOldRecords(client: Queryable, before: Date, changesBefore: Date): Promise<void> {
  await client.query(
    `DELETE FROM sync_runs WHERE finished_at < $1
       AND EXISTS (SELECT FROM sync_runs AS later WHERE later.plaid_item_id = sync_runs.plaid_item_id AND later.started_at > sync_runs.started_at)`,
    [before],
  );
  // What has told of an alert that is still open is kept with it: else it would be told again.
  await client.query(
    `DELETE FROM deliveries WHERE settled_at < $1 AND NOT EXISTS (
       SELECT FROM alert_deliveries JOIN alerts ON alerts.id = alert_id WHERE delivery_id = deliveries.id AND resolved_at IS NULL)`,
    [before],
  );
  await client.query('DELETE FROM webhook_events WHERE received_at < $1', [before]);
  await client.query('DELETE FROM rate_limits WHERE expire < extract(epoch FROM now()) * 1000');
  await client.query('DELETE FROM link_sessions WHERE expires_at < now()');
  await client.query('DELETE FROM data_changes WHERE changed_at < $1', [changesBefore]);
}

/** Visitors of the demonstration whose last session has ended. */
export async function listAbandonedDemoUsers({ pool }: Database, before: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM users WHERE is_demo AND created_at < $1
       AND NOT EXISTS (SELECT FROM sessions WHERE sess->'passport'->>'user' = users.id::text AND expire > now())`,
    [before],
  );
  return rows.map((row) => row.id);
}

/** Whose address went to its owner before a moment, and who has not named another one. */
export async function listWithoutAddress({ pool }: Database, before: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM users WHERE address_lost_at < $1', [before]);
  return rows.map((row) => row.id);
}
