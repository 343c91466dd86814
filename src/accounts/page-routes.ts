import { Router } from 'express';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { itemJson } from '../items/present.ts';
import { runRow } from '../sync/present.ts';
import { listRecentRuns } from '../sync/progress.ts';
import { allowLink } from '../web/security-headers.ts';
import { accountRowsOf } from './present.ts';
import { listActiveAccounts } from './store.ts';

/** What each product's status is called on the page; what is simply not offered is not mentioned. */
const STATUS_WORDS: Record<string, string> = {
  ok: 'up to date',
  waiting: 'being prepared',
  consent: 'needs your consent',
  failing: 'not available just now',
};

const RUNS_SHOWN = 12;

/** Institutions with their accounts and state. */
export function accountPages({ database, now, link }: Deps): Router {
  const router = Router();

  router.get('/accounts', ...allowLink(link), async (request, response) => {
    const user = userOf(request);
    const [accounts, freshness, runs] = await Promise.all([
      listActiveAccounts(database, user.id),
      loadFreshness(database, user),
      listRecentRuns(database, user.id, RUNS_SHOWN),
    ]);
    const banks = freshness.items.map((item) => ({
      ...item,
      accounts: accountRowsOf(accounts, item.id),
      runs: (runs.get(item.id) ?? []).map(runRow),
      hasCard: accounts.some((account) => account.itemId === item.id && account.type === 'credit'),
      productList: Object.entries(itemJson(item).products).flatMap(([product, status]) =>
        STATUS_WORDS[status] ? [[product, STATUS_WORDS[status]]] : [],
      ),
    }));
    response.render('accounts/index', {
      title: 'Accounts',
      path: '/accounts',
      user,
      now: now(),
      freshness,
      banks,
      accountCount: accounts.length,
      isLinked: banks.length > 0,
    });
  });

  return router;
}
