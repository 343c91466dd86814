import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneDatabase } from '../database.ts';
import { startMailServer, type TestMailServer } from '../mail/smtp.ts';
import { startTestBank } from '../test-bank.ts';
import { registerAt } from './client.ts';
import { buildProgram, environmentFor, type RunningProgram, runProgram } from './program.ts';

const MESSAGES = 6;

let program: string;
let dataDir: string;
let bank: Awaited<ReturnType<typeof startTestBank>>;
let server: TestMailServer;
let env: Record<string, string>;
let connection: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  program = buildProgram();
  dataDir = mkdtempSync(join(tmpdir(), 'mail-kill-'));
  const database = await cloneDatabase();
  bank = await startTestBank(() => new Date());
  server = await startMailServer();
  env = { ...environmentFor(database.url, bank.url, dataDir), SMTP_URL: server.url };
  connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  drop = database.drop;
});
afterAll(async () => {
  await server.stop();
  await bank.close();
  await connection.end();
  await drop();
  for (const folder of [program, dataDir]) rmSync(folder, { recursive: true });
});

const query = async (sql: string, ...parameters: unknown[]) => (await connection.query(sql, parameters)).rows;

it('kill -9 around the sending of a message loses none, and doubles only what was accepted and not noted yet', {
  timeout: 120_000,
}, async () => {
  let app: RunningProgram = await runProgram(program, env);
  await registerAt(app);
  await query('UPDATE users SET email_confirmed_at = now()');
  const [{ id: userId }] = (await query('SELECT id FROM users')) as [{ id: string }];
  const copiesOf = (message: string) => server.mails.filter(({ subject }) => subject === message).length;
  /** Copies that the mail server had taken over when a process died before it could note that. */
  const unnoted = new Map<string, number>();
  let arrivals = 0;
  server.onMessage = async () => {
    const arrival = arrivals++;
    // In the middle of a message that is not accepted, then of one that is; the others arrive in peace.
    if (arrival === 1) {
      await app.kill();
      throw new Error('nobody hears this');
    }
    if (arrival === 3) await app.kill();
  };
  for (let number = 0; number < MESSAGES; number++) {
    await query(
      `INSERT INTO deliveries (user_id, channel, kind, key, subject, content) VALUES ($1, 'email', 'test', $2, $2, '{"text": "t", "html": "<p>t</p>"}')`,
      userId,
      `message ${number}`,
    );
  }
  for (let life = 0; life < 3; life++) {
    await expect
      .poll(
        async () =>
          app.child.exitCode !== null ||
          app.child.signalCode !== null ||
          (await query(`SELECT 1 FROM deliveries WHERE status = 'waiting'`)).length === 0,
        {
          timeout: 20_000,
        },
      )
      .toBe(true);
    if (app.child.signalCode === null) break;
    for (const { subject } of await query(`SELECT subject FROM deliveries WHERE status = 'waiting'`))
      unnoted.set(subject, copiesOf(subject));
    // What the dead process had claimed is free again after half a minute: here it has passed.
    await query('UPDATE deliveries SET claimed_until = now() WHERE claimed_until IS NOT NULL');
    app = await runProgram(program, env);
  }
  await expect.poll(() => query(`SELECT 1 FROM deliveries WHERE status <> 'sent'`), { timeout: 20_000 }).toEqual([]);
  await app.kill();
  expect(Math.max(...unnoted.values())).toBeGreaterThan(0);
  for (let number = 0; number < MESSAGES; number++) expect(copiesOf(`message ${number}`)).toBe((unnoted.get(`message ${number}`) ?? 0) + 1);
  // A second copy says that it is one: a mail program may show it once.
  expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(MESSAGES);
});
