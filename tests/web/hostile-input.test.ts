import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { Client, link, register, startTestApp, type TestApp, transactions } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
let client: Client;
let ids: { item: string; account: string; transaction: string };
beforeAll(async () => {
  app = await startTestApp();
  client = await register(app);
  const checking = account('depository', 'checking', 100);
  const linked = await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 5, 'COFFEE')] });
  const [own] = (await client.get('/api/dashboard/accounts')).body;
  const [row] = (await transactions(client)).transactions;
  ids = { item: linked.id, account: own.id, transaction: row.id };
});
afterAll(() => app.stop());

/** Every route of the app with the methods it answers: one that is missing here fails the test below. */
const ROUTES: Record<string, { method: string; path: string; open?: boolean; write?: unknown }> = Object.fromEntries(
  [
    { method: 'GET', path: '/healthz', open: true },
    { method: 'GET', path: '/readyz', open: true },
    { method: 'GET', path: '/icons.svg', open: true },
    { method: 'GET', path: '/vendor/chart.js', open: true },
    { method: 'GET', path: '/styleguide', open: true },
    { method: 'GET', path: '/vendor/inter.woff2', open: true },
    { method: 'GET', path: '/vendor/inter-ext.woff2', open: true },
    { method: 'POST', path: '/api/plaid/webhook', open: true },
    { method: 'GET', path: '/register', open: true },
    { method: 'GET', path: '/login', open: true },
    { method: 'POST', path: '/register', open: true, write: {} },
    { method: 'POST', path: '/login', open: true, write: {} },
    { method: 'POST', path: '/logout', open: true, write: {} },
    { method: 'POST', path: '/demo', open: true, write: {} },
    { method: 'GET', path: '/forgot-password', open: true },
    { method: 'POST', path: '/forgot-password', open: true, write: {} },
    { method: 'GET', path: '/reset-password', open: true },
    { method: 'POST', path: '/reset-password', open: true, write: {} },
    { method: 'GET', path: '/change-email', open: true },
    { method: 'POST', path: '/change-email', open: true, write: {} },
    { method: 'GET', path: '/undo-email', open: true },
    { method: 'POST', path: '/undo-email', open: true, write: {} },
    { method: 'GET', path: '/confirm' },
    { method: 'POST', path: '/confirm', write: {} },
    { method: 'POST', path: '/api/me/confirm', write: { password: 'x' } },
    { method: 'POST', path: '/api/me/email', write: { email: 'x' } },
    { method: 'POST', path: '/api/invitations', write: {} },
    { method: 'POST', path: '/api/plaid/create-link-token', write: {} },
    { method: 'POST', path: '/api/plaid/exchange-token', write: { public_token: 'x' } },
    { method: 'GET', path: '/api/plaid/items' },
    { method: 'DELETE', path: '/api/plaid/items/:id', write: undefined },
    { method: 'POST', path: '/api/plaid/items/:id/repaired', write: undefined },
    { method: 'POST', path: '/api/plaid/items/:id/sync', write: undefined },
    { method: 'POST', path: '/api/plaid/sync-all', write: undefined },
    { method: 'GET', path: '/api/plaid/items/:id/progress' },
    { method: 'GET', path: '/api/plaid/items/:id/events' },
    { method: 'DELETE', path: '/api/me', write: { password: 'x' } },
    { method: 'GET', path: '/api/dashboard/overview' },
    { method: 'GET', path: '/api/dashboard/net-worth' },
    { method: 'GET', path: '/api/dashboard/cash-flow' },
    { method: 'GET', path: '/api/dashboard/portfolio' },
    { method: 'GET', path: '/api/dashboard/forecast' },
    { method: 'GET', path: '/api/dashboard/accounts' },
    { method: 'GET', path: '/api/dashboard/accounts/duplicates' },
    { method: 'POST', path: '/api/dashboard/accounts/duplicates', write: {} },
    { method: 'PATCH', path: '/api/dashboard/accounts/:id', write: { is_asset: true } },
    { method: 'GET', path: '/api/dashboard/transactions' },
    { method: 'GET', path: '/api/dashboard/transactions.csv' },
    { method: 'PATCH', path: '/api/dashboard/transactions/:id', write: { note: 'x' } },
    { method: 'GET', path: '/api/dashboard/net-worth/bridge' },
    { method: 'GET', path: '/api/dashboard/explain' },
    { method: 'GET', path: '/api/dashboard/transfers' },
    { method: 'POST', path: '/api/dashboard/transfers/:id/accept', write: undefined },
    { method: 'POST', path: '/api/dashboard/transfers/:id/reject', write: undefined },
    { method: 'GET', path: '/api/dashboard/rules' },
    { method: 'POST', path: '/api/dashboard/rules', write: { merchant: 'X', category: 'Y' } },
    { method: 'POST', path: '/api/dashboard/rules/preview', write: { merchant: 'X', category: 'Y' } },
    { method: 'PATCH', path: '/api/dashboard/rules/:id', write: { category: 'Z' } },
    { method: 'DELETE', path: '/api/dashboard/rules/:id', write: undefined },
    { method: 'GET', path: '/api/dashboard/recurring' },
    { method: 'PATCH', path: '/api/dashboard/recurring/:id', write: { confirmed: true } },
    { method: 'GET', path: '/api/me' },
    { method: 'PATCH', path: '/api/me', write: { name: 'Ada' } },
    { method: 'GET', path: '/api/me/rates' },
    { method: 'POST', path: '/api/me/rates', write: { currency: 'EUR', rate: '1.08' } },
    { method: 'DELETE', path: '/api/me/rates/:id', write: undefined },
    { method: 'GET', path: '/explain' },
    { method: 'POST', path: '/transactions/review', write: {} },
    { method: 'POST', path: '/api/dashboard/transactions/bulk', write: { changes: [] } },
    { method: 'GET', path: '/transactions/:id' },
    { method: 'POST', path: '/transactions/:id', write: {} },
    { method: 'POST', path: '/transactions/bulk', write: {} },
    { method: 'GET', path: '/net-worth' },
    { method: 'GET', path: '/cash-flow' },
    { method: 'GET', path: '/recurring' },
    { method: 'POST', path: '/recurring', write: {} },
    { method: 'GET', path: '/portfolio' },
    { method: 'GET', path: '/settings' },
    { method: 'POST', path: '/settings', write: {} },
    { method: 'POST', path: '/api/me/password', write: { current_password: 'x', new_password: 'y' } },
    { method: 'GET', path: '/api/me/export' },
    { method: 'GET', path: '/api/export' },
    { method: 'POST', path: '/api/import', write: {} },
    { method: 'POST', path: '/settings/import', write: {} },
    { method: 'GET', path: '/api/me/notifications' },
    { method: 'PATCH', path: '/api/me/notifications', write: { digest: 'daily' } },
    { method: 'POST', path: '/api/me/notifications/test', write: { channel: 'email' } },
    { method: 'GET', path: '/api/me/outbox' },
    { method: 'GET', path: '/confirm-email', open: true },
    { method: 'POST', path: '/confirm-email', open: true, write: {} },
    { method: 'GET', path: '/unsubscribe', open: true },
    { method: 'POST', path: '/unsubscribe', open: true, write: {} },
    { method: 'GET', path: '/api/alerts' },
    { method: 'POST', path: '/api/alerts/read-all', write: {} },
    { method: 'GET', path: '/api/alerts/:id' },
    { method: 'PATCH', path: '/api/alerts/:id', write: { read: true } },
    { method: 'GET', path: '/api/alert-rules' },
    { method: 'PATCH', path: '/api/alert-rules/:kind', write: { enabled: true } },
    { method: 'DELETE', path: '/api/alert-mutes/:id', write: undefined },
    { method: 'GET', path: '/alerts' },
    { method: 'POST', path: '/alerts', write: {} },
    { method: 'GET', path: '/api/reports' },
    { method: 'POST', path: '/api/reports', write: { kind: 'year', year: 2026 } },
    { method: 'GET', path: '/api/reports/:id.pdf' },
    { method: 'GET', path: '/api/reports/:id' },
    { method: 'DELETE', path: '/api/reports/:id', write: undefined },
    { method: 'GET', path: '/reports' },
    { method: 'POST', path: '/reports', write: {} },
    { method: 'GET', path: '/reports/:id.pdf' },
    { method: 'GET', path: '/reports/:id' },
    { method: 'GET', path: '/api/events' },
    { method: 'GET', path: '/' },
    { method: 'GET', path: '/accounts' },
    { method: 'POST', path: '/accounts', write: {} },
    { method: 'GET', path: '/accounts/return' },
    { method: 'GET', path: '/transactions' },
  ].map((route) => [`${route.method} ${route.path}`, route]),
);
const signedIn = Object.values(ROUTES).filter((route) => !route.open);
const writes = Object.values(ROUTES).filter((route) => route.method !== 'GET' && route.path !== '/api/plaid/webhook');

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

