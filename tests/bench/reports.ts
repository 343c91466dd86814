// What reports, lists and pages take beside the best bare SQL of the same answer, in one run: only the ratios mean something.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { findUser, type User } from '../../src/auth/store.ts';
import { reportStatement } from '../../src/cash-flow/store.ts';
import { loadCashFlow, loadNetWorth } from '../../src/dashboard/load-figures.ts';
import { openDatabase } from '../../src/database/client.ts';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { migrate } from '../../src/database/migrate.ts';
import { addDays, addMonths, type CalendarDate, dateIn } from '../../src/lib/dates.ts';
import { type Period, previousPeriod } from '../../src/lib/period.ts';
import { addPage, noChanges } from '../../src/sync/changes.ts';
import { saveTransactions } from '../../src/sync/transaction-store.ts';
import { buildProgram, environmentFor, runProgram } from '../kill/program.ts';
import { sumByFindMany } from './find-many.ts';
import { inTurns, ratioOf, requestsPerSecond, send, type Timing } from './measure.ts';
import { seedCrowd, seedTransactions } from './seed.ts';

const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 20 : 60;
const SIZES = { small: 10_000, medium: 100_000, large: IS_QUICK ? 200_000 : 1_000_000 };
const CROWD = IS_QUICK ? 50 : 1_000;
const INGESTED = IS_QUICK ? 10_000 : 50_000;
const TODAY = dateIn('UTC', new Date());

const lines: string[][] = [];
const ms = ({ p50, p95 }: Timing) => `${p50.toFixed(2)} / ${p95.toFixed(2)}`;
const row = (what: string, ours: string, floor: string, ratio: number | null, aim: string, isMet: boolean | null) =>
  lines.push([what, ours, floor, ratio === null ? '' : `${ratio.toFixed(2)}×`, aim, isMet === null ? '' : isMet ? 'met' : 'not met']);
const atMost = (what: string, ours: Timing, floor: Timing, aim: number) => {
  const ratio = ratioOf(ours, floor);
  row(what, ms(ours), ms(floor), ratio, `≤ ${aim}`, ratio <= aim);
};

const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
const server = await startEmbeddedDatabase(dataDir, ['fsync=off']);
await migrate(server.url, resolve(import.meta.dirname, '../../prisma'));
const database = openDatabase(server.url, () => undefined);
const bare = new pg.Client({ connectionString: server.url, options: '-c jit=off -c timezone=UTC -c max_parallel_workers_per_gather=0' });
await bare.connect();

const port = await freePort();
const program = await runProgram(buildProgram(), {
  ...environmentFor(server.url, 'http://127.0.0.1:9', dataDir),
  NODE_ENV: 'production',
  PORT: String(port),
  APP_URL: `http://localhost:${port}`,
  TRUST_PROXY_HOPS: '1',
  SESSION_SECRET: 'a secret of the benchmark that is long enough',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
});
const hello = fork(resolve(import.meta.dirname, 'hello.ts'), { execArgv: ['--import', 'tsx'] });
const helloUrl = await new Promise<string>((ready) => hello.once('message', (url) => ready(String(url))));

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return free;
}

process.on('exit', () => {
  program.child.kill('SIGKILL');
  hello.kill('SIGKILL');
});

/** Rows that are known to be right need not be checked one by one. */
async function seeding(work: () => Promise<void>): Promise<void> {
  await bare.query('SET session_replication_role = replica');
  await work();
  await bare.query('SET session_replication_role = origin');
}

/** Somebody who is signed in and has a history. */
async function person(
  rows: number,
): Promise<{ user: () => Promise<User>; id: string; get: (path: string, headers?: Record<string, string>) => ReturnType<typeof send> }> {
  const email = `rows-${rows}@example.org`;
  const base = { 'x-forwarded-proto': 'https', accept: 'application/json' };
  const body = JSON.stringify({ email, password: 'correct-battery-horse-42' });
  const answer = await send(`${program.url}/register`, { ...base, 'content-type': 'application/json' }, 'POST', body);
  if (answer.status !== 201) throw new Error(answer.text);
  const cookie = [answer.headers['set-cookie'] ?? []]
    .flat()
    .map((one) => one.split(';')[0])
    .join('; ');
  const { id } = JSON.parse(answer.text).user;
  await seeding(() => seedTransactions(bare, id, rows, TODAY));
  const user = async () => (await findUser(database, id)) as User;
  return { user, id, get: (path, headers = {}) => send(program.url + path, { ...base, cookie, ...headers }) };
}

