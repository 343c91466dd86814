import { isDebtType, isInvestmentType } from '../accounts/account-class.ts';
import { type Account, balanceOf } from '../accounts/store.ts';
import type { Database } from '../database/client.ts';
import { converted } from '../database/converted.ts';
import { addDays, type CalendarDate, earlierOf } from '../lib/dates.ts';
import { type Currencies, isConvertible, rateOn } from '../lib/exchange-rates.ts';
import { groupBy } from '../lib/group.ts';
import { type Money, sum, toMoney, toMoneyOrNull } from '../lib/money.ts';
import { IS_UNPAID_REINVESTMENT } from '../portfolio/store.ts';
import type { AccountPast, PositionPast } from './history.ts';
import { assetGroup, type NetWorth } from './net-worth.ts';

type DayRow = { account_id: string; date: CalendarDate; amount: string };
type SplitRow = { account_id: string; security_id: string; date: CalendarDate; quantity: string };
type PositionRow = { account_id: string; security_id: string; quantity: string; value: string };
type TradeRow = { account_id: string; security_id: string; date: CalendarDate; quantity: string };
type PriceRow = { security_id: string; date: CalendarDate; price: string };

/** Cash that an institution lists among the holdings. */
const IS_CASH = `(securities.type IS NOT DISTINCT FROM 'cash')`;
/** A row that a bank ahead of the person's zone dates tomorrow is in today's balance already. */
const UP_TO_TODAY = 'LEAST(date, $2::date)';
/**
 * Contributions buy with money that never was the account's cash, and so do reinvestments of what was not paid out first; securities
 * moved in or out take none with them.
 */
const MOVES_CASH = `NOT (activity.subtype IS NOT DISTINCT FROM 'contribution' AND activity.type = 'buy')
  AND NOT (activity.type = 'transfer' AND quantity <> 0) AND NOT COALESCE(${IS_UNPAID_REINVESTMENT('activity')}, false)`;

export type KnownPast = AccountPast & { account: Account };

/**
 * What is known, from `since` on, of the past of some of a person's accounts: daily sums, recorded balances, trades and prices.
 * Accounts of unknown balance or in currencies without a rate are left out, as they are from the current figure.
 */
