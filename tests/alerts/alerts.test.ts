import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../test-app.ts';
import { type Linked, link, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, add, category, setData, transaction } from '../test-bank.ts';

let app: TestApp;
const NOON = new Date('2026-03-18T12:00:00Z');
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.clock.now = NOON;
});

const alertsOf = async (client: Client, state = 'open') => (await client.get(`/api/alerts?state=${state}`)).body;
const shopping = category('GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_ELECTRONICS');

/** A person with one account of 150 dollars, and a piano bought two days ago. */
async function pianist(): Promise<Linked & { client: Client }> {
  const client = await register(app);
  const checking = account('depository', 'checking', 150, { name: 'Everyday' });
  const piano = transaction(checking, '2026-03-16', 900, 'GRAND PIANO', shopping);
  return { client, ...(await link(client, { accounts: [checking], transactions: [piano] })) };
}

const setBalance = (item: Linked['item'], current: number) => {
  const accounts = item.data.accounts.map((one) => ({ ...one, balances: { ...one.balances, current } }));
  setData(item, { accounts });
};

describe('through a whole sync', () => {
  it('what holds is raised once, updated while it holds, and resolved', async () => {
    const { client, id, item } = await pianist();
    const first = await alertsOf(client);
    expect(first.alerts.map(({ kind, title }: { kind: string; title: string }) => [kind, title]).sort()).toEqual(
      [
        ['large_transaction', '$900.00 at GRAND PIANO'],
        ['low_balance', 'Everyday is low: $150.00'],
      ].sort(),
    );
    expect(first.counts).toEqual({ open: 2, unread: 2, snoozed: 0, past: 0 });
    await sync(client, id);
    expect((await alertsOf(client)).alerts.map((alert: { id: string }) => alert.id).sort()).toEqual(
      first.alerts.map((alert: { id: string }) => alert.id).sort(),
    );
    setBalance(item, 120);
    await sync(client, id);
    const updated = (await alertsOf(client)).alerts.find(({ kind }: { kind: string }) => kind === 'low_balance');
    expect(updated).toMatchObject({ title: 'Everyday is low: $120.00', amount: 120, raised_at: NOON.toISOString() });
    setBalance(item, 5_000);
    await sync(client, id);
    const now = await alertsOf(client);
    expect(now.alerts.map(({ kind }: { kind: string }) => kind)).toEqual(['large_transaction']);
    expect((await alertsOf(client, 'past')).alerts).toMatchObject([{ kind: 'low_balance', resolved_at: NOON.toISOString() }]);
  });

  it('a merchant known under another store number is not new', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 5_000);
    const bought = (date: string, name: string, amount: number) => transaction(checking, date, amount, name, shopping);
    await link(client, {
      accounts: [checking],
      transactions: [
        bought('2025-11-20', 'OAK & PINE #0412', 130),
        bought('2026-03-16', 'OAK & PINE #0977', 140),
        bought('2026-03-16', 'ELM & BIRCH #7', 150),
      ],
    });
    const { alerts } = await alertsOf(client);
    const firsts = alerts.filter(({ kind }: { kind: string }) => kind === 'new_merchant');
    expect(firsts.map(({ title }: { title: string }) => title)).toEqual(['First time at ELM & BIRCH #7: $150.00']);
  });

  it('it says why, with the rows behind it', async () => {
    const { client } = await pianist();
    const { alerts } = await alertsOf(client);
    const large = alerts.find(({ kind }: { kind: string }) => kind === 'large_transaction');
    const detail = (await client.get(`/api/alerts/${large.id}`)).body;
    expect(detail.transactions).toMatchObject([{ name: 'GRAND PIANO', amount: 900 }]);
    expect(detail).toMatchObject({
      amount: 900,
      currency: 'USD',
      why: [
        { label: 'Amount', value: '$900.00' },
        { label: 'On', value: 'Mar 16, 2026, Everyday' },
      ],
    });
    const page = (await client.page('/alerts')).text;
    expect(page).toContain('Worth a look');
    expect(page).toContain('$900.00 at GRAND PIANO');
    expect(page).toContain(`href="/transactions/${detail.transactions[0].id}`);
  });

  it('unusual spending leads to rows whose total is the figure', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 9_000);
    const usual = ['2025-12', '2026-01', '2026-02'].map((month) => transaction(checking, `${month}-10`, 100, 'SHOP', shopping));
    const now = [
      transaction(checking, '2026-03-03', 180, 'SHOP', shopping),
      transaction(checking, '2026-03-09', 95.5, 'OTHER SHOP', shopping),
    ];
    const open = transaction(checking, '2025-11-15', 1, 'START', category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_COFFEE'));
    await link(client, { accounts: [checking], transactions: [open, ...usual, ...now] });
    const alert = (await alertsOf(client)).alerts.find(({ kind }: { kind: string }) => kind === 'unusual_spending');
    expect(alert).toMatchObject({ title: 'Shopping: $275.50 so far this month', amount: 275.5 });
    const list = (await client.get(alert.href.replace('/transactions', '/api/dashboard/transactions'))).body;
    expect(list.totals.expenses).toBe(275.5);
  });

  it('a purchase that the bank takes back is told no more', async () => {
    const { client, id, item } = await pianist();
    const { remove } = await import('../test-bank.ts');
    const [piano] = (await client.get('/api/dashboard/transactions')).body.transactions;
    expect(piano.name).toBe('GRAND PIANO');
    const { rows } = await app.deps.database.pool.query('SELECT transaction_id FROM transactions WHERE id = $1', [piano.id]);
    remove(item, {
      ...transaction(item.data.accounts[0] as never, '2026-03-16', 900, 'GRAND PIANO'),
      transaction_id: rows[0].transaction_id,
    });
    await sync(client, id);
    expect((await alertsOf(client)).alerts.map(({ kind }: { kind: string }) => kind)).toEqual(['low_balance']);
  });
});

