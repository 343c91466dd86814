import express, { Router } from 'express';
import { z } from 'zod';
import { listActiveAccounts } from '../accounts/store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { HttpError } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { exactText, integerField, parse } from '../web/parse.ts';
import { CASH_FLOW_TYPES } from './classify.ts';
import { listQuery } from './filter.ts';
import { loadTransactions } from './load-transactions.ts';
import { createRule, decide, removeRule } from './review-routes.ts';
import { listRules } from './rule-store.ts';
import { listUsedCategories } from './store.ts';
import { countSuggestions, listTransfers } from './transfer-store.ts';

/** The list of transactions as a page: its state is in the address. */
export function transactionPages(deps: Deps, cache: FigureCache): Router {
  const { database } = deps;
  const router = Router();

  router.get('/transactions', async (request, response, next) => {
    if (request.query.review !== undefined) return next();
    const user = userOf(request);
    const query = filledIn(request.query);
    const { input, message } = readQuery(query);
    const [loaded, accounts, categories, suggestionCount] = await Promise.all([
      loadTransactions(database, cache, user, input),
      listActiveAccounts(database, user.id),
      listUsedCategories(database, user.id),
      countSuggestions(database, user.id),
    ]);
    const { page, total_pages } = loaded.pagination;
    const { page: _page, per_page: _perPage, sort: _sort, ...filters } = query;
    response.status(message ? 400 : 200).render('transactions/index', {
      title: 'Transactions',
      path: '/transactions',
      user,
      currency: user.baseCurrency,
      ...loaded,
      accounts,
      categories,
      suggestionCount,
      query,
      message,
      isFiltered: Object.keys(filters).length > 0,
      exportQuery: new URLSearchParams(message ? {} : filters).toString(),
      previousPage: page > 1 ? pageLink(query, page - 1) : null,
      nextPage: page < total_pages ? pageLink(query, page + 1) : null,
    });
  });

  router.get('/transactions', async (request, response) => {
    const user = userOf(request);
    const { page } = parse(reviewQuery, request.query);
    const [{ transfers, count }, rules] = await Promise.all([
      listTransfers(database, user.id, 'suggested', { limit: REVIEW_PER_PAGE, offset: (page - 1) * REVIEW_PER_PAGE }),
      listRules(database.pool, user.id),
    ]);
    response.render('transactions/review', {
      title: 'Possible transfers',
      path: '/transactions',
      user,
      transfers,
      rules,
      message: null,
      pagination: { page, total_pages: Math.ceil(count / REVIEW_PER_PAGE), total_items: count },
    });
  });

  router.post(
    '/transactions/review',
    express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 }),
    async (request, response) => {
      const user = userOf(request);
      const form = parse(reviewForm, request.body);
      if (form.decision === 'undo_rule') await removeRule(deps, user.id, form.rule_id);
      else if (form.decision === 'always')
        await createRule(deps, user.id, { match: 'is', merchant: form.merchant, category: null, cashFlowType: form.cash_flow_type });
      else await decide(deps, user.id, form.transfer_id, form.decision === 'accept' ? 'confirmed' : 'rejected');
      response.redirect(303, '/transactions?review=transfers');
    },
  );

  return router;
}

const REVIEW_PER_PAGE = 20;
const MERCHANT_LENGTH_MAX = 480;
const reviewQuery = z.strictObject({ review: z.literal('transfers', 'must be transfers'), page: integerField(1, 100_000).default(1) });
const id = z.uuid('is not one of yours');
/** What the forms of the review send; each has all the fields of its list entry. */
const reviewForm = z.discriminatedUnion('decision', [
  z.object({ decision: z.enum(['accept', 'reject']), transfer_id: id }),
  z.object({
    decision: z.literal('always'),
    merchant: exactText(MERCHANT_LENGTH_MAX),
    cash_flow_type: z.enum(CASH_FLOW_TYPES, `must be one of ${CASH_FLOW_TYPES.join(', ')}`),
  }),
  z.object({ decision: z.literal('undo_rule'), rule_id: id }),
]);

/** A form sends its empty fields too: they say nothing. */
function filledIn(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
  );
}

/** The query, or the whole list with what was wrong about it. */
function readQuery(query: Record<string, string>) {
  try {
    return { input: parse(listQuery, query), message: null };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { input: parse(listQuery, {}), message: error.message };
  }
}

const pageLink = (query: Record<string, string>, page: number) => `/transactions?${new URLSearchParams({ ...query, page: String(page) })}`;
