import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type CalendarDate, calendarDate as day, daysBetween } from '../../src/lib/dates.ts';
import { moneyOut, percentOut, toMoney, ZERO } from '../../src/lib/money.ts';
import { internalRate } from '../../src/portfolio/internal-rate.ts';
import { addUp, alignFlows, maxDrawdown, type PortfolioDay, performanceOf, timeWeightedIndex } from '../../src/portfolio/performance.ts';
import { lotLedger, type OpenLot, type Trade } from '../../src/portfolio/realised-gains.ts';

const START = day('2025-03-18');
/** Consecutive days with a value at their end and what came in during them. */
const days = (rows: [value: number | null, flow?: number, income?: number, fees?: number][]): PortfolioDay[] =>
  rows.map(([value, flow = 0, income = 0, fees = 0], index) => ({
    date: addDays(START, index),
    value: value === null ? null : toMoney(value),
    flow: toMoney(flow),
    income: toMoney(income),
    fees: toMoney(fees),
    isEstimated: false,
  }));
const twr = (rows: Parameters<typeof days>[0]) => percentOut(performanceOf('All', days(rows))?.timeWeighted ?? null);

describe('time-weighted return', () => {
  it('of 10 on day one, 10,000 more on day two and flat prices is nothing', () => {
    expect(twr([[10], [10_010, 10_000], [10_010]])).toBe(0);
  });

  it('counts a dividend that is paid in cash', () => {
    // 100 → 105, of which 5 were paid in cash and lie there.
    expect(twr([[100], [105, 0, 5]])).toBe(5);
  });

  it('ends when everything is taken out, which is no loss', () => {
    const emptied = performanceOf('All', days([[100], [110], [0, -110], [0], [0]]));
    expect(emptied).toMatchObject({ end: addDays(START, 1) });
    expect([percentOut(emptied?.timeWeighted ?? null), moneyOut(emptied?.gain ?? null)]).toEqual([10, 10]);
    // The same when nobody says where the money went.
    expect(twr([[100], [110], [0], [0]])).toBe(10);
  });

  it('takes a movement for what it is when the balance follows or leads by some days', () => {
    const gained = (rows: Parameters<typeof days>[0]) => {
      const found = performanceOf('All', alignFlows(days(rows)));
      return [
        percentOut(found?.timeWeighted ?? null),
        moneyOut(found?.gain ?? null),
        moneyOut(found?.netFlow ?? null),
        found?.maxDrawdown ?? null,
      ];
    };
    // All taken out on the second day, in the balance on the third, or on the first.
    expect(gained([[100], [100, -100], [0], [0]])).toEqual([0, 0, -100, null]);
    expect(gained([[100], [0], [0, -100], [0]])).toEqual([0, 0, -100, null]);
    // A deposit booked the day before it is in the balance is no fall and rise.
    expect(gained([[100], [100, 100], [200], [210]])).toEqual([5, 10, 100, null]);
    const other = days([[1_000], [1_000], [1_000], [1_000]]);
    const both = performanceOf('All', addUp([other, alignFlows(days([[100], [0], [0, -100], [0]]))]));
    expect([percentOut(both?.timeWeighted ?? null), moneyOut(both?.gain ?? null)]).toEqual([0, 0]);
  });

  it('takes an account that appears or goes for money that comes or leaves', () => {
    const old = days([[100], [100], [110]]);
    const late = days([[null], [900], [900]]);
    const both = performanceOf('All', addUp([old, late]));
    // 1,000 became 1,010.
    expect([percentOut(both?.timeWeighted ?? null), moneyOut(both?.netFlow ?? null), moneyOut(both?.gain ?? null)]).toEqual([1, 900, 10]);
  });

  it('is nothing under any flows while prices are flat', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.integer({ min: -5_000, max: 50_000 }), { maxLength: 40 }),
        (first, flows) => {
          let value = first;
          const rows: [number, number][] = [[first, 0]];
          for (const flow of flows) {
            const moved = Math.max(flow, -value);
            value += moved;
            rows.push([value, moved]);
          }
          expect(twr(rows)).toBe(0);
        },
      ),
    );
  });

  it('does not depend on how much was invested when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0.9, max: 1.1, noNaN: true }), fc.integer({ min: 0, max: 10_000 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (moves) => {
          const grow = (withFlows: boolean) => {
            let value = toMoney(1_000);
            const rows: PortfolioDay[] = days([[1_000]]);
            moves.forEach(([factor, flow], index) => {
              const added = toMoney(withFlows ? flow : 0);
              value = value.plus(added).times(factor);
              rows.push({ date: addDays(START, index + 1), value, flow: added, income: ZERO, fees: ZERO, isEstimated: false });
            });
            return timeWeightedIndex(rows).at(-1)?.index.toNumber() as number;
          };
          expect(grow(true)).toBeCloseTo(grow(false), 9);
        },
      ),
    );
  });

  it('is said by the year only from a year on', () => {
    const year = Array.from({ length: 731 }, (_none, index): [number] => [100 * 1.0002 ** index]);
    const whole = performanceOf('All', days(year));
    expect(percentOut(whole?.timeWeightedAnnual ?? null)).toBeCloseTo((1.0002 ** 365 - 1) * 100, 3);
    expect(performanceOf('1M', days(year.slice(0, 31)))?.timeWeightedAnnual).toBeNull();
  });

  it('is not known, with a reason, when the capital falls to nothing or below', () => {
    const reasonOf = (rows: Parameters<typeof days>[0]) => {
      const found = performanceOf('All', days(rows));
      return [found?.timeWeighted ?? null, found?.timeWeightedReason, found?.maxDrawdown];
    };
    expect(reasonOf([[100], [-20], [-10]])).toEqual([null, 'below_zero', null]);
    expect(reasonOf([[100], [-20], [80], [90]])).toEqual([null, 'below_zero', null]);
    expect(reasonOf([[100], [0, 50], [0], [40]])).toEqual([null, 'below_zero', null]);
    expect(reasonOf([[-100], [-90]])).toEqual([null, 'nothing_invested', null]);
  });

  it('splits a gain as Portfolio Performance does, to its rounding', () => {
    const split = performanceOf('All', days([[2_128.58], [2_854.32, 787.49, 28.54, 134.02]]));
    expect(Math.abs((moneyOut(split?.priceGain ?? null) as number) - 43.72)).toBeLessThan(0.015);
    expect(moneyOut(split?.gain ?? null)).toBe(-61.75);
  });

  it('splits a gain into prices, income and fees', () => {
    const split = performanceOf('All', days([[1_000], [1_150, 100, 20, 5], [1_140]]));
    expect([split?.gain, split?.income, split?.fees, split?.priceGain].map((value) => moneyOut(value ?? null))).toEqual([40, 20, 5, 25]);
  });
});