export async function loadAccountPasts(
  { pool }: Database,
  userId: string,
  all: Account[],
  currencies: Currencies,
  since: CalendarDate,
  today: CalendarDate,
): Promise<KnownPast[]> {
  const accounts = all.filter((account) => isConvertible(currencies, account.currency) && balanceOf(account) !== null);
  if (accounts.length === 0) return [];
  const query = async <Row extends object>(sql: string, ...more: unknown[]): Promise<Row[]> =>
    (await pool.query<Row>(sql, [userId, ...more])).rows;
  const [flows, cash, splits, invested, snapshots, openings, positions, trades, prices] = await Promise.all([
    query<DayRow>(
      `SELECT movement.account_id, ${UP_TO_TODAY} AS date, sum(amount) AS amount
       FROM transactions AS movement JOIN accounts ON accounts.id = movement.account_id AND accounts.currency = movement.currency
       WHERE movement.user_id = $1 AND removed_at IS NULL AND NOT pending AND date >= $3 GROUP BY movement.account_id, ${UP_TO_TODAY}`,
      today,
      since,
    ),
    query<DayRow & { without_trades: string }>(
      `SELECT activity.account_id, ${UP_TO_TODAY} AS date, sum(amount) AS amount,
         COALESCE(sum(amount) FILTER (WHERE activity.type NOT IN ('buy', 'sell')), 0) AS without_trades
       FROM investment_transactions AS activity JOIN accounts ON accounts.id = activity.account_id AND accounts.currency = activity.currency
       WHERE activity.user_id = $1 AND ${MOVES_CASH} AND date >= $3 GROUP BY activity.account_id, ${UP_TO_TODAY}`,
      today,
      since,
    ),
    query<SplitRow>(
      `SELECT account_id, security_id, ${UP_TO_TODAY} AS date, sum(quantity) AS quantity FROM investment_transactions
       WHERE user_id = $1 AND subtype IN ('split', 'stock distribution') AND security_id IS NOT NULL GROUP BY account_id, security_id, ${UP_TO_TODAY}`,
      today,
    ),
    query<{ account_id: string }>('SELECT DISTINCT account_id FROM investment_transactions WHERE user_id = $1'),
    query<DayRow>(
      `SELECT snapshot.account_id, snapshot_date AS date,
         COALESCE(snapshot.balance_current, CASE WHEN accounts.type = 'depository' THEN snapshot.balance_available END) AS amount
       FROM balance_snapshots AS snapshot JOIN accounts ON accounts.id = snapshot.account_id
       WHERE snapshot.user_id = $1 AND NOT is_carried AND snapshot_date >= $2`,
      since,
    ),
    query<{ account_id: string; date: CalendarDate }>(
      `SELECT account_id, min(origination_date) AS date FROM liabilities WHERE user_id = $1 AND origination_date IS NOT NULL GROUP BY account_id`,
    ),
    query<PositionRow>(
      `SELECT holdings.account_id, holdings.security_id, sum(quantity) AS quantity, sum(institution_value) AS value
       FROM holdings JOIN securities ON securities.id = holdings.security_id
         JOIN accounts ON accounts.id = holdings.account_id AND accounts.currency = holdings.currency
       WHERE holdings.user_id = $1 AND NOT ${IS_CASH} GROUP BY holdings.account_id, holdings.security_id`,
    ),
    query<TradeRow>(
      `SELECT trade.account_id, trade.security_id, ${UP_TO_TODAY} AS date, sum(quantity) AS quantity
       FROM investment_transactions AS trade JOIN securities ON securities.id = trade.security_id
         JOIN accounts ON accounts.id = trade.account_id AND accounts.currency = trade.currency
       WHERE trade.user_id = $1 AND quantity <> 0 AND NOT ${IS_CASH} AND date >= $3 GROUP BY trade.account_id, trade.security_id, ${UP_TO_TODAY}`,
      today,
      since,
    ),
    query<PriceRow>(
      // Of the days before, the last price: it may be the nearest one to the first days asked for.
      `SELECT security_id, date, price FROM (
         SELECT security_id, date, max(price) AS price, lead(date) OVER (PARTITION BY security_id ORDER BY date) AS next FROM (
           SELECT security_id, date, price FROM investment_transactions WHERE user_id = $1 AND security_id IS NOT NULL AND price > 0 AND quantity <> 0
           UNION ALL
           SELECT security_id, price_date, price FROM security_prices
           WHERE security_id IN (SELECT security_id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1)
         ) AS known GROUP BY security_id, date) AS prices
       WHERE date >= $2 OR next IS NULL OR next > $2 ORDER BY date`,
      since,
    ),
  ]);
  const flowsOf = byAccount(flows);
  const cashOf = byAccount(cash);
  // Of an account that is closed nobody can tell what it held: buying and selling left its value as it was.
  const outerOf = byAccount(cash.map((row) => ({ ...row, amount: row.without_trades })));
  const isInvested = new Set(invested.map((row) => row.account_id));
  const snapshotsOf = byAccount(snapshots.filter((row) => row.amount !== null));
  const openedOn = new Map(openings.map((row) => [row.account_id, row.date]));
  const pricesOf = groupBy(prices, (row) => row.security_id);
  return accounts.map((account) => ({
    account,
    rateOn: (date) => rateOn(currencies, account.currency, date) as Money,
    isAsset: account.isAsset,
    isDebtAccount: isDebtType(account.type),
    group: assetGroup(account),
    balance: balanceOf(account) as Money,
    flows:
      (!isInvestmentType(account.type) || !isInvested.has(account.id) ? flowsOf : account.isActive ? cashOf : outerOf).get(account.id) ??
      new Map(),
    snapshots: snapshotsOf.get(account.id) ?? new Map(),
    openedOn: openedOn.get(account.id) ?? null,
    // Closed today means that today's figures are without it.
    closedOn: account.isActive ? null : earlierOf(lastDayOf(snapshotsOf.get(account.id)), addDays(today, -1)),
    positions: isInvestmentType(account.type) && account.isActive ? positionsOf(account, positions, trades, splits, pricesOf, today) : [],
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

/** What the account holds, and what it has held: a security sold in full is a position of nothing with a past. */
function positionsOf(
  account: Account,
  positions: PositionRow[],
  trades: TradeRow[],
  splits: SplitRow[],
  prices: Map<string, PriceRow[]>,
  today: CalendarDate,
): PositionPast[] {
  const own = trades.filter((trade) => trade.account_id === account.id);
  const held = new Map(positions.filter((row) => row.account_id === account.id).map((row) => [row.security_id, row]));
  const securities = new Set([...held.keys(), ...own.map((trade) => trade.security_id)]);
  return [...securities].map((securityId) => {
    const quantity = toMoney(held.get(securityId)?.quantity ?? 0);
    const value = toMoney(held.get(securityId)?.value ?? 0);
    const known = (prices.get(securityId) ?? [])
      .filter((row) => row.date < today)
      .map((row) => ({ date: row.date, price: toMoney(row.price) }));
    return {
      securityId,
      quantity,
      value,
      trades: new Map(own.filter((trade) => trade.security_id === securityId).map((trade) => [trade.date, toMoney(trade.quantity)])),
      splits: splitsOf(
        splits.filter((row) => row.account_id === account.id && row.security_id === securityId),
        own.filter((trade) => trade.security_id === securityId),
        quantity,
      ),
      // What the institution values it at is today's price, whatever day it says the price is of.
      prices: quantity.isZero() ? known : [...known, { date: today, price: value.div(quantity) }],
    };
  });
}

/** By how much each split multiplied what was held. */
function splitsOf(splits: SplitRow[], trades: TradeRow[], held: Money): PositionPast['splits'] {
  return splits.flatMap(({ date, quantity: added }) => {
    const later = sum(trades.filter((trade) => trade.date > date).map((trade) => toMoney(trade.quantity)));
    const after = held.minus(later);
    const before = after.minus(toMoney(added));
    return before.greaterThan(0) && after.greaterThan(0) ? [{ date, factor: after.div(before) }] : [];
  });
}

/** The first day of which any movement or balance is known. */
export async function findFirstDay({ pool }: Database, userId: string): Promise<CalendarDate | null> {
  const { rows } = await pool.query<{ first: CalendarDate | null }>(
    `SELECT LEAST(
       (SELECT min(date) FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND NOT pending),
       (SELECT min(date) FROM investment_transactions WHERE user_id = $1),
       (SELECT min(snapshot_date) FROM balance_snapshots WHERE user_id = $1)) AS first`,
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
