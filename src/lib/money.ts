import { Decimal } from 'decimal.js';

/** Money, quantities and prices: decimal, never binary. 40 digits hold any product of two stored values. */
export const Money = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP });
export type Money = Decimal;
export type MoneyLike = string | number | Decimal | { toString(): string };

export const ZERO = new Money(0);
const MONEY_PLACES = 2;
const PERCENT_PLACES = 4;
const QUANTITY_PLACES = 10;

/** Money from a stored or received value. @throws when it is not a finite number. */
export function toMoney(value: MoneyLike): Money {
  const money = new Money(typeof value === 'object' ? value.toString() : value);
  if (!money.isFinite()) throw new RangeError('Not an amount of money.');
  return money;
}

export const toMoneyOrNull = (value: MoneyLike | null | undefined): Money | null =>
  value === null || value === undefined ? null : toMoney(value);

export const sum = (amounts: Iterable<Money>): Money => {
  let total = ZERO;
  for (const amount of amounts) total = total.plus(amount);
  return total;
};

const HALF_CENT = new Money('0.005');

/** An amount as it is judged: what rounds to no cent is nothing. */
export const withoutDust = (amount: Money): Money => (amount.abs().lessThan(HALF_CENT) ? ZERO : amount);

/** −1, 0 or 1, where what rounds to no cent is 0: what sentences and colours go by. */
export const signOf = (amount: Money): -1 | 0 | 1 => {
  const judged = withoutDust(amount);
  return judged.isZero() ? 0 : judged.isNegative() ? -1 : 1;
};

/** The same data with every amount in it as it is judged. */
export function allWithoutDust<Data>(data: Data): Data {
  if (Money.isDecimal(data)) return withoutDust(data) as Data;
  if (Array.isArray(data)) return data.map(allWithoutDust) as Data;
  if (data === null || typeof data !== 'object' || Object.getPrototypeOf(data) !== Object.prototype) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, allWithoutDust(value)])) as Data;
}

/** `part` in per cent of `whole`; null when `whole` is zero. */
export const percent = (part: Money, whole: Money): Money | null => (whole.isZero() ? null : part.div(whole).times(100));

/** Rounds half up (away from zero) and never answers -0. */
const round = (value: Money, places: number): number =>
  (value.decimalPlaces() <= places ? value : value.toDecimalPlaces(places, Decimal.ROUND_HALF_UP)).toNumber() + 0;

type Exit = { (value: Money): number; (value: Money | null): number | null };
const exit = (places: number): Exit => ((value: Money | null) => (value === null ? null : round(value, places))) as Exit;

/** Money as the JSON number that leaves the program: 2 decimals, half up. */
export const moneyOut = exit(MONEY_PLACES);
/** Per cent as it leaves the program: 4 decimals. */
export const percentOut = exit(PERCENT_PLACES);
/** Quantities and unit prices as they leave the program: 10 decimals. */
export const quantityOut = exit(QUANTITY_PLACES);

/** ISO 4217's code for "no currency": an amount whose currency the bank did not say. */
export const UNKNOWN_CURRENCY = 'XXX';

export interface CurrencyAmount {
  currency: string;
  amount: Money;
}

/** Adds up amounts by currency, currencies in alphabetical order. */
export function sumByCurrency(rows: Iterable<CurrencyAmount>): CurrencyAmount[] {
  const totals = new Map<string, Money>();
  for (const { currency, amount } of rows) totals.set(currency, (totals.get(currency) ?? ZERO).plus(amount));
  return [...totals].map(([currency, amount]) => ({ currency, amount })).sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
