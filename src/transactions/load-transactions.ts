import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { notFound } from '../web/errors.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import type { ListQuery } from './filter.ts';
import { listTransactions, sumTransactions } from './store.ts';

/**
 * One page of a person's transactions with the totals of the whole filter, which are counted once for a state of the data.
 * @throws HttpError 404 for an account or a stream that is not theirs
 */
export async function loadTransactions(database: Database, cache: FigureCache, user: User, { filter, page, perPage, sort }: ListQuery) {
  if (filter.accountId) {
    const isOwn = await database.prisma.account.findFirst({ where: { id: filter.accountId, userId: user.id }, select: { id: true } });
    if (!isOwn) throw notFound();
  }
  if (filter.streamId) {
    const isOwn = await database.prisma.recurringTransaction.findFirst({
      where: { id: filter.streamId, userId: user.id },
      select: { id: true },
    });
    if (!isOwn) throw notFound();
  }
  const [rows, { count, totals, unconverted }] = await Promise.all([
    listTransactions(database, user.id, filter, { sort, limit: perPage, offset: (page - 1) * perPage }),
    cache.remember(user, null, `totals ${JSON.stringify(filter)}`, () => sumTransactions(database, user.id, filter, user.currencies)),
  ]);
  return {
    rows,
    totals,
    unconverted,
    pagination: { page, per_page: perPage, total_pages: Math.ceil(count / perPage), total_items: count },
  };
}