describe('what a person says of it', () => {
  it('read, put off, dismissed and brought back', async () => {
    const { client } = await pianist();
    const [one, two] = (await alertsOf(client)).alerts;
    const say = async (id: string, body: object) => (await client.patch(`/api/alerts/${id}`, body)).body.alert;
    expect((await say(one.id, { read: true })).read_at).toBe(NOON.toISOString());
    expect((await alertsOf(client)).counts).toMatchObject({ open: 2, unread: 1 });
    expect((await say(one.id, { read: false })).read_at).toBeNull();
    expect((await say(one.id, { snooze_days: 7 })).snoozed_until).toBe('2026-03-25T12:00:00.000Z');
    expect((await alertsOf(client)).counts).toMatchObject({ open: 1, snoozed: 1 });
    app.clock.now = new Date('2026-03-25T12:00:00Z');
    expect((await alertsOf(client)).counts).toMatchObject({ open: 2, snoozed: 0 });
    await say(two.id, { dismissed: true });
    expect((await alertsOf(client)).counts).toMatchObject({ open: 1, past: 1 });
    await say(two.id, { dismissed: false });
    expect((await alertsOf(client)).counts).toMatchObject({ open: 2, past: 0 });
    await client.post('/api/alerts/read-all');
    expect((await alertsOf(client)).counts).toMatchObject({ open: 2, unread: 0 });
  });

  it('what is dismissed stays so while it holds', async () => {
    const { client, id, item } = await pianist();
    const low = (await alertsOf(client)).alerts.find(({ kind }: { kind: string }) => kind === 'low_balance');
    await client.patch(`/api/alerts/${low.id}`, { dismissed: true });
    setBalance(item, 140);
    await sync(client, id);
    expect((await alertsOf(client)).alerts.map(({ kind }: { kind: string }) => kind)).toEqual(['large_transaction']);
  });

  it('never again for this merchant, until they say otherwise', async () => {
    const { client, id, item } = await pianist();
    const large = (await alertsOf(client)).alerts.find(({ kind }: { kind: string }) => kind === 'large_transaction');
    expect((await client.form('/alerts', { act: 'never', id: large.id })).status).toBe(303);
    const [checking] = item.data.accounts;
    add(item, transaction(checking as never, '2026-03-17', 950, 'GRAND PIANO', shopping));
    await sync(client, id);
    expect((await alertsOf(client)).alerts.map(({ kind }: { kind: string }) => kind)).toEqual(['low_balance']);
    const { muted } = (await client.get('/api/alert-rules')).body;
    expect(muted).toMatchObject([{ kind: 'large_transaction', subject: 'GRAND PIANO' }]);
    expect((await client.page('/alerts?state=rules')).text).toContain('GRAND PIANO');
    await client.delete(`/api/alert-mutes/${muted[0].id}`);
    expect((await alertsOf(client)).alerts.map(({ title }: { title: string }) => title)).toContain('$950.00 at GRAND PIANO');
  });

  it('is theirs alone', async () => {
    const { client } = await pianist();
    const [alert] = (await alertsOf(client)).alerts;
    const other = await register(app);
    expect((await other.get(`/api/alerts/${alert.id}`)).status).toBe(404);
    expect((await other.patch(`/api/alerts/${alert.id}`, { dismissed: true })).status).toBe(404);
    expect((await other.form('/alerts', { act: 'dismiss', id: alert.id })).status).toBe(404);
    expect((await other.form('/alerts', { act: 'never', id: alert.id })).status).toBe(404);
    expect((await other.page(`/alerts?show=${alert.id}`)).text).not.toContain(alert.title);
    expect((await alertsOf(client)).counts).toMatchObject({ open: 2 });
  });

  it('refuses what makes no sense', async () => {
    const { client } = await pianist();
    const [alert] = (await alertsOf(client)).alerts;
    for (const body of [
      { snooze_days: 0 },
      { snooze_days: 366 },
      { snooze_days: 1.5 },
      { never: false },
      { read: 'yes' },
      { snooze_days: 1, snoozed_until: null },
    ])
      expect((await client.patch(`/api/alerts/${alert.id}`, body)).status).toBe(400);
  });
});

