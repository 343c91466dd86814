import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const empty = (value: unknown) => (value === '' ? undefined : value);
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(empty, schema.optional());
const withDefault = <Schema extends z.ZodType>(schema: Schema, fallback: z.input<Schema>) =>
  z.preprocess((value) => empty(value) ?? fallback, schema);
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);

const environment = z.object({
  NODE_ENV: withDefault(z.enum(['development', 'test', 'production']), 'development'),
  HOST: withDefault(z.string(), '0.0.0.0'),
  PORT: withDefault(z.coerce.number().int().min(0).max(65_535), 3000),
  LOG_LEVEL: withDefault(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  APP_URL: optional(httpUrl),
  DATA_DIR: withDefault(z.string(), '.data'),
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/ })),
  EMBEDDED_POSTGRES: optional(z.enum(['0', '1'])),
  REGISTRATION: optional(z.enum(['first', 'invite', 'open', 'closed'])),
  SESSION_SECRET: optional(list.refine((keys) => keys.length > 0 && keys.every((key) => key.length >= 32), 'needs at least 32 characters')),
  ENCRYPTION_KEYS: optional(
    list.refine(
      (keys) => keys.length > 0 && keys.every((key) => Buffer.from(key, 'base64').length === 32),
      'needs keys of 32 bytes in base64, newest first, separated by commas',
    ),
  ),
  PLAID_ENV: optional(z.enum(['demo', 'sandbox', 'production'])),
  PLAID_CLIENT_ID: optional(z.string()),
  PLAID_SECRET: optional(z.string()),
  PLAID_BASE_URL: optional(httpUrl),
  PLAID_WEBHOOK_URL: optional(httpUrl),
  PLAID_REDIRECT_URI: optional(httpUrl),
  SMTP_URL: optional(z.url({ protocol: /^smtps?$/, error: 'must be like smtps://user:password@mail.example.org' })),
  MAIL_FROM: optional(z.string().regex(/^[^\r\n]*@[^\r\n]+$/, 'must be an address like Money <money@example.org>')),
  OUTGOING_ALLOWED_HOSTS: withDefault(list, ''),
  TRUST_PROXY_HOPS: withDefault(z.coerce.number().int().min(0).max(10), 0),
});

export type Config = ReturnType<typeof readConfig>;

export class ConfigurationError extends Error {}

/**
 * The configuration, from environment variables. Secrets that are not set are generated once into DATA_DIR (mode 0600),
 * except in production, where they are required.
 * @throws ConfigurationError that says what to set.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigurationError(`The configuration is wrong.\n  ${problems.join('\n  ')}`);
  }
  const values = parsed.data;
  const isProduction = values.NODE_ENV === 'production';
  const dataDir = resolve(values.DATA_DIR);
  if (isProduction && !values.DATABASE_URL && values.EMBEDDED_POSTGRES !== '1') {
    throw new ConfigurationError('Set DATABASE_URL, or EMBEDDED_POSTGRES=1 to keep the database in DATA_DIR.');
  }
  const plaid = readPlaid(values);
  const { REGISTRATION: registration = isProduction && plaid.env !== 'demo' ? 'first' : 'open' } = values;
  return {
    isProduction,
    /** Who may create an account: the first person here, who is invited, everybody, or nobody. */
    registration,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    appUrl: values.APP_URL,
    dataDir,
    databaseUrl: values.DATABASE_URL,
    sessionSecrets: values.SESSION_SECRET ?? [generatedSecret('SESSION_SECRET', dataDir, isProduction)],
    encryptionKeys: values.ENCRYPTION_KEYS ?? generatedSecret('ENCRYPTION_KEYS', dataDir, isProduction).split(','),
    /** Where generated keys are kept; null when they come from the environment. */
    encryptionKeyFile: values.ENCRYPTION_KEYS ? null : secretFile('ENCRYPTION_KEYS', dataDir),
    plaid,
    /** Null: there is no mail server. */
    mail: values.SMTP_URL ? { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM ?? defaultSender(values.APP_URL) } : null,
    /** Hosts of one's own network that messages may be sent to. */
    outgoingAllowedHosts: values.OUTGOING_ALLOWED_HOSTS.map((host) => host.toLowerCase()),
    trustProxyHops: values.TRUST_PROXY_HOPS,
  };
}

const defaultSender = (appUrl: string | undefined) =>
  `Financial Intelligence <no-reply@${appUrl ? new URL(appUrl).hostname : 'localhost'}>`;

type PlaidEnvironment = 'demo' | 'sandbox' | 'production';

function readPlaid(values: z.output<typeof environment>) {
  const { PLAID_CLIENT_ID: clientId, PLAID_SECRET: secret } = values;
  if (values.NODE_ENV === 'production' && !values.PLAID_ENV && !(clientId && secret)) {
    throw new ConfigurationError(
      'Set PLAID_CLIENT_ID and PLAID_SECRET (from the Plaid dashboard), or PLAID_ENV=demo to show made-up figures.',
    );
  }
  const env: PlaidEnvironment = values.PLAID_ENV ?? (clientId && secret ? 'sandbox' : 'demo');
  if (env !== 'demo' && !(clientId && secret)) {
    throw new ConfigurationError(
      `PLAID_ENV=${env} needs PLAID_CLIENT_ID and PLAID_SECRET (from the Plaid dashboard). Without them use PLAID_ENV=demo.`,
    );
  }
  return {
    env,
    clientId: clientId ?? 'demo',
    secret: secret ?? 'demo',
    baseUrl: values.PLAID_BASE_URL,
    webhookUrl: values.PLAID_WEBHOOK_URL,
    redirectUri: values.PLAID_REDIRECT_URI,
  };
}

const secretFile = (name: string, dataDir: string) => join(dataDir, name.toLowerCase().replace('_', '-'));

/** 32 random bytes in base64, kept in DATA_DIR from the first start on. */
function generatedSecret(name: 'SESSION_SECRET' | 'ENCRYPTION_KEYS', dataDir: string, isProduction: boolean): string {
  if (isProduction) throw new ConfigurationError(`Set ${name} in production: \`openssl rand -base64 32\` makes one.`);
  const path = secretFile(name, dataDir);
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < 32) throw new ConfigurationError(`${path} is damaged: restore it from a backup, or set ${name}.`);
  return secret;
}
