import { isInvestmentType } from '../accounts/account-class.ts';
import { type Account, balanceOf } from '../accounts/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, inBase, isConvertible } from '../lib/exchange-rates.ts';
import { type CurrencyAmount, type Money, percent, sum, sumByCurrency, ZERO } from '../lib/money.ts';

export interface NetWorth {
  currency: string;
  totalAssets: Money;
  liquidAssets: Money;
  investmentAssets: Money;
  otherAssets: Money;
  totalLiabilities: Money;
  creditCardDebt: Money;
  loanDebt: Money;
  mortgageDebt: Money;
  netWorth: Money;
  /** liquid ÷ owed; null when nothing is owed. */
  liquidityRatio: Money | null;
  /** Per cent of total assets; null when there are none. */
  allocation: { liquid: Money | null; investment: Money | null; other: Money | null };
  /** Balances in currencies without a rate: debts negative, in no sum above. */
  unconverted: CurrencyAmount[];
  /** There are balances, and none of them has a rate: the totals are not known, which is not zero. */
  isUnknown: boolean;
  /** Included accounts of which the bank states no balance. */
  unknownBalances: string[];
}

export type AssetGroup = 'liquid' | 'investment' | 'other';
type DebtGroup = 'credit' | 'mortgage' | 'loan';
const MORTGAGE_SUBTYPES = new Set(['mortgage', 'home equity', 'home equity loan']);

export const assetGroup = (account: Pick<Account, 'type'>): AssetGroup =>
  account.type === 'depository' ? 'liquid' : isInvestmentType(account.type) ? 'investment' : 'other';

export const debtGroup = (account: Pick<Account, 'type' | 'subtype'>): DebtGroup =>
  account.type === 'credit' ? 'credit' : account.type === 'loan' && MORTGAGE_SUBTYPES.has(account.subtype ?? '') ? 'mortgage' : 'loan';

/**
 * What somebody owns and owes on a day: balances with their signs, assets added, debts subtracted, other currencies at the rate of
 * the day or, without one, listed beside.
 */
export function netWorthOf(accounts: Account[], currencies: Currencies, today: CalendarDate): NetWorth {
  const included = accounts.filter((account) => account.includeInNetWorth);
  const known = included.flatMap((account) => {
    const balance = balanceOf(account);
    return balance ? [{ account, balance }] : [];
  });
  const counted = known.flatMap(({ account, balance }) => {
    const amount = inBase(currencies, balance, account.currency, today);
    return amount ? [{ account, balance: amount }] : [];
  });
  const assets = (group: AssetGroup) =>
    sum(counted.filter(({ account }) => account.isAsset && assetGroup(account) === group).map(({ balance }) => balance));
  const debts = (group: DebtGroup) =>
    sum(counted.filter(({ account }) => !account.isAsset && debtGroup(account) === group).map(({ balance }) => balance));
  const [liquidAssets, investmentAssets, otherAssets] = [assets('liquid'), assets('investment'), assets('other')];
  const [creditCardDebt, mortgageDebt, loanDebt] = [debts('credit'), debts('mortgage'), debts('loan')];
  const totalAssets = sum([liquidAssets, investmentAssets, otherAssets]);
  const totalLiabilities = sum([creditCardDebt, mortgageDebt, loanDebt]);
  return {
    currency: currencies.base,
    totalAssets,
    liquidAssets,
    investmentAssets,
    otherAssets,
    totalLiabilities,
    creditCardDebt,
    loanDebt,
    mortgageDebt,
    netWorth: totalAssets.minus(totalLiabilities),
    liquidityRatio: totalLiabilities.greaterThan(ZERO) ? liquidAssets.div(totalLiabilities) : null,
    allocation: {
      liquid: percent(liquidAssets, totalAssets),
      investment: percent(investmentAssets, totalAssets),
      other: percent(otherAssets, totalAssets),
    },
    unconverted: sumByCurrency(
      known
        .filter(({ account }) => !isConvertible(currencies, account.currency))
        .map(({ account, balance }) => ({ currency: account.currency, amount: account.isAsset ? balance : balance.negated() })),
    ),
    isUnknown: known.length > 0 && counted.length === 0,
    unknownBalances: included.filter((account) => balanceOf(account) === null).map((account) => account.id),
  };
}
