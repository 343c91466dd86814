import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { refreshWithAlerts } from './alerts/refresh-with-alerts.ts';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { type Database, openDatabase } from './database/client.ts';
import { startEmbeddedDatabase } from './database/embedded.ts';
import { isMigrated, migrate } from './database/migrate.ts';
import { demoControlRoutes } from './demo-bank/control-routes.ts';
import { DEMO_CREDENTIALS, DEMO_LINKS, type DemoBank, startDemoBank } from './demo-bank/demo-bank.ts';
import { demoLinkRoutes } from './demo-bank/link-routes.ts';
import type { Deps } from './deps.ts';
import { LINK_RETURN_PATH } from './items/page-routes.ts';
import { countUnreadable } from './items/sealed-columns.ts';
import { createTokenVault } from './items/token-vault.ts';
import { clearLeftFolders } from './lib/work-folder.ts';
import { createOutgoing } from './mail/outgoing-client.ts';
import { createMailer } from './mail/smtp-client.ts';
import { createPlaidGateway, type PlaidGateway, type PlaidSettings, type TokenVault } from './plaid/client.ts';
import { createWebhookVerifier } from './plaid/webhook-verification.ts';
import { startSchedule } from './schedule/schedule.ts';
import { startWork } from './schedule/start-work.ts';
import { WEBHOOK_PATH } from './sync/webhook-routes.ts';
import { describe } from './web/errors.ts';
import { createRateLimits } from './web/rate-limit.ts';

const PRISMA_DIR = join(import.meta.dirname, '..', 'prisma');
/** Longer than proxies keep a connection that waits: else one would send a request into a connection that is just being closed. */
export const KEEP_ALIVE_MS = 75_000;
const READY_TIMEOUT_MS = 1_000;
/** How long a stop lets syncs go on. */
const SYNC_PATIENCE_MS = 5_000;
const PLAID_ORIGIN = 'https://cdn.plaid.com';
const PLAID_LINK = {
  scriptUrl: `${PLAID_ORIGIN}/link/v2/stable/link-initialize.js`,
  scripts: [`${PLAID_ORIGIN}/link/v2/stable/link-initialize.js`],
  frames: [PLAID_ORIGIN],
};

export interface RunningApp {
  url: string;
  deps: Deps;
  demoBank: DemoBank | null;
  /** Stops taking work, finishes what is under way and closes everything that was opened. */
  stop: () => Promise<void>;
  /** Resolves when the embedded database has ended by itself, which the app cannot outlive. */
  databaseEnded: Promise<string>;
}

