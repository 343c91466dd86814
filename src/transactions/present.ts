import { type CurrencyAmount, moneyOut } from '../lib/money.ts';
import type { Totals, Transaction } from './store.ts';

/** A transaction as the API shows it. */
export const transactionJson = (row: Transaction) => ({
  id: row.id,
  account_id: row.accountId,
  account_name: row.accountName,
  date: row.date,
  name: row.name,
  merchant_name: row.merchantName,
  amount: moneyOut(row.amount),
  currency: row.currency,
  category: row.category,
  category_detailed: row.categoryDetailed,
  custom_category: row.customCategory,
  pending: row.pending,
  cash_flow_type: row.cashFlowType,
  why: row.why,
  confidence: row.confidence,
  note: row.note,
  rule_id: row.ruleId,
});

export const totalsJson = (totals: Totals) => ({
  income: moneyOut(totals.income),
  expenses: moneyOut(totals.expenses),
  transfers: moneyOut(totals.transfers),
  investments: moneyOut(totals.investments),
  net: moneyOut(totals.income.minus(totals.expenses)),
});

export const unconvertedJson = (rows: CurrencyAmount[]) => rows.map(({ currency, amount }) => ({ currency, amount: moneyOut(amount) }));
