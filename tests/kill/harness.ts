import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { AccountBase, Transaction } from 'plaid';
import type { BankItem } from '../../src/demo-bank/bank-item.ts';
import { chance } from '../../src/demo-bank/random.ts';
import { account, add, holding, modify, security, setData, startTestBank, transaction } from '../test-bank.ts';
import { type Person, registerAt, sendTo } from './client.ts';
import { startMortalDatabase } from './database.ts';
import { environmentFor, type RunningProgram, runProgram } from './program.ts';

const PAGE_SIZE = 40;
const FIRST_HISTORY_ROWS = 600;
const SETTLE_TIMEOUT_MS = 60_000;
const TRIGGER_TIMEOUT_MS = 15_000;
const MERCHANTS = ['GROCER', 'CAFE', 'FUEL', 'RENT', 'PAYROLL', 'PHARMACY'];

export interface KillReport {
  kills: number;
  databaseRestarts: number;
  takeovers: number;
  /** Transactions that changed something in the database, whoever made them. */
  writes: number;
  /** Where the killed runs were. */
  phases: Record<string, number>;
  faults: Record<string, number>;
  /** Seconds from a kill until the run was done again, with nothing helped along. */
  resumedAfterS: number[];
  /** What was found wrong; empty when all is well. */
  violations: string[];
}

interface Plan {
  kills: number;
  databaseRestarts: number;
  takeovers: number;
  /** Kills after which the lease is left to run out by itself. */
  unaided: number;
  seed: string;
  /** Stop at the first thing wrong. */
  failFast?: boolean;
}

/**
 * Runs the real program against a bank that changes and fails at random, kills it at every step of its syncs, and compares what
 * PostgreSQL holds with what the bank said: at once after each kill with the bank's state at the stored cursor, and whenever the
 * program has come to rest with the bank's present state. Notes that a person wrote have to stay.
 */
