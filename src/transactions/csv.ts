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

/** Text that a spreadsheet shows and never runs. */
export const safeCell = (text: string): string => (FORMULA_START.test(text) ? `'${text}` : text);

/** A stream of CSV lines to which transactions are written. Amounts have a person's sign: negative is money out. */
export const transactionCsv = () => stringify({ header: true, columns: COLUMNS, bom: true });

export const toCsvRow = (row: Transaction): string[] => [
  row.date,
  safeCell(row.name),
  safeCell(row.merchantName ?? ''),
  row.amount.negated().toFixed(),
  row.currency,
  safeCell(categoryLabel(row.category)),
  row.cashFlowType ?? '',
  safeCell(row.accountName),
  row.pending ? 'yes' : 'no',
  safeCell(row.note ?? ''),
];
