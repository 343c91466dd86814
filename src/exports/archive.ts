import { createHash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { ZipFile } from 'yazl';
import { csvWriter } from '../transactions/csv.ts';
import type { Snapshot } from './export-store.ts';

const FORMAT = 'financial-intelligence-export';
const FORMAT_VERSION = 1;
/** Fast, and still a tenth of the size. */
const COMPRESSION_LEVEL = 3;
interface Entry {
  path: string;
  /** Opened when its turn comes. */
  open: () => Readable;
}

interface Listed {
  path: string;
  bytes: number;
  sha256: string;
}

/** Notes how long a file has become, and its digest. */
function measured(path: string, files: Listed[]): Transform {
  const hash = createHash('sha256');
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      files.push({ path, bytes, sha256: hash.digest('hex') });
      done();
    },
  });
}

/**
 * A ZIP of some files, written one after the other while it is read, with a manifest that lists them at its end.
 * @param about what the manifest says beside its files
 */
export function zipOf(entries: Entry[], about: Record<string, unknown>, at: Date): Readable {
  const zip = new ZipFile();
  const files: Listed[] = [];
  // Errors of a source have to reach who reads the archive.
  const output = new PassThrough();
  const fail = (error: Error) => output.destroy(error);
  zip.on('error', fail);
  const add = (path: string, open: () => Readable) =>
    zip.addReadStreamLazy(path, { mtime: at, compress: true, compressionLevel: COMPRESSION_LEVEL }, (answer) => {
      answer(null, open().on('error', fail).pipe(measured(path, files)));
    });
  for (const { path, open } of entries) add(path, open);
  zip.addReadStreamLazy('manifest.json', { mtime: at }, (answer) => {
    const manifest = { format: FORMAT, version: FORMAT_VERSION, created_at: at.toISOString(), ...about, files };
    answer(null, Readable.from([Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]));
  });
  zip.end();
  (zip.outputStream as Readable).on('error', fail).pipe(output);
  return output;
}

/** A sheet as CSV that no spreadsheet runs. */
function csvOf(rows: AsyncIterable<(string | null)[]>): Readable {
  const csv = csvWriter();
  const source = Readable.from(rows);
  source.on('error', (error) => csv.destroy(error)).pipe(csv);
  return csv;
}

/** Everything of a person: one JSON file that can be brought into an empty account, and sheets to look at. */
export const everythingZip = (snapshot: Snapshot, at: Date): Readable =>
  zipOf(
    [
      { path: 'everything.json', open: () => Readable.from(snapshot.json(at), { objectMode: false }) },
      ...snapshot.sheets.map((name) => ({ path: `csv/${name}.csv`, open: () => csvOf(snapshot.sheet(name)) })),
    ],
    {},
    at,
  );
