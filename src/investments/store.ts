import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { toMoney, toMoneyOrNull } from '../lib/money.ts';
import type { InvestmentRow } from './effects.ts';

export interface InvestmentActivity extends InvestmentRow {
  name: string;
  ticker: string | null;
  securityName: string | null;
}

/** A person's investment transactions, all or those from a day on, newest first. */
export async function listInvestmentActivity({ pool }: Database, userId: string, since?: CalendarDate): Promise<InvestmentActivity[]> {
  const { rows } = await pool.query(
    `SELECT activity.id, investment_transaction_id, cancel_transaction_id, activity.account_id, activity.security_id, date, activity.type,
       activity.subtype, activity.name, ticker_symbol, securities.name AS security_name, quantity, price, amount, fees, activity.currency,
       (securities.type IS NOT DISTINCT FROM 'cash' AND COALESCE(securities.iso_currency_code, securities.unofficial_currency_code, accounts.currency) = accounts.currency) AS is_cash
     FROM investment_transactions AS activity JOIN accounts ON accounts.id = activity.account_id AND accounts.duplicate_of_id IS NULL
       LEFT JOIN securities ON securities.id = activity.security_id
     WHERE activity.user_id = $1 AND date >= COALESCE($2, date) ORDER BY date DESC, activity.id`,
    [userId, since ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    bankId: row.investment_transaction_id,
    cancelsBankId: row.cancel_transaction_id,
    accountId: row.account_id,
    securityId: row.security_id,
    isCash: row.is_cash,
    date: row.date,
    type: row.type,
    subtype: row.subtype,
    name: row.name,
    ticker: row.ticker_symbol,
    securityName: row.security_name,
    quantity: toMoney(row.quantity),
    price: toMoney(row.price),
    amount: toMoney(row.amount),
    fees: toMoneyOrNull(row.fees),
    currency: row.currency,
  }));
}
