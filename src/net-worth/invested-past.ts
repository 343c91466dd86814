import type { Account } from '../accounts/store.ts';
import type { Effect } from '../investments/effects.ts';
import type { InvestmentActivity } from '../investments/store.ts';
import { type CalendarDate, earlierOf } from '../lib/dates.ts';
import { type Currencies, isConvertible, rateOn } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { Money, sum, UNKNOWN_CURRENCY, ZERO } from '../lib/money.ts';
import type { PositionPast } from './history.ts';

const ONE = new Money(1);

/** What an account holds of one security today. */
export interface HoldingRow {
  accountId: string;
  securityId: string;
  quantity: Money;
  value: Money;
  currency: string;
  /** True for cash in the account's currency. */
  isCash: boolean;
  /** The currency that the security is cash of; null when it is no cash. */
  cashOf: string | null;
}

export interface PriceRow {
  securityId: string;
  date: CalendarDate;
  price: Money;
  currency: string;
  /** True for the price of a purchase or sale, which is known for the days on which somebody traded. */
  isTrade: boolean;
}

/** What one investment transaction brought into its account, in the account's currency. */
export interface ActivityEntry {
  date: CalendarDate;
  flow: Money;
  income: Money;
  fees: Money;
  /** A quantity that came from outside (negative: went out) and counts with its value on the day. */
  unpriced: { securityId: string; quantity: Money } | null;
}

export interface InvestedPast {
  /** Σ of what left the account's cash, by day. */
  flows: Map<CalendarDate, Money>;
  positions: PositionPast[];
  activity: ActivityEntry[];
}

/**
 * What the transactions of one investment account did to its cash and to what it holds. Whatever is in another currency than the
 * account's, and has an exchange rate, is counted in its own and converted by the day; what has none is left to the account's balance.
 * @param activity the account's transactions with what each does, @param prices those of its securities, oldest first.
 */
export function investedPast(
  account: Account,
  activity: { row: InvestmentActivity; effect: Effect }[],
  holdings: HoldingRow[],
  prices: Map<string, PriceRow[]>,
  currencies: Currencies,
  today: CalendarDate,
): InvestedPast {
  const known = activity
    .map(({ row, effect }) => ({ row, effect, date: earlierOf(row.date, today) }))
    .filter(({ row }) => isConvertible(currencies, row.currency));
  const held = holdings.filter((row) => !row.isCash);
  const currencyOf = new Map(known.map(({ row }) => [row.securityId as string, row.currency]));
  for (const row of held) currencyOf.set(row.securityId, row.currency);
  // Money in another currency that lies in the account as a position of its own.
  const pots = new Map(
    held.flatMap((row) => (row.cashOf && row.cashOf !== account.currency ? [[row.cashOf, row.securityId] as const] : [])),
  );
  const flows = new Map<CalendarDate, Money>();
  const changes: { securityId: string; date: CalendarDate; quantity: Money; isSplit: boolean }[] = [];
  const entries: ActivityEntry[] = [];
  for (const { row, effect, date } of known) {
    const rate = crossRate(currencies, row.currency, account.currency, date);
    const pot = pots.get(row.currency);
    if (row.securityId !== null && !effect.quantity.isZero())
      changes.push({ securityId: row.securityId, date, quantity: effect.quantity, isSplit: effect.lots === 'split' });
    if (pot && !effect.cash.isZero()) changes.push({ securityId: pot, date, quantity: effect.cash, isSplit: false });
    else flows.set(date, (flows.get(date) ?? ZERO).minus(effect.cash.times(rate)));
    const unpriced =
      row.securityId === null || effect.unpricedFlow.isZero() ? null : { securityId: row.securityId, quantity: effect.unpricedFlow };
    entries.push({ date, flow: effect.flow.times(rate), income: effect.income.times(rate), fees: effect.fees.times(rate), unpriced });
  }
  const trades = groupBy(changes, (change) => change.securityId);
  const securities = new Set([...held.map((row) => row.securityId), ...trades.keys()]);
  const holdingsOf = groupBy(held, (row) => row.securityId);
  const positions = [...securities].flatMap((securityId): PositionPast[] => {
    const currency = currencyOf.get(securityId) ?? account.currency;
    if (!isConvertible(currencies, currency)) return [];
    const own = holdingsOf.get(securityId) ?? [];
    const [quantity, value] = [sum(own.map((row) => row.quantity)), sum(own.map((row) => row.value))];
    const ownTrades = trades.get(securityId) ?? [];
    const isPot = pots.get(currency) === securityId;
    const before = isPot
      ? []
      : (prices.get(securityId) ?? []).filter((row) => row.date < today).flatMap((row) => priceIn(row, currency, currencies));
    return [
      {
        securityId,
        rateOn: (date) => crossRate(currencies, currency, account.currency, date),
        quantity,
        value,
        trades: sumByDay(ownTrades),
        splits: splitsOf(ownTrades, quantity),
        // What the institution values it at is today's price, whatever day it says the price is of.
        prices: quantity.isZero() ? before : [...before, { date: today, price: value.div(quantity), isTrade: false }],
      },
    ];
  });
  return { flows, positions, activity: entries };
}

/** What a unit of one currency is worth in another on a day; both have a rate. */
function crossRate(currencies: Currencies, from: string, to: string, date: CalendarDate): Money {
  if (from === to) return ONE;
  return (rateOn(currencies, from, date) as Money).div(rateOn(currencies, to, date) as Money);
}

function priceIn({ date, price, currency, isTrade }: PriceRow, own: string, currencies: Currencies): PositionPast['prices'] {
  // A price without a currency is in the security's own.
  const from = currency === UNKNOWN_CURRENCY ? own : currency;
  if (!isConvertible(currencies, from)) return [];
  return [{ date, price: from === own ? price : price.times(crossRate(currencies, from, own, date)), isTrade }];
}

function sumByDay(changes: { date: CalendarDate; quantity: Money }[]): Map<CalendarDate, Money> {
  const days = new Map<CalendarDate, Money>();
  for (const { date, quantity } of changes) days.set(date, (days.get(date) ?? ZERO).plus(quantity));
  return days;
}

/** By how much each split multiplied what was held. */
function splitsOf(changes: { date: CalendarDate; quantity: Money; isSplit: boolean }[], held: Money): PositionPast['splits'] {
  const days = sumByDay(changes.filter((change) => change.isSplit));
  return [...days].flatMap(([date, added]) => {
    const later = sum(changes.filter((change) => change.date > date).map((change) => change.quantity));
    const after = held.minus(later);
    const before = after.minus(added);
    return before.greaterThan(0) && after.greaterThan(0) ? [{ date, factor: after.div(before) }] : [];
  });
}
