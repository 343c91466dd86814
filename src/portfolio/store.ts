import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Money, toMoney, toMoneyOrNull } from '../lib/money.ts';
import type { HeldPosition } from './portfolio.ts';

/** A person's positions in open accounts. */
export async function listPositions({ pool }: Database, userId: string): Promise<HeldPosition[]> {
  const { rows } = await pool.query(
    `SELECT holdings.id, holdings.security_id, ticker_symbol, securities.name, securities.type, sector, holdings.currency, quantity, institution_price,
       institution_value, cost_basis, (securities.type IS NOT DISTINCT FROM 'cash' OR COALESCE(is_cash_equivalent, false)) AS is_cash
     FROM holdings JOIN securities ON securities.id = holdings.security_id
       JOIN accounts ON accounts.id = holdings.account_id AND accounts.is_active
     WHERE holdings.user_id = $1`,
    [userId],
  );
  return rows.map((row) => ({
    id: row.id,
    securityId: row.security_id,
    ticker: row.ticker_symbol,
    name: row.name,
    type: row.type,
    sector: row.sector,
    isCash: row.is_cash,
    currency: row.currency,
    quantity: toMoney(row.quantity),
    price: toMoney(row.institution_price),
    value: toMoney(row.institution_value),
    costBasis: toMoneyOrNull(row.cost_basis),
  }));
}

export interface InvestmentActivity {
  id: string;
  accountId: string;
  securityId: string | null;
  date: CalendarDate;
  type: string;
  subtype: string | null;
  name: string;
  ticker: string | null;
  quantity: Money;
  price: Money;
  /** Positive: cash debited. */
  amount: Money;
  fees: Money | null;
  currency: string;
}

/** Investment transactions from a day on, newest first. */
export async function listInvestmentActivity({ pool }: Database, userId: string, since: CalendarDate): Promise<InvestmentActivity[]> {
  const { rows } = await pool.query(
    `SELECT activity.id, activity.account_id, activity.security_id, date, activity.type, activity.subtype, activity.name, ticker_symbol, quantity, price,
       amount, fees, activity.currency
     FROM investment_transactions AS activity LEFT JOIN securities ON securities.id = activity.security_id
     WHERE user_id = $1 AND date >= $2 ORDER BY date DESC, activity.id`,
    [userId, since],
  );
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    securityId: row.security_id,
    date: row.date,
    type: row.type,
    subtype: row.subtype,
    name: row.name,
    ticker: row.ticker_symbol,
    quantity: toMoney(row.quantity),
    price: toMoney(row.price),
    amount: toMoney(row.amount),
    fees: toMoneyOrNull(row.fees),
    currency: row.currency,
  }));
}

/** The day of the oldest investment transaction. */
export async function findActivityStart({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    'SELECT min(date) AS first FROM investment_transactions WHERE user_id = $1',
    [userId],
  );
  return rows[0]?.first ?? null;
}
