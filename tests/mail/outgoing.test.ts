import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoing, isPublicAddress, RefusedTarget } from '../../src/mail/outgoing-client.ts';
import { link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account } from '../test-bank.ts';

describe('addresses', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111'])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));
  it.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:db8::1',
      'ff02::1',
      'nonsense',
      '',
    ],
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    'http://127.0.0.1/x',
    'http://localhost/x',
    'http://x.localhost/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'https://user:secret@example.org/',
    'not an address',
  ])('%s cannot be a target', async (url) => {
    const outgoing = createOutgoing([]);
    expect(outgoing.problemWith(url)).toEqual(expect.any(String));
    await expect(outgoing.post(url, {}, '{}')).rejects.toThrow(RefusedTarget);
  });
});

interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}
let app: TestApp;
let server: Server;
let received: Received[] = [];
let status = 200;
let target = '';
beforeAll(async () => {
  app = await startTestApp();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.stop();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
beforeEach(() => {
  received = [];
  status = 200;
});
const query = async (sql: string) => (await app.deps.database.pool.query(sql)).rows;
const hurry = async () => {
  await query(`UPDATE deliveries SET run_after = now() WHERE status = 'waiting'`);
  app.deps.nudgeWorker();
};
const overdraw = (client: Awaited<ReturnType<typeof register>>) =>
  link(client, { accounts: [account('depository', 'checking', -5, { name: 'Everyday' })] });

describe('a webhook', () => {
  it('is signed with the person’s secret and carries the alert', async () => {
    const client = await register(app);
    const { webhook_secret: secret } = (await client.patch('/api/me/notifications', { webhook_url: `${target}/hook` })).body.notifications;
    await overdraw(client);
    await expect.poll(() => received.length).toBe(1);
    const [{ url, headers, body }] = received as [Received];
    expect(url).toBe('/hook');
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-signature'])) as unknown as string[];
    expect(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')).toBe(signature);
    expect(JSON.parse(body)).toMatchObject({
      type: 'alert',
      alert: { kind: 'low_balance', severity: 'urgent', amount: '-5', currency: 'USD' },
    });
  });

  it('is tried again while the other side fails, under the same id, and not followed elsewhere', async () => {
    status = 302;
    const client = await register(app);
    await client.patch('/api/me/notifications', { webhook_url: `${target}/hook` });
    await overdraw(client);
    await expect.poll(() => received.length).toBe(1);
    status = 500;
    await expect
      .poll(async () => (await query(`SELECT error FROM deliveries WHERE channel = 'webhook' AND status = 'waiting'`))[0]?.error)
      .toBe('The other side answered 302.');
    await hurry();
    await expect.poll(() => received.length).toBe(2);
    status = 204;
    await expect
      .poll(async () => (await query(`SELECT error FROM deliveries WHERE channel = 'webhook' AND status = 'waiting'`))[0]?.error)
      .toBe('The other side answered 500.');
    await hurry();
    await expect.poll(() => received.length).toBe(3);
    expect(received.map(({ url }) => url)).toEqual(['/hook', '/hook', '/hook']);
    expect(new Set(received.map(({ body }) => JSON.parse(body).id)).size).toBe(1);
    await expect.poll(() => query(`SELECT 1 FROM deliveries WHERE channel = 'webhook' AND status = 'waiting'`)).toEqual([]);
  });

  it('is not sent any more once its address is gone', async () => {
    status = 500;
    const client = await register(app);
    await client.patch('/api/me/notifications', { webhook_url: `${target}/hook` });
    await overdraw(client);
    await expect.poll(() => received.length).toBe(1);
    await client.patch('/api/me/notifications', { webhook_url: null });
    await hurry();
    await expect.poll(() => query(`SELECT 1 FROM deliveries WHERE channel = 'webhook' AND status = 'waiting'`)).toEqual([]);
    expect(received).toHaveLength(1);
  });

  it('cannot be pointed into the private network', async () => {
    const client = await register(app);
    for (const field of ['webhook_url', 'ntfy_url']) {
      for (const url of ['http://169.254.169.254/latest/meta-data', 'http://10.0.0.1/', 'javascript:alert(1)', 'http://localhost:5432/x']) {
        const answer = await client.patch('/api/me/notifications', { [field]: url });
        expect(answer.status, url).toBe(400);
        expect(Object.keys(answer.body.fields)).toEqual([field]);
      }
    }
  });
});

describe('a push', () => {
  it('goes to the topic, with the token, in every alphabet', async () => {
    const client = await register(app);
    await client.patch('/api/me/notifications', { ntfy_url: `${target}/money`, ntfy_token: 'tk_secret' });
    const settings = (await client.get('/api/me/notifications')).body;
    expect(settings).toMatchObject({ ntfy_url: `${target}/money`, has_ntfy_token: true });
    expect(JSON.stringify(settings)).not.toContain('tk_secret');
    await link(client, { accounts: [account('depository', 'checking', -5, { name: 'חשבון 🧁' })] });
    await expect.poll(() => received.length).toBe(1);
    expect(received[0]?.headers.authorization).toBe('Bearer tk_secret');
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ topic: 'money', title: 'חשבון 🧁 is overdrawn: −$5.00', priority: 5 });
    expect(app.logged()).not.toContain('tk_secret');
  });

  it('needs a topic', async () => {
    const client = await register(app);
    expect((await client.patch('/api/me/notifications', { ntfy_url: 'https://ntfy.sh/' })).status).toBe(400);
  });
});

it('a test message goes where it is meant to, a few an hour', async () => {
  const client = await register(app);
  expect((await client.post('/api/me/notifications/test', { channel: 'webhook' })).status).toBe(400);
  await client.patch('/api/me/notifications', { webhook_url: `${target}/hook` });
  expect((await client.post('/api/me/notifications/test', { channel: 'webhook' })).status).toBe(202);
  await expect.poll(() => received.length).toBe(1);
  expect(JSON.parse(received[0]?.body ?? '').type).toBe('test');
});
