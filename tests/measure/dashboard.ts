// A household as the dashboard gets to see it: through the banks that it has linked.
import type { AccountBase, Transaction } from 'plaid';
import { groupBy } from '../../src/lib/group.ts';
import { type Client, link } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';
import type { LifeAccount, LifeRow } from './life.ts';

type Seen = { accounts: LifeAccount[]; rows: LifeRow[] };

/** Banks name rows and accounts for everybody, a life only for itself. */
let households = 0;
const SEPARATOR = '/';
const worldwide = (household: number, id: string) => `${household}${SEPARATOR}${id}`;
/** The id of a row in its life, by what its bank calls it. */
export const lifeId = (bankId: string): string => bankId.slice(bankId.indexOf(SEPARATOR) + 1);

/** What a bank answers about one of its accounts: its balance is what all of its movements have left. */
function bankAccount(household: number, of: LifeAccount, rows: LifeRow[]): AccountBase {
  const moved = rows.filter((row) => row.account === of.key).reduce((total, row) => total + row.cents, 0);
  const isOwed = of.type === 'credit' || of.type === 'loan';
  const current = (isOwed ? of.openingCents + moved : of.openingCents - moved) / 100;
  return account(of.type, of.subtype, current, { account_id: worldwide(household, of.key), name: of.name, mask: of.mask });
}

const bankRow = (household: number, row: LifeRow, on: AccountBase): Transaction =>
  transaction(on, row.date, row.cents / 100, row.name, {
    transaction_id: worldwide(household, row.id),
    merchant_name: row.merchant,
    personal_finance_category: row.primary && { primary: row.primary, detailed: row.detailed, confidence_level: 'HIGH' },
  });

/** Links every bank of a household. */
export async function linkHousehold(client: Client, { accounts, rows }: Seen): Promise<void> {
  const serial = households++;
  for (const [bank, own] of groupBy(accounts, (candidate) => candidate.bank)) {
    const byKey = new Map(own.map((candidate) => [candidate.key, bankAccount(serial, candidate, rows)]));
    const transactions = rows.flatMap((row) => {
      const on = byKey.get(row.account);
      return on ? [bankRow(serial, row, on)] : [];
    });
    await link(client, { accounts: [...byKey.values()], transactions }, bank);
  }
}
