import { balanceOf } from '../accounts/store.ts';
import type { CashFlowReport, CashFlowSummary } from '../cash-flow/cash-flow.ts';
import type { Insights } from '../cash-flow/insights.ts';
import { meanErrors } from '../forecast/backtest.ts';
import type { PathDay } from '../forecast/balance-path.ts';
import type { Forecast } from '../forecast/load-forecast.ts';
import type { InvestmentActivity } from '../investments/store.ts';
import type { Freshness } from '../items/freshness.ts';
import { type Money, moneyOut, percentOut, quantityOut } from '../lib/money.ts';
import type { Bridge } from '../net-worth/bridge.ts';
import type { NetWorthPoint } from '../net-worth/history.ts';
import type { NetWorthMetrics } from '../net-worth/metrics.ts';
import type { BalanceDifference } from '../portfolio/balance-differences.ts';
import type { DividendIncome } from '../portfolio/dividends.ts';
import type { PortfolioPerformance } from '../portfolio/load-performance.ts';
import type { Drawdown, Performance } from '../portfolio/performance.ts';
import type { PortfolioSummary, ValuedPosition } from '../portfolio/portfolio.ts';
import type { PortfolioRisk } from '../portfolio/risk.ts';
import { unconvertedJson } from '../transactions/present.ts';
import type { NetWorthFigures, PortfolioFigures } from './load-figures.ts';

/* Figures as the API shows them: here, and only here, decimals become JSON numbers. */

/** An object of rounded amounts; a null prototype, since the keys are a bank's or a person's words. */
const amounts = (map: Map<string, Money>, out: (value: Money) => number): Record<string, number> => {
  const object: Record<string, number> = Object.create(null);
  for (const [key, value] of map) object[key] = out(value);
  return object;
};

export const currentNetWorthJson = ({ accounts, current }: Pick<NetWorthFigures, 'accounts' | 'current'>) => ({
  currency: current.currency,
  total_assets: moneyOut(current.totalAssets),
  liquid_assets: moneyOut(current.liquidAssets),
  investment_assets: moneyOut(current.investmentAssets),
  other_assets: moneyOut(current.otherAssets),
  total_liabilities: moneyOut(current.totalLiabilities),
  credit_card_debt: moneyOut(current.creditCardDebt),
  loan_debt: moneyOut(current.loanDebt),
  mortgage_debt: moneyOut(current.mortgageDebt),
  net_worth: moneyOut(current.netWorth),
  accounts_breakdown: accounts
    .filter((account) => account.includeInNetWorth)
    .map((account) => ({
      id: account.id,
      name: account.name,
      mask: account.mask,
      type: account.type,
      subtype: account.subtype,
      balance: moneyOut(balanceOf(account)),
      currency: account.currency,
      is_asset: account.isAsset,
    })),
  asset_allocation: {
    liquid: percentOut(current.allocation.liquid),
    investment: percentOut(current.allocation.investment),
    other: percentOut(current.allocation.other),
  },
  liquidity_ratio: percentOut(current.liquidityRatio),
  unconverted: unconvertedJson(current.unconverted),
});

export const historyJson = (history: NetWorthPoint[]) =>
  history.map((point) => ({
    date: point.date,
    net_worth: moneyOut(point.netWorth),
    total_assets: moneyOut(point.totalAssets),
    total_liabilities: moneyOut(point.totalLiabilities),
    liquid_assets: moneyOut(point.liquidAssets),
    investment_assets: moneyOut(point.investmentAssets),
    daily_change: moneyOut(point.dailyChange),
    daily_change_percent: percentOut(point.dailyChangePercent),
    estimated: point.isEstimated,
  }));

export const metricsJson = (metrics: NetWorthMetrics) => ({
  current_net_worth: moneyOut(metrics.currentNetWorth),
  ytd_change: moneyOut(metrics.ytdChange),
  ytd_change_percent: percentOut(metrics.ytdChangePercent),
  monthly_average_change: moneyOut(metrics.monthlyAverageChange),
  best_month: moneyOut(metrics.bestMonth),
  best_month_label: metrics.bestMonthLabel,
  worst_month: moneyOut(metrics.worstMonth),
  worst_month_label: metrics.worstMonthLabel,
  volatility: moneyOut(metrics.volatility),
  months_to_goal: metrics.monthsToGoal,
  goal: moneyOut(metrics.goal),
});

