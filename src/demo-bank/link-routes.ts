import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { type Bank, issuePublicToken, type LinkSession } from './protocol.ts';

const connection = z.strictObject({ link_token: z.string().max(100), institution_id: z.string().max(40) });

/** What the browser's stand-in for Link asks: which institutions there are, and to connect one of them. */
export function demoLinkRoutes(bank: Bank): Router {
  const router = Router();
  const sessionOf = (token: unknown, userId: string): LinkSession => {
    const session = typeof token === 'string' ? bank.linkSessions.get(token) : undefined;
    if (!session || session.userId !== userId) throw notFound();
    return session;
  };

  router.get('/session', (request, response) => {
    const session = sessionOf(request.query.link_token, userOf(request).id);
    const offered = session.item
      ? bank.institutions.filter(({ id }) => id === session.item?.institutionId)
      : bank.institutions.filter(({ products }) => session.products.every((product) => products.includes(product)));
    response.json({
      mode: session.item ? 'repair' : 'link',
      institutions: offered.map(({ id, name, color }) => ({ institution_id: id, name, color })),
    });
  });

  router.post('/connect', express.json({ limit: '10kb' }), (request, response) => {
    const input = parse(connection, request.body ?? {});
    const session = sessionOf(input.link_token, userOf(request).id);
    const institution = bank.institutions.find(({ id }) => id === input.institution_id);
    if (!institution) throw new HttpError(400, 'invalid_input', 'institution_id: is not known here');
    const item = session.item ?? bank.connect(institution.id, session.webhook);
    item.error = null;
    item.refresh();
    if (session.item) bank.save();
    bank.linkSessions.delete(session.token);
    response.json({
      public_token: session.item ? null : issuePublicToken(bank, item),
      metadata: {
        institution: { institution_id: institution.id, name: institution.name },
        accounts: item.data.accounts.map(({ account_id, name, mask, type, subtype }) => ({
          id: account_id,
          name,
          mask,
          type,
          subtype,
          verification_status: null,
          class_type: null,
        })),
        link_session_id: session.token,
      },
    });
  });
  return router;
}
