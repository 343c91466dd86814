import express, { Router } from 'express';
import type { Deps } from '../deps.ts';
import { findItemByPlaidId, type StoredItem, saveItemWarning } from '../items/store.ts';
import { type WebhookBody, webhookBody } from '../plaid/translate.ts';
import { UnverifiableWebhook } from '../plaid/webhook-verification.ts';
import { HttpError } from '../web/errors.ts';
import { requestSync } from './queue.ts';

/** Where the routes below are mounted and Plaid is told to call. */
export const WEBHOOK_PATH = '/api/plaid/webhook';
const BODY_LIMIT = '64kb';
/** Webhooks that only say that something is new; what exactly, the sync asks. */
const NEWS_TYPES = new Set(['TRANSACTIONS', 'HOLDINGS', 'INVESTMENTS_TRANSACTIONS', 'LIABILITIES']);
/** An error may be old news when it arrives: the item itself is asked. */
const ITEM_NEWS = new Set(['ERROR', 'LOGIN_REPAIRED', 'NEW_ACCOUNTS_AVAILABLE', 'USER_ACCOUNT_REVOKED', 'USER_PERMISSION_REVOKED']);
const ITEM_WARNINGS = new Set(['PENDING_EXPIRATION', 'PENDING_DISCONNECT']);

/** /api/plaid/webhook: verified, stored, answered; the work is queued. */
export function webhookRoutes(deps: Deps): Router {
  const { database, logger } = deps;
  const router = Router();

  router.post('/webhook', express.raw({ type: () => true, limit: BODY_LIMIT }), async (request, response) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      await deps.verifyWebhook(rawBody, request.get('plaid-verification'));
    } catch (error) {
      if (error instanceof UnverifiableWebhook) throw new HttpError(401, 'unverifiable', 'This webhook could not be verified.');
      throw error;
    }
    const body = readBody(rawBody);
    const item = body.item_id ? await findItemByPlaidId(database, body.item_id) : null;
    await database.prisma.webhookEvent.create({
      data: {
        itemId: body.item_id,
        webhookType: body.webhook_type,
        webhookCode: body.webhook_code,
        body: JSON.parse(textOf(rawBody)),
      },
    });
    logger.info({ type: body.webhook_type, code: body.webhook_code, isKnown: item !== null }, 'webhook received');
    if (item) await act(item, body);
    response.json({ received: true });
  });

  const act = async (item: StoredItem, body: WebhookBody) => {
    const { webhook_type: type, webhook_code: code } = body;
    if (type === 'ITEM' && ITEM_WARNINGS.has(code)) {
      const until = body.consent_expiration_time ?? body.disconnect_time;
      await saveItemWarning(database, item.id, typeof until === 'string' && !Number.isNaN(Date.parse(until)) ? until : null);
    } else if (NEWS_TYPES.has(type) || (type === 'ITEM' && ITEM_NEWS.has(code))) {
      await requestSync(database, item.id);
      deps.nudgeWorker();
    }
  };

  return router;
}

/** JSON as the database can keep it: without NUL, which nothing a bank says needs. */
const textOf = (rawBody: Buffer) => rawBody.toString('utf8').replaceAll('\\u0000', '');

function readBody(rawBody: Buffer): WebhookBody {
  try {
    return webhookBody.parse(JSON.parse(textOf(rawBody)));
  } catch (cause) {
    throw Object.assign(new HttpError(400, 'invalid_json', 'The webhook could not be read.'), { cause });
  }
}
