import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Journey, startJourney } from './app.ts';
import { expectChartsDrawn, expectShown, openPage } from './browser.ts';

const CHARTS = [
  'net-worth-chart',
  'daily-cash-flow-chart',
  'spending-category-chart',
  'forecast-chart',
  'asset-allocation-chart',
  'sector-allocation-chart',
];
const DOCUMENTED_IDS = [
  ...[
    'link-account-btn',
    'sync-all-btn',
    'net-worth-updated',
    'net-worth-amount',
    'net-worth-change',
    'total-assets',
    'total-liabilities',
    'liquidity-ratio',
  ],
  ...[
    'net-worth-chart',
    'cf-start-date',
    'cf-end-date',
    'total-income',
    'total-expenses',
    'net-cash-flow',
    'savings-rate',
    'daily-cash-flow-chart',
  ],
  ...[
    'spending-category-chart',
    'recurring-transactions',
    'portfolio-value',
    'portfolio-gain-loss',
    'portfolio-return',
    'diversification-score',
  ],
  ...[
    'asset-allocation-chart',
    'sector-allocation-chart',
    'holdings-table',
    'accounts-grid',
    'recent-transactions-table',
    'insights-grid',
    'plaid-link-container',
  ],
];

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.stop());

const url = (path: string) => journey.url(path);
const cents = (text: string) => Math.round(Number(text.replace('−', '-').replace(/[^\d.-]/g, '')) * 100);

it('a person registers, links three institutions, sees the dashboard fill, and signs out', async () => {
  const context = await journey.browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: 'America/New_York' });
  const { page, problems, elsewhere } = await openPage(context);
  await page.goto(url('/'));
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill('Grace Hopper');
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill('a long and winding road');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Nothing here yet').waitFor();
  for (const id of DOCUMENTED_IDS) expect(await page.locator(`#${id}`).count(), id).toBe(1);

  for (const [kind, institution] of [
    ['bank', 'Harbor Street Bank'],
    ['investments', 'Tideline Investments'],
    ['loans', 'Cedar Lending'],
  ] as const) {
    await page.locator('#link-account-btn').click();
    await page.locator(`[data-link-kind="${kind}"]`).click();
    await page.locator('#demo-link').getByRole('button', { name: institution }).click();
    await page.locator('[data-demo-connect]').click();
    if (kind === 'investments') {
      await page.waitForURL(/demo-bank\/sign-in/);
      await page.locator('#demo-allow').click();
      await page.waitForURL(/\/accounts$/);
      await page.goto(url('/'));
    } else await page.getByText(`${institution} is linked.`).waitFor();
  }
  await page.locator('#accounts-grid .account-card').nth(7).waitFor({ timeout: 20_000 });
  await page.locator('[data-is-syncing]').waitFor({ state: 'detached', timeout: 20_000 });
  await expectChartsDrawn(page, CHARTS);

  const balances = await page.locator('#accounts-grid .account-balance').allTextContents();
  const netWorth = cents((await page.locator('#net-worth-amount').textContent()) ?? '');
  expect(balances.map(cents).reduce((total, balance) => total + balance, 0)).toBe(netWorth);
  expect(await page.locator('#recurring-transactions .recurring-item').count()).toBeGreaterThanOrEqual(5);
  expect(await page.locator('#holdings-table tbody tr').count()).toBeGreaterThanOrEqual(8);
  expect(await page.locator('#recent-transactions-table tbody tr').count()).toBe(10);

  await page.locator('[data-period="30"]').click();
  await page.waitForURL(/days=30/);
  await expectShown(page);
  await expectChartsDrawn(page, ['net-worth-chart']);
  expect(await page.locator('[data-period="30"]').getAttribute('aria-pressed')).toBe('true');

  await page.locator('#cf-start-date').fill('2026-01-01');
  await page.locator('#cf-end-date').fill('2026-01-31');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL(/start_date=2026-01-01/);
  await expectShown(page);
  const expenses = (await page.locator('#total-expenses').textContent()) ?? '';
  await page.locator('#total-expenses').click();
  await page.locator('#transaction-totals').waitFor();
  expect(await page.locator('#transaction-totals .stat', { hasText: 'Expenses' }).locator('.value').textContent()).toBe(expenses);

  await page.locator('#search').fill('streamly');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/search=streamly/);
  await expect.poll(() => page.locator('#transactions-table tbody tr').allTextContents()).toEqual([expect.stringContaining('Streamly')]);

  await page.locator('#sign-out-btn').click();
  await page.waitForURL(/\/login/);
  await page.goto(url('/'));
  expect(page.url()).toContain('/login');
  expect(problems).toEqual([]);
  expect(elsewhere).toEqual([]);
  await context.close();
}, 90_000);

