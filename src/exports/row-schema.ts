import { z } from 'zod';
import { type CalendarDate, isCalendarDate, lastForeseeable } from '../lib/dates.ts';
import { AMOUNT_LIMIT, INSTANTS, isHoldable, isStorable, TEXT_LENGTH_MAX } from '../lib/storable.ts';

/* What a file brings is as foreign as what a bank sends: each value has to be what its column holds, within the same limits. */

export interface Column {
  name: string;
  /** As PostgreSQL calls it. */
  type: string;
  isRequired: boolean;
  /** An expression for when there is none. */
  standard: string | null;
}

/** Ends of loans and bonds, which may lie as far ahead as anything can. */
const TERMS = new Set(['maturity_date', 'expected_payoff_date', 'loan_status_end_date', 'draw_period_end_date', 'option_expiration_date']);

const LIST_LENGTH_MAX = 10_000;
const INTEGER_LIMIT = 2_147_483_648;
/** Digits to the last one, as the export writes them: a number that a binary one would change is text. */
const NUMERIC = /^-?\d{1,18}(\.\d{1,20})?$/;

const text = z.string().max(TEXT_LENGTH_MAX).refine(isHoldable, 'has characters that cannot be stored');
const amount = z.union([z.number().gt(-AMOUNT_LIMIT).lt(AMOUNT_LIMIT), z.string().regex(NUMERIC)]);
const integer = z.int().gt(-INTEGER_LIMIT).lt(INTEGER_LIMIT);
const instant = z.string().refine((value) => {
  const at = Date.parse(value);
  return at >= INSTANTS.first && at < INSTANTS.end;
}, 'is no time');
const storedAmount = amount.nullish();

/** Documents of which something is read and reckoned with; of the others nothing is. */
const DOCUMENTS: Record<string, z.ZodType> = {
  tax_lots: z.array(
    z.object({
      lotId: text.nullish(),
      acquiredAt: instant.nullish(),
      quantity: storedAmount,
      price: storedAmount,
      costBasis: storedAmount,
      value: storedAmount,
      side: text.nullish(),
    }),
  ),
  fixed_income: z.looseObject({
    yield_rate: z.looseObject({ percentage: storedAmount }).nullish(),
    face_value: storedAmount,
  }),
};
const TOO_LARGE = 'is too large';
const document = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).refine(isStorable, TOO_LARGE);

function schemaOf({ name, type }: Column, today: CalendarDate): z.ZodType {
  switch (type) {
    case 'text':
      return text;
    case 'numeric':
      return amount;
    case 'integer':
      return integer;
    case 'boolean':
      return z.boolean();
    case 'uuid':
      return z.guid();
    case 'date': {
      const last = TERMS.has(name) ? null : lastForeseeable(today);
      return z.string().refine((value) => isCalendarDate(value) && (last === null || value <= last), 'is no date that can be taken over');
    }
    case 'timestamp with time zone':
      return instant;
    case 'text[]':
      return z.array(text).max(LIST_LENGTH_MAX);
    case 'integer[]':
      return z.array(integer).max(LIST_LENGTH_MAX);
    case 'jsonb':
      return DOCUMENTS[name]?.refine(isStorable, TOO_LARGE) ?? document;
    default:
      throw new Error(`No file can bring what column ${name} holds: ${type}`);
  }
}

/** A row of an export, as its table takes it; what the table does not know is left aside. */
export function rowSchema(columns: Column[], today: CalendarDate): z.ZodType {
  const fields = columns.map((column) => {
    const value = schemaOf(column, today);
    return [column.name, column.isRequired && column.standard === null ? value : value.nullish()] as const;
  });
  return z.object(Object.fromEntries(fields));
}
