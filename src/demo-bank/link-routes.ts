import { randomUUID } from 'node:crypto';
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { BankItem } from './bank-item.ts';
import { type Bank, issuePublicToken, type LinkSession } from './protocol.ts';

const connection = z.strictObject({ link_token: z.string().max(100), institution_id: z.string().max(40) });
const comeback = z.strictObject({ link_token: z.string().max(100), oauth_state_id: z.string().max(100) });

/** What the browser's stand-in for Link asks: which institutions there are, and to connect one of them, here or on its own pages. */
export function demoLinkRoutes(bank: Bank): Router {
  const router = Router();
  const sessionOf = (token: unknown, request: Request): LinkSession => {
    const session = typeof token === 'string' ? bank.linkSessions.get(token) : undefined;
    if (!session || session.userId !== userOf(request).id) throw notFound();
    return session;
  };
  const institutionOf = (id: string) => {
    const institution = bank.institutions.find((candidate) => candidate.id === id);
    if (!institution) throw new HttpError(400, 'invalid_input', 'institution_id: is not known here');
    return institution;
  };
  /** The person has signed in at the institution: a new item, or the one being repaired, in order again. */
  const signIn = (session: LinkSession, institutionId: string): BankItem => {
    const item = session.item ?? session.returned?.item ?? bank.connect(institutionId, session.webhook);
    item.error = null;
    item.refresh();
    if (session.item) bank.save();
    return item;
  };
  const success = (session: LinkSession, item: BankItem) => {
    bank.linkSessions.delete(session.token);
    return {
      public_token: session.item ? null : issuePublicToken(bank, item),
      metadata: {
        institution: { institution_id: item.institutionId, name: item.institutionName },
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
    };
  };

  router.get('/session', (request, response) => {
    const session = sessionOf(request.query.link_token, request);
    const offered = session.item
      ? bank.institutions.filter(({ id }) => id === session.item?.institutionId)
      : bank.institutions.filter(({ products }) => session.products.every((product) => products.includes(product)));
    response.json({
      mode: session.item ? 'repair' : 'link',
      institutions: offered.map(({ id, name, color, isOauth }) => ({
        institution_id: id,
        name,
        color,
        oauth: Boolean(isOauth && session.redirectUri),
      })),
    });
  });

  router.post('/connect', express.json({ limit: '10kb' }), (request, response) => {
    const input = parse(connection, request.body ?? {});
    const session = sessionOf(input.link_token, request);
    response.json(success(session, signIn(session, institutionOf(input.institution_id).id)));
  });

  router.get('/sign-in', (request, response) => {
    const input = parse(connection, request.query);
    sessionOf(input.link_token, request);
    response.render('demo-bank/sign-in', {
      title: institutionOf(input.institution_id).name,
      institution: institutionOf(input.institution_id),
      linkToken: input.link_token,
    });
  });

  router.post('/sign-in', express.urlencoded({ extended: false, limit: '2kb' }), (request, response) => {
    const input = parse(connection, request.body ?? {});
    const session = sessionOf(input.link_token, request);
    if (!session.redirectUri) throw new HttpError(400, 'invalid_input', 'link_token: has no address to return to');
    const state = randomUUID();
    session.returned = { state, item: signIn(session, institutionOf(input.institution_id).id) };
    const back = new URL(session.redirectUri);
    back.searchParams.set('oauth_state_id', state);
    // These pages are the dashboard's own: whatever name it is called by, the way back is on the same one.
    response.redirect(303, `${back.pathname}${back.search}`);
  });

  router.post('/returned', express.json({ limit: '2kb' }), (request, response) => {
    const input = parse(comeback, request.body ?? {});
    const session = sessionOf(input.link_token, request);
    if (session.returned?.state !== input.oauth_state_id) throw notFound();
    response.json(success(session, session.returned.item));
  });
  return router;
}
