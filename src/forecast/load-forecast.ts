import { createHash } from 'node:crypto';
import { type Account, balanceOf, listActiveAccounts } from '../accounts/store.ts';
import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { addDays, addMonths, type CalendarDate } from '../lib/dates.ts';
import { isConvertible, rateOn } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type CurrencyAmount, Money, sum, sumByCurrency, ZERO } from '../lib/money.ts';
import { inSteps } from '../lib/steps.ts';
import { upcomingDates } from '../recurring/recurring.ts';
import { listStreams, type StoredStream } from '../recurring/store.ts';
import { BACKTEST_DAYS, type BacktestRun, backtest } from './backtest.ts';
import { lowestOf, type PathDay } from './balance-path.ts';
import type { Card } from './card-payments.ts';
import { type BalanceForecasts, type ForecastInputs, forecastBalances } from './forecast.ts';
import * as store from './store.ts';

export const FORECAST_DAYS_MAX = 90;
const HISTORY_MONTHS = 25;

interface Balances extends BalanceForecasts {
  /** Of everything it was made of. */
  fingerprint: string;
  backtest: BacktestRun[];
}

interface UpcomingItem {
  date: CalendarDate;
  merchant: string;
  /** In the base currency. */
  amount: Money;
  isIncome: boolean;
  category: string;
  kind: 'recurring' | 'card_payment';
  streamId: string | null;
}

export interface Forecast {
  days: number;
  upcoming: UpcomingItem[];
  projectedIncome: Money;
  projectedExpenses: Money;
  /** What falls on each day on average beside what recurs. */
  everydayIncome: Money;
  everydayExpenses: Money;
  startCents: number;
  daily: PathDay[];
  lowest: PathDay | null;
  accounts: { id: string; name: string; startCents: number; daily: PathDay[]; lowest: PathDay | null }[];
  backtest: BacktestRun[];
  /** Liquid balances and streams left out for want of a rate. */
  unconverted: CurrencyAmount[];
}

/** The next days of the liquid accounts, what is due on them, and how good such forecasts have been. */
export async function loadForecast(database: Database, user: User, today: CalendarDate, days: number): Promise<Forecast> {
  const [balances, everyday, streams, accounts] = await Promise.all([
    loadBalances(database, user, today),
    store.sumEverydayFlows(database, user.id, user.currencies, today),
    listStreams(database, user.id, today),
    listActiveAccounts(database, user.id),
  ]);
  const until = addDays(today, days);
  const active = streams.filter((stream) => stream.status !== 'ended' && !stream.isDismissed);
  const recurring = active.flatMap((stream) => upcomingItems(stream, user, today, until));
  const payments = balances.payments
    .filter((payment) => payment.date <= until)
    .map(
      (payment): UpcomingItem => ({
        date: payment.date,
        merchant: payment.name,
        amount: new Money(payment.cents).div(100),
        isIncome: false,
        category: 'LOAN_PAYMENTS',
        kind: 'card_payment',
        streamId: null,
      }),
    );
  const perDay = (amount: Money) => (everyday.days === 0 ? new Money(0) : amount.div(everyday.days));
  const known = (isIncome: boolean) =>
    recurring.filter((item) => item.isIncome === isIncome).reduce((total, item) => total.plus(item.amount), new Money(0));
  const within = (daily: PathDay[]) => daily.slice(0, days);
  return {
    days,
    upcoming: [...recurring, ...payments].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : b.amount.comparedTo(a.amount))),
    everydayIncome: perDay(everyday.income),
    everydayExpenses: perDay(everyday.expenses),
    projectedIncome: known(true).plus(perDay(everyday.income).times(days)),
    projectedExpenses: known(false).plus(perDay(everyday.expenses).times(days)),
    startCents: balances.total.startCents,
    daily: within(balances.total.daily),
    lowest: lowestOf(within(balances.total.daily)),
    accounts: balances.accounts.map(({ account, startCents, daily }) => ({
      id: account.id,
      name: account.name,
      startCents,
      daily: within(daily),
      lowest: lowestOf(within(daily)),
    })),
    backtest: balances.backtest,
    unconverted: sumByCurrency(
      accounts.flatMap((account) => {
        const balance = balanceOf(account);
        const isLeftOut = account.isLiquid && balance && !isConvertible(user.currencies, account.currency);
        return isLeftOut ? [{ currency: account.currency, amount: balance }] : [];
      }),
    ),
  };
}

function upcomingItems(stream: StoredStream, user: User, today: CalendarDate, until: CalendarDate): UpcomingItem[] {
  const rate = rateOn(user.currencies, stream.currency, today);
  if (!rate) return [];
  return upcomingDates(stream, today, until).map((date) => ({
    date,
    merchant: stream.merchant,
    amount: stream.lastAmount.times(rate),
    isIncome: stream.isIncome,
    category: stream.category,
    kind: 'recurring',
    streamId: stream.id,
  }));
}

