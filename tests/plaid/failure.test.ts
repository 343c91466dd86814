import { describe, expect, it } from 'vitest';
import { PlaidFailure, type Remedy, remedyFor, repairActionFor, sentenceFor } from '../../src/plaid/failure.ts';

const of = (code: string, type = 'ITEM_ERROR', httpStatus: number | null = 400) => remedyFor({ code, type, httpStatus });

/** Every code that Plaid documents, by the type and status it comes with, and what is to be done. */
const DOCUMENTED: [type: string, status: number, remedies: Partial<Record<Remedy, string>>][] = [
  [
    'ITEM_ERROR',
    400,
    {
      repair: 'ITEM_LOGIN_REQUIRED INVALID_CREDENTIALS INVALID_MFA INSUFFICIENT_CREDENTIALS USER_INPUT_TIMEOUT ACCESS_NOT_GRANTED',
      at_bank: 'ITEM_LOCKED PASSWORD_RESET_REQUIRED USER_SETUP_REQUIRED',
      repair_accounts: 'NO_ACCOUNTS',
      gone: 'ITEM_NOT_FOUND ITEM_CONCURRENTLY_DELETED INVALID_UPDATED_USERNAME',
      dead: 'ITEM_NOT_SUPPORTED MFA_NOT_SUPPORTED',
      wait: 'PRODUCT_NOT_READY',
      absent:
        'PRODUCTS_NOT_SUPPORTED PRODUCT_NOT_ENABLED NO_INVESTMENT_ACCOUNTS NO_INVESTMENT_AUTH_ACCOUNTS NO_LIABILITY_ACCOUNTS NO_AUTH_ACCOUNTS',
    },
  ],
  [
    'INVALID_INPUT',
    400,
    {
      consent: 'ADDITIONAL_CONSENT_REQUIRED',
      gone: 'USER_PERMISSION_REVOKED INVALID_ACCESS_TOKEN',
      accounts: 'INVALID_ACCOUNT_ID',
      ours: 'INVALID_PUBLIC_TOKEN INVALID_LINK_TOKEN INVALID_PRODUCT INVALID_API_KEYS UNAUTHORIZED_ENVIRONMENT INVALID_INSTITUTION INVALID_LINK_CUSTOMIZATION INVALID_WEBHOOK_VERIFICATION_KEY_ID',
    },
  ],
  [
    'INVALID_REQUEST',
    400,
    { ours: 'MISSING_FIELDS UNKNOWN_FIELDS INVALID_FIELD INVALID_BODY INVALID_HEADERS SANDBOX_ONLY INVALID_CONFIGURATION' },
  ],
  ['INVALID_REQUEST', 404, { ours: 'NOT_FOUND' }],
  ['TRANSACTIONS_ERROR', 400, { restart: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION' }],
  [
    'INSTITUTION_ERROR',
    400,
    {
      later: 'INSTITUTION_DOWN INSTITUTION_NOT_RESPONDING INSTITUTION_NOT_AVAILABLE',
      dead: 'INSTITUTION_NO_LONGER_SUPPORTED UNSUPPORTED_RESPONSE',
      ours: 'UNAUTHORIZED_INSTITUTION INSTITUTION_REGISTRATION_REQUIRED INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT',
    },
  ],
  [
    'RATE_LIMIT_EXCEEDED',
    429,
    {
      retry:
        'INSTITUTION_RATE_LIMIT ACCOUNTS_LIMIT BALANCE_LIMIT ACCOUNTS_BALANCE_GET_LIMIT TRANSACTIONS_LIMIT TRANSACTIONS_SYNC_LIMIT ITEM_GET_LIMIT INVESTMENT_HOLDINGS_GET_LIMIT RATE_LIMIT A_LIMIT_OF_TOMORROW',
      ours: 'CREDITS_EXHAUSTED',
    },
  ],
  ['API_ERROR', 500, { retry: 'INTERNAL_SERVER_ERROR AN_API_ERROR_OF_TOMORROW' }],
  ['API_ERROR', 503, { later: 'PLANNED_MAINTENANCE' }],
  ['SANDBOX_ERROR', 400, { ours: 'SANDBOX_PRODUCT_NOT_ENABLED SANDBOX_WEBHOOK_INVALID' }],
];

describe('the remedy for a failed call', () => {
  const rows = DOCUMENTED.flatMap(([type, status, remedies]) =>
    Object.entries(remedies).flatMap(([remedy, codes]) => codes.split(' ').map((code) => [code, type, status, remedy] as const)),
  );
  it.each(rows)('to %s (%s, %i) is %s', (code, type, status, remedy) => expect(of(code, type, status)).toBe(remedy));

  it('to what has no answer is to try again', () => {
    expect(['TIMEOUT', 'UNREACHABLE', 'UNREADABLE_ANSWER'].map((code) => of(code, '', null))).toEqual(['retry', 'retry', 'retry']);
  });

  it('is one button, where a person can do something about the link', () => {
    expect(repairActionFor('ITEM_LOGIN_REQUIRED')).toBe('reconnect');
    expect(repairActionFor('ITEM_LOCKED')).toBe('reconnect');
    expect(repairActionFor('NO_ACCOUNTS')).toBe('choose_accounts');
    expect(repairActionFor('ITEM_NOT_FOUND')).toBe('remove');
    expect(repairActionFor('INSTITUTION_DOWN')).toBeNull();
    const broken = rows.filter(([code, type, httpStatus]) => new PlaidFailure({ code, type, httpStatus }).isAboutTheLink);
    expect(new Set(broken.map(([, , , remedy]) => remedy))).toEqual(new Set(['repair', 'at_bank', 'repair_accounts', 'gone', 'dead']));
  });

  it('follows the type or the status where the code is not known', () => {
    expect(of('TRANSACTIONS_SYNC_LIMIT', 'RATE_LIMIT_EXCEEDED', 429)).toBe('retry');
    expect(of('CREDITS_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 429)).toBe('ours');
    expect(of('INVALID_FIELD', 'INVALID_REQUEST')).toBe('ours');
    expect(of('INVALID_API_KEYS', 'INVALID_INPUT')).toBe('ours');
    expect(of('SOMETHING', 'BRAND_NEW', 502)).toBe('retry');
    expect(of('SOMETHING', 'BRAND_NEW')).toBe('later');
  });
});

it('a person reads the bank’s words, else ours with the bank’s name', () => {
  const failure = new PlaidFailure({ code: 'ITEM_LOGIN_REQUIRED', type: 'ITEM_ERROR' });
  expect(sentenceFor('Harbor Street Bank', failure)).toBe('Harbor Street Bank asks you to sign in again.');
  expect(sentenceFor(null, { remedy: 'later', displayMessage: 'Down for the night.' })).toBe('Down for the night.');
});
