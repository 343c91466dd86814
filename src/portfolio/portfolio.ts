import { type CurrencyAmount, type Money, percent, sum, sumByCurrency, ZERO } from '../lib/money.ts';

export interface HeldPosition {
  id: string;
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
}

export interface ValuedPosition extends HeldPosition {
  gainLoss: Money | null;
  gainLossPercent: Money | null;
}

export interface PortfolioSummary {
  currency: string;
  totalValue: Money;
  /** Of the positions whose cost is known; so are gain and its percentage. */
  totalCostBasis: Money;
  totalGainLoss: Money;
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

/** A portfolio in one currency; positions in others are listed and valued, not summed. */
export function portfolioSummary(positions: HeldPosition[], currency: string): PortfolioSummary {
  const holdings = positions
    .map((position): ValuedPosition => {
      const gainLoss = position.costBasis && position.value.minus(position.costBasis);
      return {
        ...position,
        gainLoss,
        gainLossPercent: gainLoss && position.costBasis ? percent(gainLoss, position.costBasis.abs()) : null,
      };
    })
    .sort((a, b) => b.value.comparedTo(a.value) || (a.id < b.id ? -1 : 1));
  const counted = holdings.filter((holding) => holding.currency === currency);
  const totalValue = sum(counted.map((holding) => holding.value));
  const withCost = counted.filter((holding) => holding.costBasis !== null);
  const totalCostBasis = sum(withCost.map((holding) => holding.costBasis ?? ZERO));
  const totalGainLoss = sum(withCost.map((holding) => holding.gainLoss ?? ZERO));
  return {
    currency,
    totalValue,
    totalCostBasis,
    totalGainLoss,
    totalGainLossPercent: percent(totalGainLoss, totalCostBasis.abs()),
    valueWithoutCost: sum(counted.filter((holding) => holding.costBasis === null).map((holding) => holding.value)),
    holdings,
    allocationByType: allocation(counted, totalValue, (holding) => holding.type),
    allocationBySector: allocation(counted, totalValue, (holding) => (holding.isCash ? 'cash' : holding.sector)),
    topHoldings: counted.slice(0, TOP_HOLDINGS),
    unconverted: sumByCurrency(
      holdings.filter((holding) => holding.currency !== currency).map((holding) => ({ currency: holding.currency, amount: holding.value })),
    ),
  };
}

/** Shares of the total by a key, largest first; empty when there is no total to share. */
function allocation(holdings: ValuedPosition[], total: Money, keyOf: (holding: ValuedPosition) => string | null): Map<string, Money> {
  const values = new Map<string, Money>();
  for (const holding of holdings) {
    const key = keyOf(holding) ?? UNKNOWN;
    values.set(key, (values.get(key) ?? ZERO).plus(holding.value));
  }
  const shares = [...values].flatMap(([key, value]) => {
    const share = percent(value, total);
    return share ? [[key, share] as const] : [];
  });
  return new Map(shares.sort(([, a], [, b]) => b.comparedTo(a)));
}
