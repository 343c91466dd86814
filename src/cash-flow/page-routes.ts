import { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { loadCashFlow } from '../dashboard/load-figures.ts';
import { barShare } from '../dashboard/page.ts';
import { givenDates, periodFrom } from '../dashboard/routes.ts';
import { sharedFigures } from '../dashboard/shared-figures.ts';
import type { Deps } from '../deps.ts';
import { meanErrors } from '../forecast/backtest.ts';
import type { Forecast } from '../forecast/load-forecast.ts';
import { loadFreshness } from '../items/freshness.ts';
import { addDays, addMonths, type CalendarDate, dateIn, startOfMonth } from '../lib/dates.ts';
import { Money, percent, sum, ZERO } from '../lib/money.ts';
import { type Period, previousPeriod } from '../lib/period.ts';
import { categoryLabel } from '../plaid/categories.ts';
import type { FigureCache } from '../web/figure-cache.ts';
import { categoryClass } from '../web/format.ts';
import { parse } from '../web/parse.ts';
import { categoriesOf } from './cash-flow.ts';
import { type FlowNode, type MoneyFlow, moneyFlow } from './money-flow.ts';
import { type CategorySum, daysOf, sumCategories } from './store.ts';

const HORIZONS = ['30', '60', '90'] as const;
const UPCOMING_ROWS = 40;

const pageQuery = z.object({ horizon: z.enum(HORIZONS).catch('30') });

/** The page of cash flow: where money came from and went in a period, and what is expected next. */
export function cashFlowPages({ database, now }: Deps, cache: FigureCache): Router {
  const router = Router();
  const shared = sharedFigures(database, cache);

  router.get('/cash-flow', async (request, response) => {
    const user = userOf(request);
    const today = dateIn(user.timeZone, now());
    const { horizon } = parse(pageQuery, request.query);
    const period = periodFrom(givenDates(request.query), today);
    const before = previousPeriod(period);
    const [report, previousCategories, forecast, freshness] = await Promise.all([
      loadCashFlow(database, user, period),
      sumCategories(database, user.id, user.currencies, before),
      shared.forecast(user, today, Number(horizon)),
      loadFreshness(database, user),
    ]);
    const flow = moneyFlow(report.incomeByCategory, report.expensesByCategory);
    response.render('cash-flow/index', {
      title: 'Cash flow',
      path: '/cash-flow',
      user,
      now: now(),
      today,
      currency: user.baseCurrency,
      freshness,
      period,
      before,
      presets: presetsOf(today),
      report,
      days: daysOf(report.daily),
      source: `/api/dashboard/cash-flow?start_date=${period.start}&end_date=${period.end}`,
      expenses: categoryRows(report.expensesByCategory, previousCategories, 'expense', period),
      income: categoryRows(report.incomeByCategory, previousCategories, 'income', period),
      merchantHref: (flow: string, merchant: string) =>
        `/transactions?${new URLSearchParams({ flow, merchant, start_date: period.start, end_date: period.end })}`,
      flow: flow && pictureOf(flow, period),
      horizon,
      horizons: HORIZONS,
      forecast: forecastView(forecast),
    });
  });

  return router;
}

/** Periods that people look at, each with its name. */
const presetsOf = (today: CalendarDate): [string, Period][] => {
  const month = startOfMonth(today);
  return [
    ['This month', { start: month, end: today }],
    ['Last month', { start: addMonths(month, -1), end: addDays(month, -1) }],
    ['3 months', { start: addDays(addMonths(today, -3), 1), end: today }],
    ['This year', { start: `${today.slice(0, 4)}-01-01` as CalendarDate, end: today }],
    ['12 months', { start: addDays(addMonths(today, -12), 1), end: today }],
  ];
};

/** Each category beside what it was in the period before; those that were only there before too. */
function categoryRows(now: Map<string, Money>, before: CategorySum[], flow: 'income' | 'expense', period: Period) {
  const previous = categoriesOf(before, flow);
  const largest = [...now.values()].reduce((top, amount) => (amount.greaterThan(top) ? amount : top), ZERO);
  return [...new Set([...now.keys(), ...previous.keys()])].map((category) => {
    const [amount, then] = [now.get(category) ?? ZERO, previous.get(category) ?? ZERO];
    return {
      category,
      label: categoryLabel(category),
      amount,
      previous: then,
      change: then.greaterThan(0) ? percent(amount.minus(then), then) : null,
      share: barShare(amount, largest),
      href: `/transactions?${new URLSearchParams({ flow, category, start_date: period.start, end_date: period.end })}`,
    };
  });
}

const WIDTH = 1000;
const BAR = 10;
const MARGIN = 230;

/** The picture of where money came from and went, as shapes with their words and links. */
function pictureOf(flow: MoneyFlow, period: Period) {
  const labels: Partial<Record<FlowNode['kind'], string>> = { kept: 'Kept', shortage: 'From savings' };
  const middle = WIDTH / 2;
  const shape = (node: FlowNode, side: 'in' | 'out') => {
    const [barX, from, to] = side === 'in' ? [MARGIN - BAR, MARGIN, middle - BAR / 2] : [WIDTH - MARGIN, middle + BAR / 2, WIDTH - MARGIN];
    const [startY, endY] = side === 'in' ? [node.y, node.middleY] : [node.middleY, node.y];
    const bend = (from + to) / 2;
    const h = node.height;
    const flowOf = side === 'in' ? 'income' : 'expense';
    const isRows = node.kind === 'category';
    return {
      label:
        labels[node.kind] ?? (node.kind === 'more' ? node.key : `${categoryLabel(node.key)}${node.kind === 'refund' ? ', refunded' : ''}`),
      amount: node.amount,
      colour: node.kind === 'kept' ? 'series-1' : node.kind === 'shortage' ? 'series-4' : categoryClass(node.key),
      bar: { x: barX, y: node.y, height: h },
      path: `M${from} ${startY}C${bend} ${startY} ${bend} ${endY} ${to} ${endY}v${h}C${bend} ${endY + h} ${bend} ${startY + h} ${from} ${startY + h}Z`,
      text: { x: side === 'in' ? MARGIN - BAR - 10 : WIDTH - MARGIN + BAR + 10, y: node.y + h / 2, side },
      href: isRows
        ? `/transactions?${new URLSearchParams({ flow: flowOf, category: node.key, start_date: period.start, end_date: period.end })}`
        : null,
    };
  };
  return {
    width: WIDTH,
    height: flow.height,
    total: flow.total,
    middle: { x: middle - BAR / 2, width: BAR, ...flow.middle },
    sources: flow.sources.map((node) => shape(node, 'in')),
    targets: flow.targets.map((node) => shape(node, 'out')),
  };
}

/** A forecast with its whole cents as money. */
function forecastView(forecast: Forecast) {
  const money = (cents: number) => new Money(cents).div(100);
  const errors = meanErrors(forecast.backtest);
  const last = forecast.daily.at(-1);
  return {
    start: money(forecast.startCents),
    end: last ? { date: last.date, expected: money(last.expected), low: money(last.low), high: money(last.high) } : null,
    lowest: forecast.lowest && { date: forecast.lowest.date, expected: money(forecast.lowest.expected) },
    rows: forecast.daily.map((day) => ({ date: day.date, expected: money(day.expected), low: money(day.low), high: money(day.high) })),
    accounts: forecast.accounts.map((account) => ({
      id: account.id,
      name: account.name,
      start: money(account.startCents),
      lowest: account.lowest && { date: account.lowest.date, expected: money(account.lowest.expected) },
    })),
    upcoming: forecast.upcoming.slice(0, UPCOMING_ROWS),
    upcomingCount: forecast.upcoming.length,
    projectedIncome: forecast.projectedIncome,
    projectedExpenses: forecast.projectedExpenses,
    cardPayments: sum(forecast.upcoming.filter(({ kind }) => kind === 'card_payment').map(({ amount }) => amount)),
    error: errors && money(errors.ours),
    averageError: errors && money(errors.average),
    unconverted: forecast.unconverted,
  };
}
