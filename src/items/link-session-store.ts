import type { Database } from '../database/client.ts';

/** The Link session that a person has open. */
export interface LinkSession {
  linkToken: string;
  /** The item being repaired; null while a new one is linked. */
  itemId: string | null;
}

/** Remembers a person's newest Link session, for a bank that sends the browser back from its own pages. */
export async function saveLinkSession({ pool }: Database, userId: string, session: LinkSession & { expiresAt: string }): Promise<void> {
  await pool.query(
    `INSERT INTO link_sessions (user_id, link_token, plaid_item_id, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id) DO UPDATE SET link_token = EXCLUDED.link_token, plaid_item_id = EXCLUDED.plaid_item_id, expires_at = EXCLUDED.expires_at`,
    [userId, session.linkToken, session.itemId, session.expiresAt],
  );
}

/** The session to go on with; null when there is none or it has expired. */
export async function findLinkSession({ pool }: Database, userId: string, now: Date): Promise<LinkSession | null> {
  const { rows } = await pool.query<LinkSession>(
    'SELECT link_token AS "linkToken", plaid_item_id AS "itemId" FROM link_sessions WHERE user_id = $1 AND expires_at > $2',
    [userId, now.toISOString()],
  );
  return rows[0] ?? null;
}
