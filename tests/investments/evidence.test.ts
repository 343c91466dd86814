import type { AccountBase, InvestmentTransaction, Security } from 'plaid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, calendarDate as day } from '../../src/lib/dates.ts';
import { type Client, link, netWorth, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, holding, type ItemData, security, trade } from '../test-bank.ts';

/* Figures that others published, and worked examples, from what a bank sends to what a person sees. */

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const brokerageOf = (current: number) => account('investment', 'brokerage', current);
const portfolioOf = async (client: Client) => (await client.get('/api/dashboard/portfolio')).body;
/** The figures of a person with these accounts. */
async function figuresOf(data: ItemData) {
  const client = await register(app);
  await link(client, data);
  const { performance, dividends } = await portfolioOf(client);
  return { client, all: performance.periods.All, accounts: performance.accounts, performance, dividends };
}
const moved = (
  on: AccountBase,
  of: Security | null,
  date: string,
  type: string,
  subtype: string,
  amount: number,
  more: Partial<InvestmentTransaction> = {},
) => ({ ...trade(on, of, date, type, subtype, amount), ...more }) as InvestmentTransaction;
const valuesSince = async (client: Client, date: string) =>
  (await netWorth(client)).history
    .filter((day: { date: string }) => day.date >= date)
    .map((day: { investment_assets: number; net_worth: number }) => day.net_worth);

describe('cash inside a brokerage', () => {
  const fund = security('SPAXX', 'cash', { is_cash_equivalent: true });

  it('that buys a money-market fund and comes out of it again is the same cash', async () => {
    const [brokerage, etf] = [brokerageOf(10_000), security('VTI', 'etf')];
    const { client, all } = await figuresOf({
      accounts: [brokerage],
      securities: [fund, etf],
      holdings: [holding(brokerage, fund, 5_000, 1, 5_000), holding(brokerage, etf, 50, 100, 5_000)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -10_000),
        trade(brokerage, fund, '2026-03-03', 'buy', 'buy', 10_000, 10_000, 1),
        trade(brokerage, fund, '2026-03-09', 'sell', 'sell', -5_000, -5_000, 1),
        trade(brokerage, etf, '2026-03-10', 'buy', 'buy', 5_000, 50, 100),
      ],
    });
    expect(all).toMatchObject({ start_value: 0, end_value: 10_000, net_flow: 10_000, gain: 0, twr: 0, max_drawdown: null });
    expect(new Set(await valuesSince(client, '2026-03-02'))).toEqual(new Set([10_000]));
  });

  it.each([
    ['with the payments listed', true],
    ['with the purchases alone', false],
  ])('earns what the fund pays, %s', async (_case, isListed) => {
    const brokerage = brokerageOf(10_300);
    const months = ['2025-10-01', '2025-11-03', '2025-12-01', '2026-01-02', '2026-02-02', '2026-03-02'];
    const { all, dividends } = await figuresOf({
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 10_300, 1, 10_300)],
      investmentTransactions: [
        trade(brokerage, null, '2025-09-01', 'cash', 'deposit', -10_000),
        trade(brokerage, fund, '2025-09-02', 'buy', 'buy', 10_000, 10_000, 1),
        ...months.flatMap((date) => [
          ...(isListed ? [trade(brokerage, fund, date, 'cash', 'dividend', -50)] : []),
          trade(brokerage, fund, date, 'buy', 'dividend reinvestment', 50, 50, 1),
        ]),
      ],
    });
    expect(all).toMatchObject({ gain: 300, income: 300, price_gain: 0, fees: 0, twr: 3 });
    expect(dividends.total_dividends).toBe(300);
  });
});

