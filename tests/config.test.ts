import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationError, readConfig } from '../src/config.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(dataDir, { recursive: true }));
const read = (env: Record<string, string>) => readConfig({ DATA_DIR: dataDir, ...env });
const KEY = Buffer.alloc(32, 1).toString('base64');

describe('the configuration', () => {
  it('needs nothing: a demo on port 3000, secrets made once and kept to oneself', () => {
    const [first, second] = [read({}), read({})];
    expect(first).toMatchObject({ port: 3000, isProduction: false, plaid: { env: 'demo' }, trustProxyHops: 0 });
    expect(second.sessionSecrets).toEqual(first.sessionSecrets);
    expect(second.encryptionKeys).toEqual(first.encryptionKeys);
    expect(statSync(join(dataDir, 'encryption-keys')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, 'session-secret'), 'utf8')).not.toBe(readFileSync(join(dataDir, 'encryption-keys'), 'utf8'));
  });

  it('takes empty values for unset ones', () =>
    expect(read({ PORT: '', PLAID_ENV: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: undefined }));

  it('goes to the sandbox when there are keys', () => expect(read({ PLAID_CLIENT_ID: 'a', PLAID_SECRET: 'b' }).plaid.env).toBe('sandbox'));

  it.each<[string, Record<string, string>, RegExp]>([
    ['a port that is none', { PORT: '99999' }, /PORT/],
    ['an address that is none', { APP_URL: 'here' }, /APP_URL/],
    ['a short secret', { SESSION_SECRET: 'short' }, /SESSION_SECRET/],
    ['a key of the wrong size', { ENCRYPTION_KEYS: 'AAAA' }, /ENCRYPTION_KEYS/],
    ['Plaid without keys', { PLAID_ENV: 'sandbox' }, /PLAID_CLIENT_ID and PLAID_SECRET/],
    ['production without a database', { NODE_ENV: 'production' }, /DATABASE_URL/],
    ['production without secrets', { NODE_ENV: 'production', DATABASE_URL: 'postgresql://x/y', PLAID_ENV: 'demo' }, /SESSION_SECRET/],
  ])('refuses %s and says so', (_what, env, message) => {
    expect(() => read(env)).toThrow(ConfigurationError);
    expect(() => read(env)).toThrow(message);
  });

  it('lists keys newest first', () => {
    const other = Buffer.alloc(32, 2).toString('base64');
    expect(read({ ENCRYPTION_KEYS: `${KEY}, ${other}` }).encryptionKeys).toEqual([KEY, other]);
  });
});
