import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { withWorkFolder } from '../lib/work-folder.ts';
import { HttpError } from '../web/errors.ts';

/** Downloads at once in this process; each is a file on the disk while its reader takes it. */
const DOWNLOADS_MAX = 8;
const RETRY_S = 30;
/** A reader who takes nothing for so long has gone. */
const STALLED_MS = 30_000;

const readers = new Set<string>();

const busy = (message: string) => new HttpError(429, 'too_many_downloads', message, { retryAfterS: RETRY_S });

/**
 * Sends a download that is written to the disk first, as fast as it can be made: whoever reads it slowly holds a file and nothing else. One
 * at a time for a person, a few in all.
 * @throws HttpError 429 when there is one already, or there are too many
 */
export async function sendSpooled(
  response: Response,
  userId: string,
  headers: Record<string, string>,
  open: () => Promise<Readable>,
): Promise<void> {
  if (readers.has(userId)) throw busy('Another download of yours is under way. Please wait until it has ended.');
  if (readers.size >= DOWNLOADS_MAX) throw busy('Many downloads are under way. Please try again shortly.');
  readers.add(userId);
  try {
    await withWorkFolder(async (folder) => {
      const path = join(folder, 'file');
      await pipeline(await open(), createWriteStream(path, { mode: 0o600 }));
      response.set({ ...headers, 'Content-Length': String((await stat(path)).size) });
      response.setTimeout(STALLED_MS, () => void response.destroy());
      await pipeline(createReadStream(path), response);
    });
  } finally {
    readers.delete(userId);
  }
}
