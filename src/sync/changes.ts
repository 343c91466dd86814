import { databaseJson } from '../lib/json.ts';
import type { BankTransaction, TransactionsPage } from '../plaid/translate.ts';

/**
 * A row that waits to be written, as text but for what is asked of it meanwhile: tens of thousands of objects would have to be
 * looked at by every garbage collection.
 */
export interface StagedTransaction {
  transactionId: string;
  accountId: string;
  /** It may be about a pending row: it is one, or it names the one it replaces. */
  isLinked: boolean;
  namesPending: boolean;
  text: string;
}

const stage = (row: BankTransaction): StagedTransaction => ({
  transactionId: row.transactionId,
  accountId: row.accountId,
  isLinked: row.pending || row.pendingTransactionId !== null,
  namesPending: row.pendingTransactionId !== null,
  text: databaseJson(withoutNulls(row)),
});

/** What is null need not be written down: most of a row's fields are, and the database takes what is missing for null. */
function withoutNulls(row: BankTransaction): Partial<BankTransaction> {
  const known: Partial<Record<keyof BankTransaction, unknown>> = {};
  for (const field in row)
    if (row[field as keyof BankTransaction] !== null) known[field as keyof BankTransaction] = row[field as keyof BankTransaction];
  return known as Partial<BankTransaction>;
}

/** What is known of the row; what is null is not there. */
export const unstage = ({ text }: StagedTransaction): Partial<BankTransaction> => JSON.parse(text) as Partial<BankTransaction>;

/** What the pages of one update come to, to be applied at once. */
export interface Changes {
  /** Rows to write, one per transaction id, as last seen. */
  rows: Map<string, StagedTransaction>;
  /** Ids that are gone. */
  removed: Set<string>;
}

export const noChanges = (): Changes => ({ rows: new Map(), removed: new Set() });

/** Adds a page: what comes later wins, so an id removed and added again is there, one added and removed is gone. */
export function addPage(changes: Changes, page: Pick<TransactionsPage, 'added' | 'modified' | 'removed'>): void {
  // Within one page a row's removal belongs to what was known before it: a posted row may take its pending row's place.
  for (const id of page.removed) {
    changes.rows.delete(id);
    changes.removed.add(id);
  }
  for (const row of [...page.added, ...page.modified]) {
    changes.rows.set(row.transactionId, stage(row));
    changes.removed.delete(row.transactionId);
  }
}
