import type { Queryable } from '../database/client.ts';
import type { ProductStatus } from '../items/store.ts';
import type { PlaidStream } from '../plaid/translate.ts';

/** The products of an item that are kept apart, each with its own state. */
export type Product = 'accounts' | 'transactions' | 'investments' | 'liabilities';
/** Plaid's own detection of what recurs is asked beside them. */
type AnyProduct = Product | 'recurring';

/** A product that an institution does not offer, or a person does not share, is asked for again after a week. */
const PROBE_AFTER_DAYS = 7;

/** Products that the bank has refused lately: not asked for until the accounts change, the link is repaired or a week has passed. */
export async function listRefusedProducts(client: Queryable, itemId: string): Promise<Set<AnyProduct>> {
  const { rows } = await client.query<{ product: AnyProduct }>(
    'SELECT product FROM plaid_item_products WHERE plaid_item_id = $1 AND probe_after > now()',
    [itemId],
  );
  return new Set(rows.map((row) => row.product));
}

/** There is a reason to ask for refused products again at once. */
export async function forgetRefusals(client: Queryable, itemId: string): Promise<void> {
  await client.query('UPDATE plaid_item_products SET probe_after = NULL WHERE plaid_item_id = $1', [itemId]);
}

/** Records how a product's step went. `errorCode` is what the bank refused it with. */
export async function saveProduct(
  client: Queryable,
  itemId: string,
  product: AnyProduct,
  status: ProductStatus,
  errorCode: string | null,
): Promise<void> {
  await client.query(
    `INSERT INTO plaid_item_products (plaid_item_id, product, status, error_code, failing_since, last_success_at, probe_after)
     VALUES ($1, $2, $3, $4, CASE WHEN $3 = 'failing' THEN now() END, CASE WHEN $3 = 'ok' THEN now() END,
       CASE WHEN $3 IN ('absent', 'consent') AND $4::text IS NOT NULL THEN now() + make_interval(days => ${PROBE_AFTER_DAYS}) END)
     ON CONFLICT (plaid_item_id, product) DO UPDATE SET status = EXCLUDED.status, error_code = EXCLUDED.error_code,
       failing_since = CASE WHEN EXCLUDED.status = 'failing' THEN COALESCE(plaid_item_products.failing_since, now()) END,
       last_success_at = COALESCE(EXCLUDED.last_success_at, plaid_item_products.last_success_at), probe_after = EXCLUDED.probe_after`,
    [itemId, product, status, errorCode],
  );
}

/** How long an answer about what recurs is good for: it costs, and changes slowly. */
const RECURRING_HOURS = 20;

export async function isRecurringDue(client: Queryable, itemId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM plaid_item_products WHERE plaid_item_id = $1 AND product = 'recurring' AND last_success_at > now() - make_interval(hours => ${RECURRING_HOURS})`,
    [itemId],
  );
  return rowCount === 0;
}

/** Makes the stored streams of Plaid's own detection the same as these. */
export async function replacePlaidStreams(client: Queryable, itemId: string, streams: PlaidStream[]): Promise<void> {
  await client.query('DELETE FROM plaid_streams WHERE plaid_item_id = $1 AND stream_id <> ALL($2::text[])', [
    itemId,
    streams.map((stream) => stream.streamId),
  ]);
  for (const stream of streams)
    await client.query(
      `INSERT INTO plaid_streams (plaid_item_id, stream_id, frequency, status, is_active, transaction_ids) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (plaid_item_id, stream_id) DO UPDATE SET frequency = EXCLUDED.frequency, status = EXCLUDED.status,
         is_active = EXCLUDED.is_active, transaction_ids = EXCLUDED.transaction_ids`,
      [itemId, stream.streamId, stream.frequency, stream.status, stream.isActive, stream.transactionIds],
    );
}
