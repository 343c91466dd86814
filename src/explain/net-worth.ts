import { type Account, balanceOf } from '../accounts/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { Currencies } from '../lib/exchange-rates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { type Money, ZERO } from '../lib/money.ts';
import type { Bridge } from '../net-worth/bridge.ts';
import type { NetWorthPoint } from '../net-worth/history.ts';
import type { NetWorthMetrics } from '../net-worth/metrics.ts';
import { assetGroup, debtGroup, type NetWorth } from '../net-worth/net-worth.ts';
import { type ExplainedRow, type Explanation, explainHref, explanation, type Input, transactionsHref } from './explanation.ts';

type Figures = { accounts: Account[]; current: NetWorth };

/** Which accounts a figure of net worth is made of, and whether they add to it or take from it. */
const SUMS: Record<string, { label: string; formula: string; of: (net: NetWorth) => Money; signOf: (account: Account) => 1 | -1 | 0 }> = {
  net_worth: {
    label: 'Net worth',
    formula: 'Everything you own less everything you owe, with their signs.',
    of: (net) => net.netWorth,
    signOf: (account) => (account.isAsset ? 1 : -1),
  },
  total_assets: {
    label: 'Assets',
    formula: 'The balances of the accounts that count as yours.',
    of: (net) => net.totalAssets,
    signOf: (account) => (account.isAsset ? 1 : 0),
  },
  liquid_assets: {
    label: 'Cash',
    formula: 'The balances of bank accounts.',
    of: (net) => net.liquidAssets,
    signOf: (account) => (account.isAsset && assetGroup(account) === 'liquid' ? 1 : 0),
  },
  investment_assets: {
    label: 'Investments',
    formula: 'The balances of investment accounts, which contain their holdings and their cash.',
    of: (net) => net.investmentAssets,
    signOf: (account) => (account.isAsset && assetGroup(account) === 'investment' ? 1 : 0),
  },
  other_assets: {
    label: 'Other assets',
    formula: 'The balances of accounts of other kinds that you have included.',
    of: (net) => net.otherAssets,
    signOf: (account) => (account.isAsset && assetGroup(account) === 'other' ? 1 : 0),
  },
  total_liabilities: {
    label: 'Liabilities',
    formula: 'What you owe on cards and loans; what is over-paid lowers it.',
    of: (net) => net.totalLiabilities,
    signOf: (account) => (account.isAsset ? 0 : 1),
  },
  credit_card_debt: {
    label: 'Credit cards',
    formula: 'What you owe on cards.',
    of: (net) => net.creditCardDebt,
    signOf: (account) => (!account.isAsset && debtGroup(account) === 'credit' ? 1 : 0),
  },
  mortgage_debt: {
    label: 'Mortgage',
    formula: 'What you owe on mortgages and home equity loans.',
    of: (net) => net.mortgageDebt,
    signOf: (account) => (!account.isAsset && debtGroup(account) === 'mortgage' ? 1 : 0),
  },
  loan_debt: {
    label: 'Loans',
    formula: 'What you owe on other loans.',
    of: (net) => net.loanDebt,
    signOf: (account) => (!account.isAsset && debtGroup(account) === 'loan' ? 1 : 0),
  },
};

const SHARES: Record<string, { label: string; part: string; of: (net: NetWorth) => Money | null }> = {
  'allocation.liquid': { label: 'Share of cash', part: 'liquid_assets', of: (net) => net.allocation.liquid },
  'allocation.investment': { label: 'Share of investments', part: 'investment_assets', of: (net) => net.allocation.investment },
  'allocation.other': { label: 'Share of other assets', part: 'other_assets', of: (net) => net.allocation.other },
};

const METRICS: Record<
  string,
  { label: string; formula: string; unit?: 'months' | 'percent'; of: (metrics: NetWorthMetrics) => Money | number | null }
> = {
  ytd_change: {
    label: 'Change this year',
    formula: 'Net worth now less net worth at the end of 31 December, or on the first day known this year.',
    of: (metrics) => metrics.ytdChange,
  },
  ytd_change_percent: {
    label: 'Change this year in per cent',
    formula: 'The change this year ÷ the value it started from, without its sign.',
    unit: 'percent',
    of: (metrics) => metrics.ytdChangePercent,
  },
  monthly_average_change: {
    label: 'Average month',
    formula: 'The mean of the changes of whole calendar months in the last 365 days.',
    of: (metrics) => metrics.monthlyAverageChange,
  },
  best_month: { label: 'Best month', formula: 'The largest of the monthly changes.', of: (metrics) => metrics.bestMonth },
  worst_month: { label: 'Worst month', formula: 'The smallest of the monthly changes.', of: (metrics) => metrics.worstMonth },
  volatility: {
    label: 'Volatility',
    formula: 'The sample standard deviation of the monthly changes; at least two months are needed.',
    of: (metrics) => metrics.volatility,
  },
  months_to_goal: {
    label: 'Months to the goal',
    formula: '(Goal − net worth) ÷ average month, rounded up.',
    unit: 'months',
    of: (metrics) => metrics.monthsToGoal,
  },
};

const NOT_INCLUDED = 'Accounts that you have taken out of net worth.';

export const netWorthFigures = [...Object.keys(SUMS), 'liquidity_ratio', ...Object.keys(SHARES)];
export const metricFigures = Object.keys(METRICS);

