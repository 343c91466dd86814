import { daysBetween } from '../lib/dates.ts';
import { formatDate, formatMoney, plural } from '../web/format.ts';
import type { Bank } from './facts.ts';
import { defineRule, type Finding } from './rule.ts';

const about = ({ id, name }: Bank): Pick<Finding, 'subject' | 'amount' | 'transactionIds' | 'href'> => ({
  subject: { id: `bank:${id}`, label: name },
  amount: null,
  transactionIds: [],
  href: '/accounts',
});

export const bankAttention = defineRule({
  kind: 'bank_attention',
  group: 'banks',
  title: 'A bank needs you',
  about: 'A link is broken, ends soon, or has not been read for some days.',
  parameters: { days: { label: 'Not read for', unit: 'days', standard: 3, min: 1, max: 60 } },
  isOccurrence: false,
  find: ({ banks, today }, { days }) =>
    banks.flatMap((bank): Finding[] => {
      const read = { label: 'Last read', value: bank.readOn ? formatDate(bank.readOn) : 'never' };
      if (bank.errorCode && bank.errorSince) {
        return [
          {
            ...about(bank),
            key: `bank_attention:${bank.id}:${bank.errorCode}`,
            severity: 'urgent',
            title: bank.errorMessage ?? `${bank.name} cannot be read.`,
            body: bank.readOn ? `Its figures are as of the last reading, ${formatDate(bank.readOn)}.` : 'It has not been read yet.',
            why: [{ label: 'Since', value: formatDate(bank.errorSince) }, read],
          },
        ];
      }
      if (bank.isExpiring) {
        return [
          {
            ...about(bank),
            key: `bank_attention:${bank.id}:expiring`,
            severity: 'warning',
            title: `${bank.name} will soon ask you to sign in again`,
            body: bank.expiresOn ? `The permission ends on ${formatDate(bank.expiresOn)}.` : 'Renew it before it stops.',
            why: [...(bank.expiresOn ? [{ label: 'Ends', value: formatDate(bank.expiresOn) }] : []), read],
          },
        ];
      }
      if (!bank.readOn || days.greaterThan(daysBetween(bank.readOn, today))) return [];
      return [
        {
          ...about(bank),
          key: `bank_attention:${bank.id}:stale`,
          severity: 'warning',
          title: `${bank.name} has not been read since ${formatDate(bank.readOn)}`,
          body: 'Its figures may be out of date. It is tried again by itself.',
          why: [read],
        },
      ];
    }),
});

export const accountTwice = defineRule({
  kind: 'account_twice',
  group: 'banks',
  title: 'An account may be counted twice',
  about: 'Two links seem to reach the same account, so that every figure has it twice until you say which one counts.',
  parameters: {},
  isOccurrence: false,
  find: ({ twins }) =>
    twins.map(({ accounts, shared }): Finding => {
      const [first, second] = accounts;
      const links =
        first.institution === second.institution ? `two links to ${first.institution}` : `${first.institution} and ${second.institution}`;
      return {
        key: `account_twice:${first.id}:${second.id}`,
        severity: 'warning',
        title: `${first.name} may be counted twice`,
        body: `It looks like one account, reached through ${links}. Until you say which one counts, or that they are two, figures may be doubled.`,
        subject: { id: `account:${first.id}`, label: first.name },
        why: [
          ...accounts.map(({ name, currency, balance }) => ({ label: name, value: formatMoney(balance, currency) })),
          { label: 'The same in both', value: plural(shared, 'transaction') },
        ],
        amount: null,
        transactionIds: [],
        href: '/accounts#twins',
      };
    }),
});
