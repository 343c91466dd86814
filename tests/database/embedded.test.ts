import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirectoryInUse, startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { SCHEMA_FILE } from '../../src/database/migrate.ts';
import { isProcessRunning } from '../../src/lib/process.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "a folder with spaces and 'quotes' "));
});
afterEach(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));

const start = () => startEmbeddedDatabase(dataDir, ['fsync=off']);
async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
const serverPid = async () => Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);

describe('the embedded database', () => {
  it('keeps its data over a stop, and leaves no process behind', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await serverPid();
    await first.stop();
    expect(isProcessRunning(pid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  it('tells a second app clearly that the folder is taken', async () => {
    const first = await start();
    await expect(start()).rejects.toBeInstanceOf(DataDirectoryInUse);
    expect(await query(first.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await first.stop();
  });

  it('starts again after the server was killed', async () => {
    const first = await start();
    process.kill(await serverPid(), 'SIGKILL');
    expect(await first.ended).toMatch(/exit|SIG/);
    await first.stop().catch(() => undefined);
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await second.stop();
  });

  it('starts again over the lock of a process that is long gone, or another by now', async () => {
    await (await start()).stop();
    for (const pid of [999_999, process.pid]) {
      await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${pid}\n${join(dataDir, 'postgres')}\n1\n5432\n\n127.0.0.1\n`, {
        mode: 0o600,
      });
      await (await start()).stop();
    }
  });

  it('ends with the app that was killed', async () => {
    const script = `const { startEmbeddedDatabase } = await import(${JSON.stringify(resolve('src/database/embedded.ts'))}); await startEmbeddedDatabase(${JSON.stringify(dataDir)}, ['fsync=off']); console.log('up'); setInterval(() => {}, 1000);`;
    const app = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(app.stdout, 'data');
    const pid = await serverPid();
    app.kill('SIGKILL');
    await expect.poll(() => isProcessRunning(pid), { timeout: 10_000 }).toBe(false);
    await (await start()).stop();
  });

  it('begins anew when the first start was cut off', async () => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(dataDir, 'postgres.new', 'base'), { recursive: true });
    await (await start()).stop();
    expect(existsSync(join(dataDir, 'postgres.new'))).toBe(false);
  });
});

it('the schema has not changed since the last migration', async () => {
  const { readdir } = await import('node:fs/promises');
  const folders = (await readdir('prisma/migrations', { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const last = folders.sort().at(-1) as string;
  expect(await readFile(join('prisma/migrations', last, SCHEMA_FILE), 'utf8')).toBe(await readFile('prisma/schema.prisma', 'utf8'));
});
