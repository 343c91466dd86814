import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };

describe('registering', () => {
  it('signs in, as a form and as JSON', async () => {
    const client = new Client(app);
    const answer = await client.send(
      'POST',
      '/register',
      form({ email: 'Form@Example.org', password: PASSWORD, name: 'Ada', time_zone: 'Europe/Berlin' }),
      FORM,
    );
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect((await client.page('/')).status).toBe(200);
    const json = await new Client(app).post('/register', { email: 'json@example.org', password: PASSWORD, name: 'Bo' });
    expect(json).toMatchObject({ status: 201, body: { user: { email: 'json@example.org', name: 'Bo' } } });
    expect(JSON.stringify(json.body)).not.toContain('hash');
    const indifferent = await new Client(app).send(
      'POST',
      '/register',
      { email: 'any@example.org', password: PASSWORD },
      { accept: '*/*' },
    );
    expect(indifferent).toMatchObject({ status: 201, body: { user: { email: 'any@example.org' } } });
  });

  it.each([
    ['a short password', { password: 'short' }, 'password'],
    ['a common password', { password: 'password1234' }, 'password'],
    ['the address as password', { password: 'someone@example.org', email: 'someone@example.org' }, 'password'],
    ['no address', { email: 'nobody' }, 'email'],
    ['an unknown time zone', { time_zone: 'Mars/Olympus' }, 'time_zone'],
    ['an unknown field', { is_admin: true }, 'is_admin'],
    ['an object as address', { email: { not: 'x' } }, 'email'],
  ])('refuses %s', async (_what, more, field) => {
    const answer = await new Client(app).post('/register', { email: 'new@example.org', password: PASSWORD, ...more });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.fields)).toContain(field);
  });

  it('refuses a taken address, whatever its case', async () => {
    await new Client(app).post('/register', { email: 'taken@example.org', password: PASSWORD });
    expect((await new Client(app).post('/register', { email: 'TAKEN@example.org', password: PASSWORD })).status).toBe(409);
  });

  it('shows the form again with what was wrong', async () => {
    const answer = await new Client(app).send('POST', '/register', form({ email: '"><script>', password: 'x' }), FORM);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('must be an e-mail address');
    expect(answer.text).not.toContain('"><script>');
  });
});

describe('signing in', () => {
  const signIn = (email: string, password: string) => new Client(app).post('/login', { email, password });

  it('says the same whether the address exists or not', async () => {
    await new Client(app).post('/register', { email: 'there@example.org', password: PASSWORD });
    const [wrong, unknown] = [
      await signIn('there@example.org', 'not the password'),
      await signIn('nobody@example.org', 'not the password'),
    ];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(unknown.body);
    expect((await signIn('There@Example.org', PASSWORD)).status).toBe(200);
  });

  it('is slowed down after ten failures, for that person from there alone', async () => {
    await new Client(app).post('/register', { email: 'victim@example.org', password: PASSWORD });
    for (let attempt = 0; attempt < 10; attempt++) expect((await signIn('victim@example.org', 'wrong')).status).toBe(401);
    const refused = await signIn('victim@example.org', PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('leads on to a page of ours only', async () => {
    await new Client(app).post('/register', { email: 'next@example.org', password: PASSWORD });
    const go = async (next: string) =>
      (await new Client(app).send('POST', '/login', form({ email: 'next@example.org', password: PASSWORD, next }), FORM)).headers.get(
        'location',
      );
    expect(await go('/transactions?page=2')).toBe('/transactions?page=2');
    for (const elsewhere of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/\nevil',
      '/..//evil.example',
    ])
      expect(await go(elsewhere)).toBe('/');
  });

  it('sends people to the sign-in page and programs a 401', async () => {
    const client = new Client(app);
    const page = await client.page('/transactions?search=x');
    expect([page.status, page.headers.get('location')]).toEqual([303, '/login?next=%2Ftransactions%3Fsearch%3Dx']);
    expect(await client.get('/api/dashboard/overview')).toMatchObject({ status: 401, body: { code: 'signed_out' } });
  });
});

describe('sessions', () => {
  it('end on the server when one signs out', async () => {
    const client = await register(app);
    const session = client.cookies.get('session') as string;
    const answer = await client.post('/logout');
    expect([answer.status, answer.headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"']);
    client.cookies.set('session', session);
    expect((await client.get('/api/plaid/items')).status).toBe(401);
  });

  it('get a new id at sign-in', async () => {
    const client = await register(app);
    const before = client.cookie;
    await client.post('/register', { email: `again-${Math.trunc(performance.now() * 1000)}@example.org`, password: PASSWORD });
    expect(client.cookie).not.toBe(before);
  });

  it('end after fourteen days in any case', async () => {
    const client = await register(app);
    const start = app.clock.now;
    app.clock.now = new Date(start.getTime() + 15 * 24 * 3_600_000);
    expect((await client.get('/api/plaid/items')).status).toBe(401);
    app.clock.now = start;
  });

  it('travel in a cookie that scripts cannot read', async () => {
    const answer = await new Client(app).post('/register', { email: 'cookie@example.org', password: PASSWORD });
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
  });

  it('are written at most once a minute', async () => {
    const client = await register(app);
    const version = async () => (await app.deps.database.pool.query('SELECT sum(xmin::text::bigint) AS v FROM sessions')).rows[0].v;
    const before = await version();
    await client.get('/api/plaid/items');
    await client.get('/api/plaid/items');
    expect(await version()).toBe(before);
  });
});
