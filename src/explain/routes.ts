import { type Request, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { freshnessJson } from '../dashboard/present.ts';
import { sharedFigures } from '../dashboard/shared-figures.ts';
import type { Deps } from '../deps.ts';
import { FORECAST_DAYS_MAX } from '../forecast/load-forecast.ts';
import { loadFreshness } from '../items/freshness.ts';
import { dateIn } from '../lib/dates.ts';
import { PERFORMANCE_PERIODS } from '../portfolio/performance.ts';
import { HttpError, notFound } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { dateField, exactText, integerField, parse } from '../web/parse.ts';
import { FIGURES, loadExplanation } from './load-explanation.ts';
import { explanationJson } from './present.ts';

const TEXT_LENGTH_MAX = 480;
const text = exactText(TEXT_LENGTH_MAX);

const explainQuery = z.strictObject({
  figure: z.enum(FIGURES, 'is not a figure that can be explained'),
  start_date: dateField.optional(),
  end_date: dateField.optional(),
  date: dateField.optional(),
  category: text.optional(),
  merchant: text.optional(),
  flow: z.enum(['income', 'expense'], 'must be income or expense').optional(),
  key: text.optional(),
  id: z.uuid('must be an id').optional(),
  period: z.enum(PERFORMANCE_PERIODS, `must be one of ${PERFORMANCE_PERIODS.join(', ')}`).optional(),
  days: integerField(1, FORECAST_DAYS_MAX).optional(),
});

/** How a figure comes about: /api/dashboard/explain and the page /explain. */
export function explainRoutes({ database, now }: Deps, cache: FigureCache): { api: Router; pages: Router } {
  const shared = sharedFigures(database, cache);
  const load = async (request: Request) => {
    const user = userOf(request);
    const { figure, start_date, end_date, ...rest } = parse(explainQuery, request.query);
    if (start_date && end_date && end_date < start_date) {
      const message = 'must not be before start_date';
      throw new HttpError(400, 'invalid_input', `end_date: ${message}`, { fields: { end_date: message } });
    }
    const parameters = { start: start_date, end: end_date, ...rest };
    const explanation = await loadExplanation({ database, shared, user, today: dateIn(user.timeZone, now()), parameters }, figure);
    if (!explanation) throw notFound();
    return { user, explanation, freshness: await loadFreshness(database, user) };
  };

  const api = Router();
  api.get('/explain', async (request, response) => {
    const { user, explanation, freshness } = await load(request);
    response.json({ ...explanationJson(explanation, user.baseCurrency), freshness: freshnessJson(freshness) });
  });

  const pages = Router();
  pages.get('/explain', async (request, response) => {
    const { user, explanation, freshness } = await load(request);
    response.render('explain/index', {
      title: explanation.label,
      path: '/explain',
      user,
      now: now(),
      currency: user.baseCurrency,
      explanation,
      freshness,
    });
  });
  return { api, pages };
}