/** The routes that the app really has; a router's own path, without where it is mounted. */
function routesOf(): string[] {
  const walk = (layers: Layer[]): string[] =>
    layers.flatMap((layer) => {
      if (layer.route) return Object.keys(layer.route.methods).map((method) => `${method.toUpperCase()} ${layer.route?.path}`);
      return layer.handle.stack ? walk(layer.handle.stack) : [];
    });
  return walk((createApp(app.deps) as unknown as { router: { stack: Layer[] } }).router.stack);
}

it('every route of the app is in the matrix', () => {
  const known = Object.values(ROUTES);
  const missing = routesOf().filter((found) => {
    const [method, path] = found.split(' ') as [string, string];
    return !known.some((route) => route.method === method && (route.path === path || route.path.endsWith(path)));
  });
  expect(missing).toEqual([]);
});

const fill = (path: string, id: string) => path.replace(':id', id);
const idFor = (path: string) => (path.includes('/accounts/') ? ids.account : path.includes('/transactions/') ? ids.transaction : ids.item);

describe.each(signedIn.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  it('is closed to who is not signed in', async () => {
    const anything = await new Client(app).send(route.method, fill(route.path, 'x'), route.write, { accept: '*/*' });
    expect(anything.status).toBe(route.path.startsWith('/api/') || route.write ? 401 : 303);
    const answer = await new Client(app).send(route.method, fill(route.path, '00000000-0000-4000-8000-000000000000'), route.write);
    expect(answer.status).toBe(401);
  });

  if (route.path.includes(':id')) {
    it.each([
      '00000000-0000-4000-8000-000000000000',
      'nope',
      '%00',
      "';--",
      '../../etc/passwd',
      '__proto__',
    ])('finds nothing for the id %s', async (id) => {
      const answer = await client.send(route.method, fill(route.path, encodeURIComponent(id)), route.write);
      expect([400, 404]).toContain(answer.status);
    });
  }
});

