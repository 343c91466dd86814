import type { Currencies } from '../lib/exchange-rates.ts';

/** SQL fragments that keep the rows which can be counted in a person's base currency, and convert their amounts. */
export interface Converted {
  /** To follow the table in FROM: rows without a rate are dropped. */
  join: string;
  /** The same, rows without a rate kept. */
  leftJoin: string;
  condition: string;
  /** True for the rows that are left out for want of a rate. */
  leftOut: string;
  /** An amount column in the base currency. */
  amount: (column: string) => string;
  parameters: unknown[];
}

/**
 * For a table with the columns `currency` and `date`. Most people have one currency: then nothing is joined.
 * @param next the number of the first free placeholder.
 */
export function converted({ base, spans }: Currencies, table: string, next: number): Converted {
  if (spans.length === 1) {
    return {
      join: '',
      leftJoin: '',
      condition: `${table}.currency = $${next}`,
      leftOut: `${table}.currency <> $${next}`,
      amount: (column) => column,
      parameters: [base],
    };
  }
  const join = `JOIN unnest($${next}::text[], $${next + 1}::date[], $${next + 2}::date[], $${next + 3}::numeric[]) AS span(currency, from_day, to_day, rate)
      ON span.currency = ${table}.currency AND ${table}.date BETWEEN span.from_day AND span.to_day`;
  return {
    join,
    leftJoin: `LEFT ${join}`,
    condition: 'true',
    leftOut: `${table}.currency <> ALL($${next}::text[])`,
    amount: (column) => `${column} * span.rate`,
    parameters: [
      spans.map((span) => span.currency),
      spans.map((span) => span.from),
      spans.map((span) => span.to),
      spans.map((span) => span.rate.toFixed()),
    ],
  };
}
