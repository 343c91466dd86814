import { isDebtType, isInvestmentType } from '../accounts/account-class.ts';
import { type Account, balanceOf } from '../accounts/store.ts';
import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import { type Effect, effectsOf } from '../investments/effects.ts';
import { listInvestmentActivity } from '../investments/store.ts';
import { addDays, type CalendarDate, earlierOf } from '../lib/dates.ts';
import { type Currencies, isConvertible, rateOn } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type Money, toMoney, toMoneyOrNull, ZERO } from '../lib/money.ts';
import type { AccountPast } from './history.ts';
import { type ActivityEntry, type HoldingRow, type InvestedPast, investedPast, type PriceRow } from './invested-past.ts';
import { assetGroup, type NetWorth } from './net-worth.ts';

type DayRow = { account_id: string; date: CalendarDate; amount: string };

/** A row that a bank ahead of the person's zone dates tomorrow is in today's balance already. */
const UP_TO_TODAY = 'LEAST(date, $2::date)';

/** @property activity what came into the account and what it earned, for investment accounts with transactions. */
export type KnownPast = AccountPast & { account: Account; activity: ActivityEntry[] };

/**
 * What is known, from `since` on, of the past of some of a person's accounts: daily sums, recorded balances, trades and prices.
 * Accounts of unknown balance or in currencies without a rate are left out, as they are from the current figure.
 */
export async function loadAccountPasts(
  database: Database,
  userId: string,
  all: Account[],
  currencies: Currencies,
  since: CalendarDate,
  today: CalendarDate,
): Promise<KnownPast[]> {
  const accounts = all.filter((account) => isConvertible(currencies, account.currency) && balanceOf(account) !== null);
  if (accounts.length === 0) return [];
  const { pool } = database;
  const query = async <Row extends object>(sql: string, ...more: unknown[]): Promise<Row[]> =>
    (await pool.query<Row>(sql, [userId, ...more])).rows;
  const [flows, activity, snapshots, stated, openings, holdings, prices] = await Promise.all([
    query<DayRow>(
      `SELECT movement.account_id, ${UP_TO_TODAY} AS date, sum(amount) AS amount
       FROM transactions AS movement JOIN accounts ON accounts.id = movement.account_id AND accounts.currency = movement.currency
       WHERE movement.user_id = $1 AND removed_at IS NULL AND NOT pending AND date >= $3 GROUP BY movement.account_id, ${UP_TO_TODAY}`,
      today,
      since,
    ),
    listInvestmentActivity(database, userId),
    query<DayRow>(
      `SELECT snapshot.account_id, snapshot_date AS date,
         COALESCE(snapshot.balance_current, CASE WHEN accounts.type = 'depository' THEN snapshot.balance_available END) AS amount
       FROM balance_snapshots AS snapshot JOIN accounts ON accounts.id = snapshot.account_id
       WHERE snapshot.user_id = $1 AND NOT is_carried AND snapshot_date >= $2`,
      since,
    ),
    listStatedBalances(pool, userId, since, today),
    query<{ account_id: string; date: CalendarDate }>(
      `SELECT account_id, min(origination_date) AS date FROM liabilities WHERE user_id = $1 AND origination_date IS NOT NULL GROUP BY account_id`,
    ),
    listHeld(pool, userId),
    listPrices(pool, userId, since),
  ]);
  const flowsOf = byAccount(flows);
  const effects = effectsOf(activity);
  const activityOf = groupBy(
    activity.map((row) => ({ row, effect: effects.get(row.id) as Effect })),
    ({ row }) => row.accountId,
  );
  const holdingsOf = groupBy(holdings, (row) => row.accountId);
  // What the bank says the day ended with is later than what was read during the day.
  const snapshotsOf = byAccount([...snapshots.filter((row) => row.amount !== null), ...stated]);
  const openedOn = new Map(openings.map((row) => [row.account_id, row.date]));
  const pricesOf = groupBy(prices, (row) => row.securityId);
  return accounts.map((account) => {
    const own = activityOf.get(account.id) ?? [];
    const invested = isInvestmentType(account.type)
      ? investedPast(account, own, holdingsOf.get(account.id) ?? [], pricesOf, currencies, today)
      : null;
    return {
      account,
      rateOn: (date) => rateOn(currencies, account.currency, date) as Money,
      isAsset: account.isAsset,
      isDebtAccount: isDebtType(account.type),
      group: assetGroup(account),
      balance: balanceOf(account) as Money,
      flows: (invested && own.length > 0 ? flowsInto(account, invested) : flowsOf.get(account.id)) ?? new Map(),
      snapshots: snapshotsOf.get(account.id) ?? new Map(),
      openedOn: openedOn.get(account.id) ?? null,
      // Closed today means that today's figures are without it.
      closedOn: account.isActive ? null : earlierOf(lastDayOf(snapshotsOf.get(account.id)), addDays(today, -1)),
      positions: account.isActive ? (invested?.positions ?? []) : [],
      activity: invested?.activity ?? [],
    };
  });
}

