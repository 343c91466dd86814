import { z } from 'zod';
import { type CalendarDate, isCalendarDate } from '../lib/dates.ts';
import { Money } from '../lib/money.ts';
import { AMOUNT_LIMIT, CURRENCY_LENGTH_MAX, INSTANTS, isStorable, TEXT_LENGTH_MAX } from '../lib/storable.ts';

/*
 * The kinds of fields in Plaid's answers, each within what a table takes: what is null, missing or unreadable where it may be becomes null,
 * and a text that never ends is cut off.
 */

/** PostgreSQL text cannot hold NUL or half a character; nothing a bank writes needs them. */
const clean = (value: string) => value.replaceAll('\0', '').toWellFormed();
const cut = (lengthMax: number) => (value: string) => [...clean(value).slice(0, 2 * lengthMax)].slice(0, lengthMax).join('');

export const words = z.string().transform(cut(TEXT_LENGTH_MAX));
export const wordsOrNull = words.nullish().transform((value) => value ?? null);
export const currencyCode = z
  .string()
  .transform(cut(CURRENCY_LENGTH_MAX))
  .nullish()
  .transform((value) => value ?? null);
/** What a row is known by: never cut off, since two could become one. */
export const id = z
  .string()
  .min(1)
  .max(TEXT_LENGTH_MAX)
  .refine((value) => value === clean(value), 'not an id');
export const idOrNull = z
  .string()
  .nullish()
  .transform((value) => value || null)
  .pipe(id.nullable());
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
/** The shortest decimal that stands for the number, written out: what the bank wrote. */
function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? new Money(value).toFixed() : text;
}
const number = z.number().gt(-AMOUNT_LIMIT).lt(AMOUNT_LIMIT);
export const decimal = number.transform(decimalText);
export const decimalOrNull = number.nullish().transform((value) => (value === null || value === undefined ? null : decimalText(value)));
export const date = z
  .string()
  .refine(isCalendarDate, 'not a calendar date')
  .transform((value) => value as CalendarDate);
export const dateOrNull = z
  .string()
  .nullish()
  .transform((value) => {
    const day = value?.slice(0, 10);
    return day !== undefined && isCalendarDate(day) ? day : null;
  });
export const instantOrNull = z
  .string()
  .nullish()
  .transform((value) => {
    const at = value ? Date.parse(value) : Number.NaN;
    return at >= INSTANTS.first && at < INSTANTS.end ? new Date(at).toISOString() : null;
  });
export const anyOrNull = z
  .unknown()
  .optional()
  .transform((value) => (value !== undefined && isStorable(value) ? value : null));
export const integerOrNull = z
  .number()
  .gt(-2_147_483_648)
  .lt(2_147_483_647)
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : Math.round(value)));
/** Of a number that opens doors, what tells two of them apart. */
export const lastFour = words.nullish().transform((value) => value?.replaceAll(/\s/g, '').slice(-4) || null);
