import { stringify } from 'csv-stringify';
import { categoryLabel } from '../plaid/categories.ts';
import type { Transaction } from './store.ts';

const COLUMNS = [
  'Date',
  'Description',
  'Merchant',
  'Amount (negative: money out)',
  'Currency',
  'Category',
  'Type',
  'Account',
  'Pending',
  'Note',
];
/** What makes a spreadsheet take a cell for a formula. */
const FORMULA_START = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * The one writer of CSV: what a spreadsheet would run is text in every cell, whatever column it stands in. Numbers are the only cells that
 * may begin with a minus.
 */
export const csvWriter = (columns?: string[]) =>
  stringify({
    bom: true,
    ...(columns ? { header: true, columns } : {}),
    cast: { string: (text) => (FORMULA_START.test(text) && !NUMBER.test(text) ? `'${text}` : text) },
  });

/** A stream of CSV lines to which transactions are written. Amounts have a person's sign: negative is money out. */
export const transactionCsv = () => csvWriter(COLUMNS);

export const toCsvRow = (row: Transaction): string[] => [
  row.date,
  row.name,
  row.merchantName ?? '',
  row.amount.negated().toFixed(),
  row.currency,
  categoryLabel(row.category),
  row.cashFlowType ?? '',
  row.accountName,
  row.pending ? 'yes' : 'no',
  row.note ?? '',
];
