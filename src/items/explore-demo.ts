import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import express, { Router } from 'express';
import { z } from 'zod';
import { signIn } from '../auth/sign-in.ts';
import { createUser } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { isTimeZone } from '../lib/dates.ts';
import { notFound, wantsJson } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { linkItem } from './link-item.ts';
import { listItems } from './store.ts';

const DEMOS: Limit = { name: 'demo', points: 120, perSeconds: 3_600 };
const NAME = 'Ada Harper';
/** The visitor waits for the whole history at most this long; what is missing arrives on the page. */
const WAIT_MAX_MS = 4_500;
const POLL_MS = 50;

const visit = z
  .strictObject({
    time_zone: z
      .string()
      .optional()
      .transform((zone) => (zone && isTimeZone(zone) ? zone : 'UTC')),
  })
  .default({ time_zone: 'UTC' });

/** POST /demo: a fresh person with a fresh household, linked and synced as any other. Only in demo mode. */
export function demoRoutes(deps: Deps): Router {
  const { database, plaid, limits, now } = deps;
  const router = Router();

  router.post('/demo', express.urlencoded({ extended: false, limit: '2kb' }), express.json({ limit: '2kb' }), async (request, response) => {
    if (!deps.demo) throw notFound();
    const input = parse(visit, request.body);
    await limits.consume(DEMOS, request.ip ?? '');
    const user = await createUser(database, {
      email: `demo-${randomUUID()}@demo.invalid`,
      passwordHash: null,
      name: NAME,
      timeZone: input.time_zone,
      isDemo: true,
    });
    if (!user) throw new Error('A random address was taken.');
    for (const { institutionId, institutionName, kind } of deps.demo.links) {
      await linkItem(deps, user.id, await plaid.createSandboxPublicToken(institutionId, kind), { institutionId, institutionName });
    }
    await waitForHistory(user.id);
    await signIn(request, user, now());
    if (wantsJson(request)) response.status(201).json({ user: { id: user.id, email: user.email, name: user.name } });
    else response.redirect(303, '/');
  });

  const waitForHistory = async (userId: string) => {
    const deadline = Date.now() + WAIT_MAX_MS;
    while (Date.now() < deadline && !deps.stopping.aborted) {
      const items = await listItems(database, userId);
      const isComplete = (item: (typeof items)[number]) =>
        !item.isSyncing && (item.products.transactions === 'absent' || item.transactionsStatus === 'HISTORICAL_UPDATE_COMPLETE');
      if (items.every(isComplete)) return;
      await pause(POLL_MS);
    }
  };

  return router;
}
