import type { Database, Queryable } from '../database/client.ts';
import { type CalendarDate, fromDatabaseDate } from '../lib/dates.ts';
import { type Money, toMoney } from '../lib/money.ts';

export interface Profile {
  name?: string | null | undefined;
  timeZone?: string | undefined;
  baseCurrency?: string | undefined;
  netWorthGoal?: Money | null | undefined;
}

/** Saves what a person says of themselves. In another base currency the recorded net worths mean nothing: they are recorded anew. */
export const saveProfile = (database: Database, userId: string, profile: Profile): Promise<void> =>
  database.transaction((client) => saveProfileWithin(client, userId, profile));

/** The same as part of something larger. */
export async function saveProfileWithin(client: Queryable, userId: string, profile: Profile): Promise<void> {
  const { rows } = await client.query<{ base_currency: string }>('SELECT base_currency FROM users WHERE id = $1 FOR NO KEY UPDATE', [
    userId,
  ]);
  await client.query(
    `UPDATE users SET
       name = CASE WHEN $2 THEN $3 ELSE name END,
       time_zone = COALESCE($4, time_zone),
       base_currency = COALESCE($5, base_currency),
       net_worth_goal = CASE WHEN $6 THEN $7::numeric ELSE net_worth_goal END,
       updated_at = now()
     WHERE id = $1`,
    [
      userId,
      profile.name !== undefined,
      profile.name ?? null,
      profile.timeZone ?? null,
      profile.baseCurrency ?? null,
      profile.netWorthGoal !== undefined,
      profile.netWorthGoal?.toFixed() ?? null,
    ],
  );
  if (profile.baseCurrency !== undefined && profile.baseCurrency !== rows[0]?.base_currency)
    await client.query('DELETE FROM net_worth_snapshots WHERE user_id = $1', [userId]);
}

export interface StoredRate {
  id: string;
  currency: string;
  baseCurrency: string;
  rate: Money;
  effectiveOn: CalendarDate;
}

/** All rates a person has entered, those of earlier base currencies too, newest first. */
export async function listRates({ prisma }: Database, userId: string): Promise<StoredRate[]> {
  const rows = await prisma.exchangeRate.findMany({
    where: { userId },
    orderBy: [{ baseCurrency: 'asc' }, { currency: 'asc' }, { effectiveOn: 'desc' }],
  });
  return rows.map((row) => ({ ...row, rate: toMoney(row.rate), effectiveOn: fromDatabaseDate(row.effectiveOn) }));
}

/** Saves a rate; one of the same day is replaced. @returns its id. */
export async function saveRate({ pool }: Database, userId: string, rate: Omit<StoredRate, 'id'>): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO exchange_rates (user_id, currency, base_currency, rate, effective_on) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (user_id, base_currency, currency, effective_on) DO UPDATE SET rate = EXCLUDED.rate RETURNING id`,
    [userId, rate.currency, rate.baseCurrency, rate.rate.toFixed(), rate.effectiveOn],
  );
  return (rows[0] as { id: string }).id;
}

/** @returns false when the rate is not theirs. */
export async function deleteRate({ prisma }: Database, userId: string, id: string): Promise<boolean> {
  const { count } = await prisma.exchangeRate.deleteMany({ where: { id, userId } });
  return count === 1;
}
