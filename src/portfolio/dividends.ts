import { addDays, type CalendarDate, type CalendarMonth, daysBetween, monthOf, nextMonth } from '../lib/dates.ts';
import { type Currencies, inBase } from '../lib/exchange-rates.ts';
import { type Money, sum, ZERO } from '../lib/money.ts';
import type { InvestmentActivity } from './store.ts';

const YEAR_DAYS = 365;
/** With less history than this, a year's dividends cannot be projected from it. */
const HISTORY_DAYS_MIN = 90;
const PAID = new Set(['dividend', 'qualified dividend', 'non-qualified dividend']);
const REINVESTED = 'dividend reinvestment';
/** A payment and its reinvestment are at most so far apart. */
export const REINVESTED_WITHIN_DAYS = 7;

export interface DividendIncome {
  total: Money;
  bySecurity: Map<string, Money>;
  /** From the first month with a dividend to this month, those without one with zero. */
  byMonth: Map<CalendarMonth, Money>;
  /** What a year like the trailing one brings; null when there is too little history to say. */
  projectedAnnual: Money | null;
}

/** Dividends of the trailing year in the base currency, by their real sign: a reversal lowers them. A reinvested one counts once. */
export function dividendIncome(
  activity: InvestmentActivity[],
  currencies: Currencies,
  today: CalendarDate,
  historyStart: CalendarDate | null,
): DividendIncome {
  const since = addDays(today, -YEAR_DAYS);
  const known = activity.filter((row) => row.date <= today);
  const paid = known.filter((row) => PAID.has(row.subtype ?? '')).map((row) => ({ ...row, paid: row.amount.negated() }));
  const dividends = [...paid, ...reinvestedWithoutPayment(known, paid)].flatMap((row) => {
    const received = row.date > since ? inBase(currencies, row.paid, row.currency, row.date) : null;
    return received ? [{ ...row, received }] : [];
  });
  const bySecurity = new Map<string, Money>();
  const amounts = new Map<CalendarMonth, Money>();
  for (const { ticker, date, received } of dividends) {
    bySecurity.set(ticker ?? 'Unknown', (bySecurity.get(ticker ?? 'Unknown') ?? ZERO).plus(received));
    amounts.set(monthOf(date), (amounts.get(monthOf(date)) ?? ZERO).plus(received));
  }
  const total = sum(dividends.map(({ received }) => received));
  const knownDays = historyStart ? Math.min(YEAR_DAYS, daysBetween(historyStart, today) + 1) : 0;
  return {
    total,
    bySecurity: new Map([...bySecurity].sort(([, a], [, b]) => b.comparedTo(a))),
    byMonth: withoutGaps(amounts, monthOf(today)),
    projectedAnnual: knownDays < HISTORY_DAYS_MIN ? null : total.times(YEAR_DAYS).div(knownDays),
  };
}

/** Some institutions list a reinvestment's purchase alone, others the payment too: only the first kind is a dividend of its own. */
function reinvestedWithoutPayment(rows: InvestmentActivity[], paid: InvestmentActivity[]): (InvestmentActivity & { paid: Money })[] {
  const open = [...paid];
  return rows
    .filter((row) => row.subtype === REINVESTED)
    .flatMap((row) => {
      const twin = open.findIndex(
        (other) =>
          other.securityId === row.securityId &&
          other.accountId === row.accountId &&
          other.currency === row.currency &&
          other.amount.negated().equals(row.amount) &&
          Math.abs(daysBetween(other.date, row.date)) <= REINVESTED_WITHIN_DAYS,
      );
      if (twin >= 0) {
        open.splice(twin, 1);
        return [];
      }
      return [{ ...row, paid: row.amount }];
    });
}

function withoutGaps(amounts: Map<CalendarMonth, Money>, last: CalendarMonth): Map<CalendarMonth, Money> {
  const [first] = [...amounts.keys()].sort();
  const filled = new Map<CalendarMonth, Money>();
  if (first) for (let month = first; month <= last; month = nextMonth(month)) filled.set(month, amounts.get(month) ?? ZERO);
  return filled;
}