describe('a reinvestment', () => {
  const fundOf = () => security('FUND', 'etf');

  it('uses up its payment less the tax withheld', async () => {
    const [brokerage, fund] = [brokerageOf(1_085), fundOf()];
    const { all, dividends } = await figuresOf({
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 108.5, 10, null)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 1_000, 100, 10),
        trade(brokerage, fund, '2026-03-09', 'cash', 'dividend', -100),
        trade(brokerage, fund, '2026-03-09', 'fee', 'tax withheld', 15),
        trade(brokerage, fund, '2026-03-10', 'buy', 'dividend reinvestment', 85, 8.5, 10),
      ],
    });
    expect(dividends.total_dividends).toBe(100);
    expect(all).toMatchObject({ income: 100, fees: 15, gain: 85, price_gain: 0 });
  });

  it('uses up several payments at once', async () => {
    const [brokerage, fund] = [brokerageOf(1_100), fundOf()];
    const { all, dividends } = await figuresOf({
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 110, 10, null)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 1_000, 100, 10),
        trade(brokerage, fund, '2026-03-09', 'cash', 'qualified dividend', -60),
        trade(brokerage, fund, '2026-03-09', 'cash', 'non-qualified dividend', -40),
        trade(brokerage, fund, '2026-03-09', 'buy', 'dividend reinvestment', 100, 10, 10),
      ],
    });
    expect(dividends.total_dividends).toBe(100);
    expect(all).toMatchObject({ income: 100, fees: 0, gain: 100, price_gain: 0 });
  });
});

describe('fees', () => {
  it('are counted once', async () => {
    const brokerage = brokerageOf(980);
    const { all } = await figuresOf({
      accounts: [brokerage],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        moved(brokerage, null, '2026-03-09', 'fee', 'account fee', 20, { fees: 20 }),
      ],
    });
    expect(all).toMatchObject({ fees: 20, gain: -20, price_gain: 0, twr: -2 });
  });

  it('are added back to a dividend that is booked net of them', async () => {
    const [brokerage, fund] = [brokerageOf(1_047), security('FUND', 'etf')];
    const { all, dividends } = await figuresOf({
      accounts: [brokerage],
      securities: [fund],
      holdings: [holding(brokerage, fund, 100, 10, null)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 1_000, 100, 10),
        moved(brokerage, fund, '2026-03-09', 'cash', 'dividend', -47, { fees: 3 }),
      ],
    });
    expect(all).toMatchObject({ income: 50, fees: 3, gain: 47, price_gain: 0 });
    expect(dividends.total_dividends).toBe(50);
  });

  it.each([
    ['in the amount', 317.58],
    ['on top of it', 298.58],
  ])('of a purchase lower the gain, %s', async (_case, amount) => {
    const [brokerage, msft] = [brokerageOf(332.45), security('MSFT', 'equity')];
    const { all } = await figuresOf({
      accounts: [brokerage],
      securities: [msft],
      holdings: [holding(brokerage, msft, 1, 331.83, null)],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -317.58),
        moved(brokerage, msft, '2026-03-02', 'buy', 'buy', amount, { quantity: 1, price: 298.58, fees: 19 }),
        trade(brokerage, msft, '2026-03-09', 'cash', 'dividend', -0.62),
      ],
    });
    expect(all).toMatchObject({ price_gain: 33.25, income: 0.62, fees: 19, gain: 14.87 });
  });
});

