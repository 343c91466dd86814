import { type CalendarDate, daysBetween, monthOf, startOfMonth } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { type Money, percent } from '../lib/money.ts';
import { categoryLabel } from '../plaid/categories.ts';
import { normalisedMerchant } from '../recurring/merchant.ts';
import { saysCash } from '../transactions/words.ts';
import { formatDate, formatMoney, formatPercent, shorten } from '../web/format.ts';
import type { AlertFacts, RecentTransaction } from './facts.ts';
import { defineRule, type Finding, isNews, transactionsHref } from './rule.ts';

const NAME_LENGTH = 60;
/** A merchant is new only when there is enough history to have met it before. */
const HISTORY_DAYS_MIN = 60;
const DUPLICATE_DAYS = 2;
const ROWS_SHOWN = 5;
/** The same amount so many times in the last weeks is a habit: a lunch, a fare. */
const HABIT_TIMES = 3;

const nameOf = ({ merchant }: RecentTransaction) => shorten(merchant, NAME_LENGTH);
const moneyOf = ({ amount, currency }: RecentTransaction) => formatMoney(amount.abs(), currency);

/** What a finding about one movement says of it. */
const about = (row: RecentTransaction): Pick<Finding, 'subject' | 'why' | 'amount' | 'transactionIds' | 'href'> => ({
  subject: { id: `merchant:${row.merchant}`, label: nameOf(row) },
  why: [
    { label: 'Amount', value: moneyOf(row) },
    { label: 'On', value: `${formatDate(row.date)}, ${row.accountName}` },
  ],
  amount: { value: row.amount.abs(), currency: row.currency },
  transactionIds: [row.id],
  href: `/transactions/${row.id}`,
});

/** A machine, a counter and a check are no merchants. */
const isCash = ({ merchant, categoryDetailed }: RecentTransaction) => saysCash(merchant) || categoryDetailed === 'TRANSFER_OUT_WITHDRAWAL';
const isSpent = (row: RecentTransaction) => row.type === 'expense' && !row.isPending && row.amount.greaterThan(0);
const newsOf = ({ recent, today }: AlertFacts, isOpen: (key: string) => boolean, keyOf: (row: RecentTransaction) => string) =>
  recent.filter((row) => isNews(daysBetween(row.date, today), isOpen(keyOf(row))));

export const largeTransaction = defineRule({
  kind: 'large_transaction',
  group: 'spending',
  title: 'Large expense',
  about: 'Something that does not recur cost an amount or more.',
  parameters: { amount: { label: 'From', unit: 'money', standard: 500, min: 1, max: 10_000_000 } },
  isOccurrence: true,
  find: (facts, { amount }, isOpen) => {
    const keyOf = (row: RecentTransaction) => `large_transaction:${row.id}`;
    return newsOf(facts, isOpen, keyOf)
      .filter((row) => isSpent(row) && !row.isRecurring && row.baseAmount?.greaterThanOrEqualTo(amount))
      .map((row) => ({
        ...about(row),
        key: keyOf(row),
        severity: 'warning' as const,
        title: `${moneyOf(row)} at ${nameOf(row)}`,
        body: `${row.merchantSince === row.date ? 'It is the first time at this merchant, and' : 'It'} is at or above the ${formatMoney(amount, facts.currency)} you want to hear of.`,
      }));
  },
});

export const newMerchant = defineRule({
  kind: 'new_merchant',
  group: 'spending',
  title: 'New merchant',
  about: 'The first payment to a merchant, of an amount or more. What is a large expense too is told as that.',
  parameters: { amount: { label: 'From', unit: 'money', standard: 100, min: 1, max: 10_000_000 } },
  isOccurrence: true,
  yieldsTo: 'large_transaction',
  find: (facts, { amount }, isOpen) => {
    const { firstDay, today } = facts;
    if (!firstDay || daysBetween(firstDay, today) < HISTORY_DAYS_MIN) return [];
    const keyOf = (row: RecentTransaction) => `new_merchant:${row.merchant}`;
    const firsts = newsOf(facts, isOpen, keyOf).filter(
      (row) =>
        isSpent(row) &&
        !row.isRecurring &&
        !isCash(row) &&
        row.date === row.merchantSince &&
        daysBetween(firstDay, row.date) >= HISTORY_DAYS_MIN &&
        row.baseAmount?.greaterThanOrEqualTo(amount),
    );
    return [...groupBy(firsts, keyOf)].map(([key, [row]]) => ({
      ...about(row as RecentTransaction),
      key,
      severity: 'info' as const,
      title: `First time at ${nameOf(row as RecentTransaction)}: ${moneyOf(row as RecentTransaction)}`,
      body: 'You have not paid this merchant before. If it was not you, ask your bank.',
    }));
  },
});

