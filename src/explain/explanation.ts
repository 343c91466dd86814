import type { CalendarDate } from '../lib/dates.ts';
import { type CurrencyAmount, type Money, sum } from '../lib/money.ts';

/** One row of what a figure is made of. */
export interface ExplainedRow {
  label: string;
  detail: string | null;
  /** What it adds to the figure; null when it is left out, and `detail` says why. */
  amount: Money | null;
  /** A page that shows it. */
  href: string | null;
}

export type Unit = 'money' | 'percent' | 'number' | 'months';

/** Another figure that this one is worked out from. */
export interface Input {
  label: string;
  value: Money | null;
  unit: Unit;
  /** Where that figure is explained. */
  href: string | null;
}

export interface Explanation {
  figure: string;
  label: string;
  value: Money | null;
  /** Why there is no value. */
  reason: string | null;
  unit: Unit;
  formula: string;
  inputs: Input[];
  rows: ExplainedRow[];
  /** Σ of the rows' amounts; null when the figure is no sum of rows. */
  rowsTotal: Money | null;
  /** A list of transactions whose totals hold the figure. */
  transactions: { href: string; total: 'income' | 'expenses' | 'transfers' | 'investments' } | null;
  exclusions: string[];
  unconverted: CurrencyAmount[];
  isEstimated: boolean;
}

type Given = Pick<Explanation, 'label' | 'value' | 'formula'> & Partial<Omit<Explanation, 'figure' | 'rowsTotal'>>;

/** An explanation with what was not given left empty; the rows are added up here, apart from the figure. */
export function explanation(figure: string, given: Given): Explanation {
  const rows = given.rows ?? [];
  const isSum = given.rows !== undefined;
  return {
    figure,
    reason: null,
    unit: 'money',
    inputs: [],
    transactions: null,
    exclusions: [],
    unconverted: [],
    isEstimated: false,
    ...given,
    rows,
    rowsTotal: isSum ? sum(rows.flatMap((row) => row.amount ?? [])) : null,
  };
}

/** Where a figure is explained. */
export const explainHref = (figure: string, parameters: Record<string, string | undefined> = {}): string =>
  `/explain?${query({ figure, ...parameters })}`;

export const transactionsHref = (parameters: Record<string, string | undefined>): string => `/transactions?${query(parameters)}`;

const query = (parameters: Record<string, string | undefined>) =>
  new URLSearchParams(Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString();

/** What the address of an explanation says beside the figure. */
export interface Parameters {
  start?: CalendarDate | undefined;
  end?: CalendarDate | undefined;
  date?: CalendarDate | undefined;
  category?: string | undefined;
  merchant?: string | undefined;
  flow?: 'income' | 'expense' | undefined;
  key?: string | undefined;
  id?: string | undefined;
  period?: string | undefined;
  days?: number | undefined;
}
