import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendDigest } from '../../src/alerts/evaluate-alerts.ts';
import { createMailer } from '../../src/mail/smtp-client.ts';
import { addDueDigests } from '../../src/mail/store.ts';
import { writeMonthlyReport } from '../../src/reports/write-report.ts';
import { smallHousehold } from '../household.ts';
import { Client, link, register as registerStranger, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, setData, transaction } from '../test-bank.ts';
import { startMailServer, type TestMailServer } from './smtp.ts';

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
afterEach(async () => {
  server.onMessage = () => undefined;
  // What one test has queued is no mail of the next.
  await expect
    .poll(() => query(`SELECT 1 FROM deliveries WHERE status = 'waiting' AND (run_after <= now() OR claimed_until > now())`))
    .toEqual([]);
});

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
/** Somebody whose address is known to be theirs. */
async function register(at: TestApp, more: Record<string, unknown> = {}): Promise<Client> {
  const client = await registerStranger(at, more);
  await at.deps.database.pool.query('UPDATE users SET email_confirmed_at = now() WHERE id = $1', [(await meOf(client)).id]);
  return client;
}
const meOf = async (client: Client) => (await client.get('/api/me')).body as { id: string; email: string };
const deliveriesOf = async (client: Client) =>
  query(
    'SELECT channel, kind, status, attempts, error, subject FROM deliveries WHERE user_id = $1 ORDER BY created_at',
    (await meOf(client)).id,
  );
/** Lets what waits be due: the clock of the tests stands still, the database's does not. */
const hurry = async () => {
  await query(`UPDATE deliveries SET run_after = now() WHERE status = 'waiting'`);
  app.deps.nudgeWorker();
};

/** Somebody whose account is overdrawn, which is urgent. */
async function overdrawn(client: Client, balance = -50) {
  return link(client, {
    accounts: [account('depository', 'checking', balance, { name: 'Everyday' })],
    transactions: [],
  });
}

describe('an urgent alert', () => {
  it('comes at once, with its reason, a link, and a way out', async () => {
    const client = await register(app);
    const me = await meOf(client);
    await overdrawn(client);
    await expect.poll(() => server.mails.length).toBe(1);
    const [mail] = server.mails;
    expect(mail?.recipients).toEqual([me.email]);
    expect(mail?.from?.text).toBe('"Money" <money@example.org>');
    expect(mail?.subject).toBe('Everyday is overdrawn: −$50.00');
    expect(mail?.text).toContain('Its balance is below zero.');
    expect(mail?.text).toContain(`${app.url}/alerts?show=`);
    expect(mail?.html).toContain('Everyday is overdrawn');
    expect(mail?.headers.get('list')).toMatchObject({
      unsubscribe: { url: expect.stringContaining(`${app.url}/unsubscribe?token=alert.`) },
    });
    expect(await deliveriesOf(client)).toMatchObject([{ channel: 'email', kind: 'alert', status: 'sent', attempts: 1 }]);
  });

  it('is told once, however often it is looked at', async () => {
    const client = await register(app);
    const { id, item } = await overdrawn(client);
    await expect.poll(() => server.mails.length).toBe(1);
    for (const balance of [-60, -55]) {
      setData(item, { accounts: item.data.accounts.map((one) => ({ ...one, balances: { ...one.balances, current: balance } })) });
      await sync(client, id);
    }
    expect((await client.get('/api/alerts')).body.alerts).toMatchObject([{ title: 'Everyday is overdrawn: −$55.00' }]);
    await hurry();
    expect(server.mails).toHaveLength(1);
    expect(await deliveriesOf(client)).toHaveLength(1);
  });

  it('waits for the end of quiet hours in the person’s own zone', async () => {
    // 12:00 UTC is 23:00 in Nouméa, where the quiet ends eight hours later.
    const client = await register(app, { time_zone: 'Pacific/Noumea' });
    await overdrawn(client);
    const [waiting] = await query(
      `SELECT status, round(extract(epoch FROM run_after - created_at) / 3600)::int AS hours FROM deliveries WHERE user_id = $1`,
      (await meOf(client)).id,
    );
    expect(waiting).toEqual({ status: 'waiting', hours: 8 });
    // Even when it is taken up too early it waits.
    await hurry();
    await expect.poll(async () => (await deliveriesOf(client))[0]?.attempts).toBe(0);
    expect(server.mails).toEqual([]);
    app.clock.now = new Date('2026-03-18T20:00:00Z');
    await hurry();
    await expect.poll(() => server.mails.length).toBe(1);
  });

  it('does not come to who has switched it off', async () => {
    const client = await register(app);
    await client.patch('/api/me/notifications', { urgent_email: false });
    await overdrawn(client);
    expect((await client.get('/api/alerts')).body.alerts).toHaveLength(1);
    expect(await deliveriesOf(client)).toEqual([]);
  });
});

