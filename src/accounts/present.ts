import { moneyOut } from '../lib/money.ts';
import { type Account, balanceOf } from './store.ts';

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
  is_asset: account.isAsset,
  is_liquid: account.isLiquid,
  include_in_net_worth: account.includeInNetWorth,
  custom_category: account.customCategory,
  last_updated: account.lastBalanceUpdate?.toISOString() ?? null,
});

/** An account as a page shows it: a debt is what one owes, hence negative; null when the bank does not say. */
const accountRow = (account: Account) => {
  const balance = balanceOf(account);
  return { ...account, shownBalance: balance && !account.isAsset ? balance.negated() : balance };
};

/** The rows of one bank's accounts. */
export const accountRowsOf = (accounts: Account[], itemId: string) =>
  accounts.filter((account) => account.itemId === itemId).map(accountRow);
