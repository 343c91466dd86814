import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
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
 * @returns the names of those applied, and of the newest.
 * @throws when a migration fails or one that was applied has been changed.
 */
export async function migrate(databaseUrl: string, prismaDir: string): Promise<{ applied: string[]; latest: string }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const schema = await readFile(join(prismaDir, SCHEMA_FILE), 'utf8');
    const migrationsList = await listMigrations(prismaDir);
    const { appliedMigrationNames } = await withEngine(databaseUrl, schema, (engine) =>
      engine.applyMigrations({ migrationsList, filters: NO_FILTER }),
    );
    const latest = migrationsList.migrationDirectories.at(-1)?.path;
    if (latest === undefined) throw new Error(`There are no migrations in ${prismaDir}.`);
    return { applied: appliedMigrationNames, latest };
  } finally {
    await client.end();
  }
}

/** The SQL that leads from one version of the schema to another (null: from nothing); null when they agree. */
export async function draftMigration(databaseUrl: string, before: string | null, after: string): Promise<string | null> {
  const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: SCHEMA_FILE, content }] });
  const from = before === null ? { tag: 'empty' as const } : datamodel(before);
  const { exitCode, stdout } = await withEngine(databaseUrl, after, (engine) =>
    engine.diff({ from, to: datamodel(after), script: true, exitCode: true, filters: NO_FILTER }),
  );
  return exitCode === DIFFERENT ? stdout : null;
}

/** True when the database has finished the project's newest migration. */
export async function isMigrated(
  query: (sql: string, parameters: string[]) => Promise<{ rowCount: number | null }>,
  latest: string,
): Promise<boolean> {
  const { rowCount } = await query('SELECT 1 FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NOT NULL', [latest]);
  return rowCount === 1;
}

// The part of the standard global that Node's own types leave to the browser's.
declare const WebAssembly: {
  instantiate: (bytes: Uint8Array, imports: Record<string, unknown>) => Promise<{ instance: { exports: Record<string, unknown> } }>;
};

let wasmReady: Promise<void> | undefined;

/** Runs `work` with an engine and closes its connections after: until then they hold the engine's own lock. */
async function withEngine<Result>(databaseUrl: string, schema: string, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  wasmReady ??= loadWasm();
  await wasmReady;
  const factory = new PrismaPg({ connectionString: databaseUrl });
  const connections: { dispose: () => Promise<void> }[] = [];
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    // The adapter cuts a script at every semicolon, those in the body of a function too.
    connection.executeScript = (script) => runScript(databaseUrl, script);
    connections.push(connection);
    return connection;
  };
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(factory);
    return await work(await engineBindings.SchemaEngine.new({ datamodels: [[SCHEMA_FILE, schema]] }, () => undefined, adapter));
  } finally {
    await Promise.all(connections.map((connection) => connection.dispose()));
  }
}

/** Runs a script of any number of statements, all of them or none. */
async function runScript(databaseUrl: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(script);
  } finally {
    await client.end();
  }
}

async function loadWasm() {
  const path = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), { './schema_engine_bg.js': withQuietTimers(engineBindings) });
  engineBindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

/** The engine leaves the time limit of its lock running after it is done: that must not keep the process alive. */
function withQuietTimers(bindings: object): Record<string, unknown> {
  const imports: Record<string, unknown> = { ...bindings };
  for (const [name, value] of Object.entries(imports)) {
    if (!name.startsWith('__wbg_setTimeout') || typeof value !== 'function') continue;
    imports[name] = (...args: unknown[]) => {
      const timer = value(...args) as NodeJS.Timeout;
      return timer.unref();
    };
  }
  return imports;
}

async function listMigrations(prismaDir: string): Promise<MigrationsList> {
  const baseDir = join(prismaDir, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
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
