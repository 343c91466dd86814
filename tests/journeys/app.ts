import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { pino } from 'pino';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { start } from '../../src/start.ts';
import { cloneDatabase } from '../database.ts';
import { launchBrowser, openPage } from './browser.ts';

export const NOW = new Date('2026-03-18T16:00:00Z');

/** The whole program with its demo bank, and a browser. */
export async function startJourney() {
  const [database, dataDir] = [await cloneDatabase(), await mkdtemp(join(tmpdir(), 'journey-'))];
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1' });
  const app = await start(config, pino({ level: 'silent' }), () => NOW);
  const browser: Browser = await launchBrowser();
  const url = (path: string) => app.url.replace('localhost', '127.0.0.1') + path;
  let household: ReturnType<typeof explore> | undefined;

  /** Signs in to a fresh demo household and waits until it is whole. */
  const explore = async () => {
    const context = await browser.newContext({ timezoneId: 'UTC' });
    const { page } = await openPage(context);
    await page.goto(url('/login'));
    await page.getByRole('button', { name: 'Explore the demo household' }).click();
    await page.waitForURL(url('/'));
    await page.locator('[data-is-syncing]').waitFor({ state: 'detached', timeout: 30_000 });
    const state = await context.storageState();
    await context.close();
    return state;
  };

  return {
    app,
    database,
    browser,
    url,
    /** A page of a demo household that nobody changes: one for all tests of a file. */
    openHousehold: async (options: BrowserContextOptions = {}) => {
      household ??= explore();
      const context = await browser.newContext({ timezoneId: 'UTC', ...options, storageState: await household });
      return { context, ...(await openPage(context)) };
    },
    /** Nothing bars who cannot see or point; in another theme of the same page only its colours are to be looked at. */
    audit: async (page: Page, where: string, { isColoursOnly = false } = {}) => {
      const builder = new AxeBuilder({ page });
      const { violations } = await (isColoursOnly ? builder.withRules('color-contrast') : builder).analyze();
      const severe = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(severe.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.html}`)).toEqual([]);
    },
    stop: async () => {
      await browser.close();
      await app.stop();
      await database.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}
export type Journey = Awaited<ReturnType<typeof startJourney>>;
