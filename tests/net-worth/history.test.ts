import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type CalendarDate, calendarDate as day } from '../../src/lib/dates.ts';
import { moneyOut, toMoney } from '../../src/lib/money.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { type AccountPast, dailyBalances, netWorthHistory as historyInSteps } from '../../src/net-worth/history.ts';
import { netWorthMetrics } from '../../src/net-worth/metrics.ts';

const netWorthHistory = (...given: Parameters<typeof historyInSteps>) => atOnce(historyInSteps(...given));

const TODAY = day('2026-03-18');
const amounts = (days: Record<string, number>) =>
  new Map(Object.entries(days).map(([date, amount]) => [date as CalendarDate, toMoney(amount)]));
const past = (balance: number, more: Partial<AccountPast> = {}): AccountPast => ({
  rateOn: () => toMoney(1),
  isAsset: true,
  isDebtAccount: false,
  group: 'liquid',
  balance: toMoney(balance),
  flows: new Map(),
  snapshots: new Map(),
  openedOn: null,
  closedOn: null,
  positions: [],
  ...more,
});
const worth = (accounts: AccountPast[], start: string) =>
  netWorthHistory(accounts, day(start), TODAY).map((point) => moneyOut(point.netWorth));

describe('reconstructed history', () => {
  it('walks back from today: money that went out was there before', () => {
    const checking = past(900, { flows: amounts({ '2026-03-17': 100, '2026-03-16': -50 }) });
    // 16th ended at 1,000 after 50 came in; the 15th had 950.
    expect(worth([checking], '2026-03-15')).toEqual([950, 1_000, 900, 900]);
  });

  it('walks back for debts the other way round', () => {
    const card = past(80, { isAsset: false, isDebtAccount: true, flows: amounts({ '2026-03-17': 80, '2026-03-16': -200 }) });
    expect(worth([card], '2026-03-15')).toEqual([-200, 0, -80, -80]);
  });

  it('lets every recorded balance take over, and marks what is estimated', () => {
    const checking = past(900, { flows: amounts({ '2026-03-17': 100 }), snapshots: amounts({ '2026-03-16': 1_200 }) });
    const points = netWorthHistory([checking], day('2026-03-15'), TODAY);
    expect(points.map((point) => [moneyOut(point.netWorth), point.isEstimated])).toEqual([
      [1_200, true],
      [1_200, false],
      [900, true],
      [900, false],
    ]);
  });

  it('leaves an account out before it was opened', () => {
    expect(worth([past(100), past(500, { isAsset: false, openedOn: day('2026-03-17') })], '2026-03-16')).toEqual([100, -400, -400]);
  });

  it('keeps what a closed account was worth until it was closed', () => {
    const closed = past(500, { snapshots: amounts({ '2026-03-16': 500 }), closedOn: day('2026-03-16') });
    expect(worth([past(100), closed], '2026-03-15')).toEqual([600, 600, 100, 100]);
  });

  it('walks back by the kind of account, whichever way the person counts it', () => {
    const flipped = past(900, { isAsset: false, flows: amounts({ '2026-03-17': -100 }) });
    expect(worth([flipped], '2026-03-16')).toEqual([-800, -900, -900]);
  });

  it('takes a price from the other side of a split for what it is', () => {
    const price = (date: string, value: number) => ({ date: day(date), price: toMoney(value), isTrade: true });
    // Ten shares at 100 became forty at 25 on the 16th; the 15th is nearer to a price of after the split.
    const brokerage = past(1_000, {
      group: 'investment',
      positions: [
        {
          securityId: 'S',
          rateOn: () => toMoney(1),
          quantity: toMoney(40),
          value: toMoney(1_000),
          trades: amounts({ '2026-03-16': 30 }),
          splits: [{ date: day('2026-03-16'), factor: toMoney(4) }],
          prices: [price('2026-03-10', 100), price('2026-03-17', 25)],
        },
      ],
    });
    expect(worth([brokerage], '2026-03-13')).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('undoes trades and prices them at the nearer of two trades', () => {
    const price = (date: string, value: number) => ({ date: day(date), price: toMoney(value), isTrade: true });
    const brokerage = past(1_300, {
      group: 'investment',
      // 500 were deposited on the 15th, 400 of them spent on four shares on the 17th.
      flows: amounts({ '2026-03-15': -500, '2026-03-17': 400 }),
      positions: [
        {
          securityId: 'S',
          rateOn: () => toMoney(1),
          splits: [],
          quantity: toMoney(10),
          value: toMoney(1_200),
          trades: amounts({ '2026-03-17': 4 }),
          prices: [price('2026-03-14', 90), price('2026-03-17', 100)],
        },
      ],
    });
    // 14th: 6 × 90 + 0 cash; 15th: the 14th is nearer: 6 × 90 + 500; 16th: 6 × 100 + 500; 17th: 10 × 100 + 100; today as stated.
    expect(worth([brokerage], '2026-03-14')).toEqual([540, 1_040, 1_100, 1_100, 1_300]);
  });

  it('has one entry a day, the last one today, and changes that add up', () => {
    const points = netWorthHistory([past(900, { flows: amounts({ '2026-03-01': 33.33 }) })], addDays(TODAY, -365), TODAY);
    expect(points).toHaveLength(366);
    expect(points.at(-1)?.date).toBe(TODAY);
    const changes = points.slice(1).reduce((total, point) => total.plus(point.dailyChange ?? 0), toMoney(0));
    expect(changes.toFixed(2)).toBe('-33.33');
    expect(netWorthHistory([], TODAY, TODAY)).toEqual([]);
  });

  it('inverts any sequence of movements', () => {
    const cents = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(cents, fc.array(cents, { maxLength: 40 }), fc.boolean(), (opening, movements, isAsset) => {
        const dates = movements.map((_movement, index) => addDays(TODAY, index - movements.length + 1));
        const balances: number[] = [];
        movements.reduce((balance, amount) => {
          const next = isAsset ? balance - amount : balance + amount;
          balances.push(next);
          return next;
        }, opening);
        const closing = balances.at(-1) ?? opening;
        const flows = new Map(dates.map((date, index) => [date, toMoney(movements[index] ?? 0)]));
        const rebuilt = dailyBalances(past(closing, { isAsset, isDebtAccount: !isAsset, flows }), dates);
        expect(rebuilt.map(({ balance }) => balance?.toNumber())).toEqual(balances);
      }),
    );
  });
});

describe('metrics', () => {
  const points = netWorthHistory(
    [past(1_600, { flows: amounts({ '2026-01-10': -100, '2026-02-10': -300, '2025-12-20': 50, '2026-03-02': -1_000 }) })],
    addDays(TODAY, -365),
    TODAY,
  );

  it('compare whole calendar months', () => {
    const metrics = netWorthMetrics(points, toMoney(1_600), toMoney(3_000));
    // December −50, January +100, February +300, March is not over; the months before moved nothing.
    expect(metrics.bestMonthLabel).toBe('2026-02');
    expect(moneyOut(metrics.bestMonth)).toBe(300);
    expect(metrics.worstMonthLabel).toBe('2025-12');
    expect(moneyOut(metrics.worstMonth)).toBe(-50);
    // April 2025 to February 2026: eleven months, 350 in all.
    expect(moneyOut(metrics.monthlyAverageChange)).toBe(31.82);
    // 1,600 now, 200 at the end of December.
    expect(moneyOut(metrics.ytdChange)).toBe(1_400);
    expect(moneyOut(metrics.ytdChangePercent)).toBe(700);
    // 1,400 short at 31.82 a month.
    expect(metrics.monthsToGoal).toBe(44);
  });

  it('know no goal without one, or at a pace that does not lead there', () => {
    expect(netWorthMetrics(points, toMoney(1_600), null).monthsToGoal).toBeNull();
    expect(netWorthMetrics(points, toMoney(1_600), toMoney(1_000)).monthsToGoal).toBe(0);
    expect(netWorthMetrics(netWorthHistory([past(100)], addDays(TODAY, -90), TODAY), toMoney(100), toMoney(200)).monthsToGoal).toBeNull();
    expect(netWorthMetrics([], toMoney(0), null)).toMatchObject({ bestMonth: null, volatility: null, ytdChange: null });
  });
});
