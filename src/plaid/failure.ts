/**
 * What to do about a failed call:
 * repair: the person signs in again (update mode) · repair_accounts: the same, with account selection · at_bank: the person has
 * to do something on the bank's own site first · consent: the person has to agree to share this product · wait: the bank is
 * still preparing the data · absent: this institution has no such product · retry: soon, with backoff · later: in hours ·
 * restart: begin this fetch again from its first page · accounts: the account list is out of date · gone: the link is over, link
 * afresh · unreadable: the same, because the key that sealed its token is gone · dead: this institution cannot be read any more · ours: a
 * mistake in the request or the configuration.
 */
export type Remedy = keyof typeof SENTENCES;

const SENTENCES = {
  repair: 'asks you to sign in again.',
  repair_accounts: 'no longer shares any account. Choose the accounts again.',
  at_bank: 'wants you to sort something out on its own site first, such as a locked sign-in. Then reconnect.',
  consent: 'needs your consent to share this.',
  wait: 'is still preparing the data.',
  absent: 'does not offer this.',
  retry: 'could not be reached just now. It is tried again by itself.',
  later: 'is unavailable at the moment. It is tried again in a few hours.',
  restart: 'changed the data while it was read. It is read again by itself.',
  accounts: 'changed its list of accounts. It is read again by itself.',
  gone: 'has ended this link. Remove it and link the bank again.',
  unreadable: 'cannot be read: the key that its access was sealed with is gone. Remove it and link the bank again.',
  dead: 'can no longer be read through Plaid. What was read so far stays.',
  ours: 'refused the request. This is a fault in the dashboard or its configuration.',
} as const;

/** What a person can do about a link that does not work, with one button. */
export type RepairAction = 'reconnect' | 'choose_accounts' | 'remove';

const ACTION_OF_REMEDY: Partial<Record<Remedy, RepairAction>> = {
  repair: 'reconnect',
  at_bank: 'reconnect',
  repair_accounts: 'choose_accounts',
  gone: 'remove',
  unreadable: 'remove',
  dead: 'remove',
};

/** The button for an error that is stored with a link. Without one there is nothing to do but wait. */
export const repairActionFor = (code: string): RepairAction | null =>
  ACTION_OF_REMEDY[remedyFor({ code, type: '', httpStatus: null })] ?? null;

/** Our name for a token that none of our keys opens. */
export const UNREADABLE_TOKEN = 'UNREADABLE_TOKEN';

const REMEDY_OF_CODE: Record<string, Remedy> = {
  ITEM_LOGIN_REQUIRED: 'repair',
  INVALID_CREDENTIALS: 'repair',
  INVALID_MFA: 'repair',
  INSUFFICIENT_CREDENTIALS: 'repair',
  USER_INPUT_TIMEOUT: 'repair',
  ACCESS_NOT_GRANTED: 'repair',
  ITEM_LOCKED: 'at_bank',
  PASSWORD_RESET_REQUIRED: 'at_bank',
  USER_SETUP_REQUIRED: 'at_bank',
  NO_ACCOUNTS: 'repair_accounts',
  ADDITIONAL_CONSENT_REQUIRED: 'consent',
  PRODUCT_NOT_READY: 'wait',
  PRODUCTS_NOT_SUPPORTED: 'absent',
  PRODUCT_NOT_ENABLED: 'absent',
  NO_INVESTMENT_ACCOUNTS: 'absent',
  NO_INVESTMENT_AUTH_ACCOUNTS: 'absent',
  NO_LIABILITY_ACCOUNTS: 'absent',
  NO_AUTH_ACCOUNTS: 'absent',
  INTERNAL_SERVER_ERROR: 'retry',
  INSTITUTION_DOWN: 'later',
  INSTITUTION_NOT_RESPONDING: 'later',
  INSTITUTION_NOT_AVAILABLE: 'later',
  PLANNED_MAINTENANCE: 'later',
  TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION: 'restart',
  INVALID_ACCOUNT_ID: 'accounts',
  ITEM_NOT_FOUND: 'gone',
  ITEM_CONCURRENTLY_DELETED: 'gone',
  INVALID_ACCESS_TOKEN: 'gone',
  INVALID_UPDATED_USERNAME: 'gone',
  USER_PERMISSION_REVOKED: 'gone',
  INSTITUTION_NO_LONGER_SUPPORTED: 'dead',
  UNSUPPORTED_RESPONSE: 'dead',
  ITEM_NOT_SUPPORTED: 'dead',
  MFA_NOT_SUPPORTED: 'dead',
  CREDITS_EXHAUSTED: 'ours',
  UNAUTHORIZED_INSTITUTION: 'ours',
  INSTITUTION_REGISTRATION_REQUIRED: 'ours',
  INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT: 'ours',
  // Our own names for what has no answer from Plaid.
  [UNREADABLE_TOKEN]: 'unreadable',
  TIMEOUT: 'retry',
  UNREACHABLE: 'retry',
  UNREADABLE_ANSWER: 'retry',
};

/** The remedy for an error, by code first, then by type and HTTP status; what nobody knows yet is tried again in hours. */
export function remedyFor(error: { code: string; type: string; httpStatus: number | null }): Remedy {
  const known = REMEDY_OF_CODE[error.code];
  if (known) return known;
  if (error.type === 'RATE_LIMIT_EXCEEDED' || error.httpStatus === 429) return 'retry';
  if (error.type === 'INVALID_REQUEST' || error.type === 'INVALID_INPUT' || error.type === 'SANDBOX_ERROR') return 'ours';
  if (error.type === 'API_ERROR') return 'retry';
  if (error.httpStatus !== null && error.httpStatus >= 500) return 'retry';
  return 'later';
}

/** What a person reads: the bank's own words where there are some, else ours. */
export function sentenceFor(institution: string | null, failure: { remedy: Remedy; displayMessage: string | null }): string {
  return failure.displayMessage ?? `${institution ?? 'The bank'} ${SENTENCES[failure.remedy]}`;
}

/** What a person reads who waits for the answer: nothing is tried again by itself then. */
export function answerFor(failure: { remedy: Remedy; displayMessage: string | null }): string {
  if (failure.displayMessage) return failure.displayMessage;
  if (failure.remedy === 'ours') return `Plaid ${SENTENCES.ours}`;
  if (failure.remedy === 'later') return 'The bank is unavailable at the moment. Please try again in a few hours.';
  if (failure.remedy === 'retry') return 'The bank could not be reached just now. Please try again.';
  return sentenceFor(null, failure);
}

/** A failed call to Plaid, with nothing of the request in it. */
export class PlaidFailure extends Error {
  readonly code: string;
  readonly type: string;
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  readonly displayMessage: string | null;
  readonly remedy: Remedy;

  constructor(details: {
    code: string;
    type?: string;
    httpStatus?: number | null;
    requestId?: string | null;
    displayMessage?: string | null;
  }) {
    super(`Plaid answered ${details.code}`);
    this.name = 'PlaidFailure';
    this.code = details.code;
    this.type = details.type ?? '';
    this.httpStatus = details.httpStatus ?? null;
    this.requestId = details.requestId ?? null;
    this.displayMessage = details.displayMessage ?? null;
    this.remedy = remedyFor(this);
  }

  /** True when no product of the item can be read until somebody does something about the link itself. */
  get isAboutTheLink(): boolean {
    return ACTION_OF_REMEDY[this.remedy] !== undefined;
  }

  /** True when the answer says that this cursor belongs to no change log of this item. */
  get isRefusedCursor(): boolean {
    return this.code === 'INVALID_FIELD';
  }
}
