import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMailer } from '../../src/mail/smtp-client.ts';
import { runTask } from '../../src/schedule/run-task.ts';
import { startMailServer, type TestMailServer } from '../mail/smtp.ts';
import { type Answer, Client, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';

const NEW_PASSWORD = 'another long and winding road';
let server: TestMailServer;
let app: TestApp;
beforeAll(async () => {
  server = await startMailServer();
  app = await startTestApp({}, createMailer(server.url, 'Money <money@example.org>'));
});
afterAll(async () => {
  await app.stop();
  await server.stop();
});
const NOON = new Date('2026-03-18T12:00:00Z');
beforeEach(() => {
  server.mails.length = 0;
  app.clock.now = NOON;
});

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const meOf = async (client: Client) => (await client.get('/api/me')).body as { id: string; email: string };
const signIn = (email: string, password: string, client = new Client(app)) => client.post('/login', { email, password });
const settled = () => expect.poll(() => query(`SELECT 1 FROM deliveries WHERE status = 'waiting'`), { timeout: 20_000 }).toEqual([]);
const mailsTo = (address: string) => server.mails.filter((mail) => mail.recipients.includes(address));
/** The path of the one link in the latest message to an address. */
async function linkIn(address: string, subject: string): Promise<string> {
  await expect.poll(() => mailsTo(address).filter((mail) => mail.subject === subject).length, { timeout: 20_000 }).toBeGreaterThan(0);
  const mail = mailsTo(address).findLast((candidate) => candidate.subject === subject);
  return /https?:\/\/[^/\s]+(\/[^\s]+)/.exec(mail?.text ?? '')?.[1] as string;
}
const tokenOf = (path: string) => new URL(path, 'http://x').searchParams.get('token') as string;
const forgotten = (email: string) => new Client(app).post('/forgot-password', { email });
const codeOf = ({ status, body }: Answer) => [status, body?.code];

describe('a forgotten password', () => {
  it('is replaced by a link that works once, ends all sessions, and is told of', async () => {
    const client = await register(app);
    const { email } = await meOf(client);
    expect(await forgotten(email)).toMatchObject({ status: 202, body: { success: true } });
    const path = await linkIn(email, 'Choose a new password');
    expect((await new Client(app).page(path)).text).toContain('New password');
    const weak = await new Client(app).post('/reset-password', { token: tokenOf(path), password: 'password12345' });
    expect(weak.status).toBe(400);
    const reset = () => new Client(app).post('/reset-password', { token: tokenOf(path), password: NEW_PASSWORD });
    expect((await reset()).status).toBe(200);
    expect(codeOf(await reset())).toEqual([400, 'invalid_link']);
    expect((await new Client(app).page(path)).status).toBe(400);
    expect((await client.get('/api/me')).status).toBe(401);
    expect((await signIn(email, PASSWORD)).status).toBe(401);
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
    await settled();
    expect(mailsTo(email).map(({ subject }) => subject)).toContain('Your password was changed');
    // Nothing that opens an account is kept.
    expect(await query(`SELECT content FROM deliveries WHERE kind = 'account' AND content <> '{}'`)).toEqual([]);
  });

  it('says the same whether somebody has the address or not, and leaves nothing of it', async () => {
    const answers = [await forgotten('nobody@example.net'), await forgotten((await meOf(await register(app))).email)];
    expect(answers[0]).toMatchObject({ status: answers[1]?.status, body: answers[1]?.body });
    await expect.poll(() => query(`SELECT 1 FROM tasks WHERE kind = 'recovery'`), { timeout: 20_000 }).toEqual([]);
    expect(mailsTo('nobody@example.net')).toEqual([]);
    const page = await new Client(app).form('/forgot-password', { email: 'nobody@example.net' });
    expect([page.status, page.text.includes('If there is an account with this address')]).toEqual([200, true]);
  });

  it('is good for a quarter of an hour, and an older link not any more', async () => {
    const { email, id } = await meOf(await register(app));
    await forgotten(email);
    const first = tokenOf(await linkIn(email, 'Choose a new password'));
    server.mails.length = 0;
    await runTask(
      { ...app.deps, nudgeSyncs: () => undefined },
      { id: '00000000-0000-4000-8000-000000000000', kind: 'recovery', subject: email, slot: 'x', payload: {}, attempts: 1 },
    );
    const second = tokenOf(await linkIn(email, 'Choose a new password'));
    const reset = (token: string) => new Client(app).post('/reset-password', { token, password: NEW_PASSWORD });
    expect(codeOf(await reset(first))).toEqual([400, 'invalid_link']);
    await query(`UPDATE one_time_links SET expires_at = now() - interval '1 second' WHERE user_id = $1`, id);
    expect(codeOf(await reset(second))).toEqual([400, 'invalid_link']);
    expect((await signIn(email, PASSWORD)).status).toBe(200);
  });

  it('of a person asked for often sends a few links', async () => {
    const { email } = await meOf(await register(app));
    for (let asked = 0; asked < 8; asked++)
      await runTask(
        { ...app.deps, nudgeSyncs: () => undefined },
        { id: '00000000-0000-4000-8000-000000000000', kind: 'recovery', subject: email, slot: 'x', payload: {}, attempts: 1 },
      );
    expect((await query(`SELECT 1 FROM one_time_links JOIN users ON users.id = user_id WHERE users.email = $1`, email)).length).toBe(5);
  });
});

describe('another address', () => {
  it('is confirmed at the new one, told to the old one, and can be taken back from there', async () => {
    const client = await register(app);
    const { email: before, id } = await meOf(client);
    const after = `new-${id}@example.net`;
    expect(await client.post('/api/me/email', { email: after })).toMatchObject({ status: 202, body: { is_changed: false } });
    expect((await meOf(client)).email).toBe(before);
    const path = await linkIn(after, 'Is this your new address?');
    expect((await new Client(app).page(path)).text).toContain(after);
    expect((await new Client(app).form(path, {})).status).toBe(200);
    expect((await new Client(app).form(path, {})).status).toBe(400);
    expect((await meOf(client)).email).toBe(after);
    expect((await signIn(after, PASSWORD)).status).toBe(200);

    // A second change does not take the way back from the first one.
    await client.post('/api/me/email', { email: `third-${id}@example.net` });
    await new Client(app).form(await linkIn(`third-${id}@example.net`, 'Is this your new address?'), {});
    const undo = await linkIn(before, 'Your address was changed');
    expect((await new Client(app).page(undo)).text).toContain(before);
    const undone = await new Client(app).form(undo, {});
    expect([undone.status, undone.headers.get('location')?.startsWith('/reset-password?token=')]).toEqual([303, true]);
    expect((await client.get('/api/me')).status).toBe(401);
    const token = tokenOf(undone.headers.get('location') as string);
    expect((await new Client(app).post('/reset-password', { token, password: NEW_PASSWORD })).status).toBe(200);
    expect((await signIn(before, NEW_PASSWORD)).status).toBe(200);
  });

  it('asked for before the password was changed is not taken afterwards', async () => {
    const client = await register(app);
    const { email, id } = await meOf(client);
    await client.post('/api/me/email', { email: `thief-${id}@example.net` });
    const path = await linkIn(`thief-${id}@example.net`, 'Is this your new address?');
    expect((await client.post('/api/me/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })).status).toBe(200);
    expect(codeOf(await new Client(app).send('POST', path))).toEqual([400, 'invalid_link']);
    expect((await meOf(client)).email).toBe(email);
  });

  it('that somebody else has cannot be taken', async () => {
    const [client, other] = [await register(app), await register(app)];
    const { email } = await meOf(other);
    await client.post('/api/me/email', { email });
    expect(codeOf(await new Client(app).send('POST', await linkIn(email, 'Is this your new address?')))).toEqual([409, 'email_taken']);
    expect((await meOf(other)).email).toBe(email);
  });
});

describe('an address that somebody has named and never shown', () => {
  it('goes to its owner, and the account keeps its sessions and names another one', async () => {
    const squatter = await register(app);
    const { email, id } = await meOf(squatter);
    const owner = new Client(app);
    expect(codeOf(await owner.post('/register', { email, password: NEW_PASSWORD }))).toEqual([409, 'email_taken']);
    const path = await linkIn(email, 'Create your account');
    const claim = new URL(path, 'http://x').searchParams.get('claim') as string;
    expect((await owner.page(path)).text).toContain(`value="${email}"`);
    expect((await owner.post('/register', { email: 'else@example.net', password: NEW_PASSWORD, claim: 'made-up' })).status).toBe(201);
    const rightful = new Client(app);
    expect((await rightful.post('/register', { email, password: NEW_PASSWORD, claim })).status).toBe(201);
    expect(codeOf(await new Client(app).post('/register', { email, password: NEW_PASSWORD, claim }))).toEqual([409, 'email_taken']);
    expect((await rightful.get('/api/me/notifications')).body.email_confirmed).toBe(true);
    expect((await signIn(email, PASSWORD)).status).toBe(401);
    expect((await squatter.get('/api/me')).body.id).toBe(id);
    expect((await squatter.page('/')).text).toContain('Name another one');
    // Named anew it is an account as any other; else it goes after thirty days.
    await query(`UPDATE users SET address_lost_at = now() - interval '40 days' WHERE id = $1`, id);
    app.clock.now = new Date();
    await runTask(
      { ...app.deps, nudgeSyncs: () => undefined },
      { id: '00000000-0000-4000-8000-000000000000', kind: 'cleanup', subject: '', slot: 'x', payload: {}, attempts: 1 },
    );
    expect(await query('SELECT 1 FROM users WHERE id = $1', id)).toEqual([]);
  });

  it('is told and stays, once it was shown', async () => {
    const client = await register(app);
    const { email, id } = await meOf(client);
    await query('UPDATE users SET email_confirmed_at = now() WHERE id = $1', id);
    expect(codeOf(await new Client(app).post('/register', { email, password: NEW_PASSWORD }))).toEqual([409, 'email_taken']);
    await expect.poll(() => mailsTo(email).map(({ subject }) => subject), { timeout: 20_000 }).toContain('You have an account already');
    expect((await meOf(client)).email).toBe(email);
  });
});

describe('what happened is told and noted', () => {
  it('a new device, failures, a changed password', async () => {
    const client = await register(app);
    const { email } = await meOf(client);
    // The same device again is known.
    await client.post('/logout');
    expect((await signIn(email, PASSWORD, client)).status).toBe(200);
    await settled();
    expect(mailsTo(email)).toEqual([]);
    const session = client.cookies.get('session');
    expect((await signIn(email, 'not the password', new Client(app))).status).toBe(401);
    expect((await signIn(email, PASSWORD, new Client(app))).status).toBe(200);
    expect((await client.post('/api/me/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })).status).toBe(200);
    expect(client.cookies.get('session')).not.toBe(session);
    expect((await client.get('/api/me')).status).toBe(200);
    await settled();
    expect(
      mailsTo(email)
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual(['Somebody signed in on a new device', 'Your password was changed']);
    const log = (await client.page('/settings')).text;
    expect([log.includes('A sign-in failed'), log.includes('network 127.0.0.…')]).toEqual([true, true]);
    expect(app.logged()).toContain('a sign-in failed');
    expect(app.logged()).not.toContain(email);
  });
});
