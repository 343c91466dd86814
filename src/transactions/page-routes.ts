import { Router } from 'express';
import { listActiveAccounts } from '../accounts/store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { HttpError } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { listQuery } from './filter.ts';
import { loadTransactions } from './load-transactions.ts';
import { listUsedCategories } from './store.ts';

/** The list of transactions as a page: its state is in the address. */
export function transactionPages({ database }: Deps): Router {
  const router = Router();

  router.get('/transactions', async (request, response) => {
    const user = userOf(request);
    const query = filledIn(request.query);
    const { input, message } = readQuery(query);
    const [loaded, accounts, categories] = await Promise.all([
      loadTransactions(database, user, input),
      listActiveAccounts(database, user.id),
      listUsedCategories(database, user.id),
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
      query,
      message,
      isFiltered: Object.keys(filters).length > 0,
      exportQuery: new URLSearchParams(message ? {} : filters).toString(),
      previousPage: page > 1 ? pageLink(query, page - 1) : null,
      nextPage: page < total_pages ? pageLink(query, page + 1) : null,
    });
  });

  return router;
}

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
