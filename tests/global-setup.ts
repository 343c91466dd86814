import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabase } from '../src/database/embedded.ts';
import { migrate } from '../src/database/migrate.ts';

export const TEMPLATE = 'template_dashboard';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

/**
 * One PostgreSQL for the whole run with a migrated template; each test file clones its own database from it. The browser is unpacked here,
 * because two files that unpack it at the same time find half of it.
 */
export default async function setup(project: TestProject) {
  await sparticuz.executablePath();
  const dataDir = await mkdtemp(join(tmpdir(), 'dashboard-tests-'));
  const server = await startEmbeddedDatabase(dataDir, ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']);
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href, resolve(import.meta.dirname, '../prisma'));
  project.provide('databaseUrl', server.url);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
