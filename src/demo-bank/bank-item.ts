import type { AccountBase, Holding, InvestmentTransaction, LiabilitiesObject, Security } from 'plaid';
import type { Act } from './acts.ts';
import type { ChangeLog } from './change-log.ts';

type Readiness = 'NOT_READY' | 'INITIAL_UPDATE_COMPLETE' | 'HISTORICAL_UPDATE_COMPLETE';

/** What Plaid would answer about an item, as plain data that its source keeps up to date. */
export interface BankData {
  accounts: AccountBase[];
  holdings: Holding[];
  securities: Security[];
  /** Newest first. */
  investmentTransactions: InvestmentTransaction[];
  liabilities: LiabilitiesObject;
}

/** A failure to answer with, instead of data. */
export interface BankError {
  status?: number;
  error_type: string;
  error_code: string;
  error_message?: string;
  display_message?: string | null;
}

export const LOGIN_REQUIRED: BankError = {
  error_type: 'ITEM_ERROR',
  error_code: 'ITEM_LOGIN_REQUIRED',
  error_message: 'the login details of this item have changed',
  display_message: null,
};

/** One link to one institution as the bank sees it. */
export interface BankItem {
  itemId: string;
  accessToken: string;
  institutionId: string;
  institutionName: string;
  products: string[];
  webhook: string | null;
  log: ChangeLog;
  readiness: Readiness;
  /** The error the whole item is in, as after a changed password. */
  error: BankError | null;
  /** What the institution answers with while it is down; the item itself is fine. */
  outage: BankError | null;
  data: BankData;
  /** Called before each answer: lets the source move on to the present day. */
  refresh: () => void;
  /** Called at the first request for transactions, which is when a bank begins to prepare them. */
  prepare: () => void;
  /** Called when investment transactions are asked for in the background: begins to prepare them, says whether they are there. */
  isActivityReady: () => boolean;
  /** Makes something happen there on top of what its source does. @returns false when it cannot, just now */
  act?: (kind: Act['kind']) => boolean;
}

export const noData = (): BankData => ({
  accounts: [],
  holdings: [],
  securities: [],
  investmentTransactions: [],
  liabilities: { credit: null, mortgage: null, student: null },
});
