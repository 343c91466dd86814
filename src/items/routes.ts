import express, { Router } from 'express';
import { z } from 'zod';
import { listLinkedTwins, type OfferedAccount } from '../accounts/duplicate-store.ts';
import { userOf } from '../auth/sign-in.ts';
import { recordAudit } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { LINK_KINDS } from '../plaid/client.ts';
import { requestSync } from '../sync/queue.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom, parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { linkItem } from './link-item.ts';
import { saveLinkSession } from './link-session-store.ts';
import { itemJson } from './present.ts';
import { isLinked, removeItem } from './removal.ts';
import { findItem, listConsentProducts, listItems, type StoredItem, saveItemRepaired } from './store.ts';

const LINKS: Limit = { name: 'link', points: 120, perSeconds: 3_600 };

/** What the bank is called is only shown: a longer name is no reason to lose the link. */
const INSTITUTION_NAME_LENGTH_MAX = 200;

const linkTokenRequest = z
  .strictObject({
    kind: z.enum(LINK_KINDS, `must be one of ${LINK_KINDS.join(', ')}`).optional(),
    item_id: z.uuid('must be an item').optional(),
    account_selection: z.boolean().optional(),
  })
  .default({});
const nameField = z
  .string()
  .max(500)
  .nullish()
  .transform((value) => value ?? null);
const offeredAccount = z.object({ name: nameField, mask: nameField, type: nameField, subtype: nameField });
const exchangeRequest = z.strictObject({
  public_token: z.string('public_token required').min(1, 'public_token required').max(500),
  institution: z
    .object({
      institution_id: z.string().max(100).nullish(),
      name: z
        .string()
        .transform((name) => name.slice(0, INSTITUTION_NAME_LENGTH_MAX))
        .nullish(),
    })
    .nullish(),
  /** The accounts as Link names them: with them the person is warned before linking the same ones twice. */
  accounts: z.array(offeredAccount).max(200).optional(),
  allow_duplicate: z.boolean().optional(),
});

/** Until when a Link session can be taken up again; update mode gives the shortest. */
const LINK_LIFE_MIN_MS = 30 * 60_000;
const expiryOf = (stated: string, now: Date) =>
  Number.isNaN(Date.parse(stated)) ? new Date(now.getTime() + LINK_LIFE_MIN_MS).toISOString() : stated;

type ExchangeRequest = z.output<typeof exchangeRequest>;

/** /api/plaid: linking and removing. */
export function itemRoutes(deps: Deps): Router {
  const { database, plaid, limits, now } = deps;
  const router = Router();

  const ownItem = async (userId: string, id: string): Promise<StoredItem> => {
    const item = await findItem(database, userId, id);
    if (!item) throw notFound();
    return item;
  };

  const ownLink = async (userId: string, id: string): Promise<StoredItem> => {
    const item = await ownItem(userId, id);
    if (!isLinked(item)) throw new HttpError(409, 'imported', 'This comes from a file: there is no link to repair.');
    return item;
  };

  router.post('/create-link-token', express.json(), async (request, response) => {
    const user = userOf(request);
    const input = parse(linkTokenRequest, request.body);
    const item = input.item_id ? await ownLink(user.id, input.item_id) : undefined;
    await limits.consume(LINKS, user.id);
    const token = await plaid.createLinkToken(user.id, {
      kind: input.kind ?? 'bank',
      ...(item ? { item, consent: await listConsentProducts(database, user.id, item.id) } : {}),
      ...(input.account_selection === undefined ? {} : { accountSelection: input.account_selection }),
    });
    await saveLinkSession(database, user.id, {
      linkToken: token.linkToken,
      itemId: item?.id ?? null,
      expiresAt: expiryOf(token.expiration, now()),
    });
    response.json({ link_token: token.linkToken, expiration: token.expiration, request_id: token.requestId });
  });

  router.post('/exchange-token', express.json(), async (request, response) => {
    const user = userOf(request);
    const body = (request.body ?? {}) as { public_token?: unknown };
    if (!body.public_token)
      throw new HttpError(400, 'invalid_input', 'public_token required', { fields: { public_token: 'public_token required' } });
    const input = parse(exchangeRequest, body);
    await limits.consume(LINKS, user.id);
    if (input.accounts && !input.allow_duplicate) await requireNoTwins(user.id, input.institution, input.accounts);
    const linked = await linkItem(deps, user.id, input.public_token, {
      institutionId: input.institution?.institution_id ?? null,
      institutionName: input.institution?.name ?? null,
    });
    await recordAudit(database, user.id, 'link', { institution: linked.institutionName ?? '' });
    response.json({ success: true, item_id: linked.id, institution_name: linked.institutionName });
  });

  /** A second link to the same accounts counts them twice, and some banks end the first one. */
  const requireNoTwins = async (userId: string, institution: ExchangeRequest['institution'], accounts: OfferedAccount[]) => {
    if (!institution?.institution_id) return;
    const twins = await listLinkedTwins(database, userId, institution.institution_id, accounts);
    if (twins.length === 0) return;
    const names = twins.map(({ name, mask }) => (mask ? `${name} ··${mask}` : name));
    throw new HttpError(
      409,
      'already_linked',
      `${institution.name ?? 'This bank'} is linked already, with ${names.join(', ')}. A second link would count ${names.length === 1 ? 'it' : 'them'} twice. If the first one does not work, reconnect it instead.`,
    );
  };

  router.get('/items', async (request, response) => {
    response.json((await listItems(database, userOf(request).id)).map(itemJson));
  });

  router.delete('/items/:id', async (request, response) => {
    const user = userOf(request);
    const item = await ownItem(user.id, idFrom(request));
    await recordAudit(database, user.id, 'remove', { institution: item.institutionName ?? '' });
    if (!(await removeItem(deps, item))) {
      const name = item.institutionName ?? 'The bank';
      throw new HttpError(503, 'removal_pending', `${name} has not confirmed yet. It is asked again until it does, and then removed here.`);
    }
    response.json({ success: true });
  });

  router.post('/items/:id/repaired', async (request, response) => {
    const item = await ownLink(userOf(request).id, idFrom(request));
    let isRepaired = false;
    try {
      const { error } = await plaid.getItem(item);
      isRepaired = error === null;
      if (isRepaired) await saveItemRepaired(database, item.id);
    } finally {
      // Read it in any case: the sync says what is still wrong.
      await requestSync(database, [item.id]);
      deps.nudgeWorker();
    }
    response.json({ success: isRepaired });
  });

  return router;
}
