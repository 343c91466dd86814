import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { User } from '../auth/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { FigureCache } from '../web/figure-cache.ts';

/** Kept by nobody but the person's own browser, which asks each time whether it still holds. */
const REVALIDATED = 'private, no-cache';

/**
 * Answers with JSON that stays the same while the person's data and the day do: 304 to who has it already, else the text worked out
 * before, else a new one. What is computed may be JSON text already. Only an answer that is whole has a tag.
 */
export async function answerOnce(
  cache: FigureCache,
  request: Request,
  response: Response,
  { user, today }: { user: User; today: CalendarDate },
  compute: () => Promise<object | string>,
): Promise<void> {
  const state = [cache.id, user.id, user.dataVersion, today, request.originalUrl].join(' ');
  const tag = `"${createHash('sha256').update(state).digest('base64url').slice(0, 27)}"`;
  const known = request.headers['if-none-match']?.split(',').map((candidate) => candidate.trim().replace(/^W\//, ''));
  if (known?.includes(tag)) {
    response.set({ ETag: tag, 'Cache-Control': REVALIDATED }).status(304).end();
    return;
  }
  const text = await cache.remember(user, today, request.originalUrl, async () => {
    const answer = await compute();
    return typeof answer === 'string' ? answer : JSON.stringify(answer);
  });
  response.set({ ETag: tag, 'Cache-Control': REVALIDATED }).type('json').send(text);
}