describe('the largest fall', () => {
  const points = (values: number[]) => values.map((value, index) => ({ date: addDays(START, index), index: toMoney(value) }));
  it('is measured from the highest point before, with its days', () => {
    const found = maxDrawdown(points([1, 1.2, 0.9, 1.1, 1.2, 1.3, 1.25]));
    expect(found).toMatchObject({ peakOn: addDays(START, 1), troughOn: addDays(START, 2), recoveredOn: addDays(START, 4) });
    expect(percentOut(found?.percent ?? null)).toBe(-25);
    expect(maxDrawdown(points([1, 1, 1.1]))).toBeNull();
  });

  it('is what Portfolio Performance finds', () => {
    const found = maxDrawdown(points([101, 121, 111, 81, 86, 91, 96, 101, 106, 111, 116, 121]));
    expect(found).toMatchObject({ peakOn: addDays(START, 1), troughOn: addDays(START, 3), recoveredOn: addDays(START, 11) });
    expect((maxDrawdown(points([1, 1.1, 1.2, -0.4]))?.percent.toNumber() as number) / 100).toBeCloseTo(-4 / 3, 12);
  });
});

describe('money-weighted return', () => {
  const flow = (date: string, amount: number) => ({ date: day(date), amount: toMoney(amount) });
  const rate = (...flows: [string, number][]) => {
    const found = internalRate(flows.map(([date, amount]) => flow(date, amount)));
    return [percentOut(found.rate), found.reason];
  };

  it('is the yearly rate of a year', () => {
    expect(rate(['2025-01-01', -1_000], ['2026-01-01', 1_100])).toEqual([10, null]);
    expect(rate(['2025-01-01', -1_000], ['2026-01-01', 500])).toEqual([-50, null]);
  });

  it('is what Portfolio Performance finds', () => {
    const found = (...flows: [string, number][]) => (rate(...flows)[0] as number) / 100;
    expect(found(['2010-01-01', -200], ['2010-12-31', 210])).toBeCloseTo(0.050140747, 6);
    expect(found(['2015-12-31', -1_000], ['2016-06-01', 150], ['2016-12-31', 1_230])).toBeCloseTo(0.412128788, 6);
    expect(found(['2019-05-24', -1_560.94], ['2020-01-13', -1_160], ['2020-06-29', 42.8])).toBeCloseTo(-0.999251643, 6);
    expect(found(['2014-01-02', -7_648], ['2014-12-06', 7_430])).toBeCloseTo(-0.030745789, 6);
    expect(found(['2014-01-02', -7_648], ['2014-12-05', 7_420])).toBeCloseTo(-0.032248297, 6);
  });

  it('says why there is none', () => {
    expect(rate()).toEqual([null, 'nothing_invested']);
    expect(rate(['2025-01-01', -1_000])).toEqual([null, 'nothing_left']);
    expect(rate(['2025-01-01', 1_000], ['2026-01-01', 100])).toEqual([null, 'nothing_invested']);
    // 10 % and 20 % both solve −1,000, +2,300, −1,320.
    expect(rate(['2025-01-01', -1_000], ['2026-01-01', 2_300], ['2027-01-01', -1_320])).toEqual([null, 'several_rates']);
  });

  it('is found for a few days too, unless it says nothing any more', () => {
    const [rate30, reason] = rate(['2025-01-01', -1_000], ['2025-01-31', 250]);
    expect([(rate30 as number) < -99.99, reason]).toEqual([true, null]);
    expect(rate(['2025-01-01', -1_000], ['2025-01-02', 1_100])).toEqual([null, 'no_rate']);
    expect(rate(['2025-01-01', -1_000], ['2025-01-01', 1_000])).toEqual([null, 'no_rate']);
  });

  it('solves its equation', () => {
    const amounts = fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 100_000 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 1_000_000 }), (deposits, end) => {
        const flows = deposits
          .map(([after, amount]) => ({ date: addDays(START, after - 1), amount: toMoney(-amount) }))
          .sort((a, b) => (a.date < b.date ? -1 : 1));
        const all = [...flows, { date: addDays(START, 800), amount: toMoney(end) }];
        const { rate: found } = internalRate(all);
        if (found === null) return;
        const first = (all[0] as { date: CalendarDate }).date;
        const presentValueAt = (growth: number) =>
          all.reduce((total, { date, amount }) => total + amount.toNumber() * growth ** (-daysBetween(first, date) / 365), 0);
        // Deposits before one payment back: the sum falls as the rate rises, so it changes its sign within the digits of the rate.
        const growth = 1 + found.toNumber() / 100;
        const within = 1e-9 * growth + 1e-15;
        expect(presentValueAt(growth + within)).toBeLessThanOrEqual(0);
        if (growth > within) expect(presentValueAt(growth - within)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('realised gains, first in first out', () => {
  let serial = 0;
  const traded = (date: string, quantity: number, amount: number, more: Partial<Trade> = {}): Trade => ({
    id: `t${serial++}`,
    accountId: 'a',
    securityId: 's',
    ticker: 'S',
    name: 'S',
    date: day(date),
    change: 'trade',
    quantity: toMoney(quantity),
    consideration: toMoney(amount),
    currency: 'USD',
    ...more,
  });
  const stated = (date: string | null, quantity: number, unitCost: number | null): OpenLot => ({
    accountId: 'a',
    securityId: 's',
    acquiredOn: date === null ? null : day(date),
    quantity: toMoney(quantity),
    unitCost: unitCost === null ? null : toMoney(unitCost),
    currency: 'USD',
  });
  const lotsOf = (trades: Trade[], held: number, lots: OpenLot[]) =>
    lotLedger(trades, new Map([['a s', toMoney(held)]]), lots).lots.map((lot) => [
      lot.acquiredOn,
      lot.quantity.toNumber(),
      lot.unitCost?.toNumber() ?? null,
    ]);
  const gains = (trades: Trade[], held: number, lots: OpenLot[] = []) =>
    lotLedger(trades, new Map([['a s', toMoney(held)]]), lots).gains.map((sale) => [
      moneyOut(sale.gain),
      moneyOut(sale.cost),
      sale.quantityWithoutCost.toNumber(),
    ]);

  it('sells what was bought first', () => {
    // 10 at 10, 10 at 20; 15 sold for 30 each: 450 − (100 + 100).
    expect(gains([traded('2026-01-02', 10, 100), traded('2026-01-05', 10, 200), traded('2026-02-01', -15, 450)], 5)).toEqual([
      [250, 200, 0],
    ]);
  });

  it('says of what it does not know the cost', () => {
    // Five were there before the history: sold first, at no known cost. The other five cost 10 each and brought 30.
    expect(gains([traded('2026-01-02', 10, 100), traded('2026-02-01', -10, 300)], 5)).toEqual([[100, 50, 5]]);
    expect(gains([traded('2026-02-01', -10, 300)], -2)).toEqual([[null, 0, 8]]);
  });

  it('covers what was sold short, and knows what a later purchase cost', () => {
    const short = [traded('2026-01-02', -10, 500), traded('2026-01-05', 10, 400)];
    expect(gains(short, 0)).toEqual([[100, 400, 0]]);
    // After it 10 are bought for 60 each and sold for 65.
    expect(gains([...short, traded('2026-01-09', 10, 600), traded('2026-02-01', -10, 650)], 0)).toEqual([
      [50, 600, 0],
      [100, 400, 0],
    ]);
  });

  it('loses what expires', () => {
    expect(gains([traded('2026-01-02', 100, 250), traded('2026-01-16', -100, 0, { change: 'expiry' })], 0)).toEqual([[-250, 250, 0]]);
  });

  it('spreads the cost over a split', () => {
    expect(
      gains([traded('2026-01-02', 10, 100), traded('2026-01-09', 10, 0, { change: 'split' }), traded('2026-02-01', -10, 80)], 10),
    ).toEqual([[30, 50, 0]]);
  });

  it('sells what was there on the day, in whatever order the rows of a day come', () => {
    const [sale, purchase] = [traded('2026-01-05', -10, 130), traded('2026-01-05', 10, 100)];
    expect(gains([sale, purchase], 0)).toEqual([[30, 100, 0]]);
    expect(gains([purchase, sale], 0)).toEqual([[30, 100, 0]]);
  });

  describe('with purchases that the institution states', () => {
    it('knows the cost of what was held before the history: what is not stated was sold first', () => {
      // 50 before the history, of which 30 are still held; 25 sold for 10 each: 20 of no known cost, 5 that cost 4.
      const lots = [stated('2019-05-02', 20, 4), stated('2021-07-01', 10, 6)];
      expect(gains([traded('2026-01-05', -25, 250)], 25, lots)).toEqual([[30, 20, 20]]);
      expect(lotsOf([traded('2026-01-05', -20, 200)], 30, lots)).toEqual([
        ['2019-05-02', 20, 4],
        ['2021-07-01', 10, 6],
      ]);
    });

    it('leaves purchases of the history to their rows', () => {
      const lots = [stated('2019-05-02', 10, 4), stated('2026-01-05', 10, 99)];
      expect(lotsOf([traded('2026-01-05', 10, 80)], 20, lots)).toEqual([
        ['2019-05-02', 10, 4],
        ['2026-01-05', 10, 8],
      ]);
    });

    it('undoes splits since then: they are stated in the pieces of today', () => {
      // 10 at 30 became 30 at 10.
      const lots = [stated('2019-05-02', 30, 10)];
      const split = traded('2026-01-05', 20, 0, { change: 'split' });
      expect(lotsOf([split], 30, lots)).toEqual([['2019-05-02', 30, 10]]);
      expect(gains([split, traded('2026-02-01', -30, 450)], 0, lots)).toEqual([[150, 300, 0]]);
    });

    it('gives what was moved in from elsewhere its dates and costs', () => {
      const moved = traded('2026-01-05', 15, 0, { change: 'move', consideration: null });
      expect(lotsOf([moved], 15, [stated('2018-03-01', 10, 2), stated(null, 3, 5)])).toEqual([
        [null, 3, 5],
        ['2018-03-01', 10, 2],
        ['2026-01-05', 2, null],
      ]);
    });

    it('knows what was moved between own accounts by what the new one states', () => {
      const move = (accountId: string, quantity: number) =>
        traded('2026-01-05', quantity, 0, { accountId, change: 'move', consideration: null });
      const { lots } = lotLedger([move('b', -10), move('a', 10)], new Map([['a s', toMoney(10)]]), [stated('2019-05-02', 8, 4)]);
      expect(lots.map(({ acquiredOn, quantity, unitCost }) => [acquiredOn, quantity.toNumber(), unitCost?.toNumber() ?? null])).toEqual([
        [null, 2, null],
        ['2019-05-02', 8, 4],
      ]);
    });

    it('lists them without any trade, short ones below zero, and never more than is held', () => {
      expect(lotsOf([], 10, [stated('2019-05-02', 10, 4)])).toEqual([['2019-05-02', 10, 4]]);
      expect(lotsOf([], 10, [stated('2019-05-02', 15, 4)])).toEqual([['2019-05-02', 10, 4]]);
      expect(lotsOf([], -10, [stated('2019-05-02', -10, 4)])).toEqual([['2019-05-02', -10, 4]]);
      expect(lotsOf([], 0, [stated('2019-05-02', 10, 4)])).toEqual([]);
    });
  });
});
