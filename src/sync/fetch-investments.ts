import type { CalendarDate } from '../lib/dates.ts';
import type { ItemCredentials, PlaidGateway } from '../plaid/client.ts';
import type { BankInvestmentTransaction, BankSecurity } from '../plaid/translate.ts';

/** All investment transactions of a window of days, page by page. The count may change meanwhile: an empty page ends it too. */
export async function fetchInvestmentTransactions(plaid: PlaidGateway, item: ItemCredentials, from: CalendarDate, to: CalendarDate) {
  const transactions: BankInvestmentTransaction[] = [];
  const securities: BankSecurity[] = [];
  for (;;) {
    const page = await plaid.getInvestmentTransactions(item, from, to, transactions.length);
    transactions.push(...page.transactions);
    securities.push(...page.securities);
    if (page.transactions.length === 0 || transactions.length >= page.total) return { transactions, securities };
  }
}
