import { describe, expect, it } from 'vitest';
import { backtest, inputsAsOf } from '../../src/forecast/backtest.ts';
import { type ForecastInputs, forecastBalances, type LiquidMovement } from '../../src/forecast/forecast.ts';
import { addDays, addMonths, calendarDate as day } from '../../src/lib/dates.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { household } from '../measure/households.ts';
import { TODAY as HOUSEHOLD_TODAY, type LifeRow } from '../measure/life.ts';

const TODAY = day('2026-03-18');
let serial = 0;
const movement = (date: string, cents: number, merchant: string, more: Partial<LiquidMovement> = {}): LiquidMovement => ({
  transactionId: `t${serial++}`,
  accountId: 'checking',
  date: day(date),
  cents,
  merchant,
  category: 'X',
  paidCardId: null,
  isDismissed: false,
  isBetweenLiquid: false,
  ...more,
});
const monthly = (from: string, months: number, cents: number, merchant: string) =>
  Array.from({ length: months }, (_none, index) => movement(addMonths(day(from), index), cents, merchant));
const inputs = (movements: LiquidMovement[], more: Partial<ForecastInputs> = {}): ForecastInputs => ({
  today: TODAY,
  accounts: [{ id: 'checking', name: 'Checking', cents: 200_000 }],
  movements: [...movements].sort((a, b) => (a.date < b.date ? -1 : 1)),
  cards: [],
  ...more,
});
const householdInputs = (seed: number): ForecastInputs => {
  const { accounts, rows } = household(seed, 'plain').seen();
  const typeOf = new Map(accounts.map(({ key, type }) => [key, type]));
  const accountOf = new Map(rows.map((row) => [row.id, row.account]));
  const otherSide = (row: LifeRow) => (row.partner ? (accountOf.get(row.partner) ?? null) : null);
  const rowsOf = (key: string) => rows.filter((row) => row.account === key);
  const liquid = accounts.filter(({ type }) => type === 'depository');
  return {
    today: HOUSEHOLD_TODAY,
    accounts: liquid.map(({ key, name, openingCents }) => ({
      id: key,
      name,
      cents: rowsOf(key).reduce((balance, row) => balance - row.cents, openingCents),
    })),
    movements: rows
      .filter((row) => typeOf.get(row.account) === 'depository')
      .map((row) => {
        const other = otherSide(row);
        return {
          ...movement(row.date, -row.cents, row.merchant ?? row.name),
          transactionId: row.id,
          accountId: row.account,
          paidCardId: other && typeOf.get(other) === 'credit' ? other : null,
          isBetweenLiquid: other !== null && typeOf.get(other) === 'depository',
        };
      }),
    cards: accounts
      .filter(({ type }) => type === 'credit')
      .map(({ key, name }) => {
        const flows = new Map<ReturnType<typeof day>, number>();
        for (const row of rowsOf(key)) flows.set(row.date, (flows.get(row.date) ?? 0) + row.cents);
        return { id: key, name, owedCents: rowsOf(key).reduce((total, row) => total + row.cents, 0), flows, statement: null };
      }),
  };
};

const forecastOf = (given: ForecastInputs, days: number) => atOnce(forecastBalances(given, days));

