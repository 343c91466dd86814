import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findUser, type User } from '../../src/auth/store.ts';
import { PART_NAMES } from '../../src/exports/export-store.ts';
import { importEverything } from '../../src/exports/import-everything.ts';
import { prepareImport, TARGETS } from '../../src/exports/import-store.ts';
import { calendarDate } from '../../src/lib/dates.ts';
import { HttpError } from '../../src/web/errors.ts';
import { smallHousehold } from '../household.ts';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';

type Everything = Record<string, Record<string, unknown>[]> & { columns: Record<string, string[]> };

let app: TestApp;
let text: string;
let empty: User;
beforeAll(async () => {
  app = await startTestApp();
  text = await exported();
  empty = await person(await register(app));
});
afterAll(() => app.stop());

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const person = async (client: Client) => (await findUser(app.deps.database, (await client.get('/api/me')).body.id)) as User;

/** An export with a row in every part that can be brought in. */
async function exported(): Promise<string> {
  const client = await register(app, { name: 'Ada' });
  await link(client, smallHousehold());
  const { id } = await person(client);
  const pairs = `SELECT a.id AS first, b.id AS second FROM accounts AS a JOIN accounts AS b ON b.user_id = a.user_id AND a.id < b.id WHERE a.user_id = $1 LIMIT 1`;
  await query(`INSERT INTO different_accounts (first_id, second_id, user_id) SELECT first, second, $1 FROM (${pairs}) AS pair`, id);
  await query(
    `INSERT INTO transfer_matches (user_id, outflow_transaction_id, inflow_transaction_id, score, status)
     SELECT $1, (SELECT id FROM transactions WHERE user_id = $1 AND amount > 0 LIMIT 1), (SELECT id FROM transactions WHERE user_id = $1 AND amount < 0 LIMIT 1), 0.5, 'rejected'
     ON CONFLICT DO NOTHING`,
    id,
  );
  await query(`INSERT INTO alert_mutes (user_id, kind, subject, label) VALUES ($1, 'low_balance', '', 'All')`, id);
  await client.post('/api/me/rates', { currency: 'EUR', rate: 1.1 });
  await client.post('/api/dashboard/rules', { merchant: 'GREENLEAF', category: 'Groceries' });
  await client.patch('/api/alert-rules/low_balance', { parameters: { amount: 300 } });
  await client.patch('/api/me/notifications', { digest: 'daily' });
  await query(
    `UPDATE holdings SET tax_lots = '[{"lotId":null,"acquiredAt":"2025-01-02T00:00:00Z","quantity":"1","price":"2","costBasis":"2","value":"2","side":"LONG"}]' WHERE user_id = $1`,
    id,
  );
  await query(
    `INSERT INTO security_prices (security_id, price_date, price) SELECT security_id, '2026-03-02', 5 FROM holdings WHERE user_id = $1`,
    id,
  );
  await query(
    `INSERT INTO liabilities (account_id, user_id, type, is_overdue, last_payment_amount, next_payment_due_date, aprs, last_updated)
     SELECT id, $1, 'credit', false, 5, '2026-04-02', '[]', now() FROM accounts WHERE user_id = $1 LIMIT 1`,
    id,
  );
  await query(`UPDATE securities SET fixed_income = '{"yield_rate":{"percentage":"4"},"face_value":"100"}'`);
  await query(
    `INSERT INTO recurring_transactions (user_id, account_id, stream_id, description, frequency, average_amount, last_amount, currency, occurrence_count,
       confidence, is_income, category, status, is_active, first_date, last_date, next_expected_date, anchor_days)
     SELECT $1, id, 'made up', 'GYM', 'monthly', 39, 39, 'USD', 3, 0.9, false, 'OTHER', 'active', true, '2026-01-05', '2026-03-05', '2026-04-05', '{5}'
     FROM accounts WHERE user_id = $1 LIMIT 1`,
    id,
  );
  return (await client.get('/api/me/export')).text;
}

/** Stands for what no JSON.stringify would write. */
const DEEP = 'deeper than any stack';

async function* piece(everything: unknown) {
  const written = typeof everything === 'string' ? everything : JSON.stringify(everything);
  yield Buffer.from(written.replace(`"${DEEP}"`, `${'{"in":'.repeat(100_000)}1${'}'.repeat(100_000)}`));
}