/** Opens everything the configuration asks for, in order, and listens. What was opened before a failure is closed again. */
export async function start(config: Config, logger: Logger, now: () => Date = () => new Date()): Promise<RunningApp> {
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    await clearLeftFolders();
    const embedded = config.databaseUrl ? null : await startEmbeddedDatabase(config.dataDir);
    if (embedded) closers.push(embedded.stop);
    const databaseUrl = config.databaseUrl ?? (embedded?.url as string);
    const { applied, latest } = await migrate(databaseUrl, PRISMA_DIR);
    if (applied.length > 0) logger.info({ applied }, 'migrations applied');
    const database = openDatabase(databaseUrl, (error) => logger.warn(describe(error), 'an idle database connection was lost'));
    closers.push(database.close);

    const address = { port: config.port };
    const demoBank = await openDemoBank(config, logger, now);
    if (demoBank) closers.push(demoBank.close);
    const stopping = new AbortController();
    const giveUp = new AbortController();
    const appUrl = () => config.appUrl ?? `http://localhost:${address.port}`;
    const plaidAddresses = {
      webhookUrl: () => webhookUrl(config, address.port),
      // Plaid knows only addresses that were registered with it; the demo bank takes any.
      redirectUri: () => config.plaid.redirectUri ?? (demoBank ? `${appUrl()}${LINK_RETURN_PATH}` : undefined),
    };
    const vault = createTokenVault(config.encryptionKeys);
    for (const [what, count] of await countUnreadable(database, vault))
      logger.error({ what, count }, 'sealed values open with none of ENCRYPTION_KEYS: add the key that sealed them, or set them again');
    const plaid = openPlaid(config, demoBank, vault, giveUp.signal, plaidAddresses);
    const mailer = config.mail && createMailer(config.mail.smtpUrl, config.mail.from);
    if (mailer) closers.push(async () => mailer.close());
    const outgoing = createOutgoing(config.outgoingAllowedHosts);

    const nudgeWorker = () => worker.nudge();
    const refresh = (userId: string) => refreshWithAlerts({ database, logger, now, appUrl, nudgeWorker }, userId);
    const { sessionSecrets } = config;
    const worker = startWork({
      ...{ database, plaid, logger, now, appUrl, sessionSecrets, mailer, outgoing, vault },
      random: Math.random,
      refreshFigures: refresh,
      givingUp: giveUp.signal,
    });
    closers.push(worker.stop);
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
      isProduction: config.isProduction,
      registration: config.registration,
      sessionSecrets,
      trustProxyHops: config.trustProxyHops,
      link: demoBank
        ? {
            scriptUrl: '/js/demo-link.js',
            scripts: [],
            frames: [],
            connections: [],
            routes: [demoLinkRoutes(demoBank.bank), demoControlRoutes(demoBank.bank, database)],
          }
        : { ...PLAID_LINK, connections: [`https://${config.plaid.env}.plaid.com`] },
      plaidSetup: { environment: config.plaid.env, ...plaidAddresses },
      ...(demoBank ? { demo: { links: DEMO_LINKS } } : {}),
      isReady: async () => !stopping.signal.aborted && (await isServing(database, latest)),
      stopping: stopping.signal,
    };
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, createApp(deps));
    address.port = await listen(server, config);
    closers.push(startSchedule({ database, logger, now, nudge: worker.nudge }));
    return {
      url: deps.appUrl(),
      deps,
      demoBank,
      databaseEnded: embedded?.ended ?? new Promise(() => {}),
      stop: async () => {
        stopping.abort();
        // Runs under way may finish; a bank that takes longer is not waited for, and read again after the next start.
        setTimeout(() => giveUp.abort(), SYNC_PATIENCE_MS).unref();
        await Promise.all([worker.stop(), closeServer(server)]);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The local stand-in, unless an address for Plaid is given. */
async function openDemoBank(config: Config, logger: Logger, now: () => Date): Promise<DemoBank | null> {
  if (config.plaid.env !== 'demo' || config.plaid.baseUrl) return null;
  return startDemoBank({
    file: join(config.dataDir, 'demo-bank.json'),
    now,
    onWebhookFailure: (reason) => logger.warn({ reason }, 'a webhook of the demo bank did not arrive'),
  });
}

function openPlaid(
  { plaid }: Config,
  demoBank: DemoBank | null,
  vault: TokenVault,
  signal: AbortSignal,
  addresses: Pick<PlaidSettings, 'webhookUrl' | 'redirectUri'>,
): PlaidGateway {
  return createPlaidGateway({
    environment: plaid.env === 'production' ? 'production' : 'sandbox',
    clientId: demoBank ? DEMO_CREDENTIALS.clientId : plaid.clientId,
    secret: demoBank ? DEMO_CREDENTIALS.secret : plaid.secret,
    baseUrl: demoBank?.url ?? plaid.baseUrl,
    ...addresses,
    vault,
    signal,
  });
}

/** Where the bank can reach us. Plaid itself cannot reach a machine without an address of its own. */
function webhookUrl({ plaid, appUrl }: Config, port: number): string | undefined {
  if (plaid.webhookUrl) return plaid.webhookUrl;
  const isElsewhere = plaid.env !== 'demo' && !plaid.baseUrl;
  if (isElsewhere) return appUrl?.startsWith('https:') ? `${appUrl}${WEBHOOK_PATH}` : undefined;
  return plaid.env === 'demo' ? `http://127.0.0.1:${port}${WEBHOOK_PATH}` : `${appUrl ?? `http://localhost:${port}`}${WEBHOOK_PATH}`;
}

/** True when the database answers in time and is migrated. */
async function isServing({ pool }: Database, latestMigration: string): Promise<boolean> {
  const timeout = new Promise<false>((late) => setTimeout(late, READY_TIMEOUT_MS, false).unref());
  const check = isMigrated((sql, parameters) => pool.query(sql, parameters), latestMigration).catch(() => false);
  return Promise.race([timeout, check]);
}

async function listen(server: Server, { port, host }: Config): Promise<number> {
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(port, host, ready));
  return (server.address() as AddressInfo).port;
}

/** Finishes the requests under way; connections that only wait are closed at once. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  await closed;
}
