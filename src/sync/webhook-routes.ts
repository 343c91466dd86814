import { createHash } from 'node:crypto';
import express, { Router } from 'express';
import type { Database } from '../database/client.ts';
import type { Deps } from '../deps.ts';
import { clearItemWarning, findItemByPlaidId, type StoredItem, saveItemWarning, saveNewAccounts } from '../items/store.ts';
import { databaseJson } from '../lib/json.ts';
import { networkOf } from '../lib/network.ts';
import { instantOrNull } from '../plaid/fields.ts';
import { type WebhookBody, webhookBody } from '../plaid/translate.ts';
import { UnverifiableWebhook } from '../plaid/webhook-verification.ts';
import { HttpError } from '../web/errors.ts';
import { revokeAccount } from './account-store.ts';
import { requestSync } from './queue.ts';
import { findCursor } from './transaction-store.ts';

/** Where the routes below are mounted and Plaid is told to call. */
export const WEBHOOK_PATH = '/api/plaid/webhook';
const BODY_LIMIT = '64kb';
/** Tokens of Link sessions: nothing that is kept. */
const TOKENS = new Set(['public_token', 'public_tokens', 'link_token']);

/**
 * What a webhook asks for. None is believed beyond that: what is new, and whether an error still holds, the sync asks the bank.
 * sync: read the item · first: read it if it never was (the kinds from before the change log) · repaired: the warning is over, read it ·
 * warn: the link will end · new_accounts: there are accounts that are not shared · revoke: one account is shared no more.
 */
type Action = 'sync' | 'first' | 'repaired' | 'warn' | 'new_accounts' | 'revoke';

/** Other kinds, known or not, are stored and ask for nothing. */
const ACTIONS: Record<string, Action> = {
  'TRANSACTIONS SYNC_UPDATES_AVAILABLE': 'sync',
  'TRANSACTIONS INITIAL_UPDATE': 'first',
  'TRANSACTIONS HISTORICAL_UPDATE': 'first',
  'TRANSACTIONS DEFAULT_UPDATE': 'first',
  'HOLDINGS DEFAULT_UPDATE': 'sync',
  'INVESTMENTS_TRANSACTIONS DEFAULT_UPDATE': 'sync',
  'INVESTMENTS_TRANSACTIONS HISTORICAL_UPDATE': 'sync',
  'LIABILITIES DEFAULT_UPDATE': 'sync',
  'ITEM ERROR': 'sync',
  'ITEM LOGIN_REPAIRED': 'repaired',
  'ITEM PENDING_EXPIRATION': 'warn',
  'ITEM PENDING_DISCONNECT': 'warn',
  'ITEM USER_PERMISSION_REVOKED': 'sync',
  'ITEM USER_ACCOUNT_REVOKED': 'revoke',
  'ITEM NEW_ACCOUNTS_AVAILABLE': 'new_accounts',
};

/** /api/plaid/webhook: verified, stored, answered; the work is queued. */
export function webhookRoutes(deps: Deps): Router {
  const { database, logger } = deps;
  const router = Router();

  router.post('/webhook', express.raw({ type: () => true, limit: BODY_LIMIT }), async (request, response) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      await deps.verifyWebhook(rawBody, request.get('plaid-verification'), networkOf(request.ip));
    } catch (error) {
      if (error instanceof UnverifiableWebhook) throw new HttpError(401, 'unverifiable', 'This webhook could not be verified.');
      throw error;
    }
    const body = readBody(rawBody);
    const digest = digestOf(request.get('plaid-verification') ?? '', rawBody);
    // The same one again, within the time for which it can be verified: it was heeded the first time.
    if (await isKnownWebhook(database, digest)) return response.json({ received: true });
    const item = body.item_id ? await findItemByPlaidId(database, body.item_id) : null;
    if (item) await act(item, body);
    await saveWebhook(database, body, digest);
    logger.info({ type: body.webhook_type, code: body.webhook_code, isKnown: item !== null }, 'webhook received');
    response.json({ received: true });
  });

  const act = async (item: StoredItem, body: WebhookBody) => {
    const action = ACTIONS[`${body.webhook_type} ${body.webhook_code}`];
    if (!action) return;
    if (action === 'first' && (await findCursor(database.pool, item)) !== null) return;
    if (action === 'warn') {
      const until = instantOrNull.safeParse(body.consent_expiration_time ?? body.disconnect_time).data ?? null;
      // Late news: it has ended or been renewed by now, which the next reading tells.
      if (until && Date.parse(until) < deps.now().getTime()) return;
      return saveItemWarning(database, item.id, until);
    }
    if (action === 'new_accounts') return saveNewAccounts(database, item.id);
    if (action === 'repaired') await clearItemWarning(database, item.id);
    if (action === 'revoke' && body.account_id) await revokeAccount(database.pool, item, body.account_id);
    await requestSync(database, [item.id]);
    deps.nudgeWorker();
  };

  return router;
}

/** Tells a webhook from every other one: its signature is made anew for each. */
const digestOf = (signature: string, rawBody: Buffer): string => createHash('sha256').update(signature).update(rawBody).digest('base64url');

async function isKnownWebhook({ pool }: Database, digest: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM webhook_events WHERE digest = $1', [digest]);
  return (rowCount ?? 0) > 0;
}

async function saveWebhook({ pool }: Database, body: WebhookBody, digest: string): Promise<void> {
  const kept = JSON.parse(JSON.stringify(body, (key, value) => (TOKENS.has(key) ? undefined : value)));
  await pool.query('INSERT INTO webhook_events (item_id, webhook_type, webhook_code, body, digest) VALUES ($1, $2, $3, $4, $5)', [
    body.item_id,
    body.webhook_type,
    body.webhook_code,
    databaseJson(kept),
    digest,
  ]);
}

function readBody(rawBody: Buffer): WebhookBody {
  try {
    return webhookBody.parse(JSON.parse(rawBody.toString('utf8')));
  } catch (cause) {
    throw Object.assign(new HttpError(400, 'invalid_json', 'The webhook could not be read.'), { cause });
  }
}
