import type { Database, Queryable } from '../database/client.ts';
import { databaseJson } from '../lib/json.ts';
import { type Money, toMoney } from '../lib/money.ts';
import type { AlertChanges, KnownAlert, RuleSetting } from './life.ts';
import type { Finding, Severity } from './rule.ts';

interface Evidence {
  why: { label: string; value: string }[];
  amount: { value: Money; currency: string } | null;
  transactionIds: string[];
  href: string | null;
}

export interface Alert {
  id: string;
  kind: string;
  severity: Severity;
  title: string;
  body: string;
  subject: { id: string; label: string };
  evidence: Evidence;
  raisedAt: Date;
  resolvedAt: Date | null;
  readAt: Date | null;
  snoozedUntil: Date | null;
  dismissedAt: Date | null;
  updatedAt: Date;
}

const evidenceJson = ({ why, amount, transactionIds, href }: Finding) =>
  databaseJson({
    why,
    amount: amount && { value: amount.value.toFixed(), currency: amount.currency },
    transaction_ids: transactionIds,
    href,
  });

interface StoredEvidence {
  why?: { label: string; value: string }[];
  amount?: { value: string; currency: string } | null;
  transaction_ids?: string[];
  href?: string | null;
}

const toEvidence = (stored: StoredEvidence): Evidence => ({
  why: (stored.why ?? []).map(({ label, value }) => ({ label, value })),
  amount: stored.amount ? { value: toMoney(stored.amount.value), currency: stored.amount.currency } : null,
  transactionIds: stored.transaction_ids ?? [],
  href: stored.href ?? null,
});

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver hands it over
const toAlert = (row: any): Alert => ({
  id: row.id,
  kind: row.kind,
  severity: row.severity,
  title: row.title,
  body: row.body,
  subject: { id: row.subject, label: row.subject_label },
  evidence: toEvidence(row.evidence),
  raisedAt: row.raised_at,
  resolvedAt: row.resolved_at,
  readAt: row.read_at,
  snoozedUntil: row.snoozed_until,
  dismissedAt: row.dismissed_at,
  updatedAt: row.updated_at,
});

/**
 * Lets one evaluation of a person's alerts at a time go on.
 * @returns false when facts read later than these have been judged already, or the person is gone
 */
export async function beginEvaluation(client: Queryable, userId: string, factsAt: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO alert_evaluations (user_id, facts_at) SELECT id, $2 FROM users WHERE id = $1
     ON CONFLICT (user_id) DO UPDATE SET facts_at = EXCLUDED.facts_at WHERE alert_evaluations.facts_at <= EXCLUDED.facts_at`,
    [userId, factsAt],
  );
  return rowCount === 1;
}

/** The latest alert of every key. */
export async function listKnownAlerts(client: Queryable, userId: string): Promise<KnownAlert[]> {
  const { rows } = await client.query(
    'SELECT DISTINCT ON (dedup_key) * FROM alerts WHERE user_id = $1 ORDER BY dedup_key, raised_at DESC, id DESC',
    [userId],
  );
  return rows.map((row) => {
    const { severity, title, body, evidence } = toAlert(row);
    return {
      id: row.id,
      kind: row.kind,
      key: row.dedup_key,
      severity,
      resolvedAt: row.resolved_at,
      content: JSON.stringify([severity, title, body, evidence.why, evidence.transactionIds, evidence.href]),
    };
  });
}

/** Makes the changes of an evaluation. @returns the ids of what was raised, in its order */
export async function saveAlertChanges(client: Queryable, userId: string, changes: AlertChanges, now: Date): Promise<string[]> {
  const raised: string[] = [];
  for (const finding of changes.raise) {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO alerts (user_id, kind, dedup_key, subject, subject_label, severity, title, body, evidence, raised_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id`,
      [userId, finding.kind, finding.key, ...contentColumns(finding), now],
    );
    raised.push((rows[0] as { id: string }).id);
  }
  const save = (id: string, finding: Finding, more: string) =>
    client.query(
      `UPDATE alerts SET subject = $2, subject_label = $3, severity = $4, title = $5, body = $6, evidence = $7, updated_at = $8 ${more} WHERE id = $1`,
      [id, ...contentColumns(finding), now],
    );
  for (const { id, finding } of changes.reopen) await save(id, finding, ', resolved_at = NULL');
  for (const { id, finding, isWorse } of changes.update) await save(id, finding, isWorse ? ', read_at = NULL, snoozed_until = NULL' : '');
  await client.query('UPDATE alerts SET resolved_at = $2, updated_at = $2 WHERE id = ANY($1::uuid[])', [changes.resolve, now]);
  return raised;
}

