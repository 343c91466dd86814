import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../database/client.ts';

const TOKEN_BYTES = 32;
const MINUTES = 60;
const DAYS = 24 * 3_600;

/** How long a link is good for, in seconds. */
const GOOD_FOR_S = {
  reset_password: 15 * MINUTES,
  change_email: DAYS,
  undo_email: 3 * DAYS,
  claim_email: DAYS,
  invitation: 7 * DAYS,
};
export type LinkPurpose = keyof typeof GOOD_FOR_S;

export interface OneTimeLink {
  id: string;
  userId: string | null;
  email: string | null;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * Makes what opens one thing once. One for the same purpose and person from before is good no more; every way to undo a change stays, since
 * the changes after it may be somebody else's.
 * @returns what its holder gets
 */
export async function createLink(
  client: Queryable,
  purpose: LinkPurpose,
  { userId = null, email = null }: { userId?: string | null; email?: string | null },
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await client.query(
    `UPDATE one_time_links SET used_at = now() WHERE purpose = $1 AND used_at IS NULL AND purpose NOT IN ('invitation', 'undo_email')
       AND user_id IS NOT DISTINCT FROM $2::uuid AND ($1 <> 'claim_email' OR email = $3)`,
    [purpose, userId, email],
  );
  await client.query(
    `INSERT INTO one_time_links (purpose, token_hash, user_id, email, expires_at)
     VALUES ($1, $2, $3::uuid, $4, now() + make_interval(secs => $5))`,
    [purpose, hashOf(token), userId, email, GOOD_FOR_S[purpose]],
  );
  return token;
}

const IS_GOOD = 'purpose = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > now()';
const FIELDS = 'id, user_id AS "userId", email';

/** What a link is for, without using it; null when it is not good, or not any more. */
export async function findLink(client: Queryable, purpose: LinkPurpose, token: string): Promise<OneTimeLink | null> {
  const { rows } = await client.query<OneTimeLink>(`SELECT ${FIELDS} FROM one_time_links WHERE ${IS_GOOD}`, [purpose, hashOf(token)]);
  return rows[0] ?? null;
}

/** Uses a link up: of two who come at once one gets it. */
export async function useLink(client: Queryable, purpose: LinkPurpose, token: string): Promise<OneTimeLink | null> {
  const { rows } = await client.query<OneTimeLink>(`UPDATE one_time_links SET used_at = now() WHERE ${IS_GOOD} RETURNING ${FIELDS}`, [
    purpose,
    hashOf(token),
  ]);
  return rows[0] ?? null;
}

/**
 * What whoever knew the old password may have set going is good no more: links for another password or another address. The ways back to
 * addresses of before stay.
 */
export async function endLinks(client: Queryable, userId: string): Promise<void> {
  await client.query(
    `UPDATE one_time_links SET used_at = now() WHERE user_id = $1 AND purpose IN ('reset_password', 'change_email') AND used_at IS NULL`,
    [userId],
  );
}

/** How many links for a purpose a person has been sent in the last hour. */
export async function countRecentLinks(client: Queryable, userId: string, purpose: LinkPurpose): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM one_time_links WHERE user_id = $1 AND purpose = $2 AND created_at > now() - interval '1 hour'`,
    [userId, purpose],
  );
  return rows[0]?.count ?? 0;
}

/** Forgets links that have long been good for nothing. */
export async function deleteOldLinks(client: Queryable): Promise<void> {
  await client.query("DELETE FROM one_time_links WHERE expires_at < now() - interval '1 day'");
}
