import { expect, it } from 'vitest';
import { forecast } from '../../src/forecast/forecast.ts';
import { calendarDate as day } from '../../src/lib/dates.ts';
import { moneyOut, toMoney } from '../../src/lib/money.ts';

const TODAY = day('2026-03-18');
const stream = (merchant: string, amount: number, next: string, isIncome: boolean, isOnLiquidAccount = true) => ({
  merchant,
  isIncome,
  isOnLiquidAccount,
  lastAmount: toMoney(amount),
  nextExpectedOn: day(next),
  lastOn: day('2026-02-20'),
  frequency: 'monthly' as const,
  category: 'X',
});

it('puts streams on their dates and everyday movements on every day', () => {
  const everyday = { days: 90, income: toMoney(90), expenses: toMoney(900), liquidOutflow: toMoney(450) };
  const streams = [
    stream('Rent', 1_000, '2026-03-20', false),
    stream('Pay', 3_000, '2026-03-31', true),
    stream('Film club', 10, '2026-03-22', false, false),
  ];
  const result = forecast(streams, everyday, toMoney(2_000), TODAY, 30);
  expect(result.upcoming.map(({ date, merchant }) => `${date} ${merchant}`)).toEqual([
    '2026-03-20 Rent',
    '2026-03-22 Film club',
    '2026-03-31 Pay',
  ]);
  // 3,000 + 30 days at 1 a day; 1,010 + 30 days at 10 a day.
  expect([moneyOut(result.projectedIncome), moneyOut(result.projectedExpenses)]).toEqual([3_030, 1_310]);
  expect(result.daily).toHaveLength(30);
  // 5 a day leave the accounts: 1,995 on the 19th, 990 on the 20th after the rent, the film club is on the card.
  expect(result.daily.slice(0, 2).map(({ expected }) => moneyOut(expected))).toEqual([1_995, 990]);
  expect(result.lowest && [result.lowest.date, moneyOut(result.lowest.expected)]).toEqual(['2026-03-30', 940]);
  expect(moneyOut(result.daily.at(-1)?.expected ?? null)).toBe(2_000 - 1_000 + 3_000 - 150);
});

it('knows nothing of a person without history', () => {
  const nothing = { days: 0, income: toMoney(0), expenses: toMoney(0), liquidOutflow: toMoney(0) };
  expect(forecast([], nothing, toMoney(0), TODAY, 30)).toMatchObject({ upcoming: [], daily: expect.any(Array) });
});
