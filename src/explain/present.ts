import { type Money, moneyOut, percentOut } from '../lib/money.ts';
import { unconvertedJson } from '../transactions/present.ts';
import type { Explanation, Unit } from './explanation.ts';

const valueOut = (value: Money | null, unit: Unit): number | null => (unit === 'money' ? moneyOut(value) : percentOut(value));
/** The same list from the API. */
const apiHref = (href: string) => `/api/dashboard${href}`;

export const explanationJson = (explanation: Explanation, currency: string) => ({
  figure: explanation.figure,
  label: explanation.label,
  value: valueOut(explanation.value, explanation.unit),
  reason: explanation.reason,
  unit: explanation.unit,
  currency,
  formula: explanation.formula,
  inputs: explanation.inputs.map((input) => ({ ...input, value: valueOut(input.value, input.unit) })),
  rows: explanation.rows.map((row) => ({ ...row, amount: moneyOut(row.amount) })),
  rows_total: moneyOut(explanation.rowsTotal),
  transactions: explanation.transactions && {
    href: explanation.transactions.href,
    api: apiHref(explanation.transactions.href),
    total: explanation.transactions.total,
  },
  exclusions: explanation.exclusions,
  unconverted: unconvertedJson(explanation.unconverted),
  estimated: explanation.isEstimated,
});
