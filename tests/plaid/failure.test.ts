import { describe, expect, it } from 'vitest';
import { PlaidFailure, type Remedy, remedyFor, sentenceFor } from '../../src/plaid/failure.ts';

const of = (code: string, type = 'ITEM_ERROR', httpStatus: number | null = 400) => remedyFor({ code, type, httpStatus });

describe('the remedy for a failed call', () => {
  it.each<[Remedy, string[]]>([
    [
      'repair',
      [
        'ITEM_LOGIN_REQUIRED',
        'INVALID_CREDENTIALS',
        'INVALID_MFA',
        'INSUFFICIENT_CREDENTIALS',
        'USER_INPUT_TIMEOUT',
        'ACCESS_NOT_GRANTED',
        'ITEM_LOCKED',
        'PASSWORD_RESET_REQUIRED',
        'USER_SETUP_REQUIRED',
      ],
    ],
    ['repair_accounts', ['NO_ACCOUNTS']],
    ['consent', ['ADDITIONAL_CONSENT_REQUIRED']],
    ['wait', ['PRODUCT_NOT_READY']],
    [
      'absent',
      [
        'PRODUCTS_NOT_SUPPORTED',
        'PRODUCT_NOT_ENABLED',
        'NO_INVESTMENT_ACCOUNTS',
        'NO_INVESTMENT_AUTH_ACCOUNTS',
        'NO_LIABILITY_ACCOUNTS',
        'NO_AUTH_ACCOUNTS',
      ],
    ],
    [
      'later',
      ['INSTITUTION_DOWN', 'INSTITUTION_NOT_RESPONDING', 'INSTITUTION_NOT_AVAILABLE', 'PLANNED_MAINTENANCE', 'AN_ITEM_ERROR_OF_TOMORROW'],
    ],
    ['restart', ['TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION']],
    ['accounts', ['INVALID_ACCOUNT_ID']],
    [
      'gone',
      [
        'ITEM_NOT_FOUND',
        'INVALID_ACCESS_TOKEN',
        'USER_PERMISSION_REVOKED',
        'INVALID_UPDATED_USERNAME',
        'INSTITUTION_NO_LONGER_SUPPORTED',
        'ITEM_NOT_SUPPORTED',
        'MFA_NOT_SUPPORTED',
        'UNSUPPORTED_RESPONSE',
      ],
    ],
    ['retry', ['INTERNAL_SERVER_ERROR', 'TIMEOUT', 'UNREACHABLE', 'UNREADABLE_ANSWER']],
  ])('is %s', (remedy, codes) => expect(codes.map((code) => of(code))).toEqual(codes.map(() => remedy)));

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