/** Of an account that is closed nobody can tell what it held: only what came in, was earned and was charged moved its value. */
function flowsInto(account: Account, { flows, activity }: InvestedPast): Map<CalendarDate, Money> {
  if (account.isActive) return flows;
  const days = new Map<CalendarDate, Money>();
  for (const { date, flow, income, fees } of activity) days.set(date, (days.get(date) ?? ZERO).minus(flow).minus(income).plus(fees));
  return days;
}

/**
 * What accounts stood at after the last posted transaction of past days, where their banks say so. The last one is told by its time, else
 * by the chain of balances: it is the one at whose balance no other starts. A day that leaves it open is not observed.
 */
async function listStatedBalances(pool: Database['pool'], userId: string, since: CalendarDate, today: CalendarDate): Promise<DayRow[]> {
  const { rows } = await pool.query<DayRow>({
    name: 'stated-balances',
    text: `WITH stated_day AS (
       SELECT DISTINCT account_id, date FROM transactions
       WHERE user_id = $1 AND date >= $2 AND date < $3 AND running_balance IS NOT NULL AND removed_at IS NULL AND NOT pending),
     movement AS MATERIALIZED (
       SELECT movement.account_id, movement.date, datetime, running_balance AS after,
         running_balance + CASE WHEN accounts.type IN ('credit', 'loan') THEN -amount ELSE amount END AS before
       FROM stated_day JOIN transactions AS movement ON movement.account_id = stated_day.account_id AND movement.date = stated_day.date
         JOIN accounts ON accounts.id = movement.account_id AND accounts.currency = movement.currency
       WHERE removed_at IS NULL AND NOT pending),
     by_time AS (
       SELECT account_id, date, (array_agg(after ORDER BY datetime DESC))[1] AS amount FROM movement GROUP BY account_id, date
       HAVING count(*) = 1 OR (count(datetime) = count(*)
         AND (array_agg(datetime ORDER BY datetime DESC))[1] > (array_agg(datetime ORDER BY datetime DESC))[2])),
     ends AS (
       SELECT account_id, date, balance FROM (
         SELECT account_id, date, after AS balance, 1 AS times FROM movement UNION ALL SELECT account_id, date, before, -1 FROM movement) AS steps
       GROUP BY account_id, date, balance HAVING sum(times) > 0),
     by_chain AS (
       SELECT account_id, date, min(balance) AS amount FROM ends
       WHERE NOT EXISTS (SELECT FROM movement WHERE movement.account_id = ends.account_id AND movement.date = ends.date AND after IS NULL)
       GROUP BY account_id, date HAVING count(*) = 1)
     SELECT account_id, date, COALESCE(by_time.amount, by_chain.amount) AS amount
     FROM by_time FULL JOIN by_chain USING (account_id, date) WHERE COALESCE(by_time.amount, by_chain.amount) IS NOT NULL`,
    values: [userId, since, today],
  });
  return rows;
}

async function listHeld(pool: Database['pool'], userId: string): Promise<HoldingRow[]> {
  const { rows } = await pool.query(
    `SELECT holdings.account_id, holdings.security_id, quantity, institution_value AS value, holdings.currency,
       CASE WHEN securities.type = 'cash' THEN COALESCE(securities.iso_currency_code, securities.unofficial_currency_code, accounts.currency) END AS cash_of,
       accounts.currency AS own
     FROM holdings JOIN securities ON securities.id = holdings.security_id JOIN accounts ON accounts.id = holdings.account_id
     WHERE holdings.user_id = $1`,
    [userId],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    securityId: row.security_id,
    quantity: toMoney(row.quantity),
    value: toMoney(row.value),
    currency: row.currency,
    isCash: row.cash_of === row.own,
    cashOf: row.cash_of,
  }));
}