it('what was switched off while it waited is not sent any more', async () => {
  server.onMessage = () => {
    throw Object.assign(new Error('later'), { responseCode: 451 });
  };
  const client = await register(app);
  await overdrawn(client);
  await expect.poll(async () => (await deliveriesOf(client))[0]).toMatchObject({ attempts: 1, error: expect.stringContaining('451') });
  server.onMessage = () => undefined;
  await client.patch('/api/me/notifications', { urgent_email: false });
  await hurry();
  await expect.poll(async () => (await deliveriesOf(client))[0]).toMatchObject({ status: 'kept' });
  expect(server.mails).toEqual([]);
});

describe('a digest keeps its own time', () => {
  const slots = async (userId: string) =>
    (await query(`SELECT slot FROM tasks WHERE kind = 'digest' AND subject = $1 ORDER BY slot`, userId)).map(({ slot }) => slot as string);
  const due = (instant: string) =>
    addDueDigests(app.deps.database.pool, [{ timeZone: 'UTC', day: instant.slice(0, 10), hour: Number(instant.slice(11, 13)) }]);

  it('also for who has nothing to be told then, and never back before their choice', async () => {
    const client = await register(app);
    const { id } = await meOf(client);
    await client.patch('/api/me/notifications', { digest: 'weekly', digest_weekday: 5, digest_hour: 8 });
    await query(`UPDATE users SET created_at = '2026-01-01' WHERE id = $1`, id);
    await query(`UPDATE notification_settings SET updated_at = '2026-03-04' WHERE user_id = $1`, id);
    // Friday 27 February is before the choice; 6, 13 and 20 March are after it, each once, from eight o'clock on.
    await due('2026-03-06T07:59');
    expect(await slots(id)).toEqual([]);
    await due('2026-03-06T08:00');
    await due('2026-03-08T23:00');
    await due('2026-03-13T07:59');
    expect(await slots(id)).toEqual(['2026-03-06']);
    // Made up for after a downtime.
    await due('2026-03-16T09:00');
    await due('2026-03-20T08:00');
    expect(await slots(id)).toEqual(['2026-03-06', '2026-03-13', '2026-03-20']);
  });
});

