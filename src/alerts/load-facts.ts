import { listTwins, type Twin } from '../accounts/duplicate-store.ts';
import { nameOfAccount } from '../accounts/present.ts';
import { type Account, balanceOf, listActiveAccounts } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import { usualMonthOf, usualPeriod } from '../cash-flow/insights.ts';
import { findFirstTransactionDay, sumMonths } from '../cash-flow/store.ts';
import { loadNetWorth, loadPortfolioPerformance } from '../dashboard/load-figures.ts';
import type { Database } from '../database/client.ts';
import { type Forecast, loadForecast } from '../forecast/load-forecast.ts';
import { type ListedItem, listItems } from '../items/store.ts';
import { addDays, addMonths, type CalendarDate, dateIn, startOfMonth } from '../lib/dates.ts';
import { inBase } from '../lib/exchange-rates.ts';
import { Money, percent, sum } from '../lib/money.ts';
import type { IndexPoint } from '../portfolio/performance.ts';
import { countedPositions, portfolioSummary } from '../portfolio/portfolio.ts';
import { sharesBySecurity } from '../portfolio/risk.ts';
import { listPositions } from '../portfolio/store.ts';
import { normalisedMerchant } from '../recurring/merchant.ts';
import { listStreams } from '../recurring/store.ts';
import type { AlertFacts, Bank, LiquidAccount, RecentTransaction } from './facts.ts';
import {
  listDebts,
  listMerchantsBefore,
  listPriceChanges,
  listRecentTransactions,
  listStreamRows,
  RECENT_DAYS,
  sumUnplanned,
} from './facts-store.ts';
import { spendingOf } from './unplanned-spending.ts';

const FORECAST_DAYS = 90;
const MONTH_DAYS = 30;
const YEAR_DAYS = 365;
/** How many whole months before this one are compared with it. */
const MONTHS_COMPARED = 12;

/** Everything the rules judge by, read once. */
export async function loadFacts(database: Database, user: User, today: CalendarDate): Promise<AlertFacts> {
  const firstDay = await findFirstTransactionDay(database, user.id);
  const usual = usualPeriod(today, firstDay);
  const [
    accounts,
    forecast,
    recent,
    unplanned,
    months,
    streams,
    changes,
    streamRows,
    debts,
    netWorth,
    positions,
    performance,
    items,
    twins,
  ] = await Promise.all([
    listActiveAccounts(database, user.id),
    loadForecast(database, user, today, FORECAST_DAYS),
    listRecentTransactions(database, user, today),
    sumUnplanned(database, user, { start: addMonths(startOfMonth(today), -MONTHS_COMPARED), end: today }),
    usual ? sumMonths(database, user.id, user.currencies, usual) : [],
    listStreams(database, user.id, today),
    listPriceChanges(database, user.id),
    listStreamRows(database, user.id),
    listDebts(database, user.id),
    loadNetWorth(database, user, today, MONTH_DAYS),
    listPositions(database, user.id),
    loadPortfolioPerformance(database, user, today),
    listItems(database, user.id),
    listTwins(database, user.id),
  ]);
  const usualMonth = usualMonthOf(usual, months);
  const liquid = liquidOf(accounts, forecast, user, today);
  const monthAgo = addDays(today, -MONTH_DAYS);
  const isKnownThen = firstDay !== null && firstDay <= monthAgo;
  return {
    today,
    currency: user.baseCurrency,
    firstDay,
    liquid,
    cash: sum(liquid.flatMap(({ baseBalance }) => baseBalance ?? [])),
    recent: await withKnownNames(database, user.id, recent, today),
    spending: spendingOf(unplanned, firstDay, today),
    usualExpenses: usualMonth?.expenses ?? null,
    streams: streams.map((stream) => ({ ...stream, changedOn: changes.get(stream.id) ?? null, latest: streamRows.get(stream.id) ?? [] })),
    debts,
    netWorth: {
      current: netWorth.current.netWorth,
      monthAgo: (isKnownThen && netWorth.history.find(({ date }) => date === monthAgo)?.netWorth) || null,
      goal: user.netWorthGoal,
      averageChange: netWorth.metrics.monthlyAverageChange,
      monthsToGoal: netWorth.metrics.monthsToGoal,
    },
    shares: sharesBySecurity(countedPositions(portfolioSummary(positions, user.currencies, today).holdings)),
    drawdown: drawdownOf(performance.index, addDays(today, -YEAR_DAYS)),
    banks: items.filter(({ status }) => status !== 'removing' && status !== 'imported').map((item) => bankOf(item, user.timeZone)),
    twins: twins.map(({ twins: [first, second], shared }) => ({ accounts: [twinOf(first), twinOf(second)], shared })),
  };
}

