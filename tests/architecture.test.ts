import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../src');
/** Folders in the order of their imports: each may use those before it. Folders of one line may use each other. */
const LAYERS = [
  ['lib', 'generated'],
  ['database', 'plaid'],
  ['web'],
  ['auth', 'deps'],
  ['accounts', 'transactions', 'tasks', 'mail'],
  ['access'],
  ['items', 'sync', 'investments'],
  ['demo-bank'],
  ['net-worth', 'cash-flow', 'recurring', 'portfolio'],
  ['forecast'],
  ['dashboard', 'settings'],
  ['alerts', 'explain'],
  ['reports'],
  ['exports'],
  ['schedule'],
];
/** What may touch the world: time, the database, the network. Every other file is pure. */
const WORLDLY =
  /(routes|store|client|listener|job|queue|worker|progress|embedded|migrate|new-migration|bulk|process|views|logger|rate-limit|session|sign-in|password)\.ts$/;
const WORLDLY_FILES = new Set([
  ...[
    'config.ts',
    'server.ts',
    'rotate-keys.ts',
    'command.ts',
    'tasks-command.ts',
    'user-command.ts',
    'start.ts',
    'deps.ts',
    'app.ts',
    'web/errors.ts',
    'items/token-vault.ts',
    'items/link-item.ts',
    'items/explore-demo.ts',
    'items/removal.ts',
    'items/sealed-columns.ts',
    'lib/work-folder.ts',
    'exports/spool.ts',
    'access/registration.ts',
    'access/messages.ts',
    'access/recover.ts',
    'auth/confirmation.ts',
    'auth/known-device.ts',
    'mail/account-message.ts',
    'recurring/detect-streams.ts',
  ],
  ...[
    'items/freshness.ts',
    'schedule/schedule.ts',
    'schedule/run-task.ts',
    'schedule/start-work.ts',
    'sync/fetch-changes.ts',
    'sync/fetch-investments.ts',
    'transactions/classify-transactions.ts',
    'transactions/load-transactions.ts',
  ],
  ...[
    'dashboard/answer.ts',
    'web/figure-cache.ts',
    'forecast/load-forecast.ts',
    'portfolio/load-performance.ts',
    'explain/load-explanation.ts',
  ],
  ...['exports/archive.ts', 'exports/import-everything.ts', 'exports/upload.ts', 'mail/signature.ts', 'reports/pdf.ts', 'reports/sfnt.ts'],
  ...['dashboard/load-figures.ts', 'dashboard/refresh-figures.ts', 'plaid/webhook-verification.ts'],
]);
const IMPURE = /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|from 'node:|from 'pg'|database\/client/;

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : files(path);
    return path.endsWith('.ts') ? [path] : [];
  });
const sources = files(ROOT).map((path) => ({ path, name: relative(ROOT, path), text: readFileSync(path, 'utf8') }));
const folderOf = (name: string) => (dirname(name) === '.' ? basename(name, '.ts') : (name.split('/')[0] as string));
const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder));
const importsOf = ({ path, text }: (typeof sources)[number], withTypes: boolean) =>
  [...text.matchAll(/^(import|export)( type)? [^;]*?from '(\.[^']+)';/gms)]
    .filter(([, , isType]) => withTypes || !isType)
    .map(([, , , target]) => relative(ROOT, resolve(dirname(path), target as string)));

it('imports go down the layers only', () => {
  const wrong = sources
    .filter(({ name }) => layerOf(folderOf(name)) >= 0 && name !== 'deps.ts')
    .flatMap((source) =>
      importsOf(source, false)
        .filter((target) => {
          const [from, to] = [layerOf(folderOf(source.name)), layerOf(folderOf(target))];
          // Pages and routes are the rim: they may show what any capability works out.
          return to < 0 || (to > from && !/routes\.ts$/.test(source.name));
        })
        .map((target) => `${source.name} → ${target}`),
    );
  expect(wrong).toEqual([]);
});

it('lib imports nothing of ours', () => {
  const wrong = sources
    .filter(({ name }) => name.startsWith('lib/'))
    .flatMap((source) => importsOf(source, true).filter((target) => !target.startsWith('lib/')));
  expect(wrong).toEqual([]);
});

it('only Plaid’s own folder and the demo bank know Plaid’s package', () => {
  const wrong = sources
    .filter(({ name, text }) => / from 'plaid'/.test(text) && !/^(plaid\/client|demo-bank\/)/.test(name))
    .map(({ name }) => name);
  expect(wrong).toEqual([]);
});

it('only the start of the program knows the demo bank', () => {
  const wrong = sources.filter(
    (source) => !/^(start\.ts|demo-bank\/)/.test(source.name) && importsOf(source, true).some((target) => target.startsWith('demo-bank/')),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

it('what computes is pure: no clock, no chance, no environment, no database', () => {
  const wrong = sources
    .filter(({ name }) => !WORLDLY.test(name) && !WORLDLY_FILES.has(name) && !name.startsWith('demo-bank/'))
    .filter(({ text }) => IMPURE.test(text.replaceAll(/^import type .*$/gm, '')))
    .map(({ name }) => name);
  expect(wrong).toEqual([]);
});

it('only the configuration reads the environment', () => {
  const wrong = sources.filter(
    ({ name, text }) => /process\.env/.test(text) && !['config.ts', 'server.ts', 'command.ts', 'database/embedded.ts'].includes(name),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

it('no page carries script or style of its own, or writes unescaped data', () => {
  const views = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? views(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  // A mail program reads no style sheet of ours.
  const isPage = (path: string) => !path.includes('/views/mail/') || path.endsWith('unsubscribe.ejs');
  for (const path of views(resolve(ROOT, '../views'))) {
    const text = readFileSync(path, 'utf8');
    expect([...text.matchAll(/<%-(?!\s*include\()/g)], `${path} writes unescaped`).toEqual([]);
    if (isPage(path)) expect(text, path).not.toMatch(/\sstyle=|\son[a-z]+=|<style|<script(?![^>]*src=)/);
  }
});

it('no file has grown out of hand', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > 620).map(({ name }) => name);
  expect(long).toEqual([]);
});
