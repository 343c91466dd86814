import type { Database, Queryable } from '../database/client.ts';
import { databaseJson } from '../lib/json.ts';
import type { Channel } from './notification-settings.ts';

/** A message whose sender has not been heard of for this long is taken up again. */
const CLAIM_S = 30;
const RETRY_FIRST_S = 30;
const RETRY_MAX_S = 3_600;
const GIVE_UP_HOURS = 72;
const ERROR_LENGTH_MAX = 300;

type DeliveryKind = 'alert' | 'digest' | 'report' | 'test' | 'confirm' | 'account';

/** What is sent: the words of an e-mail, or the body of a request. */
type DeliveryContent =
  | { text: string; html: string; reportId?: string; to?: string }
  | { body: unknown }
  | { text: string; priority: number; href: string | null };

export interface NewDelivery {
  channel: Channel;
  kind: DeliveryKind;
  /** The same message is queued once. */
  key: string;
  subject: string;
  content: DeliveryContent;
  alertIds?: string[];
}

export interface ClaimedDelivery extends Omit<NewDelivery, 'alertIds'> {
  id: string;
  userId: string;
  attempts: number;
}

/**
 * Queues a message, with the alerts that it tells of: an alert that went out on this channel before, or a message that is known, queues
 * nothing.
 * @param waitMs how long it has to wait, for the person's quiet hours
 */
export async function addDelivery(client: Queryable, userId: string, delivery: NewDelivery, waitMs: number): Promise<void> {
  const { channel, kind, key, subject, content, alertIds = [] } = delivery;
  await client.query(
    `WITH fresh AS (
       SELECT id FROM unnest($7::uuid[]) AS told(id) WHERE NOT EXISTS (SELECT FROM alert_deliveries WHERE alert_id = told.id AND channel = $2)),
     queued AS (
       INSERT INTO deliveries (user_id, channel, kind, key, subject, content, run_after)
       SELECT $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $8) WHERE cardinality($7::uuid[]) = 0 OR EXISTS (SELECT FROM fresh)
       ON CONFLICT (user_id, channel, key) DO NOTHING RETURNING id)
     INSERT INTO alert_deliveries (alert_id, channel, delivery_id) SELECT fresh.id, $2, queued.id FROM fresh CROSS JOIN queued`,
    [userId, channel, kind, key, subject, databaseJson(content), alertIds, waitMs / 1_000],
  );
}

/** Takes the message that has waited longest, if one is due; times are the database's. */
export async function claimDelivery({ pool }: Database): Promise<ClaimedDelivery | null> {
  const { rows } = await pool.query<ClaimedDelivery>(
    `UPDATE deliveries SET claimed_until = now() + make_interval(secs => ${CLAIM_S}), attempts = attempts + 1
     WHERE id = (SELECT id FROM deliveries WHERE status = 'waiting' AND run_after <= now() AND (claimed_until IS NULL OR claimed_until < now())
       ORDER BY run_after FOR UPDATE SKIP LOCKED LIMIT 1)
     RETURNING id, user_id AS "userId", channel, kind, key, subject, content, attempts`,
  );
  return rows[0] ?? null;
}

/** Keeps a message whose sending takes long. @returns false when it is settled */
export async function renewDelivery({ pool }: Database, { id }: ClaimedDelivery): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE deliveries SET claimed_until = now() + make_interval(secs => ${CLAIM_S}) WHERE id = $1 AND claimed_until IS NOT NULL`,
    [id],
  );
  return rowCount === 1;
}

/** It is sent, or kept because there is nowhere to send it. What opens an account is not kept. */
export async function settleDelivery(
  { pool }: Database,
  { id, attempts }: ClaimedDelivery,
  status: 'sent' | 'kept',
  why: string | null = null,
): Promise<void> {
  await pool.query(
    `UPDATE deliveries SET status = $2, settled_at = now(), claimed_until = NULL, error = $3,
       content = CASE WHEN kind = 'account' THEN '{}' ELSE content END WHERE id = $1 AND attempts = $4`,
    [id, status, why, attempts],
  );
}

/** A message that will not be sent tells nobody: what it was about may be told by another one. */
export async function forgetTold({ pool }: Database, { id }: ClaimedDelivery): Promise<void> {
  await pool.query('DELETE FROM alert_deliveries WHERE delivery_id = $1', [id]);
}

/** It was not sent: it is tried again later and later, at most an hour apart, and given up after three days. */
export async function retryDelivery({ pool }: Database, { id, attempts }: ClaimedDelivery, error: string, isFinal: boolean): Promise<void> {
  const delay = Math.min(RETRY_FIRST_S * 2 ** Math.max(0, attempts - 1), RETRY_MAX_S);
  await pool.query(
    `UPDATE deliveries SET error = $3, claimed_until = NULL, run_after = now() + make_interval(secs => $2),
       status = CASE WHEN $4 OR created_at < now() - interval '${GIVE_UP_HOURS} hours' THEN 'failed' ELSE status END,
       settled_at = CASE WHEN $4 OR created_at < now() - interval '${GIVE_UP_HOURS} hours' THEN now() END WHERE id = $1 AND status = 'waiting' AND attempts = $5`,
    [id, delay, error.slice(0, ERROR_LENGTH_MAX), isFinal, attempts],
  );
}

/** It may not be sent yet, which is no failure. */
export async function postponeDelivery({ pool }: Database, { id }: ClaimedDelivery, waitMs: number): Promise<void> {
  await pool.query(
    'UPDATE deliveries SET claimed_until = NULL, attempts = attempts - 1, run_after = now() + make_interval(secs => $2) WHERE id = $1',
    [id, waitMs / 1_000],
  );
}

export interface SentMessage {
  id: string;
  channel: Channel;
  kind: DeliveryKind;
  subject: string;
  text: string;
  status: 'waiting' | 'sent' | 'kept' | 'failed';
  error: string | null;
  createdAt: Date;
}

/** The latest of what was sent to a person, or would have been. */
export async function listDeliveries({ prisma }: Database, userId: string, limit: number): Promise<SentMessage[]> {
  const rows = await prisma.delivery.findMany({ where: { userId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: limit });
  return rows.map((row) => {
    const content = row.content as { text?: string };
    return {
      id: row.id,
      channel: row.channel as Channel,
      kind: row.kind as DeliveryKind,
      subject: row.subject,
      // What proves that somebody reads an address is shown to nobody else.
      text:
        row.kind === 'confirm' || row.kind === 'account'
          ? 'A link that only who reads this address can open.'
          : (content.text ?? JSON.stringify(row.content, null, 2)),
      status: row.status as SentMessage['status'],
      error: row.error,
      createdAt: row.createdAt,
    };
  });
}
