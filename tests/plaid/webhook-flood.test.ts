import { createHash, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, add, transaction } from '../test-bank.ts';

const FORGERIES = 10_000;
const AT_ONCE = 40;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it(`${FORGERIES} forged webhooks have no effect, and a true one among them is heard`, async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 1);
  const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'OLD')] });
  const body = JSON.stringify({ webhook_type: 'TRANSACTIONS', webhook_code: 'SYNC_UPDATES_AVAILABLE', item_id: linked.item.itemId });
  const issuedAt = Math.floor(app.clock.now.getTime() / 1000);
  const hash = createHash('sha256').update(body).digest('hex');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const trueToken = await app.bank.signer.sign(body);
  const trueKeyId = JSON.parse(Buffer.from(trueToken.split('.')[0] as string, 'base64url').toString()).kid as string;
  const sign = (kid: string, iat: number, sha256: string) =>
    new SignJWT({ request_body_sha256: sha256 }).setProtectedHeader({ alg: 'ES256', kid }).setIssuedAt(iat).sign(privateKey);
  const unsigned = (alg: string) =>
    [
      { alg, kid: trueKeyId },
      { iat: issuedAt, request_body_sha256: hash },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
  const hmac = await new SignJWT({ request_body_sha256: hash })
    .setProtectedHeader({ alg: 'HS256', kid: trueKeyId })
    .setIssuedAt(issuedAt)
    .sign(Buffer.from(trueKeyId));
  const [header, claims, signature] = trueToken.split('.') as [string, string, string];
  const otherBody = body.replace('SYNC', 'SINK');
  const kinds: [token: string, body: string][] = [
    ['', body],
    ['not a token', body],
    [`${unsigned('none')}.`, body],
    [`${unsigned('ES256')}.${signature}`, otherBody],
    [hmac, body],
    [await sign(trueKeyId, issuedAt, hash), body],
    [await sign('a known-bad key', issuedAt, hash), body],
    [await sign(trueKeyId, issuedAt - 301, hash), body],
    [await sign(trueKeyId, issuedAt + 120, hash), body],
    [trueToken, otherBody],
    [`${header}.${claims}.${Buffer.alloc(64).toString('base64url')}`, body],
  ];
  const post = (token: string, text: string) =>
    new Client(app).send('POST', '/api/plaid/webhook', text, token ? { 'plaid-verification': token } : {});
  const lookups = () => app.bank.requests.filter(({ path }) => path === '/webhook_verification_key/get').length;
  expect((await post(trueToken, body)).status).toBe(200);
  expect((await post(await sign('a known-bad key', issuedAt, hash), body)).status).toBe(401);
  await expect.poll(async () => (await client.get('/api/plaid/items')).body[0].syncing).toBe(false);
  const [{ rows: before }, asked] = [await app.deps.database.pool.query('SELECT requested FROM sync_jobs'), lookups()];
  const events = async () => Number((await app.deps.database.pool.query('SELECT count(*) FROM webhook_events')).rows[0].count);
  const stored = await events();

  const statuses = new Map<number, number>();
  let next = 0;
  const forge = async () => {
    for (let index = next++; index < FORGERIES; index = next++) {
      const [token, text] = kinds[index % kinds.length] as [string, string];
      const { status } = await post(token, text);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const flood = Promise.all(Array.from({ length: AT_ONCE }, forge));
  add(linked.item, transaction(checking, '2026-03-03', 2, 'NEW'));
  await expect.poll(() => next > FORGERIES / 4, { timeout: 60_000 }).toBe(true);
  const anotherTrueToken = await app.bank.signer.sign(body);
  const startedAt = performance.now();
  expect((await post(anotherTrueToken, body)).status).toBe(200);
  const answeredAfterMs = performance.now() - startedAt;
  await flood;

  expect(Object.fromEntries(statuses)).toEqual({ 401: FORGERIES });
  expect(lookups() - asked).toBe(0);
  expect(await events()).toBe(stored + 1);
  const { rows: after } = await app.deps.database.pool.query('SELECT requested FROM sync_jobs');
  expect(Number(after[0].requested) - Number(before[0].requested)).toBe(1);
  await expect.poll(async () => (await client.get('/api/dashboard/transactions')).body.pagination.total_items).toBe(2);
  console.info(`a true webhook was answered after ${Math.round(answeredAfterMs)} ms during the flood`);
}, 600_000);

it('made-up key ids become few calls, and do not displace a true key', async () => {
  const body = JSON.stringify({ webhook_type: 'X', webhook_code: 'Y', item_id: null });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuedAt = Math.floor(app.clock.now.getTime() / 1000);
  const post = (token: string) => new Client(app).send('POST', '/api/plaid/webhook', body, { 'plaid-verification': token });
  const lookups = () => app.bank.requests.filter(({ path }) => path === '/webhook_verification_key/get').length;
  expect((await post(await app.bank.signer.sign(body))).status).toBe(200);
  const asked = lookups();
  for (let made = 0; made < 300; made++) {
    const token = await new SignJWT({ request_body_sha256: createHash('sha256').update(body).digest('hex') })
      .setProtectedHeader({ alg: 'ES256', kid: `made up ${made}` })
      .setIssuedAt(issuedAt)
      .sign(privateKey);
    expect((await post(token)).status).toBe(401);
  }
  expect(lookups() - asked).toBeLessThanOrEqual(30);
  expect((await post(await app.bank.signer.sign(body))).status).toBe(200);
});
