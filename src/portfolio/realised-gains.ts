import type { CalendarDate } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { Money, ZERO } from '../lib/money.ts';

/** A purchase, sale or other change of a quantity of one security in one account, in the account's currency. */
export interface Trade {
  id: string;
  accountId: string;
  securityId: string;
  ticker: string | null;
  name: string | null;
  date: CalendarDate;
  type: string;
  subtype: string | null;
  /** Bought positive, sold negative. */
  quantity: Money;
  /** Positive: cash debited. */
  amount: Money;
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

interface Lot {
  quantity: Money;
  /** Per unit; null when bought before the history begins. */
  unitCost: Money | null;
}

/** More or fewer pieces of the same thing: the cost is spread over them. */
const SPREADS_COST = new Set(['split', 'stock distribution']);

/**
 * Gains of sales, and of covered short sales, by first in, first out. What was held before the first known trade has no known cost and is sold first; so has
 * what was moved in from elsewhere. Their sales say so instead of inventing a gain.
 * @param held quantity held now, by `account security`; from it the opening quantity follows.
 */
export function realisedGains(trades: Trade[], held: Map<string, Money>): RealisedGain[] {
  const sorted = [...trades].sort((a, b) =>
    a.date < b.date ? -1 : a.date > b.date ? 1 : orderOf(a) - orderOf(b) || (a.id < b.id ? -1 : 1),
  );
  const gains: RealisedGain[] = [];
  for (const [key, own] of groupBy(sorted, (trade) => `${trade.accountId} ${trade.securityId}`)) {
    const traded = own.reduce((total, trade) => total.plus(trade.quantity), ZERO);
    const opening = (held.get(key) ?? ZERO).minus(traded);
    const lots: Lot[] = opening.greaterThan(0) ? [{ quantity: opening, unitCost: null }] : [];
    // What was sold without being held, and what it brought.
    const shorts: Lot[] = opening.isNegative() ? [{ quantity: opening.abs(), unitCost: null }] : [];
    for (const trade of own) {
      if (SPREADS_COST.has(trade.subtype ?? '')) {
        spread(lots, trade.quantity);
        continue;
      }
      const isOut = trade.quantity.isNegative();
      const { taken, open } = takeOut(isOut ? lots : shorts, trade.quantity.abs());
      if (taken.length > 0 && (isOut ? trade.type === 'sell' || trade.subtype === EXPIRY : trade.type === 'buy'))
        gains.push(gainOf(trade, taken));
      if (open.isZero()) continue;
      const isPriced = trade.type === (isOut ? 'sell' : 'buy');
      (isOut ? shorts : lots).push({ quantity: open, unitCost: isPriced ? trade.amount.div(trade.quantity).abs() : null });
    }
  }
  return gains.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : a.transactionId < b.transactionId ? -1 : 1));
}

const EXPIRY = 'expire';

/** On one day purchases come before sales: what is sold was there. */
const orderOf = (trade: Trade) => (trade.quantity.isNegative() ? 1 : 0);

function spread(lots: Lot[], added: Money): void {
  const before = lots.reduce((total, lot) => total.plus(lot.quantity), ZERO);
  const factor = before.isZero() ? null : before.plus(added).div(before);
  if (!factor?.greaterThan(0)) return;
  for (const lot of lots) {
    lot.quantity = lot.quantity.times(factor);
    lot.unitCost = lot.unitCost === null ? null : lot.unitCost.div(factor);
  }
}

/** Takes a quantity out of the oldest lots; `open` is what they do not cover. */
function takeOut(lots: Lot[], quantity: Money): { taken: Lot[]; open: Money } {
  const taken: Lot[] = [];
  let open = quantity;
  while (open.greaterThan(0)) {
    const [lot] = lots;
    if (!lot) break;
    const part = Money.min(lot.quantity, open);
    taken.push({ quantity: part, unitCost: lot.unitCost });
    lot.quantity = lot.quantity.minus(part);
    if (lot.quantity.isZero()) lots.shift();
    open = open.minus(part);
  }
  return { taken, open };
}

function gainOf(trade: Trade, taken: Lot[]): RealisedGain {
  const quantity = taken.reduce((total, lot) => total.plus(lot.quantity), ZERO);
  let [known, lotsWorth] = [ZERO, ZERO];
  for (const lot of taken) {
    if (lot.unitCost === null) continue;
    known = known.plus(lot.quantity);
    lotsWorth = lotsWorth.plus(lot.quantity.times(lot.unitCost));
  }
  // A sale closes what was bought, a purchase what was sold short: the one side is this trade, the other the lots.
  const ownShare = (part: Money) => trade.amount.abs().times(part).div(trade.quantity.abs());
  const isSale = trade.quantity.isNegative();
  const [proceeds, cost] = isSale ? [ownShare(quantity), lotsWorth] : [lotsWorth, ownShare(known)];
  const gain = isSale ? ownShare(known).minus(lotsWorth) : lotsWorth.minus(ownShare(known));
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
    gain: known.isZero() ? null : gain,
    quantityWithoutCost: quantity.minus(known),
    currency: trade.currency,
  };
}
