import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

/** Few rows and visits in the tests; `npm run test:load` has more of both. */
const IS_WHOLE = process.env.LOAD === 'full';
const ROWS = IS_WHOLE ? 10_000 : 4_000;
const READERS = 12;
const BROWSING = IS_WHOLE ? 50 : 12;
const VISITS = IS_WHOLE ? 6 : 3;
const PAGES = ['/', '/transactions', '/cash-flow', '/api/dashboard/overview', '/accounts'];

let app: TestApp;
let people: Client[];
beforeAll(async () => {
  app = await startTestApp();
  people = await Promise.all(Array.from({ length: READERS }, () => register(app)));
  for (const client of people) {
    const checking = account('depository', 'checking', 100);
    await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE')] });
  }
  // More than any buffer on the way holds: who does not read it stops it.
  await app.deps.database.pool.query(
    `INSERT INTO transactions (account_id, user_id, transaction_id, amount, iso_currency_code, date, name, cash_flow_type, cash_flow_amount, cash_flow_why, cash_flow_confidence)
     SELECT account_id, user_id, 'row ' || n || user_id, 5, 'USD', date '2025-01-01' + (n % 400), 'A PLACE WITH A LONG NAME ' || n, 'expense', 5, 'category', 0.9
     FROM transactions CROSS JOIN generate_series(1, $1::int) AS n`,
    [ROWS],
  );
}, 300_000);
afterAll(() => app.stop());

const browse = async () => {
  const times: number[] = [];
  const statuses: Record<number, number> = {};
  const visitor = async (index: number) => {
    const client = people[index % people.length] as Client;
    for (let visit = 0; visit < VISITS; visit++) {
      const path = PAGES[(index + visit) % PAGES.length] as string;
      const startedAt = performance.now();
      const { status } = await (path.startsWith('/api') ? client.get(path) : client.page(path));
      times.push(performance.now() - startedAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: BROWSING }, (_none, index) => visitor(index)));
  times.sort((a, b) => a - b);
  return { statuses, p99: Math.round(times[Math.floor(times.length * 0.99)] ?? 0) };
};

/** Asks for everything and reads nothing of it but the first line. */
const slowReader = (client: Client) =>
  new Promise<{ socket: Socket; status: number; retryAfter: boolean }>((done, fail) => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET /api/export?format=json HTTP/1.1\r\nHost: here\r\nAccept: application/json\r\nCookie: ${client.cookie}\r\n\r\n`),
    );
    socket.once('readable', () => {
      const head = socket.read()?.toString() ?? '';
      socket.pause();
      done({ socket, status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), retryAfter: /\r\nRetry-After: \d+/i.test(head) });
    });
    socket.on('error', fail);
  });

it(`${READERS} readers who read nothing hold up nobody who browses`, async () => {
  await browse();
  const quiet = await browse();
  const reading = people.map(slowReader);
  const beside = await browse();
  const readers = await Promise.all(reading);
  const besideOpen = await browse();
  const refused = readers.filter(({ status }) => status === 429);
  console.log(
    `p99 of ${BROWSING} people: ${quiet.p99} ms in quiet, ${beside.p99} ms while exports are written, ${besideOpen.p99} ms beside readers who stand still; ${refused.length} of ${READERS} readers are told to come later`,
  );
  for (const { statuses } of [quiet, beside, besideOpen]) expect(Object.keys(statuses)).toEqual(['200']);
  expect(new Set(readers.map(({ status }) => status))).toEqual(new Set([200, 429]));
  expect(refused.every(({ retryAfter }) => retryAfter)).toBe(true);
  expect(refused.length).toBe(READERS - 8);
  // One of a person's at a time; who goes away makes room.
  const first = readers.findIndex(({ status }) => status === 200);
  const again = await slowReader(people[first] as Client);
  expect(again.status).toBe(429);
  for (const { socket } of [...readers, again]) socket.destroy();
  await expect
    .poll(async () => {
      const { socket, status } = await slowReader(people[first] as Client);
      socket.destroy();
      return status;
    })
    .toBe(200);
  // Nobody has failed, and the exports hold no connection of anybody's.
  expect(app.logged()).not.toContain('request failed');
  await expect.poll(() => app.deps.database.snapshots.idleCount - app.deps.database.snapshots.totalCount).toBe(0);
}, 600_000);
