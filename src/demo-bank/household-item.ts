import type { LiabilitiesObject } from 'plaid';
import { addDays, addMonths, type CalendarDate, dateIn, dayOfMonth, eachDay, startOfMonth } from '../lib/dates.ts';
import { type Act, actedEntries, isPending } from './acts.ts';
import { type BankError, type BankItem, noData } from './bank-item.ts';
import { ChangeLog } from './change-log.ts';
import { carLoanBalance, type Entry, householdEntries, LOAN_PAYMENTS, STATEMENT_DAY } from './household.ts';
import { type DemoAccount, INSTITUTIONS } from './institutions.ts';
import { householdTrades, monthsSince, positionsOn } from './portfolio.ts';
import { cents, opaqueId } from './random.ts';
import { type Balances, wireAccount, wireHolding, wireSecurity, wireTrade, wireTransaction } from './wire.ts';

const HISTORY_DAYS = 730;
const FIRST_WAVE_DAYS = 30;
const FIRST_WAVE_AFTER_MS = 100;
const SECOND_WAVE_AFTER_MS = 300;
const ACTIVITY_AFTER_MS = 200;
/** The bank's own day; behind UTC, so that nothing is ever dated tomorrow for a person in UTC. */
const TIME_ZONE = 'America/New_York';
const MINIMUM_PAYMENT = 35;
const MINIMUM_PAYMENT_SHARE = 0.02;
const CARD_DUE_DAY = 23;
const CARD_APR = 22.49;

/** What is kept of an item across restarts; everything else follows from it. */
export interface ItemRecord {
  itemId: string;
  accessToken: string;
  institutionId: string;
  seed: string;
  createdOn: CalendarDate;
  isPrepared: boolean;
  webhook: string | null;
  error: BankError | null;
  outage?: BankError | null;
  /** What visitors made happen. */
  acts?: Act[];
}

export const bankDay = (now: Date): CalendarDate => dateIn(TIME_ZONE, now);

