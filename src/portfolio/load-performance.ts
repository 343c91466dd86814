import { isInvestmentType } from '../accounts/account-class.ts';
import type { Account } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { type CalendarDate, eachDay } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type CurrencyAmount, type Money, sum, sumByCurrency, ZERO } from '../lib/money.ts';
import { type AccountPast, dailyBalances, nearestPrice } from '../net-worth/history.ts';
import { type KnownPast, loadAccountPasts } from '../net-worth/store.ts';
import {
  addUp,
  alignFlows,
  type IndexPoint,
  PERFORMANCE_PERIODS,
  type Performance,
  type PortfolioDay,
  performanceOf,
  periodStart,
  timeWeightedIndex,
} from './performance.ts';
import { type RealisedGain, realisedGains } from './realised-gains.ts';
import { findPortfolioStart, type InKindTransfer, listInKindTransfers, listPositions, listTrades, sumActivityDays } from './store.ts';

export interface PortfolioPerformance {
  periods: Performance[];
  accounts: { account: Account; periods: Performance[] }[];
  days: PortfolioDay[];
  index: IndexPoint[];
  /** Investment accounts of which nothing but a balance is known: nobody can tell their gains from what was paid in. */
  withoutActivity: Account[];
  realised: {
    gains: (RealisedGain & { gainInBase: Money | null })[];
    total: Money;
    unconverted: CurrencyAmount[];
    hasUnknownCost: boolean;
  };
}

/**
 * The days of each investment account from a day on, in the base currency, and the accounts of which too little is known.
 * @param known the pasts of some accounts, from that day on at least; those that are no investments are left aside.
 */
export async function loadPortfolioDays(database: Database, userId: string, known: KnownPast[], since: CalendarDate, today: CalendarDate) {
  const pasts = known.filter(({ account }) => isInvestmentType(account.type));
  const [activity, transfers] = await Promise.all([
    sumActivityDays(database, userId, since, today),
    listInKindTransfers(database, userId, since, today),
  ]);
  const dates = [...eachDay(since, today)];
  const activityOf = groupBy(activity, (row) => row.accountId);
  const isKnown = (past: (typeof pasts)[number]) => past.positions.length > 0 || activityOf.has(past.account.id);
  const accounts = pasts.filter(isKnown).map((past) => {
    const own = transfers.filter((row) => row.accountId === past.account.id);
    return { account: past.account, days: daysOf(past, dates, activityOf.get(past.account.id) ?? [], own) };
  });
  return { accounts, withoutActivity: pasts.filter((past) => !isKnown(past)).map((past) => past.account) };
}

/** How the investment accounts, each and together, went over every period, in the base currency. */
export async function loadPerformance(database: Database, user: User, all: Account[], today: CalendarDate): Promise<PortfolioPerformance> {
  const since = (await findPortfolioStart(database, user.id)) ?? today;
  const invested = all.filter((account) => isInvestmentType(account.type));
  const [pasts, trades, positions] = await Promise.all([
    loadAccountPasts(database, user.id, invested, user.currencies, since, today),
    listTrades(database, user.id),
    listPositions(database, user.id),
  ]);
  const { accounts, withoutActivity } = await loadPortfolioDays(database, user.id, pasts, since, today);
  const days = addUp(accounts.map((account) => account.days));
  const held = new Map<string, Money>();
  for (const { accountId, securityId, quantity } of positions) {
    const key = `${accountId} ${securityId}`;
    held.set(key, (held.get(key) ?? ZERO).plus(quantity));
  }
  return {
    periods: periodsOf(days, today),
    accounts: accounts.map((entry) => ({ account: entry.account, periods: periodsOf(entry.days, today) })),
    days,
    index: timeWeightedIndex(days),
    withoutActivity,
    realised: realisedOf(realisedGains(trades, held), user),
  };
}

/** Each period that there are days for, from the first day with a value on. */
function periodsOf(days: PortfolioDay[], today: CalendarDate): Performance[] {
  const known = days.slice(
    Math.max(
      0,
      days.findIndex((day) => day.value !== null),
    ),
  );
  return PERFORMANCE_PERIODS.flatMap((period) => {
    const start = periodStart(period, today);
    const within = start === null ? known : known.filter((day) => day.date >= start);
    return performanceOf(period, within) ?? [];
  });
}

/** An account's days in the base currency. */
function daysOf(
  past: AccountPast,
  dates: CalendarDate[],
  activity: { date: CalendarDate; flow: Money; income: Money; fees: Money }[],
  transfers: InKindTransfer[],
): PortfolioDay[] {
  const balances = dailyBalances(past, dates);
  const byDate = new Map(activity.map((row) => [row.date, row]));
  const transfersOn = groupBy(transfers, (row) => row.date);
  const days = dates.map((date, index) => {
    const rate = past.rateOn(date);
    const { balance, isEstimated } = balances[index] as (typeof balances)[number];
    const { flow, income, fees } = byDate.get(date) ?? { flow: ZERO, income: ZERO, fees: ZERO };
    const moved = sum((transfersOn.get(date) ?? []).map((row) => row.quantity.times(row.price ?? priceOf(past, row) ?? ZERO)));
    return {
      date,
      value: balance?.times(rate) ?? null,
      flow: flow.plus(moved).times(rate),
      income: income.times(rate),
      fees: fees.times(rate),
      isEstimated,
    };
  });
  return alignFlows(days);
}

const priceOf = (past: AccountPast, { securityId, date }: InKindTransfer): Money | null => {
  const position = past.positions.find((candidate) => candidate.securityId === securityId);
  return position ? nearestPrice(position.prices, position.splits)(date) : null;
};

function realisedOf(found: RealisedGain[], { currencies }: User): PortfolioPerformance['realised'] {
  const gains = found.map((sale) => ({ ...sale, gainInBase: sale.gain && inBase(currencies, sale.gain, sale.currency, sale.date) }));
  return {
    gains,
    total: sum(gains.flatMap(({ gainInBase }) => gainInBase ?? [])),
    unconverted: sumByCurrency(
      gains.flatMap(({ gain, gainInBase, currency }) => (gain && !gainInBase ? [{ currency, amount: gain }] : [])),
    ),
    hasUnknownCost: gains.some((sale) => sale.quantityWithoutCost.greaterThan(0)),
  };
}
