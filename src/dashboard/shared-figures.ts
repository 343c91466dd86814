import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { loadForecast } from '../forecast/load-forecast.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { listStreams } from '../recurring/store.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { loadInsights, loadNetWorth, loadPortfolioPerformance } from './load-figures.ts';

/** A longer history is worked out each time it is asked for: it would fill the memory of a server with many people. */
const KEPT_DAYS_MAX = 365;

/** Figures that several pages and endpoints show alike, each worked out once for a state of the data. */
export const sharedFigures = (database: Database, cache: FigureCache) => ({
  netWorth: (user: User, today: CalendarDate, days: number | 'all') => {
    const load = async () => {
      const { pasts: _pasts, ...shown } = await loadNetWorth(database, user, today, days);
      return shown;
    };
    return days !== 'all' && days <= KEPT_DAYS_MAX ? cache.remember(user, today, `net worth ${days}`, load) : load();
  },
  streams: (user: User, today: CalendarDate) => cache.remember(user, today, 'streams', () => listStreams(database, user.id, today)),
  insights: (user: User, today: CalendarDate) => cache.remember(user, today, 'insights', () => loadInsights(database, user, today)),
  forecast: (user: User, today: CalendarDate, days: number) =>
    cache.remember(user, today, `forecast ${days}`, () => loadForecast(database, user, today, days)),
  performance: (user: User, today: CalendarDate) =>
    cache.remember(user, today, 'performance', () => loadPortfolioPerformance(database, user, today)),
});
export type SharedFigures = ReturnType<typeof sharedFigures>;