export const bridgeJson = (bridge: Bridge) => ({
  start_date: bridge.start,
  end_date: bridge.end,
  start_value: moneyOut(bridge.startValue),
  end_value: moneyOut(bridge.endValue),
  change: moneyOut(bridge.endValue.minus(bridge.startValue)),
  income: moneyOut(bridge.income),
  spending: moneyOut(bridge.spending),
  investment_return: moneyOut(bridge.investmentReturn),
  debt_interest: moneyOut(bridge.debtInterest),
  other: moneyOut(bridge.other),
  estimated: bridge.isEstimated,
});

const summaryJson = (summary: CashFlowSummary) => ({
  total_income: moneyOut(summary.totalIncome),
  total_expenses: moneyOut(summary.totalExpenses),
  total_transfers: moneyOut(summary.totalTransfers),
  total_investments: moneyOut(summary.totalInvestments),
  net_cash_flow: moneyOut(summary.netCashFlow),
  savings_rate: percentOut(summary.savingsRate),
  transaction_count: summary.transactionCount,
});

const cashFlowFields = (report: CashFlowReport) => ({
  period: { start: report.period.start, end: report.period.end, days: report.period.days },
  summary: summaryJson(report.summary),
  income_breakdown: amounts(report.incomeByCategory, moneyOut),
  expense_breakdown: amounts(report.expensesByCategory, moneyOut),
  top_expenses: report.topExpenses.map(({ merchant, amount }) => ({ merchant, amount: moneyOut(amount) })),
  top_income_sources: report.topIncome.map(({ source, amount }) => ({ source, amount: moneyOut(amount) })),
  previous: summaryJson(report.previous),
  unconverted: unconvertedJson(report.unconverted),
});

export const cashFlowJson = (report: CashFlowReport) => ({ ...cashFlowFields(report), daily_cash_flow: JSON.parse(report.daily) });

/** The same as text: thousands of days are not read only to be written again. */
export const cashFlowText = (report: CashFlowReport): string =>
  `{"daily_cash_flow":${report.daily},${JSON.stringify(cashFlowFields(report)).slice(1)}`;

/** Whole cents as money. */
const centsOut = (cents: number): number => cents / 100;
const dayJson = ({ date, expected, low, high }: PathDay) => ({
  date,
  expected: centsOut(expected),
  low: centsOut(low),
  high: centsOut(high),
});
const lowestJson = (day: PathDay | null) => day && { date: day.date, expected: centsOut(day.expected) };

export const forecastJson = (figures: Forecast) => {
  const item = ({ date, merchant, amount, isIncome, category, kind, streamId }: Forecast['upcoming'][number]) => ({
    date,
    merchant,
    amount: moneyOut(amount),
    is_income: isIncome,
    category,
    kind,
    stream_id: streamId,
  });
  const recurring = figures.upcoming.filter(({ kind }) => kind === 'recurring');
  return {
    period_days: figures.days,
    expected_income: recurring.filter(({ isIncome }) => isIncome).map(item),
    expected_expenses: recurring.filter(({ isIncome }) => !isIncome).map(item),
    projected_totals: {
      income: moneyOut(figures.projectedIncome),
      expenses: moneyOut(figures.projectedExpenses),
      net: moneyOut(figures.projectedIncome.minus(figures.projectedExpenses)),
    },
    everyday: { income_per_day: moneyOut(figures.everydayIncome), expenses_per_day: moneyOut(figures.everydayExpenses) },
    known_upcoming: figures.upcoming.map(item),
    starting_balance: centsOut(figures.startCents),
    daily: figures.daily.map(dayJson),
    lowest: lowestJson(figures.lowest),
    accounts: figures.accounts.map((account) => ({
      account_id: account.id,
      name: account.name,
      starting_balance: centsOut(account.startCents),
      daily: account.daily.map(dayJson),
      lowest: lowestJson(account.lowest),
    })),
    backtest: backtestJson(figures.backtest),
    unconverted: unconvertedJson(figures.unconverted),
  };
};

