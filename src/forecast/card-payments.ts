import { addDays, addMonths, type CalendarDate, dayOfMonth, daysBetween } from '../lib/dates.ts';
import { median } from '../lib/statistics.ts';
import type { DatedItem } from './balance-path.ts';
import type { LiquidMovement } from './forecast.ts';

/** A credit card, in whole cents of the base currency. */
export interface Card {
  id: string;
  name: string;
  /** What is owed at the end of today. */
  owedCents: number;
  /** What moved what is owed, by day: purchases positive, payments negative. */
  flows: Map<CalendarDate, number>;
  /** What the bank has stated and when it is due; null when nothing is known, or it is paid. */
  statement: { dueOn: CalendarDate; cents: number } | null;
}

export interface CardPayment extends DatedItem {
  accountId: string;
  /** The bank has stated this amount. */
  isStated: boolean;
}

const MONTH_DAYS = 30;
const GAP_MIN = 24;
const GAP_MAX = 38;
const PAYMENTS_MIN = 2;
const RECENT_PAYMENTS = 6;
/** Days from a statement to its payment that are tried. */
const LAG_DAYS_MAX = 30;
/** Who pays what was owed at some day before, to within this share, pays the whole statement. */
const FULL_PAYER_ERROR_MAX = 0.12;
const CYCLES_MAX = 8;
const SPEND_DAYS = 90;
const SPREAD_STEPS = [0.7, 0.85, 1, 1.15, 1.3];

/**
 * The payments of a card up to a day, as far as its past payments tell: monthly, either the whole statement (then what was owed when
 * it closed; for statements to come, what the card has lately cost a month) or about the same each time.
 */
export function cardPayments(card: Card, payments: LiquidMovement[], today: CalendarDate, until: CalendarDate): CardPayment[] {
  const days = [...new Set(payments.map((row) => row.date))].sort();
  const paid = days.map((date) => ({
    date,
    cents: -payments.filter((row) => row.date === date).reduce((total, row) => total + row.cents, 0),
  }));
  const recent = paid.slice(-RECENT_PAYMENTS);
  const last = recent.at(-1);
  const gaps = recent.slice(1).map((payment, index) => daysBetween((recent[index] as { date: CalendarDate }).date, payment.date));
  const gap = median(gaps);
  if (!last || paid.length < PAYMENTS_MIN || gap === null || gap < GAP_MIN || gap > GAP_MAX)
    return statedOnly(card, payments, today, until);
  if (daysBetween(last.date, today) > 2 * GAP_MAX) return statedOnly(card, payments, today, until);
  const accountId = (payments.findLast((row) => row.date === last.date) as LiquidMovement).accountId;
  const day = Math.round(median(recent.map((payment) => dayOfMonth(payment.date))) ?? dayOfMonth(last.date));
  const lag = statementLag(card, recent, today);
  const usual = Math.round(median(recent.map((payment) => payment.cents)) ?? last.cents);
  const deviations = recent.map((payment) => Math.max(-3, Math.min(3, dayOfMonth(payment.date) - day)));
  const found: CardPayment[] = [];
  const monthlySpend = spentSince(card, addDays(today, -SPEND_DAYS)) / (SPEND_DAYS / MONTH_DAYS);
  // What the payments up to a day can be at most: what is owed, and what is spent until then.
  let paidBefore = 0;
  for (let cycle = 1; cycle <= CYCLES_MAX; cycle++) {
    const due = addMonths(last.date, cycle, day);
    if (daysBetween(last.date, due) < GAP_MIN) continue;
    // Of several that were missed one comes, with all that is owed by then.
    if (due <= today && addMonths(last.date, cycle + 1, day) <= today) continue;
    const date = due <= today ? addDays(today, 1) : due;
    if (date > until) break;
    const stated = found.length === 0 ? card.statement : null;
    if (stated) {
      found.push(item(stated.dueOn > today ? stated.dueOn : date, stated.cents, [], [], accountId, true));
      paidBefore += stated.cents;
      continue;
    }
    const expected = lag === null ? usual : statementCents(card, due, lag, today, usual);
    const owedByThen = Math.round(card.owedCents + (monthlySpend * daysBetween(today, date)) / MONTH_DAYS - paidBefore);
    const cents = Math.min(expected, owedByThen);
    if (cents <= 0) continue;
    paidBefore += cents;
    const isClosed = lag !== null && addDays(due, -lag) <= today;
    const spread = isClosed
      ? []
      : lag === null
        ? recent.map((payment) => Math.min(payment.cents, owedByThen))
        : SPREAD_STEPS.map((step) => Math.round(cents * step));
    found.push(item(date, cents, spread, deviations, accountId, false));
  }
  return found.filter(({ date }) => date <= until);
}

const item = (
  date: CalendarDate,
  cents: number,
  spread: number[],
  deviations: number[],
  accountId: string,
  isStated: boolean,
): CardPayment => ({
  date,
  cents: -cents,
  spread: spread.map((amount) => -amount),
  deviations,
  probability: 1,
  accountId,
  isStated,
});

/** Without a habit of paying there is what the bank has stated, if an account is known that pays it. */
function statedOnly(card: Card, payments: LiquidMovement[], today: CalendarDate, until: CalendarDate): CardPayment[] {
  const accountId = payments.at(-1)?.accountId;
  const { statement } = card;
  if (!statement || !accountId || statement.dueOn <= today || statement.dueOn > until || statement.cents <= 0) return [];
  return [item(statement.dueOn, statement.cents, [], [], accountId, true)];
}

/** Purchases after a day, without payments. */
function spentSince(card: Card, day: CalendarDate): number {
  let spent = 0;
  for (const [date, cents] of card.flows) if (date > day && cents > 0) spent += cents;
  return spent;
}

/** What was owed at the end of a day of the past. */
export function owedOn(card: Card, date: CalendarDate): number {
  let owed = card.owedCents;
  for (const [day, cents] of card.flows) if (day > date) owed -= cents;
  return owed;
}

/** How many days before its payment the statement that is paid closes; null when payments follow no statement. */
function statementLag(card: Card, recent: { date: CalendarDate; cents: number }[], today: CalendarDate): number | null {
  const known = recent.filter((payment) => payment.date <= today && payment.cents > 0);
  let best: { lag: number; error: number } | null = null;
  for (let lag = 0; lag <= LAG_DAYS_MAX; lag++) {
    const errors = known.map((payment) => Math.abs(owedOn(card, addDays(payment.date, -lag)) - payment.cents) / payment.cents);
    const error = median(errors);
    if (error !== null && (best === null || error < best.error)) best = { lag, error };
  }
  return best && best.error <= FULL_PAYER_ERROR_MAX ? best.lag : null;
}

/** What the statement says that is paid on a day: what was owed when it closed, or, when it is still open, what it is likely to be. */
function statementCents(card: Card, dueOn: CalendarDate, lag: number, today: CalendarDate, usual: number): number {
  const closesOn = addDays(dueOn, -lag);
  if (closesOn <= today) return owedOn(card, closesOn);
  const openDays = daysBetween(today, closesOn);
  if (openDays >= MONTH_DAYS) return usual;
  // Spent since the last statement closed, and for the days that are left what the card usually costs.
  return Math.round(spentSince(card, addDays(closesOn, -MONTH_DAYS)) + (usual * openDays) / MONTH_DAYS);
}
