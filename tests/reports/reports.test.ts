import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotYet, writeMonthlyReport } from '../../src/reports/write-report.ts';
import { requestDueTasks } from '../../src/schedule/schedule.ts';
import { FEBRUARY, NET_WORTH, smallHousehold } from '../household.ts';
import type { Client } from '../test-app.ts';
import { link, register, startTestApp, sync, type TestApp } from '../test-app.ts';
import { account, add, category, modify, transaction } from '../test-bank.ts';

let app: TestApp;
const NOON = new Date('2026-03-18T12:00:00Z');
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.clock.now = NOON;
});

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const idOf = async (client: Client) => (await client.get('/api/me')).body.id as string;
const reportsOf = async (client: Client) =>
  (await client.get('/api/reports')).body.reports as { id: string; kind: string; title: string; start_date: string }[];
const february = { kind: 'period', start_date: '2026-02-01', end_date: '2026-02-28' };

/** The words of a document, page after page. */
async function textOf(client: Client, id: string): Promise<string> {
  const response = await fetch(`${app.url}/api/reports/${id}.pdf`, { headers: { cookie: client.cookie } });
  expect(response.headers.get('content-type')).toBe('application/pdf');
  const document = await getDocument({ data: new Uint8Array(await response.arrayBuffer()), verbosity: 0 }).promise;
  const pages: string[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const { items } = await (await document.getPage(number)).getTextContent();
    pages.push(items.map((item) => ('str' in item ? item.str : '')).join(' '));
  }
  return pages.join('\n');
}

/** The household of a pencil and its report on February, by hand: see tests/household.ts. */
async function household() {
  const client = await register(app, { name: 'Ada Lovelace' });
  const linked = await link(client, smallHousehold());
  return { client, ...linked };
}

