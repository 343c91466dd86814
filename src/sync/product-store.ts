import type { Queryable } from '../database/client.ts';
import type { ProductStatus } from '../items/store.ts';

/** The products of an item that are kept apart, each with its own state. */
export type Product = 'accounts' | 'transactions' | 'investments' | 'liabilities';

/** A product that an institution does not offer, or a person does not share, is asked for again after a week. */
const PROBE_AFTER_DAYS = 7;

/** Products that the bank has refused lately: not asked for until the accounts change, the link is repaired or a week has passed. */
export async function listRefusedProducts(client: Queryable, itemId: string): Promise<Set<Product>> {
  const { rows } = await client.query<{ product: Product }>(
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
  product: Product,
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
