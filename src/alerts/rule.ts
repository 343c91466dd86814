import type { Money } from '../lib/money.ts';
import type { AlertFacts } from './facts.ts';

export const SEVERITIES = ['urgent', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that holds, as a rule has found it in the facts. */
export interface Finding {
  /** The same text for the same thing at every evaluation; a step of it (`…:30`) where only larger moves are news. */
  key: string;
  severity: Severity;
  title: string;
  /** One or two sentences that say why. */
  body: string;
  /** Whom or what it is about, and its name: a person may ask never to hear of it again. */
  subject: { id: string; label: string };
  /** The figures it follows from, as they are shown. */
  why: { label: string; value: string }[];
  /** The one amount it is about. */
  amount: { value: Money; currency: string } | null;
  /** The rows behind it. */
  transactionIds: string[];
  /** Where all of it can be seen. */
  href: string | null;
}

type Unit = 'money' | 'percent' | 'days' | 'months';

/** A threshold that a person may set. */
interface Parameter {
  label: string;
  unit: Unit;
  standard: number;
  min: number;
  max: number;
}

export interface Rule<Name extends string = string> {
  kind: string;
  group: 'cash' | 'spending' | 'recurring' | 'debts' | 'wealth' | 'banks';
  title: string;
  about: string;
  parameters: Record<Name, Parameter>;
  /** It is about something that happened rather than about how things are: raised once, ever. */
  isOccurrence: boolean;
  /** The kind that tells of the same movement, or of the same subject without one, with more reason: then this one is silent. */
  yieldsTo?: string;
  /**
   * What holds, judged by the facts alone.
   * @param isOpen whether a key is raised at present: what is raised holds a little longer, so that small moves do not raise it again.
   */
  find: (facts: AlertFacts, thresholds: Record<Name, Money>, isOpen: (key: string) => boolean) => Finding[];
}

/** Lets a rule's code know its parameters by name. */
export const defineRule = <Name extends string>(rule: Rule<Name>): Rule => rule as unknown as Rule;

/** What happened is news for two weeks, and stays raised for a month. */
const NEWS_DAYS = 14;
const RAISED_DAYS = 30;

/** Whether something of a day is still to be told. */
export const isNews = (daysAgo: number, isRaised: boolean): boolean => daysAgo <= (isRaised ? RAISED_DAYS : NEWS_DAYS);

/** A value that is raised below a threshold holds until it is this much above it. */
const RELEASE_SHARE = 1.1;
/** Steps are per cent. */
const STEPS_MAX = 100;

export const isBelow = (value: Money, threshold: Money, isRaised: boolean): boolean =>
  value.lessThan(isRaised && threshold.greaterThan(0) ? threshold.times(RELEASE_SHARE) : threshold);

/**
 * The step `first`, `first + size`, … that a value is at: the highest it has reached, or the highest that is raised already, until it is
 * back below the first by a tenth of a step. Going down is no news. Null below the first.
 */
export function stepOf(value: Money, first: Money, size: number, isRaised: (step: Money) => boolean): Money | null {
  const steps = Array.from({ length: Math.ceil(STEPS_MAX / size) }, (_none, index) => first.plus(index * size));
  const raised = steps.findLast(isRaised);
  const reached = steps.findLast((step) => value.greaterThanOrEqualTo(step));
  if (raised && value.greaterThanOrEqualTo(first.minus(size / 10))) return reached?.greaterThan(raised) ? reached : raised;
  return reached ?? null;
}

export const transactionsHref = (query: Record<string, string>): string => `/transactions?${new URLSearchParams(query)}`;
