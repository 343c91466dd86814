import { CASH_MONTHS_MAX } from '../cash-flow/insights.ts';
import { Money } from '../lib/money.ts';
import { formatDate, formatMoney } from '../web/format.ts';
import { defineRule, isBelow, transactionsHref } from './rule.ts';

const IDLE_MONTHS_RELEASE = 0.5;

export const lowBalance = defineRule({
  kind: 'low_balance',
  group: 'cash',
  title: 'Low balance',
  about: 'A liquid account holds less than an amount, in its own currency; urgent when it is overdrawn.',
  parameters: { amount: { label: 'Below', unit: 'money', standard: 200, min: 0, max: 1_000_000 } },
  isOccurrence: false,
  find: ({ liquid }, { amount }, isOpen) =>
    liquid.flatMap(({ id, name, currency, balance }) => {
      const isOverdrawn = balance.isNegative();
      const key = `low_balance:${id}:${isOverdrawn ? 'overdrawn' : 'low'}`;
      if (!isOverdrawn && !isBelow(balance, amount, isOpen(key))) return [];
      const held = formatMoney(balance, currency);
      return [
        {
          key,
          severity: isOverdrawn ? ('urgent' as const) : ('warning' as const),
          title: isOverdrawn ? `${name} is overdrawn: ${held}` : `${name} is low: ${held}`,
          body: isOverdrawn
            ? 'Its balance is below zero. The bank may charge for it.'
            : balance.lessThan(amount)
              ? `Its balance is below the ${formatMoney(amount, currency)} you want to hear of.`
              : `Its balance is only just above the ${formatMoney(amount, currency)} you want to hear of.`,
          subject: { id: `account:${id}`, label: name },
          why: [
            { label: 'Balance', value: held },
            { label: 'You want to hear below', value: formatMoney(amount, currency) },
          ],
          amount: { value: balance, currency },
          transactionIds: [],
          href: transactionsHref({ account_id: id }),
        },
      ];
    }),
});

export const lowBalanceForecast = defineRule({
  kind: 'low_balance_forecast',
  group: 'cash',
  title: 'Low balance ahead',
  about: 'The forecast expects a liquid account below an amount within some days.',
  parameters: {
    amount: { label: 'Below', unit: 'money', standard: 0, min: 0, max: 1_000_000 },
    days: { label: 'Within', unit: 'days', standard: 14, min: 1, max: 90 },
  },
  isOccurrence: false,
  // What is low already needs no forecast.
  yieldsTo: 'low_balance',
  find: ({ liquid, currency }, { amount, days }, isOpen) =>
    liquid.flatMap((account) => {
      const key = `low_balance_forecast:${account.id}`;
      const ahead = account.expected.slice(0, days.toNumber());
      const first = ahead.find(({ balance }) => isBelow(balance, amount, isOpen(key)));
      if (!first) return [];
      const isBelowThen = first.balance.lessThan(amount);
      const lowest = ahead.reduce((low, day) => (day.balance.lessThan(low.balance) ? day : low), first);
      return [
        {
          key,
          severity: 'warning' as const,
          title: `${account.name} may ${isBelowThen ? 'be below' : 'come close to'} ${formatMoney(amount, currency)} by ${formatDate(first.date)}`,
          body: `Bills and everyday spending are expected to take it to ${formatMoney(lowest.balance, currency)} on ${formatDate(lowest.date)}.`,
          subject: { id: `account:${account.id}`, label: account.name },
          why: [
            { label: 'Balance today', value: formatMoney(account.balance, account.currency) },
            { label: `Expected on ${formatDate(first.date)}`, value: formatMoney(first.balance, currency) },
            { label: 'Lowest expected', value: `${formatMoney(lowest.balance, currency)} on ${formatDate(lowest.date)}` },
          ],
          amount: { value: lowest.balance, currency },
          transactionIds: [],
          href: '/cash-flow#forecast',
        },
      ];
    }),
});

export const cashIdle = defineRule({
  kind: 'cash_idle',
  group: 'cash',
  title: 'Cash lies idle',
  about: 'Liquid accounts hold more than some months of usual spending.',
  parameters: { months: { label: 'More than', unit: 'months', standard: CASH_MONTHS_MAX, min: 1, max: 120 } },
  isOccurrence: false,
  find: ({ cash, usualExpenses, currency, today }, { months }, isOpen) => {
    if (!usualExpenses?.greaterThan(0)) return [];
    const key = 'cash_idle';
    const lasts = cash.div(usualExpenses);
    if (lasts.lessThanOrEqualTo(isOpen(key) ? months.minus(IDLE_MONTHS_RELEASE) : months)) return [];
    const spare = Money.max(cash.minus(usualExpenses.times(months)), 0);
    return [
      {
        key,
        severity: 'info' as const,
        title: `Your cash would last ${lasts.toFixed(0)} months`,
        body: `${months.toFixed()} months of usual spending take ${formatMoney(usualExpenses.times(months), currency)}.${spare.isZero() ? '' : ` The other ${formatMoney(spare, currency)} could earn more elsewhere.`}`,
        subject: { id: '', label: '' },
        why: [
          { label: `In liquid accounts on ${formatDate(today)}`, value: formatMoney(cash, currency) },
          { label: 'A usual month costs', value: formatMoney(usualExpenses, currency) },
        ],
        amount: { value: spare, currency },
        transactionIds: [],
        href: '/accounts',
      },
    ];
  },
});
