import { Worker } from 'node:worker_threads';
import { HttpError } from '../web/errors.ts';
import type { ReportDocument } from './document.ts';

/** A report is drawn once while these many others have not been asked for since: it does not change. */
const KEPT_MAX = 24;
const WAITING_MAX = 20;
const BUSY_RETRY_S = 10;
/** A thread that has had nothing to do for so long gives its memory back. */
const IDLE_MS = 60_000;

interface Waiting {
  done: (file: Buffer) => void;
  fail: (error: Error) => void;
}

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let serial = 0;
const waiting = new Map<number, Waiting>();
const drawn = new Map<string, Promise<Buffer>>();

/** As it was built; where the source itself is run, the thread has to be told how to read it. */
const BUILT = new URL('./pdf-worker.js', import.meta.url);
const SOURCE = new URL('./pdf-worker.ts', import.meta.url);
const newWorker = () =>
  import.meta.url.endsWith('.ts')
    ? new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(SOURCE.href)}); });`, {
        eval: true,
      })
    : new Worker(BUILT);

function failAll(error: Error): void {
  worker = undefined;
  for (const { fail } of waiting.values()) fail(error);
  waiting.clear();
}

function start(): Worker {
  const started = newWorker();
  started.unref();
  started.on('message', ({ id, file, problem }: { id: number; file?: Uint8Array; problem?: string }) => {
    const own = waiting.get(id);
    waiting.delete(id);
    if (file) own?.done(Buffer.from(file));
    else own?.fail(new Error(`A report could not be drawn: ${problem}`));
    if (waiting.size > 0) return;
    started.unref();
    idle = setTimeout(() => {
      if (worker === started) worker = undefined;
      void started.terminate();
    }, IDLE_MS).unref();
  });
  started.on('error', failAll);
  started.on('exit', () => {
    if (worker === started) failAll(new Error('The thread that draws reports has ended.'));
  });
  return started;
}

function draw(document: ReportDocument, writtenAt: Date): Promise<Buffer> {
  if (waiting.size >= WAITING_MAX)
    throw new HttpError(429, 'busy', 'Many reports are being drawn. Please try again shortly.', { retryAfterS: BUSY_RETRY_S });
  clearTimeout(idle);
  worker ??= start();
  const drawing = worker;
  drawing.ref();
  const id = serial++;
  return new Promise((done, fail) => {
    waiting.set(id, { done, fail });
    drawing.postMessage({ id, document, writtenAt });
  });
}

/**
 * The file of a report, drawn in a thread of its own and kept for who asks again.
 * @param id of the report, whose words never change @throws HttpError 429 while too many are being drawn
 */
export async function reportFileOf(id: string, document: ReportDocument, writtenAt: Date): Promise<Buffer> {
  const known = drawn.get(id);
  drawn.delete(id);
  const file = known ?? draw(document, writtenAt);
  drawn.set(id, file);
  for (const [oldest] of drawn) {
    if (drawn.size <= KEPT_MAX) break;
    drawn.delete(oldest);
  }
  try {
    return await file;
  } catch (error) {
    if (drawn.get(id) === file) drawn.delete(id);
    throw error;
  }
}