describe.each(writes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
  ])('is refused when it comes from %s', async (_where, headers) => {
    // The link out of an e-mail says itself who may use it, from wherever.
    if (route.path === '/unsubscribe') return;
    const answer = await client.send(
      route.method,
      fill(route.path, idFor(route.path)),
      route.write,
      headers as unknown as Record<string, string>,
    );
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site' } });
  });

  it('takes no JSON that says it is text', async () => {
    const answer = await client.send(route.method, fill(route.path, idFor(route.path)), '{"a":1}', { 'content-type': 'text/plain' });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['a prototype', '{"__proto__":{"a":1}}'],
    ['an operator', '{"note":{"not":"x"},"email":{"not":"x"},"public_token":{"not":"x"},"is_asset":{"not":true},"kind":{"not":"x"}}'],
    ['a list', '[1,2]'],
    ['half of JSON', '{"a":'],
    ['a number', '7'],
    ['100 kB', JSON.stringify({ note: 'x'.repeat(110_000) })],
    ['NUL', JSON.stringify({ note: 'a\u0000b', email: 'a\u0000@b', public_token: '\u0000' })],
  ])('answers %s with a clear refusal', async (_what, body) => {
    // These take no body, or none that matters: what they do is done by others below.
    if (
      ['/logout', '/api/plaid/sync-all'].includes(route.path) ||
      route.path.endsWith('/sync') ||
      route.path.endsWith('/repaired') ||
      route.method === 'DELETE'
    )
      return;
    const answer = await client.send(route.method, fill(route.path, idFor(route.path)), body);
    // What may only be brought into an empty account is refused for that.
    expect(route.path === '/api/import' ? [409] : [400, 404, 413], answer.text).toContain(answer.status);
    expect(answer.body.error).toEqual(expect.any(String));
    expect(answer.text).not.toMatch(/prisma|select |stack|node_modules/i);
  });
});