/** A figure of current net worth. */
export function explainNetWorth(figure: string, { accounts, current }: Figures, currencies: Currencies, today: CalendarDate): Explanation {
  const sumOf = SUMS[figure];
  const input = (name: string): Input => ({
    label: SUMS[name]?.label ?? name,
    value: SUMS[name]?.of(current) ?? null,
    unit: 'money',
    href: explainHref(`net_worth.${name}`),
  });
  const share = SHARES[figure];
  const name = `net_worth.${figure}`;
  if (share) {
    return explanation(name, {
      label: share.label,
      value: share.of(current),
      unit: 'percent',
      formula: 'The part ÷ all assets, in per cent.',
      inputs: [input(share.part), input('total_assets')],
    });
  }
  if (!sumOf) {
    return explanation(name, {
      label: 'Liquidity ratio',
      value: current.liquidityRatio,
      unit: 'number',
      formula: 'Cash ÷ liabilities; there is none when nothing is owed.',
      inputs: [input('liquid_assets'), input('total_liabilities')],
    });
  }
  const rows = accounts
    .filter((account) => account.includeInNetWorth && sumOf.signOf(account) !== 0)
    .map((account) => accountRow(account, sumOf.signOf(account), currencies, today));
  return explanation(name, {
    label: sumOf.label,
    value: sumOf.of(current),
    formula: sumOf.formula,
    rows,
    exclusions: [
      ...(accounts.some((account) => !account.includeInNetWorth) ? [NOT_INCLUDED] : []),
      ...(current.unknownBalances.length > 0 ? ['Accounts of which the bank states no balance.'] : []),
    ],
    unconverted: current.unconverted,
  });
}

function accountRow(account: Account, sign: number, currencies: Currencies, today: CalendarDate): ExplainedRow {
  const balance = balanceOf(account);
  const amount = balance && inBase(currencies, balance, account.currency, today);
  return {
    label: account.mask ? `${account.name} ··${account.mask}` : account.name,
    detail:
      balance === null
        ? 'The bank states no balance.'
        : amount === null
          ? `There is no rate for ${account.currency}.`
          : account.institutionName,
    amount: amount?.times(sign) ?? null,
    href: transactionsHref({ account_id: account.id }),
  };
}

/** A metric: the months it is made of. */
export function explainMetric(figure: string, metrics: NetWorthMetrics, isEstimated: boolean): Explanation {
  const metric = METRICS[figure] as (typeof METRICS)[string];
  const value = metric.of(metrics);
  const isOfMonths = !figure.startsWith('ytd');
  return explanation(`metrics.${figure}`, {
    label: metric.label,
    value: typeof value === 'number' ? ZERO.plus(value) : value,
    unit: metric.unit ?? 'money',
    formula: metric.formula,
    inputs: [
      { label: 'Net worth', value: metrics.currentNetWorth, unit: 'money', href: explainHref('net_worth.net_worth') },
      ...(figure === 'months_to_goal' ? [{ label: 'Goal', value: metrics.goal, unit: 'money' as const, href: null }] : []),
      ...(isOfMonths
        ? metrics.months.map(({ month, change }) => ({
            label: month,
            value: change,
            unit: 'money' as const,
            href: null,
          }))
        : [
            {
              label: 'At the start of the year',
              value: metrics.ytdChange && metrics.currentNetWorth.minus(metrics.ytdChange),
              unit: 'money' as const,
              href: null,
            },
          ]),
    ],
    isEstimated,
  });
}

/** Net worth at the end of a day of the past: the balance of each account that day. */
export function explainDay(
  point: NetWorthPoint,
  balances: { account: Account; amount: Money | null; isEstimated: boolean }[],
): Explanation {
  return explanation('history.net_worth', {
    label: `Net worth on ${point.date}`,
    value: point.netWorth,
    formula:
      'The balances at the end of that day, as read or stated by a bank or, where none was, worked out backwards from the movements since.',
    rows: balances.map(({ account, amount, isEstimated }) => ({
      label: account.name,
      detail: amount === null ? 'It did not exist then.' : isEstimated ? 'Worked out from the movements since.' : 'As recorded that day.',
      amount: amount && (account.isAsset ? amount : amount.negated()),
      href: transactionsHref({ account_id: account.id, end_date: point.date }),
    })),
    isEstimated: point.isEstimated,
  });
}

/** What changed net worth between two days. */
export function explainBridge(bridge: Bridge, firstDay: CalendarDate): Explanation {
  const period = { start_date: firstDay, end_date: bridge.end, in_net_worth: 'true' };
  return explanation('bridge.change', {
    label: `What changed from ${bridge.start} to ${bridge.end}`,
    value: bridge.endValue.minus(bridge.startValue),
    formula: 'Income − spending + investment return + interest on debts + other = change.',
    rows: [
      { label: 'Income', detail: null, amount: bridge.income, href: transactionsHref({ flow: 'income', ...period }) },
      { label: 'Spending', detail: null, amount: bridge.spending.negated(), href: transactionsHref({ flow: 'expense', ...period }) },
      {
        label: 'Investment return',
        detail: 'Change of value that no deposit or withdrawal explains.',
        amount: bridge.investmentReturn,
        href: null,
      },
      { label: 'Interest on debts', detail: 'Added to loans by their lenders.', amount: bridge.debtInterest, href: null },
      {
        label: 'Other',
        detail: 'What the rows do not explain: transfers with one side, corrections, accounts that came or went.',
        amount: bridge.other,
        href: null,
      },
    ],
    inputs: [
      {
        label: `Net worth on ${bridge.start}`,
        value: bridge.startValue,
        unit: 'money',
        href: explainHref('history.net_worth', { date: bridge.start }),
      },
      {
        label: `Net worth on ${bridge.end}`,
        value: bridge.endValue,
        unit: 'money',
        href: explainHref('history.net_worth', { date: bridge.end }),
      },
    ],
    isEstimated: bridge.isEstimated,
  });
}