export const duplicateCharge = defineRule({
  kind: 'duplicate_charge',
  group: 'spending',
  title: 'Charged twice',
  about:
    'The same merchant took the same amount from the same account twice within two days, and gave nothing back. What is a habit, such as a daily lunch, is told only when it comes twice a day.',
  parameters: { amount: { label: 'From', unit: 'money', standard: 10, min: 0, max: 10_000_000 } },
  isOccurrence: true,
  find: (facts, { amount }, isOpen) => {
    const alike = groupBy(
      // Pending rows come and go under other names: what they say is told once they have posted.
      facts.recent.filter((row) => row.type === 'expense' && !row.isPending && row.baseAmount?.abs().greaterThanOrEqualTo(amount)),
      (row) => [row.accountId, normalisedMerchant(row.merchant), row.amount.abs().toFixed(), row.currency].join(' '),
    );
    return [...alike.values()].flatMap((rows) => {
      const refunds = rows.filter((row) => row.amount.isNegative()).map(({ date }) => date);
      const charges = rows
        .filter((row) => row.amount.greaterThan(0) && !row.isRecurring)
        .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.id < b.id ? -1 : 1));
      const isHabit = charges.length - 2 >= HABIT_TIMES;
      const daysWithTwo = charges.slice(1).filter(({ date }, index) => date === charges[index]?.date).length;
      const pairs = charges.slice(1).flatMap((second, index) => {
        const first = charges[index] as RecentTransaction;
        const key = `duplicate_charge:${second.id}`;
        if (daysBetween(first.date, second.date) > (isHabit ? 0 : DUPLICATE_DAYS)) return [];
        if (isHabit && daysWithTwo > 1) return [];
        // Each refund makes one double charge good, that before it.
        const refund = refunds.findIndex((date) => date >= first.date);
        if (refund >= 0) {
          refunds.splice(refund, 1);
          return [];
        }
        return isNews(daysBetween(second.date, facts.today), isOpen(key)) ? [{ key, first, second }] : [];
      });
      return pairs.map(({ key, first, second }) => ({
        ...about(second),
        key,
        severity: 'warning' as const,
        title: `${nameOf(second)} may have charged you twice: 2 × ${moneyOf(second)}`,
        body: `The same amount was taken on ${formatDate(first.date)} and on ${formatDate(second.date)}.`,
        why: [
          { label: formatDate(first.date), value: moneyOf(first) },
          { label: formatDate(second.date), value: moneyOf(second) },
        ],
        transactionIds: [first.id, second.id],
        href: transactionsHref({ merchant: second.merchant }),
      }));
    });
  },
});

export const feeCharged = defineRule({
  kind: 'fee_charged',
  group: 'spending',
  title: 'Fee or interest',
  about: 'A bank or a card charged a fee or interest of an amount or more. Interest on loans is not meant.',
  parameters: { amount: { label: 'From', unit: 'money', standard: 1, min: 0, max: 1_000_000 } },
  isOccurrence: true,
  find: (facts, { amount }, isOpen) => {
    const keyOf = (row: RecentTransaction) => `fee_charged:${row.id}`;
    return newsOf(facts, isOpen, keyOf)
      .filter((row) => isSpent(row) && row.category === 'BANK_FEES' && row.baseAmount?.greaterThanOrEqualTo(amount))
      .map((row) => {
        const isInterest = row.categoryDetailed?.includes('INTEREST') ?? false;
        return {
          ...about(row),
          key: keyOf(row),
          severity: 'warning' as const,
          title: `${row.accountName}: ${moneyOf(row)} of ${isInterest ? 'interest' : 'fees'}`,
          body: `${nameOf(row)} on ${formatDate(row.date)}. ${isInterest ? 'Paying the whole statement avoids it.' : 'Banks often waive it when asked.'}`,
          subject: { id: `account:${row.accountId}`, label: row.accountName },
        };
      });
  },
});

