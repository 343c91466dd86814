import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvestmentActivity } from '../../src/investments/store.ts';
import { calendarDate as day } from '../../src/lib/dates.ts';
import { currenciesOf } from '../../src/lib/exchange-rates.ts';
import { moneyOut, percentOut, toMoney } from '../../src/lib/money.ts';
import { dividendIncome } from '../../src/portfolio/dividends.ts';
import { type HeldPosition, portfolioSummary } from '../../src/portfolio/portfolio.ts';
import { portfolioRisk } from '../../src/portfolio/risk.ts';

const TODAY = day('2026-03-18');
const DOLLARS = currenciesOf('USD', []);
let serial = 0;
const held = (ticker: string, value: number, cost: number | null, more: Partial<HeldPosition> = {}): HeldPosition => ({
  id: `h${serial++}`,
  accountId: 'brokerage',
  securityId: ticker,
  ticker,
  name: ticker,
  type: 'equity',
  sector: null,
  isCash: false,
  currency: 'USD',
  quantity: toMoney(1),
  price: toMoney(value),
  value: toMoney(value),
  costBasis: cost === null ? null : toMoney(cost),
  vestedQuantity: null,
  vestedValue: null,
  couponRate: null,
  faceValue: null,
  ...more,
});

describe('a portfolio', () => {
  it('gains on what it cost, where that is known', () => {
    const summary = portfolioSummary([held('A', 150, 100), held('B', 50, null)], DOLLARS, TODAY);
    expect(
      [summary.totalValue, summary.totalCostBasis, summary.totalGainLoss, summary.totalGainLossPercent].map((value) => moneyOut(value)),
    ).toEqual([200, 100, 50, 50]);
  });

  it('splits into shares that make the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom('equity', 'etf', null)), { minLength: 1 }),
        (rows) => {
          const summary = portfolioSummary(
            rows.map(([value, type], index) => held(`S${index}`, value, null, { type })),
            DOLLARS,
            TODAY,
          );
          const shares = [...summary.allocationByType.values()].reduce((total, share) => total.plus(share), toMoney(0));
          expect(shares.toNumber()).toBeCloseTo(100, 9);
        },
      ),
    );
  });

  it('risks by security over all accounts, cash aside', () => {
    const rows = [
      held('A', 15, 1),
      held('A', 10, 1),
      held('CASH', 60, 60, { isCash: true, type: 'cash' }),
      held('B', 15, 1, { sector: 'Energy' }),
    ];
    const risk = portfolioRisk(portfolioSummary(rows, DOLLARS, TODAY));
    expect(risk.concentrationRisk).toBe('high');
    expect(risk.warnings).toEqual([{ type: 'concentration', message: 'A is 25.0 % of the portfolio.', holding: 'A' }]);
    // Types: equity and cash of five → 40; sectors: energy and cash of ten → 20; concentration 0: 40 × .4 + 20 × .4.
    expect(percentOut(risk.diversificationScore)).toBe(24);
    // .25² + .15²
    expect(percentOut(risk.herfindahlIndex)).toBe(0.085);
  });

  it('scores nothing for nothing', () => {
    const risk = portfolioRisk(portfolioSummary([], DOLLARS, TODAY));
    expect(risk).toMatchObject({ concentrationRisk: 'low', warnings: [], recommendations: [], herfindahlIndex: null });
    expect(percentOut(risk.diversificationScore)).toBe(0);
  });
});

describe('dividends', () => {
  const activity = (date: string, subtype: string, amount: number, more: Partial<InvestmentActivity> = {}): InvestmentActivity => ({
    id: `a${serial++}`,
    bankId: `b${serial}`,
    cancelsBankId: null,
    isCash: false,
    securityName: 'VTI',
    accountId: 'a',
    securityId: 'VTI',
    date: day(date),
    type: 'cash',
    subtype,
    name: subtype,
    ticker: 'VTI',
    quantity: toMoney(0),
    price: toMoney(0),
    amount: toMoney(amount),
    fees: null,
    currency: 'USD',
    ...more,
  });

  it('count by their sign, months without gaps', () => {
    const rows = [
      activity('2025-12-20', 'dividend', -30),
      activity('2026-03-02', 'qualified dividend', -12),
      activity('2026-03-03', 'dividend', 2),
      activity('2026-03-03', 'buy', 500),
      activity('2025-03-01', 'dividend', -99),
    ];
    const income = dividendIncome(rows, DOLLARS, TODAY, day('2024-01-01'), []);
    expect(moneyOut(income.total)).toBe(40);
    expect([...income.byMonth].map(([month, amount]) => [month, moneyOut(amount)])).toEqual([
      ['2025-12', 30],
      ['2026-01', 0],
      ['2026-02', 0],
      ['2026-03', 10],
    ]);
  });

  it('that were reinvested count once', () => {
    const both = [activity('2026-03-02', 'dividend', -12), activity('2026-03-02', 'dividend reinvestment', 12, { type: 'buy' })];
    const alone = [activity('2026-03-02', 'dividend reinvestment', 12, { type: 'buy' })];
    for (const rows of [both, alone]) expect(moneyOut(dividendIncome(rows, DOLLARS, TODAY, day('2024-01-01'), []).total)).toBe(12);
  });

  it('are told from others of the same amount by their days', () => {
    const rows = [activity('2026-01-05', 'dividend', -10), activity('2026-03-02', 'dividend reinvestment', 10, { type: 'buy' })];
    expect(moneyOut(dividendIncome(rows, DOLLARS, TODAY, day('2024-01-01'), []).total)).toBe(20);
  });
});