describe('the report of a month', () => {
  it('has the figures that the endpoints have, worked out by hand', async () => {
    const { client } = await household();
    const { report } = (await client.post('/api/reports', february)).body;
    expect(report.cash_flow).toMatchObject({
      total_income: FEBRUARY.total_income,
      total_expenses: FEBRUARY.total_expenses,
      net_cash_flow: FEBRUARY.net_cash_flow,
      savings_rate: FEBRUARY.savings_rate,
      // All that posted, the legs of transfers and the interest of the loan included.
      transaction_count: 8,
      expenses: [
        { category: 'FOOD_AND_DRINK', amount: 100 },
        { category: 'TRANSPORTATION', amount: 60 },
      ],
    });
    expect(report.net_worth).toMatchObject({
      start: -95_110,
      end: -92_570,
      change: 2_540,
      bridge: { income: 3_000, spending: 160, investment_return: 0, debt_interest: -300, other: 0 },
    });
    // The endpoints say the same.
    const { analysis } = (await client.get('/api/dashboard/cash-flow?start_date=2026-02-01&end_date=2026-02-28')).body;
    expect(report.cash_flow.total_income).toBe(analysis.summary.total_income);
    expect(
      Object.fromEntries(report.cash_flow.expenses.map((row: { category: string; amount: number }) => [row.category, row.amount])),
    ).toEqual(analysis.expense_breakdown);
    const bridge = (await client.get('/api/dashboard/net-worth/bridge?start_date=2026-01-31&end_date=2026-02-28')).body;
    expect([bridge.start_value, bridge.end_value, bridge.other]).toEqual([
      report.net_worth.start,
      report.net_worth.end,
      report.net_worth.bridge.other,
    ]);
    const { history } = (await client.get('/api/dashboard/net-worth?days=60')).body;
    for (const point of report.net_worth.series)
      expect(point.net_worth, point.date).toBe(history.find(({ date }: { date: string }) => date === point.date).net_worth);
    // Balances on 28 February, and their sum.
    expect(Object.fromEntries(report.accounts.map((row: { name: string; value: number }) => [row.name, row.value]))).toEqual({
      Checking: 2_740,
      Savings: 4_500,
      Brokerage: 990,
      Card: 0,
      Mortgage: 100_800,
    });
  });

  it('is a page and a document with those very figures', async () => {
    const { client } = await household();
    const { report } = (await client.post('/api/reports', february)).body;
    const page = (await client.page(`/reports/${report.id}`)).text;
    const pdf = await textOf(client, report.id);
    for (const words of [
      '−$92,570.00',
      '$3,000.00',
      '$160.00',
      '94.7 %',
      '−$300.00',
      '+$2,540.00',
      'Food and drink',
      '$2,740.00',
      '$100,800.00',
      'Mortgage',
      'Ada Lovelace',
    ]) {
      expect(page, words).toContain(words);
      expect(pdf, words).toContain(words);
    }
    // Figures lead to their rows.
    expect(page).toContain(
      '/transactions?flow=expense&#38;category=FOOD_AND_DRINK&#38;start_date=2026-02-01&#38;end_date=2026-02-28'.replaceAll(
        '&#38;',
        '&amp;',
      ),
    );
  });

  it('is written once when the month is over, never changed after, and sent', async () => {
    const { client, id, item } = await household();
    const userId = await idOf(client);
    await writeMonthlyReport(app.deps, userId, '2026-02', 1);
    const [written] = await reportsOf(client);
    expect(written).toMatchObject({ kind: 'month', title: 'February 2026' });
    const before = (await client.get(`/api/reports/${written?.id}`)).body;
    // The bank corrects a row of February: what was written stays, and says of when it is.
    const row = [...item.log.current().values()].find(({ name, date }) => name === 'GREENLEAF' && date === '2026-02-05');
    modify(item, { ...(row as NonNullable<typeof row>), amount: 140 });
    await sync(client, id);
    await writeMonthlyReport(app.deps, userId, '2026-02', 1);
    expect(await reportsOf(client)).toHaveLength(1);
    expect((await client.get(`/api/reports/${written?.id}`)).body).toEqual(before);
    expect(before.freshness).toMatchObject({
      written_at: NOON.toISOString(),
      institutions: [{ name: 'Test Bank', problem: null }],
      pending: 0,
    });
    expect((await client.delete(`/api/reports/${written?.id}`)).status).toBe(409);
    await expect
      .poll(() => query(`SELECT subject, status FROM deliveries WHERE user_id = $1 AND kind = 'report'`, userId))
      .toEqual([{ subject: 'Your February 2026', status: 'kept' }]);
  });

  it('waits for the month to end, and for banks that are still sending their history', async () => {
    const { client, item } = await household();
    const userId = await idOf(client);
    await expect(writeMonthlyReport(app.deps, userId, '2026-03', 1)).rejects.toThrow(NotYet);
    const set = (what: string) => query(`UPDATE plaid_items SET ${what} WHERE item_id = $1`, item.itemId);
    await set(`transactions_status = 'INITIAL_UPDATE_COMPLETE'`);
    await expect(writeMonthlyReport(app.deps, userId, '2026-02', 1)).rejects.toThrow(NotYet);
    expect(await reportsOf(client)).toEqual([]);
    // Nor is it written before a bank has been read after the month's end.
    await set(`transactions_status = 'HISTORICAL_UPDATE_COMPLETE', last_synced_at = '2026-02-28T23:00:00Z'`);
    await expect(writeMonthlyReport(app.deps, userId, '2026-02', 1)).rejects.toThrow(NotYet);
    // A bank that never ends does not hold it up for ever.
    await set(`transactions_status = 'INITIAL_UPDATE_COMPLETE'`);
    await writeMonthlyReport(app.deps, userId, '2026-02', 20);
    const [written] = await reportsOf(client);
    expect((await client.get(`/api/reports/${written?.id}`)).body.freshness.is_incomplete).toBe(true);
  });

  it('is asked for by the schedule in the person’s own zone, and made up for after a downtime', async () => {
    const client = await register(app, { time_zone: 'Pacific/Auckland' });
    await link(client, smallHousehold());
    const userId = await idOf(client);
    await query('UPDATE users SET created_at = $2 WHERE id = $1', userId, new Date('2026-02-20T12:00:00Z'));
    const slots = async () =>
      (await query(`SELECT slot FROM tasks WHERE kind = 'report' AND subject = $1 ORDER BY slot`, userId)).map(({ slot }) => slot);
    // 10:59 UTC is the last minute of 31 March in Auckland.
    await requestDueTasks(app.deps.database, new Date('2026-03-31T10:59:00Z'));
    expect(await slots()).toEqual(['2026-01', '2026-02']);
    await requestDueTasks(app.deps.database, new Date('2026-03-31T11:00:00Z'));
    expect(await slots()).toEqual(['2026-01', '2026-02', '2026-03']);
    app.clock.now = new Date('2026-06-02T00:00:00Z');
    await requestDueTasks(app.deps.database, app.clock.now);
    app.deps.nudgeWorker();
    // January is before the first movement: there is nothing to say of it.
    const months = async () =>
      (await query('SELECT period_start FROM reports WHERE user_id = $1 ORDER BY 1', userId)).map((row) => row.period_start);
    await expect.poll(months, { timeout: 20_000 }).toEqual(['2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01']);
    // Only the last month is news.
    expect(await query(`SELECT subject FROM deliveries WHERE user_id = $1 AND kind = 'report'`, userId)).toEqual([
      { subject: 'Your May 2026' },
    ]);
  });

  it('compares with a usual month, and names what changed most', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 9_000);
    const travel = category('TRAVEL', 'TRAVEL_FLIGHTS');
    const spent = (month: string, amount: number) => transaction(checking, `${month}-10`, amount, 'AIR', travel);
    await link(client, {
      accounts: [checking],
      transactions: [spent('2025-10', 1), spent('2025-11', 100), spent('2025-12', 120), spent('2026-01', 400), spent('2026-02', 500)],
    });
    const { report } = (await client.post('/api/reports', february)).body;
    // The months from November to January are whole; their median is 120.
    expect(report.cash_flow).toMatchObject({ compared_with: { months: 3 }, expenses: [{ category: 'TRAVEL', amount: 500, before: 120 }] });
    const page = (await client.page(`/reports/${report.id}`)).text;
    expect(page).toContain('Biggest changes');
    expect(page).toContain('+$380.00');
  });
});

