import { addDays, type CalendarDate } from './dates.ts';
import { groupBy } from './group.ts';
import { Money } from './money.ts';

/** What one unit of a currency is worth in the base currency from a day on, as a person has entered it. */
export interface ExchangeRate {
  currency: string;
  effectiveOn: CalendarDate;
  rate: Money;
}

/** A rate with the days it holds for, both included. */
interface RateSpan {
  currency: string;
  from: CalendarDate;
  to: CalendarDate;
  rate: Money;
}

const FIRST_DAY = '0001-01-01' as CalendarDate;
const LAST_DAY = '9999-12-31' as CalendarDate;
/** The currencies that can be counted in one person's base currency. */
export interface Currencies {
  base: string;
  /** The base currency itself included, by currency and day. */
  spans: RateSpan[];
}

/**
 * From a person's rates what they can count. A rate holds until the next one of its currency; the first one holds for the days
 * before it too, so that a history does not jump on the day somebody typed it in.
 */
export function currenciesOf(base: string, rates: ExchangeRate[]): Currencies {
  const known = rates.filter((rate) => rate.currency !== base);
  const spans = [...groupBy(known, (rate) => rate.currency).values()].flatMap(spansOf);
  spans.unshift({ currency: base, from: FIRST_DAY, to: LAST_DAY, rate: new Money(1) });
  return { base, spans };
}

function spansOf(rates: ExchangeRate[]): RateSpan[] {
  const sorted = [...rates].sort((a, b) => (a.effectiveOn < b.effectiveOn ? -1 : 1));
  return sorted.map(({ currency, effectiveOn, rate }, index) => {
    const next = sorted[index + 1];
    return { currency, from: index === 0 ? FIRST_DAY : effectiveOn, to: next ? addDays(next.effectiveOn, -1) : LAST_DAY, rate };
  });
}

/** What one unit of a currency is worth in the base currency on a day; null when the person has entered nothing for it. */
export const rateOn = ({ spans }: Currencies, currency: string, date: CalendarDate): Money | null =>
  spans.find((span) => span.currency === currency && span.from <= date && date <= span.to)?.rate ?? null;

/** An amount in the base currency; null without a rate. */
export function inBase(currencies: Currencies, amount: Money, currency: string, date: CalendarDate): Money | null {
  const rate = rateOn(currencies, currency, date);
  return rate && amount.times(rate);
}

export const isConvertible = ({ spans }: Currencies, currency: string): boolean => spans.some((span) => span.currency === currency);