/** Merchants whose names are new only because of a number in them have been known for longer. */
async function withKnownNames(
  database: Database,
  userId: string,
  recent: RecentTransaction[],
  today: CalendarDate,
): Promise<RecentTransaction[]> {
  const since = new Map<string, CalendarDate>();
  for (const { merchant, merchantSince } of recent) {
    const name = normalisedMerchant(merchant);
    const known = since.get(name);
    if (!known || merchantSince < known) since.set(name, merchantSince);
  }
  const start = addDays(today, -RECENT_DAYS);
  const isNew = ([, first]: [string, CalendarDate]) => first >= start;
  const words = [...since].filter(isNew).map(([name]) => longestWord(name));
  for (const merchant of await listMerchantsBefore(database, userId, start, words)) {
    const name = normalisedMerchant(merchant);
    if (since.has(name)) since.set(name, addDays(start, -1));
  }
  return recent.map((row) => ({ ...row, merchantSince: since.get(normalisedMerchant(row.merchant)) ?? row.merchantSince }));
}

const longestWord = (name: string) => name.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest), '');

function liquidOf(accounts: Account[], forecast: Forecast, user: User, today: CalendarDate): LiquidAccount[] {
  const expected = new Map(forecast.accounts.map(({ id, daily }) => [id, daily]));
  return accounts.flatMap((account) => {
    const balance = balanceOf(account);
    if (!account.isLiquid || !balance) return [];
    return [
      {
        id: account.id,
        name: account.name,
        currency: account.currency,
        balance,
        baseBalance: inBase(user.currencies, balance, account.currency, today),
        expected: (expected.get(account.id) ?? []).map((day) => ({ date: day.date, balance: new Money(day.expected).div(100) })),
      },
    ];
  });
}

/** How far the last point is below the highest since a day; null without points. */
function drawdownOf(index: IndexPoint[], since: CalendarDate): AlertFacts['drawdown'] {
  const year = index.filter(({ date }) => date >= since);
  const last = year.at(-1);
  const peak = year.reduce<IndexPoint | null>((top, point) => (top?.index.greaterThan(point.index) ? top : point), null);
  const fall = peak && last && percent(peak.index.minus(last.index), peak.index);
  return fall && peak ? { percent: fall, peakOn: peak.date } : null;
}

const twinOf = ({ account }: Twin) => ({
  id: account.id,
  name: nameOfAccount(account),
  institution: account.institutionName ?? 'A bank',
  currency: account.currency,
  balance: balanceOf(account),
});

const bankOf = (item: ListedItem, timeZone: string): Bank => ({
  id: item.id,
  name: item.institutionName ?? 'A bank',
  errorCode: item.errorCode,
  errorMessage: item.errorMessage,
  errorSince: item.errorSince && dateIn(timeZone, item.errorSince),
  isExpiring: item.status === 'pending_expiration',
  expiresOn: item.consentExpirationTime && dateIn(timeZone, item.consentExpirationTime),
  readOn: item.lastSyncedAt && dateIn(timeZone, item.lastSyncedAt),
});
