import { addDays, daysBetween } from '../lib/dates.ts';
import { Money, percent, ZERO } from '../lib/money.ts';
import { medianOf } from '../lib/statistics.ts';
import { endedAfterDays, VARIABLE_SHARE, yearlyAmount } from '../recurring/recurring.ts';
import { formatDate, formatMoney, formatPercent, formatWord, shorten } from '../web/format.ts';
import type { AlertFacts, StreamFacts } from './facts.ts';
import { defineRule, type Finding, isNews, transactionsHref } from './rule.ts';

const NAME_LENGTH = 60;
const ROWS_SHOWN = 3;
/** So many amounts before the last one show what is usual. */
const USUAL_AMOUNTS = 12;
const USUAL_AMOUNTS_MIN = 2;
/** How far the amounts of a variable stream are from their middle. */
const VARIABLE_PERCENT = VARIABLE_SHARE * 100;
/** A price is seen once a month: it is news for so much longer than a purchase. */
const PRICE_NEWS_DAYS = 45;

const nameOf = (stream: StreamFacts) => shorten(stream.merchant, NAME_LENGTH);
const priceOf = (stream: StreamFacts) => formatMoney(stream.lastAmount, stream.currency);

const about = (stream: StreamFacts): Pick<Finding, 'subject' | 'amount' | 'transactionIds' | 'href'> => ({
  subject: { id: `stream:${stream.id}`, label: nameOf(stream) },
  amount: { value: stream.lastAmount, currency: stream.currency },
  transactionIds: stream.latest.slice(0, ROWS_SHOWN).map(({ id }) => id),
  href: transactionsHref({ recurring: stream.id }),
});

const expenses = ({ streams }: AlertFacts) => streams.filter((stream) => !stream.isIncome && !stream.isDismissed);
const income = ({ streams }: AlertFacts) => streams.filter((stream) => stream.isIncome && !stream.isDismissed);

export const priceIncrease = defineRule({
  kind: 'price_increase',
  group: 'recurring',
  title: 'Price increase',
  about: 'A subscription or bill of a fixed amount costs more than before.',
  parameters: { percent: { label: 'More by', unit: 'percent', standard: 1, min: 0, max: 500 } },
  isOccurrence: true,
  find: (facts, thresholds, isOpen) =>
    expenses(facts).flatMap((stream) => {
      const { previousAmount: before, lastAmount: now, changedOn, currency } = stream;
      const key = `price_increase:${stream.id}:${now.toFixed()}`;
      if (stream.status === 'ended' || !before || !changedOn || now.lessThanOrEqualTo(before)) return [];
      const more = percent(now.minus(before), before);
      const isTold = isNews(daysBetween(changedOn, facts.today) - PRICE_NEWS_DAYS, isOpen(key));
      if (!more || more.lessThan(thresholds.percent) || !isTold) return [];
      const extra = yearlyAmount(stream).minus(yearlyAmount({ ...stream, lastAmount: before }));
      return [
        {
          ...about(stream),
          key,
          severity: 'warning' as const,
          title: `${nameOf(stream)} went from ${formatMoney(before, currency)} to ${formatMoney(now, currency)}`,
          body: `That is ${formatPercent(more, 0)} more since ${formatDate(changedOn)}, ${formatMoney(extra, currency)} a year.`,
          why: [
            { label: 'Before', value: formatMoney(before, currency) },
            { label: `Since ${formatDate(changedOn)}`, value: `${formatMoney(now, currency)}, ${formatWord(stream.frequency)}` },
            { label: 'More in a year', value: formatMoney(extra, currency) },
          ],
        },
      ];
    }),
});

export const subscriptionEnded = defineRule({
  kind: 'subscription_ended',
  group: 'recurring',
  title: 'Subscription ended',
  about: 'Something that recurred has not come for two cycles.',
  parameters: {},
  isOccurrence: true,
  find: (facts, _thresholds, isOpen) =>
    expenses(facts).flatMap((stream) => {
      const key = `subscription_ended:${stream.id}:${stream.lastOn}`;
      const endedOn = addDays(stream.lastOn, Math.ceil(endedAfterDays(stream.frequency)));
      const ago = daysBetween(endedOn, facts.today);
      if (stream.status !== 'ended' || ago < 0 || !isNews(ago, isOpen(key))) return [];
      return [
        {
          ...about(stream),
          key,
          severity: 'info' as const,
          title: `${nameOf(stream)} seems to have ended`,
          body: `The last ${priceOf(stream)} was taken on ${formatDate(stream.lastOn)}. If you have not cancelled it, look whether a payment failed.`,
          why: [
            { label: 'Last taken', value: `${priceOf(stream)} on ${formatDate(stream.lastOn)}` },
            { label: 'It came', value: `${formatWord(stream.frequency)}, ${stream.occurrenceCount} times` },
          ],
        },
      ];
    }),
});

