import type { Database } from '../database/client.ts';
import { type Money, toMoneyOrNull } from '../lib/money.ts';

export interface Account {
  id: string;
  itemId: string;
  name: string;
  officialName: string | null;
  mask: string | null;
  type: string;
  subtype: string | null;
  currency: string;
  balanceAvailable: Money | null;
  balanceCurrent: Money | null;
  balanceLimit: Money | null;
  /** What was borrowed from the broker; part of the balance already. */
  marginLoanAmount: Money | null;
  /** Per cent a year. */
  apy: Money | null;
  isAsset: boolean;
  isLiquid: boolean;
  includeInNetWorth: boolean;
  customCategory: string | null;
  institutionName: string | null;
  lastBalanceUpdate: Date | null;
  /** When the institution itself last looked at the balance, where it says so. */
  balanceAsOf: Date | null;
  isActive: boolean;
  /** The same account through another link, which counts in its stead. */
  duplicateOfId: string | null;
}

const FIELDS = {
  id: true,
  plaidItemId: true,
  name: true,
  officialName: true,
  mask: true,
  type: true,
  subtype: true,
  currency: true,
  balanceAvailable: true,
  balanceCurrent: true,
  balanceLimit: true,
  marginLoanAmount: true,
  apy: true,
  isAsset: true,
  isLiquid: true,
  includeInNetWorth: true,
  customCategory: true,
  lastBalanceUpdate: true,
  balanceAsOf: true,
  isActive: true,
  duplicateOfId: true,
  item: { select: { institutionName: true } },
} as const;

type Row = NonNullable<Awaited<ReturnType<typeof findRow>>>;
const findRow = ({ prisma }: Database, userId: string, id: string) => prisma.account.findFirst({ where: { id, userId }, select: FIELDS });

const toAccount = ({ item, plaidItemId, ...row }: Row): Account => ({
  ...row,
  itemId: plaidItemId,
  institutionName: item.institutionName,
  balanceAvailable: toMoneyOrNull(row.balanceAvailable),
  balanceCurrent: toMoneyOrNull(row.balanceCurrent),
  balanceLimit: toMoneyOrNull(row.balanceLimit),
  marginLoanAmount: toMoneyOrNull(row.marginLoanAmount),
  apy: toMoneyOrNull(row.apy),
});

/** A person's accounts, closed ones too but each once, by institution, then assets before debts, then name. */
export const listAllAccounts = (database: Database, userId: string): Promise<Account[]> => list(database, { userId, duplicateOfId: null });

/** Those that count through another link. */
export const listDuplicates = (database: Database, userId: string): Promise<Account[]> =>
  list(database, { userId, duplicateOfId: { not: null } });

async function list({ prisma }: Database, where: { userId: string; duplicateOfId: null | { not: null } }): Promise<Account[]> {
  const rows = await prisma.account.findMany({
    where,
    select: FIELDS,
    orderBy: [{ item: { createdAt: 'asc' } }, { isAsset: 'desc' }, { name: 'asc' }, { id: 'asc' }],
  });
  return rows.map(toAccount);
}

/** Those of them that the bank still lists. */
export const listActiveAccounts = async (database: Database, userId: string): Promise<Account[]> =>
  (await listAllAccounts(database, userId)).filter((account) => account.isActive);

export interface AccountSettings {
  isAsset?: boolean;
  isLiquid?: boolean;
  includeInNetWorth?: boolean;
  customCategory?: string | null;
}

/** Saves what the person decided, which no sync overwrites. @returns null when the account is not theirs. */
export async function saveAccountSettings(
  database: Database,
  userId: string,
  id: string,
  settings: AccountSettings,
): Promise<Account | null> {
  const { count } = await database.prisma.account.updateMany({ where: { id, userId }, data: settings });
  const row = count === 0 ? null : await findRow(database, userId, id);
  return row && toAccount(row);
}

/** What the account holds or owes: `current`, or for a bank account without one, `available`. Null: the bank does not say. */
export const balanceOf = (account: Pick<Account, 'type' | 'balanceCurrent' | 'balanceAvailable'>): Money | null =>
  account.balanceCurrent ?? (account.type === 'depository' ? account.balanceAvailable : null);
