import { isInvestmentType } from '../accounts/account-class.ts';
import { type Account, balanceOf } from '../accounts/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, inBase } from '../lib/exchange-rates.ts';
import { Money, sum, ZERO } from '../lib/money.ts';
import type { ValuedPosition } from './portfolio.ts';

/** An investment account whose balance is not what its holdings come to. Amounts in the base currency. */
export interface BalanceDifference {
  accountId: string;
  name: string;
  balance: Money;
  holdingsValue: Money;
  /** Balance less holdings. */
  difference: Money;
}

/** Each value has been rounded to a cent. */
const ROUNDING = new Money('0.01');

/**
 * The accounts whose holdings do not add up to their balance. A margin loan explains a difference of its amount; accounts without a
 * balance or a rate say nothing.
 */
export function balanceDifferences(
  accounts: Account[],
  holdings: ValuedPosition[],
  currencies: Currencies,
  today: CalendarDate,
): BalanceDifference[] {
  return accounts.flatMap((account) => {
    const balance = balanceOf(account);
    if (!isInvestmentType(account.type) || !balance) return [];
    const own = holdings.filter((holding) => holding.accountId === account.id);
    const values = own.flatMap(({ baseValue }) => baseValue ?? []);
    const [inBaseCurrency, margin] = [balance, account.marginLoanAmount ?? ZERO].map((amount) =>
      inBase(currencies, amount, account.currency, today),
    );
    if (!inBaseCurrency || !margin || values.length < own.length) return [];
    const holdingsValue = sum(values);
    const difference = inBaseCurrency.minus(holdingsValue);
    const isExplained = [difference, difference.plus(margin)].some((open) => open.abs().lessThanOrEqualTo(ROUNDING.times(own.length + 1)));
    return isExplained ? [] : [{ accountId: account.id, name: account.name, balance: inBaseCurrency, holdingsValue, difference }];
  });
}
