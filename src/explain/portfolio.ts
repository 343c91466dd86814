import { REINVESTED_WITHIN_DAYS } from '../investments/effects.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Money, signOf } from '../lib/money.ts';
import type { DividendIncome } from '../portfolio/dividends.ts';
import type { PortfolioPerformance } from '../portfolio/load-performance.ts';
import type { Performance } from '../portfolio/performance.ts';
import { countedPositions, type PortfolioSummary, type ValuedPosition } from '../portfolio/portfolio.ts';
import { NO_RETURN_WORDS, type NoReturn } from '../portfolio/reasons.ts';
import { FULL_SECTORS, FULL_TYPES, type PortfolioRisk, WEIGHTS } from '../portfolio/risk.ts';
import { type ExplainedRow, type Explanation, explainHref, explanation, type Input, type Parameters, type Unit } from './explanation.ts';

/** The only reason why a total of holdings is not known. */
const NO_COST = 'no institution says what the holdings cost';

const HOLDINGS: Record<
  string,
  { label: string; formula: string; of: (summary: PortfolioSummary) => Money | null; amountOf: (holding: ValuedPosition) => Money | null }
> = {
  total_value: {
    label: 'Value of what is held',
    formula: 'Quantity × price of each holding, as its institution values it.',
    of: (summary) => summary.totalValue,
    amountOf: (holding) => holding.baseValue,
  },
  total_cost_basis: {
    label: 'Cost of what is held',
    formula: 'What the holdings cost, where that is known.',
    of: (summary) => summary.totalCostBasis,
    amountOf: (holding) => holding.baseCost,
  },
  total_gain_loss: {
    label: 'Gain on what is held',
    formula: 'Value − cost of the holdings whose cost is known. Holdings in other currencies at today’s rate, value and cost alike.',
    of: (summary) => summary.totalGainLoss,
    amountOf: (holding) => (holding.baseValue && holding.baseCost ? holding.baseValue.minus(holding.baseCost) : null),
  },
};

export const portfolioFigures = [...Object.keys(HOLDINGS), 'total_gain_loss_percent', 'allocation'];

export function explainPortfolio(figure: string, summary: PortfolioSummary, parameters: Parameters): Explanation | null {
  const name = `portfolio.${figure}`;
  const sumOf = HOLDINGS[figure];
  const withoutCost = signOf(summary.valueWithoutCost) === 0 ? [] : ['Holdings whose cost the institution does not know.'];
  if (sumOf) {
    return explanation(name, {
      label: sumOf.label,
      value: sumOf.of(summary),
      reason: NO_COST,
      formula: sumOf.formula,
      rows: summary.holdings.map((holding) => holdingRow(holding, sumOf.amountOf(holding))),
      exclusions: figure === 'total_value' ? [] : withoutCost,
      unconverted: summary.unconverted,
    });
  }
  const input = (of: string): Input => ({
    label: HOLDINGS[of]?.label ?? of,
    value: HOLDINGS[of]?.of(summary) ?? null,
    unit: 'money',
    href: explainHref(`portfolio.${of}`),
  });
  if (figure === 'total_gain_loss_percent') {
    return explanation(name, {
      label: 'Gain in per cent',
      value: summary.totalGainLossPercent,
      reason: NO_COST,
      unit: 'percent',
      formula: 'Gain ÷ cost.',
      inputs: [input('total_gain_loss'), input('total_cost_basis')],
      exclusions: withoutCost,
    });
  }
  const { key } = parameters;
  if (figure !== 'allocation' || key === undefined) return null;
  const share = summary.allocationByType.get(key) ?? summary.allocationBySector.get(key);
  if (!share) return null;
  const isType = summary.allocationByType.has(key);
  const held = countedPositions(summary.holdings).filter(
    (holding) => (isType ? (holding.type ?? 'unknown') : holding.isCash ? 'cash' : (holding.sector ?? 'unknown')) === key,
  );
  return explanation(name, {
    label: `Share of ${key}`,
    value: share,
    unit: 'percent',
    formula: 'The value of these holdings ÷ the value of all, in per cent.',
    rows: held.map((holding) => holdingRow(holding, holding.baseValue)),
    inputs: [input('total_value')],
  });
}

const holdingRow = (holding: ValuedPosition, amount: Money | null): ExplainedRow => ({
  label: holding.ticker ?? holding.name ?? 'Unnamed',
  detail:
    amount === null ? (holding.baseValue === null ? `There is no rate for ${holding.currency}.` : 'Its cost is not known.') : holding.name,
  amount,
  href: null,
});

interface Return {
  label: string;
  unit: Unit;
  formula: string;
  of: (performance: Performance) => Money | null;
  /** Why there is none. */
  why?: (performance: Performance) => NoReturn | null;
}

const RETURNS: Record<string, Return> = {
  twr: {
    label: 'Time-weighted return',
    unit: 'percent',
    formula:
      '(Each day’s value + what went out that day) ÷ (value of the day before + what came in that day), multiplied over the days, less 1. What came in and went out on one day is taken together. Deposits and withdrawals make no difference to it.',
    of: (performance) => performance.timeWeighted,
    why: (performance) => performance.timeWeightedReason,
  },
  twr_annualized: {
    label: 'Time-weighted return a year',
    unit: 'percent',
    formula: '(1 + time-weighted return) ^ (365 ÷ days) − 1, from one year on.',
    of: (performance) => performance.timeWeightedAnnual,
    why: (performance) => performance.timeWeightedReason,
  },
  xirr: {
    label: 'Money-weighted return a year (XIRR)',
    unit: 'percent',
    formula: 'The yearly rate at which what was put in and taken out, and what is there at the end, are worth nothing together.',
    of: (performance) => performance.moneyWeighted.rate,
    why: (performance) => performance.moneyWeighted.reason,
  },
  gain: {
    label: 'Gain',
    unit: 'money',
    formula: 'Value at the end − value at the start − what was put in = prices + income − fees.',
    of: (performance) => performance.gain,
  },
  max_drawdown: {
    label: 'Largest fall',
    unit: 'percent',
    formula: 'The deepest point of the time-weighted return below its highest point before.',
    of: (performance) => performance.maxDrawdown?.percent ?? null,
    why: (performance) => performance.timeWeightedReason,
  },
};