const report = async (label: string, work: () => Promise<void>) => {
  const startedAt = performance.now();
  await work();
  console.error(`${label}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
};

let small!: Awaited<ReturnType<typeof person>>;
let medium!: typeof small;
let large!: typeof small;
await report('seeding', async () => {
  small = await person(SIZES.small);
  medium = await person(SIZES.medium);
  large = await person(SIZES.large);
  await seeding(() => seedCrowd(bare, CROWD, 2_000, TODAY));
  // What the schedule does for so many people at the start of their day is not what is measured.
  await database.pool.query(
    `INSERT INTO tasks (kind, subject, slot, done_at)
     SELECT kind, id::text, slot, now() FROM users, (VALUES ('alerts', $1), ('snapshot', $1), ('report', $2)) AS due(kind, slot) ON CONFLICT DO NOTHING`,
    [TODAY, addMonths(TODAY, -1).slice(0, 7)],
  );
  await database.pool.query('VACUUM (ANALYZE)');
  await database.pool.query('CHECKPOINT');
  // After so much writing the first answers may be late: they are not what is measured.
  for (const who of [small, medium, large])
    for (let tries = 0; tries < 5 && (await who.get('/api/dashboard/cash-flow')).status !== 200; tries++)
      console.error('not ready', program.output().slice(-600));
});

const periods: [name: string, months: number | null][] = [
  ['1 month', 1],
  ['12 months', 12],
  ['all', null],
];
/** A period that moves by a day from round to round: as much work, and never the answer of before. */
const periodOf = (months: number | null, round: number): Period => {
  const end = addDays(TODAY, -round);
  return { start: months === null ? addDays('1920-01-01' as CalendarDate, round) : addMonths(end, -months), end };
};
const query = (period: Period) => `start_date=${period.start}&end_date=${period.end}`;
const bareReport = async (user: User, period: Period) =>
  bare.query(reportStatement(user.id, user.currencies, period, previousPeriod(period)));

await report('cash flow', async () => {
  const user = await medium.user();
  for (const [name, months] of periods) {
    const aim = { '1 month': 1.4, '12 months': 1.25, all: 1.2 }[name] as number;
    const httpAim = { '1 month': 2.2, '12 months': 1.3, all: 1.05 }[name] as number;
    const [service, endpoint, floor] = (await inTurns(
      ROUNDS,
      (round) => loadCashFlow(database, user, periodOf(months, round)),
      async (round) => {
        const answer = await medium.get(`/api/dashboard/cash-flow?${query(periodOf(months, round))}`);
        if (answer.status !== 200) throw new Error(answer.text);
      },
      (round) => bareReport(user, periodOf(months, round)),
    )) as [Timing, Timing, Timing];
    atMost(`cash-flow service, ${name}, 100k rows`, service, floor, aim);
    atMost(`signed-in endpoint, ${name}, 100k rows`, endpoint, floor, httpAim);
  }
});

await report('cached', async () => {
  const path = `/api/dashboard/cash-flow?${query(periodOf(12, 0))}`;
  const { headers } = await medium.get(path);
  const etag = String(headers.etag);
  const [cached, unchanged, session] = (await inTurns(
    ROUNDS * 4,
    () => medium.get(path),
    async () => {
      if ((await medium.get(path, { 'if-none-match': etag })).status !== 304) throw new Error('It was not found unchanged.');
    },
    () => medium.get('/api/me'),
  )) as [Timing, Timing, Timing];
  atMost('the same, cached ÷ session hello', cached, session, 1.3);
  atMost('the same, unchanged (304) ÷ session hello', unchanged, session, 1.3);
});

await report('findMany', async () => {
  const user = await medium.user();
  for (const [name, months, aim] of [
    ['12 months', 12, 4],
    ['all', null, 6],
  ] as const) {
    const naive = (round: number) => sumByFindMany(database, user.id, periodOf(months, round));
    const [ours, theirs] = (await inTurns(3, (round) => loadCashFlow(database, user, periodOf(months, round)), naive)) as [Timing, Timing];
    const ratio = theirs.p50 / ours.p50;
    row(`findMany + decimal.js ÷ cash-flow service, ${name}`, ms(ours), ms(theirs), ratio, `≥ ${aim}`, ratio >= aim);
  }
});

await report('memory', async () => {
  const peakOf = async (way: string) => {
    const child = fork(resolve(import.meta.dirname, 'memory.ts'), [way, server.url, medium.id], { execArgv: ['--import', 'tsx'] });
    return new Promise<number>((ready) => child.once('message', (peak) => ready(Number(peak))));
  };
  const [own, other] = [await peakOf('service'), await peakOf('findMany')];
  row('memory of the service ÷ findMany, all', `${own.toFixed(0)} MB`, `${other.toFixed(0)} MB`, own / other, '≤ 0.4', own / other <= 0.4);
});

await report('growth', async () => {
  const [few, many] = [await small.user(), await large.user()];
  const [ours, floor] = (await inTurns(
    ROUNDS * 3,
    (round) => loadCashFlow(database, many, periodOf(1, round)),
    (round) => loadCashFlow(database, few, periodOf(1, round)),
  )) as [Timing, Timing];
  atMost(`one-month answer, ${SIZES.large / 1000}k ÷ 10k rows`, ours, floor, 1.2);
  const [page, pageOfFew, pageFloor] = (await inTurns(
    ROUNDS * 2,
    () => large.get('/api/dashboard/transactions?per_page=50'),
    () => small.get('/api/dashboard/transactions?per_page=50'),
    () =>
      bare.query({
        name: 'bare-page',
        text: `SELECT transactions.*, accounts.name AS account_name FROM transactions JOIN accounts ON accounts.id = transactions.account_id
          WHERE transactions.user_id = $1 AND removed_at IS NULL ORDER BY date DESC, transactions.id DESC LIMIT 50`,
        values: [large.id],
      }),
  )) as [Timing, Timing, Timing];
  const [miss] = (await inTurns(5, (round) => large.get(`/api/dashboard/transactions?per_page=50&search=nowhere${round}`))) as [Timing];
  atMost(`first transactions page, ${SIZES.large / 1000}k rows ÷ pg`, page, pageFloor, 2.5);
  atMost(`first transactions page, ${SIZES.large / 1000}k ÷ 10k rows`, page, pageOfFew, 1.3);
  atMost('search without a hit ÷ page', miss, page, 2);
});

await report('ingest', async () => {
  const { rows: users } = await database.pool.query<{ id: string }>("INSERT INTO users (email) VALUES ('ingest@example.org') RETURNING id");
  const userId = (users[0] as { id: string }).id;
  await seedTransactions(bare, userId, 0, TODAY);
  const { rows: items } = await database.pool.query<{ id: string; account: string }>(
    `SELECT plaid_items.id, account_id AS account FROM plaid_items JOIN accounts ON plaid_item_id = plaid_items.id WHERE accounts.user_id = $1 ORDER BY 2`,
    [userId],
  );
  const item = { id: (items[0] as { id: string }).id, userId };
  const changes = noChanges();
  const bankRow = (index: number) => ({
    transactionId: `ingest-${index}`,
    accountId: (items[index % items.length] as { account: string }).account,
    amount: String(((index * 7919) % 20_000) / 100 + 1),
    runningBalance: null,
    isoCurrencyCode: 'USD',
    date: addDays(TODAY, -Math.floor(index / 30)),
    name: `MERCHANT ${index % 400} #${index}`,
    merchantName: `Merchant ${index % 400}`,
    pending: false,
    categoryPrimary: 'FOOD_AND_DRINK',
    categoryDetailed: 'FOOD_AND_DRINK_GROCERIES',
    categoryConfidence: 'HIGH',
    counterparties: [
      { name: `Merchant ${index % 400}`, type: 'merchant', website: null, logo_url: null, entity_id: null, confidence_level: 'HIGH' },
    ],
    category: [],
    pendingTransactionId: null,
    unofficialCurrencyCode: null,
    datetime: null,
    authorizedDate: null,
    authorizedDatetime: null,
    merchantEntityId: null,
    originalDescription: null,
    paymentChannel: 'online',
    transactionCode: null,
    accountOwner: null,
    checkNumber: null,
    logoUrl: null,
    website: null,
    categoryId: null,
    locationAddress: null,
    locationCity: null,
    locationRegion: null,
    locationPostalCode: null,
    locationCountry: null,
    locationLat: null,
    locationLon: null,
    locationStoreNumber: null,
  });
  addPage(changes, { added: Array.from({ length: INGESTED }, (_none, index) => bankRow(index)), modified: [], removed: [] });
  const staged = [...changes.rows.values()];
  const seconds = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    return (performance.now() - startedAt) / 1000;
  };
  const upsert = () => database.transaction((client) => saveTransactions(client, item, staged));
  const first = await seconds(upsert);
  const again = await seconds(upsert);
  // The floor: the same rows, once more under other ids, through COPY into the same table with all its indexes.
  const file = join(dataDir, 'rows.csv');
  const columns = `user_id, account_id, transaction_id, amount, iso_currency_code, date, name, merchant_name, personal_finance_category_primary,
    personal_finance_category_detailed, personal_finance_category_confidence, pending, payment_channel, category, counterparties, cash_flow_type, cash_flow_why, cash_flow_confidence, cash_flow_amount`;
  await bare.query(
    `COPY (SELECT ${columns.replace('transaction_id', "'copy-' || transaction_id")} FROM transactions WHERE user_id = '${userId}') TO '${file}'`,
  );
  const copy = await seconds(() => bare.query(`COPY transactions (${columns}) FROM '${file}'`));
  const rate = (time: number) => INGESTED / time;
  const perSecond = (time: number) => `${rate(time).toFixed(0)} rows/s`;
  row('upsert of new rows ÷ COPY', perSecond(first), perSecond(copy), rate(first) / rate(copy), '≥ 0.6', rate(first) / rate(copy) >= 0.6);
  row('re-sync ÷ new rows', perSecond(again), perSecond(first), rate(again) / rate(first), '≥ 1.3', rate(again) / rate(first) >= 1.3);
});

