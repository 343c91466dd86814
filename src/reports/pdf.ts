import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import PDFDocument from 'pdfkit';
import { inSteps, type Steps } from '../lib/steps.ts';
import { formatShortDate } from '../web/format.ts';
import { axisLabel, ticksOf } from './chart-scale.ts';
import type { Block, ReportDocument, TableRow } from './document.ts';
import { sfntFromWoff } from './sfnt.ts';

/* A report as a document of A4 pages: text with its own fonts, charts as vectors. Lengths are points, 1/72 inch. */

const PAGE = { width: 595.28, height: 841.89, margin: 54, footer: 40 };
const WIDTH = PAGE.width - 2 * PAGE.margin;
const BOTTOM = PAGE.height - PAGE.margin - PAGE.footer;
const COLOR = {
  ink: '#1c2024',
  quiet: '#5b6066',
  faint: '#6a6f75',
  line: '#e4e1d8',
  accent: '#0b5d57',
  soft: '#dcebe7',
  gain: '#1a7a4c',
  loss: '#b3402e',
  second: '#d08a2e',
};
const SIZE = { title: 24, lead: 12, heading: 13, figure: 15, body: 9.5, small: 8 };
const ROW = 19;
const BAR = { width: 70, height: 4 };
const CHART_HEIGHT = 150;
const AXIS_WIDTH = 74;
const GAP = 22;

/** Figures of one width, so that columns of amounts line up; without looking for alternates in every context, which takes most of the time. */
const TABULAR = { features: { tnum: true, calt: false } } as unknown as PDFKit.Mixins.TextOptions;

type Weight = 'regular' | 'bold';
const require = createRequire(import.meta.url);
const fontFile = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file);
/** Tried in this order for every character: the face of the pages, then one that knows most other alphabets. */
const FACES = ['latin', 'latin-ext', 'cyrillic', 'greek'] as const;
const FALLBACK = 'fallback';
const UNKNOWN_CHARACTER = '□';

/** Read once, when the first report is drawn. */
let fonts: Map<string, Buffer> | undefined;
function loadedFonts(): Map<string, Buffer> {
  fonts ??= readFonts();
  return fonts;
}

function readFonts(): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const face of FACES) {
    files.set(`${face} regular`, sfntFromWoff(readFileSync(fontFile('@fontsource/inter', `files/inter-${face}-400-normal.woff`))));
    files.set(`${face} bold`, sfntFromWoff(readFileSync(fontFile('@fontsource/inter', `files/inter-${face}-600-normal.woff`))));
  }
  files.set(`${FALLBACK} regular`, readFileSync(fontFile('dejavu-fonts-ttf', 'ttf/DejaVuSans.ttf')));
  files.set(`${FALLBACK} bold`, readFileSync(fontFile('dejavu-fonts-ttf', 'ttf/DejaVuSans-Bold.ttf')));
  return files;
}

interface TextStyle {
  size: number;
  weight?: Weight;
  color?: string;
}

/** Draws a report. @returns the file */
export async function reportPdf(report: ReportDocument, writtenAt: Date): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: report.title, Author: 'Financial Intelligence', CreationDate: writtenAt, ModDate: writtenAt },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const finished = new Promise<void>((done, fail) => pdf.on('end', done).on('error', fail));
  // Drawing takes a while: others get their turn in between.
  await inSteps(draw(pdf, report));
  pdf.end();
  await finished;
  return Buffer.concat(chunks);
}

function* draw(pdf: PDFKit.PDFDocument, report: ReportDocument): Steps<void> {
  const pen = createPen(pdf);
  pen.text('FINANCIAL INTELLIGENCE', PAGE.margin, { size: SIZE.small, weight: 'bold', color: COLOR.accent });
  pen.space(14);
  pen.paragraph(report.title, { size: SIZE.title, weight: 'bold' });
  pen.space(2);
  pen.paragraph(report.subtitle, { size: SIZE.body, color: COLOR.quiet });
  pen.space(12);
  pen.paragraph(report.lead, { size: SIZE.lead });
  pen.space(GAP);
  for (const block of report.blocks) {
    drawBlock(pen, block, report.currency);
    pen.space(GAP);
    yield;
  }
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    pdf.switchToPage(page);
    const y = PAGE.height - PAGE.margin;
    pen.at(report.title, PAGE.margin, y, WIDTH / 2, 'left', { size: SIZE.small, color: COLOR.faint });
    pen.at(`${page + 1} of ${count}`, PAGE.margin + WIDTH / 2, y, WIDTH / 2, 'right', { size: SIZE.small, color: COLOR.faint });
  }
}