export const performanceFigures = Object.keys(RETURNS);

export function explainPerformance(figure: string, figures: PortfolioPerformance, parameters: Parameters): Explanation | null {
  const returns = RETURNS[figure];
  const periods = parameters.id ? figures.accounts.find(({ account }) => account.id === parameters.id)?.periods : figures.periods;
  const performance = periods?.find(({ period }) => period === (parameters.period ?? 'All'));
  if (!returns || !performance) return null;
  const money = (label: string, value: Money): Input => ({ label, value, unit: 'money', href: null });
  const why = returns.why?.(performance);
  return explanation(`performance.${figure}`, {
    label: `${returns.label}, ${performance.start} to ${performance.end}`,
    value: returns.of(performance),
    reason: why ? NO_RETURN_WORDS[why] : null,
    unit: returns.unit,
    formula: returns.formula,
    inputs: [
      money('Value at the start', performance.startValue),
      money('Put in less taken out', performance.netFlow),
      money('Value at the end', performance.endValue),
    ],
    ...(figure === 'gain'
      ? {
          rows: [
            { label: 'Prices', detail: null, amount: performance.priceGain, href: null },
            { label: 'Dividends and interest', detail: null, amount: performance.income, href: null },
            { label: 'Fees', detail: null, amount: performance.fees.negated(), href: null },
          ],
        }
      : {}),
    exclusions: figures.withoutActivity.map((account) => `${account.name}: of it only the balance is known.`),
    isEstimated: performance.isEstimated,
  });
}

export const dividendFigures = ['total_dividends', 'projected_annual'];

export function explainDividends(figure: string, dividends: DividendIncome): Explanation {
  const rows = [...dividends.bySecurity].map(([label, amount]) => ({ label, detail: null, amount, href: null }));
  if (figure === 'projected_annual') {
    return explanation('dividends.projected_annual', {
      label: 'Dividends of the next year',
      value: dividends.projection.annual,
      reason: 'too little is known yet',
      formula:
        'Of each security that is held: the mean of its payments of the last year, times how often it pays. Of one that has paid once: quarterly for shares and their funds, monthly for bond and money-market funds, a bond by its terms.',
      isEstimated: dividends.projection.isEstimated,
      inputs: [
        { label: 'Dividends of the trailing year', value: dividends.total, unit: 'money', href: explainHref('dividends.total_dividends') },
      ],
    });
  }
  return explanation('dividends.total_dividends', {
    label: 'Dividends of the trailing year',
    value: dividends.total,
    formula: `Dividends paid, before tax. A reinvestment counts as far as no payment of the same security within ${REINVESTED_WITHIN_DAYS} days explains it; reversals lower the sum.`,
    rows,
  });
}

export function explainRealised({ realised }: PortfolioPerformance): Explanation {
  return explanation('realized.total_gain', {
    label: 'Realised gains',
    value: realised.total,
    reason: 'the purchases of what was sold are not in the history',
    formula: 'What sales brought less what the sold pieces cost, those bought first sold first (FIFO).',
    rows: realised.gains.map((gain) => ({
      label: `${gain.ticker ?? gain.name ?? 'Unnamed'}, ${gain.date satisfies CalendarDate}`,
      detail: gain.quantityWithoutCost.isZero()
        ? null
        : `The purchase of ${gain.quantityWithoutCost} of ${gain.quantity} is not in the history.`,
      amount: gain.gainInBase,
      href: null,
    })),
    exclusions: realised.hasUnknownCost ? ['What was sold of which the purchase is not in the history.'] : [],
    unconverted: realised.unconverted,
  });
}

const RISKS: Record<string, { label: string; unit: Unit; formula: string; of: (risk: PortfolioRisk) => Money | null }> = {
  diversification_score: {
    label: 'Diversification score',
    unit: 'number',
    formula: `${WEIGHTS.types * 100} % for kinds of assets, of ${FULL_TYPES}; ${WEIGHTS.sectors * 100} % for sectors, of ${FULL_SECTORS}; ${WEIGHTS.concentration * 100} % for how little is in one security.`,
    of: (risk) => risk.diversificationScore,
  },
  herfindahl_index: {
    label: 'Herfindahl index',
    unit: 'number',
    formula: 'The sum of the squared shares of the securities, cash aside.',
    of: (risk) => risk.herfindahlIndex,
  },
  effective_holdings: {
    label: 'Effective number of holdings',
    unit: 'number',
    formula: '1 ÷ the Herfindahl index.',
    of: (risk) => risk.effectiveHoldings,
  },
};

export const riskFigures = Object.keys(RISKS);

export function explainRisk(figure: string, risk: PortfolioRisk): Explanation {
  const { of, ...words } = RISKS[figure] as (typeof RISKS)[string];
  return explanation(`risk.${figure}`, {
    ...words,
    value: of(risk),
    inputs: [{ label: 'Value of what is held', value: null, unit: 'money', href: explainHref('portfolio.total_value') }],
  });
}
