import { addDays, type CalendarDate, eachDay } from '../lib/dates.ts';
import { type Money, percent, ZERO } from '../lib/money.ts';
import type { Steps } from '../lib/steps.ts';
import type { AssetGroup } from './net-worth.ts';

/** Everything known of one account's past. All amounts are in the account's currency. */
export interface AccountPast {
  /** What a unit of the account's currency is worth in the base currency. */
  rateOn: (date: CalendarDate) => Money;
  /** How the balance counts, which a person may change. */
  isAsset: boolean;
  /** How money that goes out moves the balance: it lowers what is held and raises what is owed. */
  isDebtAccount: boolean;
  group: AssetGroup;
  /** Balance at the end of the last day. */
  balance: Money;
  /** Σ of Plaid's amounts (positive: out) by day, posted transactions only; for an investment account what moved its cash. */
  flows: Map<CalendarDate, Money>;
  /** Real balances by day. */
  snapshots: Map<CalendarDate, Money>;
  /** The day before which the account did not exist, when that is known. */
  openedOn: CalendarDate | null;
  /** The last day of an account that was closed. */
  closedOn: CalendarDate | null;
  /** For investment accounts: what is held and how it came to be. */
  positions: PositionPast[];
}

export interface PositionPast {
  securityId: string;
  /** What a unit of the position's currency is worth in the account's. */
  rateOn: (date: CalendarDate) => Money;
  /** Quantity at the end of the last day. */
  quantity: Money;
  /** Value at the end of the last day in the position's currency, as the institution states it. */
  value: Money;
  /** Quantity bought (negative: sold) by day. */
  trades: Map<CalendarDate, Money>;
  /** Days on which what was held became more pieces of the same thing, and how many times more. */
  splits: { date: CalendarDate; factor: Money }[];
  /** Known prices in the position's currency, oldest first. */
  prices: { date: CalendarDate; price: Money; isTrade: boolean }[];
}

export interface NetWorthPoint {
  date: CalendarDate;
  netWorth: Money;
  totalAssets: Money;
  totalLiabilities: Money;
  liquidAssets: Money;
  investmentAssets: Money;
  dailyChange: Money | null;
  /** Per cent of yesterday's absolute value. */
  dailyChangePercent: Money | null;
  /** True when some balance of the day is reconstructed. */
  isEstimated: boolean;
}

interface DayBalance {
  /** Null: the account did not exist. */
  balance: Money | null;
  isEstimated: boolean;
}

/** Others get their turn after so many days. */
const DAYS_A_STEP = 2_000;

/**
 * Net worth at the end of each day from `start` to `today`, oldest first. Balances that nobody recorded are worked out
 * backwards from the next one known: an asset's balance the day before is balance + Σ amount, a debt's is owed − Σ amount.
 */
export function* netWorthHistory(accounts: AccountPast[], start: CalendarDate, today: CalendarDate): Steps<NetWorthPoint[]> {
  if (accounts.length === 0) return [];
  // One day more than asked, for the first day's change.
  const dates = [...eachDay(addDays(start, -1), today)];
  const totals = dates.map(() => ({ assets: ZERO, liabilities: ZERO, liquid: ZERO, investment: ZERO, isEstimated: false }));
  for (const account of accounts) {
    const balances = dailyBalances(account, dates);
    balances.forEach(({ balance: own, isEstimated }, index) => {
      const total = totals[index];
      if (!total || own === null) return;
      const balance = own.times(account.rateOn(dates[index] as CalendarDate));
      if (isEstimated) total.isEstimated = true;
      if (!account.isAsset) total.liabilities = total.liabilities.plus(balance);
      else {
        total.assets = total.assets.plus(balance);
        if (account.group === 'liquid') total.liquid = total.liquid.plus(balance);
        if (account.group === 'investment') total.investment = total.investment.plus(balance);
      }
    });
    yield;
  }
  const points: NetWorthPoint[] = [];
  let before: Money | null = null;
  for (const [index, date] of dates.entries()) {
    if (index % DAYS_A_STEP === 0) yield;
    const total = totals[index] as (typeof totals)[number];
    const netWorth = total.assets.minus(total.liabilities);
    if (before !== null) {
      const dailyChange = netWorth.minus(before);
      points.push({
        date,
        netWorth,
        totalAssets: total.assets,
        totalLiabilities: total.liabilities,
        liquidAssets: total.liquid,
        investmentAssets: total.investment,
        dailyChange,
        dailyChangePercent: percent(dailyChange, before.abs()),
        isEstimated: total.isEstimated,
      });
    }
    before = netWorth;
  }
  return points;
}

