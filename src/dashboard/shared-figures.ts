import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { loadForecast } from '../forecast/load-forecast.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { listStreams } from '../recurring/store.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { loadInsights, loadPortfolioPerformance } from './load-figures.ts';

/** Figures that several pages and endpoints show alike, each worked out once for a state of the data. */
export const sharedFigures = (database: Database, cache: FigureCache) => ({
  streams: (user: User, today: CalendarDate) => cache.remember(user, today, 'streams', () => listStreams(database, user.id, today)),
  insights: (user: User, today: CalendarDate) => cache.remember(user, today, 'insights', () => loadInsights(database, user, today)),
  forecast: (user: User, today: CalendarDate, days: number) =>
    cache.remember(user, today, `forecast ${days}`, () => loadForecast(database, user, today, days)),
  performance: (user: User, today: CalendarDate) =>
    cache.remember(user, today, 'performance', () => loadPortfolioPerformance(database, user, today)),
});
export type SharedFigures = ReturnType<typeof sharedFigures>;
