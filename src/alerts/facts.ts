import type { CalendarDate } from '../lib/dates.ts';
import type { Money } from '../lib/money.ts';
import type { StoredStream } from '../recurring/store.ts';
import type { CashFlowType } from '../transactions/classify.ts';

/* What the rules judge by: small rows, read once for all of them. Amounts are in the currency that is named beside them. */

export interface LiquidAccount {
  id: string;
  name: string;
  currency: string;
  balance: Money;
  /** The balance in the base currency; null without a rate. */
  baseBalance: Money | null;
  /** Expected balances in the base currency, from tomorrow on; empty without a forecast. */
  expected: { date: CalendarDate; balance: Money }[];
}

/** A movement of the last month, pending ones too. */
export interface RecentTransaction {
  id: string;
  accountId: string;
  accountName: string;
  date: CalendarDate;
  merchant: string;
  /** Plaid's sign: positive is money out. */
  amount: Money;
  currency: string;
  /** The same in the base currency; null without a rate. */
  baseAmount: Money | null;
  type: CashFlowType | null;
  category: string;
  categoryDetailed: string | null;
  isPending: boolean;
  isRecurring: boolean;
  /** The first day on which this merchant is known, under this name or one that differs by numbers only. */
  merchantSince: CalendarDate;
}

/** What a category costs beside what recurs. */
export interface CategorySpending {
  category: string;
  /** This month so far. */
  current: Money;
  /** In a usual whole month. */
  usual: Money;
  /** In the dearest of the last whole months. */
  highest: Money;
}

export interface StreamFacts extends StoredStream {
  /** The day from which the last amount has been asked; null when it has not changed. */
  changedOn: CalendarDate | null;
  /** Its latest movements, the newest first; amounts are positive. */
  latest: { id: string; date: CalendarDate; amount: Money }[];
}

/** A card or a loan with what the institution says is due. */
export interface Debt {
  accountId: string;
  name: string;
  currency: string;
  isCard: boolean;
  dueOn: CalendarDate | null;
  minimum: Money | null;
  /** Of a card: what the last statement asks for. */
  statement: Money | null;
  issuedOn: CalendarDate | null;
  /** By the institution's word; null when it says nothing. */
  isOverdue: boolean | null;
  /** Paid since the statement was issued; of a loan, in the weeks before it is due. */
  paid: Money;
}

export interface Bank {
  id: string;
  name: string;
  errorCode: string | null;
  errorMessage: string | null;
  errorSince: CalendarDate | null;
  isExpiring: boolean;
  expiresOn: CalendarDate | null;
  /** The day of the last reading; null before the first. */
  readOn: CalendarDate | null;
}

interface TwinAccounts {
  accounts: readonly [TwinAccount, TwinAccount];
  /** Movements that both have alike. */
  shared: number;
}

interface TwinAccount {
  id: string;
  name: string;
  institution: string;
  currency: string;
  balance: Money | null;
}

export interface AlertFacts {
  today: CalendarDate;
  /** The base currency. */
  currency: string;
  /** The day of the oldest posted movement. */
  firstDay: CalendarDate | null;
  liquid: LiquidAccount[];
  /** What the liquid accounts hold together, in the base currency. */
  cash: Money;
  recent: RecentTransaction[];
  /** Empty before there is a usual month. */
  spending: CategorySpending[];
  /** What a usual month costs; null before there is one. */
  usualExpenses: Money | null;
  streams: StreamFacts[];
  debts: Debt[];
  netWorth: {
    current: Money;
    /** A month ago; null when it was not known then. */
    monthAgo: Money | null;
    goal: Money | null;
    /** A month, over the last year; null with too little history. */
    averageChange: Money | null;
    monthsToGoal: number | null;
  };
  /** Of all that is held, by security over all accounts, in per cent. */
  shares: { securityId: string; label: string; share: Money; value: Money }[];
  /** How far the investments are below their highest point of the last year, in per cent; null when nothing is known. */
  drawdown: { percent: Money; peakOn: CalendarDate } | null;
  banks: Bank[];
  /** Accounts that look like one account through two links. */
  twins: TwinAccounts[];
}
