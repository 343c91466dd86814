import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { toMoney, toMoneyOrNull } from '../lib/money.ts';
import type { HeldPosition } from './portfolio.ts';
import type { OpenLot } from './realised-gains.ts';

/** A person's positions in open accounts, of each account once. */
export async function listPositions({ pool }: Database, userId: string): Promise<HeldPosition[]> {
  const { rows } = await pool.query(
    `SELECT holdings.id, holdings.account_id, holdings.security_id, ticker_symbol, securities.name, securities.type, sector, holdings.currency, quantity, institution_price,
       institution_value, cost_basis, vested_quantity, vested_value, fixed_income, (securities.type IS NOT DISTINCT FROM 'cash' OR COALESCE(is_cash_equivalent, false)) AS is_cash
     FROM holdings JOIN securities ON securities.id = holdings.security_id
       JOIN accounts ON accounts.id = holdings.account_id AND accounts.is_active AND accounts.duplicate_of_id IS NULL
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
    vestedQuantity: toMoneyOrNull(row.vested_quantity),
    vestedValue: toMoneyOrNull(row.vested_value),
    couponRate: toMoneyOrNull(row.fixed_income?.yield_rate?.percentage ?? null),
    faceValue: toMoneyOrNull(row.fixed_income?.face_value ?? null),
  }));
}

/** The purchases that institutions state of what is held. Where they give an instant its day is that of UTC. */
export async function listStatedLots({ pool }: Database, userId: string): Promise<OpenLot[]> {
  const { rows } = await pool.query(
    `SELECT holdings.account_id, security_id, holdings.currency, acquired_on, CASE WHEN is_short THEN -abs(lot.quantity) ELSE abs(lot.quantity) END AS quantity,
       COALESCE(abs(lot.cost) / NULLIF(abs(lot.quantity), 0), lot.price) AS unit_cost
     FROM holdings JOIN accounts ON accounts.id = holdings.account_id AND accounts.is_active AND accounts.duplicate_of_id IS NULL
       CROSS JOIN LATERAL (
         SELECT (row->>'acquiredAt')::timestamptz::date AS acquired_on, (row->>'quantity')::numeric AS quantity, (row->>'costBasis')::numeric AS cost,
           (row->>'price')::numeric AS price, row->>'side' = 'SHORT' OR (row->>'quantity')::numeric < 0 AS is_short
         FROM jsonb_array_elements(tax_lots) AS row) AS lot
     WHERE holdings.user_id = $1 AND lot.quantity <> 0`,
    [userId],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    securityId: row.security_id,
    acquiredOn: row.acquired_on,
    quantity: toMoney(row.quantity),
    unitCost: toMoneyOrNull(row.unit_cost),
    currency: row.currency,
  }));
}

/** The day of the oldest investment transaction. */
export async function findActivityStart({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    `SELECT min(date) AS first FROM investment_transactions JOIN accounts ON accounts.id = investment_transactions.account_id AND duplicate_of_id IS NULL
     WHERE investment_transactions.user_id = $1`,
    [userId],
  );
  return rows[0]?.first ?? null;
}

/** The day before which nothing is known of a person's investments. */
export async function findPortfolioStart({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    `SELECT LEAST(
       (SELECT min(date) - 1 FROM investment_transactions JOIN accounts ON accounts.id = investment_transactions.account_id
        WHERE investment_transactions.user_id = $1 AND accounts.duplicate_of_id IS NULL),
       (SELECT min(snapshot_date) FROM balance_snapshots JOIN accounts ON accounts.id = balance_snapshots.account_id
        WHERE balance_snapshots.user_id = $1 AND accounts.duplicate_of_id IS NULL AND accounts.type IN ('investment', 'brokerage'))) AS first`,
    [userId],
  );
  return rows[0]?.first ?? null;
}