describe('time-weighted return', () => {
  it('of nine days with deposits, withdrawals, interest and fees', async () => {
    const brokerage = brokerageOf(0);
    const rows: [date: string, type: string, subtype: string, amount: number][] = [
      ['2025-12-31', 'cash', 'deposit', -10_000],
      ['2026-01-01', 'cash', 'interest', -230],
      ['2026-01-02', 'cash', 'deposit', -200],
      ['2026-01-02', 'cash', 'interest', -200],
      ['2026-01-03', 'cash', 'withdrawal', 400],
      ['2026-01-03', 'fee', 'account fee', 234.41],
      ['2026-01-04', 'cash', 'interest', -293.99],
      ['2026-01-05', 'cash', 'interest', -293.99],
      ['2026-01-06', 'cash', 'deposit', -5_400],
      ['2026-01-06', 'cash', 'interest', -195.99],
      ['2026-01-07', 'cash', 'withdrawal', 3_697.04],
      ['2026-01-07', 'fee', 'account fee', 882.52],
      ['2026-01-08', 'fee', 'account fee', 1_003.85],
    ];
    brokerage.balances.current = Number((-rows.reduce((total, [, , , amount]) => total + amount, 0)).toFixed(2));
    const { performance } = await figuresOf({
      accounts: [brokerage],
      investmentTransactions: rows.map(([date, type, subtype, amount]) => trade(brokerage, null, date, type, subtype, amount)),
    });
    const daily = performance.daily.filter((day: { date: string }) => day.date >= '2025-12-31' && day.date <= '2026-01-08');
    expect(daily.map((day: { twr: number }) => day.twr)).toEqual([0, 2.3, 4.2616, 1.9625, 4.9614, 7.9603, 9.2841, 3.3232, -5.6183]);
  });

  const withdrawal = (end: number, before: number, out: number, quantity: number) => {
    const [brokerage, fund] = [brokerageOf(end), security('FUND', 'etf')];
    return figuresOf({
      accounts: [brokerage],
      securities: [fund],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -10_000),
        trade(brokerage, fund, '2026-03-02', 'buy', 'buy', 10_000, quantity, 10_000 / quantity),
        trade(brokerage, fund, '2026-03-09', 'sell', 'sell', -before, -quantity, before / quantity),
        trade(brokerage, null, '2026-03-09', 'cash', 'withdrawal', out),
      ],
    });
  };

  it('is not blown up by a large withdrawal on a day that falls', async () => {
    for (const [end, before, out, percent] of [
      [1, 9_800, 9_799, -2],
      [0, 9_800, 9_800, -2],
      [100, 10_200, 10_100, 2],
    ] as const) {
      const { all } = await withdrawal(end, before, out, 100);
      expect(all).toMatchObject({ twr: percent, gain: percent * 100 });
      if (percent < 0) expect(all.max_drawdown.percent).toBe(-2);
    }
  });

  it('of what was put in and paid out is the one over the other', async () => {
    const paidOut = async (deposits: number, out: number, end: number) => {
      const brokerage = brokerageOf(end);
      const { all } = await figuresOf({
        accounts: [brokerage],
        investmentTransactions: [
          ...Array.from({ length: deposits }, (_none, index) => trade(brokerage, null, `2026-03-0${index + 2}`, 'cash', 'deposit', -100)),
          trade(brokerage, null, '2026-03-09', 'cash', 'interest', deposits * 100 - out - end),
          trade(brokerage, null, '2026-03-09', 'cash', 'withdrawal', out),
        ],
      });
      return all.twr;
    };
    expect(await paidOut(2, 16, 200)).toBe(8);
    expect(await paidOut(1, 101, 0)).toBe(1);
  });
});

describe('tax-advantaged accounts', () => {
  it('pay out by a distribution, which leaves', async () => {
    const [ira, fund] = [account('investment', 'ira', 9_000), security('FUND', 'etf')];
    const { client, all } = await figuresOf({
      accounts: [ira],
      securities: [fund],
      holdings: [holding(ira, fund, 90, 100, null)],
      investmentTransactions: [trade(ira, fund, '2026-03-09', 'sell', 'distribution', -1_000, -10, 100)],
    });
    expect(all).toMatchObject({ start_value: 10_000, end_value: 9_000, net_flow: -1_000, gain: 0, twr: 0 });
    expect((await valuesSince(client, '2026-03-07')).slice(0, 3)).toEqual([10_000, 10_000, 9_000]);
  });

  it('take in contributions, with which they buy', async () => {
    const [ira, fund] = [account('investment', 'ira', 1_000), security('FUND', 'etf')];
    const { all } = await figuresOf({
      accounts: [ira],
      securities: [fund],
      holdings: [holding(ira, fund, 10, 100, null)],
      investmentTransactions: [trade(ira, fund, '2026-03-09', 'buy', 'contribution', 1_000, 10, 100)],
    });
    expect(all).toMatchObject({ start_value: 0, net_flow: 1_000, gain: 0 });
  });
});

