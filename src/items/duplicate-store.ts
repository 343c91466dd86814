import type { Database } from '../database/client.ts';

/** An account as the browser's Link names it before it is linked. */
export interface OfferedAccount {
  name: string | null;
  mask: string | null;
  type: string | null;
  subtype: string | null;
}

/**
 * The accounts of a person at an institution that are the same as those about to be linked. Ids differ from link to link, so they
 * are told by kind, name and mask: never by the mask alone, which many accounts share.
 */
export async function listLinkedTwins(
  { pool }: Database,
  userId: string,
  institutionId: string,
  offered: OfferedAccount[],
): Promise<{ name: string; mask: string | null }[]> {
  const { rows } = await pool.query<{ name: string; mask: string | null }>(
    `SELECT DISTINCT accounts.name, accounts.mask FROM accounts JOIN plaid_items ON plaid_items.id = accounts.plaid_item_id
       JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS offered(name, mask, type, subtype)
         ON offered.type = accounts.type AND offered.subtype IS NOT DISTINCT FROM accounts.subtype
           AND offered.mask IS NOT DISTINCT FROM accounts.mask AND lower(offered.name) IN (lower(accounts.name), lower(accounts.official_name))
     WHERE plaid_items.user_id = $1 AND plaid_items.institution_id = $2 AND plaid_items.status <> 'removing' AND accounts.is_active
     ORDER BY accounts.name`,
    [
      userId,
      institutionId,
      offered.map((account) => account.name),
      offered.map((account) => account.mask),
      offered.map((account) => account.type),
      offered.map((account) => account.subtype),
    ],
  );
  return rows;
}