/** How good past forecasts were; null before there is enough history to tell. */
function backtestJson(runs: Forecast['backtest']) {
  const errors = meanErrors(runs);
  if (!errors) return null;
  const share = (part: number, whole: number) => Math.round((part / whole) * 1_000_000) / 10_000;
  return {
    mean_absolute_error: centsOut(errors.ours),
    average_method_error: centsOut(errors.average),
    band_held_percent: share(
      runs.reduce((total, run) => total + run.daysWithinBand, 0),
      runs.reduce((total, run) => total + run.days, 0),
    ),
    runs: runs.map((run) => ({
      as_of: run.asOf,
      days: run.days,
      mean_absolute_error: centsOut(run.meanAbsoluteError),
      average_method_error: centsOut(run.averageMethodError),
      band_held_percent: share(run.daysWithinBand, run.days),
    })),
  };
}

const totalsJson = ({ income, expenses }: { income: Money; expenses: Money }) => ({
  income: moneyOut(income),
  expenses: moneyOut(expenses),
});

export const insightsJson = (insights: Insights) => ({
  spending_trend: insights.spendingTrend,
  savings_rate: percentOut(insights.savingsRate),
  category_changes: insights.categoryChanges.map((change) => ({
    category: change.category,
    current: moneyOut(change.current),
    previous: moneyOut(change.previous),
    change_percent: percentOut(change.changePercent),
    usual: moneyOut(change.usual),
  })),
  comparison: {
    this_month: totalsJson(insights.thisMonth),
    same_days_last_month: totalsJson(insights.sameDaysLastMonth),
    usual_month: insights.usualMonth && {
      ...totalsJson(insights.usualMonth),
      months: insights.usualMonth.months,
      expense_breakdown: amounts(insights.usualMonth.expensesByCategory, moneyOut),
    },
  },
  recommendations: insights.recommendations.map(({ amount, ...rest }) => ({ ...rest, ...(amount ? { amount: moneyOut(amount) } : {}) })),
});

const positionJson = (position: ValuedPosition) => ({
  id: position.id,
  account_id: position.accountId,
  security_id: position.securityId,
  ticker: position.ticker,
  name: position.name,
  type: position.type ?? 'unknown',
  quantity: quantityOut(position.quantity),
  price: quantityOut(position.price),
  value: moneyOut(position.value),
  cost_basis: moneyOut(position.costBasis),
  vested_quantity: quantityOut(position.vestedQuantity),
  vested_value: moneyOut(position.vestedValue),
  gain_loss: moneyOut(position.gainLoss),
  gain_loss_percent: percentOut(position.gainLossPercent),
  currency: position.currency,
  value_in_base: moneyOut(position.baseValue),
});

export const portfolioSummaryJson = (summary: PortfolioSummary) => ({
  currency: summary.currency,
  total_value: moneyOut(summary.totalValue),
  total_cost_basis: moneyOut(summary.totalCostBasis),
  total_gain_loss: moneyOut(summary.totalGainLoss),
  total_gain_loss_percent: percentOut(summary.totalGainLossPercent),
  value_without_cost_basis: moneyOut(summary.valueWithoutCost),
  holdings: summary.holdings.map(positionJson),
  allocation_by_type: amounts(summary.allocationByType, percentOut),
  allocation_by_sector: amounts(summary.allocationBySector, percentOut),
  top_holdings: summary.topHoldings.map(positionJson),
  unconverted: unconvertedJson(summary.unconverted),
});

const differenceJson = (row: BalanceDifference) => ({
  account_id: row.accountId,
  name: row.name,
  balance: moneyOut(row.balance),
  holdings_value: moneyOut(row.holdingsValue),
  difference: moneyOut(row.difference),
});

const activityJson = (row: InvestmentActivity) => ({
  id: row.id,
  account_id: row.accountId,
  date: row.date,
  type: row.type,
  subtype: row.subtype,
  name: row.name,
  ticker: row.ticker,
  quantity: quantityOut(row.quantity),
  price: quantityOut(row.price),
  amount: moneyOut(row.amount),
  fees: moneyOut(row.fees),
  currency: row.currency,
});

const riskJson = (risk: PortfolioRisk) => ({
  diversification_score: percentOut(risk.diversificationScore),
  concentration_risk: risk.concentrationRisk,
  type_diversity: percentOut(risk.typeDiversity),
  sector_diversity: percentOut(risk.sectorDiversity),
  herfindahl_index: percentOut(risk.herfindahlIndex),
  effective_holdings: percentOut(risk.effectiveHoldings),
  warnings: risk.warnings,
  recommendations: risk.recommendations,
});