describe('lots', () => {
  const buy = (on: AccountBase, of: Security, date: string, quantity: number, amount: number) =>
    trade(on, of, date, 'buy', 'buy', amount, quantity, amount / quantity);
  const sell = (on: AccountBase, of: Security, date: string, quantity: number, amount: number) =>
    trade(on, of, date, 'sell', 'sell', -amount, -quantity, amount / quantity);
  const costOf = (lots: { quantity: number; unit_cost: number }[]) =>
    Number(lots.reduce((total, lot) => total + lot.quantity * lot.unit_cost, 0).toFixed(2));

  it('go first in, first out', async () => {
    const [brokerage, share] = [brokerageOf(1_000), security('SHR', 'equity')];
    const held = holding(brokerage, share, 178, 30, null);
    const first = await figuresOf({
      accounts: [brokerage],
      securities: [share],
      holdings: [held],
      investmentTransactions: [
        buy(brokerage, share, '2026-03-02', 109, 3_149.2),
        sell(brokerage, share, '2026-03-03', 15, 531.5),
        buy(brokerage, share, '2026-03-04', 52, 1_684.92),
        buy(brokerage, share, '2026-03-05', 32, 959.3),
      ],
    });
    expect(first.performance.realized).toMatchObject({ total_gain: 98.12, incomplete: false });
    expect(costOf(first.performance.lots)).toBe(5_360.04);
    const [other, same] = [brokerageOf(1_000), security('SHR', 'equity')];
    const second = await figuresOf({
      accounts: [other],
      securities: [same],
      holdings: [holding(other, same, 146, 30, null)],
      investmentTransactions: [
        buy(other, same, '2026-03-02', 109, 3_149.2),
        buy(other, same, '2026-03-03', 52, 1_684.92),
        sell(other, same, '2026-03-04', 15, 531.5),
      ],
    });
    expect(costOf(second.performance.lots)).toBe(4_400.74);
  });

  it('leave none of a purchase that was cancelled', async () => {
    const [brokerage, share] = [brokerageOf(1_000), security('SHR', 'equity')];
    const { performance, all } = await figuresOf({
      accounts: [brokerage],
      securities: [share],
      investmentTransactions: [
        trade(brokerage, null, '2026-03-02', 'cash', 'deposit', -1_000),
        buy(brokerage, share, '2026-03-03', 10, 500),
        trade(brokerage, share, '2026-03-04', 'cancel', 'buy', -500, -10, 50),
      ],
    });
    expect(performance.lots).toEqual([]);
    expect(all).toMatchObject({ gain: 0, twr: 0, end_value: 1_000 });
  });

  it('move with their dates between own accounts', async () => {
    const [one, two, three] = [brokerageOf(0), brokerageOf(0), brokerageOf(1_200)];
    const share = security('SHR', 'equity');
    const move = (from: AccountBase, to: AccountBase, out: string, into: string) => [
      trade(from, share, out, 'transfer', 'transfer', 0, -10, 0),
      trade(to, share, into, 'transfer', 'transfer', 0, 10, 0),
    ];
    const { performance, all } = await figuresOf({
      accounts: [one, two, three],
      securities: [share],
      holdings: [holding(three, share, 10, 120, null)],
      investmentTransactions: [
        buy(one, share, '2025-10-01', 10, 1_000),
        ...move(one, two, '2025-11-03', '2025-11-05'),
        ...move(two, one, '2025-12-03', '2025-12-01'),
        ...move(one, three, '2026-02-02', '2026-02-02'),
      ],
    });
    expect(performance.lots).toMatchObject([
      { account_id: expect.any(String), acquired_date: '2025-10-01', quantity: 10, unit_cost: 100, currency: 'USD' },
    ]);
    expect(all.gain).toBe(200);
  });

  it('of splits have their cost spread, of short sales what they brought', async () => {
    const split = (on: AccountBase, of: Security, date: string, added: number) => trade(on, of, date, 'transfer', 'split', 0, added, 0);
    const unitCost = async (held: number, splits: [date: string, added: number][]) => {
      const [brokerage, share] = [brokerageOf(1_000), security('SHR', 'equity')];
      const { performance } = await figuresOf({
        accounts: [brokerage],
        securities: [share],
        holdings: [holding(brokerage, share, held, 1, null)],
        investmentTransactions: [
          buy(brokerage, share, '2026-03-02', 30, 3_000),
          ...splits.map(([date, added]) => split(brokerage, share, date, added)),
        ],
      });
      return performance.lots[0].unit_cost;
    };
    expect(await unitCost(60, [['2026-03-03', 30]])).toBe(50);
    expect(await unitCost(3, [['2026-03-03', -27]])).toBe(1_000);
    expect(
      await unitCost(20, [
        ['2026-03-03', 30],
        ['2026-03-04', -40],
      ]),
    ).toBe(150);
    const [brokerage, coin] = [brokerageOf(91_295.9), security('CUR:BTC', 'cryptocurrency')];
    const { performance } = await figuresOf({
      accounts: [brokerage],
      securities: [coin],
      holdings: [holding(brokerage, coin, -2, 46_000, null)],
      investmentTransactions: [
        trade(brokerage, coin, '2026-03-02', 'sell', 'sell short', -44_558.42, -1, 44_558.42),
        trade(brokerage, coin, '2026-03-03', 'sell', 'sell short', -46_737.48, -1, 46_737.48),
      ],
    });
    expect(costOf(performance.lots) / -2).toBe(45_647.95);
  });
});

