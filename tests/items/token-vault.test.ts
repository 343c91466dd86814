import { describe, expect, it } from 'vitest';
import { rotateKeys } from '../../src/items/rotate-keys.ts';
import { createTokenVault } from '../../src/items/token-vault.ts';
import { link, register, startTestApp } from '../test-app.ts';

const [OLD, NEW] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
const OWNER = { userId: 'u1', itemId: 'i1' };

describe('a sealed token', () => {
  const vault = createTokenVault([OLD]);
  const sealed = vault.seal('access-token', OWNER);

  it('opens for its owner, with a key added since', () => {
    expect(sealed).not.toContain('access-token');
    expect(vault.open(sealed, OWNER)).toBe('access-token');
    expect(createTokenVault([NEW, OLD]).open(sealed, OWNER)).toBe('access-token');
    expect(vault.seal('access-token', OWNER)).not.toBe(sealed);
  });

  it('does not open elsewhere, without its key, or changed', () => {
    expect(() => vault.open(sealed, { ...OWNER, userId: 'u2' })).toThrow();
    expect(() => vault.open(sealed, { ...OWNER, itemId: 'i2' })).toThrow();
    expect(() => createTokenVault([NEW]).open(sealed, OWNER)).toThrow(/not in ENCRYPTION_KEYS/);
    const parts = sealed.split('.');
    parts[3] = Buffer.from('other').toString('base64url');
    expect(() => vault.open(parts.join('.'), OWNER)).toThrow();
    expect(() => vault.open('plain token', OWNER)).toThrow(/Not a sealed token/);
  });
});

it('stored tokens are sealed anew with the newest key, and those of removals too', async () => {
  const app = await startTestApp();
  try {
    const client = await register(app);
    const [kept, removed] = [await link(client, { accounts: [] }), await link(client, { accounts: [] })];
    app.bank.failNext('/item/remove', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
    await client.delete(`/api/plaid/items/${removed.id}`);
    const [oldKey, newKey] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)].map((key) => key.toString('base64')) as [string, string];
    const both = createTokenVault([newKey, oldKey]);
    expect(await rotateKeys(app.deps.database, both)).toBe(3);
    expect(await rotateKeys(app.deps.database, both)).toBe(0);
    const newest = createTokenVault([newKey]);
    const { rows } = await app.deps.database.pool.query<{ userId: string; itemId: string; sealed: string }>(
      `SELECT user_id AS "userId", item_id AS "itemId", access_token AS sealed FROM plaid_items
       UNION ALL SELECT (payload->>'userId')::uuid, subject, payload->>'accessToken' FROM tasks WHERE kind = 'removal'`,
    );
    const tokens = rows.map((row) => newest.open(row.sealed, row)).sort();
    expect(tokens).toEqual([kept.item.accessToken, removed.item.accessToken, removed.item.accessToken].sort());
    await expect(rotateKeys(app.deps.database, createTokenVault([oldKey]))).rejects.toThrow('not in ENCRYPTION_KEYS');
  } finally {
    await app.stop();
  }
});
