/* What the tables take, whoever sends it; the database has the same bounds as checks. */

/** In characters, of a text that has no other limit. */
export const TEXT_LENGTH_MAX = 2_000;
export const CURRENCY_LENGTH_MAX = 20;
/** Amounts, quantities and prices are smaller. */
export const AMOUNT_LIMIT = 1e18;
/** From the first instant that can be stored to the one after the last, in milliseconds since 1970. */
export const INSTANTS = { first: Date.parse('1900-01-01T00:00:00Z'), end: Date.parse('2200-01-01T00:00:00Z') };

/** Of a value kept as it came. */
const DEPTH_MAX = 8;
const DOCUMENT_LENGTH_MAX = 50_000;

/** True for a value that can be kept as a document: not too deep, not too long, no text that PostgreSQL cannot hold, no number that is none. */
export function isStorable(value: unknown): boolean {
  return isShallow(value, DEPTH_MAX) && JSON.stringify(value).length <= DOCUMENT_LENGTH_MAX;
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isHoldable(value);
  if (typeof value === 'number') return Math.abs(value) < AMOUNT_LIMIT;
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.entries(value).every(([name, part]) => isHoldable(name) && isShallow(part, depth - 1));
}

/** PostgreSQL text cannot hold NUL, nor half a character. */
export const isHoldable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
