import type { LotChange } from '../investments/effects.ts';
import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { Money, sum, ZERO } from '../lib/money.ts';

/** A change of a quantity of one security in one account. */
export interface Trade {
  id: string;
  accountId: string;
  securityId: string;
  ticker: string | null;
  name: string | null;
  date: CalendarDate;
  /** Bought or received positive, sold or delivered negative; zero when only the cost changes. */
  quantity: Money;
  /** What it cost or brought, fees included; null when nobody paid for it. */
  consideration: Money | null;
  change: LotChange;
  currency: string;
}

export interface RealisedGain {
  transactionId: string;
  accountId: string;
  securityId: string;
  ticker: string | null;
  name: string | null;
  date: CalendarDate;
  quantity: Money;
  proceeds: Money;
  /** Cost of what was sold, as far as it is known. */
  cost: Money;
  /** Gain on what was sold whose cost is known; null when of none of it. */
  gain: Money | null;
  /** What was sold of which the purchase is not in the history. */
  quantityWithoutCost: Money;
  currency: string;
}

/** What is held and was acquired together. A quantity below zero was sold short. */
export interface OpenLot {
  accountId: string;
  securityId: string;
  /** Null: before the history begins, or not said. */
  acquiredOn: CalendarDate | null;
  quantity: Money;
  /** Cost of one, or what one brought when sold short; null when it is not known. */
  unitCost: Money | null;
  currency: string;
}

interface Lot {
  acquiredOn: CalendarDate | null;
  quantity: Money;
  unitCost: Money | null;
  currency: string;
}

interface Book {
  lots: Lot[];
  /** What was sold without being held, and what it brought. */
  shorts: Lot[];
}

/** The two sides of a move between own accounts are at most so many days apart. */
const MOVED_WITHIN_DAYS = 10;

/**
 * The lots of everything traded, first in, first out, and the gains of sales and of covered short sales. What was held before the first
 * known trade has no known cost and is sold first; so has what was moved in from elsewhere: their sales say so instead of inventing a
 * gain. What moves between own accounts keeps its lots and their dates.
 * @param held quantity held now, by `account security`; from it the opening quantity follows.
 */
export function lotLedger(trades: Trade[], held: Map<string, Money>): { gains: RealisedGain[]; lots: OpenLot[] } {
  const sorted = [...trades].sort(
    (a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0) || orderOf(a) - orderOf(b) || (a.id < b.id ? -1 : 1),
  );
  const moves = ownMoves(sorted);
  const books = openingBooks(sorted, held);
  const gains: RealisedGain[] = [];
  const settled = new Set<string>();
  for (const trade of sorted) {
    if (settled.has(trade.id)) continue;
    const other = moves.get(trade.id);
    if (other) {
      const [from, to] = trade.quantity.isNegative() ? [trade, other] : [other, trade];
      settled.add(other.id);
      moveLots(bookOf(books, from), bookOf(books, to), to.quantity);
      continue;
    }
    const gain = applyTrade(bookOf(books, trade), trade);
    if (gain) gains.push(gain);
  }
  return {
    gains: gains.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : a.transactionId < b.transactionId ? -1 : 1)),
    lots: [...books].flatMap(([key, book]) => openLotsOf(key, book)),
  };
}

const keyOf = ({ accountId, securityId }: { accountId: string; securityId: string }) => `${accountId} ${securityId}`;

function bookOf(books: Map<string, Book>, trade: Trade): Book {
  const book = books.get(keyOf(trade)) ?? { lots: [], shorts: [] };
  books.set(keyOf(trade), book);
  return book;
}

/** What each account held before its first known trade. */
function openingBooks(trades: Trade[], held: Map<string, Money>): Map<string, Book> {
  const openings = new Map<string, { quantity: Money; currency: string }>();
  for (const trade of trades) {
    const before = openings.get(keyOf(trade))?.quantity ?? held.get(keyOf(trade)) ?? ZERO;
    openings.set(keyOf(trade), { quantity: before.minus(trade.quantity), currency: trade.currency });
  }
  return new Map(
    [...openings].map(([key, { quantity, currency }]) => {
      const lot = { acquiredOn: null, quantity: quantity.abs(), unitCost: null, currency };
      return [key, { lots: quantity.greaterThan(0) ? [lot] : [], shorts: quantity.isNegative() && !quantity.isZero() ? [lot] : [] }];
    }),
  );
}

/** Both sides of each move of one quantity of a security from one own account to another, each by the id of the other. */
function ownMoves(trades: Trade[]): Map<string, Trade> {
  const pairs = new Map<string, Trade>();
  const moved = trades.filter((trade) => trade.change === 'move');
  for (const out of moved.filter((trade) => trade.quantity.isNegative())) {
    const apart = (trade: Trade) => Math.abs(daysBetween(trade.date, out.date));
    const [nearest] = moved
      .filter((trade) => !pairs.has(trade.id) && trade.accountId !== out.accountId && trade.securityId === out.securityId)
      .filter((trade) => trade.quantity.equals(out.quantity.negated()) && apart(trade) <= MOVED_WITHIN_DAYS)
      .sort((a, b) => apart(a) - apart(b));
    if (!nearest) continue;
    pairs.set(out.id, nearest);
    pairs.set(nearest.id, out);
  }
  return pairs;
}

