import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** Serialises the migrations of several replicas that boot at once. */
const MIGRATION_LOCK = 7_233_042;
/** The engine's exit code for a difference that is not empty. */
const DIFFERENT = 2;
export const SCHEMA_FILE = 'schema.prisma';
const NO_FILTER = { externalTables: [], externalEnums: [] };

type Engine = engineBindings.SchemaEngine;
type MigrationsList = Parameters<Engine['applyMigrations']>[0]['migrationsList'];

/**
 * Applies the migrations in `prismaDir`/migrations that the database does not have yet, in order, one replica at a time.
 * @returns the names of those applied.
 * @throws when a migration fails or one that was applied has been changed.
 */
export async function migrate(databaseUrl: string, prismaDir: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const engine = await openEngine(databaseUrl, await readFile(join(prismaDir, SCHEMA_FILE), 'utf8'));
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: await listMigrations(prismaDir), filters: NO_FILTER });
    return appliedMigrationNames;
  } finally {
    await client.end();
  }
}

/** The SQL that leads from one version of the schema to another (null: from nothing); null when they agree. */
export async function draftMigration(databaseUrl: string, before: string | null, after: string): Promise<string | null> {
  const engine = await openEngine(databaseUrl, after);
  const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: SCHEMA_FILE, content }] });
  const { exitCode, stdout } = await engine.diff({
    from: before === null ? { tag: 'empty' } : datamodel(before),
    to: datamodel(after),
    script: true,
    exitCode: true,
    filters: NO_FILTER,
  });
  return exitCode === DIFFERENT ? stdout : null;
}

/** The names of the migrations in the project that the database has not finished. */
export async function pendingMigrations(query: (sql: string) => Promise<{ rows: { migration_name: string }[] }>, prismaDir: string) {
  const { rows } = await query('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL');
  const done = new Set(rows.map((row) => row.migration_name));
  const { migrationDirectories } = await listMigrations(prismaDir);
  return migrationDirectories.map(({ path }) => path).filter((path) => !done.has(path));
}

let wasmReady: Promise<void> | undefined;

async function openEngine(databaseUrl: string, schema: string): Promise<Engine> {
  wasmReady ??= loadWasm();
  await wasmReady;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl }));
  return engineBindings.SchemaEngine.new({ datamodels: [[SCHEMA_FILE, schema]] }, () => undefined, adapter);
}

async function loadWasm() {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), {
    './schema_engine_bg.js': engineBindings as unknown as WebAssembly.ModuleImports,
  });
  engineBindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

async function listMigrations(prismaDir: string): Promise<MigrationsList> {
  const baseDir = join(prismaDir, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  };
}
