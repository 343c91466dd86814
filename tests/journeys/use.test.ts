import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Journey, startJourney } from './app.ts';
import { openPage } from './browser.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.stop());

it('amounts are hidden with a key, on this device, from the first paint on', async () => {
  const { context, page } = await journey.openHousehold({ viewport: { width: 1440, height: 900 } });
  await page.goto(journey.url('/'));
  const blur = () => page.evaluate('getComputedStyle(document.querySelector(".hero")).filter');
  expect(await blur()).toBe('none');
  await page.keyboard.press('b');
  expect(await blur()).toMatch(/^blur\(1[0-9]/);
  await page.goto(journey.url('/cash-flow'));
  expect(await page.evaluate('document.documentElement.classList.contains("private")')).toBe(true);
  await page.getByRole('button', { name: 'Show amounts' }).first().click();
  await page.goto(journey.url('/'));
  expect(await blur()).toBe('none');
  await context.close();
});

it('from the keyboard alone a person links, categorises a transaction, and reads a report', async () => {
  const context = await journey.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { page, problems } = await openPage(context);
  await page.goto(journey.url('/register'));
  await page.getByLabel('E-mail').fill('keys@example.org');
  await page.getByLabel('Password').fill('a long and winding road');
  await page.keyboard.press('Enter');
  await page.getByText('First steps').waitFor();
  await page.waitForLoadState();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  await page.locator('#link-account-btn').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-link-kind="bank"]').focus();
  await page.keyboard.press('Enter');
  await page.locator('#demo-link').getByRole('button', { name: 'Harbor Street Bank' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-demo-connect]').focus();
  await page.keyboard.press('Enter');
  await page.getByText('Harbor Street Bank is linked.').waitFor();
  await page.locator('[data-is-syncing]').waitFor({ state: 'detached', timeout: 30_000 });

  await page.goto(journey.url('/transactions'));
  await page.keyboard.press('/');
  await page.keyboard.type('streamly');
  await page.waitForURL(/search=streamly/);
  const category = () => page.locator('#transactions-table tbody tr').first().locator('.cell-category').innerText();
  await expect.poll(category).toContain('Entertainment');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  await page.locator('#edit-dialog form').waitFor();
  await page.keyboard.type('Trav');
  await page.locator('#edit-dialog button[type="submit"]').focus();
  await page.keyboard.press('Enter');
  await expect.poll(category).toContain('Travel');
  await page.locator('.toast-action').focus();
  await page.keyboard.press('Enter');
  await expect.poll(category).toContain('Entertainment');

  await page.locator('.nav-wide a[href="/reports"]').focus();
  await page.keyboard.press('Enter');
  await page.locator('#start_date').focus();
  await page.keyboard.type('02012026');
  await page.locator('#end_date').focus();
  await page.keyboard.type('02282026');
  await page.keyboard.press('Enter');
  await page
    .getByRole('heading', { name: 'February 2026' })
    .or(page.getByRole('heading', { name: 'Feb 1, 2026 to Feb 28, 2026' }))
    .waitFor();
  expect(await page.getByRole('region', { name: 'Spending by category' }).innerText()).toContain('All spending');
  await page.getByRole('link', { name: 'PDF' }).focus();
  const pdf = await context.request.get(journey.url((await page.evaluate('document.activeElement.getAttribute("href")')) as string));
  expect((await pdf.body()).subarray(0, 5).toString()).toBe('%PDF-');
  expect(problems).toEqual([]);
  await context.close();
}, 60_000);

it('an alert is opened, put off, and its rule changed, with scripts and without', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { context, page, problems } = await journey.openHousehold({ viewport: { width: 1440, height: 900 }, javaScriptEnabled });
    await page.goto(journey.url('/alerts'));
    const card = page.locator('.alert').first();
    const title = (await card.locator('.alert-title').innerText()).replace(/\s*new$/, '');
    await card.getByText('Why, and the rows behind it').click();
    expect(await card.locator('.pairs dd').count()).toBeGreaterThan(0);
    await card.locator('.alert-more > summary').click();
    await card.getByRole('button', { name: 'Put off for a week' }).click();
    await page.waitForLoadState();
    await expect.poll(() => page.locator('.alert-title', { hasText: title }).count()).toBe(0);
    await page.getByRole('link', { name: /^Put off/ }).click();
    const asleep = page.locator('.alert').first();
    await asleep.locator('.alert-more > summary').click();
    await asleep.getByRole('button', { name: 'Wake it now' }).click();
    await page.goto(journey.url('/alerts?state=rules'));
    await page.locator('#cash_idle-months').fill('7');
    await page.getByRole('button', { name: 'Save: Cash lies idle' }).click();
    await page.getByText('Saved').waitFor();
    expect(await page.locator('#cash_idle-months').inputValue()).toBe('7');
    expect(problems).toEqual([]);
    await context.close();
  }
}, 60_000);

