import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Database } from './database/client.ts';
import type { Outgoing } from './mail/outgoing-client.ts';
import type { LinkKind, PlaidGateway, TokenVault } from './plaid/client.ts';
import type { RateLimits } from './web/rate-limit.ts';
import type { LinkSources } from './web/security-headers.ts';

/** What the application is made of: a test replaces exactly what is here. */
export interface Deps {
  database: Database;
  plaid: PlaidGateway;
  limits: RateLimits;
  logger: Logger;
  now: () => Date;
  /** Brings what follows from a person's rows up to date after a change. */
  refreshFigures: (userId: string) => Promise<void>;
  /** Tells the worker that there is something to do. */
  nudgeWorker: () => void;
  /** Seals what has to be kept secret and used again. */
  vault: TokenVault;
  /** Sends requests to addresses that people give. */
  outgoing: Outgoing;
  /** Without a mail server e-mail is kept for its reader to find. */
  hasMailServer: boolean;
  verifyWebhook: (rawBody: Buffer, token: string | undefined, network: string) => Promise<void>;
  /** The address people use. Known late when the port is. */
  appUrl: () => string;
  isProduction: boolean;
  /** Who may create an account. */
  registration: 'first' | 'invite' | 'open' | 'closed';
  sessionSecrets: string[];
  trustProxyHops: number;
  /** Where the browser's Link comes from; `routes` when we serve it ourselves. */
  link: LinkSources & { routes?: Router[] };
  /** How this server speaks with Plaid, for the page of settings. */
  plaidSetup: {
    environment: 'demo' | 'sandbox' | 'production';
    webhookUrl: () => string | undefined;
    redirectUri: () => string | undefined;
  };
  /** Demo mode: what a demo household is linked to. */
  demo?: { links: { institutionId: string; institutionName: string; kind: LinkKind }[] };
  isReady: () => Promise<boolean>;
  /** Aborted when the app is asked to stop: what waits for something should wait no longer. */
  stopping: AbortSignal;
}