describe('a forecast', () => {
  it('puts what recurs on its dates', () => {
    const movements = [...monthly('2025-04-20', 11, -100_000, 'Rent'), ...monthly('2025-03-31', 12, 300_000, 'Employer')];
    const { total } = forecastOf(inputs(movements), 30);
    // 2,000; the rent of 1,000 on the 20th; the pay of 3,000 on the 31st.
    const on = (date: string) => total.daily.find((row) => row.date === date);
    expect([on('2026-03-19'), on('2026-03-20'), on('2026-03-30'), on('2026-03-31')].map((row) => row?.expected)).toEqual([
      200_000, 100_000, 100_000, 400_000,
    ]);
    expect(total.lowest).toMatchObject({ date: '2026-03-20', expected: 100_000 });
  });

  it('knows nothing of a person without history, and says so by standing still', () => {
    const { total } = forecastOf(inputs([]), 30);
    expect(total.daily).toHaveLength(30);
    expect(new Set(total.daily.map(({ expected, low, high }) => `${expected} ${low} ${high}`))).toEqual(new Set(['200000 200000 200000']));
  });

  it('spreads everyday spending by what it has been', () => {
    const daily = Array.from({ length: 200 }, (_none, index) =>
      movement(addDays(TODAY, -200 + index), -1_000 - ((index * 7) % 5) * 100, `Shop ${index}`),
    );
    const { total } = forecastOf(inputs(daily), 30);
    // 12 a day on average, whatever the shop.
    const last = total.daily.at(-1) as (typeof total.daily)[number];
    expect(Math.abs(200_000 - 30 * 1_200 - last.expected)).toBeLessThan(1_000);
    expect(last.low).toBeLessThanOrEqual(last.expected);
    expect(last.high).toBeGreaterThanOrEqual(last.expected);
  });

  it('pays the card what its statement says, and what it cost by then', () => {
    const payments = [-50_000, -60_000, -55_000].map((cents, index) =>
      movement(addMonths(day('2025-12-25'), index), cents, 'CARD AUTOPAY', { paidCardId: 'card' }),
    );
    const card = { id: 'card', name: 'Card', owedCents: 70_000, flows: new Map(), statement: { dueOn: day('2026-03-26'), cents: 48_000 } };
    const { total, payments: due } = forecastOf(inputs(payments, { cards: [card] }), 30);
    expect(due).toEqual([{ date: '2026-03-26', cents: 48_000, cardId: 'card', name: 'Card', isStated: true }]);
    expect(total.daily.at(-1)?.expected).toBe(152_000);
  });

  it('pays a card that missed its payments once, and one that owes nothing not at all', () => {
    const payments = [-50_000, -50_000, -50_000].map((cents, index) =>
      movement(addMonths(day('2025-11-25'), index), cents, 'CARD AUTOPAY', { paidCardId: 'card' }),
    );
    const missed = { id: 'card', name: 'Card', owedCents: 90_000, flows: new Map(), statement: null };
    const dueOf = (card: typeof missed) => forecastOf(inputs(payments, { cards: [card] }), 60).payments;
    // The one of February comes tomorrow; with the one of March all that is owed is paid.
    expect(dueOf(missed).map(({ date, cents }) => [date, cents])).toEqual([
      ['2026-03-19', 50_000],
      ['2026-03-25', 40_000],
    ]);
    expect(dueOf({ ...missed, owedCents: 0 })).toEqual([]);
    expect(dueOf({ ...missed, owedCents: -12_000 })).toEqual([]);
  });

  it('is the same for the same data and day, in any order of computing', () => {
    const given = householdInputs(7);
    const first = JSON.stringify(forecastOf(given, 90));
    forecastOf(householdInputs(8), 60);
    expect(JSON.stringify(forecastOf(householdInputs(7), 90))).toBe(first);
  });

  it('keeps money moved between own accounts in the family', () => {
    const own = (accountId: string, cents: number) =>
      monthly('2025-04-25', 11, cents, 'Savings plan').map((row) => ({
        ...row,
        transactionId: `${accountId}${row.transactionId}`,
        accountId,
        isBetweenLiquid: true,
      }));
    const given = inputs([...own('checking', -50_000), ...own('savings', 50_000)], {
      accounts: [
        { id: 'checking', name: 'Checking', cents: 200_000 },
        { id: 'savings', name: 'Savings', cents: 0 },
      ],
    });
    const { total, accounts } = forecastOf(given, 30);
    expect(total.daily.every((row) => row.expected === 200_000)).toBe(true);
    expect(accounts.map(({ daily }) => daily.at(-1)?.expected)).toEqual([150_000, 50_000]);
  });
});

describe('tested against the past', () => {
  it('a forecast knows nothing of later days', () => {
    const given = householdInputs(3);
    const asOf = addDays(HOUSEHOLD_TODAY, -30);
    const then = inputsAsOf(given, asOf);
    expect(then.movements.every((row) => row.date <= asOf)).toBe(true);
    expect(then.cards.every((card) => [...card.flows.keys()].every((date) => date <= asOf))).toBe(true);
    const later = given.movements.filter((row) => row.date > asOf && row.accountId === 'checking');
    const checking = (from: ForecastInputs) => from.accounts.find((account) => account.id === 'checking')?.cents ?? 0;
    expect(checking(then) + later.reduce((total, row) => total + row.cents, 0)).toBe(checking(given));
  });

  it('it beats the daily average of 90 days on made-up households, and its band holds', () => {
    const runs = Array.from({ length: 20 }, (_none, index) => householdInputs(101 + index)).flatMap((given) =>
      [30, 60, 90].map((days) => atOnce(backtest(given, days))),
    );
    const months = runs.filter((run) => run?.days === 30);
    expect(months).toHaveLength(20);
    const mean = (of: (run: NonNullable<(typeof runs)[number]>) => number) =>
      months.reduce((total, run) => total + (run ? of(run) : 0), 0) / months.length;
    expect(mean((run) => run.meanAbsoluteError)).toBeLessThan(mean((run) => run.averageMethodError) / 2);
    const better = months.filter((run) => run && run.meanAbsoluteError < run.averageMethodError).length;
    expect(better).toBeGreaterThanOrEqual(18);
    const held =
      runs.reduce((total, run) => total + (run?.daysWithinBand ?? 0), 0) / runs.reduce((total, run) => total + (run?.days ?? 0), 0);
    expect(held).toBeGreaterThanOrEqual(0.7);
    expect(held).toBeLessThanOrEqual(0.9);
  });

  it('says nothing without two months to go by', () => {
    expect(atOnce(backtest(inputs(monthly('2026-01-31', 2, 100, 'Employer')), 30))).toBeNull();
  });
});
