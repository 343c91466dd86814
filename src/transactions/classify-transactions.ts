import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { toMoney, UNKNOWN_CURRENCY } from '../lib/money.ts';
import * as store from './classification-store.ts';
import { BY_STATEMENT, type CashFlowType, type Classifiable, classify, countedAmount, type Person, type Why } from './classify.ts';
import { matchTransfers } from './match-transfers.ts';
import { listRules } from './rule-store.ts';
import { merchantOf, type Rule, ruleFor } from './rules.ts';

const BATCH_ROWS = 2_000;

/** Pairs transfers and gives every row that has none its type; rows that have one stay as they are. */
export async function classifyTransactions(database: Database, userId: string): Promise<void> {
  await changeTransactions(database, userId, async () => true);
}

/**
 * Makes a change to a person's rows and classifies them in the same database transaction, so that no total ever misses a row
 * that is listed. When the change answers false nothing was done.
 */
export async function changeTransactions(
  database: Database,
  userId: string,
  change: (client: Queryable) => Promise<boolean>,
): Promise<boolean> {
  return database.transaction(async (client) => {
    await store.lockTransactionsOf(client, userId);
    if (!(await change(client))) return false;
    await classifyWithin(client, userId);
    return true;
  });
}

/** What a row's classification is stored as. */
interface StoredClassification {
  type: CashFlowType;
  why: Why;
  confidence: number;
  counted: string;
}

function classified(row: Classifiable, person: Person): StoredClassification {
  const { type, why, confidence } = classify(row, person);
  return { type, why, confidence, counted: countedAmount(type, row).toFixed() };
}

export interface NewClassification extends StoredClassification {
  rule: Rule | null;
}

/** Classifies new rows before they are written, as if none had a pair; those that have one `classifyWithin` finds afterwards. */
export async function createClassifier(client: Queryable, userId: string): Promise<(row: NewRow) => NewClassification> {
  const person = await store.findPerson(client, userId);
  const accounts = await store.listAccountKinds(client, userId);
  const rules = await listRules(client, userId);
  return (row) => {
    const rule = rules.length === 0 ? null : ruleFor(rules, merchantOf(row));
    const known = {
      ...row,
      amount: toMoney(row.amount),
      accountType: accounts.get(row.accountId)?.type ?? 'other',
      institution: accounts.get(row.accountId)?.institution ?? null,
      currency: row.currency ?? accounts.get(row.accountId)?.currency ?? UNKNOWN_CURRENCY,
      customCashFlowType: null,
      ruleCashFlowType: rule?.cashFlowType ?? null,
      matchedAccountType: null,
    };
    return { ...classified(known, person), rule };
  };
}

/** A row as a bank gives it: its account by the bank's id, its amount as decimal text. */
export type NewRow = Pick<Classifiable, 'categoryPrimary' | 'categoryDetailed' | 'categoryConfidence' | 'name' | 'merchantName'> & {
  accountId: string;
  amount: string;
  /** Null: its account's. */
  currency: string | null;
};

/**
 * Pairs and classifies inside a transaction that already holds the lock. Only what is new is looked at: rows without a type, and rows
 * that this transaction has written.
 * @param writtenOn the days of rows written by this transaction, which may have a type already.
 */
export async function classifyWithin(client: Queryable, userId: string, writtenOn: CalendarDate[] = []): Promise<void> {
  const person = await store.findPerson(client, userId);
  await resetCardPayments(client, userId, person);
  await store.dissolveStaleMatches(client, userId);
  await pairTransfers(client, userId, writtenOn);
  for (;;) {
    const rows = await store.listUnclassified(client, userId, BATCH_ROWS);
    if (rows.length === 0) return;
    await store.saveClassifications(
      client,
      userId,
      rows.map((row) => ({ id: row.id, ...classified(row, person) })),
    );
  }
}

/** Pairs what is new, and again what a better pair has left alone. Each round has more evidence in its pairs than the one before, so it ends. */
async function pairTransfers(client: Queryable, userId: string, writtenOn: CalendarDate[]): Promise<void> {
  const owner = await store.findOwner(client, userId);
  for (let takenApart = 1; takenApart > 0; ) {
    const candidates = await store.listCandidates(client, userId, writtenOn);
    const legs = [...new Set(candidates.flatMap(({ outflow, inflow }) => [outflow.id, inflow.id]))];
    takenApart = await store.savePairs(client, userId, legs, matchTransfers(candidates, owner));
  }
}

/**
 * Card payments count by the cards that are linked and by their statements: those that count otherwise now are left to be classified
 * anew. What a statement has explained stays explained when the next one comes.
 */
async function resetCardPayments(client: Queryable, userId: string, person: Person): Promise<void> {
  const payments = await store.listCardPayments(client, userId);
  const changed = payments.filter((row) => {
    if (row.storedType === 'transfer' && row.confidence === BY_STATEMENT && person.cards.length > 0) return false;
    return classify(row, person).type !== row.storedType;
  });
  await store.resetClassifications(
    client,
    userId,
    changed.map((row) => row.id),
  );
}
