import type { Database } from '../database/client.ts';
import type { TokenVault } from '../plaid/client.ts';

const BATCH_ROWS = 500;

/** Where sealed tokens are kept: with the items, and with removals that the bank has not confirmed. */
const PLACES = [
  {
    list: `SELECT id, user_id AS "userId", item_id AS "itemId", access_token AS sealed FROM plaid_items WHERE id > $1 AND access_token <> '' ORDER BY id LIMIT ${BATCH_ROWS}`,
    save: 'UPDATE plaid_items SET access_token = $2 WHERE id = $1 AND access_token = $3',
  },
  {
    list: `SELECT id, payload->>'userId' AS "userId", subject AS "itemId", payload->>'accessToken' AS sealed FROM tasks
           WHERE kind = 'removal' AND id > $1 ORDER BY id LIMIT ${BATCH_ROWS}`,
    save: `UPDATE tasks SET payload = jsonb_set(payload, '{accessToken}', to_jsonb($2::text)) WHERE id = $1 AND payload->>'accessToken' = $3`,
  },
];
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Seals every stored access token anew with the newest key. A token that changes meanwhile is left as it is, since the app seals
 * with the newest key too; running it again is harmless. @returns how many were sealed anew.
 * @throws when a token opens with none of the keys: then nothing of it is changed.
 */
export async function rotateKeys({ pool }: Database, vault: TokenVault): Promise<number> {
  let rotated = 0;
  for (const { list, save } of PLACES) {
    for (let after = BEFORE_ALL; ; ) {
      const { rows } = await pool.query<{ id: string; userId: string; itemId: string; sealed: string }>(list, [after]);
      const last = rows.at(-1);
      if (!last) break;
      for (const row of rows.filter(({ sealed }) => !vault.isSealedByNewest(sealed))) {
        const { rowCount } = await pool.query(save, [row.id, vault.seal(vault.open(row.sealed, row), row), row.sealed]);
        rotated += rowCount ?? 0;
      }
      after = last.id;
    }
  }
  return rotated;
}
