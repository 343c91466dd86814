import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { User } from '../auth/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import type { FigureCache } from '../web/figure-cache.ts';

/**
 * Answers with JSON that stays the same while the person's data and the day do: 304 to who has it already, else the text worked out
 * before, else a new one. What is computed may be JSON text already.
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
  response.set('ETag', tag);
  const known = request.headers['if-none-match']?.split(',').map((candidate) => candidate.trim().replace(/^W\//, ''));
  if (known?.includes(tag)) {
    response.status(304).end();
    return;
  }
  const text = await cache.remember(user, today, request.originalUrl, async () => {
    const answer = await compute();
    return typeof answer === 'string' ? answer : JSON.stringify(answer);
  });
  response.type('json').send(text);
}
