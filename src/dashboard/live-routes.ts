import { type Response, Router } from 'express';
import { listOpenSessions } from '../auth/session-store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { describe, HttpError } from '../web/errors.ts';

/** A page asks anew after this time. */
const OPEN_MAX_MS = 5 * 60_000;
/** A session that has run out is told nothing more after this time; one that was ended, at once. */
const HEARTBEAT_MS = 15_000;
const PAGES_MAX = 20;

/** An open page, and the session that it was opened with. */
interface Page {
  sid: string;
  response: Response;
}

/** /api/events: tells open pages, wherever they are, that something has changed; they ask for it then themselves. */
export function liveRoutes({ database, logger, stopping }: Deps): Router {
  const router = Router();
  const pages = new Map<string, Set<Page>>();
  let stopListening: (() => void) | undefined;

  /** Says something to the pages whose sessions have not ended; the others are told no more. */
  const say = async (told: Page[], text: string) => {
    const open = await listOpenSessions(
      database,
      told.map(({ sid }) => sid),
    );
    for (const { sid, response } of told) {
      if (open.has(sid)) response.write(text);
      else response.end();
    }
  };
  const sayLater = (told: Page[], text: string) =>
    void say(told, text).catch((error: unknown) => logger.warn(describe(error), 'open pages could not be told'));
  const tell = (userId: string | null) => {
    const told = userId === null ? [...pages.values()] : [pages.get(userId) ?? new Set<Page>()];
    const open = told.flatMap((some) => [...some]);
    if (open.length > 0) sayLater(open, 'event: changed\ndata: {}\n\n');
  };

  router.get('/events', (request, response) => {
    const { id, dataVersion } = userOf(request);
    const open = pages.get(id) ?? new Set<Page>();
    if (open.size >= PAGES_MAX) throw new HttpError(429, 'too_many_pages', 'Too many pages are open.', { retryAfterS: 60 });
    const page = { sid: request.sessionID, response };
    pages.set(id, open);
    open.add(page);
    stopListening ??= database.changes.listen(tell);
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
    // What changed between the making of the page and now shows in the version.
    response.write(`retry: 3000\nevent: version\ndata: ${dataVersion}\n\n`);
    const end = () => response.end();
    const heartbeat = setInterval(() => sayLater([page], ': still here\n\n'), HEARTBEAT_MS);
    const deadline = setTimeout(end, OPEN_MAX_MS);
    stopping.addEventListener('abort', end);
    response.on('close', () => {
      clearInterval(heartbeat);
      clearTimeout(deadline);
      stopping.removeEventListener('abort', end);
      open.delete(page);
      if (open.size === 0) pages.delete(id);
      if (pages.size === 0) {
        stopListening?.();
        stopListening = undefined;
      }
    });
  });

  return router;
}
