import type { Database, Queryable } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { databaseJson } from '../lib/json.ts';
import { type Money, toMoney } from '../lib/money.ts';
import type { Period } from '../lib/period.ts';
import type { Report, ReportKind } from './report.ts';

/** How many months are made up for after a long silence. */
const MONTHS_BACK_MAX = 24;
/** Writing everybody's reports one after the other leaves room for who asks meanwhile. */
const GAP_MS = 500;

export interface StoredReport {
  id: string;
  kind: ReportKind;
  period: Period;
  createdAt: Date;
}

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver hands it over
const toStored = (row: any): StoredReport => ({
  id: row.id,
  kind: row.kind,
  period: { start: row.period_start, end: row.period_end },
  createdAt: row.created_at,
});

/** Keeps a report. A month that has one already keeps that. @returns its id; null when nothing was kept */
export async function saveReport(client: Queryable, userId: string, report: Report, writtenAt: Date): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO reports (user_id, kind, period_start, period_end, payload, created_at) SELECT id, $2, $3, $4, $5, $6 FROM users WHERE id = $1
     ON CONFLICT (user_id, period_start) WHERE kind = 'month' DO NOTHING RETURNING id`,
    [userId, report.kind, report.period.start, report.period.end, databaseJson(report), writtenAt],
  );
  return rows[0]?.id ?? null;
}

/** A person's reports, the latest period first. */
export async function listReports({ pool }: Database, userId: string, limit: number): Promise<StoredReport[]> {
  const { rows } = await pool.query(
    'SELECT id, kind, period_start, period_end, created_at FROM reports WHERE user_id = $1 ORDER BY period_end DESC, created_at DESC, id LIMIT $2',
    [userId, limit],
  );
  return rows.map(toStored);
}

export async function findReport({ pool }: Database, userId: string, id: string): Promise<(StoredReport & { report: Report }) | null> {
  const { rows } = await pool.query('SELECT * FROM reports WHERE user_id = $1 AND id = $2', [userId, id]);
  return rows[0] ? { ...toStored(rows[0]), report: rows[0].payload as Report } : null;
}

export async function findMonthlyReport({ pool }: Database, userId: string, start: CalendarDate): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM reports WHERE user_id = $1 AND kind = 'month' AND period_start = $2`, [
    userId,
    start,
  ]);
  return rows[0]?.id ?? null;
}

/** Deletes a report that the person has asked for; those of months stay. @returns false when there is no such one of theirs */
export async function deleteReport({ pool }: Database, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(`DELETE FROM reports WHERE user_id = $1 AND id = $2 AND kind <> 'month'`, [userId, id]);
  return rowCount === 1;
}

/** Asks for the reports of all months that are over, from the one before a person came on, that are not written yet. */
export async function addDueReports(client: Queryable, zones: { timeZone: string; day: CalendarDate }[]): Promise<void> {
  await client.query(
    `INSERT INTO tasks (kind, subject, slot, run_after)
     SELECT 'report', users.id::text, to_char(month, 'YYYY-MM'), now() + (row_number() OVER () - 1) * interval '${GAP_MS} milliseconds' FROM unnest($1::text[], $2::date[]) AS zone(time_zone, day)
       JOIN users ON users.time_zone = zone.time_zone
       CROSS JOIN LATERAL generate_series(
         GREATEST(date_trunc('month', users.created_at AT TIME ZONE 'UTC') - interval '1 month', date_trunc('month', zone.day::timestamp) - interval '${MONTHS_BACK_MAX} months'),
         date_trunc('month', zone.day::timestamp) - interval '1 month', interval '1 month') AS month
     WHERE EXISTS (SELECT FROM accounts WHERE accounts.user_id = users.id)
       AND NOT EXISTS (SELECT FROM tasks WHERE kind = 'report' AND subject = users.id::text AND slot = to_char(month, 'YYYY-MM'))
       AND NOT EXISTS (SELECT FROM reports WHERE reports.user_id = users.id AND kind = 'month' AND period_start = month::date)
     ON CONFLICT DO NOTHING`,
    [zones.map(({ timeZone }) => timeZone), zones.map(({ day }) => day)],
  );
}

/** What each recurring stream came to in a period, by its id, in the base currency, and when it was first and last seen at all. */
export async function sumStreams({ pool }: Database, userId: string, currencies: Currencies, period: Period): Promise<Map<string, Money>> {
  const { join, condition, amount, parameters } = converted(currencies, 'transactions', 4);
  const { rows } = await pool.query<{ id: string; total: string }>(
    `SELECT recurring_stream_id AS id, sum(abs(${amount('transactions.amount')})) AS total FROM transactions ${join}
     WHERE user_id = $1 AND removed_at IS NULL AND NOT pending AND recurring_stream_id IS NOT NULL AND transactions.date BETWEEN $2 AND $3 AND ${condition}
     GROUP BY 1`,
    [userId, period.start, period.end, ...parameters],
  );
  return new Map(rows.map(({ id, total }) => [id, toMoney(total)]));
}

/** How many movements of a period have not posted. */
export async function countPending({ pool }: Database, userId: string, { start, end }: Period): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM transactions WHERE user_id = $1 AND pending AND removed_at IS NULL AND date BETWEEN $2 AND $3',
    [userId, start, end],
  );
  return rows[0]?.count ?? 0;
}

/** What was raised between two moments, in its order. */
export async function listRaised(
  { pool }: Database,
  userId: string,
  from: Date,
  until: Date,
  limit: number,
): Promise<{ title: string; severity: string; raisedAt: Date }[]> {
  const { rows } = await pool.query(
    `SELECT title, severity, raised_at AS "raisedAt" FROM alerts WHERE user_id = $1 AND raised_at >= $2 AND raised_at < $3
     ORDER BY array_position(ARRAY['urgent', 'warning', 'info'], severity), raised_at, id LIMIT $4`,
    [userId, from, until, limit],
  );
  return rows;
}
