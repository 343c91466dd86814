import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import type { Request } from 'express';
import { withWorkFolder } from '../lib/work-folder.ts';
import { HttpError } from '../web/errors.ts';

const BYTES_MAX = 500_000_000;

const noFile = () => new HttpError(400, 'invalid_import', 'Choose the file everything.json of an export.');
const brokenOff = () => new HttpError(400, 'invalid_import', 'The file did not arrive whole. Nothing was taken over.');

/** Lets so many bytes through. */
function atMost(bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(new HttpError(413, 'too_large', 'The file is too large.'));
      else done(null, chunk);
    },
  });
}

/**
 * Takes a file that somebody sends to its end before anything is done with it, so that nothing waits for a slow sender.
 * @param request the file itself, or a form with it
 * @throws HttpError 400 when there is no file or it breaks off, 413
 */
export async function withUpload<Result>(request: Request, work: (file: Readable) => Promise<Result>): Promise<Result> {
  return withWorkFolder(async (folder) => {
    const path = join(folder, 'file');
    const save = (source: Readable) => pipeline(source, atMost(BYTES_MAX), createWriteStream(path, { mode: 0o600 }));
    try {
      await (request.is('multipart/form-data') ? receiveForm(request, save) : save(request));
    } catch (error) {
      throw error instanceof HttpError ? error : brokenOff();
    }
    const file = createReadStream(path);
    try {
      return await work(file);
    } finally {
      // Refused before it was read, it would stay open.
      file.destroy();
    }
  });
}

/** Saves the first file of a form. */
async function receiveForm(request: Request, save: (file: Readable) => Promise<void>): Promise<void> {
  const busboy = new Busboy({ headers: request.headers as { 'content-type': string }, limits: { files: 1, fields: 0 } });
  let incoming: Readable | null = null;
  let saving: Promise<void> | null = null;
  let failure: unknown = null;
  busboy.on('file', (_name, file) => {
    incoming = file;
    saving = save(file).catch((error: unknown) => {
      failure = error;
      // The rest of the form is of no use.
      busboy.destroy(error as Error);
    });
  });
  try {
    await pipeline(request, busboy);
  } catch (error) {
    // Nobody else ends a file of which the rest never comes.
    (incoming as Readable | null)?.destroy(error as Error);
    await saving;
    throw failure instanceof HttpError ? failure : error;
  }
  await saving;
  if (failure) throw failure;
  if (!saving) throw noFile();
}