/** What an import answers: 201, and the next one is for somebody else, or the status of its refusal. */
async function statusOf(everything: unknown): Promise<number> {
  try {
    await importEverything(app.deps, empty, piece(everything));
    empty = await person(await register(app));
    return 201;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
}

const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
const LONG = 'x'.repeat(1_000_000);
const HOSTILE: [what: string, value: unknown, isMeantFor: (type: string) => boolean][] = [
  ['NaN', 'NaN', (type) => type !== 'text'],
  ['infinity', 'Infinity', (type) => type !== 'text'],
  ['minus infinity', '-infinity', (type) => type !== 'text'],
  ['a number without an end', '1e999', (type) => type !== 'text'],
  ['year 1', '0001-01-01', (type) => type !== 'text'],
  ['year 1, to the second', '0001-01-01T00:00:00Z', (type) => type !== 'text'],
  ['year 9999', '9999-12-31', (type) => type !== 'text'],
  ['1 MB of text', LONG, () => true],
  ['1 MB of text in a list', [LONG], () => true],
  ['a document without a bottom', DEEP, () => true],
  ['a document of some depth', nested(10), () => true],
  ['NUL', 'a\0b', () => true],
  ['half a character', '\ud800', () => true],
  ['a list of lists', [[[]]], (type) => type !== 'jsonb'],
  ['an object', { a: 1 }, (type) => type !== 'jsonb'],
  ['a number', 12.5, (type) => type !== 'numeric'],
  ['a flag', true, (type) => type !== 'boolean'],
];

describe('an import that is not as it was written', () => {
  it('is whole as it was written', async () => {
    const everything: Everything = JSON.parse(text);
    for (const [part, target] of Object.entries(TARGETS)) expect(everything[part]?.length, `${part} of ${target.table}`).toBeGreaterThan(0);
    expect(Object.keys(everything).filter((name) => !PART_NAMES.has(name))).toEqual(['exported_at', 'columns']);
    const copy = await person(await register(app));
    await expect(importEverything(app.deps, copy, piece(text))).resolves.toMatchObject({ holdings: 1, exchange_rates: 1 });
  });

  it('has no column that takes what is none', async () => {
    const everything: Everything = JSON.parse(text);
    const accepted: string[] = [];
    const columns = await takenColumns(everything);
    const writer = await prepareImport(app.deps.database.pool, empty.id, 'seed', calendarDate('2026-03-18'));
    for (const { part, name, type } of columns) {
      const row = everything[part]?.[0] as Record<string, unknown>;
      expect(() => writer.read(part, row), part).not.toThrow();
      for (const [what, value] of shapesFor(type).filter(([, value]) => value !== DEEP))
        if (isRead(() => writer.read(part, { ...row, [name]: value }))) accepted.push(`${part}.${name}: ${what}`);
    }
    expect(accepted).toEqual([]);
    expect(columns.length).toBeGreaterThan(200);
  });

  // Each column in turn with one kind of what is wrong, or, when asked, with every kind.
  it('is refused as a whole, and leaves nothing', async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const everything: Everything = JSON.parse(text);
    const accepted: string[] = [];
    let tried = 0;
    for (const [index, { part, name, type }] of (await takenColumns(everything)).entries()) {
      const [first, ...others] = everything[part] as Record<string, unknown>[];
      const { [name]: _left, ...without } = first as Record<string, unknown>;
      const rows = [...shapesFor(type).map(([what, value]) => [what, { ...first, [name]: value }] as const), ['missing', without] as const];
      const chosen =
        process.env.HOSTILE_IMPORTS === 'all' ? rows : index % 3 === 0 ? [rows[(index / 3) % rows.length] as (typeof rows)[number]] : [];
      for (const [what, row] of chosen) {
        tried++;
        if ((await statusOf({ ...everything, [part]: [row, ...others] })) !== 400) accepted.push(`${part}.${name}: ${what}`);
      }
    }
    delay.disable();
    console.log(`${tried} hostile imports; the loop waited ${(delay.percentile(99) / 1e6).toFixed(0)} ms (p99)`);
    expect(accepted).toEqual([]);
    for (const { table, columns } of Object.values(TARGETS))
      if ('user_id' in columns) expect(await query(`SELECT 1 FROM ${table} WHERE user_id = $1`, empty.id), table).toEqual([]);
    expect(await findUser(app.deps.database, empty.id)).toMatchObject({ baseCurrency: 'USD', timeZone: 'UTC', netWorthGoal: null });
  }, 1_800_000);

  it('with more rules than the forms take is refused', async () => {
    const everything: Everything = JSON.parse(text);
    const [rule] = everything.classification_rules as Record<string, unknown>[];
    const rules = (count: number) =>
      Array.from({ length: count }, (_none, index) => ({
        ...rule,
        id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        position: index,
      }));
    expect(await statusOf({ ...everything, classification_rules: rules(501) })).toBe(400);
    expect(await statusOf({ ...everything, classification_rules: rules(3), transactions: [], transfer_matches: [] })).toBe(201);
  });

  it('is taken away again when its figures cannot be worked out', async () => {
    const refreshFigures = async () => {
      throw new Error('a fault');
    };
    const before = await query('SELECT count(*)::int AS n FROM securities');
    await expect(importEverything({ ...app.deps, refreshFigures }, empty, piece(text))).rejects.toMatchObject({ status: 400 });
    for (const { table, columns } of Object.values(TARGETS))
      if ('user_id' in columns) expect(await query(`SELECT 1 FROM ${table} WHERE user_id = $1`, empty.id), table).toEqual([]);
    expect(await query('SELECT count(*)::int AS n FROM securities')).toEqual(before);
    expect(await findUser(app.deps.database, empty.id)).toMatchObject({ name: null, netWorthGoal: null });
  });
});

const shapesFor = (type: string) => HOSTILE.filter(([, , isMeant]) => isMeant(type));

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof z.ZodError) return false;
    throw error;
  }
}

/** Columns into which something of an export goes: what the database works out itself it does not take. */
async function takenColumns(everything: Everything): Promise<{ part: string; name: string; type: string }[]> {
  const found: { part: string; name: string; type: string }[] = [];
  for (const [part, target] of Object.entries(TARGETS)) {
    const rows = await query(
      `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = '' AND attname = ANY($2)`,
      target.table,
      everything.columns[part],
    );
    for (const { name, type } of rows) {
      const own = target.columns[name];
      if (own === undefined || own.includes(`row.${name}`)) found.push({ part, name, type });
    }
  }
  return found;
}
