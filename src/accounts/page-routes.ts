import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import type { Deps } from '../deps.ts';
import { type Freshness, loadFreshness } from '../items/freshness.ts';
import { itemJson } from '../items/present.ts';
import { addDays, type CalendarDate, dateIn, eachDay } from '../lib/dates.ts';
import type { Money } from '../lib/money.ts';
import { sparklinePath } from '../lib/sparkline.ts';
import { dailyBalances } from '../net-worth/history.ts';
import { loadAccountPasts } from '../net-worth/store.ts';
import { runRow } from '../sync/present.ts';
import { listRecentRuns } from '../sync/progress.ts';
import { parse } from '../web/parse.ts';
import { allowLink } from '../web/security-headers.ts';
import { listCountedOnce, listToldApart, type TwinPair } from './duplicate-store.ts';
import { accountRow, accountRowsOf } from './present.ts';
import { saveTwinAnswer, twinAnswer } from './routes.ts';
import { type Account, listActiveAccounts } from './store.ts';

/** What each product's status is called on the page; what is simply not offered is not mentioned. */
const STATUS_WORDS: Record<string, string> = {
  ok: 'up to date',
  waiting: 'being prepared',
  consent: 'needs your consent',
  failing: 'not available just now',
};

const RUNS_SHOWN = 12;
const TREND_DAYS = 90;

/** Where an account's balance came from over the last weeks, as a small line. */
interface Trend {
  path: string;
  from: Money;
}

/** By account; those without a rate, or of which nothing is known before today, have none. */
async function loadTrends(database: Database, user: User, accounts: Account[], today: CalendarDate): Promise<Map<string, Trend>> {
  const since = addDays(today, -TREND_DAYS);
  const dates = [...eachDay(since, today)];
  const pasts = await loadAccountPasts(database, user.id, accounts, user.currencies, since, today);
  return new Map(
    pasts.flatMap((past) => {
      const sign = past.isAsset ? 1 : -1;
      const balances = dailyBalances(past, dates).flatMap(({ balance }) => balance?.times(sign) ?? []);
      const path = sparklinePath(balances.map((balance) => balance.toNumber()));
      return path && balances[0] ? [[past.account.id, { path, from: balances[0] }] as const] : [];
    }),
  );
}

/** `choice`: the account that counts, or `different`, or `unanswered`. */
const twinForm = z.strictObject({ first: z.string(), second: z.string(), choice: z.string() });

/** A pair as it is asked about, the account that had better count first: one that is read, with the longer history, by the older link. */
function twinQuestion({ twins, shared, isSameById }: TwinPair, { items }: Freshness) {
  const rows = twins.map(({ account, movementCount, since }) => {
    const linkNo = items.findIndex(({ id }) => id === account.itemId);
    const bank = items[linkNo];
    const isRead = bank !== undefined && bank.status !== 'error' && bank.status !== 'imported';
    return { ...accountRow(account), movementCount, since, linkNo, bank, isRead };
  });
  const oldestLink = Math.min(...rows.map(({ linkNo }) => linkNo));
  const sinceOf = ({ since }: (typeof rows)[number]) => (since ? Date.parse(since) : Number.MAX_VALUE);
  rows.sort(
    (a, b) =>
      Number(b.isActive) - Number(a.isActive) || Number(b.isRead) - Number(a.isRead) || sinceOf(a) - sinceOf(b) || a.linkNo - b.linkNo,
  );
  return { rows: rows.map((row) => ({ ...row, link: row.linkNo === oldestLink ? 'older' : 'newer' })), shared, isSameById };
}

/** Institutions with their accounts and state. */
export function accountPages(deps: Deps): Router {
  const { database, now, link } = deps;
  const router = Router();

  router.get('/accounts', ...allowLink(link), async (request, response) => {
    const user = userOf(request);
    const [accounts, freshness, runs, countedOnce, apart] = await Promise.all([
      listActiveAccounts(database, user.id),
      loadFreshness(database, user),
      listRecentRuns(database, user.id, RUNS_SHOWN),
      listCountedOnce(database, user.id),
      listToldApart(database, user.id),
    ]);
    const trends = await loadTrends(database, user, accounts, dateIn(user.timeZone, now()));
    const banks = freshness.items.map((item) => ({
      ...item,
      accounts: accountRowsOf(accounts, item.id).map((account) => ({ ...account, trend: trends.get(account.id) ?? null })),
      countedOnce: countedOnce
        .filter(({ account }) => account.itemId === item.id)
        .map(({ account, countedAs }) => ({ account: accountRow(account), countedAs: accountRow(countedAs) })),
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
      twins: freshness.twins.map((pair) => twinQuestion(pair, freshness)),
      apart: apart.map((pair) => pair.map(accountRow)),
      trendDays: TREND_DAYS,
      accountCount: accounts.length,
      isLinked: banks.length > 0,
    });
  });

  router.post('/accounts', express.urlencoded({ extended: false, limit: '2kb', parameterLimit: 5 }), async (request, response) => {
    const { choice, ...pair } = parse(twinForm, request.body);
    const answer = choice === 'different' || choice === 'unanswered' ? { answer: choice } : { answer: 'same', keep: choice };
    await saveTwinAnswer(deps, userOf(request).id, parse(twinAnswer, { ...pair, ...answer }));
    response.redirect(303, '/accounts');
  });

  return router;
}