type Pen = ReturnType<typeof createPen>;

/** What writes down the page: knows where it is, and begins a new page when there is no room. */
function createPen(pdf: PDFKit.PDFDocument) {
  for (const [name, font] of loadedFonts()) pdf.registerFont(name, font);
  let y = PAGE.margin;

  const hasGlyph = (face: string, weight: Weight, character: string): boolean => {
    pdf.font(`${face} ${weight}`);
    const { font } = (pdf as unknown as { _font: { font: { hasGlyphForCodePoint: (codePoint: number) => boolean } } })._font;
    return font.hasGlyphForCodePoint(character.codePointAt(0) as number);
  };
  const faceOf = new Map<string, string | null>();
  const faceFor = (character: string, weight: Weight): string | null => {
    const key = `${weight} ${character}`;
    const known = faceOf.get(key);
    if (known !== undefined) return known;
    const face = [...FACES, FALLBACK].find((candidate) => hasGlyph(candidate, weight, character)) ?? null;
    faceOf.set(key, face);
    return face;
  };
  /** A text in runs of one face each. */
  const runsOf = (text: string, weight: Weight) => {
    const runs: { face: string; text: string }[] = [];
    for (const raw of text.normalize('NFC').replaceAll(/[\p{Cc}\p{Cf}\p{Mn}]/gu, '')) {
      const isKnown = faceFor(raw, weight) !== null;
      const character = isKnown ? raw : UNKNOWN_CHARACTER;
      const last = runs.at(-1);
      // A space goes with what is before it.
      const face = raw === ' ' && last ? last.face : (faceFor(character, weight) ?? FALLBACK);
      if (last?.face === face) last.text += character;
      else runs.push({ face, text: character });
    }
    return runs;
  };
  /** At a size of one point; the same words come again and again. */
  const widths = new Map<string, number>();
  const runWidth = (face: string, text: string): number => {
    const key = `${face} ${text}`;
    const known = widths.get(key);
    if (known !== undefined) return known;
    const width = pdf.font(face).fontSize(1).widthOfString(text, TABULAR);
    widths.set(key, width);
    return width;
  };
  const widthOf = (text: string, { size, weight = 'regular' }: TextStyle): number =>
    runsOf(text, weight).reduce((width, run) => width + runWidth(`${run.face} ${weight}`, run.text) * size, 0);
  const cut = (text: string, width: number, style: TextStyle): string => {
    if (widthOf(text, style) <= width) return text;
    const characters = [...text];
    let [low, high] = [0, characters.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (widthOf(`${characters.slice(0, middle).join('')}…`, style) <= width) low = middle;
      else high = middle - 1;
    }
    return `${characters.slice(0, low).join('').trimEnd()}…`;
  };
  /** One line at a place, cut to its width. */
  const at = (text: string, x: number, top: number, width: number, align: 'left' | 'right' | 'center', style: TextStyle) => {
    const { size, weight = 'regular', color = COLOR.ink } = style;
    const line = cut(text, width, style);
    const length = widthOf(line, style);
    let left = align === 'left' ? x : align === 'right' ? x + width - length : x + (width - length) / 2;
    for (const run of runsOf(line, weight)) {
      const face = `${run.face} ${weight}`;
      pdf.font(face).fontSize(size).fillColor(color);
      pdf.text(run.text, left, top, { lineBreak: false, ...TABULAR });
      left += runWidth(face, run.text) * size;
    }
  };
  const room = (height: number): boolean => {
    if (y + height <= BOTTOM) return false;
    pdf.addPage();
    y = PAGE.margin;
    return true;
  };
  return {
    pdf,
    at,
    widthOf,
    get y() {
      return y;
    },
    space: (height: number) => {
      y += height;
    },
    /** Makes sure that so much fits on the page. @returns whether a new page has begun */
    room,
    text: (text: string, x: number, style: TextStyle) => {
      at(text, x, y, WIDTH, 'left', style);
      y += style.size * 1.3;
    },
    /** Text over as many lines as it needs. */
    paragraph: (text: string, style: TextStyle) => {
      let line = '';
      const flush = () => {
        room(style.size * 1.45);
        at(line, PAGE.margin, y, WIDTH, 'left', style);
        y += style.size * 1.45;
        line = '';
      };
      for (const word of text.split(' ')) {
        if (line !== '' && widthOf(`${line} ${word}`, style) > WIDTH) flush();
        line = line === '' ? word : `${line} ${word}`;
      }
      if (line !== '') flush();
    },
    rule: (color = COLOR.line) => {
      pdf
        .moveTo(PAGE.margin, y)
        .lineTo(PAGE.margin + WIDTH, y)
        .lineWidth(0.5)
        .strokeColor(color)
        .stroke();
    },
  };
}

