import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, inBase } from '../lib/exchange-rates.ts';
import { type CurrencyAmount, type Money, percent, sum, sumByCurrency, ZERO } from '../lib/money.ts';

export interface HeldPosition {
  id: string;
  accountId: string;
  securityId: string;
  ticker: string | null;
  name: string | null;
  type: string | null;
  sector: string | null;
  isCash: boolean;
  currency: string;
  quantity: Money;
  price: Money;
  value: Money;
  /** Null: the institution does not know it, which is not zero. */
  costBasis: Money | null;
  /** What of it is the person's already, where the institution tells that apart; the rest is in the value all the same. */
  vestedQuantity: Money | null;
  vestedValue: Money | null;
  /** Of a bond: its yearly rate in per cent, and what one of it repays; null where they are not known. */
  couponRate: Money | null;
  faceValue: Money | null;
}

export interface ValuedPosition extends HeldPosition {
  /** In the base currency; null without a rate. */
  baseValue: Money | null;
  baseCost: Money | null;
  gainLoss: Money | null;
  gainLossPercent: Money | null;
}

export interface PortfolioSummary {
  currency: string;
  totalValue: Money;
  /** Of the positions whose cost is known; so are gain and its percentage. */
  totalCostBasis: Money;
  /** Of the holdings whose cost is known; null when there are holdings and none of them is. */
  totalGainLoss: Money | null;
  totalGainLossPercent: Money | null;
  /** Value of the positions whose cost is unknown. */
  valueWithoutCost: Money;
  holdings: ValuedPosition[];
  /** Per cent of total value, `unknown` included. */
  allocationByType: Map<string, Money>;
  allocationBySector: Map<string, Money>;
  topHoldings: ValuedPosition[];
  unconverted: CurrencyAmount[];
}

const TOP_HOLDINGS = 10;
const UNKNOWN = 'unknown';

/**
 * A portfolio in the base currency: value and cost of positions in others at today's rate; those without a rate are listed, not
 * summed.
 */
export function portfolioSummary(positions: HeldPosition[], currencies: Currencies, today: CalendarDate): PortfolioSummary {
  const holdings = positions
    .map((position): ValuedPosition => {
      const gainLoss = position.costBasis && position.value.minus(position.costBasis);
      return {
        ...position,
        baseValue: inBase(currencies, position.value, position.currency, today),
        baseCost: position.costBasis && inBase(currencies, position.costBasis, position.currency, today),
        gainLoss,
        gainLossPercent: gainLoss && position.costBasis ? percent(gainLoss, position.costBasis.abs()) : null,
      };
    })
    .sort((a, b) => (b.baseValue ?? b.value).comparedTo(a.baseValue ?? a.value) || (a.id < b.id ? -1 : 1));
  const counted = countedPositions(holdings);
  const totalValue = sum(counted.map((holding) => holding.baseValue));
  const withCost = counted.filter((holding) => holding.baseCost !== null);
  const totalCostBasis = sum(withCost.map((holding) => holding.baseCost ?? ZERO));
  const isKnown = withCost.length > 0 || counted.length === 0;
  const totalGainLoss = isKnown ? sum(withCost.map((holding) => holding.baseValue)).minus(totalCostBasis) : null;
  return {
    currency: currencies.base,
    totalValue,
    totalCostBasis,
    totalGainLoss,
    totalGainLossPercent: totalGainLoss && percent(totalGainLoss, totalCostBasis.abs()),
    valueWithoutCost: sum(counted.filter((holding) => holding.costBasis === null).map((holding) => holding.baseValue)),
    holdings,
    allocationByType: allocation(counted, totalValue, (holding) => holding.type),
    allocationBySector: allocation(counted, totalValue, (holding) => (holding.isCash ? 'cash' : holding.sector)),
    topHoldings: counted.slice(0, TOP_HOLDINGS),
    unconverted: sumByCurrency(
      holdings.filter((holding) => holding.baseValue === null).map((holding) => ({ currency: holding.currency, amount: holding.value })),
    ),
  };
}

type CountedPosition = ValuedPosition & { baseValue: Money };

/** The positions that the sums are made of. */
export const countedPositions = (holdings: ValuedPosition[]): CountedPosition[] =>
  holdings.filter((holding): holding is CountedPosition => holding.baseValue !== null);

/** Shares of the total by a key, largest first; empty when there is no total to share. */
function allocation(holdings: CountedPosition[], total: Money, keyOf: (holding: CountedPosition) => string | null): Map<string, Money> {
  const values = new Map<string, Money>();
  for (const holding of holdings) {
    const key = keyOf(holding) ?? UNKNOWN;
    values.set(key, (values.get(key) ?? ZERO).plus(holding.baseValue));
  }
  const shares = [...values].flatMap(([key, value]) => {
    const share = percent(value, total);
    return share ? [[key, share] as const] : [];
  });
  return new Map(shares.sort(([, a], [, b]) => b.comparedTo(a)));
}
