import { addDays, type CalendarDate, eachDay } from '../lib/dates.ts';
import { type Money, sum, ZERO } from '../lib/money.ts';
import { type Frequency, type RecurringStream, upcomingDates } from '../recurring/recurring.ts';

/** What the forecast needs of a stream, in the base currency. */
export type ForecastStream = Pick<RecurringStream, 'merchant' | 'isIncome' | 'lastAmount' | 'nextExpectedOn' | 'lastOn' | 'category'> & {
  frequency: Frequency;
  isOnLiquidAccount: boolean;
};

/** Sums over the days before today that belong to no stream. */
export interface EverydayFlows {
  days: number;
  income: Money;
  expenses: Money;
  /** Money out of the liquid accounts less money in, transfers and card payments included. */
  liquidOutflow: Money;
}

interface UpcomingItem {
  date: CalendarDate;
  merchant: string;
  amount: Money;
  isIncome: boolean;
  category: string;
}

export interface Forecast {
  days: number;
  upcoming: UpcomingItem[];
  projectedIncome: Money;
  projectedExpenses: Money;
  startingBalance: Money;
  /** Expected balance of the liquid accounts at the end of each day, tomorrow first. */
  daily: { date: CalendarDate; expected: Money }[];
  /** The lowest expected day. */
  lowest: { date: CalendarDate; expected: Money } | null;
}

/**
 * The next `days` days: every stream on its dates at its latest amount, and everyday movements at their daily average.
 * Balances follow the liquid accounts alone: a card purchase lowers them when the card is paid.
 */
export function forecast(
  streams: ForecastStream[],
  everyday: EverydayFlows,
  startingBalance: Money,
  today: CalendarDate,
  days: number,
): Forecast {
  const until = addDays(today, days);
  const items = streams
    .flatMap((stream) => upcomingDates(stream, today, until).map((date) => ({ date, stream })))
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : b.stream.lastAmount.comparedTo(a.stream.lastAmount)));
  const perDay = (amount: Money) => (everyday.days === 0 ? ZERO : amount.div(everyday.days));
  const known = (isIncome: boolean) =>
    sum(items.filter(({ stream }) => stream.isIncome === isIncome).map(({ stream }) => stream.lastAmount));

  let expected = startingBalance;
  const daily = [...eachDay(addDays(today, 1), until)].map((date, index) => {
    const onDay = items.filter((item) => item.stream.isOnLiquidAccount && (item.date === date || (index === 0 && item.date === today)));
    for (const { stream } of onDay) expected = stream.isIncome ? expected.plus(stream.lastAmount) : expected.minus(stream.lastAmount);
    expected = expected.minus(perDay(everyday.liquidOutflow));
    return { date, expected };
  });
  return {
    days,
    upcoming: items.map(({ date, stream }) => ({
      date,
      merchant: stream.merchant,
      amount: stream.lastAmount,
      isIncome: stream.isIncome,
      category: stream.category,
    })),
    projectedIncome: known(true).plus(perDay(everyday.income).times(days)),
    projectedExpenses: known(false).plus(perDay(everyday.expenses).times(days)),
    startingBalance,
    daily,
    lowest: daily.reduce<Forecast['lowest']>((low, day) => (low === null || day.expected.lessThan(low.expected) ? day : low), null),
  };
}