describe('on demand', () => {
  it('a statement of a day adds up to the net worth of that day', async () => {
    const { client } = await household();
    const { report } = (await client.post('/api/reports', { kind: 'statement', as_of: '2026-03-18' })).body;
    const value = (isOwned: boolean) =>
      report.accounts
        .filter(({ group }: { group: string }) => ['liquid', 'investment', 'other'].includes(group) === isOwned)
        .reduce((sum: number, row: { value: number }) => sum + row.value, 0);
    expect([value(true), value(false)]).toEqual([NET_WORTH.total_assets, NET_WORTH.total_liabilities]);
    const pdf = await textOf(client, report.id);
    for (const words of ['Net worth on Mar 18, 2026', '−$89,750.00', '$10,500.00', '$100,250.00']) expect(pdf).toContain(words);
  });

  it('a year in review has its months, and is compared with nothing where nothing is known', async () => {
    const { client } = await household();
    const { report } = (await client.post('/api/reports', { kind: 'year', year: 2026 })).body;
    expect(report).toMatchObject({ title: '2026 in review', start_date: '2026-02-01', end_date: '2026-03-18' });
    expect(report.cash_flow.months).toEqual([
      { month: '2026-02', income: 3_000, expenses: 160 },
      { month: '2026-03', income: 3_000, expenses: 290 },
    ]);
    // Of the year before nothing is known: that is no zero.
    expect(report.cash_flow).toMatchObject({
      previous: null,
      compared_with: null,
      expenses: [{ before: null }, { before: null }, { before: null }, { before: null }],
    });
    expect((await client.page(`/reports/${report.id}`)).text).toContain('Income and spending by month');
  });

  it('can be deleted, and is nobody else’s', async () => {
    const { client } = await household();
    const { report } = (await client.post('/api/reports', february)).body;
    const other = await register(app);
    for (const path of [`/api/reports/${report.id}`, `/api/reports/${report.id}.pdf`, `/reports/${report.id}`, `/reports/${report.id}.pdf`])
      expect((await other.get(path)).status, path).toBe(404);
    expect((await other.delete(`/api/reports/${report.id}`)).status).toBe(404);
    expect((await other.form('/reports', { act: 'delete', id: report.id })).status).toBe(404);
    expect((await client.form('/reports', { act: 'delete', id: report.id })).status).toBe(303);
    expect(await reportsOf(client)).toEqual([]);
  });

  it.each([
    [{ kind: 'period', start_date: '2026-03-01', end_date: '2026-03-19' }, 'end_date'],
    [{ kind: 'period', start_date: '2026-03-02', end_date: '2026-03-01' }, 'end_date'],
    [{ kind: 'period', start_date: '2015-03-01', end_date: '2016-03-01' }, 'start_date'],
    [{ kind: 'period', start_date: '2026-03-01' }, 'end_date'],
    [{ kind: 'statement', as_of: '2026-03-19' }, 'as_of'],
    [{ kind: 'statement', as_of: '2026-02-30' }, 'as_of'],
    [{ kind: 'statement' }, 'as_of'],
    [{ kind: 'statement', as_of: '2026-03-01' }, 'as_of'],
    [{ kind: 'year', year: 2027 }, 'year'],
    [{ kind: 'year', year: 2026, as_of: '2026-01-01' }, 'as_of'],
    [{ kind: 'month', start_date: '2026-02-01' }, 'kind'],
  ])('%j is refused by name', async (body, field) => {
    const client = await register(app);
    const answer = await client.post('/api/reports', body);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.fields)).toContain(field);
  });

  it('the page asks for one without scripts, and says what is wrong', async () => {
    const { client } = await household();
    const asked = await client.form('/reports', { act: 'write', ...february });
    expect(asked.status).toBe(303);
    expect((await client.page(asked.headers.get('location') ?? '')).text).toContain('Feb 1, 2026 to Feb 28, 2026');
    const wrong = await client.form('/reports', { act: 'write', kind: 'period', start_date: '2026-03-02', end_date: '2026-03-01' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('The last day must not be before the first.');
  });
});

it('names in every alphabet are printed, and what no font has is marked', async () => {
  const client = await register(app);
  const checking = account('depository', 'checking', 100, { name: 'حساب جاري' });
  const food = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');
  const linked = await link(client, { accounts: [checking] });
  add(
    linked.item,
    transaction(checking, '2026-02-10', 5, 'Ελιά & Привет', food),
    transaction(checking, '2026-02-11', 6, '<script>alert(1)</script> 🧁 你好', food),
  );
  add(linked.item, transaction(checking, '2026-02-12', 7, `${'Very '.repeat(60)}long`, food));
  await sync(client, linked.id);
  const { report } = (await client.post('/api/reports', february)).body;
  const pdf = await textOf(client, report.id);
  expect(pdf).toContain('Ελιά');
  expect(pdf).toContain('Привет');
  expect(pdf.normalize('NFKC')).toMatch(/حساب|باسح/);
  expect(pdf).toContain('□');
  expect(pdf).toContain('Very Very');
  expect((await client.page(`/reports/${report.id}`)).text).toContain('&lt;script&gt;');
});
