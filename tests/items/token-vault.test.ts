import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countUnreadable, rotateKeys, SEALED_COLUMNS } from '../../src/items/sealed-columns.ts';
import { createTokenVault } from '../../src/items/token-vault.ts';
import { createOutgoing } from '../../src/mail/outgoing-client.ts';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';

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
    expect(vault.open(sealed, { ...OWNER, userId: 'u2' })).toBeNull();
    expect(vault.open(sealed, { ...OWNER, itemId: 'i2' })).toBeNull();
    expect(createTokenVault([NEW]).open(sealed, OWNER)).toBeNull();
    for (const [place, text] of [
      [3, Buffer.from('other').toString('base64url')],
      [4, ''],
      [2, 'x'],
    ] as const) {
      const parts = sealed.split('.');
      parts[place] = text;
      expect(vault.open(parts.join('.'), OWNER)).toBeNull();
    }
    expect(vault.open('plain token', OWNER)).toBeNull();
  });
});

describe('everything sealed', () => {
  let app: TestApp;
  let client: Client;
  let tokens: string[];
  // The key of the test app.
  const [oldKey, newKey, foreign] = [7, 8, 9].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string, string];
  const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;

  beforeAll(async () => {
    app = await startTestApp();
    app.deps.outgoing = createOutgoing(['localhost']);
    client = await register(app);
    const [kept, removed] = [await link(client, { accounts: [] }), await link(client, { accounts: [] })];
    tokens = [kept.item.accessToken, removed.item.accessToken, removed.item.accessToken];
    app.bank.failNext('/item/remove', { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 });
    await client.delete(`/api/plaid/items/${removed.id}`);
    const addresses = { webhook_url: 'https://localhost/hook', ntfy_url: 'https://localhost/topic', ntfy_token: 'tk_secret' };
    const saved = await client.patch('/api/me/notifications', addresses);
    expect(saved.status, saved.text).toBe(200);
  });
  afterAll(() => app.stop());

  /** Tables and columns with a sealed value anywhere in them. */
  const sealedPlaces = async () => {
    const columns = await query(
      `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'character varying', 'ARRAY', 'bytea', 'json')`,
    );
    const found: string[] = [];
    for (const { table, column } of columns)
      if (
        (await query(`SELECT 1 FROM "${table}" WHERE "${column}"::text ~ 'v1\\.[A-Za-z0-9_-]{8}\\.[A-Za-z0-9_-]{16}\\.' LIMIT 1`)).length >
        0
      )
        found.push(`${table}.${column}`);
    return found.sort();
  };
  const registered = () => SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort();

  it('is in a column of the registry, and a new column is missed there', async () => {
    expect(await sealedPlaces()).toEqual(registered());
    await query('CREATE TABLE new_secrets (user_id uuid, token text)');
    await query('INSERT INTO new_secrets VALUES (gen_random_uuid(), $1)', createTokenVault([OLD]).seal('x', OWNER));
    expect(await sealedPlaces()).not.toEqual(registered());
    await query('DROP TABLE new_secrets');
  });

  it('opens with the newest key alone after a rotation, and is set anew when no key opens it', async () => {
    const both = createTokenVault([newKey, oldKey]);
    expect(await rotateKeys(app.deps.database, both)).toEqual({ rotated: 5, unreadable: new Map() });
    expect(await rotateKeys(app.deps.database, both)).toEqual({ rotated: 0, unreadable: new Map() });
    const newest = createTokenVault([newKey]);
    expect(await countUnreadable(app.deps.database, newest)).toEqual(new Map());
    const items = await query(
      `SELECT user_id AS "userId", item_id AS "itemId", access_token AS sealed FROM plaid_items
       UNION ALL SELECT (payload->>'userId')::uuid, subject, payload->>'accessToken' FROM tasks WHERE kind = 'removal'`,
    );
    expect(items.map((row) => newest.open(row.sealed, row)).sort()).toEqual([...tokens].sort());
    app.deps.vault = newest;
    expect((await client.get('/api/me/notifications')).body).toMatchObject({
      webhook_secret: expect.stringMatching(/^[\w-]{40,}$/),
      has_ntfy_token: true,
      lost_secrets: [],
    });

    // With another key alone nothing opens: that is said, and everything can be set anew.
    app.deps.vault = createTokenVault([foreign]);
    expect([...(await countUnreadable(app.deps.database, app.deps.vault)).values()]).toEqual([2, 1, 1, 1]);
    expect((await rotateKeys(app.deps.database, app.deps.vault)).rotated).toBe(0);
    expect((await client.get('/api/me/notifications')).body).toMatchObject({ webhook_secret: null, lost_secrets: ['webhook', 'ntfy'] });
    const page = await client.page('/settings');
    expect([page.status, page.text.includes('cannot be opened with the keys of this server any more')]).toEqual([200, true]);
    await client.patch('/api/me/notifications', { webhook_url: 'https://localhost/hook', ntfy_token: 'tk_other' });
    expect((await client.get('/api/me/notifications')).body).toMatchObject({ webhook_secret: expect.any(String), lost_secrets: [] });
  });

  it('of a link that cannot be opened is no fault: it is said on the page, and the link can be removed', async () => {
    const { id, item } = await link(client, { accounts: [] });
    const [stored] = await query('SELECT user_id AS "userId", item_id AS "itemId" FROM plaid_items WHERE id = $1', id);
    await query('UPDATE plaid_items SET access_token = $2 WHERE id = $1', id, createTokenVault([foreign]).seal(item.accessToken, stored));
    expect((await client.post(`/api/plaid/items/${id}/sync`)).status).toBe(200);
    const items = (await client.get('/api/plaid/items')).body as { id: string; error: string }[];
    expect(JSON.stringify(items.find((one) => one.id === id))).toContain('the key that its access was sealed with is gone');
    expect((await client.delete(`/api/plaid/items/${id}`)).body).toEqual({ success: true });
    expect(app.logged()).toContain('its token opens with none of the keys');
  });
});
