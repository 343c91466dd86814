import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Money, toMoney, toMoneyOrNull } from '../lib/money.ts';
import { REINVESTED_WITHIN_DAYS } from './dividends.ts';
import type { HeldPosition } from './portfolio.ts';
import type { Trade } from './realised-gains.ts';

/** What an institution pays out on what is held. */
const IS_INCOME = `activity.subtype IN ('dividend', 'qualified dividend', 'non-qualified dividend', 'interest', 'interest receivable', 'long-term capital gain',
  'short-term capital gain', 'unqualified gain', 'return of principal')`;
const IS_CHARGE = `(activity.type = 'fee' OR activity.subtype IN ('account fee', 'fund fee', 'legal fee', 'management fee', 'margin expense', 'miscellaneous fee', 'transfer fee',
  'trust fee', 'non-resident tax', 'tax', 'tax withheld'))`;
/** Some institutions list a reinvestment's payment and its purchase, others the purchase alone: then it is the income too. */
export const IS_UNPAID_REINVESTMENT = (row: string) => `(${row}.subtype LIKE '%reinvestment' AND ${row}.amount > 0 AND NOT EXISTS (
  SELECT FROM investment_transactions AS paid WHERE paid.account_id = ${row}.account_id AND paid.security_id IS NOT DISTINCT FROM ${row}.security_id
    AND paid.amount = -${row}.amount AND paid.date BETWEEN ${row}.date - ${REINVESTED_WITHIN_DAYS} AND ${row}.date + ${REINVESTED_WITHIN_DAYS}))`;
/** Changes of what is held without anything coming in or going out. */
const IS_INTERNAL = `activity.subtype IN ('split', 'stock distribution', 'spin off', 'merger', 'assignment', 'exercise', 'expire', 'adjustment', 'rebalance', 'trade')`;

export interface ActivityDay {
  accountId: string;
  date: CalendarDate;
  /** Money from outside less money out, in the account's currency. */
  flow: Money;
  income: Money;
  fees: Money;
}

/**
 * What came into each investment account from outside, what it earned and what it was charged, by day from `since` on. Buying,
 * selling, dividends, interest and fees are internal; deposits, withdrawals, contributions and transfers are not.
 */
export async function sumActivityDays(
  { pool }: Database,
  userId: string,
  since: CalendarDate,
  today: CalendarDate,
): Promise<ActivityDay[]> {
  const { rows } = await pool.query<{ account_id: string; date: CalendarDate; flow: string; income: string; fees: string }>(
    `SELECT account_id, LEAST(date, $3::date) AS date,
       COALESCE(sum(CASE WHEN kind = 'external' THEN -amount WHEN kind = 'contribution' THEN amount ELSE 0 END), 0) AS flow,
       COALESCE(sum(CASE WHEN kind = 'income' THEN -amount WHEN kind = 'reinvested' THEN amount ELSE 0 END), 0) AS income,
       COALESCE(sum(CASE WHEN kind = 'charge' THEN amount ELSE 0 END + COALESCE(fees, 0)), 0) AS fees
     FROM (
       SELECT activity.account_id, activity.date, activity.amount, activity.fees, CASE
         WHEN ${IS_UNPAID_REINVESTMENT('activity')} THEN 'reinvested'
         WHEN ${IS_INCOME} AND activity.type <> 'buy' THEN 'income'
         WHEN ${IS_CHARGE} THEN 'charge'
         WHEN activity.type = 'buy' AND activity.subtype = 'contribution' THEN 'contribution'
         WHEN activity.type = 'cash' OR activity.type = 'transfer' AND quantity = 0 THEN 'external'
       END AS kind
       FROM investment_transactions AS activity JOIN accounts ON accounts.id = activity.account_id AND accounts.currency = activity.currency
       WHERE activity.user_id = $1 AND activity.date >= $2) AS sorted
     WHERE kind IS NOT NULL OR fees IS NOT NULL GROUP BY account_id, LEAST(date, $3::date)`,
    [userId, since, today],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    date: row.date,
    flow: toMoney(row.flow),
    income: toMoney(row.income),
    fees: toMoney(row.fees),
  }));
}

export interface InKindTransfer {
  accountId: string;
  date: CalendarDate;
  securityId: string;
  quantity: Money;
  /** Null when the institution does not state one. */
  price: Money | null;
}

/** Securities moved in from elsewhere (positive) or out, from `since` on. */
export async function listInKindTransfers(
  { pool }: Database,
  userId: string,
  since: CalendarDate,
  today: CalendarDate,
): Promise<InKindTransfer[]> {
  const { rows } = await pool.query<{ account_id: string; date: CalendarDate; security_id: string; quantity: string; price: string }>(
    `SELECT activity.account_id, LEAST(date, $3::date) AS date, security_id, quantity, price
     FROM investment_transactions AS activity JOIN accounts ON accounts.id = activity.account_id AND accounts.currency = activity.currency
     WHERE activity.user_id = $1 AND date >= $2 AND activity.type = 'transfer' AND quantity <> 0 AND security_id IS NOT NULL
       AND NOT COALESCE(${IS_INTERNAL}, false)`,
    [userId, since, today],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    date: row.date,
    securityId: row.security_id,
    quantity: toMoney(row.quantity),
    price: Number(row.price) > 0 ? toMoney(row.price) : null,
  }));
}

/** All trades of securities, oldest first. */
export async function listTrades({ pool }: Database, userId: string): Promise<Trade[]> {
  const { rows } = await pool.query(
    `SELECT activity.id, account_id, activity.security_id, ticker_symbol, securities.name, date, activity.type, activity.subtype, quantity, amount, activity.currency
     FROM investment_transactions AS activity JOIN securities ON securities.id = activity.security_id
     WHERE user_id = $1 AND quantity <> 0 AND activity.type <> 'cancel' AND securities.type IS DISTINCT FROM 'cash' ORDER BY date, activity.id`,
    [userId],
  );
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    securityId: row.security_id,
    ticker: row.ticker_symbol,
    name: row.name,
    date: row.date,
    type: row.type,
    subtype: row.subtype,
    quantity: toMoney(row.quantity),
    amount: toMoney(row.amount),
    currency: row.currency,
  }));
}

/** A person's positions in open accounts. */
export async function listPositions({ pool }: Database, userId: string): Promise<HeldPosition[]> {
  const { rows } = await pool.query(
    `SELECT holdings.id, holdings.account_id, holdings.security_id, ticker_symbol, securities.name, securities.type, sector, holdings.currency, quantity, institution_price,
       institution_value, cost_basis, (securities.type IS NOT DISTINCT FROM 'cash' OR COALESCE(is_cash_equivalent, false)) AS is_cash
     FROM holdings JOIN securities ON securities.id = holdings.security_id
       JOIN accounts ON accounts.id = holdings.account_id AND accounts.is_active
     WHERE holdings.user_id = $1`,
    [userId],
  );
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
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

/** The day before which nothing is known of a person's investments. */
export async function findPortfolioStart({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    `SELECT LEAST(
       (SELECT min(date) - 1 FROM investment_transactions WHERE user_id = $1),
       (SELECT min(snapshot_date) FROM balance_snapshots JOIN accounts ON accounts.id = balance_snapshots.account_id
        WHERE balance_snapshots.user_id = $1 AND accounts.type IN ('investment', 'brokerage'))) AS first`,
    [userId],
  );
  return rows[0]?.first ?? null;
}
