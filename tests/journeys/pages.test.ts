import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Journey, NOW, startJourney } from './app.ts';
import { openPage, overflow } from './browser.ts';
import { fillHostileHousehold } from './hostile-household.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.stop());

const PATHS = [
  '/',
  '/net-worth?start_date=2026-01-01',
  '/cash-flow?start_date=2025-10-01&end_date=2026-03-18',
  '/transactions',
  '/transactions?search=e&flow=expense&sort=amount_desc',
  '/transactions?review=transfers',
  '/recurring',
  '/portfolio?period=All',
  '/accounts',
  '/alerts',
  '/alerts?state=rules',
  '/reports',
  '/settings',
  '/explain?figure=net_worth.net_worth',
];
const WIDTHS = [1440, 768, 390];
const PATIENCE_MS = 120_000;

/** All charts have found their end: drawn, or said to have failed. */
const chartsSettled = (page: Page) =>
  expect.poll(() => page.locator('canvas[data-chart]:not([data-drawn])').count(), { timeout: 15_000 }).toBe(0);

/** Every page in every width and both themes, which change colours alone: it is loaded once, the window and the theme change around it. */
async function visitAll(page: Page, problems: string[], paths: string[], audited: ('light' | 'dark')[] = ['light', 'dark']) {
  for (const path of paths) {
    await page.setViewportSize({ width: 1440, height: 900 });
    // Colours on their way to other colours have no contrast that could be measured.
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    const response = await page.goto(journey.url(path));
    expect(response?.status(), path).toBe(200);
    await chartsSettled(page);
    expect(await page.locator('canvas[data-drawn="failed"]').count(), path).toBe(0);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page), `${path} at ${width}`).toBe(0);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await chartsSettled(page);
    expect(await overflow(page), `${path} in dark`).toBe(0);
    if (audited.includes('dark')) await journey.audit(page, `${path} at 390 in dark`);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    if (audited.includes('light')) await journey.audit(page, `${path} at 1440 in light`, { isColoursOnly: audited.includes('dark') });
    expect(problems.join('\n'), path).toBe('');
  }
}

/** A report on some days, written by its form. */
async function writtenReport(page: Page): Promise<string> {
  await page.goto(journey.url('/reports'));
  await page.getByRole('button', { name: 'Report on these days' }).click();
  await page.getByRole('article').waitFor();
  return new URL(page.url()).pathname;
}

/** The page of the newest transaction. */
async function firstRow(page: Page): Promise<string> {
  await page.goto(journey.url('/transactions'));
  const href = await page.locator('.row-link').first().getAttribute('href');
  return new URL(href as string, journey.url('/')).pathname;
}

describe('every page, in every width, light and dark', () => {
  it(
    'is whole for the demo household',
    async () => {
      const { context, page, problems, elsewhere } = await journey.openHousehold();
      await visitAll(page, problems, [...PATHS, await firstRow(page), await writtenReport(page), '/styleguide']);
      expect(elsewhere).toEqual([]);
      await context.close();
    },
    PATIENCE_MS,
  );

  it(
    'is whole for somebody new, before signing in and after',
    async () => {
      const context = await journey.browser.newContext();
      const { page, problems } = await openPage(context);
      await visitAll(page, problems, ['/login', '/register', '/offline.html']);
      await page.goto(journey.url('/register'));
      await page.getByLabel('E-mail').fill('new@example.org');
      await page.getByLabel('Password').fill('a long and winding road');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('First steps').waitFor();
      // Who leaves a page while it loads breaks off what it asked for.
      await chartsSettled(page);
      await visitAll(page, problems, PATHS, ['light']);
      await context.close();
    },
    PATIENCE_MS,
  );

  it(
    'is whole for a household of strange names and twelve-digit amounts',
    async () => {
      const context = await journey.browser.newContext();
      const { page, problems } = await openPage(context);
      const answer = await context.request.post(journey.url('/register'), {
        data: { email: 'hostile@example.org', password: 'a long and winding road' },
      });
      const { user } = await answer.json();
      await fillHostileHousehold(journey.app.deps.database, user.id, NOW.toISOString().slice(0, 10));
      await journey.app.deps.refreshFigures(user.id);
      await visitAll(page, problems, [...PATHS, await firstRow(page), await writtenReport(page)], ['dark']);
      await context.close();
    },
    PATIENCE_MS,
  );
});

it('nothing jumps while a page is filled', async () => {
  const { context, page } = await journey.openHousehold({ viewport: { width: 1440, height: 900 } });
  for (const path of ['/', '/cash-flow', '/portfolio']) {
    await page.goto(journey.url(path));
    await chartsSettled(page);
    const shift = await page.evaluate(
      `new Promise((done) => { let total = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value; }).observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(total), 300); })`,
    );
    expect(shift, path).toBeLessThan(0.05);
  }
  await context.close();
});

it('without scripts every page has its figures, its tables and forms that work', async () => {
  const { context, page } = await journey.openHousehold({ javaScriptEnabled: false });
  for (const path of PATHS) {
    await page.goto(journey.url(path));
    expect((await page.locator('main').innerText()).length, path).toBeGreaterThan(100);
  }
  await page.goto(journey.url('/cash-flow'));
  await page.getByRole('link', { name: 'Last month' }).click();
  await page.waitForURL(/start_date=2026-02-01&end_date=2026-02-28/);
  await page.getByRole('button', { name: '90 days' }).click();
  await page.waitForURL(/horizon=90/);
  await page.goto(journey.url('/net-worth'));
  await page.locator('#bridge-start').fill('2026-01-31');
  await page.locator('#bridge-show').click();
  await page.getByText('Net worth on Jan 31, 2026').waitFor();
  await page.goto(journey.url('/portfolio'));
  await page.getByRole('button', { name: '3M' }).click();
  await page.waitForURL(/period=3M/);
  await context.close();
}, 60_000);
