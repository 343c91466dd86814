import type { Database } from '../database/client.ts';

/** The signed-in person, as every handler sees them. */
export interface User {
  id: string;
  email: string;
  name: string | null;
  timeZone: string;
  baseCurrency: string;
  isDemo: boolean;
}

const FIELDS = { id: true, email: true, name: true, timeZone: true, baseCurrency: true, isDemo: true } as const;
const UNIQUE_VIOLATION = 'P2002';

export const findUser = ({ prisma }: Database, id: string): Promise<User | null> =>
  prisma.user.findUnique({ where: { id }, select: FIELDS });

export async function findCredentials({ prisma }: Database, email: string) {
  const found = await prisma.user.findUnique({ where: { email }, select: { ...FIELDS, passwordHash: true } });
  if (!found) return null;
  const { passwordHash, ...user } = found;
  return { user, passwordHash };
}

export interface NewUser {
  email: string;
  passwordHash: string | null;
  name: string | null;
  timeZone: string;
  isDemo?: boolean;
}

/** @returns null when somebody has that e-mail address already. */
export async function createUser({ prisma }: Database, user: NewUser): Promise<User | null> {
  try {
    return await prisma.user.create({ data: { isDemo: false, ...user }, select: FIELDS });
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return null;
    throw error;
  }
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
