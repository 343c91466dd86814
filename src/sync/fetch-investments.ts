import type { CalendarDate } from '../lib/dates.ts';
import type { ItemCredentials, PlaidGateway } from '../plaid/client.ts';
import type { BankInvestmentTransaction, BankSecurity } from '../plaid/translate.ts';

/**
 * All investment transactions of a window of days, page by page. An empty page ends it too, but is not complete then. For the
 * first time a bank may need minutes: it is asked to prepare them, and answers that they are not ready until its webhook.
 * @throws PlaidFailure
 */
export async function fetchInvestmentTransactions(
  plaid: PlaidGateway,
  item: ItemCredentials,
  from: CalendarDate,
  to: CalendarDate,
  isFirst: boolean,
) {
  const transactions: BankInvestmentTransaction[] = [];
  const securities: BankSecurity[] = [];
  for (;;) {
    const page = await plaid.getInvestmentTransactions(item, { from, to, offset: transactions.length, isFirst });
    transactions.push(...page.transactions);
    securities.push(...page.securities);
    const isComplete = transactions.length >= page.total;
    if (page.transactions.length === 0 || isComplete) return { transactions, securities, isComplete };
  }
}