function moveLots(from: Book, to: Book, quantity: Money): void {
  const { taken } = takeOut(from.lots, quantity);
  to.lots.push(...taken);
  to.lots.sort((a, b) => ((a.acquiredOn ?? '') < (b.acquiredOn ?? '') ? -1 : (a.acquiredOn ?? '') > (b.acquiredOn ?? '') ? 1 : 0));
}

/** Brings one trade into the lots. @returns what it realised; null when it closes nothing. */
function applyTrade({ lots, shorts }: Book, trade: Trade): RealisedGain | null {
  if (trade.change === 'split') spread(lots, trade.quantity);
  if (trade.change === 'principal') giveBack(lots, trade.consideration ?? ZERO);
  if (trade.change === 'split' || trade.change === 'principal') return null;
  const isOut = trade.quantity.isNegative();
  const { taken, open } = takeOut(isOut ? lots : shorts, trade.quantity.abs());
  const isClosing = taken.length > 0 && (trade.change === 'trade' || (isOut && trade.change === 'expiry'));
  if (!open.isZero()) {
    const unitCost = trade.change === 'trade' ? (trade.consideration?.div(trade.quantity.abs()) ?? null) : null;
    (isOut ? shorts : lots).push({ acquiredOn: trade.date, quantity: open, unitCost, currency: trade.currency });
  }
  return isClosing ? gainOf(trade, taken) : null;
}

/** On one day purchases come before sales: what is sold was there. */
const orderOf = (trade: Trade) => (trade.quantity.isNegative() ? 1 : 0);

/** More or fewer pieces of the same thing: the cost is spread over them. */
function spread(lots: Lot[], added: Money): void {
  const before = sum(lots.map((lot) => lot.quantity));
  const factor = before.isZero() ? null : before.plus(added).div(before);
  if (!factor?.greaterThan(0)) return;
  for (const lot of lots) {
    lot.quantity = lot.quantity.times(factor);
    lot.unitCost = lot.unitCost === null ? null : lot.unitCost.div(factor);
  }
}

/** Principal that is paid back lowers what the rest has cost, to nothing at most. */
function giveBack(lots: Lot[], amount: Money): void {
  const held = sum(lots.map((lot) => lot.quantity));
  if (held.isZero()) return;
  for (const lot of lots) lot.unitCost = lot.unitCost && Money.max(lot.unitCost.minus(amount.div(held)), ZERO);
}

/** Takes a quantity out of the oldest lots; `open` is what they do not cover. */
function takeOut(lots: Lot[], quantity: Money): { taken: Lot[]; open: Money } {
  const taken: Lot[] = [];
  let open = quantity;
  while (open.greaterThan(0)) {
    const [lot] = lots;
    if (!lot) break;
    const part = Money.min(lot.quantity, open);
    taken.push({ ...lot, quantity: part });
    lot.quantity = lot.quantity.minus(part);
    if (lot.quantity.isZero()) lots.shift();
    open = open.minus(part);
  }
  return { taken, open };
}

function gainOf(trade: Trade, taken: Lot[]): RealisedGain {
  const quantity = sum(taken.map((lot) => lot.quantity));
  const known = taken.filter((lot) => lot.unitCost !== null);
  const knownQuantity = sum(known.map((lot) => lot.quantity));
  const lotsWorth = sum(known.map((lot) => lot.quantity.times(lot.unitCost as Money)));
  // A sale closes what was bought, a purchase what was sold short: the one side is this trade, the other the lots.
  const ownShare = (part: Money) => (trade.consideration ?? ZERO).times(part).div(trade.quantity.abs());
  const isSale = trade.quantity.isNegative();
  const [proceeds, cost] = isSale ? [ownShare(quantity), lotsWorth] : [lotsWorth, ownShare(knownQuantity)];
  const gain = isSale ? ownShare(knownQuantity).minus(lotsWorth) : lotsWorth.minus(ownShare(knownQuantity));
  return {
    transactionId: trade.id,
    accountId: trade.accountId,
    securityId: trade.securityId,
    ticker: trade.ticker,
    name: trade.name,
    date: trade.date,
    quantity,
    proceeds,
    cost,
    gain: knownQuantity.isZero() ? null : gain,
    quantityWithoutCost: quantity.minus(knownQuantity),
    currency: trade.currency,
  };
}

function openLotsOf(key: string, { lots, shorts }: Book): OpenLot[] {
  const [accountId, securityId] = key.split(' ') as [string, string];
  return [...lots, ...shorts.map((lot) => ({ ...lot, quantity: lot.quantity.negated() }))].map((lot) => ({
    accountId,
    securityId,
    ...lot,
  }));
}