function heading(pen: Pen, title: string, below: number): void {
  pen.room(SIZE.heading * 2 + below);
  pen.text(title, PAGE.margin, { size: SIZE.heading, weight: 'bold' });
  pen.space(6);
}

function drawBlock(pen: Pen, block: Block, currency: string): void {
  switch (block.type) {
    case 'figures':
      drawFigures(pen, block);
      break;
    case 'line':
      drawLine(pen, block, currency);
      break;
    case 'columns':
      drawColumns(pen, block, currency);
      break;
    case 'table':
      drawTable(pen, block);
      break;
    case 'text':
      heading(pen, block.title, ROW);
      for (const line of block.lines) {
        pen.paragraph(line, { size: SIZE.small, color: COLOR.quiet });
        pen.space(2);
      }
  }
}

function drawFigures(pen: Pen, { items }: Block & { type: 'figures' }): void {
  const width = WIDTH / items.length;
  pen.room(56);
  pen.rule();
  const top = pen.y + 10;
  items.forEach(({ label, value, note, tone }, index) => {
    const x = PAGE.margin + index * width;
    const color = tone === 'plain' ? COLOR.ink : COLOR[tone];
    pen.at(label, x, top, width - 8, 'left', { size: SIZE.small, color: COLOR.quiet });
    // A figure is never cut: it is set smaller instead.
    let size = SIZE.figure;
    while (size > 7 && pen.widthOf(value, { size, weight: 'bold' }) > width - 8) size -= 0.5;
    pen.at(value, x, top + 12, width - 8, 'left', { size, weight: 'bold', color });
    pen.at(note, x, top + 33, width - 8, 'left', { size: SIZE.small, color: COLOR.quiet });
  });
  pen.space(56);
  pen.rule();
}

/** The frame of a chart: its axis at the right. @returns where a value is, from the top of the page */
function drawAxis(pen: Pen, ticks: number[], currency: string): (value: number) => number {
  const [low, high] = [ticks[0] as number, ticks.at(-1) as number];
  const top = pen.y;
  const yOf = (value: number) => top + CHART_HEIGHT - ((value - low) / (high - low)) * CHART_HEIGHT;
  for (const tick of ticks) {
    const y = yOf(tick);
    pen.pdf
      .moveTo(PAGE.margin, y)
      .lineTo(PAGE.margin + WIDTH - AXIS_WIDTH, y)
      .lineWidth(0.5)
      .strokeColor(COLOR.line)
      .stroke();
    pen.at(axisLabel(tick, currency), PAGE.margin + WIDTH - AXIS_WIDTH + 6, y - 5, AXIS_WIDTH - 6, 'right', {
      size: SIZE.small,
      color: COLOR.faint,
    });
  }
  return yOf;
}

function drawLine(pen: Pen, { title, note, points }: Block & { type: 'line' }, currency: string): void {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return;
  heading(pen, title, CHART_HEIGHT + 40);
  const values = points.map(({ value }) => value);
  const yOf = drawAxis(pen, ticksOf(Math.min(...values), Math.max(...values)), currency);
  const width = WIDTH - AXIS_WIDTH - 4;
  const xOf = (index: number) => PAGE.margin + (index / (points.length - 1)) * width;
  points.slice(1).forEach((point, index) => {
    const before = points[index] as (typeof points)[number];
    pen.pdf
      .moveTo(xOf(index), yOf(before.value))
      .lineTo(xOf(index + 1), yOf(point.value))
      .lineWidth(1.4)
      .strokeColor(COLOR.accent);
    if (point.isEstimated) pen.pdf.dash(2.5, { space: 2 });
    pen.pdf.stroke().undash();
  });
  pen.pdf
    .circle(xOf(points.length - 1), yOf(last.value), 2.4)
    .fillColor(COLOR.accent)
    .fill();
  pen.space(CHART_HEIGHT + 6);
  pen.at(formatShortDate(first.date), PAGE.margin, pen.y, width / 2, 'left', { size: SIZE.small, color: COLOR.faint });
  pen.at(formatShortDate(last.date), PAGE.margin + width / 2, pen.y, width / 2, 'right', { size: SIZE.small, color: COLOR.faint });
  pen.space(14);
  if (note) pen.paragraph(note, { size: SIZE.small, color: COLOR.quiet });
}

