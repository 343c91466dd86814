import { Money, percent, sum, ZERO } from '../lib/money.ts';
import { countedPositions, type PortfolioSummary } from './portfolio.ts';

const HIGH_PERCENT = 20;
const MEDIUM_PERCENT = 10;
export const FULL_TYPES = 5;
export const FULL_SECTORS = 10;
const TYPES_MIN = 3;
const CASH_PERCENT_MIN = 5;
export const WEIGHTS = { types: 0.4, sectors: 0.4, concentration: 0.2 };
const CONCENTRATION_SCORES = { low: 100, medium: 50, high: 0 };

export interface PortfolioRisk {
  /** 0 to 100; 0 when nothing is held. */
  diversificationScore: Money;
  concentrationRisk: 'low' | 'medium' | 'high';
  typeDiversity: Money;
  sectorDiversity: Money;
  /** Σ of squared shares, from 0 to 1; null when nothing is held. */
  herfindahlIndex: Money | null;
  /** 1 ÷ the Herfindahl index: as many equal holdings would be as concentrated. */
  effectiveHoldings: Money | null;
  warnings: { type: string; message: string; holding: string }[];
  recommendations: { type: string; message: string; priority: string }[];
}

/** Concentration by security over all accounts, cash aside, and diversity of types and sectors. */
export function portfolioRisk(summary: PortfolioSummary): PortfolioRisk {
  const counted = countedPositions(summary.holdings);
  if (counted.length === 0) {
    return {
      diversificationScore: ZERO,
      concentrationRisk: 'low',
      typeDiversity: ZERO,
      sectorDiversity: ZERO,
      herfindahlIndex: null,
      effectiveHoldings: null,
      warnings: [],
      recommendations: [],
    };
  }
  const shares = sharesBySecurity(counted);
  const high = shares.filter(({ share }) => share.greaterThan(HIGH_PERCENT));
  const concentrationRisk = high.length > 0 ? 'high' : shares.some(({ share }) => share.greaterThan(MEDIUM_PERCENT)) ? 'medium' : 'low';
  const typeDiversity = diversity(summary.allocationByType, FULL_TYPES);
  const sectorDiversity = diversity(summary.allocationBySector, FULL_SECTORS);
  const squares = sum(shares.map(({ share }) => share.div(100).pow(2)));
  return {
    diversificationScore: typeDiversity
      .times(WEIGHTS.types)
      .plus(sectorDiversity.times(WEIGHTS.sectors))
      .plus(CONCENTRATION_SCORES[concentrationRisk] * WEIGHTS.concentration),
    concentrationRisk,
    typeDiversity,
    sectorDiversity,
    herfindahlIndex: squares.isZero() ? null : squares,
    effectiveHoldings: squares.isZero() ? null : new Money(1).div(squares),
    warnings: high.map(({ label, share }) => ({
      type: 'concentration',
      message: `${label} is ${share.toFixed(1)} % of the portfolio.`,
      holding: label,
    })),
    recommendations: recommendationsFor(summary),
  };
}

/** Each security's share of all that is held, the same security in several accounts taken together; what is sold short counts by its size. */
export function sharesBySecurity(holdings: ReturnType<typeof countedPositions>) {
  const gross = sum(holdings.map((holding) => holding.baseValue.abs()));
  const values = new Map<string, { label: string; value: Money }>();
  for (const holding of holdings) {
    if (holding.isCash) continue;
    const before = values.get(holding.securityId)?.value ?? ZERO;
    values.set(holding.securityId, { label: holding.ticker ?? holding.name ?? 'Unnamed', value: before.plus(holding.baseValue) });
  }
  return [...values].flatMap(([securityId, { label, value }]) => {
    const share = percent(value.abs(), gross);
    return share ? [{ securityId, label, share, value }] : [];
  });
}

const diversity = (allocation: Map<string, Money>, full: number): Money => {
  const known = [...allocation.keys()].filter((key) => key !== 'unknown').length;
  return Money.min(new Money(known).div(full).times(100), 100);
};

function recommendationsFor(summary: PortfolioSummary) {
  const recommendations: PortfolioRisk['recommendations'] = [];
  if (summary.allocationByType.size < TYPES_MIN) {
    recommendations.push({
      type: 'diversification',
      message: 'The portfolio holds few kinds of assets. Bonds or international funds would spread the risk.',
      priority: 'high',
    });
  }
  const cash = summary.allocationBySector.get('cash') ?? ZERO;
  if (cash.lessThan(CASH_PERCENT_MIN)) {
    recommendations.push({ type: 'liquidity', message: `Less than ${CASH_PERCENT_MIN} % of the portfolio is cash.`, priority: 'medium' });
  }
  return recommendations;
}