await report('net worth', async () => {
  const user = await medium.user();
  const [ours, floor] = (await inTurns(
    ROUNDS,
    () => loadNetWorth(database, user, TODAY, 365),
    () =>
      bare.query({
        name: 'bare-net-worth',
        text: `SELECT day, sum(balance) FROM (
            SELECT day::date, accounts.id, accounts.balance_current + COALESCE(sum(flow) OVER (PARTITION BY accounts.id ORDER BY day DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS balance
            FROM accounts CROSS JOIN generate_series($2::date - 366, $2::date, '1 day') AS day
              LEFT JOIN (SELECT account_id, date, sum(amount) AS flow FROM transactions WHERE user_id = $1 AND date >= $2::date - 366 AND removed_at IS NULL AND NOT pending GROUP BY 1, 2) AS flows
                ON flows.account_id = accounts.id AND flows.date = day
            WHERE accounts.user_id = $1) AS balances GROUP BY day ORDER BY day`,
        values: [user.id, TODAY],
      }),
  )) as [Timing, Timing];
  atMost('a year of daily net worth ÷ anchored SQL', ours, floor, 1.3);
});

await report('http', async () => {
  const seconds = IS_QUICK ? 1 : 4;
  const plain = await requestsPerSecond(seconds, 16, () => send(helloUrl));
  const session = await requestsPerSecond(seconds, 16, () => medium.get('/api/me'));
  row(
    'session + one SQL ÷ Express hello',
    `${session.toFixed(0)}/s`,
    `${plain.toFixed(0)}/s`,
    session / plain,
    '≥ 0.35',
    session / plain >= 0.35,
  );
  const [page, word] = (await inTurns(
    ROUNDS * 2,
    () => small.get('/transactions?per_page=200', { accept: 'text/html' }),
    () => send(helloUrl),
  )) as [Timing, Timing];
  atMost('EJS page of 200 rows ÷ Express hello', page, word, 2);
  const rss = () => Number(readFileSync(`/proc/${program.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]) / 1024;
  const under = rss();
  const peakDuring = async (work: () => Promise<unknown>) => {
    let highest = rss();
    const timer = setInterval(() => (highest = Math.max(highest, rss())), 5);
    await work();
    clearInterval(timer);
    return highest;
  };
  // Everything as an archive, beside reading the same rows as JSON and nothing more.
  const exportTimes: number[] = [];
  const exportPeak = await peakDuring(async () => {
    for (let time = 0; time < 3; time++) {
      const startedAt = performance.now();
      const { status } = await medium.get('/api/export');
      if (status !== 200) throw new Error(`the export answered ${status}`);
      exportTimes.push((performance.now() - startedAt) / 1000);
    }
  });
  const startedAt = performance.now();
  await bare.query('SELECT row_to_json(transactions)::text FROM transactions WHERE user_id = $1', [medium.id]);
  const bareSeconds = (performance.now() - startedAt) / 1000;
  const exportSeconds = exportTimes.toSorted((a, b) => a - b)[1] as number;
  row(
    'everything of 100k rows as a ZIP ÷ its rows as bare JSON',
    `${exportSeconds.toFixed(1)} s`,
    `${bareSeconds.toFixed(1)} s`,
    exportSeconds / bareSeconds,
    '< 10 s',
    exportSeconds < 10,
  );
  row(
    'memory of that ÷ under hello load',
    `${exportPeak.toFixed(0)} MB`,
    `${under.toFixed(0)} MB`,
    exportPeak / under,
    '≤ 1.7',
    exportPeak / under <= 1.7,
  );
  const peak = await peakDuring(async () => {
    for (const path of ['cash-flow?start_date=1920-01-01', 'net-worth?days=all', 'portfolio', 'overview', 'forecast'])
      await large.get(`/api/dashboard/${path}`);
  });
  row(
    'memory of the largest report ÷ under hello load',
    `${peak.toFixed(0)} MB`,
    `${under.toFixed(0)} MB`,
    peak / under,
    '≤ 1.7',
    peak / under <= 1.7,
  );
});

await report('endpoints', async () => {
  for (const path of [
    'overview',
    'net-worth?days=365',
    'cash-flow',
    'portfolio',
    'forecast?days=90',
    'recurring',
    'transactions',
    'accounts',
    'explain?figure=net_worth.net_worth',
  ]) {
    const ofSize = async (who: typeof small) => (await inTurns(ROUNDS, () => who.get(`/api/dashboard/${path}`)))[0] as Timing;
    const [few, some, many] = [await ofSize(small), await ofSize(medium), await ofSize(large)];
    row(
      `GET ${path}, 10k · 100k · ${SIZES.large / 1000}k rows`,
      `${ms(few)} · ${ms(some)} · ${ms(many)}`,
      '',
      many.p50 / few.p50,
      '',
      null,
    );
  }
});

const heads = ['measured', 'ours (p50 / p95 ms)', 'floor', 'ratio', 'aim', ''];
const table = [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...lines.map((line) => `| ${line.join(' | ')} |`)].join(
  '\n',
);
console.log(table);
if (process.env.BENCH_TABLE) writeFileSync(process.env.BENCH_TABLE, `${table}\n`);

hello.kill();
agentEnd();
await program.kill();
await bare.end();
await database.close();
await server.stop();
rmSync(dataDir, { recursive: true, force: true });

function agentEnd() {
  // Kept connections would keep this process.
  setTimeout(() => process.exit(0), 500).unref();
}