describe('an address that nobody has confirmed', () => {
  const confirmPath = () => /\/confirm-email\?token=\S+/.exec(server.mails[0]?.text ?? '')?.[0] ?? '';

  it('gets one question and nothing else, until its owner says that it is theirs', async () => {
    const client = await registerStranger(app);
    await overdrawn(client);
    await expect.poll(() => server.mails.length).toBe(1);
    expect(server.mails[0]?.subject).toBe('Is this your address?');
    expect(await deliveriesOf(client)).toMatchObject([
      { kind: 'alert', status: 'kept', error: 'the address is not confirmed yet' },
      { kind: 'confirm', status: 'sent' },
    ]);
    await client.post('/api/me/notifications/test', { channel: 'email' });
    await expect.poll(async () => (await deliveriesOf(client)).length).toBe(3);
    await expect.poll(async () => (await deliveriesOf(client))[2]).toMatchObject({ kind: 'test', status: 'kept' });
    expect(server.mails).toHaveLength(1);
    // The question is in the mail alone: who only has the account cannot answer it.
    expect((await client.get('/api/me/outbox')).text).not.toContain('token=');
    expect((await client.page('/settings')).text).not.toContain('confirm-email?token');
    expect((await client.get('/api/export?format=json')).text).not.toContain('token=');
    const path = confirmPath();
    const reader = new Client(app);
    expect((await reader.page(path)).text).toContain('Is this your address?');
    expect((await client.get('/api/me/notifications')).body.email_confirmed).toBe(false);
    expect((await reader.form(path, {})).status).toBe(200);
    expect((await client.get('/api/me/notifications')).body.email_confirmed).toBe(true);
    app.clock.now = new Date('2026-03-18T12:05:00Z');
    await client.post('/api/me/notifications/test', { channel: 'email' });
    await expect.poll(() => server.mails.length).toBe(2);
  });

  it('is confirmed by nobody else’s link', async () => {
    const [client, other] = [await registerStranger(app), await registerStranger(app)];
    await overdrawn(client);
    await expect.poll(() => server.mails.length).toBe(1);
    const path = confirmPath();
    const { id } = await meOf(other);
    for (const changed of [path.replace(/=[0-9a-f-]{36}/, `=${id}`), `${path.slice(0, -2)}AA`, '/confirm-email?token=x', '/confirm-email'])
      expect((await new Client(app).form(changed, {})).status).toBe(400);
    expect((await other.get('/api/me/notifications')).body.email_confirmed).toBe(false);
  });
});

describe('a mail server that is down', () => {
  it('gets the message when it is back', async () => {
    await server.stop();
    const client = await register(app);
    await overdrawn(client);
    await expect.poll(async () => (await deliveriesOf(client))[0]).toMatchObject({ status: 'waiting', attempts: 1, error: 'ESOCKET' });
    expect(app.logged()).not.toContain((await meOf(client)).email);
    await server.start();
    await hurry();
    await expect.poll(() => server.mails.length).toBe(1);
    await expect.poll(async () => (await deliveriesOf(client))[0]).toMatchObject({ status: 'sent', attempts: 2, error: null });
  });

  it('that refuses a message is asked again', async () => {
    let refusals = 0;
    server.onMessage = () => {
      if (refusals++ === 0) throw Object.assign(new Error('later'), { responseCode: 451 });
    };
    const client = await register(app);
    await overdrawn(client);
    await expect.poll(async () => (await deliveriesOf(client))[0]).toMatchObject({ attempts: 1, error: expect.stringContaining('451') });
    await hurry();
    await expect.poll(() => server.mails.length).toBe(1);
  });
});

describe('a digest', () => {
  const bills = async (client: Client) => {
    const checking = account('depository', 'checking', 150, { name: 'Everyday' });
    await link(client, {
      accounts: [checking],
      transactions: [
        transaction(checking, '2026-03-16', 900, 'GRAND PIANO', {
          personal_finance_category: { primary: 'GENERAL_MERCHANDISE', detailed: 'GENERAL_MERCHANDISE_OTHER' },
        }),
      ],
    });
  };

  it('tells of all the others together, once', async () => {
    const client = await register(app);
    const { id } = await meOf(client);
    await bills(client);
    expect(server.mails).toEqual([]);
    await sendDigest(app.deps, id, '2026-03-18');
    await expect.poll(() => server.mails.length).toBe(1);
    const [mail] = server.mails;
    expect(mail?.subject).toBe('2 things worth a look');
    expect(mail?.text).toContain('Everyday is low: $150.00');
    expect(mail?.text).toContain('$900.00 at GRAND PIANO');
    await sendDigest(app.deps, id, '2026-03-18');
    await sendDigest(app.deps, id, '2026-03-19');
    await hurry();
    expect(await deliveriesOf(client)).toHaveLength(1);
  });

  it('leaves out what was read, put off or told already', async () => {
    const client = await register(app);
    const { id } = await meOf(client);
    await bills(client);
    const { alerts } = (await client.get('/api/alerts')).body;
    await client.patch(`/api/alerts/${alerts[0].id}`, { read: true });
    await client.patch(`/api/alerts/${alerts[1].id}`, { snooze_days: 2 });
    await sendDigest(app.deps, id, '2026-03-18');
    expect(await deliveriesOf(client)).toEqual([]);
    // What was put off is told once it is back.
    app.clock.now = new Date('2026-03-20T12:00:01Z');
    await sendDigest(app.deps, id, '2026-03-20');
    expect(await deliveriesOf(client)).toHaveLength(1);
  });

  it('does not come to who wants none', async () => {
    const client = await register(app);
    await client.patch('/api/me/notifications', { digest: 'off' });
    await bills(client);
    await sendDigest(app.deps, (await meOf(client)).id, '2026-03-18');
    expect(await deliveriesOf(client)).toEqual([]);
  });
});