/** A link to one of the household's institutions: two years of history up to the day it was made, growing day by day. */
export function householdItem(
  record: ItemRecord,
  options: {
    now: () => Date;
    save: () => void;
    announce: (item: BankItem, extra: Record<string, boolean>) => void;
    /** The investment transactions asked for in the background are there. */
    announceActivity: (item: BankItem) => void;
  },
): BankItem {
  const institution = INSTITUTIONS.find(({ id }) => id === record.institutionId);
  if (!institution) throw new Error('The demo bank has no such institution.');
  const start = addDays(record.createdOn, -HISTORY_DAYS);
  const keys = new Set(institution.accounts.map((account) => account.key));
  const accountId = (key: string) => opaqueId(record.itemId, 'account', key);
  const log = new ChangeLog(record.itemId);
  let day = record.createdOn;
  let isPreparing = false;
  let isPreparingActivity = false;
  let isActivityReady = record.isPrepared;

  const acts: Act[] = record.acts ?? [];
  record.acts = acts;
  const entriesUntil = (today: CalendarDate): Entry[] => [...ownEntriesUntil(today), ...actedEntries(acts).entries];
  const ownEntriesUntil = (today: CalendarDate): Entry[] =>
    householdEntries(record.seed, start, today, record.createdOn).filter(
      (entry) => keys.has(entry.account) && !hasNoTransactions(institution.accounts, entry.account),
    );
  let running = new Map<string, number>();
  const wire = (entry: Entry, state: 'pending' | 'posted') =>
    wireTransaction(record.itemId, accountId(entry.account), entry, state, running.get(entry.key) ?? null);
  const added = (entry: Entry, state: 'pending' | 'posted') => ({ kind: 'added' as const, transaction: wire(entry, state) });

  const appendHistory = () => {
    const entries = ownEntriesUntil(record.createdOn);
    running = runningBalances(institution.accounts, entries);
    const rows = entries.map((entry) => ({
      entry,
      state: entry.postedOn <= record.createdOn ? ('posted' as const) : ('pending' as const),
    }));
    const border = addDays(record.createdOn, -FIRST_WAVE_DAYS);
    const recent = rows.filter(({ entry }) => entry.occurredOn > border);
    log.append(...recent.map(({ entry, state }) => added(entry, state)));
    return () => log.append(...rows.filter(({ entry }) => entry.occurredOn <= border).map(({ entry, state }) => added(entry, state)));
  };

  /** Adds to the log what visitors made happen on a day. */
  const replayActs = (date: CalendarDate) => {
    const { changes } = actedEntries(acts);
    acts.forEach((act, index) => {
      if (act.day === date) appendChange(changes[index] ?? null);
    });
  };
  const appendChange = (done: ReturnType<typeof actedEntries>['changes'][number]) => {
    if (done?.change === 'added') log.append(added(done.entry, isPending(done.entry) ? 'pending' : 'posted'));
    if (done?.change === 'posted') {
      const { transaction_id: transactionId, account_id } = wire(done.entry, 'pending');
      log.append({ kind: 'removed', transactionId, accountId: account_id }, added(done.entry, 'posted'));
    }
  };

  /** Brings the log to the present: what happened on each day since, and what was pending and posted. */
  const advance = () => {
    const today = bankDay(options.now());
    if (today > day) {
      const entries = ownEntriesUntil(today);
      running = runningBalances(institution.accounts, entries);
      for (const date of eachDay(addDays(day, 1), today)) {
        for (const entry of entries) {
          if (entry.occurredOn < date && entry.postedOn === date) {
            const pending = wire(entry, 'pending');
            log.append({ kind: 'removed', transactionId: pending.transaction_id, accountId: pending.account_id }, added(entry, 'posted'));
          } else if (entry.occurredOn === date) log.append(added(entry, entry.postedOn === date ? 'posted' : 'pending'));
        }
        replayActs(date);
      }
      day = today;
      log.publish();
    }
    return today;
  };

  const finishHistory = appendHistory();
  const item: BankItem = {
    itemId: record.itemId,
    accessToken: record.accessToken,
    institutionId: institution.id,
    institutionName: institution.name,
    products: institution.products,
    log,
    readiness: record.isPrepared ? 'HISTORICAL_UPDATE_COMPLETE' : 'NOT_READY',
    data: noData(),
    get webhook() {
      return record.webhook;
    },
    set webhook(webhook) {
      record.webhook = webhook;
    },
    get error() {
      return record.error;
    },
    set error(error) {
      record.error = error;
    },
    get outage() {
      return record.outage ?? null;
    },
    set outage(outage) {
      record.outage = outage;
    },
    isActivityReady: () => {
      if (!isActivityReady && !isPreparingActivity) {
        isPreparingActivity = true;
        setTimeout(() => {
          isActivityReady = true;
          options.announceActivity(item);
        }, ACTIVITY_AFTER_MS).unref();
      }
      return isActivityReady;
    },
    act: (kind) => {
      if (!record.isPrepared || !keys.has('card')) return false;
      item.refresh();
      const done = actedEntries([...acts, { day, kind }]).changes.at(-1);
      if (!done) return false;
      acts.push({ day, kind });
      appendChange(done);
      log.publish();
      item.data = noData();
      options.save();
      options.announce(item, { initial_update_complete: true, historical_update_complete: true });
      return true;
    },
    refresh: () => {
      const isCurrent = item.data.accounts.length > 0 && day === bankDay(options.now());
      if (isCurrent) return;
      const today = record.isPrepared || !institution.products.includes('transactions') ? advance() : day;
      item.data = dataOn(record, institution.accounts, accountId, start, today, entriesUntil(today));
    },
    prepare: () => {
      if (isPreparing) return;
      isPreparing = true;
      setTimeout(() => {
        log.publish();
        item.readiness = 'INITIAL_UPDATE_COMPLETE';
        options.announce(item, { initial_update_complete: true, historical_update_complete: false });
      }, FIRST_WAVE_AFTER_MS).unref();
      setTimeout(() => {
        finishHistory();
        log.publish();
        item.readiness = 'HISTORICAL_UPDATE_COMPLETE';
        record.isPrepared = true;
        options.save();
        options.announce(item, { initial_update_complete: true, historical_update_complete: true });
      }, SECOND_WAVE_AFTER_MS).unref();
    },
  };
  if (record.isPrepared) {
    finishHistory();
    replayActs(record.createdOn);
    log.publish();
  }
  return item;
}

