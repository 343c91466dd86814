import type { Database, Queryable } from '../database/client.ts';
import { type NotificationSettings, STANDARD } from './notification-settings.ts';

/** What is sealed of a person's settings, to be opened only by what sends. */
export interface SealedSecrets {
  webhookSecret: string | null;
  ntfyToken: string | null;
}

/** How a person wants to be told, and the secrets that belong to it. */
export async function findNotificationSettings({ prisma }: Database, userId: string): Promise<NotificationSettings & SealedSecrets> {
  const row = await prisma.notificationSettings.findUnique({ where: { userId } });
  if (!row) return { ...STANDARD, webhookSecret: null, ntfyToken: null };
  const { userId: _userId, updatedAt: _updatedAt, digest, ...rest } = row;
  return { ...rest, digest: digest as NotificationSettings['digest'], hasNtfyToken: row.ntfyToken !== null };
}

export type NotificationChanges = Partial<Omit<NotificationSettings, 'hasNtfyToken'> & SealedSecrets>;

/** Saves what a person changes of it. */
export async function saveNotificationSettings({ prisma }: Database, userId: string, changes: NotificationChanges): Promise<void> {
  await prisma.notificationSettings.upsert({ where: { userId }, create: { userId, ...changes }, update: changes });
}

/** One kind of e-mail is switched off, by whoever holds the link to do so. @returns false when the person is gone */
export async function switchOffMail({ pool }: Database, userId: string, what: 'alert' | 'digest' | 'report'): Promise<boolean> {
  const [column, value] = { alert: ['urgent_email', 'false'], digest: ['digest', "'off'"], report: ['report_email', 'false'] }[what];
  const { rowCount } = await pool.query(
    `INSERT INTO notification_settings (user_id, ${column}) SELECT id, ${value} FROM users WHERE id = $1
     ON CONFLICT (user_id) DO UPDATE SET ${column} = EXCLUDED.${column}, updated_at = now()`,
    [userId],
  );
  return rowCount === 1;
}

/**
 * Asks for the digests that have become due, for everybody in these time zones: also for who has nothing to be told, so that what is
 * raised later waits for the next one. A moment before the settings were changed last is none of theirs.
 */
export async function addDueDigests(client: Queryable, zones: { timeZone: string; day: string; hour: number }[]): Promise<void> {
  await client.query(
    `INSERT INTO tasks (kind, subject, slot)
     SELECT 'digest', users.id::text, due.day::text FROM unnest($1::text[], $2::date[], $3::int[]) AS zone(time_zone, day, hour)
       JOIN users ON users.time_zone = zone.time_zone
       LEFT JOIN notification_settings AS own ON own.user_id = users.id
       CROSS JOIN LATERAL (SELECT COALESCE(own.digest, '${STANDARD.digest}') AS digest, COALESCE(own.digest_weekday, ${STANDARD.digestWeekday}) AS weekday,
         zone.day - (zone.hour < COALESCE(own.digest_hour, ${STANDARD.digestHour}))::int AS day) AS last
       CROSS JOIN LATERAL (SELECT CASE WHEN last.digest = 'weekly' THEN last.day - (extract(dow FROM last.day)::int - last.weekday + 7) % 7 ELSE last.day END AS day) AS due
     WHERE last.digest <> 'off' AND due.day > users.created_at::date AND due.day > COALESCE(own.updated_at, users.created_at)::date
     ON CONFLICT DO NOTHING`,
    [zones.map(({ timeZone }) => timeZone), zones.map(({ day }) => day), zones.map(({ hour }) => hour)],
  );
}
