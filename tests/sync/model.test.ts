import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import type { AccountBase, Transaction } from 'plaid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/client.ts';
import type { BankItem } from '../../src/demo-bank/bank-item.ts';
import { ChangeLog, MutationDuringPagination, RefusedCursor } from '../../src/demo-bank/change-log.ts';
import { saveItem } from '../../src/items/store.ts';
import type { PlaidGateway } from '../../src/plaid/client.ts';
import { PlaidFailure } from '../../src/plaid/failure.ts';
import { accountsAnswer, transactionsPage } from '../../src/plaid/translate.ts';
import { runSync } from '../../src/sync/job.ts';
import { type ClaimedJob, requestSync } from '../../src/sync/queue.ts';
import { cloneDatabase } from '../database.ts';
import { account, add, modify, newItem, setData, transaction } from '../test-bank.ts';

/** Others every time; the long run of `npm run test:kill` takes a thousand. */
const SEQUENCES = Number(process.env.MODEL_SEQUENCES ?? 300);
const AT_ONCE = 4;
const TRIES_MAX = 12;

/** What a bank, and a person, may do between two syncs; numbers choose a row or an amount. */
type Step =
  | { kind: 'add'; pending: boolean; cents: number; day: number }
  | { kind: 'modify'; row: number; cents: number }
  | { kind: 'modify without change'; row: number }
  | { kind: 'remove'; row: number }
  | { kind: 'bring back'; row: number }
  | { kind: 'post'; row: number; cents: number; isNamed: boolean; isLate: boolean }
  | { kind: 'note'; row: number }
  | { kind: 'other log' };
type Fault = '429' | '500' | 'down' | 'grow while read' | 'none';
interface Round {
  steps: Step[];
  faults: Fault[];
}

const row = fc.nat(1_000);
const cents = fc.integer({ min: -50_000, max: 50_000 }).filter((value) => value !== 0);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add' as const), pending: fc.boolean(), cents, day: fc.integer({ min: 1, max: 28 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('modify' as const), row, cents }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('modify without change' as const), row }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bring back' as const), row }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('post' as const),
      row,
      cents: fc.integer({ min: 0, max: 900 }),
      isNamed: fc.boolean(),
      isLate: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note' as const), row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('other log' as const) }) },
);
const fault = fc.constantFrom<Fault>('none', 'none', 'none', '429', '500', 'down', 'grow while read');
const round = fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 6 }), faults: fc.array(fault, { maxLength: 1 }) });
const sequence = fc.record({ first: fc.nat(9), rounds: fc.array(round, { minLength: 1, maxLength: 3 }) });
type Sequence = { first: number; rounds: Round[] };

const PAGE_SIZE = 4;
const FAILURES = {
  '429': new PlaidFailure({ code: 'TRANSACTIONS_LIMIT', type: 'RATE_LIMIT_EXCEEDED', httpStatus: 429 }),
  '500': new PlaidFailure({ code: 'INTERNAL_SERVER_ERROR', type: 'API_ERROR', httpStatus: 500 }),
  down: new PlaidFailure({ code: 'INSTITUTION_DOWN', type: 'INSTITUTION_ERROR', httpStatus: 400 }),
};

let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  const cloned = await cloneDatabase();
  database = openDatabase(cloned.url, () => undefined);
  close = async () => {
    await database.close();
    await cloned.drop();
  };
});
afterAll(() => close());

