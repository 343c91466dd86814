import { isInvestmentType } from '../accounts/account-class.ts';
import type { Account } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { type Effect, effectsOf } from '../investments/effects.ts';
import { type InvestmentActivity, listInvestmentActivity } from '../investments/store.ts';
import { type CalendarDate, eachDay, historyStart } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type CurrencyAmount, type Money, sum, sumByCurrency, ZERO } from '../lib/money.ts';
import { inSteps, type Steps } from '../lib/steps.ts';
import { dailyBalances, priceOfDay } from '../net-worth/history.ts';
import type { ActivityEntry } from '../net-worth/invested-past.ts';
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
import { lotLedger, type OpenLot, type RealisedGain, type Trade } from './realised-gains.ts';
import { findPortfolioStart, listPositions, listStatedLots } from './store.ts';

export interface PortfolioPerformance {
  periods: Performance[];
  accounts: { account: Account; periods: Performance[] }[];
  days: PortfolioDay[];
  index: IndexPoint[];
  /** Investment accounts of which nothing but a balance is known: nobody can tell their gains from what was paid in. */
  withoutActivity: Account[];
  realised: {
    gains: (RealisedGain & { gainInBase: Money | null })[];
    /** Null when there were sales and the gain of none is known. */
    total: Money | null;
    unconverted: CurrencyAmount[];
    hasUnknownCost: boolean;
  };
  /** What is held of all that was traded, or whose purchases are stated, by purchase. */
  lots: OpenLot[];
}

interface InvestedDays {
  accounts: { account: Account; days: PortfolioDay[] }[];
  withoutActivity: Account[];
}

/**
 * The days of each investment account from a day on, in the base currency, and the accounts of which too little is known.
 * @param known the pasts of some accounts, from that day on at least; those that are no investments are left aside.
 */
export function* portfolioDays(known: KnownPast[], since: CalendarDate, today: CalendarDate): Steps<InvestedDays> {
  const pasts = known.filter(({ account }) => isInvestmentType(account.type));
  const dates = [...eachDay(since, today)];
  const isKnown = (past: KnownPast) => past.positions.length > 0 || past.activity.some((entry) => entry.date >= since);
  const accounts: InvestedDays['accounts'] = [];
  for (const past of pasts.filter(isKnown)) {
    accounts.push({ account: past.account, days: daysOf(past, dates) });
    yield;
  }
  return {
    accounts,
    withoutActivity: pasts.filter((past) => !isKnown(past)).map((past) => past.account),
  };
}

/** How the investment accounts, each and together, went over every period, in the base currency. */
export async function loadPerformance(database: Database, user: User, all: Account[], today: CalendarDate): Promise<PortfolioPerformance> {
  const since = historyStart(await findPortfolioStart(database, user.id), today);
  const invested = all.filter((account) => isInvestmentType(account.type));
  const [pasts, activity, positions, stated] = await Promise.all([
    loadAccountPasts(database, user.id, invested, user.currencies, since, today),
    listInvestmentActivity(database, user.id),
    listPositions(database, user.id),
    listStatedLots(database, user.id),
  ]);
  const { accounts, withoutActivity } = await inSteps(portfolioDays(pasts, since, today));
  const days = addUp(accounts.map((account) => account.days));
  const held = new Map<string, Money>();
  for (const { accountId, securityId, quantity } of positions) {
    const key = `${accountId} ${securityId}`;
    held.set(key, (held.get(key) ?? ZERO).plus(quantity));
  }
  const { gains, lots } = lotLedger(tradesOf(activity), held, stated);
  return {
    periods: periodsOf(days, today),
    accounts: await inSteps(periodsOfEach(accounts, today)),
    days,
    index: timeWeightedIndex(days),
    withoutActivity,
    realised: realisedOf(gains, user),
    lots,
  };
}

function* periodsOfEach(accounts: InvestedDays['accounts'], today: CalendarDate): Steps<PortfolioPerformance['accounts']> {
  const each: PortfolioPerformance['accounts'] = [];
  for (const { account, days } of accounts) {
    yield;
    each.push({ account, periods: periodsOf(days, today) });
  }
  return each;
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
function daysOf(past: KnownPast, dates: CalendarDate[]): PortfolioDay[] {
  const balances = dailyBalances(past, dates);
  const entriesOn = groupBy(past.activity, (entry) => entry.date);
  const days = dates.map((date, index) => {
    const rate = past.rateOn(date);
    const { balance, isEstimated } = balances[index] as (typeof balances)[number];
    const entries = entriesOn.get(date) ?? [];
    return {
      date,
      value: balance?.times(rate) ?? null,
      flow: sum(entries.map((entry) => entry.flow.plus(unpricedFlow(past, entry)))).times(rate),
      income: sum(entries.map((entry) => entry.income)).times(rate),
      fees: sum(entries.map((entry) => entry.fees)).times(rate),
      isEstimated,
    };
  });
  return alignFlows(days);
}

/** What securities that came in or went out at no stated value were worth on the day, in the account's currency. */
function unpricedFlow(past: KnownPast, { date, unpriced }: ActivityEntry): Money {
  const position = unpriced && past.positions.find((candidate) => candidate.securityId === unpriced.securityId);
  const price = position && priceOfDay(position.prices, position.splits)(date);
  return price ? unpriced.quantity.times(price).times(position.rateOn(date)) : ZERO;
}

/** What changes the lots of securities. */
function tradesOf(activity: InvestmentActivity[]): Trade[] {
  const effects = effectsOf(activity);
  return activity.flatMap((row) => {
    const effect = effects.get(row.id) as Effect;
    if (row.securityId === null || effect.lots === null) return [];
    const { id, accountId, securityId, ticker, date, currency } = row;
    const { quantity, consideration, lots: change } = effect;
    return [{ id, accountId, securityId, ticker, name: row.securityName, date, quantity, consideration, change, currency }];
  });
}

function realisedOf(found: RealisedGain[], { currencies }: User): PortfolioPerformance['realised'] {
  const gains = found.map((sale) => ({ ...sale, gainInBase: sale.gain && inBase(currencies, sale.gain, sale.currency, sale.date) }));
  const known = gains.flatMap(({ gainInBase }) => gainInBase ?? []);
  return {
    gains,
    total: known.length > 0 || gains.length === 0 ? sum(known) : null,
    unconverted: sumByCurrency(
      gains.flatMap(({ gain, gainInBase, currency }) => (gain && !gainInBase ? [{ currency, amount: gain }] : [])),
    ),
    hasUnknownCost: gains.some((sale) => sale.quantityWithoutCost.greaterThan(0)),
  };
}