/** Known prices by day, oldest first: a quote wins over a trade of the same day. Of the days before `since` only the last. */
async function listPrices(pool: Database['pool'], userId: string, since: CalendarDate): Promise<PriceRow[]> {
  const { rows } = await pool.query(
    `SELECT security_id, date, price, currency, is_trade FROM (
       SELECT *, lead(date) OVER (PARTITION BY security_id ORDER BY date) AS next FROM (
         SELECT DISTINCT ON (security_id, date) * FROM (
           SELECT security_id, date, price, currency, true AS is_trade FROM investment_transactions
           WHERE user_id = $1 AND security_id IS NOT NULL AND price > 0 AND quantity <> 0 AND type <> 'cancel'
           UNION ALL
           SELECT security_id, price_date, price, currency, false FROM security_prices
           WHERE security_id IN (SELECT security_id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1)
         ) AS known ORDER BY security_id, date, is_trade, price DESC) AS of_days) AS prices
     WHERE date >= $2 OR next IS NULL OR next > $2 ORDER BY date`,
    [userId, since],
  );
  return rows.map((row) => ({
    securityId: row.security_id,
    date: row.date,
    price: toMoney(row.price),
    currency: row.currency,
    isTrade: row.is_trade,
  }));
}

function byAccount(rows: DayRow[]): Map<string, Map<CalendarDate, Money>> {
  const accounts = new Map<string, Map<CalendarDate, Money>>();
  for (const row of rows) {
    const days = accounts.get(row.account_id) ?? new Map<CalendarDate, Money>();
    days.set(row.date, toMoney(row.amount));
    accounts.set(row.account_id, days);
  }
  return accounts;
}

/** The day a closed account was last seen; one that never was seen has never been. */
const lastDayOf = (snapshots: Map<CalendarDate, Money> | undefined): CalendarDate =>
  [...(snapshots?.keys() ?? [])].sort().at(-1) ?? ('1900-01-01' as CalendarDate);

/** The first day of which any movement or balance is known. */
export async function findFirstDay({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    `SELECT LEAST(
       (SELECT min(date) FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND NOT pending),
       (SELECT min(date) FROM investment_transactions JOIN accounts ON accounts.id = investment_transactions.account_id
        WHERE investment_transactions.user_id = $1 AND duplicate_of_id IS NULL),
       (SELECT min(snapshot_date) FROM balance_snapshots JOIN accounts ON accounts.id = balance_snapshots.account_id
        WHERE balance_snapshots.user_id = $1 AND duplicate_of_id IS NULL)) AS first`,
    [userId],
  );
  return rows[0]?.first ?? null;
}

/** Records the day's net worth; the last one of a day stays. */
export async function saveNetWorthSnapshot({ pool }: Database, userId: string, today: CalendarDate, figures: NetWorth): Promise<void> {
  const amounts = [
    figures.totalAssets,
    figures.liquidAssets,
    figures.investmentAssets,
    figures.otherAssets,
    figures.totalLiabilities,
    figures.creditCardDebt,
    figures.loanDebt,
    figures.mortgageDebt,
    figures.netWorth,
  ].map((amount) => amount.toFixed());
  await pool.query(
    `WITH before AS (SELECT net_worth FROM net_worth_snapshots WHERE user_id = $1 AND snapshot_date = $2::date - 1)
     INSERT INTO net_worth_snapshots (user_id, snapshot_date, total_assets, liquid_assets, investment_assets, other_assets,
       total_liabilities, credit_card_debt, loan_debt, mortgage_debt, net_worth, daily_change, daily_change_percent)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::numeric, $11::numeric - (SELECT net_worth FROM before),
       ($11::numeric - (SELECT net_worth FROM before)) / NULLIF(abs((SELECT net_worth FROM before)), 0) * 100)
     ON CONFLICT (user_id, snapshot_date) DO UPDATE SET total_assets = EXCLUDED.total_assets, liquid_assets = EXCLUDED.liquid_assets,
       investment_assets = EXCLUDED.investment_assets, other_assets = EXCLUDED.other_assets, total_liabilities = EXCLUDED.total_liabilities,
       credit_card_debt = EXCLUDED.credit_card_debt, loan_debt = EXCLUDED.loan_debt, mortgage_debt = EXCLUDED.mortgage_debt,
       net_worth = EXCLUDED.net_worth, daily_change = EXCLUDED.daily_change, daily_change_percent = EXCLUDED.daily_change_percent`,
    [userId, today, ...amounts],
  );
}

/** How far back days without a reading are looked for. */
const CARRY_DAYS_MAX = 400;

