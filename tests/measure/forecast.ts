import type { Client } from '../test-app.ts';

/** How the forecasts that a dashboard makes of its past compare with what then happened, beside a 90-day average. Money in units. */
export interface ForecastScore {
  days: number;
  errorDays: number;
  averageErrorDays: number;
  daysWithinBand: number;
}

export async function scoreForecast(client: Client): Promise<ForecastScore> {
  const { body } = await client.get('/api/dashboard/forecast?days=30');
  const runs: { days: number; mean_absolute_error: number; average_method_error: number; band_held_percent: number }[] =
    body.backtest?.runs ?? [];
  const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((total, run) => total + of(run) * run.days, 0);
  return {
    days: sum(() => 1),
    errorDays: sum((run) => run.mean_absolute_error),
    averageErrorDays: sum((run) => run.average_method_error),
    daysWithinBand: sum((run) => run.band_held_percent / 100),
  };
}

export interface ForecastTotal {
  error: number;
  averageError: number;
  bandPercent: number;
  /** Households for which the forecast was nearer than the average. */
  better: number;
}

export function forecastReport(kind: string, scores: ForecastScore[]): { lines: string[]; total: ForecastTotal } {
  const sum = (of: keyof ForecastScore) => scores.reduce((total, score) => total + score[of], 0);
  const total = {
    error: sum('errorDays') / sum('days'),
    averageError: sum('averageErrorDays') / sum('days'),
    bandPercent: (sum('daysWithinBand') / sum('days')) * 100,
    better: scores.filter((score) => score.errorDays < score.averageErrorDays).length,
  };
  return {
    total,
    lines: [
      `forecast, ${scores.length} ${kind} households: ${total.error.toFixed(0)} off a day, a 90-day average ${total.averageError.toFixed(0)}; nearer than it in ${total.better}; the band held ${total.bandPercent.toFixed(1)} % of days`,
    ],
  };
}