export async function runKills(program: string, plan: Plan): Promise<KillReport> {
  const dice = chance('kill', plan.seed);
  const whole = (below: number) => Math.floor(dice.next() * below);
  const report: KillReport = {
    kills: 0,
    databaseRestarts: 0,
    takeovers: 0,
    writes: 0,
    phases: {},
    faults: {},
    resumedAfterS: [],
    violations: [],
  };
  const count = (histogram: Record<string, number>, key: string) => {
    histogram[key] = (histogram[key] ?? 0) + 1;
  };

  let onRequest: (path: string) => void | Promise<void> = () => undefined;
  let isFaulty = false;
  let lastPageAt = 0;
  let holdAnswer: ((response: ServerResponse) => void) | null = null;
  const intercept = async (path: string, response: ServerResponse): Promise<boolean> => {
    await onRequest(path);
    if (path === '/transactions/sync') {
      response.once('finish', () => (lastPageAt = Date.now()));
      holdAnswer?.(response);
    }
    if (!isFaulty || !dice.happens(0.08)) return false;
    const fault = dice.pick(['429', '500', 'cut', 'garbage', 'mutation'] as const);
    count(report.faults, fault);
    const status = fault === '429' ? 429 : fault === '500' ? 500 : fault === 'mutation' ? 400 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    if (fault === 'cut') {
      response.write('{"added": [{"transaction_id": "cu');
      response.destroy();
    } else if (fault === 'garbage') response.end('<html>not json</html>');
    else if (fault === 'mutation' && path === '/transactions/sync')
      response.end(JSON.stringify({ error_type: 'TRANSACTIONS_ERROR', error_code: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION' }));
    else
      response.end(
        JSON.stringify({
          error_type: fault === '429' ? 'RATE_LIMIT_EXCEEDED' : 'API_ERROR',
          error_code: fault === '429' ? 'RATE_LIMIT' : 'INTERNAL_SERVER_ERROR',
        }),
      );
    return true;
  };

  const database = await startMortalDatabase();
  const bank = await startTestBank(() => new Date(), { pageSizeMax: PAGE_SIZE, intercept });
  const dataDir = mkdtempSync(join(tmpdir(), 'kill-data-'));
  const start = () => runProgram(program, environmentFor(database.url, bank.url, dataDir));
  const query = async (sql: string, parameters: unknown[] = []) => {
    const client = new pg.Client({ connectionString: database.url });
    // A server that is killed ends the query that is under way: that rejects.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  };
  let app: RunningProgram = await start();
  const person = await registerAt(app);
  const items: { item: BankItem; id: string; accounts: AccountBase[]; notes: Map<string, string> }[] = [];

  const newRow = (accounts: AccountBase[], more: Record<string, unknown> = {}): Transaction => {
    const day = String(1 + whole(28)).padStart(2, '0');
    const amount = Math.round(dice.between(-400, 400) * 100) / 100 || 1;
    return transaction(dice.pick(accounts), `2026-0${1 + whole(9)}-${day}`, amount, dice.pick(MERCHANTS), more);
  };

  /** The bank moves on by some steps. */
  const change = ({ item, accounts, notes }: (typeof items)[number]) => {
    for (let step = 0; step < 1 + whole(3); step++) {
      const rows = [...item.log.current().values()];
      const kind = whole(5);
      if (kind === 0) add(item, ...Array.from({ length: 1 + whole(150) }, () => newRow(accounts, { pending: dice.happens(0.2) })));
      if (kind === 1)
        modify(item, ...rows.filter(() => dice.happens(0.05)).map((row) => ({ ...row, amount: Math.round((row.amount + 1) * 100) / 100 })));
      if (kind === 2) {
        const gone = rows.filter((row) => !notes.has(row.transaction_id) && dice.happens(0.04));
        item.log.append(...gone.map((row) => ({ kind: 'removed' as const, transactionId: row.transaction_id, accountId: row.account_id })));
      }
      if (kind === 3) {
        for (const row of rows.filter((candidate) => candidate.pending).slice(0, 5)) {
          const posted = { ...row, transaction_id: `txn-${randomUUID()}`, pending: false, pending_transaction_id: row.transaction_id };
          item.log.append(
            { kind: 'removed', transactionId: row.transaction_id, accountId: row.account_id },
            { kind: 'added', transaction: posted },
          );
          const note = notes.get(row.transaction_id);
          notes.delete(row.transaction_id);
          if (note) notes.set(posted.transaction_id, note);
        }
      }
      if (kind === 4) {
        const [checking, , brokerage] = accounts as [AccountBase, AccountBase, AccountBase];
        checking.balances.current = whole(100_000) / 100;
        item.data.holdings = item.data.securities.filter(() => dice.happens(0.6)).map((of) => holding(brokerage, of, 1 + whole(50), 10, 5));
      }
      item.log.publish();
    }
  };

  /** What is stored has to be what the bank said, at the cursor that is stored with it. */
  const compare = async (when: string, isAtRest: boolean) => {
    for (const { item, id, notes } of items) {
      const stored = await query(
        `SELECT plaid_items.transactions_cursor AS cursor, rows.list FROM plaid_items
           LEFT JOIN LATERAL (SELECT json_agg(json_build_array(transaction_id, amount::float8, date::text, pending, transactions.name, note, cash_flow_type)) AS list
             FROM transactions JOIN accounts ON accounts.id = transactions.account_id WHERE accounts.plaid_item_id = plaid_items.id AND removed_at IS NULL) AS rows ON true
         WHERE plaid_items.id = $1`,
        [id],
      );
      const { cursor, list } = stored[0] as {
        cursor: string | null;
        list: [string, number, string, boolean, string, string | null, string | null][] | null;
      };
      const expected = isAtRest ? item.log.current() : cursor ? item.log.current(cursor) : new Map<string, Transaction>();
      const rows = new Map((list ?? []).map((row) => [row[0], row]));
      const wrong = (what: string) => report.violations.push(`${when}: ${what}`);
      if (rows.size !== (list ?? []).length) wrong('a transaction is stored twice');
      const lost = [...expected.keys()].filter((key) => !rows.has(key)).length;
      const extra = [...rows.keys()].filter((key) => !expected.has(key)).length;
      if (lost > 0) wrong(`${lost} transactions lost`);
      if (extra > 0) wrong(`${extra} transactions too many`);
      const stale = [...expected].filter(([key, row]) => {
        const own = rows.get(key);
        return own && (own[1] !== row.amount || own[2] !== row.date || own[3] !== row.pending || own[4] !== row.name);
      }).length;
      if (stale > 0) wrong(`${stale} transactions out of date`);
      const unclassified = [...rows.values()].filter((row) => row[6] === null).length;
      if (unclassified > 0) wrong(`${unclassified} transactions without a type`);
      if (!isAtRest) continue;
      const unnoted = [...notes].filter(([key, note]) => rows.get(key)?.[5] !== note).length;
      if (unnoted > 0) wrong(`${unnoted} notes lost`);
      const held = await query(
        'SELECT securities.security_id, quantity::float8 FROM holdings JOIN securities ON securities.id = holdings.security_id JOIN accounts ON accounts.id = holdings.account_id WHERE plaid_item_id = $1 ORDER BY 1',
        [id],
      );
      const owned = item.data.holdings
        .map(({ security_id, quantity }) => ({ security_id, quantity }))
        .sort((a, b) => (a.security_id < b.security_id ? -1 : 1));
      if (JSON.stringify(held) !== JSON.stringify(owned)) wrong('holdings differ');
    }
  };

  /** As if the time until the lease's end or the next try had passed. */
  const passTime = () =>
    query(
      "UPDATE sync_jobs SET run_after = now(), lease_expires_at = CASE WHEN lease_owner IS NOT NULL THEN now() - interval '1 second' END",
    );
  const isBusy = async () => (await query('SELECT FROM sync_jobs WHERE completed < requested OR lease_owner IS NOT NULL')).length > 0;
  /** Without what waits for its next try. */
  const isAtWork = async () =>
    (await query('SELECT FROM sync_jobs WHERE (completed < requested AND run_after <= now()) OR lease_owner IS NOT NULL')).length > 0;
  const settle = async (isHelped: boolean) => {
    isFaulty = false;
    onRequest = () => undefined;
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    while (await isBusy()) {
      if (Date.now() > deadline) {
        report.violations.push(`not at rest after ${SETTLE_TIMEOUT_MS / 1000} s`);
        return;
      }
      // What was set aside after five kills in a row is asked for, as a person does.
      if (isHelped) {
        await query('UPDATE sync_jobs SET run_after = now() WHERE lease_owner IS NULL AND run_after > now()');
        await query('UPDATE sync_jobs SET faults = 0, parked_at = NULL WHERE completed < requested AND faults > 0');
      }
      await pause(50);
    }
  };
  const announce = ({ itemId }: BankItem) =>
    bank.signer.send({ itemId, webhook: `${app.url}/api/plaid/webhook` }, 'TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', {});
  /** Resolves at a random moment of a sync: before an answer, while the last page is applied, or at some time. */
  const moment = async (): Promise<void> => {
    const kind = dice.pick(['request', 'apply', 'apply', 'time'] as const);
    const countdown = 1 + whole(10);
    await Promise.race([
      pause(TRIGGER_TIMEOUT_MS),
      new Promise<void>((reached) => {
        let seen = 0;
        onRequest = async (path) => {
          if (kind === 'request' && ++seen === countdown) reached();
          // The last page is asked for: what comes after its answer is the writing.
          if (kind === 'apply' && path === '/transactions/sync') setTimeout(reached, 25 + whole(120));
        };
        if (kind === 'time') setTimeout(reached, whole(700));
      }),
      // Nothing left to do: a kill of a program at rest counts too.
      (async () => {
        await pause(900);
        while (await isAtWork().catch(() => true)) await pause(100);
      })(),
    ]);
    onRequest = () => undefined;
  };
  const phaseNow = async () => {
    const running = await query("SELECT phase FROM sync_runs WHERE status = 'running' LIMIT 1");
    const phase = (running[0]?.phase as string | undefined) ?? 'at rest';
    return phase === 'transactions' && Date.now() - lastPageAt < 150 ? 'transactions, after a page' : phase;
  };
  /** Transactions that changed something, so far. */
  const countWrites = async () => Number((await query('SELECT pg_current_xact_id()::text AS id'))[0]?.id);

  const writesBefore = await countWrites();
  try {
    for (let made = 0; made < 2; made++) {
      const accounts = [
        account('depository', 'checking', 100),
        account('credit', 'credit card', 50),
        account('investment', 'brokerage', 1_000),
      ];
      const cash = accounts.slice(0, 2);
      const data = {
        accounts,
        securities: Array.from({ length: 6 }, (_, index) => security(`S${made}${index}`, 'equity')),
        transactions: Array.from({ length: FIRST_HISTORY_ROWS }, () => newRow(cash)),
      };
      const { item, publicToken } = bank.link(data);
      setData(item, { ...data, transactions: [] });
      const answer = await sendTo(app, person, 'POST', '/api/plaid/exchange-token', { public_token: publicToken });
      items.push({ item, id: answer.item_id as string, accounts, notes: new Map() });
    }
    const isOver = () => plan.failFast && report.violations.length > 0;
    while (report.kills < plan.kills && !isOver()) {
      for (const target of items) if (dice.happens(0.8)) change({ ...target, accounts: target.accounts });
      isFaulty = true;
      const reached = moment();
      await Promise.all(items.map(({ item }) => announce(item)));
      await reached;
      const isRestart =
        report.databaseRestarts < plan.databaseRestarts &&
        report.kills >= ((report.databaseRestarts + 1) * plan.kills) / (plan.databaseRestarts + 2);
      if (isRestart) {
        await database.restart();
        report.databaseRestarts++;
        await compare(`after database restart ${report.databaseRestarts}`, false);
        await pause(300);
      }
      const killedAt = Date.now();
      await app.kill();
      report.kills++;
      count(report.phases, await phaseNow());
      await compare(`after kill ${report.kills}`, false);

      const isUnaided = report.resumedAfterS.length < plan.unaided && (await isBusy());
      if (!isUnaided) await passTime();
      app = await start();
      if (isUnaided) {
        await settle(false);
        report.resumedAfterS.push((Date.now() - killedAt) / 1000);
      }
      if (report.kills % 5 === 0 || report.kills === plan.kills) {
        await settle(true);
        await compare(`at rest after kill ${report.kills}`, true);
        await writeNotes(app, person, items, dice);
        if (report.takeovers < plan.takeovers) {
          await takeOver();
          report.takeovers++;
        }
      }
    }
    report.writes = (await countWrites()) - writesBefore;
    return report;
  } finally {
    await app.kill();
    await bank.close();
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }

  /** A run waits so long for an answer that it loses its lease to another process: what it has read by then must not be written. */
  async function takeOver(): Promise<void> {
    const [first] = items as [(typeof items)[number]];
    const older = [...first.item.log.current().values()].filter((row) => !first.notes.has(row.transaction_id));
    // One page: the answer that is held back is the whole update.
    const fresh = Array.from({ length: PAGE_SIZE / 2 }, () => newRow(first.accounts.slice(0, 2)));
    add(first.item, ...fresh);
    let release: () => void = () => undefined;
    const isHeld = new Promise<void>((held) => {
      holdAnswer = (response) => {
        holdAnswer = null;
        const end = response.end.bind(response) as (...content: unknown[]) => ServerResponse;
        response.end = ((...content: unknown[]) => {
          release = () => end(...content);
          held();
          return response;
        }) as typeof response.end;
      };
    });
    await announce(first.item);
    await Promise.race([isHeld, pause(TRIGGER_TIMEOUT_MS)]);
    const other = await start();
    // What the first has read is old news by the time it hears of it.
    const gone = [...older.slice(-10), ...fresh.slice(-10)];
    first.item.log.append(
      ...gone.map((row) => ({ kind: 'removed' as const, transactionId: row.transaction_id, accountId: row.account_id })),
    );
    first.item.log.publish();
    await passTime();
    await settle(true);
    await compare('after a takeover', true);
    release();
    await pause(600);
    await compare('after the late answer', false);
    await settle(true);
    await compare('at rest after the late answer', true);
    await other.kill();
    await passTime();
  }
}

/** The person writes notes on some rows. */
async function writeNotes(
  app: RunningProgram,
  person: Person,
  items: { item: BankItem; notes: Map<string, string> }[],
  dice: ReturnType<typeof chance>,
): Promise<void> {
  for (const { item, notes } of items) {
    const row = dice.pick([...item.log.current().values()]);
    const note = `note ${notes.size}`;
    const query = `per_page=200&search=${row.name}&start_date=${row.date}&end_date=${row.date}`;
    const { transactions } = await sendTo(app, person, 'GET', `/api/dashboard/transactions?${query}`);
    const own = transactions.find(
      (candidate: { amount: number; note: string | null; date: string }) => candidate.amount === row.amount && candidate.note === null,
    );
    const twins = [...item.log.current().values()].filter(
      (other) => other.amount === row.amount && other.date === row.date && other.name === row.name,
    );
    if (!own || twins.length > 1 || notes.has(row.transaction_id)) continue;
    await sendTo(app, person, 'PATCH', `/api/dashboard/transactions/${own.id}`, { note });
    notes.set(row.transaction_id, note);
  }
}
