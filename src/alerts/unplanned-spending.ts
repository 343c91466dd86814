import { USUAL_MONTHS } from '../cash-flow/insights.ts';
import type { CategoryMonth } from '../cash-flow/store.ts';
import { addMonths, type CalendarDate, type CalendarMonth, monthOf, startOfMonth } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { Money, sum, ZERO } from '../lib/money.ts';
import { medianOf } from '../lib/statistics.ts';
import type { CategorySpending } from './facts.ts';

/**
 * What each category with spending this month has cost so far, in the median of the last six whole months, and in the dearest of those
 * that are given. Nothing before there is a whole month.
 * @param rows spending beside what recurs, by calendar month and category, this month's too.
 */
export function spendingOf(rows: CategoryMonth[], firstDay: CalendarDate | null, today: CalendarDate): CategorySpending[] {
  const months = wholeMonths(rows, firstDay, today);
  if (months.length === 0) return [];
  return [...groupBy(rows, ({ category }) => category)].flatMap(([category, own]) => {
    const inMonth = (month: CalendarMonth) => sum(own.filter((row) => row.month === month).map(({ amount }) => amount));
    if (!own.some(({ month }) => month === monthOf(today))) return [];
    const past = months.map(inMonth);
    return [
      {
        category,
        current: inMonth(monthOf(today)),
        usual: medianOf(past.slice(0, USUAL_MONTHS)),
        highest: past.reduce((highest, amount) => Money.max(highest, amount), ZERO),
      },
    ];
  });
}

/** The whole months before this one that are known, the latest first, back to the first with a row. */
function wholeMonths(rows: CategoryMonth[], firstDay: CalendarDate | null, today: CalendarDate): CalendarMonth[] {
  if (firstDay === null) return [];
  const first = firstDay === startOfMonth(firstDay) ? firstDay : addMonths(startOfMonth(firstDay), 1);
  const earliest = rows.reduce((least, { month }) => (month < least ? month : least), monthOf(today));
  const months: CalendarMonth[] = [];
  for (let month = addMonths(startOfMonth(today), -1); month >= first && monthOf(month) >= earliest; month = addMonths(month, -1))
    months.push(monthOf(month));
  return months;
}
