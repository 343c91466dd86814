import { Router } from 'express';
import { z } from 'zod';
import { accountRowsOf } from '../accounts/present.ts';
import { userOf } from '../auth/sign-in.ts';
import { loadBridge } from '../dashboard/load-figures.ts';
import { barShare, changeSince, TREND_DAYS, TREND_PERIODS, tableRows } from '../dashboard/page.ts';
import { bridgeSpanFrom, givenDates } from '../dashboard/routes.ts';
import { sharedFigures } from '../dashboard/shared-figures.ts';
import type { Deps } from '../deps.ts';
import { loadFreshness } from '../items/freshness.ts';
import { addDays, addMonths, type CalendarDate, dateIn } from '../lib/dates.ts';
import { type Money, percent, toMoney } from '../lib/money.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { parse } from '../web/parse.ts';
import type { Bridge } from './bridge.ts';
import type { NetWorthPoint } from './history.ts';

const pageQuery = z.object({ days: z.enum(TREND_DAYS).catch('365') });

/** The page of net worth: its history by group, what changed it, its months, the goal. */
export function netWorthPages({ database, now }: Deps, cache: FigureCache): Router {
  const router = Router();
  const shared = sharedFigures(database, cache);

  router.get('/net-worth', async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const { days } = parse(pageQuery, request.query);
    const span = bridgeSpanFrom(givenDates(request.query), today);
    const [netWorth, bridge, freshness] = await Promise.all([
      shared.netWorth(user, today, days === 'all' ? 'all' : Number(days)),
      loadBridge(database, user, today, span),
      loadFreshness(database, user),
    ]);
    const banks = freshness.items.map((item) => ({ ...item, accounts: accountRowsOf(netWorth.accounts, item.id) }));
    response.render('net-worth/index', {
      title: 'Net worth',
      path: '/net-worth',
      user,
      now: now(),
      today,
      currency: user.baseCurrency,
      freshness,
      netWorth: netWorth.current,
      metrics: netWorth.metrics,
      hasAccounts: netWorth.accounts.length > 0,
      banks: banks.filter((bank) => bank.accounts.length > 0),
      trend: {
        days,
        periods: TREND_PERIODS,
        source: `/api/dashboard/net-worth?days=${days}`,
        rows: tableRows(netWorth.history),
        change: changeOver(netWorth),
      },
      span,
      spans: [
        ['1 month', addMonths(today, -1)],
        ['3 months', addMonths(today, -3)],
        ['This year', `${Number(today.slice(0, 4)) - 1}-12-31` as CalendarDate],
        ['12 months', addMonths(today, -12)],
      ],
      bridge: { ...bridge, parts: partsOf(bridge) },
      goal: user.netWorthGoal && goalOf(netWorth.current.netWorth, user.netWorthGoal),
    });
  });

  return router;
}

/** How the shown history has moved from its first day to today. */
function changeOver({ history }: { history: NetWorthPoint[] }) {
  const first = history[0];
  const amount = first ? changeSince(history, first.date) : null;
  return amount && first ? { amount, percent: percent(amount, first.netWorth.abs()), since: first.date } : null;
}

/** The parts of a bridge with their signs, each as a bar beside the longest. */
function partsOf({ income, spending, investmentReturn, debtInterest, other, start, end }: Bridge) {
  const rows = (flow: string) => `/transactions?${new URLSearchParams({ flow, start_date: addDays(start, 1), end_date: end })}`;
  const parts = [
    { label: 'Income', detail: 'Pay, interest and other money that came in', amount: income, href: rows('income') },
    { label: 'Spending', detail: 'Refunds taken off', amount: spending.negated(), href: rows('expense') },
    { label: 'Investments', detail: 'Prices, dividends and fees', amount: investmentReturn, href: '/portfolio' },
    { label: 'Interest on debts', detail: 'Added to loans by their lenders', amount: debtInterest, href: null },
    {
      label: 'Other',
      detail: 'What no row explains: corrections, one-sided transfers, accounts that came or went',
      amount: other,
      href: null,
    },
  ];
  const longest = parts.reduce((top, { amount }) => (amount.abs().greaterThan(top) ? amount.abs() : top), toMoney(0));
  return parts.map((part) => ({ ...part, share: barShare(part.amount.abs(), longest) }));
}

/** How much of the way to the goal is done, between 0 and 100 for its bar. */
function goalOf(netWorth: Money, goal: Money) {
  const done = percent(netWorth, goal) ?? toMoney(0);
  const bar = done.lessThan(0) ? '0' : done.greaterThan(100) ? '100' : done.toFixed(1);
  return { amount: goal, done, bar: `${bar}%`, missing: goal.minus(netWorth) };
}
