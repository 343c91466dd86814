import type { Database, Queryable } from '../database/client.ts';
import type { ConsentProduct, ItemCredentials } from '../plaid/client.ts';
import type { BankItem } from '../plaid/translate.ts';
import { forgetRefusals } from '../sync/product-store.ts';

export interface StoredItem extends ItemCredentials {
  id: string;
  institutionId: string | null;
  institutionName: string | null;
}

const CREDENTIALS = { id: true, userId: true, itemId: true, accessToken: true, institutionId: true, institutionName: true } as const;

export type ProductStatus = 'ok' | 'waiting' | 'absent' | 'consent' | 'failing';

/** A person's links with what the list of banks shows, oldest first. */
export async function listItems({ prisma }: Database, userId: string) {
  const items = await prisma.plaidItem.findMany({
    where: { userId },
    orderBy: { createdAt: 'asc' },
    select: {
      id: true,
      institutionId: true,
      institutionName: true,
      status: true,
      errorCode: true,
      errorMessage: true,
      errorSince: true,
      lastSyncedAt: true,
      transactionsStatus: true,
      consentExpirationTime: true,
      newAccountsSince: true,
      createdAt: true,
      products: { select: { product: true, status: true, failingSince: true } },
      job: { select: { requested: true, completed: true, runAfter: true, leaseExpiresAt: true, parkedAt: true } },
      _count: { select: { accounts: { where: { isActive: true } } } },
    },
  });
  return items.map(({ job, products, _count, ...item }) => ({
    ...item,
    accountCount: _count.accounts,
    isSyncing:
      job !== null &&
      job.completed < job.requested &&
      job.parkedAt === null &&
      (job.leaseExpiresAt !== null || job.runAfter.getTime() <= Date.now()),
    /** Since when it is read no more, after faults of ours. */
    parkedSince: job?.parkedAt ?? null,
    /** The earliest of the products that fail. */
    failingSince: products.reduce<Date | null>(
      (earliest, { failingSince }) => (failingSince && (!earliest || failingSince < earliest) ? failingSince : earliest),
      null,
    ),
    products: Object.fromEntries(products.map(({ product, status }) => [product, status])) as Record<string, ProductStatus>,
  }));
}
export type ListedItem = Awaited<ReturnType<typeof listItems>>[number];

/** Products of an item that the person has not agreed to share. */
export async function listConsentProducts({ pool }: Database, userId: string, id: string): Promise<ConsentProduct[]> {
  const { rows } = await pool.query<{ product: ConsentProduct }>(
    `SELECT product FROM plaid_item_products JOIN plaid_items ON plaid_items.id = plaid_item_id
     WHERE plaid_item_id = $2 AND user_id = $1 AND plaid_item_products.status = 'consent' AND product <> 'accounts'`,
    [userId, id],
  );
  return rows.map((row) => row.product);
}

export const findItem = ({ prisma }: Database, userId: string, id: string): Promise<StoredItem | null> =>
  prisma.plaidItem.findFirst({ where: { id, userId }, select: CREDENTIALS });

/** The item that Plaid calls `itemId`, whoever owns it: for webhooks, which name no user. */
export const findItemByPlaidId = ({ prisma }: Database, itemId: string): Promise<StoredItem | null> =>
  prisma.plaidItem.findUnique({ where: { itemId }, select: CREDENTIALS });

export interface ItemForSync extends StoredItem {
  status: string;
  createdAt: Date;
}

export const findItemForSync = ({ prisma }: Database, id: string): Promise<ItemForSync | null> =>
  prisma.plaidItem.findUnique({ where: { id }, select: { ...CREDENTIALS, status: true, createdAt: true } });

/**
 * Stores a freshly exchanged item, once: a second exchange of the same item renews its token.
 * @returns null when the item is somebody else's.
 */