const dividendsJson = (dividends: DividendIncome) => ({
  total_dividends: moneyOut(dividends.total),
  by_security: amounts(dividends.bySecurity, moneyOut),
  by_month: amounts(dividends.byMonth, moneyOut),
  projected_annual: moneyOut(dividends.projection.annual),
  projected_is_estimated: dividends.projection.isEstimated,
});

const drawdownJson = (drawdown: Drawdown | null) =>
  drawdown && {
    percent: percentOut(drawdown.percent),
    peak_date: drawdown.peakOn,
    trough_date: drawdown.troughOn,
    recovered_date: drawdown.recoveredOn,
  };

const periodJson = (performance: Performance) => ({
  start_date: performance.start,
  end_date: performance.end,
  start_value: moneyOut(performance.startValue),
  end_value: moneyOut(performance.endValue),
  net_flow: moneyOut(performance.netFlow),
  gain: moneyOut(performance.gain),
  price_gain: moneyOut(performance.priceGain),
  income: moneyOut(performance.income),
  fees: moneyOut(performance.fees),
  twr: percentOut(performance.timeWeighted),
  twr_reason: performance.timeWeightedReason,
  twr_annualized: percentOut(performance.timeWeightedAnnual),
  xirr: percentOut(performance.moneyWeighted.rate),
  xirr_reason: performance.moneyWeighted.reason,
  max_drawdown: drawdownJson(performance.maxDrawdown),
  estimated: performance.isEstimated,
});

const periodsJson = (periods: Performance[]) =>
  Object.fromEntries(periods.map((performance) => [performance.period, periodJson(performance)]));

const performanceJson = (figures: PortfolioPerformance) => ({
  periods: periodsJson(figures.periods),
  accounts: figures.accounts.map(({ account, periods }) => ({ account_id: account.id, name: account.name, periods: periodsJson(periods) })),
  without_activity: figures.withoutActivity.map(({ id, name }) => ({ account_id: id, name })),
  daily: figures.days
    .map((day, index) => ({
      date: day.date,
      value: moneyOut(day.value),
      net_flow: moneyOut(day.flow),
      twr: percentOut((figures.index[index] as (typeof figures.index)[number]).index.minus(1).times(100)),
      estimated: day.isEstimated,
    }))
    .filter(({ value }) => value !== null),
  lots: figures.lots.map((lot) => ({
    account_id: lot.accountId,
    security_id: lot.securityId,
    acquired_date: lot.acquiredOn,
    quantity: quantityOut(lot.quantity),
    unit_cost: quantityOut(lot.unitCost),
    currency: lot.currency,
  })),
  realized: {
    total_gain: moneyOut(figures.realised.total),
    incomplete: figures.realised.hasUnknownCost,
    unconverted: unconvertedJson(figures.realised.unconverted),
    sales: figures.realised.gains.map((gain) => ({
      transaction_id: gain.transactionId,
      account_id: gain.accountId,
      security_id: gain.securityId,
      ticker: gain.ticker,
      name: gain.name,
      date: gain.date,
      quantity: quantityOut(gain.quantity),
      proceeds: moneyOut(gain.proceeds),
      cost: moneyOut(gain.gain && gain.cost),
      gain: moneyOut(gain.gain),
      quantity_without_cost: quantityOut(gain.quantityWithoutCost),
      currency: gain.currency,
    })),
  },
});

export const portfolioJson = (figures: PortfolioFigures, performance: PortfolioPerformance) => ({
  summary: portfolioSummaryJson(figures.summary),
  balance_differences: figures.balanceDifferences.map(differenceJson),
  transactions: figures.activity.map(activityJson),
  risk_analysis: riskJson(figures.risk),
  dividends: dividendsJson(figures.dividends),
  performance: performanceJson(performance),
});

export const freshnessJson = (freshness: Freshness) => ({
  oldest_sync: freshness.oldestSyncAt?.toISOString() ?? null,
  syncing: freshness.isSyncing,
  incomplete: freshness.isIncomplete,
  broken: freshness.broken.map((item) => ({
    item_id: item.id,
    institution_name: item.institutionName,
    since: item.errorSince?.toISOString() ?? null,
  })),
});
