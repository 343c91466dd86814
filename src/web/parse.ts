import type { Request } from 'express';
import { z } from 'zod';
import { type CalendarDate, isCalendarDate } from '../lib/dates.ts';
import { HttpError, notFound } from './errors.ts';

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  object: 'an object',
  array: 'a list',
};

z.config({
  customError: (issue) => {
    if (issue.code !== 'invalid_type') return undefined;
    if (issue.input === undefined) return 'is missing';
    return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
  },
});

/** Reads input through a strict schema. @throws HttpError 400 that names each wrong field. */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? 'body')];
    const message = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    for (const name of names) if (!Object.hasOwn(fields, name)) fields[name.slice(0, 60)] = message;
  }
  const [[name, message] = ['input', 'is wrong']] = Object.entries(fields);
  throw new HttpError(400, 'invalid_input', `${name}: ${message}`, { fields });
}

const uuid = z.uuid();

/** A row's id from the path; anything that is not an id is simply not found. */
export function idFrom(request: Request, name = 'id'): string {
  const parsed = uuid.safeParse(request.params[name]);
  if (!parsed.success) throw notFound();
  return parsed.data;
}

export const dateField = z
  .string()
  .refine(isCalendarDate, 'must be a date like 2026-03-31')
  .transform((text) => text as CalendarDate);

/** A whole number in a query string. */
export const integerField = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const AMOUNT_PATTERN = /^-?\d{1,12}(\.\d{1,4})?$/;
export const amountField = z.string().regex(AMOUNT_PATTERN, 'must be an amount like 12.50');

/** Text from a person: no control characters, trimmed, at most `max` characters. */
export const textField = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `must be at most ${max} characters`)
    .refine((text) => !/\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, '')), 'must not contain control characters');

/** Text that has to be found exactly as a bank wrote it: neither trimmed nor empty. What no bank's text has, the database cannot take. */
export const exactText = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine((text) => !text.includes('\0'), 'must not contain control characters');