export async function saveItem(
  { pool }: Database,
  item: ItemCredentials & { institutionId: string | null; institutionName: string | null },
): Promise<{ id: string } | null> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO plaid_items (user_id, item_id, access_token, institution_id, institution_name, updated_at)
     VALUES ($1, $2, $3, $4, $5, now())
     ON CONFLICT (item_id) DO UPDATE SET access_token = EXCLUDED.access_token, updated_at = now()
       WHERE plaid_items.user_id = EXCLUDED.user_id
     RETURNING id`,
    [item.userId, item.itemId, item.accessToken, item.institutionId, item.institutionName],
  );
  return rows[0] ?? null;
}

/** What the bank says of the item itself: its institution and when the person's consent ends. */
export async function saveItemDetails(client: Queryable, id: string, details: BankItem, institutionName: string | null): Promise<void> {
  await client.query(
    `UPDATE plaid_items SET institution_id = COALESCE($2, institution_id), institution_name = COALESCE($3, institution_name),
       consent_expiration_time = COALESCE($4, consent_expiration_time), updated_at = now() WHERE id = $1`,
    [id, details.institutionId, institutionName, details.consentExpirationTime],
  );
}

/** Marks the link as broken, keeping since when; the same error again changes nothing but the words. */
export async function saveItemError(client: Queryable, id: string, error: { code: string; message: string }): Promise<void> {
  await client.query(
    `UPDATE plaid_items SET status = 'error', error_code = $2, error_message = $3,
       error_since = CASE WHEN error_code IS NOT DISTINCT FROM $2 THEN error_since ELSE now() END, updated_at = now()
     WHERE id = $1 AND status <> 'removing'`,
    [id, error.code, error.message],
  );
}

/** The bank was read just now. */
export async function saveItemSynced(client: Queryable, id: string): Promise<void> {
  await client.query('UPDATE plaid_items SET last_synced_at = now(), updated_at = now() WHERE id = $1', [id]);
}

/** The link works again; a warning that it will end stays, unless the moment has passed. */
export async function clearItemError(client: Queryable, id: string): Promise<void> {
  await client.query(
    `UPDATE plaid_items SET status = CASE WHEN status = 'error' OR consent_expiration_time < now() THEN 'active' ELSE status END, error_code = NULL, error_message = NULL,
       error_since = NULL, updated_at = now() WHERE id = $1 AND status <> 'removing'`,
    [id],
  );
}

/** After the person has signed in again neither error nor warning holds, and products that were refused may be shared now. */
export async function saveItemRepaired({ transaction }: Database, id: string): Promise<void> {
  await transaction(async (client) => {
    await client.query(
      `UPDATE plaid_items SET status = 'active', error_code = NULL, error_message = NULL, error_since = NULL, consent_expiration_time = NULL,
         new_accounts_since = NULL, updated_at = now() WHERE id = $1 AND status <> 'removing'`,
      [id],
    );
    await forgetRefusals(client, id);
    // What the person shares again is listed at the next reading.
    await client.query('UPDATE accounts SET revoked_at = NULL WHERE plaid_item_id = $1', [id]);
  });
}

/** The link was renewed somewhere else: it will not end soon, and more may be shared. */
export async function clearItemWarning({ pool }: Database, id: string): Promise<void> {
  await forgetRefusals(pool, id);
  await pool.query(
    `UPDATE plaid_items SET status = 'active', consent_expiration_time = NULL, updated_at = now() WHERE id = $1 AND status = 'pending_expiration'`,
    [id],
  );
}

/** The institution has accounts that the person may share too. */
export async function saveNewAccounts({ pool }: Database, id: string): Promise<void> {
  await pool.query('UPDATE plaid_items SET new_accounts_since = COALESCE(new_accounts_since, now()), updated_at = now() WHERE id = $1', [
    id,
  ]);
}

/** The link will end, at a moment that the bank may name. */
export async function saveItemWarning({ pool }: Database, id: string, consentExpirationTime: string | null): Promise<void> {
  await pool.query(
    `UPDATE plaid_items SET status = 'pending_expiration', consent_expiration_time = COALESCE($2, consent_expiration_time), updated_at = now()
     WHERE id = $1 AND status = 'active'`,
    [id, consentExpirationTime],
  );
}

/** When the bank's side last told us something about a person's links; null when it never has. */
export async function findLastWebhook({ pool }: Database, userId: string): Promise<Date | null> {
  const { rows } = await pool.query<{ at: Date | null }>(
    'SELECT max(received_at) AS at FROM webhook_events WHERE item_id IN (SELECT item_id FROM plaid_items WHERE user_id = $1)',
    [userId],
  );
  return rows[0]?.at ?? null;
}
