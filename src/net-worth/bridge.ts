import type { CalendarDate } from '../lib/dates.ts';
import { Money } from '../lib/money.ts';

/** What changed net worth between the ends of two days, in whole cents so that the parts add up to the change exactly. */
export interface Bridge {
  start: CalendarDate;
  end: CalendarDate;
  startValue: Money;
  endValue: Money;
  income: Money;
  spending: Money;
  investmentReturn: Money;
  /** Negative: interest that lenders added to loans. */
  debtInterest: Money;
  /** What the rows do not explain: transfers with one side, corrections by a bank, accounts that came or went. */
  other: Money;
  isEstimated: boolean;
}

type Parts = Pick<Bridge, 'income' | 'spending' | 'investmentReturn' | 'debtInterest'>;

const cents = (amount: Money): Money => amount.toDecimalPlaces(2, Money.ROUND_HALF_UP);

/** start + income − spending + investment return + debt interest + other = end */
export function bridgeBetween(
  from: { date: CalendarDate; netWorth: Money },
  to: { date: CalendarDate; netWorth: Money },
  parts: Parts,
  isEstimated: boolean,
): Bridge {
  const [startValue, endValue] = [cents(from.netWorth), cents(to.netWorth)];
  const [income, spending, investmentReturn, debtInterest] = [
    cents(parts.income),
    cents(parts.spending),
    cents(parts.investmentReturn),
    cents(parts.debtInterest),
  ];
  const explained = income.minus(spending).plus(investmentReturn).plus(debtInterest);
  return {
    start: from.date,
    end: to.date,
    startValue,
    endValue,
    income,
    spending,
    investmentReturn,
    debtInterest,
    other: endValue.minus(startValue).minus(explained),
    isEstimated,
  };
}