describe('query strings', () => {
  it.each([
    ['/api/dashboard/net-worth?days=0', 'days'],
    ['/api/dashboard/net-worth?days=3651', 'days'],
    ['/api/dashboard/net-worth?days=1.5', 'days'],
    ['/api/dashboard/net-worth?days=30&days=60', 'days'],
    ['/api/dashboard/net-worth?day=30', 'day'],
    ['/api/dashboard/cash-flow?start_date=2026-02-30', 'start_date'],
    ['/api/dashboard/cash-flow?start_date=2026-03-10&end_date=2026-03-01', 'end_date'],
    ['/api/dashboard/portfolio?days=abc', 'days'],
    ['/api/dashboard/forecast?days=91', 'days'],
    ['/api/dashboard/net-worth/bridge?end_date=2030-01-01', 'end_date'],
    ['/api/dashboard/net-worth/bridge?start_date=2026-03-10&end_date=2026-03-10', 'start_date'],
    ['/api/dashboard/net-worth/bridge?start_date=1950-01-01', 'start_date'],
    ['/api/dashboard/explain', 'figure'],
    ['/api/dashboard/explain?figure=net_worth.__proto__', 'figure'],
    ['/api/dashboard/explain?figure=net_worth.net_worth&flow=gift', 'flow'],
    ['/api/dashboard/explain?figure=cash_flow.total_income&start_date=2026-03-10&end_date=2026-03-01', 'end_date'],
    ['/api/dashboard/explain?figure=performance.twr&period=2W', 'period'],
    ['/api/dashboard/explain?figure=cash_flow.merchant&merchant=%00', 'merchant'],
    ['/api/dashboard/transfers?status=maybe', 'status'],
    ['/api/dashboard/transfers?page=0', 'page'],
    ['/api/dashboard/recurring?x=1', 'x'],
    ['/api/dashboard/transactions?merchant=a%00b', 'merchant'],
    ['/api/dashboard/transactions?recurring=nope', 'recurring'],
    ['/api/me?x=1', 'x'],
    ['/api/alerts?state=lost', 'state'],
    ['/api/alerts?per_page=201', 'per_page'],
    ['/api/alert-rules?x=1', 'x'],
    ['/api/reports?x=1', 'x'],
    ['/api/export?format=xml', 'format'],
    ['/api/export?month=2026-13', 'month'],
    ['/api/dashboard/overview?x=1', 'x'],
    ['/api/dashboard/transactions?per_page=0', 'per_page'],
    ['/api/dashboard/transactions?per_page=201', 'per_page'],
    ['/api/dashboard/transactions?page=-1', 'page'],
    ['/api/dashboard/transactions?account_id=nope', 'account_id'],
    ['/api/dashboard/transactions?flow=gift', 'flow'],
    ['/api/dashboard/transactions?min_amount=lots', 'min_amount'],
    ['/api/dashboard/transactions?min_amount=5&max_amount=1', 'max_amount'],
    ['/api/dashboard/cash-flow?start_date=2030-01-01', 'start_date'],
    ['/api/dashboard/transactions?sort=random', 'sort'],
    ['/api/dashboard/transactions?pending=maybe', 'pending'],
    ['/api/dashboard/transactions?search[not]=x', 'search[not]'],
    ['/api/dashboard/transactions?start_date=2026-03-02&end_date=2026-03-01', 'end_date'],
  ])('%s is refused by name', async (path, field) => {
    const answer = await client.get(path);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.fields)).toContain(field);
  });

  it.each(['%', '_', "'", '\\', 'é', '🧁'])('search for %s is only text', async (text) => {
    const answer = await client.get(`/api/dashboard/transactions?search=${encodeURIComponent(text)}`);
    expect(answer.status).toBe(200);
    expect(answer.body.transactions).toEqual([]);
  });

  it('a NUL in a search is refused or finds nothing, never an error of ours', async () => {
    expect((await client.get('/api/dashboard/transactions?search=%00')).status).toBeLessThan(500);
    expect((await client.get('/api/dashboard/transactions?category=%00')).status).toBeLessThan(500);
    expect((await client.get('/api/dashboard/transactions?currency=%00')).status).toBeLessThan(500);
    expect((await client.get('/api/dashboard/transactions?search=%E0%A4%A')).status).toBeLessThan(500);
  });
});

describe('headers', () => {
  it('allow no script but ours and nothing to be kept or framed', async () => {
    const answer = await client.page('/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  it('and pages without inline script or style', async () => {
    for (const path of ['/', '/accounts', '/transactions']) {
      const { text } = await client.page(path);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/);
      expect(text).not.toMatch(/\sstyle="/);
      expect(text).not.toMatch(/\son\w+="/);
    }
    const { text } = await new Client(app).page('/login');
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/);
  });
});

it('an unknown path is not found, as JSON and as a page', async () => {
  expect(await client.get('/api/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  const page = await client.page('/nothing');
  expect(page.status).toBe(404);
  expect(page.text).toContain('There is nothing here by that name.');
});
