import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, currenciesOf } from '../lib/exchange-rates.ts';
import { type Money, toMoney, toMoneyOrNull } from '../lib/money.ts';

/** The signed-in person, as every handler sees them. */
export interface User {
  id: string;
  email: string;
  name: string | null;
  timeZone: string;
  baseCurrency: string;
  /** What can be counted in the base currency. */
  currencies: Currencies;
  netWorthGoal: Money | null;
  isDemo: boolean;
  /** Its owner has said that the address is theirs. */
  isEmailConfirmed: boolean;
  /** Somebody else has shown that the address was theirs: this account has to name another one. */
  isAddressLost: boolean;
  /** The same text while nothing that the figures are worked out from has changed. */
  dataVersion: string;
}

interface UserRow {
  id: string;
  email: string;
  name: string | null;
  time_zone: string;
  base_currency: string;
  net_worth_goal: string | null;
  is_demo: boolean;
  is_email_confirmed: boolean;
  is_address_lost: boolean;
  data_version: string | null;
  rates: { currency: string; effective_on: CalendarDate; rate: string }[] | null;
}

/** One statement, since every request asks: the person, their rates, and the version of their data. */
const FIND_USER = `SELECT id, email, name, time_zone, base_currency, net_worth_goal, is_demo, email_confirmed_at IS NOT NULL AS is_email_confirmed,
    address_lost_at IS NOT NULL AS is_address_lost,
    (SELECT max(transaction_no) || '-' || sum(transaction_no) FROM data_changes WHERE user_id = users.id) AS data_version,
    (SELECT json_agg(json_build_object('currency', currency, 'effective_on', effective_on, 'rate', rate::text)) FROM exchange_rates
      WHERE user_id = users.id AND exchange_rates.base_currency = users.base_currency) AS rates
  FROM users WHERE id = $1`;

export async function findUser({ pool }: Database, id: string): Promise<User | null> {
  const { rows } = await pool.query<UserRow>({ name: 'find-user', text: FIND_USER, values: [id] });
  const [row] = rows;
  if (!row) return null;
  const rates = (row.rates ?? []).map((rate) => ({
    currency: rate.currency,
    effectiveOn: rate.effective_on,
    rate: toMoney(rate.rate),
  }));
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    timeZone: row.time_zone,
    baseCurrency: row.base_currency,
    currencies: currenciesOf(row.base_currency, rates),
    netWorthGoal: toMoneyOrNull(row.net_worth_goal),
    isDemo: row.is_demo,
    isEmailConfirmed: row.is_email_confirmed,
    isAddressLost: row.is_address_lost,
    dataVersion: row.data_version ?? '0',
  };
}

export async function findCredentials(database: Database, email: string): Promise<{ user: User; passwordHash: string | null } | null> {
  const found = await database.prisma.user.findUnique({ where: { email }, select: { id: true, passwordHash: true } });
  const user = found && (await findUser(database, found.id));
  return user && { user, passwordHash: found.passwordHash };
}

export interface NewUser {
  email: string;
  passwordHash: string | null;
  name: string | null;
  timeZone: string;
  isDemo?: boolean;
  /** They have shown that the address is theirs. */
  isEmailConfirmed?: boolean;
}

/** @returns the new person's id; null when somebody has that e-mail address already. */
export async function insertUser(client: Queryable, user: NewUser): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO users (email, password_hash, name, time_zone, is_demo, email_confirmed_at)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END) ON CONFLICT (email) DO NOTHING RETURNING id`,
    [user.email, user.passwordHash, user.name, user.timeZone, user.isDemo ?? false, user.isEmailConfirmed ?? false],
  );
  return rows[0]?.id ?? null;
}

/** @returns null when somebody has that e-mail address already. */
export async function createUser(database: Database, user: NewUser): Promise<User | null> {
  const id = await insertUser(database.pool, user);
  return id === null ? null : findUser(database, id);
}

/** Whether there is anybody here yet, visitors of the demonstration aside. */
export async function hasPeople(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ has_people: boolean }>('SELECT EXISTS (SELECT FROM users WHERE NOT is_demo) AS has_people');
  return rows[0]?.has_people ?? false;
}

/** Everybody here, visitors of the demonstration aside, the first one first. */
export async function listUsers(client: Queryable): Promise<{ email: string; name: string | null; createdAt: Date; sessions: number }[]> {
  const { rows } = await client.query<{ email: string; name: string | null; createdAt: Date; sessions: number }>(
    `SELECT email, name, created_at AS "createdAt",
       (SELECT count(*)::integer FROM sessions WHERE sess->'passport'->>'user' = users.id::text AND expire > now()) AS sessions
     FROM users WHERE NOT is_demo ORDER BY created_at, id`,
  );
  return rows;
}

/** Who was here first owns the place. */
export async function isOwner(client: Queryable, userId: string): Promise<boolean> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM users WHERE NOT is_demo ORDER BY created_at, id LIMIT 1');
  return rows[0]?.id === userId;
}

/** An address goes to whoever has shown that it is theirs; the account that has it and never did keeps nothing of it. */
export async function releaseAddress(client: Queryable, email: string): Promise<void> {
  await client.query(
    `UPDATE users SET email = 'lost-' || id || '@lost.invalid', address_lost_at = now(), updated_at = now()
     WHERE email = $1 AND email_confirmed_at IS NULL`,
    [email],
  );
}

/** @returns false when somebody else has the address */
export async function saveEmail(client: Queryable, userId: string, email: string, isConfirmed: boolean): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE users SET email = $2, email_confirmed_at = CASE WHEN $3 THEN now() END, address_lost_at = NULL, updated_at = now()
     WHERE id = $1 AND NOT EXISTS (SELECT FROM users AS other WHERE other.email = $2 AND other.id <> $1)`,
    [userId, email, isConfirmed],
  );
  return rowCount === 1;
}

/** The address is the person's, as long as it is still the one that was asked. @returns false when it is not */
export async function confirmEmail({ prisma }: Database, userId: string, email: string): Promise<boolean> {
  const { count } = await prisma.user.updateMany({ where: { id: userId, email }, data: { emailConfirmedAt: new Date() } });
  return count === 1;
}

export async function savePasswordHash(client: Queryable, userId: string, passwordHash: string): Promise<void> {
  await client.query('UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1', [userId, passwordHash]);
}

/** Appends to the person's own log. `detail` names things, never money. */
export async function recordAudit(
  { prisma }: Database,
  userId: string,
  action: string,
  detail: Record<string, string> = {},
): Promise<void> {
  await prisma.auditEvent.create({ data: { userId, action, detail } });
}

export interface AuditEntry {
  action: string;
  detail: Record<string, string>;
  at: Date;
}

/** The latest of a person's own log. */
export async function listAudit({ prisma }: Database, userId: string, limit: number): Promise<AuditEntry[]> {
  const rows = await prisma.auditEvent.findMany({ where: { userId }, orderBy: [{ occurredAt: 'desc' }, { id: 'desc' }], take: limit });
  return rows.map(({ action, detail, occurredAt }) => ({ action, detail: detail as Record<string, string>, at: occurredAt }));
}