/** What the accounts that say so stood at after each of their entries, by the entry's key. */
function runningBalances(accounts: DemoAccount[], entries: Entry[]): Map<string, number> {
  const balances = new Map<string, number>();
  for (const account of accounts.filter(({ saysRunningBalance }) => saysRunningBalance)) {
    let balance = account.opening;
    const own = entries.filter((entry) => entry.account === account.key);
    for (const entry of own.sort((a, b) => (a.postedOn < b.postedOn ? -1 : a.postedOn > b.postedOn ? 1 : 0))) {
      balance = cents(balance - entry.amount);
      balances.set(entry.key, balance);
    }
  }
  return balances;
}

const hasNoTransactions = (accounts: DemoAccount[], key: string) =>
  accounts.some((account) => account.key === key && account.hasNoTransactions);

/** Accounts, holdings, trades and debts as they are on a day. */
function dataOn(
  record: ItemRecord,
  accounts: DemoAccount[],
  accountId: (key: string) => string,
  start: CalendarDate,
  today: CalendarDate,
  entries: Entry[],
) {
  const isInvestor = accounts.some((account) => account.type === 'investment');
  const positions = isInvestor ? positionsOn(record.seed, start, today) : [];
  const trades = isInvestor ? householdTrades(record.seed, start, today) : [];
  const securities = new Map(positions.map((position) => [position.security.key, wireSecurity(position.security, position.price, today)]));
  const invested = (key: string) =>
    cents(positions.filter((position) => position.account === key).reduce((total, position) => total + position.value, 0));
  return {
    accounts: accounts.map((account) =>
      wireAccount(
        accountId(account.key),
        opaqueId(record.seed, 'persistent', account.key),
        account,
        balancesOn(account, entries, start, today, invested(account.key)),
      ),
    ),
    holdings: positions.map((position) => wireHolding(accountId(position.account), position, today)),
    securities: [...securities.values()],
    investmentTransactions: trades.map((trade) => wireTrade(record.itemId, accountId(trade.account), trade)).reverse(),
    liabilities: liabilitiesOn(accounts, accountId, entries, start, today),
  };
}

/** Σ of an account's entries that match. */
const total = (
  entries: Entry[],
  account: string,
  matches: (entry: Entry) => boolean,
  amount: (entry: Entry) => number = (entry) => entry.amount,
) => cents(entries.filter((entry) => entry.account === account && matches(entry)).reduce((sum, entry) => sum + amount(entry), 0));

/** What is owed on a card or loan at the end of a day. */
const owedOn = (account: DemoAccount, entries: Entry[], date: CalendarDate) =>
  cents(account.opening + total(entries, account.key, (entry) => entry.postedOn <= date));

function balancesOn(account: DemoAccount, entries: Entry[], start: CalendarDate, today: CalendarDate, invested: number): Balances {
  const held = total(
    entries,
    account.key,
    (entry) => entry.occurredOn <= today && entry.postedOn > today,
    (entry) => entry.pendingAmount,
  );
  switch (account.type) {
    case 'depository': {
      const current = cents(account.opening - total(entries, account.key, (entry) => entry.postedOn <= today));
      return { current, available: cents(current - held), limit: null };
    }
    case 'credit': {
      const current = owedOn(account, entries, today);
      return { current, available: cents((account.limit ?? 0) - current - held), limit: account.limit ?? null };
    }
    case 'investment':
      return { current: invested, available: null, limit: null };
    case 'loan': {
      if (!account.hasNoTransactions) return { current: owedOn(account, entries, today), available: null, limit: null };
      return { current: carLoanBalance(account.opening, account.loan?.rate ?? 0, monthsSince(start, today)), available: null, limit: null };
    }
  }
}

const nextDue = (today: CalendarDate, dueDay: number): CalendarDate => {
  const thisMonth = addDays(startOfMonth(today), dueDay - 1);
  return thisMonth >= today ? thisMonth : addDays(addMonths(startOfMonth(today), 1), dueDay - 1);
};