/** The bank without the wire between: its answers as they are translated, its refusals as failures. */
function gatewayTo(model: Model): PlaidGateway {
  const { item } = model;
  const failIf = (product: keyof Model['planned']) => {
    const failure = model.planned[product];
    delete model.planned[product];
    if (failure) throw failure;
  };
  const read = (cursor: string | null) => {
    try {
      return item.log.read(cursor ?? undefined, PAGE_SIZE);
    } catch (error) {
      if (error instanceof RefusedCursor) throw new PlaidFailure({ code: 'INVALID_FIELD', type: 'INVALID_REQUEST', httpStatus: 400 });
      if (error instanceof MutationDuringPagination) throw new PlaidFailure({ code: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION' });
      throw error;
    }
  };
  return {
    webhookUrl: () => undefined,
    getItem: async () => ({ institutionId: null, institutionName: 'Test Bank', webhook: null, consentExpirationTime: null, error: null }),
    getAccounts: async () => {
      failIf('accounts');
      return accountsAnswer.parse({ accounts: item.data.accounts });
    },
    getRecurringStreams: async () => {
      throw new PlaidFailure({ code: 'PRODUCTS_NOT_SUPPORTED', httpStatus: 400 });
    },
    syncTransactions: async (_item: unknown, cursor: string | null) => {
      model.onSyncRequest();
      failIf('transactions');
      return transactionsPage.parse({ ...read(cursor), transactions_update_status: 'HISTORICAL_UPDATE_COMPLETE' });
    },
  } as unknown as PlaidGateway;
}

interface Model {
  item: BankItem;
  id: string;
  accounts: AccountBase[];
  /** Rows that went, to come back. */
  gone: Transaction[];
  /** Posted rows whose pending row is to go in a later update. */
  late: Transaction[];
  /** By transaction id; only on rows whose successor the bank names. */
  notes: Map<string, string>;
  /** Failures to answer with, each once. */
  planned: { accounts?: PlaidFailure; transactions?: PlaidFailure };
  onSyncRequest: () => void;
}

async function newModel(first: number): Promise<Model> {
  const accounts = [account('depository', 'checking', 1), account('depository', 'savings', 1)];
  const item = newItem();
  const rows = Array.from({ length: first }, (_, index) =>
    transaction(accounts[index % 2] as AccountBase, '2026-02-01', index + 1, `FIRST ${index}`),
  );
  setData(item, { accounts, transactions: rows });
  const { rows: users } = await database.pool.query('INSERT INTO users (email) VALUES ($1) RETURNING id', [`${randomUUID()}@example.org`]);
  const credentials = { userId: users[0].id, itemId: item.itemId, accessToken: 'v1.a.b.c.d' };
  const saved = await saveItem(database, { ...credentials, institutionId: null, institutionName: 'Test Bank' });
  return {
    item,
    id: (saved as { id: string }).id,
    accounts,
    gone: [],
    late: [],
    notes: new Map(),
    planned: {},
    onSyncRequest: () => undefined,
  };
}

const listed = (model: Model) => [...model.item.log.current().values()];
const removal = ({ transaction_id, account_id }: Transaction) => ({
  kind: 'removed' as const,
  transactionId: transaction_id,
  accountId: account_id,
});

async function apply(model: Model, step: Step): Promise<void> {
  const { item, accounts } = model;
  const rows = listed(model);
  const chosen = 'row' in step ? rows[step.row % Math.max(1, rows.length)] : undefined;
  if (step.kind === 'add') {
    const on = accounts[step.day % 2] as AccountBase;
    add(
      item,
      transaction(on, `2026-02-${String(step.day).padStart(2, '0')}`, step.cents / 100, `SHOP ${randomUUID().slice(0, 4)}`, {
        pending: step.pending,
      }),
    );
  } else if (step.kind === 'bring back') {
    const back = model.gone.splice(step.row % Math.max(1, model.gone.length), 1);
    add(item, ...back.filter((old) => !rows.some((other) => other.transaction_id === old.transaction_id)));
  } else if (step.kind === 'other log') {
    item.log = new ChangeLog(`log ${randomUUID()}`);
    add(item, ...rows);
  } else if (!chosen) return;
  else if (step.kind === 'modify') modify(item, { ...chosen, amount: step.cents / 100 });
  else if (step.kind === 'modify without change') modify(item, chosen);
  else if (step.kind === 'remove' && !model.notes.has(chosen.transaction_id)) {
    item.log.append(removal(chosen));
    model.gone.push(chosen);
  } else if (step.kind === 'post' && chosen.pending && !model.late.includes(chosen)) {
    const note = model.notes.get(chosen.transaction_id);
    const isNamed = step.isNamed || note !== undefined;
    const posted = {
      ...chosen,
      transaction_id: `txn-${randomUUID()}`,
      pending: false,
      amount: Math.round((chosen.amount + step.cents / 100) * 100) / 100,
      pending_transaction_id: isNamed ? chosen.transaction_id : null,
    };
    model.notes.delete(chosen.transaction_id);
    if (note) model.notes.set(posted.transaction_id, note);
    add(item, posted);
    if (isNamed && step.isLate) model.late.push(chosen);
    else item.log.append(removal(chosen));
  } else if (step.kind === 'note') {
    const note = `note ${model.notes.size}`;
    const { rowCount } = await database.pool.query(
      'UPDATE transactions SET note = $2 WHERE transaction_id = $1 AND removed_at IS NULL AND note IS NULL',
      [chosen.transaction_id, note],
    );
    if (rowCount === 1) {
      model.notes.set(chosen.transaction_id, note);
      // It may be posted at the bank already: with the next update the note goes where the row goes.
      const successor = rows.find((line) => line.pending_transaction_id === chosen.transaction_id);
      if (successor && !model.notes.has(successor.transaction_id)) model.notes.set(successor.transaction_id, note);
    }
  }
  item.log.publish();
}

function plan(model: Model, fault: Fault) {
  if (fault === '429' || fault === '500') model.planned = { transactions: FAILURES[fault] };
  if (fault === 'down') model.planned = { accounts: FAILURES.down };
  if (fault !== 'grow while read') return;
  let requests = 0;
  model.onSyncRequest = () => {
    if (++requests !== 2) return;
    add(model.item, transaction(model.accounts[0] as AccountBase, '2026-02-14', 3, `MEANWHILE ${randomUUID().slice(0, 4)}`));
  };
}

/** The model's own job, as `claimJob` gives it; others are at theirs meanwhile. */
async function claimOwn(itemId: string): Promise<ClaimedJob | null> {
  const { rows } = await database.pool.query<ClaimedJob>(
    `UPDATE sync_jobs SET lease_owner = 'the model', lease_expires_at = now() + interval '1 minute', epoch = epoch + 1, attempts = attempts + 1
     WHERE plaid_item_id = $1 AND completed < requested RETURNING plaid_item_id AS "itemId", epoch::text, requested::text, attempts`,
    [itemId],
  );
  return rows[0] ?? null;
}

/** Runs until nothing is left to do, as if the waits between the tries had passed. */
async function syncAll(model: Model): Promise<void> {
  await requestSync(database, [model.id]);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const job = await claimOwn(model.id);
    if (!job) return;
    const deps = {
      database,
      plaid: gatewayTo(model),
      logger: pino({ level: 'silent' }),
      now: () => new Date('2026-03-18T12:00:00Z'),
      random: () => 0,
    };
    await runSync({ ...deps, refreshFigures: async () => undefined, givingUp: new AbortController().signal }, job);
    await database.pool.query('UPDATE sync_jobs SET run_after = now() WHERE plaid_item_id = $1', [model.id]);
  }
  throw new Error(`not done after ${TRIES_MAX} tries`);
}

async function stored(model: Model) {
  const { rows } = await database.pool.query(
    `SELECT transaction_id AS id, accounts.account_id AS account, amount::float8, date, transactions.name, pending, note, cash_flow_type IS NOT NULL AS classified
     FROM transactions JOIN accounts ON accounts.id = transactions.account_id WHERE plaid_item_id = $1 AND removed_at IS NULL ORDER BY 1`,
    [model.id],
  );
  return rows;
}

const expected = (model: Model) => {
  // While its posted row is there too; the bank may take that back.
  const superseded = new Set(listed(model).flatMap((line) => line.pending_transaction_id ?? []));
  return listed(model)
    .filter((line) => !superseded.has(line.transaction_id))
    .map((line) => ({
      id: line.transaction_id,
      account: line.account_id,
      amount: line.amount,
      date: line.date,
      name: line.name,
      pending: line.pending,
      note: model.notes.get(line.transaction_id) ?? null,
      classified: true,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
};

async function run({ first, rounds }: Sequence): Promise<void> {
  const model = await newModel(first);
  for (const { steps, faults } of rounds) {
    model.item.log.append(...model.late.splice(0).map(removal));
    model.item.log.publish();
    for (const one of steps) await apply(model, one);
    for (const one of faults) plan(model, one);
    await syncAll(model);
    model.onSyncRequest = () => undefined;
    model.planned = {};
    expect(await stored(model)).toEqual(expected(model));
  }
}

it(`whatever a bank does and however it fails, the rows end equal to its own (${SEQUENCES} sequences)`, async () => {
  const together = fc.array(sequence, { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(together, async (sequences: Sequence[]) => {
      await Promise.all(sequences.map(run));
    }),
    { numRuns: SEQUENCES / AT_ONCE },
  );
}, 600_000);
