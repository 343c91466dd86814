import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkItem } from '../../src/items/link-item.ts';
import { requestRemoval } from '../../src/items/removal.ts';
import { findItem } from '../../src/items/store.ts';
import { type Client, link, PASSWORD, register, startTestApp, type TestApp, transactions } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const FAULT = { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', status: 500 };
const linkOne = (client: Client) => {
  const checking = account('depository', 'checking', 10);
  return link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'A')] });
};
const isAtBank = (accessToken: string) => app.bank.items.has(accessToken);
/** As if the time until the next try had passed. */
const retryNow = async () => {
  await app.deps.database.pool.query("UPDATE tasks SET run_after = now() WHERE kind = 'removal'");
  app.deps.nudgeWorker();
};

describe('removing a link', () => {
  it('removes it at the bank and here, with all that hangs on it', async () => {
    const client = await register(app);
    const linked = await linkOne(client);
    expect((await client.delete(`/api/plaid/items/${linked.id}`)).body).toEqual({ success: true });
    expect(isAtBank(linked.item.accessToken)).toBe(false);
    expect((await transactions(client)).transactions).toEqual([]);
    expect((await client.delete(`/api/plaid/items/${linked.id}`)).status).toBe(404);
  });

  it('is done when the bank knows the link no more', async () => {
    const client = await register(app);
    const linked = await linkOne(client);
    app.bank.remove(linked.item);
    expect((await client.delete(`/api/plaid/items/${linked.id}`)).body).toEqual({ success: true });
  });

  it('is repeated until the bank confirms; meanwhile the link is not read', async () => {
    const client = await register(app);
    const linked = await linkOne(client);
    app.bank.failNext('/item/remove', FAULT, FAULT);
    expect(await client.delete(`/api/plaid/items/${linked.id}`)).toMatchObject({ status: 503, body: { code: 'removal_pending' } });
    expect((await client.get('/api/plaid/items')).body).toMatchObject([{ id: linked.id, status: 'removing', syncing: false }]);
    expect((await client.post(`/api/plaid/items/${linked.id}/sync`)).status).toBe(409);
    await retryNow();
    await expect
      .poll(
        async () =>
          (await app.deps.database.pool.query("SELECT attempts FROM tasks WHERE kind = 'removal' AND claimed_until IS NULL")).rows,
      )
      .toEqual([{ attempts: 2 }]);
    expect(isAtBank(linked.item.accessToken)).toBe(true);
    await retryNow();
    await expect.poll(async () => (await client.get('/api/plaid/items')).body).toEqual([]);
    expect(isAtBank(linked.item.accessToken)).toBe(false);
  });

  it('is finished by the worker when the process that was asked has died', async () => {
    const client = await register(app);
    const linked = await linkOne(client);
    const { rows } = await app.deps.database.pool.query('SELECT user_id FROM plaid_items WHERE id = $1', [linked.id]);
    const item = await findItem(app.deps.database, rows[0].user_id, linked.id);
    await requestRemoval(app.deps.database, item as NonNullable<typeof item>);
    app.deps.nudgeWorker();
    await expect.poll(async () => (await client.get('/api/plaid/items')).body).toEqual([]);
    expect(isAtBank(linked.item.accessToken)).toBe(false);
  });
});

it('deleting a person removes all their links at the bank, however long it takes, and everything here at once', async () => {
  const client = await register(app);
  const [first, second] = [await linkOne(client), await linkOne(client)];
  app.bank.failNext('/item/remove', FAULT);
  expect((await client.send('DELETE', '/api/me', { password: 'not the password' })).status).toBe(403);
  expect((await client.send('DELETE', '/api/me', {})).status).toBe(400);
  expect(isAtBank(first.item.accessToken)).toBe(true);
  expect((await client.send('DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  expect((await client.get('/api/plaid/items')).status).toBe(401);
  await expect.poll(() => [first, second].filter(({ item }) => isAtBank(item.accessToken)).length).toBe(1);
  await retryNow();
  await expect.poll(() => [first, second].some(({ item }) => isAtBank(item.accessToken))).toBe(false);
  const left = async () =>
    (
      await app.deps.database.pool.query(
        'SELECT (SELECT count(*) FROM plaid_items WHERE item_id = ANY($1::text[]))::int AS items, (SELECT count(*) FROM tasks WHERE subject = ANY($1::text[]))::int AS tasks',
        [[first.item.itemId, second.item.itemId]],
      )
    ).rows;
  await expect.poll(left).toEqual([{ items: 0, tasks: 0 }]);
});

it('an item whose person is deleted while it is linked is removed at the bank', async () => {
  const client = await register(app);
  const { item, publicToken } = app.bank.link({ accounts: [] });
  const { rows } = await app.deps.database.pool.query('SELECT id FROM users ORDER BY created_at DESC LIMIT 1');
  const credentials = await app.deps.plaid.exchangePublicToken(rows[0].id, publicToken);
  expect((await client.send('DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  const late = { ...app.deps, plaid: { ...app.deps.plaid, exchangePublicToken: async () => credentials } };
  await expect(linkItem(late, rows[0].id, publicToken, { institutionId: null, institutionName: null })).rejects.toThrow();
  app.deps.nudgeWorker();
  await expect.poll(() => isAtBank(item.accessToken)).toBe(false);
});

it('a permission revoked at the bank ends the link there and keeps what was read', async () => {
  const client = await register(app);
  const linked = await linkOne(client);
  linked.item.error = { error_type: 'INVALID_INPUT', error_code: 'USER_PERMISSION_REVOKED' };
  await client.post(`/api/plaid/items/${linked.id}/sync`);
  await expect.poll(() => isAtBank(linked.item.accessToken)).toBe(false);
  expect((await client.get('/api/plaid/items')).body).toMatchObject([{ status: 'error', error: { action: 'remove' } }]);
  expect((await transactions(client)).transactions).toHaveLength(1);
  expect((await client.delete(`/api/plaid/items/${linked.id}`)).body).toEqual({ success: true });
});
