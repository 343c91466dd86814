import { addDays, type CalendarDate, daysBetween, eachDay, earlierOf } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { Money } from '../lib/money.ts';
import { median } from '../lib/statistics.ts';
import type { Steps } from '../lib/steps.ts';
import { type Occurrence, type RecurringStream, streamsOf, upcomingDates } from '../recurring/recurring.ts';
import { deviationsOf } from '../recurring/schedule.ts';
import { balancePath, type DatedItem, lowestOf, type PathDay } from './balance-path.ts';
import { type Card, cardPayments } from './card-payments.ts';

/** A posted movement of a liquid account, in whole cents of the base currency, positive into the account. */
export interface LiquidMovement {
  transactionId: string;
  accountId: string;
  date: CalendarDate;
  cents: number;
  merchant: string;
  category: string;
  /** The card that it pays, when that is known. */
  paidCardId: string | null;
  /** The person has said that this does not recur. */
  isDismissed: boolean;
  /** The other side is a liquid account too. */
  isBetweenLiquid: boolean;
}

interface LiquidAccount {
  id: string;
  name: string;
  /** Balance at the end of today, in whole cents of the base currency. */
  cents: number;
}

/** Everything a forecast is made of: what is known at the end of a day. */
export interface ForecastInputs {
  today: CalendarDate;
  accounts: LiquidAccount[];
  /** Oldest first, up to today. */
  movements: LiquidMovement[];
  cards: Card[];
}

interface BalanceForecast {
  startCents: number;
  daily: PathDay[];
  lowest: PathDay | null;
}

export interface BalanceForecasts {
  total: BalanceForecast;
  accounts: (BalanceForecast & { account: LiquidAccount })[];
  payments: { date: CalendarDate; cardId: string; name: string; cents: number; isStated: boolean }[];
}

/** How far back everyday movements are drawn from. */
const EVERYDAY_DAYS = 365;
const RECENT_AMOUNTS = 12;
const DEVIATIONS = 12;
/** A stream that is late may have ended. */
const LATE_PROBABILITY = 0.5;

/**
 * The balances of the liquid accounts over the next days, each and together. Depends on nothing but what is given: the same data on
 * the same day give the same answer.
 */
export function* forecastBalances(inputs: ForecastInputs, days: number, { isTotalOnly = false } = {}): Steps<BalanceForecasts> {
  const { today, accounts, movements, cards } = inputs;
  const until = addDays(today, days);
  const payments = cards.flatMap((card) =>
    cardPayments(
      card,
      movements.filter((row) => row.paidCardId === card.id),
      today,
      until,
    ).map((payment) => ({ ...payment, card })),
  );
  const itemsOfCards = (accountId?: string) => payments.filter((payment) => accountId === undefined || payment.accountId === accountId);
  const outward = movements.filter((row) => !row.isBetweenLiquid);
  const streams = yield* activeStreams(movements, today);
  const path = (rows: LiquidMovement[], startCents: number, due: DatedItem[]): BalanceForecast => {
    const { items, everyday } = model(rows, streams, today, until);
    const daily = balancePath(startCents, [...items, ...due], everyday, today, days);
    return { startCents, daily, lowest: lowestOf(daily) };
  };
  const total = path(
    outward,
    accounts.reduce((sum, account) => sum + account.cents, 0),
    itemsOfCards(),
  );
  const each: BalanceForecasts['accounts'] = [];
  for (const account of isTotalOnly ? [] : accounts) {
    yield;
    const own = movements.filter((row) => row.accountId === account.id);
    each.push({ account, ...path(own, account.cents, itemsOfCards(account.id)) });
  }
  return {
    total,
    accounts: each,
    payments: payments.map(({ date, cents, card, isStated }) => ({ date, cents: -cents, cardId: card.id, name: card.name, isStated })),
  };
}

/** What recurs among all movements, payments of cards and what the person has dismissed aside. Each stream is of one account. */
function* activeStreams(movements: LiquidMovement[], today: CalendarDate): Steps<RecurringStream[]> {
  const mayRecur = movements.filter((row) => row.paidCardId === null && !row.isDismissed);
  const streams = yield* streamsOf(mayRecur.map(toOccurrence), today);
  return streams.filter((stream) => stream.status !== 'ended');
}

/** What of it is in some of the movements, as dated items, and the rest of them by day. Payments of cards are neither. */
function model(rows: LiquidMovement[], streams: RecurringStream[], today: CalendarDate, until: CalendarDate) {
  const own = rows.filter((row) => row.paidCardId === null);
  const dates = new Map(own.map((row) => [row.transactionId, row.date]));
  const amounts = new Map(own.map((row) => [row.transactionId, row.cents]));
  const active = streams.filter((stream) => stream.transactionIds.every((id) => dates.has(id)));
  const inStream = new Set(active.flatMap((stream) => stream.transactionIds));
  const items = active.flatMap((stream) => itemsOf(stream, dates, amounts, today, until));
  const start = earlierOf(today, rows[0]?.date ?? today);
  const from = daysBetween(start, today) > EVERYDAY_DAYS ? addDays(today, -EVERYDAY_DAYS) : start;
  const byDay = groupBy(
    own.filter((row) => !inStream.has(row.transactionId)),
    (row) => row.date,
  );
  const cents = [...eachDay(from, addDays(today, -1))].map((date) => (byDay.get(date) ?? []).reduce((total, row) => total + row.cents, 0));
  return { items, everyday: { start: from, cents } };
}

const toOccurrence = (row: LiquidMovement): Occurrence => ({
  transactionId: row.transactionId,
  accountId: row.accountId,
  isAtBank: true,
  date: row.date,
  amount: new Money(-row.cents),
  merchant: row.merchant,
  category: row.category,
  currency: '',
});

/** A stream's next dates, with the amounts and the deviations it has had lately. */
function itemsOf(
  stream: RecurringStream,
  dates: Map<string, CalendarDate>,
  amounts: Map<string, number>,
  today: CalendarDate,
  until: CalendarDate,
): DatedItem[] {
  const recent = stream.transactionIds.slice(-RECENT_AMOUNTS).map((id) => amounts.get(id) as number);
  const latest = recent.at(-1) as number;
  const isVariable = stream.amountKind === 'variable';
  const deviations = deviationsOf(
    stream,
    stream.transactionIds.map((id) => dates.get(id) as CalendarDate),
  ).slice(-DEVIATIONS);
  const probability = stream.status === 'late' ? LATE_PROBABILITY : 1;
  return upcomingDates(stream, today, until).map((date) => ({
    date,
    cents: isVariable ? Math.round(median(recent) ?? latest) : latest,
    spread: isVariable ? recent : [],
    deviations,
    probability,
  }));
}