describe('a share in another currency than its account', () => {
  it.each([
    ['paid by the broker in dollars', 'USD', 1_000, 100],
    ['booked in the account’s currency', 'EUR', 900, 90],
  ])('gains by its own price, converted: %s', async (_case, currency, amount, price) => {
    const client = await register(app);
    // Dollars are the base: a dollar is 0.9 euros.
    await client.patch('/api/me', { base_currency: 'EUR' });
    expect((await client.post('/api/me/rates', { currency: 'USD', rate: '0.9', effective_on: '2026-01-01' })).status).toBeLessThan(300);
    const EUR = { iso_currency_code: 'EUR' };
    const depot = account('investment', 'brokerage', 1_080, { balances: EUR });
    const share = security('SHR', 'equity');
    await link(client, {
      accounts: [depot],
      securities: [share],
      holdings: [holding(depot, share, 10, 120, null)],
      investmentTransactions: [
        { ...trade(depot, null, '2026-03-02', 'cash', 'deposit', -900), ...EUR },
        { ...trade(depot, share, '2026-03-02', 'buy', 'buy', amount, 10, price), iso_currency_code: currency },
      ],
    });
    const { performance } = await portfolioOf(client);
    expect(performance.periods.All).toMatchObject({ start_value: 0, end_value: 1_080, net_flow: 900, gain: 180, twr: 20 });
  });
});