function drawColumns(pen: Pen, { title, rows }: Block & { type: 'columns' }, currency: string): void {
  heading(pen, title, CHART_HEIGHT + 40);
  const values = rows.flatMap(({ income, expenses }) => [income, expenses]);
  const yOf = drawAxis(pen, ticksOf(Math.min(0, ...values), Math.max(0, ...values)), currency);
  const slot = (WIDTH - AXIS_WIDTH) / rows.length;
  const bar = Math.min(12, slot * 0.32);
  rows.forEach(({ income, expenses, label }, index) => {
    const middle = PAGE.margin + (index + 0.5) * slot;
    const draw = (value: number, x: number, color: string) => {
      const [top, height] = [Math.min(yOf(value), yOf(0)), Math.abs(yOf(value) - yOf(0))];
      if (height > 0) pen.pdf.rect(x, top, bar, height).fillColor(color).fill();
    };
    draw(income, middle - bar - 1, COLOR.accent);
    draw(expenses, middle + 1, COLOR.second);
    if (rows.length <= 12 || index % Math.ceil(rows.length / 12) === 0)
      pen.at(label.slice(0, 3), middle - slot / 2, pen.y + CHART_HEIGHT + 5, slot, 'center', { size: SIZE.small, color: COLOR.faint });
  });
  pen.space(CHART_HEIGHT + 20);
  pen.pdf
    .rect(PAGE.margin, pen.y + 2, 6, 6)
    .fillColor(COLOR.accent)
    .fill();
  pen.at('income', PAGE.margin + 10, pen.y, 60, 'left', { size: SIZE.small, color: COLOR.quiet });
  pen.pdf
    .rect(PAGE.margin + 60, pen.y + 2, 6, 6)
    .fillColor(COLOR.second)
    .fill();
  pen.at('spending', PAGE.margin + 70, pen.y, 60, 'left', { size: SIZE.small, color: COLOR.quiet });
  pen.space(14);
}

/** The widths of a table's columns: amounts as wide as their longest, the rest shared by the words, the first column twice. */
function widthsOf(pen: Pen, { columns, rows }: Block & { type: 'table' }, forBars: number): number[] {
  const style: TextStyle = { size: SIZE.body, weight: 'bold' };
  const amounts = columns.map(({ label, isAmount }, index) =>
    isAmount ? Math.max(pen.widthOf(label, style), ...rows.map(({ cells }) => pen.widthOf(cells[index] ?? '', style))) + 14 : 0,
  );
  const rest = WIDTH - forBars - amounts.reduce((sum, width) => sum + width, 0);
  const words = columns.filter(({ isAmount }) => !isAmount).length;
  const isDated = columns[0]?.label === 'When';
  return columns.map(({ isAmount }, index) => {
    if (isAmount) return amounts[index] as number;
    if (isDated) return index === 0 ? 64 : (rest - 64) / (words - 1);
    return words === 1 ? rest : index === 0 ? rest * 0.6 : (rest * 0.4) / (words - 1);
  });
}

function drawTable(pen: Pen, block: Block & { type: 'table' }): void {
  const { title, note, columns, rows } = block;
  const hasBars = rows.some(({ share }) => share !== null);
  const barColumn = hasBars ? BAR.width + 14 : 0;
  const widths = widthsOf(pen, block, barColumn);
  heading(pen, title, Math.min(rows.length, 3) * ROW + ROW);
  const drawRow = (cells: string[], style: TextStyle, share: number | null) => {
    let x = PAGE.margin;
    cells.forEach((cell, index) => {
      const width = widths[index] as number;
      const isAmount = columns[index]?.isAmount ?? false;
      const isLast = index === cells.length - 1;
      pen.at(cell, x, pen.y + 5, isLast ? width : width - 8, isAmount ? 'right' : 'left', style);
      x += width;
      if (index === 0 && hasBars) {
        if (share !== null && share > 0)
          pen.pdf
            .roundedRect(x, pen.y + 9, Math.max(1.5, BAR.width * share), BAR.height, BAR.height / 2)
            .fillColor(COLOR.accent)
            .fill();
        x += barColumn;
      }
    });
    pen.space(ROW);
    pen.rule();
  };
  const drawHeader = () => {
    if (columns.some(({ label }) => label !== ''))
      drawRow(
        columns.map(({ label }) => label),
        { size: SIZE.small, color: COLOR.faint },
        null,
      );
    else pen.rule();
  };
  drawHeader();
  rows.forEach(({ cells, isTotal, share }: TableRow) => {
    if (pen.room(ROW)) drawHeader();
    drawRow(cells, { size: SIZE.body, weight: isTotal ? 'bold' : 'regular' }, share);
  });
  if (note) {
    pen.space(5);
    pen.paragraph(note, { size: SIZE.small, color: COLOR.quiet });
  }
}
