import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEMO_LINKS, type DemoBank, startDemoBank } from '../../src/demo-bank/demo-bank.ts';
import { householdEntries } from '../../src/demo-bank/household.ts';
import { INSTITUTIONS } from '../../src/demo-bank/institutions.ts';
import { positionsOn } from '../../src/demo-bank/portfolio.ts';
import { createTokenVault } from '../../src/items/token-vault.ts';
import { addDays, calendarDate as day } from '../../src/lib/dates.ts';
import { createPlaidGateway, type ItemCredentials, type LinkKind } from '../../src/plaid/client.ts';
import { unstage } from '../../src/sync/changes.ts';
import { fetchChanges } from '../../src/sync/fetch-changes.ts';

const TODAY = day('2026-03-18');
const START = addDays(TODAY, -730);
const clock = { now: new Date('2026-03-18T16:00:00Z') };
let folder: string;
let bank: DemoBank;
const open = async () => {
  bank = await startDemoBank({ file: join(folder, 'bank.json'), now: () => clock.now, onWebhookFailure: () => undefined });
};
beforeEach(async () => {
  clock.now = new Date('2026-03-18T16:00:00Z');
  folder = await mkdtemp(join(tmpdir(), 'demo-bank-'));
  await open();
});
afterEach(async () => {
  await bank.close();
  await rm(folder, { recursive: true });
});

const gateway = () =>
  createPlaidGateway({
    environment: 'sandbox',
    clientId: 'demo',
    secret: 'demo',
    baseUrl: bank.url,
    webhookUrl: () => undefined,
    vault: createTokenVault([Buffer.alloc(32, 3).toString('base64')]),
  });
async function linkTo(kind: LinkKind): Promise<ItemCredentials> {
  const link = DEMO_LINKS.find((candidate) => candidate.kind === kind);
  if (!link) throw new Error(`The demo bank has no institution for ${kind}.`);
  return gateway().exchangePublicToken('somebody', await gateway().createSandboxPublicToken(link.institutionId, kind));
}
/** Everything since a cursor, once the bank has prepared its history. */
async function changesSince(item: ItemCredentials, cursor: string | null) {
  await expect.poll(async () => (await gateway().syncTransactions(item, cursor)).status).toBe('HISTORICAL_UPDATE_COMPLETE');
  return fetchChanges(gateway(), item, cursor);
}

describe('the household', () => {
  it('is the same for the same seed and days, and only grows', () => {
    const entries = householdEntries('seed', START, TODAY, TODAY);
    expect(householdEntries('seed', START, TODAY, TODAY)).toEqual(entries);
    expect(householdEntries('another seed', START, TODAY, TODAY)).not.toEqual(entries);
    const later = householdEntries('seed', START, addDays(TODAY, 40), TODAY).filter((entry) => entry.occurredOn <= TODAY);
    expect(later).toEqual(entries);
  });

  it('has two believable years', () => {
    const entries = householdEntries('seed', START, TODAY, TODAY);
    expect(entries.length).toBeGreaterThan(1_500);
    expect(new Set(entries.map((entry) => entry.key + entry.account)).size).toBe(entries.length);
    const checking = INSTITUTIONS[0]?.accounts[0];
    let balance = checking?.opening ?? 0;
    for (const entry of entries.filter(({ account }) => account === 'checking')) {
      balance -= entry.amount;
      expect(balance, entry.key).toBeGreaterThan(-500);
    }
    expect(balance).toBeLessThan(60_000);
  });

  it('holds eight securities or more, of several kinds, whose past does not depend on the day it is asked', () => {
    const positions = positionsOn('seed', START, TODAY);
    expect(positions.length).toBeGreaterThanOrEqual(8);
    expect(new Set(positions.map(({ security }) => security.type)).size).toBeGreaterThanOrEqual(5);
    expect(positionsOn('seed', START, TODAY)).toEqual(positions);
  });
});

describe('an item of the demo bank', () => {
  it('is not ready at first, then gives two years page by page', async () => {
    const item = await linkTo('bank');
    expect(await gateway().syncTransactions(item, null)).toMatchObject({ added: [], nextCursor: '', status: 'NOT_READY' });
    const { changes } = await changesSince(item, null);
    expect(changes.rows.size).toBeGreaterThan(1_500);
    const dates = [...changes.rows.values()]
      .map(unstage)
      .map((row) => row.date)
      .sort();
    expect(dates[0]?.slice(0, 7)).toBe('2024-03');
    expect(dates.at(-1)).toBe('2026-03-18');
  });

  it('states balances that its rows add up to', async () => {
    const item = await linkTo('bank');
    const { changes } = await changesSince(item, null);
    const accounts = await gateway().getAccounts(item);
    for (const { key, opening, name, type } of INSTITUTIONS[0]?.accounts ?? []) {
      const account = accounts.find((candidate) => candidate.name === name);
      const posted = [...changes.rows.values()].map(unstage).filter((row) => row.accountId === account?.accountId && !row.pending);
      const moved = posted.reduce((total, row) => total + Math.round(Number(row.amount) * 100), 0);
      const expected = Math.round(opening * 100) + (type === 'credit' ? moved : -moved);
      expect(Math.round(Number(account?.balanceCurrent) * 100), key).toBe(expected);
    }
  });

  it('goes on day by day: what was pending posts under a new id', async () => {
    const item = await linkTo('bank');
    const first = await changesSince(item, null);
    const pending = [...first.changes.rows.values()]
      .map(unstage)
      .filter((row) => row.pending)
      .map((row) => row.transactionId as string);
    expect(pending.length).toBeGreaterThan(0);
    clock.now = new Date('2026-03-25T16:00:00Z');
    const later = await changesSince(item, first.nextCursor);
    expect(pending.every((id) => later.changes.removed.has(id))).toBe(true);
    const successors = [...later.changes.rows.values()].map(unstage).map((row) => row.pendingTransactionId);
    expect(pending.every((id) => successors.includes(id))).toBe(true);
  });

  it('remembers its items and their logs over a restart', async () => {
    const item = await linkTo('bank');
    const { nextCursor, changes } = await changesSince(item, null);
    await bank.close();
    await open();
    const again = await fetchChanges(gateway(), item, nextCursor);
    expect([again.changes.rows.size, again.changes.removed.size, again.isRebuild]).toEqual([0, 0, false]);
    expect((await fetchChanges(gateway(), item, null)).changes.rows.size).toBe(changes.rows.size);
  });

  it("refuses another item's cursor", async () => {
    const [one, two] = [await linkTo('bank'), await linkTo('loans')];
    const { nextCursor } = await changesSince(one, null);
    await changesSince(two, null);
    await expect(gateway().syncTransactions(two, nextCursor)).rejects.toMatchObject({ code: 'INVALID_FIELD', isRefusedCursor: true });
  });

  it('knows the debts of a lender and the activity of a broker', async () => {
    const debts = await gateway().getLiabilities(await linkTo('loans'));
    expect(debts.map(({ type }) => type).sort()).toEqual(['mortgage', 'student']);
    const broker = await linkTo('investments');
    const activity = await gateway().getInvestmentTransactions(broker, { from: START, to: TODAY, offset: 0, isFirst: false });
    expect(activity.total).toBeGreaterThan(100);
    await expect(gateway().getLiabilities(broker)).rejects.toMatchObject({ remedy: 'absent' });
  });
});