/**
 * Gives every account of a person an entry for each day up to `today` that has none: the last balance known by then, marked as
 * carried. A reading of the day replaces it.
 */
export async function carryBalances({ pool }: Database, userId: string, today: CalendarDate): Promise<void> {
  await pool.query(
    `INSERT INTO balance_snapshots (account_id, user_id, snapshot_date, balance_available, balance_current, balance_limit, is_carried)
     SELECT accounts.id, accounts.user_id, missing.day::date, known.balance_available, known.balance_current, known.balance_limit, true
     FROM accounts JOIN LATERAL (SELECT min(snapshot_date) AS day FROM balance_snapshots WHERE account_id = accounts.id) AS first ON true
       JOIN LATERAL generate_series(GREATEST(first.day, $2::date - ${CARRY_DAYS_MAX}), $2::date, interval '1 day') AS missing(day) ON true
       JOIN LATERAL (
         SELECT * FROM balance_snapshots WHERE account_id = accounts.id AND snapshot_date < missing.day ORDER BY snapshot_date DESC LIMIT 1) AS known ON true
     WHERE accounts.user_id = $1 AND is_active
       AND NOT EXISTS (SELECT FROM balance_snapshots WHERE account_id = accounts.id AND snapshot_date = missing.day)
     ON CONFLICT (account_id, snapshot_date) DO NOTHING`,
    [userId, today],
  );
}

interface BalancesOfDay {
  date: CalendarDate;
  /** By account id. */
  balances: Map<string, { balanceCurrent: Money | null; balanceAvailable: Money | null }>;
}

/** The balances of each day up to `today` that has some and no net worth yet. */
export async function listDaysWithoutNetWorth({ pool }: Database, userId: string, today: CalendarDate): Promise<BalancesOfDay[]> {
  const { rows } = await pool.query<{ account_id: string; date: CalendarDate; current: string | null; available: string | null }>(
    `SELECT account_id, snapshot_date AS date, balance_current AS current, balance_available AS available
     FROM balance_snapshots WHERE user_id = $1 AND snapshot_date BETWEEN $2::date - ${CARRY_DAYS_MAX} AND $2
       AND NOT EXISTS (
         SELECT FROM net_worth_snapshots AS known WHERE known.user_id = $1 AND known.snapshot_date = balance_snapshots.snapshot_date)
     ORDER BY snapshot_date`,
    [userId, today],
  );
  return [...groupBy(rows, (row) => row.date)].map(([date, ofDay]) => ({
    date: date as CalendarDate,
    balances: new Map(
      ofDay.map((row) => [row.account_id, { balanceCurrent: toMoneyOrNull(row.current), balanceAvailable: toMoneyOrNull(row.available) }]),
    ),
  }));
}

export interface ExplainedFlows {
  income: Money;
  spending: Money;
  /** What lenders added to loans as interest. */
  debtInterest: Money;
}

/** What income, spending and interest on loans moved in the accounts that net worth counts, after one day and up to another. */
export async function sumExplainedFlows(
  { pool }: Database,
  userId: string,
  currencies: Currencies,
  after: CalendarDate,
  until: CalendarDate,
): Promise<ExplainedFlows> {
  const { join, condition, amount, parameters } = converted(currencies, 'transactions', 4);
  const { rows } = await pool.query<{ income: string; spending: string; debt_interest: string }>(
    `SELECT COALESCE(sum(${amount('cash_flow_amount')}) FILTER (WHERE cash_flow_type = 'income'), 0) AS income,
       COALESCE(sum(${amount('cash_flow_amount')}) FILTER (WHERE cash_flow_type = 'expense'), 0) AS spending,
       COALESCE(sum(${amount('transactions.amount')}) FILTER (WHERE accounts.type = 'loan' AND transactions.amount > 0 AND cash_flow_type = 'transfer'
         AND (transactions.name ILIKE '%interest%' OR personal_finance_category_detailed LIKE '%INTEREST%')), 0) AS debt_interest
     FROM transactions JOIN accounts ON accounts.id = transactions.account_id AND accounts.include_in_net_worth ${join}
     WHERE transactions.user_id = $1 AND transactions.date > $2 AND transactions.date <= $3 AND removed_at IS NULL AND NOT pending AND ${condition}`,
    [userId, after, until, ...parameters],
  );
  const row = rows[0] as NonNullable<(typeof rows)[0]>;
  return { income: toMoney(row.income), spending: toMoney(row.spending), debtInterest: toMoney(row.debt_interest) };
}