/** What a stored forecast depends on: the data, and the method, to be raised with every change of it. */
const METHOD_VERSION = 1;
const versionOf = (user: User) => `${user.dataVersion} ${METHOD_VERSION}`;

async function loadBalances(database: Database, user: User, today: CalendarDate): Promise<Balances> {
  const stored = await store.findForecast(database, user.id);
  const isCurrent = stored?.asOf === today && stored.dataVersion === versionOf(user);
  return isCurrent ? (stored.payload as Balances) : refreshForecast(database, user, today);
}

/** Works the balances out, anew when something has changed that they are made of, and keeps them: what `loadForecast` then finds. */
export async function refreshForecast(database: Database, user: User, today: CalendarDate): Promise<Balances> {
  const inputs = await loadInputs(database, user, today);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([METHOD_VERSION, inputs, inputs.cards.map((card) => [...card.flows])]))
    .digest('base64url');
  const last = (await store.findForecast(database, user.id))?.payload as Balances | undefined;
  if (last?.fingerprint === fingerprint) {
    // Something has changed, but nothing that a forecast is made of.
    await store.saveForecast(database, user.id, today, versionOf(user), last);
    return last;
  }
  // A long history takes seconds: others get their turn in between.
  const forecasts = await inSteps(forecastBalances(inputs, FORECAST_DAYS_MAX));
  const runs: BacktestRun[] = [];
  for (const days of BACKTEST_DAYS) {
    const run = await inSteps(backtest(inputs, days));
    if (run) runs.push(run);
  }
  const balances = { ...forecasts, backtest: runs, fingerprint };
  await store.saveForecast(database, user.id, today, versionOf(user), balances);
  return balances;
}

async function loadInputs(database: Database, user: User, today: CalendarDate): Promise<ForecastInputs> {
  const since = addMonths(today, -HISTORY_MONTHS);
  const active = await listActiveAccounts(database, user.id);
  const rates = new Map(
    active.flatMap((account) => {
      const rate = rateOn(user.currencies, account.currency, today);
      return rate ? [[account.id, rate] as const] : [];
    }),
  );
  const isCounted = (account: Account) => rates.has(account.id) && balanceOf(account) !== null;
  const liquid = active.filter((account) => account.isLiquid && isCounted(account));
  const cards = active.filter((account) => account.type === 'credit' && isCounted(account));
  const idsOf = (accounts: Account[]) => accounts.map((account) => account.id);
  const [movements, flows, statements] = await Promise.all([
    store.listMovements(database, user.id, idsOf(liquid), since, today),
    store.sumCardFlows(database, user.id, idsOf(cards), since, today),
    store.listCardStatements(database, user.id),
  ]);
  const liquidIds = new Set(idsOf(liquid));
  const cardIds = new Set(idsOf(cards));
  const centsOf = (amount: Money, accountId: string) =>
    amount
      .times(rates.get(accountId) as Money)
      .times(100)
      .round()
      .toNumber();
  const flowsOf = groupBy(flows, (row) => row.accountId);
  return {
    today,
    accounts: liquid.map((account) => ({ id: account.id, name: account.name, cents: centsOf(balanceOf(account) as Money, account.id) })),
    movements: movements.map((row) => ({
      transactionId: row.id,
      accountId: row.accountId,
      date: row.date,
      cents: -centsOf(row.amount, row.accountId),
      merchant: row.merchant,
      category: row.category,
      paidCardId: row.otherAccountId !== null && cardIds.has(row.otherAccountId) ? row.otherAccountId : null,
      isDismissed: row.isDismissed,
      isBetweenLiquid: row.otherAccountId !== null && liquidIds.has(row.otherAccountId),
    })),
    cards: cards.map((account): Card => {
      const own = flowsOf.get(account.id) ?? [];
      const statement = statements.find((row) => row.accountId === account.id);
      return {
        id: account.id,
        name: account.name,
        owedCents: centsOf(balanceOf(account) as Money, account.id),
        flows: new Map(own.map((row) => [row.date, centsOf(row.amount, account.id)])),
        statement: statement ? openStatement(statement, own, (amount) => centsOf(amount, account.id)) : null,
      };
    }),
  };
}

/** What is still to be paid of the last statement; null when nothing is, or nothing is known. A refund pays nothing of it. */
function openStatement(
  { balance, dueOn, issuedOn }: store.CardStatement,
  flows: store.CardFlow[],
  centsOf: (amount: Money) => number,
): Card['statement'] {
  if (!balance || !dueOn) return null;
  const paid = issuedOn ? sum(flows.filter((flow) => flow.date > issuedOn).map((flow) => flow.paid)) : ZERO;
  const cents = centsOf(balance.minus(Money.max(paid, ZERO)));
  return cents > 0 ? { dueOn, cents } : null;
}
