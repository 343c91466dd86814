import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calendarDate as day } from '../../src/lib/dates.ts';
import { currenciesOf, inBase, rateOn } from '../../src/lib/exchange-rates.ts';
import { moneyOut, toMoney } from '../../src/lib/money.ts';
import { type Client, cashFlow, link, netWorth, register, startTestApp, type TestApp, transactions } from '../test-app.ts';
import { account, category, holding, security, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('rates', () => {
  const rate = (currency: string, effectiveOn: string, value: number) => ({
    currency,
    effectiveOn: day(effectiveOn),
    rate: toMoney(value),
  });
  it('hold until the next one, the first one before it too', () => {
    const currencies = currenciesOf('USD', [rate('GBP', '2026-02-01', 1.3), rate('GBP', '2026-03-01', 1.25)]);
    const on = (date: string, currency = 'GBP') => rateOn(currencies, currency, day(date))?.toNumber() ?? null;
    expect([on('2020-01-01'), on('2026-02-01'), on('2026-02-28'), on('2026-03-01'), on('2030-01-01')]).toEqual([1.3, 1.3, 1.3, 1.25, 1.25]);
    expect([on('2026-02-10', 'EUR'), on('2026-02-10', 'USD')]).toEqual([null, 1]);
    expect(moneyOut(inBase(currencies, toMoney(250), 'GBP', day('2026-02-10')))).toBe(325);
  });
});

const EUR = { iso_currency_code: 'EUR' };
const FOOD = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');

async function traveller() {
  const client = await register(app);
  const euros = { balances: EUR };
  const [checking, abroad] = [account('depository', 'checking', 1_000), account('depository', 'checking', 500, euros)];
  const [brokerage, fund] = [account('investment', 'brokerage', 200, euros), security('FUND', 'etf', EUR)];
  await link(client, {
    accounts: [checking, abroad, brokerage],
    transactions: [
      transaction(checking, '2026-03-02', 10, 'GROCER', FOOD),
      transaction(abroad, '2026-03-03', 20, 'MERCADO', { ...FOOD, ...EUR }),
      transaction(abroad, '2026-03-10', 30, 'MERCADO', { ...FOOD, ...EUR }),
    ],
    securities: [fund],
    holdings: [holding(brokerage, fund, 2, 100, 150, EUR)],
  });
  return client;
}
const portfolio = async (client: Client) => (await client.get('/api/dashboard/portfolio')).body.summary;

describe('an account in another currency', () => {
  it('is left out and listed wherever sums are shown, until there is a rate', async () => {
    const client = await traveller();
    expect((await netWorth(client)).current).toMatchObject({ net_worth: 1_000, unconverted: [{ currency: 'EUR', amount: 700 }] });
    expect((await cashFlow(client)).analysis).toMatchObject({
      summary: { total_expenses: 10 },
      unconverted: [{ currency: 'EUR', amount: -50 }],
    });
    expect((await transactions(client)).totals).toMatchObject({ expenses: 10, unconverted: [{ currency: 'EUR', amount: -50 }] });
    expect(await portfolio(client)).toMatchObject({ total_value: 0, unconverted: [{ currency: 'EUR', amount: 200 }] });
    expect((await client.get('/api/dashboard/forecast')).body).toMatchObject({
      starting_balance: 1_000,
      unconverted: [{ currency: 'EUR', amount: 500 }],
    });
    expect((await client.get('/api/dashboard/explain?figure=net_worth.net_worth')).body).toMatchObject({
      value: 1_000,
      rows_total: 1_000,
      unconverted: [{ currency: 'EUR', amount: 700 }],
    });

    // 1.10 until 8 March, 1.20 from then on.
    for (const rate of [
      { currency: 'EUR', rate: 1.1, effective_on: '2026-03-01' },
      { currency: 'EUR', rate: '1.20', effective_on: '2026-03-08' },
    ])
      expect((await client.post('/api/me/rates', rate)).status).toBe(201);
    // 1,000 + 700 × 1.2; 10 + 20 × 1.1 + 30 × 1.2 = 68.
    expect((await netWorth(client)).current).toMatchObject({ net_worth: 1_840, unconverted: [] });
    expect((await cashFlow(client)).analysis).toMatchObject({ summary: { total_expenses: 68, transaction_count: 3 }, unconverted: [] });
    expect((await transactions(client)).totals).toMatchObject({ expenses: 68, unconverted: [] });
    expect(await portfolio(client)).toMatchObject({ total_value: 240, total_cost_basis: 180, total_gain_loss: 60, unconverted: [] });
    expect((await client.get('/api/dashboard/forecast')).body).toMatchObject({ starting_balance: 1_600, unconverted: [] });
    const { history } = await netWorth(client);
    expect(history.at(-1).net_worth).toBe(1_840);
    // On 4 March, 30 more in the account abroad, 10 less had not gone: 1,000 + (530 + 200) × 1.1.
    expect(history.find((point: { date: string }) => point.date === '2026-03-04').net_worth).toBe(1_803);
    expect((await client.get('/api/dashboard/explain?figure=portfolio.total_gain_loss')).body).toMatchObject({ value: 60, rows_total: 60 });

    const { rates } = (await client.get('/api/me/rates')).body;
    expect(rates).toHaveLength(2);
    const stranger = await register(app);
    expect((await stranger.delete(`/api/me/rates/${rates[0].id}`)).status).toBe(404);
    for (const { id } of rates) expect((await client.delete(`/api/me/rates/${id}`)).status).toBe(200);
    expect((await netWorth(client)).current.net_worth).toBe(1_000);
  });

  it('counts by itself when its currency becomes the base', async () => {
    const client = await traveller();
    expect((await client.patch('/api/me', { base_currency: 'EUR' })).body.user.base_currency).toBe('EUR');
    expect((await netWorth(client)).current).toMatchObject({
      net_worth: 700,
      currency: 'EUR',
      unconverted: [{ currency: 'USD', amount: 1_000 }],
    });
  });

  it('leaves the total unknown, not zero, when nothing has a rate', async () => {
    const client = await traveller();
    await client.patch('/api/me', { base_currency: 'JPY' });
    for (const path of ['/', '/net-worth']) {
      const page = (await client.page(path)).text;
      expect(page, path).toMatch(/class="amount"[^>]*>—/);
    }
    expect((await client.patch('/api/me', { base_currency: 'ZZZ' })).status).toBe(400);
  });

  it('takes no rate that is none', async () => {
    const client = await register(app);
    for (const rate of [
      { currency: 'USD', rate: 1 },
      { currency: 'EUR', rate: 0 },
      { currency: 'EUR', rate: -1 },
      { currency: 'EUR', rate: '1.00000000001' },
      { currency: 'EUR', rate: 'NaN' },
      { currency: 'EUR' },
      { currency: 'EUR', rate: 1, effective_on: '2026-02-30' },
    ])
      expect((await client.post('/api/me/rates', rate)).status, JSON.stringify(rate)).toBe(400);
    for (const goal of [0, -5, '1e3', 1e15]) expect((await client.patch('/api/me', { net_worth_goal: goal })).status).toBe(400);
  });
});

it('a goal is so many months away', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 3_000);
  await link(client, {
    accounts: [checking],
    transactions: ['2025-12-31', '2026-01-15', '2026-02-15'].map((date) =>
      transaction(checking, date, -500, 'PAY', category('INCOME', 'INCOME_WAGES')),
    ),
  });
  expect((await client.patch('/api/me', { net_worth_goal: 4_200 })).status).toBe(200);
  // 500 more in January and in February: 1,200 ÷ 500, rounded up.
  expect((await netWorth(client, 365)).metrics).toMatchObject({ goal: 4_200, monthly_average_change: 500, months_to_goal: 3 });
  await client.patch('/api/me', { net_worth_goal: 2_000 });
  expect((await netWorth(client, 365)).metrics.months_to_goal).toBe(0);
});
