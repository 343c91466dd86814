import { z } from 'zod';
import { type CalendarDate, isCalendarDate } from '../lib/dates.ts';
import { Money } from '../lib/money.ts';

/* The kinds of fields in Plaid's answers: what is null, missing or unreadable where it may be becomes null. */

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
/** The shortest decimal that stands for the number, written out: what the bank wrote. */
function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? new Money(value).toFixed() : text;
}
export const decimal = z.number().transform(decimalText);
export const decimalOrNull = z
  .number()
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : decimalText(value)));
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
  .transform((value) => (value && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : null));
export const anyOrNull = z
  .unknown()
  .optional()
  .transform((value) => value ?? null);
/** PostgreSQL text cannot hold NUL; nothing a bank writes needs it. */
export const words = z.string().transform((value) => value.replaceAll('\0', ''));
export const wordsOrNull = words.nullish().transform((value) => value ?? null);
export const integerOrNull = z
  .number()
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : Math.round(value)));
/** Of a number that opens doors, what tells two of them apart. */
export const lastFour = words.nullish().transform((value) => value?.replaceAll(/\s/g, '').slice(-4) || null);
