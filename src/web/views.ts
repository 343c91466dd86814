import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ejs from 'ejs';
import express, { type Express, Router } from 'express';
import { CATEGORIES, categoryLabel } from '../plaid/categories.ts';
import * as format from './format.ts';

const require = createRequire(import.meta.url);
const ROOT = join(import.meta.dirname, '..', '..');
/** Run from its sources the program follows changes of its templates; built, each is compiled once. */
const IS_BUILT = import.meta.filename.endsWith('.js');
const MONTH_S = 30 * 24 * 3_600;

const ICONS = `
  arrow-left-right bell chart-line chart-pie check circle-alert circle-check download ellipsis
  eye-off file-text info landmark layout-dashboard lightbulb list log-out percent
  plus refresh-cw repeat search settings target trending-down trending-up
  triangle-alert unplug x
`
  .trim()
  .split(/\s+/);

const VIEWS = join(ROOT, 'views');
/** Strict, so that only `locals` given by a handler are in reach, and without any option a request could set. */
const OPTIONS = { cache: IS_BUILT, strict: true, localsName: 'it', _with: false, async: false } as ejs.Options;

/** A template's text outside of any request: for e-mail. */
export const renderTemplate = (name: string, data: object): Promise<string> =>
  ejs.renderFile(join(VIEWS, `${name}.ejs`), data as ejs.Data, OPTIONS) as Promise<string>;

export function setUpViews(app: Express): void {
  app.set('views', VIEWS);
  app.set('view engine', 'ejs');
  app.set('view cache', IS_BUILT);
  app.engine('ejs', (path, data, done) => {
    ejs.renderFile(path, data as ejs.Data, OPTIONS, done);
  });
  app.locals.format = format;
  app.locals.categoryLabel = categoryLabel;
}

const TOKENS = ['paper', 'card', 'sunk', 'line', 'ink', 'ink-2', 'ink-3', 'accent', 'accent-soft', 'gain', 'loss', 'warn', 'warn-soft'];

/** /styleguide: everything that pages are made of, for who works on them. */
export function styleGuide(): Router {
  const router = Router();
  router.get('/styleguide', (_request, response) => {
    response.render('styleguide/index', { title: 'Style guide', tokens: TOKENS, categories: CATEGORIES, icons: ICONS });
  });
  return router;
}

/** Style sheets, scripts, fonts and icons: ours, and what comes with npm packages. No build step. */
export function assets(): Router {
  const router = Router();
  const sprite = iconSprite();
  const packageFile = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file);
  const vendor: [path: string, file: string][] = [
    ['/vendor/chart.js', join(dirname(require.resolve('chart.js')), 'chart.umd.min.js')],
    ['/vendor/inter.woff2', packageFile('@fontsource-variable/inter', 'files/inter-latin-wght-normal.woff2')],
    ['/vendor/inter-ext.woff2', packageFile('@fontsource-variable/inter', 'files/inter-latin-ext-wght-normal.woff2')],
  ];
  for (const [path, file] of vendor) {
    router.get(path, (_request, response) => {
      response.set('Cache-Control', `public, max-age=${MONTH_S}, immutable`).sendFile(file, { cacheControl: false });
    });
  }
  router.get('/icons.svg', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=3600').type('image/svg+xml').send(sprite);
  });
  router.use(
    express.static(join(ROOT, 'public'), {
      index: false,
      redirect: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  return router;
}

/** One file with every icon in use, to be shown with `<use href="/icons.svg#name">`. */
function iconSprite(): string {
  const folder = join(dirname(require.resolve('lucide-static/package.json')), 'icons');
  const symbols = ICONS.map((name) => {
    const shapes = readFileSync(join(folder, `${name}.svg`), 'utf8')
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, '')
      .replace('</svg>', '')
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}
