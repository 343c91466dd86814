import { Router } from 'express';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { allowLink } from '../web/security-headers.ts';
import { findLinkSession } from './link-session-store.ts';

/** Where a bank that signs people in on its own pages sends the browser back to. */
export const LINK_RETURN_PATH = '/accounts/return';

/** The page that takes up Link where a bank's own pages ended it. */
export function itemPages({ database, now, link }: Deps): Router {
  const router = Router();

  router.get(LINK_RETURN_PATH, ...allowLink(link), async (request, response) => {
    const user = userOf(request);
    const session = await findLinkSession(database, user.id, now());
    response.render('accounts/return', { title: 'Back from your bank', path: '/accounts', user, session });
  });

  return router;
}