/** An account's balance at the end of each of some consecutive days, the last of which is today. */
export function dailyBalances(account: AccountPast, dates: CalendarDate[]): DayBalance[] {
  return account.positions.length > 0 ? investedBalances(account, dates) : cashBalances(account, dates);
}

const existsOn = ({ openedOn, closedOn }: AccountPast, date: CalendarDate) =>
  (openedOn === null || date >= openedOn) && (closedOn === null || date <= closedOn);

/** Walks back day by day; every recorded balance takes over from the reconstruction. */
function cashBalances(account: AccountPast, dates: CalendarDate[]): DayBalance[] {
  const days: DayBalance[] = [];
  let balance = account.balance;
  for (let index = dates.length - 1; index >= 0; index--) {
    const date = dates[index] as CalendarDate;
    const isToday = index === dates.length - 1;
    const recorded = isToday ? account.balance : account.snapshots.get(date);
    balance = recorded ?? balance;
    days.push({ balance: existsOn(account, date) ? balance : null, isEstimated: recorded === undefined });
    const flow = account.flows.get(date) ?? ZERO;
    balance = account.isDebtAccount ? balance.minus(flow) : balance.plus(flow);
  }
  return days.reverse();
}

/** Undoes trades and cash flows, prices what was held at the last known price, and lets recorded balances take over. */
function investedBalances(account: AccountPast, dates: CalendarDate[]): DayBalance[] {
  const days: DayBalance[] = [];
  const held = account.positions.map((position) => ({ ...position, priceOn: priceOfDay(position.prices, position.splits) }));
  const last = dates.at(-1) as CalendarDate;
  let cash = account.balance.minus(held.reduce((total, position) => total.plus(position.value.times(position.rateOn(last))), ZERO));
  // What a recorded balance differs from the reconstruction carries back to the days before it.
  let correction = ZERO;
  for (let index = dates.length - 1; index >= 0; index--) {
    const date = dates[index] as CalendarDate;
    const isToday = index === dates.length - 1;
    const value = isToday ? account.balance : held.reduce((total, position) => total.plus(valueOn(position, date)), cash).plus(correction);
    const recorded = isToday ? account.balance : account.snapshots.get(date);
    if (recorded !== undefined) correction = correction.plus(recorded.minus(value));
    days.push({ balance: existsOn(account, date) ? (recorded ?? value) : null, isEstimated: recorded === undefined });
    for (const position of held) position.quantity = position.quantity.minus(position.trades.get(date) ?? ZERO);
    cash = cash.plus(account.flows.get(date) ?? ZERO);
  }
  return days.reverse();
}

type HeldPosition = PositionPast & { priceOn: (date: CalendarDate) => Money | null };

const valueOn = (position: HeldPosition, date: CalendarDate): Money => {
  if (position.quantity.isZero()) return ZERO;
  return position.quantity.times(position.priceOn(date) ?? ZERO).times(position.rateOn(date));
};

/**
 * The price of a day is the last one known by then. Only between two trades, where nothing else is known, it is the nearer one's, the
 * earlier one's when both are as near; before the first one known it is that. To be asked for days in falling order.
 */
export function priceOfDay(prices: PositionPast['prices'], splits: PositionPast['splits'] = []): (date: CalendarDate) => Money | null {
  const entryOn = entryOfDay(prices);
  return (date) => {
    const found = entryOn(date);
    if (!found) return null;
    // A price from the other side of a split is one of other pieces.
    return splits.reduce((price, split) => {
      if (date < split.date && split.date <= found.date) return price.times(split.factor);
      return found.date < split.date && split.date <= date ? price.div(split.factor) : price;
    }, found.price);
  };
}

function entryOfDay(prices: PositionPast['prices']): (date: CalendarDate) => PositionPast['prices'][number] | null {
  // The first entry after the day asked for.
  let next = prices.length;
  return (date) => {
    while (next > 0 && (prices[next - 1] as { date: CalendarDate }).date > date) next--;
    const [earlier, later] = [prices[next - 1], prices[next]];
    if (!earlier || !later) return earlier ?? later ?? null;
    const isBetweenTrades = earlier.isTrade && later.isTrade;
    return isBetweenTrades && distance(date, later.date) < distance(earlier.date, date) ? later : earlier;
  };
}

const distance = (from: CalendarDate, to: CalendarDate) => Date.parse(to) - Date.parse(from);