describe('the demo household', () => {
  it('is a click away, full, and keeps its figures in agreement', async () => {
    const { context, page, problems } = await journey.openHousehold({ viewport: { width: 1440, height: 900 } });
    await page.goto(url('/'));
    await expectChartsDrawn(page, CHARTS);

    const fetchAll = `Promise.all(['net-worth?days=365', 'cash-flow', 'overview', 'portfolio', 'transactions'].map(async (path) => (await fetch('/api/dashboard/' + path)).json()))`;
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    const [netWorth, cashFlow, overview, portfolio, transactions] = (await page.evaluate(fetchAll)) as any[];
    const { history, current } = netWorth;
    expect(history).toHaveLength(366);
    expect(history.at(-1)).toMatchObject({ date: '2026-03-18', net_worth: current.net_worth, estimated: false });
    const balances = current.accounts_breakdown.map(
      (account: { balance: number; is_asset: boolean }) => Math.round(account.balance * 100) * (account.is_asset ? 1 : -1),
    );
    expect(balances.reduce((total: number, balance: number) => total + balance, 0)).toBe(Math.round(current.net_worth * 100));
    expect(overview.net_worth).toEqual(current);
    expect(overview.cash_flow).toEqual(cashFlow.analysis);
    expect(overview.portfolio).toEqual(portfolio.summary);
    const byCategory = Object.values(cashFlow.analysis.expense_breakdown as Record<string, number>).reduce(
      (total, amount) => total + Math.round(amount * 100),
      0,
    );
    expect(byCategory).toBe(Math.round(cashFlow.analysis.summary.total_expenses * 100));
    expect(cashFlow.recurring.length).toBeGreaterThanOrEqual(10);
    expect(transactions.pagination.total_items).toBeGreaterThan(1_500);
    expect(current.accounts_breakdown).toHaveLength(8);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('works without scripts', async () => {
    const { context, page } = await journey.openHousehold({ javaScriptEnabled: false });
    await page.goto(url('/'));
    await page.locator('[data-period="90"]').click();
    await page.waitForURL(/days=90/);
    expect(await page.locator('#net-worth-amount').textContent()).toMatch(/^\$\d/);
    await page.getByRole('link', { name: 'View all' }).click();
    expect(await page.locator('#transactions-table tbody tr').count()).toBe(50);
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByText(/Page 2 of/).waitFor();
    await context.close();
  }, 60_000);

  it('has a bank to play with: it breaks, is reconnected, sells, posts with a tip, and goes down', async () => {
    const context = await journey.browser.newContext({ viewport: { width: 1440, height: 900 } });
    const { page, problems } = await openPage(context);
    await page.goto(url('/login'));
    await page.getByRole('button', { name: 'Explore the demo household' }).click();
    await page.waitForURL(url('/'));
    await page.goto(url('/accounts'));
    const bank = page.locator('.bank-section', { hasText: 'Harbor Street Bank' });
    const play = async (act: string) => {
      if (!(await bank.locator('.demo-controls').evaluate((element) => (element as unknown as { open: boolean }).open)))
        await bank.getByText('Play the bank').click();
      await bank.locator(`[data-demo-act="${act}"]`).click();
    };
    await play('ask_for_login');
    await page.getByText('Harbor Street Bank asks you to sign in again.').first().waitFor();
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await page.locator('[data-demo-connect]').click();
    await page.getByText('The bank is connected again.').waitFor();
    await page.locator('.banner-warn').waitFor({ state: 'detached' });

    const fetchNewest = `fetch('/api/dashboard/transactions?per_page=1&search=copper').then((answer) => answer.json())`;
    const newest = async () => (await page.evaluate(fetchNewest)) as { pagination: { total_items: number } };
    const before = (await newest()).pagination.total_items;
    await play('add_pending');
    await expect.poll(newest).toMatchObject({ transactions: [{ amount: 60, pending: true }], pagination: { total_items: before + 1 } });
    await play('post_pending');
    await expect.poll(newest).toMatchObject({ transactions: [{ amount: 72, pending: false }], pagination: { total_items: before + 1 } });

    await play('go_down');
    await page.getByText('Harbor Street Bank cannot be read at the moment.').waitFor();
    expect(await bank.locator('tbody tr').count()).toBeGreaterThanOrEqual(3);
    await bank.getByText('History of its syncs').click();
    await bank.getByText('partly done').first().waitFor();
    await play('come_back');
    await page.getByText('Harbor Street Bank cannot be read at the moment.').waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await context.close();
  }, 90_000);

  it('is warned before it links the same accounts twice', async () => {
    const context = await journey.browser.newContext();
    const { page } = await openPage(context);
    await page.goto(url('/login'));
    await page.getByRole('button', { name: 'Explore the demo household' }).click();
    await page.waitForURL(url('/'));
    await page.goto(url('/accounts'));
    const linkAgain = async () => {
      await page.locator('#link-account-btn').click();
      await page.locator('[data-link-kind="bank"]').click();
      await page.locator('#demo-link').getByRole('button', { name: 'Harbor Street Bank' }).click();
      await page.locator('[data-demo-connect]').click();
      await page.locator('#duplicate-dialog').getByText('is linked already, with Everyday Checking ··4821').waitFor();
    };
    await linkAgain();
    await page.getByRole('button', { name: 'Do not link again' }).click();
    expect(await page.locator('.bank-section').count()).toBe(3);
    await linkAgain();
    await page.getByRole('button', { name: 'Link anyway' }).click();
    await page.locator('.bank-section').nth(3).waitFor();
    await context.close();
  }, 60_000);
});
