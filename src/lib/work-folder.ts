import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcessRunning } from './process.ts';

const PREFIX = 'financial-dashboard-';
const OWNED = new RegExp(`^${PREFIX}(\\d+)-`);

/** Runs `work` with a folder for its files, which goes when it ends. */
export async function withWorkFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folders of processes that ended before they could: what was in them is somebody's data. @returns how many */
export async function clearLeftFolders(): Promise<number> {
  const left = (await readdir(tmpdir())).filter((name) => {
    const pid = Number(OWNED.exec(name)?.[1]);
    return pid > 0 && pid !== process.pid && !isProcessRunning(pid);
  });
  for (const name of left) await rm(join(tmpdir(), name), { recursive: true, force: true });
  return left.length;
}