export const refundArrived = defineRule({
  kind: 'refund_arrived',
  group: 'spending',
  title: 'Refund',
  about: 'A merchant gave an amount or more back.',
  parameters: { amount: { label: 'From', unit: 'money', standard: 50, min: 0, max: 10_000_000 } },
  isOccurrence: true,
  find: (facts, { amount }, isOpen) => {
    const keyOf = (row: RecentTransaction) => `refund_arrived:${row.id}`;
    return newsOf(facts, isOpen, keyOf)
      .filter(
        (row) =>
          row.type === 'expense' && !row.isPending && row.amount.isNegative() && row.baseAmount?.negated().greaterThanOrEqualTo(amount),
      )
      .map((row) => {
        const bought = facts.recent.find(
          (other) => other.merchant === row.merchant && other.amount.equals(row.amount.negated()) && other.date <= row.date,
        );
        return {
          ...about(row),
          key: keyOf(row),
          severity: 'info' as const,
          title: `${nameOf(row)} gave ${moneyOf(row)} back`,
          body: bought ? `For what you paid on ${formatDate(bought.date)}.` : `It lowers your spending on ${categoryLabel(row.category)}.`,
          transactionIds: bought ? [row.id, bought.id] : [row.id],
        };
      });
  },
});

/** The rows that a category's spending since a day is mostly made of, the largest first. */
const largestOf = (recent: RecentTransaction[], category: string, since: CalendarDate): string[] =>
  recent
    .filter((row) => isSpent(row) && !row.isRecurring && row.category === category && row.date >= since && row.baseAmount !== null)
    .sort((a, b) => (b.baseAmount as Money).comparedTo(a.baseAmount as Money))
    .slice(0, ROWS_SHOWN)
    .map(({ id }) => id);

export const unusualSpending = defineRule({
  kind: 'unusual_spending',
  group: 'spending',
  title: 'Unusual spending',
  about:
    'A category has cost clearly more this month than in a usual whole month, and more than in any of the last twelve; what recurs aside.',
  parameters: {
    percent: { label: 'More by', unit: 'percent', standard: 50, min: 5, max: 1_000 },
    amount: { label: 'And by', unit: 'money', standard: 100, min: 1, max: 1_000_000 },
  },
  isOccurrence: false,
  yieldsTo: 'large_transaction',
  find: ({ spending, recent, today, currency }, thresholds) =>
    spending.flatMap(({ category, current, usual, highest }) => {
      const more = current.minus(usual);
      const share = usual.greaterThan(0) ? percent(more, usual) : null;
      if (more.lessThan(thresholds.amount) || share?.lessThan(thresholds.percent) || current.lessThanOrEqualTo(highest)) return [];
      const label = categoryLabel(category);
      return [
        {
          key: `unusual_spending:${category}:${monthOf(today)}`,
          severity: 'warning' as const,
          title: `${label}: ${formatMoney(current, currency)} so far this month`,
          body: share
            ? `That is ${formatPercent(share, 0)} more than a usual month.`
            : 'In a usual month you spend nothing or next to nothing on it.',
          subject: { id: `category:${category}`, label },
          why: [
            { label: 'This month so far', value: formatMoney(current, currency) },
            { label: 'A usual whole month', value: formatMoney(usual, currency) },
            { label: 'The dearest of the last twelve', value: formatMoney(highest, currency) },
          ],
          amount: { value: current, currency },
          transactionIds: largestOf(recent, category, startOfMonth(today)),
          href: transactionsHref({ flow: 'expense', category, recurring: 'none', start_date: startOfMonth(today), end_date: today }),
        },
      ];
    }),
});
