import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BANK_CREDENTIALS } from '../test-bank.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 30_000;

/** A bug put into a copy of the program on purpose: what is replaced in which file. */
export interface SeededBug {
  name: string;
  file: string;
  replace: [found: string, by: string];
}

/** Builds the real program into a folder of its own. */
export function buildProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kill-program-'));
  const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(
    process.execPath,
    [typescript, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist'), '--incremental', 'false', '--tsBuildInfoFile', 'null'],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  );
  for (const name of ['node_modules', 'prisma', 'views', 'public', 'package.json']) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/** A copy of a built program with a bug in it. */
export function withBug(program: string, bug: SeededBug): string {
  const folder = mkdtempSync(join(tmpdir(), 'kill-bug-'));
  cpSync(program, folder, { recursive: true, verbatimSymlinks: true });
  const file = join(folder, 'dist', bug.file);
  const source = readFileSync(file, 'utf8');
  const [found, by] = bug.replace;
  if (!source.includes(found)) throw new Error(`The bug "${bug.name}" finds nothing to replace in ${bug.file}.`);
  writeFileSync(file, source.replaceAll(found, by));
  return folder;
}

export interface RunningProgram {
  child: ChildProcess;
  url: string;
  output: () => string;
  /** kill -9; resolves when the process is gone. */
  kill: () => Promise<void>;
}

/** The settings of a program on a database and a bank of the tests. */
export const environmentFor = (databaseUrl: string, bankUrl: string, dataDir: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  DATA_DIR: dataDir,
  PLAID_ENV: 'sandbox',
  PLAID_CLIENT_ID: BANK_CREDENTIALS.clientId,
  PLAID_SECRET: BANK_CREDENTIALS.secret,
  PLAID_BASE_URL: bankUrl,
});

/** Starts a program as `npm start` does and waits until it listens. */
export async function runProgram(folder: string, env: Record<string, string>): Promise<RunningProgram> {
  const child = spawn(process.execPath, [join(folder, 'dist/server.js')], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', TZ: process.env.TZ, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((settle) => child.once('exit', () => settle()));
  const url = await new Promise<string>((ready, fail) => {
    const timer = setTimeout(() => fail(new Error(`The program did not start: ${output}`)), START_TIMEOUT_MS);
    child.stdout.on('data', () => {
      const found = output.match(/http:\/\/localhost:(\d+)/);
      if (!found) return;
      clearTimeout(timer);
      ready(`http://127.0.0.1:${found[1]}`);
    });
    void gone.then(() => fail(new Error(`The program ended: ${output}`)));
  });
  return {
    child,
    url,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
