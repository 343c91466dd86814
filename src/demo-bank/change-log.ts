import type { Transaction } from 'plaid';

export type Change =
  | { kind: 'added' | 'modified'; transaction: Transaction }
  | { kind: 'removed'; transactionId: string; accountId: string };

export interface SyncPage {
  added: Transaction[];
  modified: Transaction[];
  removed: { transaction_id: string; account_id: string }[];
  next_cursor: string;
  has_more: boolean;
}

/** A cursor that belongs to another log, or to none. */
export class RefusedCursor extends Error {}
/** The log grew while somebody read it page by page. */
export class MutationDuringPagination extends Error {}

interface Position {
  log: string;
  /** Changes the reader has applied. */
  from: number;
  /** End of the update being read, and how much of it has been handed out. */
  to?: number;
  offset?: number;
}

/** An item's transactions as a log of changes, read from opaque cursors like Plaid's. */
export class ChangeLog {
  readonly id: string;
  private readonly changes: Change[] = [];
  /** The end of the log before the bank had prepared anything more. */
  private visible = 0;
  /** The update that was last read from, for its next page. */
  private reading: { from: number; to: number; net: Change[] } | null = null;

  constructor(id: string) {
    this.id = id;
  }

  append(...changes: Change[]): void {
    for (const change of changes) this.changes.push(change);
  }

  /** Lets readers see everything appended so far. */
  publish(): void {
    this.visible = this.changes.length;
  }

  /** Transactions that are there now, published or not; or that were there for a reader at a cursor. @throws RefusedCursor */
  current(cursor?: string): Map<string, Transaction> {
    const rows = new Map<string, Transaction>();
    for (const change of this.changes.slice(0, cursor === undefined ? undefined : this.decode(cursor).from)) {
      if (change.kind === 'removed') rows.delete(change.transactionId);
      else rows.set(change.transaction.transaction_id, change.transaction);
    }
    return rows;
  }

  /** The next page after a cursor; an update that grew while it was read has to be read again. @throws RefusedCursor, MutationDuringPagination */
  read(cursor: string | undefined, count: number): SyncPage {
    const position = cursor ? this.decode(cursor) : { log: this.id, from: 0 };
    if (position.to !== undefined && position.to !== this.visible) throw new MutationDuringPagination();
    const offset = position.offset ?? 0;
    if (this.reading?.from !== position.from || this.reading.to !== this.visible) {
      this.reading = { from: position.from, to: this.visible, net: this.netChanges(position.from, this.visible) };
    }
    const { net } = this.reading;
    const page = net.slice(offset, offset + count);
    const hasMore = offset + count < net.length;
    const next: Position = hasMore
      ? { log: this.id, from: position.from, to: this.visible, offset: offset + count }
      : { log: this.id, from: this.visible };
    return {
      added: page.flatMap((change) => (change.kind === 'added' ? [change.transaction] : [])),
      modified: page.flatMap((change) => (change.kind === 'modified' ? [change.transaction] : [])),
      removed: page.flatMap((change) =>
        change.kind === 'removed' ? [{ transaction_id: change.transactionId, account_id: change.accountId }] : [],
      ),
      next_cursor: Buffer.from(JSON.stringify(next)).toString('base64'),
      has_more: hasMore,
    };
  }

  /** What a reader at `from` has to do to be at `to`: one change per transaction, in the order they last changed. */
  private netChanges(from: number, to: number): Change[] {
    const known = new Set<string>();
    for (const change of this.changes.slice(0, from)) {
      if (change.kind === 'removed') known.delete(change.transactionId);
      else known.add(change.transaction.transaction_id);
    }
    const net = new Map<string, Change>();
    for (const change of this.changes.slice(from, to)) {
      const id = change.kind === 'removed' ? change.transactionId : change.transaction.transaction_id;
      net.delete(id);
      if (change.kind !== 'removed') net.set(id, { kind: known.has(id) ? 'modified' : 'added', transaction: change.transaction });
      else if (known.has(id)) net.set(id, change);
    }
    return [...net.values()];
  }

  private decode(cursor: string): Position {
    try {
      const position = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')) as Position;
      if (position.log === this.id && position.from >= 0 && position.from <= this.visible) return position;
    } catch {
      // Not one of ours.
    }
    throw new RefusedCursor();
  }
}
