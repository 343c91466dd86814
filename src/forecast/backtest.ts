import { addDays, type CalendarDate, daysBetween } from '../lib/dates.ts';
import type { Steps } from '../lib/steps.ts';
import { owedOn } from './card-payments.ts';
import { type ForecastInputs, forecastBalances } from './forecast.ts';

/** How one forecast of the past compares with what then happened. Amounts in whole cents. */
export interface BacktestRun {
  asOf: CalendarDate;
  days: number;
  /** Mean distance between the expected and the actual balance, over the days. */
  meanAbsoluteError: number;
  /** The same of a forecast by the daily average of the 90 days before. */
  averageMethodError: number;
  /** Days on which the actual balance was within the band. */
  daysWithinBand: number;
}

export const BACKTEST_DAYS = [30, 60, 90];
/** With less history than this before its day a forecast says little. */
const HISTORY_DAYS_MIN = 60;
const AVERAGE_DAYS = 90;

/** What was known at the end of a day of the past. The statements that banks had made by then are not kept, so they are left out. */
export function inputsAsOf(inputs: ForecastInputs, asOf: CalendarDate): ForecastInputs {
  const later = inputs.movements.filter((row) => row.date > asOf);
  return {
    today: asOf,
    accounts: inputs.accounts.map((account) => ({
      ...account,
      cents: account.cents - later.filter((row) => row.accountId === account.id).reduce((total, row) => total + row.cents, 0),
    })),
    movements: inputs.movements.filter((row) => row.date <= asOf),
    cards: inputs.cards.map((card) => ({
      ...card,
      owedCents: owedOn(card, asOf),
      flows: new Map([...card.flows].filter(([date]) => date <= asOf)),
      statement: null,
    })),
  };
}

/** The forecast made as of some days ago, tested against the balances since; null when there was too little to go by. */
export function* backtest(inputs: ForecastInputs, daysAgo: number): Steps<BacktestRun | null> {
  const asOf = addDays(inputs.today, -daysAgo);
  const [first] = inputs.movements;
  if (!first || daysBetween(first.date, asOf) < HISTORY_DAYS_MIN) return null;
  const then = inputsAsOf(inputs, asOf);
  const { total } = yield* forecastBalances(then, daysAgo, { isTotalOnly: true });
  const dailyAverage =
    then.movements.filter((row) => row.date > addDays(asOf, -AVERAGE_DAYS)).reduce((sum, row) => sum + row.cents, 0) / AVERAGE_DAYS;
  const flows = new Map<CalendarDate, number>();
  for (const row of inputs.movements) if (row.date > asOf) flows.set(row.date, (flows.get(row.date) ?? 0) + row.cents);
  let actual = total.startCents;
  let [error, averageError, within] = [0, 0, 0];
  total.daily.forEach((day, index) => {
    actual += flows.get(day.date) ?? 0;
    error += Math.abs(day.expected - actual);
    averageError += Math.abs(total.startCents + dailyAverage * (index + 1) - actual);
    if (actual >= day.low && actual <= day.high) within++;
  });
  return {
    asOf,
    days: daysAgo,
    meanAbsoluteError: Math.round(error / daysAgo),
    averageMethodError: Math.round(averageError / daysAgo),
    daysWithinBand: within,
  };
}

/** How far some forecasts were off on a day on average, in whole cents, and the 90-day average beside them; null without any. */
export function meanErrors(runs: BacktestRun[]): { ours: number; average: number } | null {
  const days = runs.reduce((total, run) => total + run.days, 0);
  if (days === 0) return null;
  const mean = (of: (run: BacktestRun) => number) => Math.round(runs.reduce((total, run) => total + of(run) * run.days, 0) / days);
  return { ours: mean((run) => run.meanAbsoluteError), average: mean((run) => run.averageMethodError) };
}
