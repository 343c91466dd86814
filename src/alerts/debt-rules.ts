import { daysBetween } from '../lib/dates.ts';
import { Money, withoutDust, ZERO } from '../lib/money.ts';
import { formatDate, formatMoney } from '../web/format.ts';
import type { Debt } from './facts.ts';
import { defineRule, type Finding, transactionsHref } from './rule.ts';

/** A due date so long ago says only that the institution has not told a new one. */
const OVERDUE_DAYS_MAX = 60;

const left = (asked: Money | null, paid: Money): Money => (asked ? withoutDust(Money.max(asked.minus(paid), ZERO)) : ZERO);
const money = (amount: Money | null, debt: Debt) => formatMoney(amount, debt.currency);

function about(debt: Debt): Pick<Finding, 'subject' | 'why' | 'transactionIds' | 'href'> {
  const rows: [string, Money | null][] = [
    ['Statement', debt.statement],
    [debt.isCard ? 'Minimum' : 'Payment', debt.minimum],
    ['Paid so far', debt.paid],
  ];
  return {
    subject: { id: `account:${debt.accountId}`, label: debt.name },
    why: [
      ...(debt.dueOn ? [{ label: 'Due', value: formatDate(debt.dueOn) }] : []),
      ...rows.flatMap(([label, amount]) => (amount === null ? [] : [{ label, value: money(amount, debt) }])),
    ],
    transactionIds: [],
    href: transactionsHref({ account_id: debt.accountId }),
  };
}

/** What has been paid of a bill, and what has to be by its day. */
function bodyOf(debt: Debt, minimumLeft: Money): string {
  const paid = debt.paid.isZero() ? 'Nothing has been paid of it yet.' : `${money(debt.paid, debt)} has been paid.`;
  if (!debt.isCard || debt.minimum === null) return paid;
  return minimumLeft.isZero()
    ? `${paid} The minimum is covered; what is left of the statement will cost interest.`
    : `${paid} At least ${money(minimumLeft, debt)} has to be paid by then.`;
}

export const billDue = defineRule({
  kind: 'bill_due',
  group: 'debts',
  title: 'Bill due',
  about: 'What a card’s statement or a loan asks for is due within some days and not paid yet.',
  parameters: { days: { label: 'Within', unit: 'days', standard: 5, min: 0, max: 30 } },
  isOccurrence: false,
  find: ({ debts, today }, { days }) =>
    debts.flatMap((debt) => {
      if (!debt.dueOn || debt.dueOn < today || days.lessThan(daysBetween(today, debt.dueOn))) return [];
      const minimumLeft = left(debt.minimum, debt.paid);
      const toPay = debt.statement ? left(debt.statement, debt.paid) : minimumLeft;
      if (toPay.isZero()) return [];
      return [
        {
          ...about(debt),
          key: `bill_due:${debt.accountId}:${debt.dueOn}`,
          severity: 'warning' as const,
          title: `${debt.name}: ${money(toPay, debt)} due on ${formatDate(debt.dueOn)}`,
          body: bodyOf(debt, minimumLeft),
          amount: { value: toPay, currency: debt.currency },
        },
      ];
    }),
});

export const billOverdue = defineRule({
  kind: 'bill_overdue',
  group: 'debts',
  title: 'Bill overdue',
  about: 'A card’s minimum or a loan’s payment is past its day, by the institution’s word or by what has been paid.',
  parameters: {},
  isOccurrence: false,
  find: ({ debts, today }) =>
    debts.flatMap((debt) => {
      const owed = left(debt.minimum, debt.paid);
      const ago = debt.dueOn ? daysBetween(debt.dueOn, today) : 0;
      const isPast = ago > 0 && ago <= OVERDUE_DAYS_MAX && owed.greaterThan(0);
      // What the institution says goes before what its dates seem to say.
      if (!(debt.isOverdue ?? isPast)) return [];
      return [
        {
          ...about(debt),
          key: `bill_overdue:${debt.accountId}:${debt.dueOn ?? ''}`,
          severity: 'urgent' as const,
          title: `${debt.name} is overdue`,
          body: isPast
            ? `${money(owed, debt)} was due on ${formatDate(debt.dueOn as NonNullable<Debt['dueOn']>)} and has not been paid.`
            : 'The institution says that a payment is missing.',
          amount: { value: owed, currency: debt.currency },
        },
      ];
    }),
});
