import express, { type Response, Router } from 'express';
import { z } from 'zod';
import { listActiveAccounts } from '../accounts/store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { CATEGORIES, categoryLabel } from '../plaid/categories.ts';
import { HttpError, notFound, sentenceOf } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { localPath } from '../web/local-path.ts';
import { exactText, idFrom, integerField, parse, textField } from '../web/parse.ts';
import { CASH_FLOW_TYPES } from './classify.ts';
import { listQuery } from './filter.ts';
import { loadTransactions } from './load-transactions.ts';
import { WHY_WORDS } from './present.ts';
import { createRule, decide, removeRule } from './review-routes.ts';
import { BULK_MAX, CATEGORY_LENGTH_MAX, editTransactions, NOTE_LENGTH_MAX } from './routes.ts';
import { listRules } from './rule-store.ts';
import { merchantOf } from './rules.ts';
import { findTransaction, listTransactionEdits, listUsedCategories } from './store.ts';
import { countSuggestions, listTransfers } from './transfer-store.ts';

/** The list of transactions as a page: its state is in the address. */
export function transactionPages(deps: Deps, cache: FigureCache): Router {
  const { database } = deps;
  const router = Router();

  router.get('/transactions', async (request, response, next) => {
    if (request.query.review !== undefined) return next();
    const user = userOf(request);
    const { [NOTHING_CHOSEN]: isNothingChosen, ...query } = filledIn(request.query);
    const { input, message: problem } = readQuery(query);
    const message = problem ?? (isNothingChosen ? 'Tick the rows that you want to change first.' : null);
    const [loaded, accounts, categories, suggestionCount] = await Promise.all([
      loadTransactions(database, cache, user, input),
      listActiveAccounts(database, user.id),
      listUsedCategories(database, user.id),
      countSuggestions(database, user.id),
    ]);
    const { page, total_pages } = loaded.pagination;
    const { page: _page, per_page: _perPage, sort: _sort, ...filters } = query;
    response.status(problem ? 400 : 200).render('transactions/index', {
      title: 'Transactions',
      path: '/transactions',
      user,
      currency: user.baseCurrency,
      ...loaded,
      accounts,
      categories,
      allCategories: [...new Set([...CATEGORIES, ...categories])],
      types: CASH_FLOW_TYPES,
      suggestionCount,
      query,
      chips: chipsOf(query, accounts),
      here: request.originalUrl,
      sort: query.sort ?? 'date_desc',
      message,
      isFiltered: Object.keys(filters).length > 0,
      exportQuery: new URLSearchParams(problem ? {} : filters).toString(),
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

  const formBody = express.urlencoded({ extended: false, limit: '40kb', parameterLimit: 300 });

  router.post('/transactions/bulk', formBody, async (request, response) => {
    const { id, category, cash_flow_type, back } = parse(bulkForm, request.body);
    const list = new URL(localPath(back ?? '/transactions'), 'http://here');
    if (id.length === 0) {
      list.searchParams.set(NOTHING_CHOSEN, 'yes');
      return response.redirect(303, `${list.pathname}${list.search}`);
    }
    list.searchParams.delete(NOTHING_CHOSEN);
    const edit = {
      customCategory: category === KEEP ? undefined : category || null,
      customCashFlowType: cash_flow_type === KEEP ? undefined : cash_flow_type || null,
    };
    await editTransactions(
      deps,
      userOf(request).id,
      id.map((one) => ({ id: one, ...edit })),
    );
    response.redirect(303, `${list.pathname}${list.search}`);
  });

  router.get('/transactions/:id', async (request, response) => {
    const user = userOf(request);
    const { back } = parse(backQuery, request.query);
    await showOne(user, idFrom(request), localPath(back ?? '/transactions'), response);
  });

  router.post('/transactions/:id', formBody, async (request, response) => {
    const user = userOf(request);
    const id = idFrom(request);
    const form = parse(oneForm, request.body);
    const back = localPath(form.back ?? '/transactions');
    const category = form.new_category || form.category || null;
    const row = await findTransaction(database, user.id, id);
    if (!row) throw notFound();
    if (form.rule && !category && !form.cash_flow_type) {
      const message = 'Choose a category or a type for the rule.';
      await showOne(user, id, back, response, { ...form, message });
      return;
    }
    const note = { id, note: form.note || null };
    if (form.rule) {
      const merchant = merchantOf(row);
      await createRule(deps, user.id, { match: 'is', merchant, category, cashFlowType: form.cash_flow_type || null });
      // What was chosen for this row alone would stand in the way of the rule.
      await editTransactions(deps, user.id, [{ ...note, customCategory: null, customCashFlowType: null }]);
    } else await editTransactions(deps, user.id, [{ ...note, customCategory: category, customCashFlowType: form.cash_flow_type || null }]);
    response.redirect(303, back);
  });

  /** The page of one transaction: why it counts as it does, and what the person can choose. */
  const showOne = async (user: User, id: string, back: string, response: Response, refused?: { message: string; note: string }) => {
    const [row, [chosen], used, rules] = await Promise.all([
      findTransaction(database, user.id, id),
      listTransactionEdits(database.pool, user.id, [id]),
      listUsedCategories(database, user.id),
      listRules(database.pool, user.id),
    ]);
    if (!row || !chosen) throw notFound();
    const merchant = merchantOf(row);
    response.status(refused ? 400 : 200).render('transactions/one', {
      title: merchant,
      path: '/transactions',
      user,
      row,
      chosen,
      merchant,
      back,
      message: refused?.message ?? null,
      note: refused ? refused.note : (row.note ?? ''),
      types: CASH_FLOW_TYPES,
      categories: [...new Set([...CATEGORIES, ...used])],
      rule: rules.find((rule) => rule.id === row.ruleId) ?? null,
      why: WHY_WORDS[row.why ?? 'direction'],
    });
  };

  return router;
}

const REVIEW_PER_PAGE = 20;
/** Said in the address of the list when a change was sent without any row. */
const NOTHING_CHOSEN = 'nothing_chosen';
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

/** No category that a person types begins like this. */
const KEEP = '=keep';
const type = z.enum(['', ...CASH_FLOW_TYPES], `must be one of ${CASH_FLOW_TYPES.join(', ')}`);
const path = z.string().max(2_000).optional();
const backQuery = z.strictObject({ back: path });
const oneForm = z.strictObject({
  back: path,
  category: textField(CATEGORY_LENGTH_MAX).default(''),
  new_category: textField(CATEGORY_LENGTH_MAX).default(''),
  cash_flow_type: type.default(''),
  note: textField(NOTE_LENGTH_MAX).default(''),
  rule: z.enum(['on']).optional(),
});
const bulkForm = z.strictObject({
  back: path,
  id: z.union([id.transform((one) => [one]), z.array(id).max(BULK_MAX)], `must be ${BULK_MAX} rows at most`).default([]),
  category: textField(CATEGORY_LENGTH_MAX).default(KEEP),
  cash_flow_type: z.enum(['', KEEP, ...CASH_FLOW_TYPES], `must be one of ${CASH_FLOW_TYPES.join(', ')}`).default(KEEP),
});

/** A form sends its empty fields too: they say nothing. */
function filledIn(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
  );
}

/** What the filters are called on the page. */
const LABELS: Record<string, string> = {
  start_date: 'From',
  end_date: 'To',
  min_amount: 'At least',
  max_amount: 'At most',
  search: 'The search',
  account_id: 'The account',
};

/** The query, or the whole list with what was wrong about it. */
function readQuery(query: Record<string, string>) {
  try {
    return { input: parse(listQuery, query), message: null };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { input: parse(listQuery, {}), message: sentenceOf(error, LABELS) };
  }
}

/** The filters that are set, each with its words and the address without it. */
function chipsOf(query: Record<string, string>, accounts: { id: string; name: string }[]) {
  const { page: _page, per_page: _perPage, sort: _sort, ...filters } = query;
  const words: Record<string, (value: string) => string> = {
    search: (value) => `“${value}”`,
    flow: (value) => value,
    category: categoryLabel,
    account_id: (value) => accounts.find((account) => account.id === value)?.name ?? 'one account',
    start_date: (value) => `from ${value}`,
    end_date: (value) => `to ${value}`,
    min_amount: (value) => `at least ${value}`,
    max_amount: (value) => `at most ${value}`,
    merchant: (value) => value,
    recurring: (value) => (value === 'none' ? 'nothing that recurs' : 'one recurring stream'),
    in_net_worth: () => 'counted in net worth',
    currency: (value) => value,
    pending: (value) => (value === 'true' ? 'pending' : 'posted'),
  };
  return Object.entries(filters).map(([name, value]) => {
    const { [name]: _left, page: _first, ...rest } = query;
    return {
      name,
      words: (words[name] ?? (() => name))(value),
      href: Object.keys(rest).length > 0 ? `/transactions?${new URLSearchParams(rest)}` : '/transactions',
    };
  });
}

const pageLink = (query: Record<string, string>, page: number) => `/transactions?${new URLSearchParams({ ...query, page: String(page) })}`;
