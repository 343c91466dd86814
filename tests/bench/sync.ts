// The first sync of a long history: rows a second, memory and stalls, beside what fetching and parsing alone takes.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { refreshWithAlerts } from '../../src/alerts/refresh-with-alerts.ts';
import { openDatabase } from '../../src/database/client.ts';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { migrate } from '../../src/database/migrate.ts';
import { saveItem } from '../../src/items/store.ts';
import { createTokenVault } from '../../src/items/token-vault.ts';
import { growHeapSlowly } from '../../src/lib/process.ts';
import { createPlaidGateway } from '../../src/plaid/client.ts';
import { fetchChanges } from '../../src/sync/fetch-changes.ts';
import { runSync } from '../../src/sync/job.ts';
import { claimJob, requestSync } from '../../src/sync/queue.ts';
import { BANK_CREDENTIALS } from '../test-bank.ts';

growHeapSlowly();
const ROWS = Number(process.argv[2] ?? 50_000);
const MB = 1024 * 1024;

const bankProcess = fork(resolve(import.meta.dirname, 'bank.ts'), [String(ROWS)], { execArgv: ['--import', 'tsx'] });
const bank = await new Promise<{ url: string; publicToken: string }>((ready) =>
  bankProcess.once('message', (message) => ready(message as never)),
);
const dataDir = await mkdtemp(join(tmpdir(), 'bench-'));
const server = await startEmbeddedDatabase(dataDir, process.env.BENCH_LOG ? ['log_min_duration_statement=80'] : []);
await migrate(server.url, resolve(import.meta.dirname, '../../prisma'));
const database = openDatabase(server.url, () => undefined);
const plaid = createPlaidGateway({
  environment: 'sandbox',
  ...BANK_CREDENTIALS,
  baseUrl: bank.url,
  webhookUrl: () => undefined,
  vault: createTokenVault([Buffer.alloc(32, 7).toString('base64')]),
});
const { rows: users } = await database.pool.query("INSERT INTO users (email) VALUES ('bench@example.org') RETURNING id");
const credentials = await plaid.exchangePublicToken(users[0].id, bank.publicToken);
const item = await saveItem(database, { ...credentials, institutionId: null, institutionName: 'Bench Bank' });
const itemId = (item as { id: string }).id;

/** What a piece of work took: seconds, memory above the beginning at its highest, and the longest time nothing else could run. */
async function measure(work: () => Promise<unknown>) {
  globalThis.gc?.();
  const idle = process.memoryUsage().rss;
  let peak = idle;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 10);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  await new Promise((later) => setTimeout(later, 20));
  delay.disable();
  clearInterval(sampler);
  return { seconds, memoryMb: (peak - idle) / MB, stallMs: delay.max / 1e6 };
}

const logger = pino({ level: 'warn' });
const sync = async () => {
  await requestSync(database, [itemId]);
  const job = await claimJob(database, 'bench');
  if (!job) throw new Error('There is no job.');
  await runSync(
    {
      database,
      plaid,
      logger,
      now: () => new Date(),
      random: () => 0,
      refreshFigures: (userId) =>
        refreshWithAlerts(
          { database, logger, now: () => new Date(), appUrl: () => 'http://localhost', nudgeWorker: () => undefined },
          userId,
        ),
      givingUp: new AbortController().signal,
    },
    job,
  );
};

const one = (value: number, digits = 1) => value.toFixed(digits);
const print = (name: string, { seconds, memoryMb, stallMs }: Awaited<ReturnType<typeof measure>>) =>
  console.log(
    `${name.padEnd(28)} ${one(seconds, 2)} s   ${one(ROWS / seconds, 0)} rows/s   +${one(memoryMb, 0)} MB   longest stall ${one(stallMs, 0)} ms`,
  );

// As in a server that has answered before: the query compiler is loaded.
await database.prisma.user.findFirst();
const first = await measure(sync);
print('first sync', first);
const fetching = await measure(() => fetchChanges(plaid, credentials, null));
print('fetch and parse alone', fetching);
const again = await measure(sync);
print('sync without news', again);
const { rows: stored } = await database.pool.query(
  'SELECT count(*)::int AS rows, (SELECT count(*)::int FROM transfer_matches) AS pairs FROM transactions',
);
console.log(`rows stored ${stored[0].rows}, pairs ${stored[0].pairs}`);
if (stored[0].rows !== ROWS || stored[0].pairs === 0) throw new Error('Something was not synced.');
const writing = ROWS / (first.seconds - fetching.seconds);
console.log(`after the fetching            ${one(writing, 0)} rows/s (aim: 10000)`);
console.log(`fetch and parse ÷ first sync  ${one(fetching.seconds / first.seconds, 2)} (aim: at least 0.3)`);

bankProcess.kill();
await database.close();
await server.stop();
if (!process.env.BENCH_LOG) await rm(dataDir, { recursive: true });
else console.log(dataDir);
