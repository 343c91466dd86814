import { createHash, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlaidFailure } from '../../src/plaid/failure.ts';
import { createWebhookVerifier } from '../../src/plaid/webhook-verification.ts';
import { Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const BODY = JSON.stringify(
  { webhook_type: 'TRANSACTIONS', webhook_code: 'SYNC_UPDATES_AVAILABLE', item_id: 'nobody', environment: 'sandbox' },
  null,
  2,
);
const deliver = (body: string, token?: string) =>
  new Client(app).send('POST', '/api/plaid/webhook', body, token ? { 'plaid-verification': token } : {});
const countEvents = async () => Number((await app.deps.database.pool.query('SELECT count(*) FROM webhook_events')).rows[0].count);

it('a true one is taken, for an unknown item too', async () => {
  const answer = await deliver(BODY, await app.bank.signer.sign(BODY));
  expect(answer).toMatchObject({ status: 200, body: { received: true } });
});

describe('a forged one is refused without any effect', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = () =>
    new SignJWT({ request_body_sha256: createHash('sha256').update(BODY).digest('hex') }).setIssuedAt(
      Math.floor(app.clock.now.getTime() / 1000),
    );
  it.each<[string, () => Promise<[string, string | undefined]>]>([
    ['without a token', async () => [BODY, undefined]],
    ['with another body', async () => [BODY.replace('nobody', 'somebody'), await app.bank.signer.sign(BODY)]],
    ['with the body written differently', async () => [JSON.stringify(JSON.parse(BODY)), await app.bank.signer.sign(BODY)]],
    ['with a broken token', async () => [BODY, 'a.b.c']],
    ['with an unknown key', async () => [BODY, await claims().setProtectedHeader({ alg: 'ES256', kid: 'unknown' }).sign(privateKey)]],
    ['signed with a secret', async () => [BODY, await claims().setProtectedHeader({ alg: 'HS256', kid: 'x' }).sign(Buffer.alloc(32))]],
    ['unsigned', async () => [BODY, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`]],
  ])('%s', async (_what, make) => {
    const before = await countEvents();
    const [body, token] = await make();
    expect(await deliver(body, token)).toMatchObject({ status: 401, body: { code: 'unverifiable' } });
    expect(await countEvents()).toBe(before);
  });

  it('more than five minutes old', async () => {
    const token = await app.bank.signer.sign(BODY);
    const at = app.clock.now;
    app.clock.now = new Date(at.getTime() + 5.5 * 60_000);
    expect((await deliver(BODY, token)).status).toBe(401);
    app.clock.now = new Date(at.getTime() - 2 * 60_000);
    expect((await deliver(BODY, token)).status).toBe(401);
    app.clock.now = at;
  });

  it('and a bad key is asked for once', async () => {
    const asked = () => app.bank.requests.filter(({ path }) => path === '/webhook_verification_key/get').length;
    const before = asked();
    for (let attempt = 0; attempt < 5; attempt++) {
      await deliver(BODY, await claims().setProtectedHeader({ alg: 'ES256', kid: 'one bad key' }).sign(privateKey));
    }
    expect(asked() - before).toBe(1);
  });
});

it('the same one again is heeded once', async () => {
  const client = await register(app);
  const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
  const body = JSON.stringify({ webhook_type: 'TRANSACTIONS', webhook_code: 'SYNC_UPDATES_AVAILABLE', item_id: linked.item.itemId });
  const requested = async () =>
    Number((await app.deps.database.pool.query('SELECT requested FROM sync_jobs WHERE plaid_item_id = $1', [linked.id])).rows[0].requested);
  const [before, token] = [await requested(), await app.bank.signer.sign(body)];
  for (let time = 0; time < 3; time++) expect((await deliver(body, token)).status).toBe(200);
  expect((await requested()) - before).toBe(1);
  expect((await deliver(body, await app.bank.signer.sign(body))).status).toBe(200);
  expect((await requested()) - before).toBe(2);
});

it('made-up keys from anywhere keep no true one out', async () => {
  const key = { alg: 'ES256', crv: 'P-256', kid: 'x', kty: 'EC', x: 'x', y: 'y', expired_at: null };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const asked: string[] = [];
  const now = () => app.clock.now;
  const verify = createWebhookVerifier(async (kid) => {
    asked.push(kid);
    if (!kid.startsWith('true')) throw new PlaidFailure({ code: 'INVALID_WEBHOOK_VERIFICATION_KEY_ID', type: 'INVALID_INPUT' });
    return { ...key, ...publicKey.export({ format: 'jwk' }), kid } as never;
  }, now);
  const body = Buffer.from(BODY);
  const tokenFor = (kid: string) =>
    new SignJWT({ request_body_sha256: createHash('sha256').update(body).digest('hex') })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuedAt(Math.floor(now().getTime() / 1000))
      .sign(privateKey);
  await verify(body, await tokenFor('true 1'), 'plaid');
  // One network makes up a few, a hundred networks together not all that there are.
  for (let index = 0; index < 20; index++) await expect(verify(body, await tokenFor(`bad ${index}`), 'one')).rejects.toThrow();
  expect(asked.filter((kid) => kid.startsWith('bad')).length).toBe(5);
  for (let index = 0; index < 100; index++) await expect(verify(body, await tokenFor(`worse ${index}`), `n${index}`)).rejects.toThrow();
  expect(asked.length).toBeLessThan(40);
  await verify(body, await tokenFor('true 2'), 'plaid');
});

describe('about an item', () => {
  const send = async (item: Parameters<typeof app.bank.signer.send>[0], type: string, code: string, extra = {}) =>
    app.bank.signer.send(item, type, code, extra);

  it('an error is looked up and shown, a repair elsewhere cures it', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const state = async () => (await client.get('/api/plaid/items')).body[0];
    linked.item.error = { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' };
    await send(linked.item, 'ITEM', 'ERROR', { error: linked.item.error });
    await expect.poll(async () => (await state()).error?.code).toBe('ITEM_LOGIN_REQUIRED');
    linked.item.error = null;
    await send(linked.item, 'ITEM', 'LOGIN_REPAIRED');
    await expect.poll(async () => (await state()).status).toBe('active');
  });

  it('an error that is over when its webhook arrives changes nothing', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    await send(linked.item, 'ITEM', 'ERROR', { error: { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' } });
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect((await client.get('/api/plaid/items')).body[0]).toMatchObject({ status: 'active', error: null });
  });

  it('a coming disconnect is a warning', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    await send(linked.item, 'ITEM', 'PENDING_EXPIRATION', { consent_expiration_time: '2999-03-25T00:00:00Z' });
    expect((await client.get('/api/plaid/items')).body[0].status).toBe('pending_expiration');
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    expect((await client.get('/api/plaid/items')).body[0].status).toBe('pending_expiration');
    await client.post(`/api/plaid/items/${linked.id}/repaired`);
    expect((await client.get('/api/plaid/items')).body[0].status).toBe('active');
  });

  it.each([
    ['TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', 1],
    ['TRANSACTIONS', 'INITIAL_UPDATE', 0],
    ['TRANSACTIONS', 'HISTORICAL_UPDATE', 0],
    ['TRANSACTIONS', 'DEFAULT_UPDATE', 0],
    ['TRANSACTIONS', 'TRANSACTIONS_REMOVED', 0],
    ['TRANSACTIONS', 'RECURRING_TRANSACTIONS_UPDATE', 0],
    ['HOLDINGS', 'DEFAULT_UPDATE', 1],
    ['INVESTMENTS_TRANSACTIONS', 'DEFAULT_UPDATE', 1],
    ['INVESTMENTS_TRANSACTIONS', 'HISTORICAL_UPDATE', 1],
    ['LIABILITIES', 'DEFAULT_UPDATE', 1],
    ['ITEM', 'ERROR', 1],
    ['ITEM', 'LOGIN_REPAIRED', 1],
    ['ITEM', 'USER_PERMISSION_REVOKED', 1],
    ['ITEM', 'USER_ACCOUNT_REVOKED', 1],
    ['ITEM', 'WEBHOOK_UPDATE_ACKNOWLEDGED', 0],
    ['ITEM', 'NEW_ACCOUNTS_AVAILABLE', 0],
    ['ITEM', 'PENDING_EXPIRATION', 0],
    ['ITEM', 'PENDING_DISCONNECT', 0],
  ])('%s %s asks for %i readings', async (type, code, readings) => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const { pool } = app.deps.database;
    const requested = async () =>
      Number((await pool.query('SELECT requested FROM sync_jobs WHERE plaid_item_id = $1', [linked.id])).rows[0].requested);
    const before = await requested();
    await send(linked.item, type, code);
    expect((await requested()) - before).toBe(readings);
    const { rows } = await pool.query('SELECT webhook_type, webhook_code FROM webhook_events WHERE item_id = $1', [linked.item.itemId]);
    expect(rows).toEqual([{ webhook_type: type, webhook_code: code }]);
  });

  it('the kinds from before the change log make an item that was never read be read', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    await app.deps.database.pool.query('UPDATE plaid_items SET transactions_cursor = NULL WHERE id = $1', [linked.id]);
    await send(linked.item, 'TRANSACTIONS', 'INITIAL_UPDATE', { new_transactions: 3, error: null });
    await expect
      .poll(
        async () =>
          (await app.deps.database.pool.query('SELECT transactions_cursor AS cursor FROM plaid_items WHERE id = $1', [linked.id])).rows[0]
            .cursor,
      )
      .not.toBeNull();
  });

  it('one account whose permission was taken back closes, and stays closed', async () => {
    const client = await register(app);
    const [kept, revoked] = [account('depository', 'checking', 10), account('depository', 'savings', 90)];
    const linked = await link(client, { accounts: [kept, revoked] });
    await send(linked.item, 'ITEM', 'USER_ACCOUNT_REVOKED', { account_id: revoked.account_id });
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    const balances = async () => (await client.get('/api/dashboard/accounts')).body.map((row: { balance: number }) => row.balance).sort();
    expect(await balances()).toEqual([10]);
    await client.post(`/api/plaid/items/${linked.id}/repaired`);
    await expect.poll(balances).toEqual([10, 90]);
  });

  it('news of an end that is past, or was put off, is no warning', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    const status = async () => (await client.get('/api/plaid/items')).body[0].status;
    await send(linked.item, 'ITEM', 'PENDING_DISCONNECT', { disconnect_time: '2026-03-01T00:00:00Z' });
    expect(await status()).toBe('active');
    await send(linked.item, 'ITEM', 'PENDING_DISCONNECT', { disconnect_time: '2026-03-25T00:00:00Z' });
    expect(await status()).toBe('pending_expiration');
    await client.post(`/api/plaid/items/${linked.id}/sync`);
    // By the database's clock that day is long past: the bank still answers, so it was put off.
    expect(await status()).toBe('active');
  });

  it('accounts that could be shared too are offered until the person has chosen', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    await send(linked.item, 'ITEM', 'NEW_ACCOUNTS_AVAILABLE');
    expect((await client.page('/accounts')).text).toContain('accounts that you do not share yet');
    await client.post(`/api/plaid/items/${linked.id}/repaired`);
    expect((await client.page('/accounts')).text).not.toContain('accounts that you do not share yet');
  });

  it('tokens of a Link session are not kept', async () => {
    const body = JSON.stringify({
      webhook_type: 'LINK',
      webhook_code: 'ITEM_ADD_RESULT',
      link_token: 'canary-link',
      public_token: 'canary-public',
    });
    expect((await deliver(body, await app.bank.signer.sign(body))).status).toBe(200);
    const { rows } = await app.deps.database.pool.query("SELECT body FROM webhook_events WHERE webhook_type = 'LINK'");
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('canary');
  });

  it('unknown kinds are stored and answered', async () => {
    for (const payload of [
      { webhook_type: 'BRAND_NEW', webhook_code: 'NEVER_SEEN' },
      { webhook_type: 'X\u0000', note: 'a\u0000b' },
      { something: 'else' },
    ]) {
      const body = JSON.stringify(payload);
      expect((await deliver(body, await app.bank.signer.sign(body))).status).toBe(200);
    }
  });
});
