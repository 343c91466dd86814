import { setTimeout as pause } from 'node:timers/promises';
import { Router } from 'express';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { findItem, listItems } from '../items/store.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { findAnsweringRun, findLatestRun, noCounts } from './progress.ts';
import { requestSync } from './queue.ts';

const WAIT_MAX_MS = 25_000;
const POLL_MS = 100;
const EVENTS_EVERY_MS = 300;
const EVENTS_MAX_MS = 5 * 60_000;
const SYNCS: Limit = { name: 'sync', points: 240, perSeconds: 3_600 };

/** /api/plaid: syncing and its progress. */
export function syncRoutes(deps: Deps): Router {
  const { database, limits } = deps;
  const router = Router();

  const requireOwn = async (userId: string, id: string) => {
    if (!(await findItem(database, userId, id))) throw notFound();
  };

  router.post('/items/:id/sync', async (request, response) => {
    const user = userOf(request);
    const id = idFrom(request);
    await requireOwn(user.id, id);
    await limits.consume(SYNCS, user.id);
    const requested = await requestSync(database, [id], { isByPerson: true });
    if (!requested)
      throw new HttpError(409, 'removing', 'This link is being removed, or there is none: what was imported cannot be read again.');
    deps.nudgeWorker();
    const deadline = Date.now() + WAIT_MAX_MS;
    while (Date.now() < deadline && !request.destroyed && !deps.stopping.aborted) {
      const run = await findAnsweringRun(database, id, requested);
      if (run) return response.json({ ...run.counts, errors: run.errors.map((error) => error.message) });
      await pause(POLL_MS);
      await requireOwn(user.id, id);
    }
    response.status(202).json({ status: 'running' });
  });

  router.post('/sync-all', async (request, response) => {
    const user = userOf(request);
    await limits.consume(SYNCS, user.id);
    const items = await listItems(database, user.id);
    const ids = items.map((item) => item.id);
    await requestSync(database, ids, { isByPerson: true });
    deps.nudgeWorker();
    response.status(202).json({ items: items.length });
  });

  const progressOf = async (userId: string, id: string) => {
    const item = (await listItems(database, userId)).find((candidate) => candidate.id === id);
    if (!item) return null;
    const run = await findLatestRun(database, id);
    return {
      status: item.isSyncing ? 'running' : (run?.status ?? 'idle'),
      phase: run?.phase ?? null,
      counts: run?.counts ?? noCounts(),
      started_at: run?.startedAt.toISOString() ?? null,
      finished_at: run?.finishedAt?.toISOString() ?? null,
    };
  };

  router.get('/items/:id/progress', async (request, response) => {
    const progress = await progressOf(userOf(request).id, idFrom(request));
    if (!progress) throw notFound();
    response.json(progress);
  });

  router.get('/items/:id/events', async (request, response) => {
    const user = userOf(request);
    const id = idFrom(request);
    await requireOwn(user.id, id);
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
    let sent = '';
    const deadline = Date.now() + EVENTS_MAX_MS;
    while (!response.closed && Date.now() < deadline && !deps.stopping.aborted) {
      const progress = await progressOf(user.id, id);
      const text = JSON.stringify(progress);
      if (text !== sent) response.write(`event: progress\ndata: ${text}\n\n`);
      sent = text;
      if (progress?.status !== 'running') break;
      await pause(EVENTS_EVERY_MS);
    }
    response.end();
  });

  return router;
}