const contentColumns = (finding: Finding): string[] => [
  finding.subject.id,
  finding.subject.label,
  finding.severity,
  finding.title,
  finding.body,
  evidenceJson(finding),
];

/** Which part of the alerts: those that want attention, those put off, those that are over or were dismissed. */
export const ALERT_STATES = ['open', 'snoozed', 'past'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

const IN_STATE: Record<AlertState, string> = {
  open: 'resolved_at IS NULL AND dismissed_at IS NULL AND (snoozed_until IS NULL OR snoozed_until <= $2)',
  snoozed: 'resolved_at IS NULL AND dismissed_at IS NULL AND snoozed_until > $2',
  past: '(resolved_at IS NOT NULL OR dismissed_at IS NOT NULL) AND $2::timestamptz IS NOT NULL',
};

/** A person's alerts of one state, the most important first, the newest before the older. */
export async function listAlerts(
  { pool }: Database,
  userId: string,
  state: AlertState,
  now: Date,
  page: { limit: number; offset: number },
): Promise<Alert[]> {
  const order = state === 'past' ? 'updated_at DESC' : `array_position(ARRAY['urgent', 'warning', 'info'], severity), raised_at DESC`;
  const { rows } = await pool.query(
    `SELECT * FROM alerts WHERE user_id = $1 AND ${IN_STATE[state]} ORDER BY ${order}, id LIMIT $3 OFFSET $4`,
    [userId, now, page.limit, page.offset],
  );
  return rows.map(toAlert);
}

/** How many there are of each state, and how many of the open ones have not been read. */
export async function countAlerts({ pool }: Database, userId: string, now: Date): Promise<Record<AlertState | 'unread', number>> {
  const { rows } = await pool.query<Record<AlertState | 'unread', number>>({
    name: 'count-alerts',
    text: `SELECT count(*) FILTER (WHERE ${IN_STATE.open})::int AS open, count(*) FILTER (WHERE ${IN_STATE.open} AND read_at IS NULL)::int AS unread,
       count(*) FILTER (WHERE ${IN_STATE.snoozed})::int AS snoozed, count(*) FILTER (WHERE ${IN_STATE.past})::int AS past
     FROM alerts WHERE user_id = $1`,
    values: [userId, now],
  });
  return rows[0] as Record<AlertState | 'unread', number>;
}

export async function findAlert({ pool }: Database, userId: string, id: string): Promise<Alert | null> {
  const { rows } = await pool.query('SELECT * FROM alerts WHERE user_id = $1 AND id = $2', [userId, id]);
  return rows[0] ? toAlert(rows[0]) : null;
}

/** Those of some alerts that are the person's. */
export async function findAlerts(client: Queryable, userId: string, ids: string[]): Promise<Alert[]> {
  const { rows } = await client.query(
    `SELECT * FROM alerts WHERE user_id = $1 AND id = ANY($2::uuid[])
     ORDER BY array_position(ARRAY['urgent', 'warning', 'info'], severity), raised_at DESC, id`,
    [userId, ids],
  );
  return rows.map(toAlert);
}

/** Open alerts that no e-mail has told of and nobody has read, the most important first. */
export async function listUntold(client: Queryable, userId: string, now: Date): Promise<Alert[]> {
  const { rows } = await client.query(
    `SELECT * FROM alerts WHERE user_id = $1 AND ${IN_STATE.open} AND read_at IS NULL
       AND NOT EXISTS (SELECT FROM alert_deliveries WHERE alert_id = alerts.id AND channel = 'email')
     ORDER BY array_position(ARRAY['urgent', 'warning', 'info'], severity), raised_at DESC, id`,
    [userId, now],
  );
  return rows.map(toAlert);
}

export interface AlertMarks {
  isRead?: boolean | undefined;
  /** Null wakes it. */
  snoozedUntil?: Date | null | undefined;
  isDismissed?: boolean | undefined;
}

/** Saves what a person says of some alerts. @returns how many of them are theirs */
export async function markAlerts({ pool }: Database, userId: string, ids: string[], marks: AlertMarks, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE alerts SET
       read_at = CASE $3::boolean WHEN true THEN COALESCE(read_at, $6) WHEN false THEN NULL ELSE read_at END,
       snoozed_until = CASE WHEN $4 THEN $5::timestamptz ELSE snoozed_until END,
       dismissed_at = CASE $7::boolean WHEN true THEN COALESCE(dismissed_at, $6) WHEN false THEN NULL ELSE dismissed_at END,
       updated_at = $6
     WHERE user_id = $1 AND id = ANY($2::uuid[])`,
    [userId, ids, marks.isRead ?? null, marks.snoozedUntil !== undefined, marks.snoozedUntil ?? null, now, marks.isDismissed ?? null],
  );
  return rowCount ?? 0;
}

/** Marks every open alert as read. */
export async function readAllAlerts({ pool }: Database, userId: string, now: Date): Promise<void> {
  await pool.query(`UPDATE alerts SET read_at = $2, updated_at = $2 WHERE user_id = $1 AND ${IN_STATE.open} AND read_at IS NULL`, [
    userId,
    now,
  ]);
}

/** Never again this kind about this subject: what is open of it is dismissed, what comes is not raised. */
export async function muteSubject(database: Database, userId: string, alert: Pick<Alert, 'kind' | 'subject'>, now: Date): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(
      `INSERT INTO alert_mutes (user_id, kind, subject, label) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, kind, subject) DO NOTHING`,
      [userId, alert.kind, alert.subject.id, alert.subject.label],
    );
    await client.query(
      'UPDATE alerts SET dismissed_at = $4, updated_at = $4 WHERE user_id = $1 AND kind = $2 AND subject = $3 AND resolved_at IS NULL AND dismissed_at IS NULL',
      [userId, alert.kind, alert.subject.id, now],
    );
  });
}

export interface Mute {
  id: string;
  kind: string;
  subject: string;
  label: string;
}

export async function listMutes(client: Queryable, userId: string): Promise<Mute[]> {
  const { rows } = await client.query<Mute>(
    'SELECT id, kind, subject, label FROM alert_mutes WHERE user_id = $1 ORDER BY kind, label, id',
    [userId],
  );
  return rows;
}

/** @returns false when it is not theirs */
export async function deleteMute({ pool }: Database, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('DELETE FROM alert_mutes WHERE user_id = $1 AND id = $2', [userId, id]);
  return rowCount === 1;
}

/** What a person has changed of the rules, by kind. */
export async function listRuleSettings(client: Queryable, userId: string): Promise<Map<string, RuleSetting>> {
  const { rows } = await client.query<{ kind: string; is_enabled: boolean; parameters: Record<string, string> }>(
    'SELECT kind, is_enabled, parameters FROM alert_rules WHERE user_id = $1',
    [userId],
  );
  return new Map(
    rows.map((row) => [
      row.kind,
      {
        isEnabled: row.is_enabled,
        thresholds: new Map(Object.entries(row.parameters).map(([name, value]) => [name, toMoney(value)])),
      },
    ]),
  );
}

/** Saves what a person changes of a rule; thresholds that are not named stay. */
export async function saveRuleSetting(
  { pool }: Database,
  userId: string,
  kind: string,
  isEnabled: boolean | undefined,
  thresholds: Map<string, Money>,
): Promise<void> {
  const parameters = JSON.stringify(Object.fromEntries([...thresholds].map(([name, value]) => [name, value.toFixed()])));
  await pool.query(
    `INSERT INTO alert_rules (user_id, kind, is_enabled, parameters) VALUES ($1, $2, COALESCE($3, true), $4)
     ON CONFLICT (user_id, kind) DO UPDATE SET is_enabled = COALESCE($3, alert_rules.is_enabled), parameters = alert_rules.parameters || EXCLUDED.parameters`,
    [userId, kind, isEnabled ?? null, parameters],
  );
}