describe('returns weighted by money', () => {
  const TODAY = day('2026-03-18');
  const daysAgo = (days: number) => addDays(TODAY, -days);
  /** One share for each amount put in, at a price of 1, sold as money is taken out, and today's value. */
  it.each<[name: string, put: [daysAgo: number, amount: number][], value: number, rate: number]>([
    ['a gain within a year', [[364, 200]], 210, 0.050140747],
    [
      'a payment in between',
      [
        [366, 1_000],
        [213, -150],
      ],
      1_230,
      0.412128788,
    ],
    [
      'a loss of nearly all',
      [
        [402, 1_560.94],
        [168, 1_160],
      ],
      42.8,
      -0.999251643,
    ],
    ['a small loss', [[338, 7_648]], 7_430, -0.030745789],
    ['a small loss a day earlier', [[337, 7_648]], 7_420, -0.032248297],
  ])('are what Portfolio Performance finds for %s', async (_name, put, value, rate) => {
    const [brokerage, share] = [brokerageOf(value), security('SHARE', 'equity')];
    const held = put.reduce((total, [, amount]) => total + amount, 0);
    const { all } = await figuresOf({
      accounts: [brokerage],
      securities: [share],
      holdings: [holding(brokerage, share, held, value / held, null, { institution_value: value })],
      investmentTransactions: put.flatMap(([days, amount]) => [
        trade(brokerage, null, daysAgo(days), 'cash', amount > 0 ? 'deposit' : 'withdrawal', -amount),
        trade(brokerage, share, daysAgo(days), amount > 0 ? 'buy' : 'sell', amount > 0 ? 'buy' : 'sell', amount, amount, 1),
      ]),
    });
    expect(all.xirr_reason).toBeNull();
    expect(all.xirr / 100).toBeCloseTo(rate, 5);
  });
});

describe('a gain', () => {
  it('splits into prices, income and charges as Portfolio Performance splits it, to its rounding', async () => {
    const [brokerage, share] = [brokerageOf(2_854.32), security('SHARE', 'equity')];
    // 100 shares at 21.2858 are there before the 2nd; deposits buy none; today they are worth 43.73 more.
    const cash = 787.49 + 28.54 - 134.02;
    const { all } = await figuresOf({
      accounts: [brokerage],
      securities: [share],
      holdings: [holding(brokerage, share, 100, 21.7231, null, { institution_value: 2_854.32 - cash })],
      investmentTransactions: [
        trade(brokerage, share, '2026-03-02', 'buy', 'buy', 0.0212858, 0.001, 21.2858),
        trade(brokerage, share, '2026-03-02', 'sell', 'sell', -0.0212858, -0.001, 21.2858),
        trade(brokerage, null, '2026-03-04', 'cash', 'deposit', -787.49),
        trade(brokerage, share, '2026-03-09', 'cash', 'dividend', -28.54),
        trade(brokerage, null, '2026-03-12', 'fee', 'account fee', 134.02),
      ],
    });
    expect(all).toMatchObject({ start_value: 2_128.58, net_flow: 787.49, income: 28.54, fees: 134.02, end_value: 2_854.32 });
    expect(Math.abs(all.price_gain - 43.72)).toBeLessThan(0.015);
  });
});

describe('lots that the institution states', () => {
  it('give what was bought before the history its cost', async () => {
    const [brokerage, share] = [brokerageOf(900), security('SHARE', 'equity')];
    const lot = (date: string, quantity: number, cost: number) => ({
      institution_lot_id: null,
      original_purchase_datetime: `${date}T00:00:00Z`,
      quantity,
      purchase_price: cost / quantity,
      cost_basis: cost,
      current_value: quantity * 30,
      position_type: 'LONG',
    });
    // 50 before the history, of which 30 are left: the 20 sold first are of no known cost, the next 10 cost 5 each.
    const { performance } = await figuresOf({
      accounts: [brokerage],
      securities: [share],
      holdings: [holding(brokerage, share, 30, 30, 210, { tax_lots: [lot('2019-05-02', 10, 50), lot('2021-07-01', 20, 160)] })],
      investmentTransactions: [trade(brokerage, share, '2026-03-02', 'sell', 'sell', -600, -20, 30)],
    });
    expect(performance.lots.map((row: Record<string, unknown>) => [row.acquired_date, row.quantity, row.unit_cost])).toEqual([
      ['2019-05-02', 10, 5],
      ['2021-07-01', 20, 8],
    ]);
    expect(performance.realized).toMatchObject({ total_gain: null, incomplete: true });
  });
});
