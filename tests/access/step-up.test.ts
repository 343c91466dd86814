import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());
const NOON = new Date('2026-03-18T12:00:00Z');
const LATER = new Date(NOON.getTime() + 11 * 60_000);
beforeEach(() => {
  app.clock.now = NOON;
});

const GUARDED: [what: string, act: (client: Client) => ReturnType<Client['get']>][] = [
  ['the export of everything', (client) => client.get('/api/export')],
  ['its other form', (client) => client.get('/api/me/export')],
  ['an import', (client) => client.post('/api/import', {})],
  ['the address of the webhook', (client) => client.patch('/api/me/notifications', { webhook_url: null })],
  ['the token of the ntfy server', (client) => client.patch('/api/me/notifications', { ntfy_token: null })],
  ['the e-mail address', (client) => client.post('/api/me/email', { email: 'else@example.org' })],
  ['an invitation', (client) => client.post('/api/invitations', {})],
  ['deleting the account', (client) => client.delete('/api/me')],
];

describe('ten minutes after the password was typed', () => {
  it.each(GUARDED)('%s asks for it again', async (_what, act) => {
    const client = await register(app);
    app.clock.now = LATER;
    expect(await act(client)).toMatchObject({ status: 403, body: { code: 'confirm_password' } });
    expect(await client.post('/api/me/confirm', { password: 'not this one' })).toMatchObject({
      status: 403,
      body: { code: 'wrong_password' },
    });
    expect((await act(client)).body.code).toBe('confirm_password');
    expect((await client.post('/api/me/confirm', { password: PASSWORD })).status).toBe(200);
    expect((await act(client)).body?.code).not.toBe('confirm_password');
  });

  it.each([
    ['transactions.csv', (client: Client) => client.get('/api/dashboard/transactions.csv')],
    ['other settings', (client: Client) => client.patch('/api/me/notifications', { digest: 'daily' })],
    ['a link', (client: Client) => client.delete('/api/plaid/items/00000000-0000-4000-8000-000000000000')],
  ])('%s does not', async (_what, act) => {
    const client = await register(app);
    app.clock.now = LATER;
    expect([200, 404]).toContain((await act(client)).status);
  });

  it('the page asks before it leads on', async () => {
    const client = await register(app);
    app.clock.now = LATER;
    expect((await client.page('/settings')).text).toContain('href="/confirm?next=%2Fapi%2Fexport"');
    const refused = await client.form('/confirm', { password: 'not this one', next: '/api/export' });
    expect([refused.status, refused.text.includes('The password is not right.')]).toEqual([403, true]);
    const led = await client.form('/confirm', { password: PASSWORD, next: '/api/export' });
    expect([led.status, led.headers.get('location')]).toEqual([303, '/api/export']);
    expect((await client.page('/settings')).text).toContain('href="/api/export"');
    expect((await client.form('/confirm', { password: PASSWORD, next: '//evil.example' })).headers.get('location')).toBe('/');
  });

  it('a form of the page takes it along', async () => {
    const client = await register(app);
    app.clock.now = LATER;
    const fields = { form: 'outgoing', ntfy_url: '', ntfy_token: '', webhook_url: '' };
    const asked = await client.form('/settings', fields);
    expect([asked.status, asked.text.includes('id="outgoing-password"')]).toEqual([403, true]);
    expect((await client.form('/settings', { ...fields, password: PASSWORD })).status).toBe(303);
    expect((await client.form('/settings', { form: 'email', email: `moved-${Math.trunc(performance.now())}@example.org` })).status).toBe(
      303,
    );
  });
});

it('to have signed in just now is not enough to delete everything', async () => {
  const client = await register(app);
  expect((await client.delete('/api/me')).status).toBe(400);
  expect((await client.send('DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
});
