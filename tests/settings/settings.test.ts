import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, link, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const NEW_PASSWORD = 'seven-lanterns-on-a-hill';

/** The same person on another device. */
async function otherDevice(email: string, userAgent: string): Promise<Client> {
  const client = new Client(app);
  const answer = await client.send('POST', '/login', { email, password: PASSWORD }, { 'user-agent': userAgent });
  expect(answer.status).toBe(200);
  return client;
}
const emailOf = async (client: Client): Promise<string> => (await client.get('/api/me')).body.email;

describe('the forms of the page', () => {
  it('save, say so, and show what is stored', async () => {
    const client = await register(app);
    const saved = await client.form('/settings', { form: 'profile', name: 'Ada <b>Lovelace</b>', time_zone: 'Asia/Tokyo' });
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/settings?done=saved']);
    await client.form('/settings', { form: 'money', base_currency: 'EUR', net_worth_goal: '1,250,000.50' });
    expect((await client.get('/api/me')).body).toMatchObject({
      name: 'Ada <b>Lovelace</b>',
      time_zone: 'Asia/Tokyo',
      base_currency: 'EUR',
      net_worth_goal: 1_250_000.5,
    });
    const page = (await client.page('/settings?done=saved')).text;
    expect(page).toContain('Saved.');
    expect(page).toContain('value="Ada &lt;b&gt;Lovelace&lt;/b&gt;"');
    expect(page).toContain('value="1250000.5"');
    expect((await client.page('/settings?done=constructor')).text).not.toContain('role="status"><svg');
    await client.form('/settings', { form: 'money', base_currency: 'EUR', net_worth_goal: '' });
    expect((await client.get('/api/me')).body.net_worth_goal).toBeNull();
  });

  it('add and remove rates', async () => {
    const client = await register(app);
    expect((await client.form('/settings', { form: 'rate', currency: 'eur', rate: '1.0842', effective_on: '' })).status).toBe(303);
    const { rates } = (await client.get('/api/me/rates')).body;
    expect(rates).toMatchObject([{ currency: 'EUR', rate: 1.0842, effective_on: '2026-03-18' }]);
    expect((await client.page('/settings')).text).toContain('1.0842 USD');
    expect((await client.form('/settings', { form: 'remove_rate', id: rates[0].id })).status).toBe(303);
    expect((await client.get('/api/me/rates')).body.rates).toEqual([]);
    expect((await client.form('/settings', { form: 'remove_rate', id: rates[0].id })).status).toBe(404);
  });

  it.each([
    [{ form: 'profile', name: 'Ada', time_zone: 'Mars/Olympus' }, 'Time zone must be a time zone'],
    [{ form: 'money', base_currency: 'EUR', net_worth_goal: 'a lot' }, 'Net worth goal must be a number'],
    [{ form: 'money', base_currency: 'EUR', net_worth_goal: '-5' }, 'Net worth goal must be a number'],
    [{ form: 'rate', currency: 'EUR', rate: '0' }, 'The rate must be above 0'],
    [{ form: 'rate', currency: 'EUR', rate: '1,0842' }, 'The rate must be a number'],
    [{ form: 'money', base_currency: 'EUR', net_worth_goal: '500.000,00' }, 'Net worth goal must be a number'],
    [{ form: 'money', base_currency: 'EUR', net_worth_goal: '12,34,567' }, 'Net worth goal must be a number'],
    [{ form: 'rate', currency: 'USD', rate: '1' }, 'Currency is the base currency itself'],
    [{ form: 'rate', currency: 'EUR', rate: '1', surprise: 'x' }, 'surprise: is not known here'],
    [{ form: 'nonsense' }, 'form: is not one of this page'],
    [{ form: 'constructor' }, 'form: is not one of this page'],
    [{ name: 'Ada' }, 'form: is not one of this page'],
  ])('say what is wrong with %j and keep what was typed', async (fields, message) => {
    const client = await register(app);
    const answer = await client.form('/settings', fields as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
    if ('net_worth_goal' in fields) expect(answer.text).toContain(`value="${fields.net_worth_goal}"`);
  });
});

describe('a password', () => {
  it('is changed by who knows it, and ends the other sessions', async () => {
    const client = await register(app);
    const email = await emailOf(client);
    const phone = await otherDevice(email, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 Version/17.0 Mobile Safari/604.1');
    const wrong = await client.post('/api/me/password', { current_password: 'not this one', new_password: NEW_PASSWORD });
    expect([wrong.status, wrong.body.fields]).toEqual([403, { current_password: 'is not right' }]);
    const weak = await client.post('/api/me/password', { current_password: PASSWORD, new_password: 'aaaaaaaaaaaaaaa' });
    expect([weak.status, weak.body.fields]).toEqual([400, { new_password: 'is too easy to guess: use a few words, or more of them' }]);
    expect((await phone.get('/api/me')).status).toBe(200);

    expect((await client.form('/settings', { form: 'password', current_password: PASSWORD, new_password: NEW_PASSWORD })).status).toBe(303);
    expect((await client.get('/api/me')).status).toBe(200);
    expect((await phone.get('/api/me')).status).toBe(401);
    expect((await new Client(app).post('/login', { email, password: PASSWORD })).status).toBe(401);
    expect((await new Client(app).post('/login', { email, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('cannot be tried for ever', async () => {
    const client = await register(app);
    const attempt = () => client.post('/api/me/password', { current_password: 'not this one', new_password: NEW_PASSWORD });
    for (let tries = 0; tries < 10; tries++) expect((await attempt()).status).toBe(403);
    expect((await attempt()).status).toBe(429);
  });
});

describe('sessions', () => {
  it('are listed by device, and ended one by one or all others at once', async () => {
    const client = await register(app);
    const email = await emailOf(client);
    const phone = await otherDevice(email, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 Version/17.0 Mobile Safari/604.1');
    const laptop = await otherDevice(email, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0');
    const page = (await client.page('/settings')).text;
    expect(page).toContain('Safari on iOS');
    expect(page).toContain('Firefox on Linux');
    const secret = decodeURIComponent(phone.cookies.get('session') ?? '')
      .slice(2)
      .split('.')[0] as string;
    expect(page).not.toContain(secret);

    const [first] = [...page.matchAll(/name="form" value="end_session"><input type="hidden" name="id" value="([^"]+)"/g)];
    expect((await client.form('/settings', { form: 'end_session', id: first?.[1] as string })).status).toBe(303);
    const alive = async () => [(await phone.get('/api/me')).status, (await laptop.get('/api/me')).status];
    expect((await alive()).toSorted()).toEqual([200, 401]);
    await client.form('/settings', { form: 'end_other_sessions' });
    expect(await alive()).toEqual([401, 401]);
    expect((await client.get('/api/me')).status).toBe(200);
    const log = (await client.page('/settings')).text;
    for (const words of ['Account created', 'Signed in', 'Signed a device out', 'Signed all other devices out'])
      expect(log).toContain(words);
  });

  it('of somebody else are out of reach', async () => {
    const [ada, bob] = [await register(app), await register(app)];
    const phone = await otherDevice(await emailOf(bob), 'Firefox/140.0');
    const [id] = [...(await bob.page('/settings')).text.matchAll(/name="id" value="([^"]+)"/g)].map((match) => match[1] as string);
    expect((await ada.form('/settings', { form: 'end_session', id: id as string })).status).toBe(404);
    expect((await phone.get('/api/me')).status).toBe(200);
  });
});

describe('the export', () => {
  it('has everything of the person to the last digit, nothing of anybody else, and no secrets', async () => {
    const [ada, bob] = [await register(app, { name: 'Ada' }), await register(app)];
    const checking = account('depository', 'checking', 100);
    const rows = [transaction(checking, '2026-03-02', 5.25, 'COFFEE'), transaction(checking, '2026-03-03', 1_234.5, 'ROOF "TILES"')];
    await link(ada, { accounts: [checking], transactions: rows });
    await link(bob, { accounts: [account('depository', 'savings', 7)], transactions: [] });
    const answer = await ada.get('/api/me/export');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="everything.json"');
    const everything = JSON.parse(answer.text);
    expect(everything.profile).toMatchObject([{ name: 'Ada' }]);
    expect(everything.institutions).toMatchObject([{ institution_name: 'Test Bank' }]);
    expect(everything.accounts).toHaveLength(1);
    expect(everything.transactions.map((row: { name: string; amount: number }) => [row.name, row.amount])).toEqual([
      ['COFFEE', 5.25],
      ['ROOF "TILES"', 1_234.5],
    ]);
    expect(everything.log.map((entry: { action: string }) => entry.action)).toEqual(['register', 'link', 'export']);
    expect(answer.text).not.toMatch(/access_token|password|v1\.[^"]+\.[^"]+\./);
    expect(JSON.parse((await bob.get('/api/me/export')).text).transactions).toEqual([]);
  });
});

it('a download that nobody reads to its end is no failure, and gives its connection back', async () => {
  const client = await register(app);
  const { pool } = app.deps.database;
  await pool.query(
    "INSERT INTO exchange_rates (user_id, currency, base_currency, rate, effective_on) SELECT id, 'EUR', 'USD', 1, date '1900-01-01' + n FROM users, generate_series(1, 40000) AS n WHERE email = $1",
    [await emailOf(client)],
  );
  const aborted = new AbortController();
  const response = await fetch(`${app.url}/api/me/export`, { headers: { cookie: client.cookie }, signal: aborted.signal });
  await response.body?.getReader().read();
  aborted.abort();
  await expect.poll(() => app.logged().includes('request aborted')).toBe(true);
  await expect.poll(() => pool.idleCount).toBe(pool.totalCount);
  expect(app.logged()).not.toContain('request failed');
  expect((await client.get('/api/me')).status).toBe(200);
});

describe('leaving', () => {
  it('needs the password on the page too', async () => {
    const client = await register(app);
    const email = await emailOf(client);
    const refused = await client.form('/settings', { form: 'delete', password: 'not this one' });
    expect([refused.status, refused.text.includes('The password is not right.')]).toEqual([403, true]);
    const left = await client.form('/settings', { form: 'delete', password: PASSWORD });
    expect([left.status, left.headers.get('location')]).toEqual([303, '/login']);
    expect((await new Client(app).post('/login', { email, password: PASSWORD })).status).toBe(401);
  });
});
