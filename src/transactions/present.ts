import { type CurrencyAmount, moneyOut } from '../lib/money.ts';
import type { Why } from './classify.ts';
import type { Totals, Transaction } from './store.ts';

/** Why a transaction counts as it does, in words that go on after "counted as …". */
export const WHY_WORDS: Record<Why, string> = {
  user: 'because you chose so',
  rule: 'because of your rule for this merchant',
  match: 'because the opposite movement is on another account of yours',
  category: 'because of the category the bank gives, and the kind of account',
  direction: 'because of the way the money went: the bank gives no category that says more',
};

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
