import { afterEach, expect, it } from 'vitest';
import { createLink } from '../../src/auth/one-time-link-store.ts';
import { readConfig } from '../../src/config.ts';
import { Client, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
afterEach(() => app.stop());

const attempt = async (email: string, more: Record<string, unknown> = {}) => {
  const answer = await new Client(app).post('/register', { email, password: PASSWORD, ...more });
  return answer.status === 201 ? 201 : `${answer.status} ${answer.body.code}`;
};

it('is for the first person alone, however many come at once', async () => {
  app = await startTestApp({}, null, { registration: 'first' });
  expect((await new Client(app).page('/register')).text).toContain('<form');
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => attempt(`${name}@example.org`)));
  expect(answers.toSorted()).toEqual([201, '403 registration_closed', '403 registration_closed', '403 registration_closed']);
  expect((await new Client(app).page('/register')).text).toContain('New accounts are not taken here');
  expect((await new Client(app).page('/login')).text).not.toContain('href="/register"');
});

it('is for who is invited, once, by the owner', async () => {
  app = await startTestApp({}, null, { registration: 'invite' });
  const owner = await register(app);
  expect(await attempt('stranger@example.org')).toBe('403 registration_closed');
  const { status, body } = await owner.post('/api/invitations', {});
  expect(status).toBe(201);
  const invitation = new URL(body.invitation_url).searchParams.get('invitation') as string;
  expect((await new Client(app).page(`/register?invitation=${invitation}`)).text).toContain('name="invitation"');
  const guest = new Client(app);
  expect((await guest.post('/register', { email: 'guest@example.org', password: PASSWORD, invitation })).status).toBe(201);
  expect(await attempt('second@example.org', { invitation })).toBe('403 registration_closed');
  expect((await guest.post('/api/invitations', {})).status).toBe(404);
  expect((await owner.form('/settings', { form: 'invite' })).text).toContain('/register?invitation=');
  expect((await guest.page('/settings')).text).not.toContain('Invite somebody');
});

it('is not for who holds the claim of another address', async () => {
  app = await startTestApp({}, null, { registration: 'closed' });
  const claim = await createLink(app.deps.database.pool, 'claim_email', { email: 'claimed@example.org' });
  expect(await attempt('else@example.org', { claim })).toBe('403 registration_closed');
  expect(await attempt('claimed@example.org', { claim })).toBe(201);
});

it('is for nobody when it is closed', async () => {
  app = await startTestApp({}, null, { registration: 'closed' });
  expect(await attempt('first@example.org')).toBe('403 registration_closed');
});

it('is the first one’s in production, everybody’s in development and in the demonstration', async () => {
  app = await startTestApp();
  const secrets = { SESSION_SECRET: 's'.repeat(40), ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'), DATABASE_URL: 'postgres://x/y' };
  const production = { NODE_ENV: 'production', ...secrets };
  expect(readConfig({ ...production, PLAID_CLIENT_ID: 'x', PLAID_SECRET: 'y' }).registration).toBe('first');
  expect(readConfig({ ...production, PLAID_ENV: 'demo' }).registration).toBe('open');
  expect(readConfig({ ...production, PLAID_ENV: 'demo', REGISTRATION: 'invite' }).registration).toBe('invite');
  expect(readConfig({ DATA_DIR: '/tmp/nowhere', ...secrets }).registration).toBe('open');
  expect(() => readConfig(production)).toThrow('PLAID_ENV=demo');
});