function liabilitiesOn(
  accounts: DemoAccount[],
  accountId: (key: string) => string,
  entries: Entry[],
  start: CalendarDate,
  today: CalendarDate,
): LiabilitiesObject {
  const find = (key: string) => accounts.find((account) => account.key === key);
  const [card, mortgage, student] = [find('card'), find('mortgage'), find('student')];
  const lastPayment = (key: string) =>
    entries.filter((entry) => entry.account === key && entry.category.startsWith('LOAN_PAYMENTS_') && entry.postedOn <= today).at(-1);
  const paid = (key: string) => {
    const payment = lastPayment(key);
    return { last_payment_amount: payment ? -payment.amount : null, last_payment_date: payment?.postedOn ?? null };
  };
  const yearToDate = (key: string, matches: (entry: Entry) => boolean) =>
    Math.abs(total(entries, key, (entry) => entry.postedOn >= `${today.slice(0, 4)}-01-01` && entry.postedOn <= today && matches(entry)));
  const interestPaid = (key: string) => yearToDate(key, (entry) => entry.name === 'INTEREST CHARGE');
  const loanTerms = (account: DemoAccount) => ({
    account_id: accountId(account.key),
    account_number: null,
    ...paid(account.key),
    next_payment_due_date: nextDue(today, LOAN_PAYMENTS[account.key]?.day ?? 1),
    origination_date: addMonths(start, -12 * (account.loan?.originatedYearsAgo ?? 0)),
    origination_principal_amount: account.loan?.principal ?? null,
    ytd_interest_paid: interestPaid(account.key),
    ytd_principal_paid: cents(yearToDate(account.key, (entry) => entry.amount < 0) - interestPaid(account.key)),
  });
  const statementOn =
    dayOfMonth(today) >= STATEMENT_DAY
      ? addDays(startOfMonth(today), STATEMENT_DAY - 1)
      : addDays(addMonths(startOfMonth(today), -1), STATEMENT_DAY - 1);
  const statement = card ? owedOn(card, entries, statementOn) : 0;
  const noAddress = { city: null, country: null, postal_code: null, region: null, street: null };
  return {
    credit: card
      ? [
          {
            account_id: accountId('card'),
            aprs: [{ apr_percentage: CARD_APR, apr_type: 'purchase_apr', balance_subject_to_apr: 0, interest_charge_amount: 0 }],
            is_overdue: false,
            ...paid('card'),
            last_statement_issue_date: statementOn,
            last_statement_balance: statement,
            minimum_payment_amount: statement > 0 ? cents(Math.max(MINIMUM_PAYMENT, statement * MINIMUM_PAYMENT_SHARE)) : 0,
            next_payment_due_date: nextDue(today, CARD_DUE_DAY),
          },
        ]
      : null,
    mortgage: mortgage
      ? [
          {
            ...loanTerms(mortgage),
            current_late_fee: 0,
            escrow_balance: 2_140.88,
            has_pmi: false,
            has_prepayment_penalty: false,
            interest_rate: { percentage: mortgage.loan?.rate ?? null, type: 'fixed' },
            loan_term: mortgage.loan?.term ?? null,
            loan_type_description: 'conventional',
            maturity_date: addMonths(start, 12 * 23),
            next_monthly_payment: LOAN_PAYMENTS.mortgage?.amount ?? null,
            past_due_amount: 0,
            property_address: { ...noAddress, city: 'Harborview', region: 'WA', country: 'US' },
          },
        ]
      : null,
    student: student
      ? [
          {
            ...loanTerms(student),
            disbursement_dates: null,
            expected_payoff_date: addMonths(start, 12 * 8),
            guarantor: null,
            interest_rate_percentage: student.loan?.rate ?? 0,
            is_overdue: false,
            last_statement_balance: null,
            last_statement_issue_date: null,
            loan_name: 'Consolidation',
            loan_status: { end_date: null, type: 'repayment' },
            minimum_payment_amount: LOAN_PAYMENTS.student?.amount ?? null,
            outstanding_interest_amount: 0,
            payment_reference_number: null,
            pslf_status: { estimated_eligibility_date: null, payments_made: null, payments_remaining: null },
            repayment_plan: { description: 'Standard Repayment', type: 'standard' },
            sequence_number: '1',
            servicer_address: noAddress,
          },
        ]
      : null,
  } as unknown as LiabilitiesObject;
}
