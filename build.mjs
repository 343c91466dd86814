// Builds dist/ when something it is made from is newer; `--force` builds regardless.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const GENERATED = join(root, 'src', 'generated', 'prisma');
const STAMP = join(root, 'dist', '.built');

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(
        0,
        ...readdirSync(path)
          .filter((name) => name !== 'generated')
          .map((name) => newest(join(path, name))),
      )
    : statSync(path).mtimeMs;
const builtAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(packageName, bin, ...args) {
  const cli = join(dirname(require.resolve(`${packageName}/package.json`)), bin);
  const { status } = spawnSync(process.execPath, [cli, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Generating the client needs no schema engine; naming any program keeps the tool from looking for one to download.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
  if (status !== 0) {
    if (packageName === 'typescript') console.error('The build failed: run `npm run check` to see why.');
    process.exit(status ?? 1);
  }
}

const force = process.argv.includes('--force');
const generateOnly = process.argv.includes('--generate');
const schema = join(root, 'prisma', 'schema.prisma');
if (force || builtAt(join(GENERATED, 'client.ts')) < newest(schema)) {
  run('prisma', 'build/index.js', 'generate');
}
const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'prisma/schema.prisma'];
if (!generateOnly && (force || builtAt(STAMP) < Math.max(...sources.map((path) => newest(join(root, path)))))) {
  run('typescript', 'bin/tsc', '-p', 'tsconfig.build.json');
  writeFileSync(STAMP, '');
}
