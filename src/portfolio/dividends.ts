import { type Effect, effectsOf } from '../investments/effects.ts';
import type { InvestmentActivity } from '../investments/store.ts';
import { addDays, type CalendarDate, type CalendarMonth, monthOf, nextMonth } from '../lib/dates.ts';
import { type Currencies, inBase } from '../lib/exchange-rates.ts';
import { type Money, sum, ZERO } from '../lib/money.ts';
import { type DividendProjection, projectDividends } from './dividend-projection.ts';
import type { HeldPosition } from './portfolio.ts';

const YEAR_DAYS = 365;
const DIVIDENDS = new Set(['dividend', 'qualified dividend', 'non-qualified dividend', 'dividend reinvestment']);

export interface DividendIncome {
  total: Money;
  bySecurity: Map<string, Money>;
  /** From the first month with a dividend to this month, those without one with zero. */
  byMonth: Map<CalendarMonth, Money>;
  projection: DividendProjection;
}

/** Dividends of the trailing year in the base currency, before tax and fees, by their real sign: a reversal lowers them. A reinvested one counts once. */
export function dividendIncome(
  activity: InvestmentActivity[],
  currencies: Currencies,
  today: CalendarDate,
  historyStart: CalendarDate | null,
  held: HeldPosition[],
): DividendIncome {
  const since = addDays(today, -YEAR_DAYS);
  const known = activity.filter((row) => row.date <= today);
  const effects = effectsOf(known);
  const paid = known.flatMap((row) => {
    const { income } = effects.get(row.id) as Effect;
    const isCounted = DIVIDENDS.has(row.subtype ?? '') && !income.isZero();
    const received = isCounted ? inBase(currencies, income, row.currency, row.date) : null;
    return received ? [{ ...row, received }] : [];
  });
  const dividends = paid.filter((row) => row.date > since);
  const bySecurity = new Map<string, Money>();
  const amounts = new Map<CalendarMonth, Money>();
  for (const { ticker, date, received } of dividends) {
    bySecurity.set(ticker ?? 'Unknown', (bySecurity.get(ticker ?? 'Unknown') ?? ZERO).plus(received));
    amounts.set(monthOf(date), (amounts.get(monthOf(date)) ?? ZERO).plus(received));
  }
  const total = sum(dividends.map(({ received }) => received));
  return {
    total,
    bySecurity: new Map([...bySecurity].sort(([, a], [, b]) => b.comparedTo(a))),
    byMonth: withoutGaps(amounts, monthOf(today)),
    projection: projectDividends(
      paid.map(({ securityId, date, received }) => ({ securityId, date, amount: received })),
      held,
      today,
      historyStart,
    ),
  };
}

function withoutGaps(amounts: Map<CalendarMonth, Money>, last: CalendarMonth): Map<CalendarMonth, Money> {
  const [first] = [...amounts.keys()].sort();
  const filled = new Map<CalendarMonth, Money>();
  if (first) for (let month = first; month <= last; month = nextMonth(month)) filled.set(month, amounts.get(month) ?? ZERO);
  return filled;
}
