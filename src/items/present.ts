import { repairActionFor } from '../plaid/failure.ts';
import type { ListedItem, ProductStatus } from './store.ts';

const PRODUCTS = ['accounts', 'transactions', 'investments', 'liabilities'] as const;

/** A link as the API shows it. A product that has not been asked for yet is `waiting`. */
export const itemJson = (item: ListedItem) => ({
  id: item.id,
  institution_name: item.institutionName,
  institution_id: item.institutionId,
  status: item.status,
  last_synced: item.lastSyncedAt?.toISOString() ?? null,
  account_count: item.accountCount,
  products: Object.fromEntries(PRODUCTS.map((product) => [product, item.products[product] ?? 'waiting'])) as Record<
    (typeof PRODUCTS)[number],
    ProductStatus
  >,
  error:
    item.errorCode && item.errorSince
      ? {
          code: item.errorCode,
          message: item.errorMessage,
          since: item.errorSince.toISOString(),
          action: repairActionFor(item.errorCode),
        }
      : null,
  syncing: item.isSyncing,
});
