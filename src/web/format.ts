import type { CalendarDate, CalendarMonth } from '../lib/dates.ts';
import { type Money, signOf, toMoney, UNKNOWN_CURRENCY } from '../lib/money.ts';

export { signOf } from '../lib/money.ts';

const LOCALE = 'en-US';
const MINUS = '−';
const NOT_KNOWN = '—';
const MONEY_DIGITS = 2;

/** A number with its real minus sign, as people write it. */
const withMinus = (text: string) => text.replace('-', MINUS);

/** Making a format takes far longer than using it: each is made once. There are as many as currencies and kinds of numbers. */
function once<Key extends string | number, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

const moneyFormat = once(
  (currency: string) =>
    new Intl.NumberFormat(LOCALE, {
      style: 'currency',
      currency,
      minimumFractionDigits: MONEY_DIGITS,
      maximumFractionDigits: MONEY_DIGITS,
    }),
);

/** The symbol of a currency; codes that no standard knows stay codes. */
const currencyFormat = (currency: string): Intl.NumberFormat | null =>
  currency === UNKNOWN_CURRENCY || !/^[A-Z]{3}$/.test(currency) ? null : moneyFormat(currency);

const plain = once((digits: number) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const quantityFormat = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 6 });

/** Rounded decimal text, which Intl formats digit by digit where a binary number would lose some; never -0. */
function digitsOf(value: Money, places: number): Intl.StringNumericLiteral {
  const text = value.toFixed(places);
  return (Number(text) === 0 ? text.replace('-', '') : text) as Intl.StringNumericLiteral;
}

/** Money as a person reads it, to the cent: `$1,234.50`, `−€3.00`; a dash when it is not known. */
export function formatMoney(amount: Money | null, currency: string): string {
  if (amount === null) return NOT_KNOWN;
  const digits = digitsOf(amount, MONEY_DIGITS);
  const format = currencyFormat(currency);
  return withMinus(
    format ? format.format(digits) : `${plain(MONEY_DIGITS).format(digits)} ${currency === UNKNOWN_CURRENCY ? '' : currency}`.trim(),
  );
}

/** Money with its sign always said: `+$12.00`, `−$3.50`. */
export const formatChange = (amount: Money | null, currency: string): string =>
  amount && signOf(amount) > 0 ? `+${formatMoney(amount, currency)}` : formatMoney(amount, currency);

/** The class that colours a gain or a loss; none for nothing and for what is not known. */
export const toneOf = (amount: Money | null): '' | 'gain' | 'loss' => {
  const sign = amount ? signOf(amount) : 0;
  return sign === 0 ? '' : sign > 0 ? 'gain' : 'loss';
};

/** A transaction's amount from the person's side: what came in is positive. */
export const formatFlow = (amount: Money, currency: string): string => formatChange(amount.negated(), currency);

/** Whole and fraction apart, so that the cents can step back. */
export function moneyParts(amount: Money, currency: string): { whole: string; cents: string } {
  const text = formatMoney(amount, currency);
  const point = text.lastIndexOf('.');
  return point < 0 ? { whole: text, cents: '' } : { whole: text.slice(0, point), cents: text.slice(point) };
}

export const formatPercent = (value: Money | null, digits = 1): string =>
  value === null ? NOT_KNOWN : withMinus(`${plain(digits).format(digitsOf(value, digits))} %`);

export const formatNumber = (value: Money | null, digits: number): string =>
  value === null ? NOT_KNOWN : withMinus(plain(digits).format(digitsOf(value, digits)));

/** A quantity with as many decimals as it has, at most six. */
export const formatQuantity = (value: Money): string => withMinus(quantityFormat.format(digitsOf(value, 6)));

const dateFormat = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });
  return (date: CalendarDate) => format.format(new Date(`${date}T00:00:00Z`));
};

export const formatDate = dateFormat({ month: 'short', day: 'numeric', year: 'numeric' });
export const formatShortDate = dateFormat({ month: 'short', day: 'numeric' });
export const formatMonth = dateFormat({ month: 'short' });
const monthYear = dateFormat({ month: 'short', year: 'numeric' });
/** A calendar month, `2026-03`, as `Mar 2026`. */
export const formatMonthYear = (month: CalendarMonth): string => monthYear(`${month}-01` as CalendarDate);

const instantFormat = once(
  (timeZone: string) =>
    new Intl.DateTimeFormat(LOCALE, { timeZone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
);

/** An instant in a person's time zone. */
export const formatInstant = (instant: Date, timeZone: string): string => instantFormat(timeZone).format(instant);

const MINUTE_MS = 60_000;

/** How long ago, in the largest fitting unit. */
export function formatAge(instant: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - instant.getTime()) / MINUTE_MS));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.round(hours / 24)} days ago`;
}

/** The style class that gives a category its colour. */
export const categoryClass = (category: string): string => `cat-${category.replaceAll(/[^A-Z_]/g, '')}`;

/** A word of the API as a label: `semi_monthly` becomes `semi monthly`. */
export const formatWord = (word: string | null): string => (word ?? NOT_KNOWN).replaceAll('_', ' ');

/** At most so many characters, cut at the end with an ellipsis. */
export const shorten = (text: string, length: number): string => {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
};

/** A count with its noun: `1 alert`, `3 alerts`. */
export const plural = (count: number, noun: string): string => `${plain(0).format(count)} ${noun}${count === 1 ? '' : 's'}`;

/** An amount that has left the program as a number. */
export const formatAmount = (amount: number, currency: string): string => formatMoney(toMoney(amount), currency);
