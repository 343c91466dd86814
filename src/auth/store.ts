import type { Database } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, currenciesOf } from '../lib/exchange-rates.ts';
import { type Money, toMoney, toMoneyOrNull } from '../lib/money.ts';

const UNIQUE_VIOLATION = 'P2002';

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
  data_version: string | null;
  rates: { currency: string; effective_on: CalendarDate; rate: string }[] | null;
}

/** One statement, since every request asks: the person, their rates, and the version of their data. */
const FIND_USER = `SELECT id, email, name, time_zone, base_currency, net_worth_goal, is_demo, email_confirmed_at IS NOT NULL AS is_email_confirmed,
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
}

/** @returns null when somebody has that e-mail address already. */
export async function createUser(database: Database, user: NewUser): Promise<User | null> {
  try {
    const { id } = await database.prisma.user.create({ data: { isDemo: false, ...user }, select: { id: true } });
    return await findUser(database, id);
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return null;
    throw error;
  }
}

/** The address is the person's, as long as it is still the one that was asked. @returns false when it is not */
export async function confirmEmail({ prisma }: Database, userId: string, email: string): Promise<boolean> {
  const { count } = await prisma.user.updateMany({ where: { id: userId, email }, data: { emailConfirmedAt: new Date() } });
  return count === 1;
}

export async function savePasswordHash({ prisma }: Database, userId: string, passwordHash: string): Promise<void> {
  await prisma.user.update({ where: { id: userId }, data: { passwordHash } });
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
