import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, holding, security } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const differences = async (client: Client) => (await client.get('/api/dashboard/portfolio')).body.balance_differences;

it('an account whose holdings do not come to its balance is named, on the page too', async () => {
  const client = await register(app);
  const [short, whole, empty] = ['Old IRA', 'Brokerage', 'New 401k'].map((name, index) =>
    account('investment', 'brokerage', [1_500, 1_000.01, 250][index] as number, { name }),
  );
  const fund = security('VTI', 'etf');
  await link(client, {
    accounts: [short, whole, empty] as never,
    securities: [fund],
    holdings: [holding(short as never, fund, 10, 100, null), holding(whole as never, fund, 10, 100, null)],
  });
  expect(await differences(client)).toMatchObject([
    { name: 'New 401k', balance: 250, holdings_value: 0, difference: 250 },
    { name: 'Old IRA', balance: 1_500, holdings_value: 1_000, difference: 500 },
  ]);
  const { text } = await client.page('/portfolio');
  expect(text).toContain('its holdings come to $1,000.00, its balance is $1,500.00');
  expect(text).not.toContain('its balance is $1,000.01');
});

it('a margin loan explains what the balance lacks', async () => {
  const client = await register(app);
  const margin = account('investment', 'brokerage', 700, { name: 'Margin', balances: { margin_loan_amount: 300 } });
  const fund = security('VTI', 'etf');
  await link(client, { accounts: [margin], securities: [fund], holdings: [holding(margin, fund, 10, 100, null)] });
  expect(await differences(client)).toEqual([]);
});
