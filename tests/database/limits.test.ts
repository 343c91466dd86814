import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/client.ts';
import { cloneDatabase } from '../database.ts';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const cloned = await cloneDatabase();
  database = openDatabase(cloned.url, () => undefined);
  drop = cloned.drop;
});
afterAll(async () => {
  await database.close();
  await drop();
});

/** The check that limits columns of a type, by what it is called after the name of the table. */
const CHECK_OF: Record<string, string> = {
  date: 'dates',
  'timestamp with time zone': 'dates',
  numeric: 'numbers',
  text: 'sizes',
  jsonb: 'sizes',
  'text[]': 'sizes',
  'integer[]': 'sizes',
};
/** Of these every value can be borne. */
const WITHOUT = new Set(['uuid', 'boolean', 'integer', 'bigint']);

it('every column of every table has its limits', async () => {
  const { rows } = await database.pool.query<{ table: string; name: string; type: string }>(
    `SELECT relname AS "table", attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'
       AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
  );
  const { rows: checks } = await database.pool.query<{ name: string; text: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'c'`,
  );
  const textOf = new Map(checks.map(({ name, text }) => [name, text]));
  const unlimited = rows.filter(({ table, name, type }) => {
    if (WITHOUT.has(type)) return false;
    const text = textOf.get(`ck_${table}_${CHECK_OF[type]}`) ?? '';
    return !new RegExp(`[(\\s"]${name}[)\\s"]`).test(text);
  });
  expect(unlimited).toEqual([]);
  expect(rows.length).toBeGreaterThan(350);
});

it('what is out of them is refused, and forgotten where it was stored before', async () => {
  const { pool } = database;
  const [user] = (await pool.query(`INSERT INTO users (email, password_hash, time_zone) VALUES ('a@example.org', 'x', 'UTC') RETURNING id`))
    .rows;
  const rate = (value: string, day: string, currency = 'EUR') =>
    pool.query(`INSERT INTO exchange_rates (user_id, currency, base_currency, rate, effective_on) VALUES ($1, $2, 'USD', $3, $4)`, [
      user.id,
      currency,
      value,
      day,
    ]);
  await rate('1.1', '2199-12-31');
  for (const [value, day, currency] of [
    ['NaN', '2026-01-01'],
    ['Infinity', '2026-01-01'],
    ['1', '0001-01-01'],
    ['1', '1899-12-31'],
    ['1', '2200-01-01'],
    ['1', 'infinity'],
    ['1', '2026-01-01', 'E'.repeat(21)],
  ] as const)
    await expect(rate(value, day, currency), `${value} ${day}`).rejects.toMatchObject({ code: expect.stringMatching(/^2[23]/) });

  await pool.query('ALTER TABLE exchange_rates DROP CONSTRAINT ck_exchange_rates_dates, DROP CONSTRAINT ck_exchange_rates_numbers');
  await pool.query('ALTER TABLE exchange_rates DROP CONSTRAINT ck_exchange_rates_sizes');
  await rate('NaN', '2026-01-02');
  await rate('1', '0001-01-01');
  await rate('2', '2026-01-03', 'E'.repeat(30));
  await pool.query(`SELECT limit_columns('exchange_rates', '{"currency": 20, "base_currency": 20}')`);
  expect((await pool.query('SELECT currency, rate::float, effective_on FROM exchange_rates ORDER BY effective_on')).rows).toEqual([
    { currency: 'E'.repeat(20), rate: 2, effective_on: '2026-01-03' },
    { currency: 'EUR', rate: 1.1, effective_on: '2199-12-31' },
  ]);
});
