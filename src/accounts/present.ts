import { moneyOut, percentOut } from '../lib/money.ts';
import type { TwinPair } from './duplicate-store.ts';
import { type Account, balanceOf } from './store.ts';

/** An account's name with what its number ends in. */
export const nameOfAccount = ({ name, mask }: Pick<Account, 'name' | 'mask'>): string => (mask ? `${name} ··${mask}` : name);

/** An account as the API shows it. */
export const accountJson = (account: Account) => ({
  id: account.id,
  item_id: account.itemId,
  institution_name: account.institutionName,
  name: account.name,
  official_name: account.officialName,
  type: account.type,
  subtype: account.subtype,
  mask: account.mask,
  currency: account.currency,
  balance: moneyOut(balanceOf(account)),
  balance_available: moneyOut(account.balanceAvailable),
  balance_current: moneyOut(account.balanceCurrent),
  balance_limit: moneyOut(account.balanceLimit),
  margin_loan_amount: moneyOut(account.marginLoanAmount),
  apy: percentOut(account.apy),
  is_asset: account.isAsset,
  is_liquid: account.isLiquid,
  include_in_net_worth: account.includeInNetWorth,
  custom_category: account.customCategory,
  last_updated: account.lastBalanceUpdate?.toISOString() ?? null,
  balance_as_of: account.balanceAsOf?.toISOString() ?? null,
});

/** Two accounts that may be one, as the API shows them. */
export const twinPairJson = ({ twins, shared, isSameById }: TwinPair) => ({
  accounts: twins.map(({ account, movementCount, since }) => ({ ...accountJson(account), transaction_count: movementCount, since })),
  shared_transactions: shared,
  same_by_id: isSameById,
});

/** An account as a page shows it: a debt is what one owes, hence negative; null when the bank does not say. */
export const accountRow = (account: Account) => {
  const balance = balanceOf(account);
  return { ...account, fullName: nameOfAccount(account), shownBalance: balance && !account.isAsset ? balance.negated() : balance };
};

/** The rows of one bank's accounts. */
export const accountRowsOf = (accounts: Account[], itemId: string) =>
  accounts.filter((account) => account.itemId === itemId).map(accountRow);
