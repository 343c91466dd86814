import { databaseJson } from '../lib/json.ts';

/** Rows a statement; larger batches gain nothing and hold more memory. */
const BATCH_ROWS = 1_000;

/** The stored item that rows belong to. */
export interface ItemRef {
  id: string;
  userId: string;
}

/** Rows that a write really changed. */
export interface WriteCounts {
  added: number;
  changed: number;
  removed: number;
}

/** A value as JSON text; null stays null. */
export const json = (value: unknown) => (value === null || value === undefined ? null : databaseJson(value));

/** Rows in portions of a statement each. */
export function* batches<Row>(rows: Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += BATCH_ROWS) yield rows.slice(start, start + BATCH_ROWS);
}

/** `SET a = EXCLUDED.a, …` and the condition that one of them really differs. */
export function overwrite(table: string, names: string[]) {
  const own = names.map((name) => `${table}.${name}`).join(', ');
  const incoming = names.map((name) => `EXCLUDED.${name}`).join(', ');
  return {
    set: names.map((name) => `${name} = EXCLUDED.${name}`).join(', '),
    differs: `(${own}) IS DISTINCT FROM (${incoming})`,
  };
}