describe('rules', () => {
  it('follow the person’s own thresholds at once', async () => {
    const { client } = await pianist();
    await client.patch('/api/alert-rules/low_balance', { parameters: { amount: 100 } });
    await client.patch('/api/alert-rules/large_transaction', { enabled: false });
    expect((await alertsOf(client)).alerts).toEqual([]);
    const form = await client.form('/alerts', { act: 'rule', kind: 'low_balance', enabled: 'on', amount: '1,000' });
    expect(form.status).toBe(303);
    expect((await alertsOf(client)).alerts).toMatchObject([{ kind: 'low_balance', why: [{}, { value: '$1,000.00' }] }]);
    const { rules } = (await client.get('/api/alert-rules')).body;
    expect(rules.find(({ kind }: { kind: string }) => kind === 'low_balance')).toMatchObject({
      enabled: true,
      parameters: [{ name: 'amount', value: 1_000, standard: 200 }],
    });
    // Saved with its box unticked it is off.
    await client.form('/alerts', { act: 'rule', kind: 'low_balance', amount: '1000' });
    expect((await alertsOf(client)).alerts).toEqual([]);
  });

  it('refuse thresholds out of bounds and names that are none', async () => {
    const client = await register(app);
    expect((await client.patch('/api/alert-rules/low_balance', { parameters: { amount: -1 } })).body.fields).toEqual({
      amount: 'must be from 0 to 1000000',
    });
    expect((await client.patch('/api/alert-rules/low_balance', { parameters: { days: 1 } })).body.fields).toEqual({
      days: 'is not known here',
    });
    expect((await client.patch('/api/alert-rules/low_balance', { parameters: { __proto__x: 1 } })).status).toBe(400);
    expect((await client.patch('/api/alert-rules/nothing', { enabled: true })).status).toBe(404);
    expect((await client.patch('/api/alert-rules/toString', { enabled: true })).status).toBe(404);
    const refused = await client.form('/alerts', { act: 'rule', kind: 'low_balance', enabled: 'on', amount: 'lots' });
    expect(refused.headers.get('location')).toBe('/alerts?state=rules&refused=low_balance#rule-low_balance');
    expect((await client.page('/alerts?state=rules&refused=low_balance')).text).toContain('Not saved: 0 to 1000000');
  });
});

it('the navigation counts what has not been read, on every page', async () => {
  const { client } = await pianist();
  for (const path of ['/', '/transactions', '/settings', '/reports']) expect((await client.page(path)).text).toMatch(/nav-count">.*?2/s);
  await client.post('/api/alerts/read-all');
  expect((await client.page('/')).text).not.toContain('nav-count');
});

it('the dashboard shows the first of them, with a way to the reason', async () => {
  const { client } = await pianist();
  const { alerts } = await alertsOf(client);
  const page = (await client.page('/')).text;
  for (const { id, title } of alerts) {
    expect(page).toContain(title);
    expect(page).toContain(`/alerts?show=${id}`);
  }
});

it('two evaluations at once raise nothing twice', async () => {
  const { client } = await pianist();
  const { id } = (await client.get('/api/me')).body;
  const { evaluateAlerts } = await import('../../src/alerts/evaluate-alerts.ts');
  await app.deps.database.pool.query('DELETE FROM alerts WHERE user_id = $1', [id]);
  await Promise.all(Array.from({ length: 6 }, () => evaluateAlerts(app.deps, id)));
  expect((await alertsOf(client)).counts).toMatchObject({ open: 2 });
});