it('the report of a month comes with the document, and a way out of its own', async () => {
  const client = await register(app);
  await link(client, smallHousehold());
  await writeMonthlyReport(app.deps, (await meOf(client)).id, '2026-02', 1);
  await expect.poll(() => server.mails.length).toBe(1);
  const [mail] = server.mails;
  expect(mail?.subject).toBe('Your February 2026');
  expect(mail?.text).toContain('Net worth: −$92,570.00 (+$2,540.00 (2.7 %))');
  expect(mail?.attachments).toMatchObject([{ filename: 'february-2026.pdf', contentType: 'application/pdf' }]);
  expect(mail?.attachments[0]?.content.subarray(0, 5).toString()).toBe('%PDF-');
  expect(mail?.headers.get('list')).toMatchObject({ unsubscribe: { url: expect.stringContaining('token=report.') } });
});

describe('the link out of an e-mail', () => {
  const linkIn = async (client: Client) => {
    await overdrawn(client);
    await expect.poll(() => server.mails.length).toBe(1);
    return (server.mails[0]?.headers.get('list') as unknown as { unsubscribe: { url: string } }).unsubscribe.url.replace(app.url, '');
  };

  it('switches that kind off in one click, without signing in, and nothing else', async () => {
    const client = await register(app);
    const path = await linkIn(client);
    const stranger = new Client(app);
    // Opening it does nothing: mail scanners open links.
    expect((await stranger.page(path)).text).toContain('urgent alerts');
    expect((await client.get('/api/me/notifications')).body.urgent_email).toBe(true);
    // As the page of a web mail sends it.
    const clicked = await stranger.send('POST', path, 'List-Unsubscribe=One-Click', {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'cross-site',
    });
    expect(clicked.status).toBe(200);
    expect((await client.get('/api/me/notifications')).body).toMatchObject({ urgent_email: false, digest: 'weekly', report_email: true });
    // The e-mail itself has the link too.
    expect(server.mails[0]?.html).toContain('No more of these e-mails');
    // It signs nobody in.
    expect((await stranger.get('/api/me')).status).toBe(401);
  });

  it('cannot be made up, nor turned into one of somebody else', async () => {
    const client = await register(app);
    const path = await linkIn(client);
    const other = (await meOf(await register(app))).id;
    const { id } = await meOf(client);
    for (const changed of [
      path.replace(id, other),
      path.replace('alert.', 'digest.'),
      `${path.slice(0, -2)}AA`,
      '/unsubscribe?token=',
      '/unsubscribe?token=x.y.z',
      '/unsubscribe',
    ])
      expect((await new Client(app).form(changed, { 'List-Unsubscribe': 'One-Click' })).status).toBe(400);
  });
});

it('a demo household’s mail, and all mail without a server, is kept for its reader', async () => {
  const lonely = await startTestApp();
  try {
    const client = await register(lonely);
    await link(client, { accounts: [account('depository', 'checking', -5, { name: 'Everyday' })] });
    await expect
      .poll(async () => (await client.get('/api/me/outbox')).body.messages)
      .toMatchObject([{ channel: 'email', status: 'kept', subject: 'Everyday is overdrawn: −$5.00' }]);
    const page = (await client.page('/settings')).text;
    expect(page).toContain('kept here');
    expect(page).toContain('Its balance is below zero.');
  } finally {
    await lonely.stop();
  }
});
