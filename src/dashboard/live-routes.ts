import { type Response, Router } from 'express';
import { isSessionOpen } from '../auth/session-store.ts';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { HttpError } from '../web/errors.ts';

/** A page asks anew after this time. */
const OPEN_MAX_MS = 5 * 60_000;
/** A session that has ended elsewhere is told nothing more after this time. */
const HEARTBEAT_MS = 15_000;
const PAGES_MAX = 20;

/** /api/events: tells open pages, wherever they are, that something has changed; they ask for it then themselves. */
export function liveRoutes({ database, stopping }: Deps): Router {
  const router = Router();
  const pages = new Map<string, Set<Response>>();
  let stopListening: (() => void) | undefined;

  const tell = (userId: string | null) => {
    const told = userId === null ? [...pages.values()] : [pages.get(userId) ?? new Set<Response>()];
    for (const page of told.flatMap((open) => [...open])) page.write('event: changed\ndata: {}\n\n');
  };

  router.get('/events', (request, response) => {
    const { id, dataVersion } = userOf(request);
    const open = pages.get(id) ?? new Set<Response>();
    if (open.size >= PAGES_MAX) throw new HttpError(429, 'too_many_pages', 'Too many pages are open.', { retryAfterS: 60 });
    pages.set(id, open);
    open.add(response);
    stopListening ??= database.changes.listen(tell);
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
    // What changed between the making of the page and now shows in the version.
    response.write(`retry: 3000\nevent: version\ndata: ${dataVersion}\n\n`);
    const end = () => response.end();
    const stillSignedIn = async () => {
      if (await isSessionOpen(database, request.sessionID)) response.write(': still here\n\n');
      else end();
    };
    // A database that cannot be asked ends nothing: the page is told when it answers again.
    const heartbeat = setInterval(() => void stillSignedIn().catch(() => undefined), HEARTBEAT_MS);
    const deadline = setTimeout(end, OPEN_MAX_MS);
    stopping.addEventListener('abort', end);
    response.on('close', () => {
      clearInterval(heartbeat);
      clearTimeout(deadline);
      stopping.removeEventListener('abort', end);
      open.delete(response);
      if (open.size === 0) pages.delete(id);
      if (pages.size === 0) {
        stopListening?.();
        stopListening = undefined;
      }
    });
  });

  return router;
}