it('a page follows what is done in another one, and leaves alone what is being typed', async () => {
  const context = await journey.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const [first, second] = [await openPage(context), await openPage(context)];
  await first.page.goto(journey.url('/login'));
  await first.page.getByRole('button', { name: 'Explore the demo household' }).click();
  await first.page.waitForURL(journey.url('/'));
  await first.page.locator('[data-is-syncing]').waitFor({ state: 'detached', timeout: 30_000 });
  await first.page.goto(journey.url('/recurring'));
  const stream = first.page.locator('.stream').first();
  await stream.locator('summary').click();
  await stream.getByLabel('Name').fill('Half a na');
  await second.page.goto(journey.url('/transactions?search=streamly'));
  await second.page.locator('.row-link').first().focus();
  const change = `(async () => { const { transactions } = await (await fetch('/api/dashboard/transactions?search=streamly')).json(); await fetch('/api/dashboard/transactions/' + transactions[0].id, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ note: 'seen elsewhere' }) }); })()`;
  await first.page.evaluate(change);
  await second.page.getByText('seen elsewhere').waitFor();
  expect(await second.page.evaluate('document.activeElement === document.querySelector(".row-link")')).toBe(true);
  expect(await stream.getByLabel('Name').inputValue()).toBe('Half a na');
  // Now nothing holds the page back: it follows, and what was typed and chosen stays.
  await second.page.locator('#bulk-category').selectOption('TRAVEL');
  await first.page.locator('h1').click();
  await first.page.evaluate(change.replace('seen elsewhere', 'seen twice'));
  await second.page.getByText('seen twice').waitFor();
  expect(await second.page.locator('#bulk-category').inputValue()).toBe('TRAVEL');
  await expect
    .poll(() => first.page.locator('main').getAttribute('data-version'))
    .toBe(await second.page.locator('main').getAttribute('data-version'));
  expect(await stream.getByLabel('Name').inputValue()).toBe('Half a na');
  expect([...first.problems, ...second.problems]).toEqual([]);
  await context.close();
}, 60_000);

it('the address and the page say the same, whatever was chosen last and whenever a change comes', async () => {
  const { context, page, problems } = await journey.openHousehold({ viewport: { width: 1440, height: 900 } });
  await page.goto(journey.url('/'));
  const agree = async (days: string, start: string, end: string) => {
    const shown = async () => ({
      address: await page.evaluate('Object.fromEntries(new URL(location.href).searchParams)'),
      days: await page.locator('[data-period][aria-pressed="true"]').getAttribute('value'),
      dates: [await page.locator('#cf-start-date').inputValue(), await page.locator('#cf-end-date').inputValue()],
    });
    await expect.poll(shown).toEqual({ address: { days, start_date: start, end_date: end }, days, dates: [start, end] });
  };
  const choose = async (start: string, end: string) => {
    await page.locator('#cf-start-date').fill(start);
    await page.locator('#cf-end-date').fill(end);
    await page.locator('.cash-flow-section .date-range-picker button').click();
  };
  await page.getByRole('button', { name: '90D' }).click();
  await choose('2026-01-01', '2026-01-31');
  await agree('90', '2026-01-01', '2026-01-31');
  await page.getByRole('button', { name: '1Y' }).click();
  await agree('365', '2026-01-01', '2026-01-31');
  // A change comes while the next choice is on its way.
  const version = await page.locator('main').getAttribute('data-version');
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      await new Promise((done) => setTimeout(done, 400));
      await route.continue();
    },
  );
  await page.evaluate(
    `(async () => { const { transactions } = await (await fetch('/api/dashboard/transactions')).json(); await fetch('/api/dashboard/transactions/' + transactions[0].id, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ note: 'changed' }) }); })()`,
  );
  await choose('2026-02-01', '2026-02-28');
  await page.getByRole('button', { name: '30D' }).click();
  await expect.poll(() => page.locator('main').getAttribute('data-version')).not.toBe(version);
  await agree('30', '2026-02-01', '2026-02-28');
  expect(problems).toEqual([]);
  await context.close();
}, 60_000);

it('without a way to the server a page says so, and shows no figure', async () => {
  const { context, page } = await journey.openHousehold();
  await page.goto(journey.url('/'));
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
  await page.reload();
  await context.setOffline(true);
  await page.goto(journey.url('/cash-flow'));
  const words = await page.locator('body').innerText();
  expect(words).toContain('The dashboard cannot be reached');
  expect(words).not.toContain('$');
  await context.setOffline(false);
  await page.goto(journey.url('/cash-flow'));
  expect(await page.title()).toContain('Cash flow');
  await context.close();
});

it('who is not signed in any more is led to where they can sign in, and the way of the list leads back', async () => {
  const context = await journey.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { page } = await openPage(context);
  await context.request.post(journey.url('/register'), { data: { email: 'gone@example.org', password: 'a long and winding road' } });
  await page.goto(journey.url('/transactions'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await context.clearCookies();
  await page.keyboard.press('/');
  await page.keyboard.type('bread');
  await page.waitForURL(/\/login\?next=%2Ftransactions%3Fsearch%3Dbread/);
  await context.close();
});
