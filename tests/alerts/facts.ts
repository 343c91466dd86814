import type { AlertFacts, Debt, LiquidAccount, RecentTransaction, StreamFacts } from '../../src/alerts/facts.ts';
import type { CalendarDate } from '../../src/lib/dates.ts';
import { toMoney } from '../../src/lib/money.ts';

export const day = (text: string) => text as CalendarDate;

/** A quiet life: nothing to be told. Today is 18 March 2026, the base currency dollars. */
export const quiet = (more: Partial<AlertFacts> = {}): AlertFacts => ({
  today: day('2026-03-18'),
  currency: 'USD',
  firstDay: day('2024-03-18'),
  liquid: [],
  cash: toMoney(0),
  recent: [],
  spending: [],
  usualExpenses: null,
  streams: [],
  debts: [],
  netWorth: { current: toMoney(0), monthAgo: null, goal: null, averageChange: null, monthsToGoal: null },
  shares: [],
  drawdown: null,
  banks: [],
  twins: [],
  ...more,
});

export const checking = (balance: number, expected: [string, number][] = []): LiquidAccount => ({
  id: 'a1',
  name: 'Checking',
  currency: 'USD',
  balance: toMoney(balance),
  baseBalance: toMoney(balance),
  expected: expected.map(([date, amount]) => ({ date: day(date), balance: toMoney(amount) })),
});

export const movement = (amount: number, more: Partial<RecentTransaction> = {}): RecentTransaction => ({
  id: 't1',
  accountId: 'a1',
  accountName: 'Card',
  date: day('2026-03-16'),
  merchant: 'Parcel Plaza',
  amount: toMoney(amount),
  currency: 'USD',
  baseAmount: toMoney(amount),
  type: 'expense',
  category: 'GENERAL_MERCHANDISE',
  categoryDetailed: null,
  isPending: false,
  isRecurring: false,
  merchantSince: day('2025-01-01'),
  ...more,
});

export const stream = (more: Partial<StreamFacts> = {}): StreamFacts => ({
  id: 's1',
  accountId: 'a1',
  merchant: 'Streamly',
  category: 'ENTERTAINMENT',
  currency: 'USD',
  isIncome: false,
  frequency: 'monthly',
  anchorKind: 'days',
  anchorDays: [5],
  anchorMonths: [],
  moveRule: 'as_is',
  amountKind: 'fixed',
  averageAmount: toMoney(10),
  lastAmount: toMoney(10),
  previousAmount: null,
  occurrenceCount: 12,
  firstOn: day('2025-04-05'),
  lastOn: day('2026-03-05'),
  nextExpectedOn: day('2026-04-05'),
  status: 'active',
  confidence: 0.9,
  secondOpinion: null,
  isConfirmed: false,
  isDismissed: false,
  changedOn: null,
  latest: [{ id: 't1', date: day('2026-03-05'), amount: toMoney(10) }],
  ...more,
});

export const card = (more: Partial<Debt> = {}): Debt => ({
  accountId: 'c1',
  name: 'Card',
  currency: 'USD',
  isCard: true,
  dueOn: day('2026-03-23'),
  minimum: toMoney(35),
  statement: toMoney(420),
  issuedOn: day('2026-03-01'),
  isOverdue: null,
  paid: toMoney(0),
  ...more,
});

export const worth = (current: number, more: Partial<AlertFacts['netWorth']> = {}): AlertFacts['netWorth'] => ({
  current: toMoney(current),
  monthAgo: null,
  goal: null,
  averageChange: null,
  monthsToGoal: null,
  ...more,
});
