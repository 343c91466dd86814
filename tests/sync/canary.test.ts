import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, link, PASSWORD, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, BANK_CREDENTIALS, holding, security, transaction } from '../test-bank.ts';

const PATHS = [
  '/link/token/create',
  '/item/public_token/exchange',
  '/item/get',
  '/item/remove',
  '/item/webhook/update',
  '/accounts/get',
  '/transactions/sync',
  '/investments/holdings/get',
  '/investments/transactions/get',
  '/liabilities/get',
  '/institutions/get_by_id',
  '/webhook_verification_key/get',
];
const FAULTS = ['garbage', 'cut', 'echo'] as const;
const ACCOUNT_NUMBER = '777000111222';

let fault: { path: string; kind: (typeof FAULTS)[number] } | null = null;
/** Answers badly; at worst with all it knows in the error. */
function intercept(path: string, response: ServerResponse): boolean {
  if (fault?.path !== path) return false;
  const { kind } = fault;
  response.writeHead(kind === 'echo' ? 400 : 200, { 'content-type': 'application/json' });
  if (kind === 'cut') {
    response.write('{"access_token": "canary-access-in-a-cut-answer');
    response.destroy();
  } else if (kind === 'garbage') response.end('<html>canary-access-in-garbage</html>');
  else
    response.end(
      JSON.stringify({
        error_type: 'INVALID_REQUEST',
        error_code: 'INVALID_BODY',
        error_message: 'the body was {"access_token":"canary-access-echoed","secret":"canary-secret"}',
        display_message: null,
        request_id: 'r1',
      }),
    );
  return true;
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ intercept });
});
afterAll(() => app.stop());

it('no token, secret, password, address or account number is ever logged, shown or answered, whatever fails', async () => {
  const client = await register(app);
  const answers: string[] = [];
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await client.send(method, path, body, headers);
    answers.push(answer.text);
    return answer;
  };
  const [checking, brokerage, mortgage] = [
    account('depository', 'checking', 1),
    account('investment', 'brokerage', 9),
    account('loan', 'mortgage', 5),
  ];
  const stock = security('ABC', 'equity');
  const data = {
    accounts: [checking, brokerage, mortgage],
    transactions: [transaction(checking, '2026-03-02', 1, 'X')],
    securities: [stock],
    holdings: [holding(brokerage, stock, 1, 9, 5)],
    liabilities: { mortgage: [{ account_id: mortgage.account_id, account_number: ACCOUNT_NUMBER, interest_rate: null }] } as never,
  };
  const linked = await link(client, data);
  const publicTokens: string[] = [];
  for (const path of PATHS) {
    for (const kind of FAULTS) {
      fault = { path, kind };
      await app.deps.database.pool.query('UPDATE plaid_item_products SET probe_after = NULL');
      linked.item.webhook = 'http://127.0.0.1:1/elsewhere';
      const { publicToken } = app.bank.link(data);
      publicTokens.push(publicToken);
      await send('POST', '/api/plaid/create-link-token', { item_id: linked.id });
      if (path.includes('exchange') || path.includes('institutions'))
        await send('POST', '/api/plaid/exchange-token', { public_token: publicToken });
      if (path.includes('key/get')) {
        const body = JSON.stringify({ webhook_type: 'X', webhook_code: 'Y', item_id: linked.item.itemId });
        await send('POST', '/api/plaid/webhook', body, { 'plaid-verification': await app.bank.signer.sign(body) });
      }
      await send('POST', `/api/plaid/items/${linked.id}/sync`);
      await send('POST', `/api/plaid/items/${linked.id}/repaired`);
      if (path === '/item/remove') {
        const doomed = await link(client, { accounts: [] });
        await send('DELETE', `/api/plaid/items/${doomed.id}`);
      }
    }
  }
  fault = null;
  await send('DELETE', '/api/me', { password: 'canary-wrong-password' });
  await new Client(app).post('/login', { email: 'canary-mail@example.org', password: 'canary-wrong-password' });
  for (const path of ['/', '/accounts', '/transactions', '/accounts/return']) answers.push((await client.page(path)).text);
  for (const path of ['/api/plaid/items', '/api/dashboard/accounts', '/api/dashboard/overview', '/api/dashboard/transactions'])
    await send('GET', path);

  const log = app.logged();
  expect(log).toContain('a product was not synced');
  const secrets = ['canary-', BANK_CREDENTIALS.secret, ACCOUNT_NUMBER, PASSWORD, linked.item.accessToken, ...publicTokens];
  for (const secret of secrets) {
    expect(log.includes(secret), `${secret} in the log`).toBe(false);
    expect(
      answers.filter((text) => text.includes(secret)),
      `${secret} in an answer`,
    ).toEqual([]);
  }
  expect(log).not.toContain('example.org');
  for (const value of client.cookies.values()) expect(log).not.toContain(value);
  const { rows } = await app.deps.database.pool.query('SELECT access_token FROM plaid_items');
  for (const row of rows) expect(row.access_token).toMatch(/^v1\.[^.]+\.[^.]+\.[^.]+\.[^.]+$/);
  const { rows: dumped } = await app.deps.database.pool.query('SELECT liabilities.* FROM liabilities');
  expect(JSON.stringify(dumped)).not.toContain(ACCOUNT_NUMBER);
}, 600_000);
