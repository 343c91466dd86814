import { existsSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** With these the browser would end with its first closed page, or not mind where scripts come from. */
const UNWANTED = new Set(['--single-process', '--no-zygote', '--disable-web-security']);

/** The Chromium inside an npm package, or the one that CHROME_PATH names. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.CHROME_PATH;
  if (own && existsSync(own)) return chromium.launch({ executablePath: own, args: ['--no-sandbox'] });
  const args = sparticuz.args.filter((arg) => !UNWANTED.has(arg));
  return chromium.launch({ executablePath: await sparticuz.executablePath(), args: [...args, '--no-sandbox'] });
}

/** A page that records everything a person would not want to happen. */
export async function openPage(context: BrowserContext): Promise<{ page: Page; problems: string[]; elsewhere: string[] }> {
  const page = await context.newPage();
  const problems: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.hostname !== '127.0.0.1') elsewhere.push(request.url());
  });
  return { page, problems, elsewhere };
}

/** What the address of the page chooses has come. */
export const expectShown = (page: Page) => expect.poll(() => page.locator('[aria-busy="true"]').count(), { timeout: 15_000 }).toBe(0);

/** Every chart has data and has put ink on its canvas. */
export async function expectChartsDrawn(page: Page, ids: string[]) {
  for (const id of ids) {
    const canvas = page.locator(`#${id}[data-drawn="true"]`);
    await canvas.waitFor({ timeout: 15_000 });
    // A page that refreshes itself may swap the canvas while we look: look again.
    await expect.poll(() => canvas.evaluate(inkOf), { timeout: 15_000, message: `${id} is blank` }).toBeGreaterThan(50);
  }
}

/** Painted pixels of a canvas. */
function inkOf(element: unknown): number {
  const canvas = element as {
    width: number;
    height: number;
    getContext: (kind: string) => { getImageData: (...box: number[]) => { data: Uint8ClampedArray } };
  };
  if (canvas.width === 0 || canvas.height === 0) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 3 && value > 0).length;
}

export const overflow = (page: Page) => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
