import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, link, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const tokenFor = async (client: Client, request: unknown) => {
  const answer = await client.post('/api/plaid/create-link-token', request);
  expect(answer.status, answer.text).toBe(200);
  return app.bank.linkSessions.get(answer.body.link_token);
};

describe('a link token', () => {
  it.each([
    ['bank', ['transactions'], ['investments', 'liabilities']],
    ['investments', ['investments'], ['transactions', 'liabilities']],
    ['loans', ['liabilities'], ['transactions', 'investments']],
  ])('for %s needs one product and asks consent for the others', async (kind, products, consent) => {
    const session = await tokenFor(await register(app), { kind });
    expect(session).toMatchObject({ products, consent, item: null, webhook: `${app.url}/api/plaid/webhook` });
  });

  it('for an item repairs it: without products, with account selection where asked', async () => {
    const client = await register(app);
    const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
    expect(await tokenFor(client, { item_id: linked.id })).toMatchObject({
      products: [],
      consent: [],
      hasAccountSelection: false,
      item: linked.item,
    });
    expect(await tokenFor(client, { item_id: linked.id, account_selection: true })).toMatchObject({ hasAccountSelection: true });
  });

  it('for an item with products that are not shared asks for their consent', async () => {
    const client = await register(app);
    const brokerage = account('investment', 'brokerage', 1);
    app.bank.failNext('/investments/holdings/get', { error_type: 'INVALID_INPUT', error_code: 'ADDITIONAL_CONSENT_REQUIRED' });
    const { item, publicToken } = app.bank.link({ accounts: [account('depository', 'checking', 1), brokerage] });
    const { item_id: id } = (await client.post('/api/plaid/exchange-token', { public_token: publicToken })).body;
    const state = async () => (await client.get('/api/plaid/items')).body[0];
    await expect.poll(async () => (await state()).products.investments).toBe('consent');
    expect((await client.page('/accounts')).text).toContain('needs your consent to share investments');
    expect(await tokenFor(client, { item_id: id })).toMatchObject({ consent: ['investments'], item });
    await client.post(`/api/plaid/items/${id}/repaired`);
    await expect.poll(async () => (await state()).products.investments).toBe('ok');
  });

  it('of another person’s item is not found', async () => {
    const linked = await link(await register(app), { accounts: [account('depository', 'checking', 1)] });
    expect((await (await register(app)).post('/api/plaid/create-link-token', { item_id: linked.id })).status).toBe(404);
  });
});

describe('linking the same accounts again', () => {
  const offered = (names: [string, string | null][]) =>
    names.map(([name, mask]) => ({ name, mask, type: 'depository', subtype: 'checking' }));
  const institution = { institution_id: 'ins_1', name: 'Test Bank' };
  const exchange = (client: Client, accounts: unknown, more: object = {}) => {
    const { publicToken } = app.bank.link({ accounts: [account('depository', 'checking', 1, { name: 'Everyday', mask: '1234' })] });
    return client.post('/api/plaid/exchange-token', { public_token: publicToken, institution, accounts, ...more });
  };

  it('is warned of before anything is exchanged, and done when the person insists', async () => {
    const client = await register(app);
    const first = await exchange(client, offered([['Everyday', '1234']]));
    await sync(client, first.body.item_id);
    const again = await exchange(client, offered([['EVERYDAY', '1234']]));
    expect(again).toMatchObject({ status: 409, body: { code: 'already_linked' } });
    expect(again.body.error).toContain('Test Bank is linked already, with Everyday ··1234');
    expect((await client.get('/api/plaid/items')).body).toHaveLength(1);
    expect((await exchange(client, offered([['Everyday', '1234']]), { allow_duplicate: true })).status).toBe(200);
    expect((await client.get('/api/plaid/items')).body).toHaveLength(2);
  });

  it('is not assumed by the mask alone, for other people, or at another bank', async () => {
    const client = await register(app);
    await sync(client, (await exchange(client, offered([['Everyday', '1234']]))).body.item_id);
    expect((await exchange(client, offered([['Joint', '1234']]))).status).toBe(200);
    expect((await exchange(client, offered([['Everyday', null]]))).status).toBe(200);
    expect((await exchange(await register(app), offered([['Everyday', '1234']]))).status).toBe(200);
    expect(
      (await exchange(client, offered([['Everyday', '1234']]), { institution: { institution_id: 'ins_2', name: 'Other' } })).status,
    ).toBe(200);
  });

  it('is not asked about without accounts', async () => {
    const client = await register(app);
    await sync(client, (await exchange(client, offered([['Everyday', '1234']]))).body.item_id);
    expect((await exchange(client, undefined)).status).toBe(200);
  });
});

describe('the page a bank sends people back to', () => {
  it('takes up the session that was opened last', async () => {
    const client = await register(app);
    expect((await client.page('/accounts/return?oauth_state_id=x')).text).toContain('was not started here');
    const { link_token: token } = (await client.post('/api/plaid/create-link-token', {})).body;
    expect((await client.page('/accounts/return?oauth_state_id=x')).text).toContain(`data-link-token="${token}"`);
    expect((await (await register(app)).page('/accounts/return')).text).not.toContain(token);
  });

  it('says so when the session has expired', async () => {
    const client = await register(app);
    await client.post('/api/plaid/create-link-token', {});
    const at = app.clock.now;
    app.clock.now = new Date(at.getTime() + 4.5 * 3_600_000);
    // Signed in again, as the session here has ended too.
    await app.deps.database.pool.query("UPDATE sessions SET expire = now() + interval '1 day'");
    expect((await client.page('/accounts/return')).text).toContain('was not started here, or has expired');
    app.clock.now = at;
  });
});

it('the webhook address of an item follows the app', async () => {
  const client = await register(app);
  const linked = await link(client, { accounts: [account('depository', 'checking', 1)] });
  linked.item.webhook = 'http://127.0.0.1:1/old';
  await sync(client, linked.id);
  expect(linked.item.webhook).toBe(`${app.url}/api/plaid/webhook`);
});
