import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { refreshWithAlerts } from '../src/alerts/refresh-with-alerts.ts';
import { createApp } from '../src/app.ts';
import { openDatabase } from '../src/database/client.ts';
import type { BankItem } from '../src/demo-bank/bank-item.ts';
import type { Deps } from '../src/deps.ts';
import { createTokenVault } from '../src/items/token-vault.ts';
import { createOutgoing } from '../src/mail/outgoing-client.ts';
import type { Mailer } from '../src/mail/smtp-client.ts';
import { createPlaidGateway } from '../src/plaid/client.ts';
import { createWebhookVerifier } from '../src/plaid/webhook-verification.ts';
import { startWork } from '../src/schedule/start-work.ts';
import { KEEP_ALIVE_MS } from '../src/start.ts';
import { createRateLimits } from '../src/web/rate-limit.ts';
import { cloneDatabase } from './database.ts';
import { BANK_CREDENTIALS, type ItemData, startTestBank, type TestBankOptions } from './test-bank.ts';

/** The tests' present: a Wednesday noon in the middle of a month. */
const NOW = new Date('2026-03-18T12:00:00Z');
export const PASSWORD = 'correct-battery-horse-42';

export interface TestApp {
  url: string;
  deps: Deps;
  bank: Awaited<ReturnType<typeof startTestBank>>;
  /** Everything the app has logged, as text. */
  logged: () => string;
  clock: { now: Date };
  stop: () => Promise<void>;
}

/** The real app on a real database and a bank over real HTTP; only the clock stands still. */
export async function startTestApp(
  bankOptions: TestBankOptions = {},
  mailer: Mailer | null = null,
  more: Partial<Deps> = {},
): Promise<TestApp> {
  const clock = { now: NOW };
  const now = () => clock.now;
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const [cloned, bank] = await Promise.all([cloneDatabase(), startTestBank(now, bankOptions)]);
  const database = openDatabase(cloned.url, () => undefined);
  let url = '';
  const vault = createTokenVault([Buffer.alloc(32, 7).toString('base64')]);
  const plaid = createPlaidGateway({
    environment: 'sandbox',
    ...BANK_CREDENTIALS,
    baseUrl: bank.url,
    webhookUrl: () => `${url}/api/plaid/webhook`,
    vault,
  });
  const appUrl = () => url;
  const nudgeWorker = () => worker.nudge();
  const refresh = (userId: string) => refreshWithAlerts({ database, logger, now, appUrl, nudgeWorker }, userId);
  const sessionSecrets = ['a secret of the tests that is long enough'];
  // Who is told by a webhook listens on this machine.
  const outgoing = createOutgoing(['127.0.0.1']);
  const worker = startWork({
    ...{ database, plaid, logger, now, appUrl, sessionSecrets, mailer, outgoing, vault },
    random: () => 0,
    refreshFigures: refresh,
    givingUp: new AbortController().signal,
  });
  const deps: Deps = {
    database,
    plaid,
    limits: createRateLimits(database.pool),
    logger,
    now,
    refreshFigures: refresh,
    nudgeWorker,
    vault,
    outgoing,
    hasMailServer: mailer !== null,
    verifyWebhook: createWebhookVerifier(plaid.getWebhookKey, now),
    appUrl,
    isProduction: false,
    registration: 'open',
    sessionSecrets,
    trustProxyHops: 0,
    link: { scriptUrl: '/js/demo-link.js', scripts: [], frames: [], connections: [] },
    plaidSetup: { environment: 'sandbox', webhookUrl: () => `${url}/api/plaid/webhook`, redirectUri: () => undefined },
    isReady: async () => true,
    stopping: new AbortController().signal,
    ...more,
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, createApp(deps));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    deps,
    bank,
    clock,
    logged: () => lines.join(''),
    stop: async () => {
      await worker.stop();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await bank.close();
      await database.close();
      await cloned.drop();
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  body: any;
}

/** A person's client: keeps its cookies, speaks JSON. */
export class Client {
  readonly cookies = new Map<string, string>();
  readonly app: TestApp;

  constructor(app: TestApp) {
    this.app = app;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.app.url + path, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : null };
  }

  get = (path: string) => this.send('GET', path);
  post = (path: string, body?: unknown) => this.send('POST', path, body);
  patch = (path: string, body: unknown) => this.send('PATCH', path, body);
  delete = (path: string) => this.send('DELETE', path);
  page = (path: string) => this.send('GET', path, undefined, { accept: 'text/html' });
  /** Sends a form as a browser without scripts does. */
  form = (path: string, fields: Record<string, string>) =>
    this.send('POST', path, new URLSearchParams(fields).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'text/html',
    });
}

/** A newly registered person. */
export async function register(app: TestApp, more: Record<string, unknown> = {}): Promise<Client> {
  const client = new Client(app);
  const answer = await client.post('/register', { email: `ada-${randomUUID()}@example.org`, password: PASSWORD, ...more });
  expect(answer.status, answer.text).toBe(201);
  return client;
}

export interface Linked {
  id: string;
  item: BankItem;
}

/** Links an item holding `data` and waits for its first sync. */
export async function link(client: Client, data: ItemData, bankName = 'Test Bank'): Promise<Linked> {
  const { item, publicToken } = client.app.bank.link(data);
  item.webhook = `${client.app.url}/api/plaid/webhook`;
  const answer = await client.post('/api/plaid/exchange-token', {
    public_token: publicToken,
    institution: { institution_id: 'ins_1', name: bankName },
  });
  expect(answer.status, answer.text).toBe(200);
  await sync(client, answer.body.item_id);
  // A run that was asked for meanwhile may be under way still.
  await vi.waitFor(
    async () => {
      const { rowCount } = await client.app.deps.database.pool.query(
        `SELECT FROM sync_jobs WHERE plaid_item_id = $1 AND completed < requested
         UNION ALL SELECT FROM sync_runs WHERE plaid_item_id = $1 AND status = 'running'`,
        [answer.body.item_id],
      );
      if (rowCount !== 0) throw new Error('a sync is still running');
    },
    { timeout: 20_000, interval: 20 },
  );
  return { id: answer.body.item_id, item };
}

export async function sync(client: Client, itemId: string): Promise<Answer> {
  const answer = await client.post(`/api/plaid/items/${itemId}/sync`);
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

/** The cash flow of some days. */
export const cashFlow = async (client: Client, start = '2026-03-01', end = '2026-03-18') =>
  (await client.get(`/api/dashboard/cash-flow?start_date=${start}&end_date=${end}`)).body;
export const netWorth = async (client: Client, days: number | 'all' = 30) =>
  (await client.get(`/api/dashboard/net-worth?days=${days}`)).body;
export const transactions = async (client: Client, query = '') => (await client.get(`/api/dashboard/transactions${query}`)).body;
