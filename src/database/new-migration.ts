// Writes the next migration from what the schema changed: `npm run db:migration -- name-of-the-change`.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedDatabase } from './embedded.ts';
import { draftMigration, SCHEMA_FILE } from './migrate.ts';

const name = process.argv[2];
if (!name || !/^[a-z0-9_-]+$/.test(name)) {
  console.error('Give the migration a name of lower-case letters, digits, - and _: npm run db:migration -- add-notes');
  process.exit(1);
}

const prismaDir = resolve(import.meta.dirname, '../../prisma');
const migrationsDir = join(prismaDir, 'migrations');
const schema = await readFile(join(prismaDir, SCHEMA_FILE), 'utf8');
const [last] = (await readdir(migrationsDir, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()
  .reverse();
const schemaBefore = last === undefined ? null : await readFile(join(migrationsDir, last, SCHEMA_FILE), 'utf8');

const scratch = await mkdtemp(join(tmpdir(), 'dashboard-migration-'));
const database = await startEmbeddedDatabase(scratch, ['fsync=off']);
try {
  const sql = await draftMigration(database.url, schemaBefore, schema);
  if (sql === null) {
    console.log('The schema has not changed since the last migration: nothing to write.');
  } else {
    const folder = join(migrationsDir, `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}`);
    await mkdir(folder);
    await writeFile(join(folder, 'migration.sql'), sql);
    await writeFile(join(folder, SCHEMA_FILE), schema);
    console.log(
      `Wrote ${folder}: read migration.sql, add the checks and generated columns that the schema cannot express, commit both files.`,
    );
  }
} finally {
  await database.stop();
  await rm(scratch, { recursive: true, force: true });
}