/** What is expected and has not come. */
const late = (stream: StreamFacts): Pick<Finding, 'why'> => ({
  why: [
    { label: 'Expected', value: `${priceOf(stream)} on ${formatDate(stream.nextExpectedOn)}` },
    { label: 'Last seen', value: formatDate(stream.lastOn) },
    { label: 'It comes', value: formatWord(stream.frequency) },
  ],
});

export const paymentLate = defineRule({
  kind: 'payment_late',
  group: 'recurring',
  title: 'Payment late',
  about: 'A bill or subscription was expected and has not been taken.',
  parameters: {},
  isOccurrence: false,
  find: (facts) =>
    expenses(facts)
      .filter((stream) => stream.status === 'late')
      .map((stream) => ({
        ...about(stream),
        ...late(stream),
        key: `payment_late:${stream.id}:${stream.nextExpectedOn}`,
        severity: 'info' as const,
        title: `${nameOf(stream)} has not been taken yet`,
        body: `${priceOf(stream)} was expected on ${formatDate(stream.nextExpectedOn)}. A payment may have failed, or it has ended.`,
      })),
});

export const incomeLate = defineRule({
  kind: 'income_late',
  group: 'recurring',
  title: 'Income late',
  about: 'Pay or other income that recurs has not come when it was expected.',
  parameters: {},
  isOccurrence: false,
  find: (facts) =>
    income(facts)
      .filter((stream) => stream.status === 'late')
      .map((stream) => ({
        ...about(stream),
        ...late(stream),
        key: `income_late:${stream.id}:${stream.nextExpectedOn}`,
        severity: 'urgent' as const,
        title: `${nameOf(stream)} is late`,
        body: `${priceOf(stream)} was expected on ${formatDate(stream.nextExpectedOn)} and has not come.`,
      })),
});

/** The median of what came before the latest; zero when too little has come. */
function usualBefore({ latest }: StreamFacts): Money {
  const before = latest.slice(1, 1 + USUAL_AMOUNTS).map(({ amount }) => amount);
  return before.length < USUAL_AMOUNTS_MIN ? ZERO : medianOf(before);
}

export const incomeSmaller = defineRule({
  kind: 'income_smaller',
  group: 'recurring',
  title: 'Income smaller',
  about: 'Income that recurs came, and was smaller than it had been; told once for as long as it stays so.',
  parameters: { percent: { label: 'Less by', unit: 'percent', standard: 10, min: 1, max: 100 } },
  isOccurrence: true,
  find: (facts, thresholds, isOpen) =>
    income(facts).flatMap((stream) => {
      const { latest, currency } = stream;
      // What varies by nature is smaller than usual only when it leaves its range.
      const needed = stream.amountKind === 'variable' ? Money.max(thresholds.percent, VARIABLE_PERCENT) : thresholds.percent;
      const usual = usualBefore(stream);
      const isSmall = ({ amount }: { amount: Money }) => percent(usual.minus(amount), usual)?.greaterThanOrEqualTo(needed) ?? false;
      const sinceThen = latest.findIndex((row) => !isSmall(row));
      const smaller = sinceThen < 0 ? latest : latest.slice(0, sinceThen);
      const [last, first] = [smaller[0], smaller.at(-1)];
      if (!last || !first || stream.status === 'ended') return [];
      const key = `income_smaller:${stream.id}:${first.date}`;
      if (!isNews(daysBetween(first.date, facts.today), isOpen(key))) return [];
      const less = percent(usual.minus(last.amount), usual);
      return [
        {
          ...about(stream),
          key,
          severity: 'warning' as const,
          title: `${nameOf(stream)} paid ${formatPercent(less, 0)} less than usual`,
          body: `${formatMoney(last.amount, currency)} came on ${formatDate(last.date)}; before it was ${formatMoney(usual, currency)}.`,
          why: [
            { label: `On ${formatDate(last.date)}`, value: formatMoney(last.amount, currency) },
            { label: 'Usual before', value: formatMoney(usual, currency) },
          ],
        },
      ];
    }),
});
