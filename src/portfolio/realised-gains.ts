import type { LotChange } from '../investments/effects.ts';
import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
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
  /** Purchases that the institution states and that no trade of the history explains, oldest first, in the pieces of today. */
  stated: Lot[];
  splits: { date: CalendarDate; factor: Money }[];
}

const ONE = new Money(1);
/** Splits do not always come out even: less than this is no quantity. */
const DUST = new Money('0.000000001');

/** The two sides of a move between own accounts are at most so many days apart. */
const MOVED_WITHIN_DAYS = 10;

/**
 * The lots of everything traded, first in, first out, and the gains of sales and of covered short sales. What was held before the first
 * known trade, or moved in from elsewhere, has the cost that the institution states of what is left of it; the rest has none, is sold
 * first, and its sales say so instead of inventing a gain. What moves between own accounts keeps its lots and their dates.
 * @param held quantity held now, by `account security`; from it the opening quantity follows.
 * @param stated purchases still held, as the institutions that keep them state them.
 */
export function lotLedger(trades: Trade[], held: Map<string, Money>, stated: OpenLot[] = []): { gains: RealisedGain[]; lots: OpenLot[] } {
  const sorted = [...trades].sort(
    (a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0) || orderOf(a) - orderOf(b) || (a.id < b.id ? -1 : 1),
  );
  const moves = ownMoves(sorted);
  const books = openingBooks(sorted, held, stated);
  const gains: RealisedGain[] = [];
  const settled = new Set<string>();
  for (const trade of sorted) {
    if (settled.has(trade.id)) continue;
    const other = moves.get(trade.id);
    if (other) {
      const [from, to] = trade.quantity.isNegative() ? [trade, other] : [other, trade];
      settled.add(other.id);
      moveLots(bookOf(books, from), bookOf(books, to), to);
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
  const book = books.get(keyOf(trade)) ?? { lots: [], shorts: [], stated: [], splits: [] };
  books.set(keyOf(trade), book);
  return book;
}

/** What each account held before its first known trade. */
function openingBooks(trades: Trade[], held: Map<string, Money>, stated: OpenLot[]): Map<string, Book> {
  const tradesOf = groupBy(trades, keyOf);
  const statedOf = groupBy(stated, keyOf);
  return new Map(
    [...new Set([...tradesOf.keys(), ...statedOf.keys()])].map((key) => [
      key,
      openingBook(tradesOf.get(key) ?? [], held.get(key) ?? ZERO, statedOf.get(key) ?? []),
    ]),
  );
}

/** @param trades oldest first. */
function openingBook(trades: Trade[], held: Money, stated: OpenLot[]): Book {
  const splits: Book['splits'] = [];
  let quantity = held;
  for (const trade of trades.toReversed()) {
    const before = quantity.minus(trade.quantity);
    if (trade.change === 'split' && !before.isZero()) splits.push({ date: trade.date, factor: quantity.div(before) });
    quantity = before;
  }
  const [first] = trades;
  const currency = (first ?? stated[0])?.currency as string;
  const isShort = quantity.lessThan(0);
  const older = stated.filter((lot) => lot.quantity.lessThan(0) === isShort && (!first || !lot.acquiredOn || lot.acquiredOn < first.date));
  const book: Book = { lots: [], shorts: [], stated: older.map(lotOf).sort(byPurchase), splits };
  const known = takeStated(book, quantity.abs(), first?.date ?? null);
  const unknown = quantity.abs().minus(sum(known.map((lot) => lot.quantity)));
  const lots = unknown.greaterThan(DUST) ? [{ acquiredOn: null, quantity: unknown, unitCost: null, currency }, ...known] : known;
  return isShort ? { ...book, shorts: lots } : { ...book, lots };
}

const lotOf = ({ acquiredOn, quantity, unitCost, currency }: OpenLot): Lot => ({
  acquiredOn,
  quantity: quantity.abs(),
  unitCost,
  currency,
});
const byPurchase = (a: Lot, b: Lot) =>
  (a.acquiredOn ?? '') < (b.acquiredOn ?? '') ? -1 : (a.acquiredOn ?? '') > (b.acquiredOn ?? '') ? 1 : 0;

/** Takes purchases that the institution states, up to a quantity, in the pieces of a day: splits since then are undone. */
function takeStated(book: Book, quantity: Money, date: CalendarDate | null): Lot[] {
  const factor = book.splits.filter((split) => date === null || split.date >= date).reduce((all, split) => all.times(split.factor), ONE);
  const { taken } = takeOut(book.stated, quantity.times(factor));
  return taken.map((lot) => ({ ...lot, quantity: lot.quantity.div(factor), unitCost: lot.unitCost?.times(factor) ?? null }));
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

function moveLots(from: Book, to: Book, { quantity, date }: Trade): void {
  const { taken } = takeOut(from.lots, quantity);
  const unknown = taken.filter((lot) => lot.unitCost === null);
  // What came without a cost has the one that the institution it went to states.
  const stated = takeStated(to, sum(unknown.map((lot) => lot.quantity)), date);
  takeOut(unknown, sum(stated.map((lot) => lot.quantity)));
  to.lots.push(...taken.filter((lot) => lot.unitCost !== null), ...stated, ...unknown);
  to.lots.sort(byPurchase);
}

/** Brings one trade into the lots. @returns what it realised; null when it closes nothing. */
function applyTrade(book: Book, trade: Trade): RealisedGain | null {
  const { lots, shorts } = book;
  if (trade.change === 'split') spread(lots, trade.quantity);
  if (trade.change === 'principal') giveBack(lots, trade.consideration ?? ZERO);
  if (trade.change === 'split' || trade.change === 'principal') return null;
  const isOut = trade.quantity.isNegative();
  const { taken, open } = takeOut(isOut ? lots : shorts, trade.quantity.abs());
  const isClosing = taken.length > 0 && (trade.change === 'trade' || (isOut && trade.change === 'expiry'));
  const known = trade.change === 'move' && !isOut ? takeStated(book, open, trade.date) : [];
  const rest = open.minus(sum(known.map((lot) => lot.quantity)));
  if (known.length > 0) {
    lots.push(...known);
    lots.sort(byPurchase);
  }
  if (!rest.isZero()) {
    const unitCost = trade.change === 'trade' ? (trade.consideration?.div(trade.quantity.abs()) ?? null) : null;
    (isOut ? shorts : lots).push({ acquiredOn: trade.date, quantity: rest, unitCost, currency: trade.currency });
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
