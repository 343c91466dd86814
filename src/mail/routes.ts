import { randomBytes } from 'node:crypto';
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { isConfirmed, requireConfirmed } from '../auth/confirmation.ts';
import { userOf } from '../auth/sign-in.ts';
import { confirmEmail, findUser, recordAudit, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import type { TokenVault } from '../plaid/client.ts';
import { HttpError } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import type { Limit } from '../web/rate-limit.ts';
import { askForConfirmation, secretOwner } from './job.ts';
import { CHANNELS, type Channel, DIGESTS, type NotificationSettings } from './notification-settings.ts';
import { addDelivery, listDeliveries } from './queue.ts';
import { isConfirmToken, readUnsubscribeToken, type Unsubscribable } from './signature.ts';
import {
  findNotificationSettings,
  type NotificationChanges,
  type SealedSecrets,
  saveNotificationSettings,
  switchOffMail,
} from './store.ts';

export const UNSUBSCRIBE_PATH = '/unsubscribe';
const CONFIRM_PATH = '/confirm-email';
const TESTS: Limit = { name: 'test-message', points: 10, perSeconds: 3_600 };
const ADDRESS_LENGTH_MAX = 500;
const TOKEN_LENGTH_MAX = 200;
const SECRET_BYTES = 32;
const OUTBOX_ROWS = 50;

const nothing = z.strictObject({});
const hour = z.number().int('must be a whole hour').min(0, 'must be from 0 to 23').max(23, 'must be from 0 to 23');
const address = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
  .min(1, 'must not be empty')
  .max(ADDRESS_LENGTH_MAX, `must be at most ${ADDRESS_LENGTH_MAX} characters`)
  .nullable();
export const notificationInput = z.strictObject({
  urgent_email: z.boolean().optional(),
  digest: z.enum(DIGESTS, `must be one of ${DIGESTS.join(', ')}`).optional(),
  digest_hour: hour.optional(),
  digest_weekday: z.number().int('must be a day of the week').min(0, 'must be from 0 to 6').max(6, 'must be from 0 to 6').optional(),
  quiet_from: hour.optional(),
  quiet_until: hour.optional(),
  report_email: z.boolean().optional(),
  webhook_url: address.optional(),
  ntfy_url: address.optional(),
  ntfy_token: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, 'must be a token without spaces')
    .max(TOKEN_LENGTH_MAX, `must be at most ${TOKEN_LENGTH_MAX} characters`)
    .nullable()
    .optional(),
});
export const testInput = z.strictObject({ channel: z.enum(CHANNELS, `must be one of ${CHANNELS.join(', ')}`) });

const originOf = (url: string | null): string | null => url && new URL(url).origin;
const refuse = (field: string, message: string) =>
  new HttpError(400, 'invalid_input', `${field}: ${message}`, { fields: { [field]: message } });

/** Saves how a person wants to be told. A webhook gets a secret of its own, which stays when its address changes. @throws HttpError 400 */
export async function changeNotifications(
  { database, outgoing, vault }: Deps,
  userId: string,
  input: z.output<typeof notificationInput>,
): Promise<void> {
  const addresses = { webhook_url: input.webhook_url, ntfy_url: input.ntfy_url };
  for (const [field, url] of Object.entries(addresses)) {
    const problem = typeof url === 'string' ? outgoing.problemWith(url) : null;
    if (problem) throw refuse(field, problem);
  }
  if (typeof input.ntfy_url === 'string' && new URL(input.ntfy_url).pathname.replaceAll('/', '') === '')
    throw refuse('ntfy_url', 'must end with a topic, as in https://ntfy.sh/my-topic');
  const stored = await findNotificationSettings(database, userId);
  const changes: NotificationChanges = {
    urgentEmail: input.urgent_email ?? stored.urgentEmail,
    digest: input.digest ?? stored.digest,
    digestHour: input.digest_hour ?? stored.digestHour,
    digestWeekday: input.digest_weekday ?? stored.digestWeekday,
    quietFrom: input.quiet_from ?? stored.quietFrom,
    quietUntil: input.quiet_until ?? stored.quietUntil,
    reportEmail: input.report_email ?? stored.reportEmail,
  };
  if (input.webhook_url !== undefined) {
    changes.webhookUrl = input.webhook_url;
    // One that cannot be opened any more is made anew.
    const kept = openSecret(vault, userId, 'webhook', stored.webhookSecret) === null ? null : stored.webhookSecret;
    changes.webhookSecret =
      input.webhook_url === null
        ? null
        : (kept ?? vault.seal(randomBytes(SECRET_BYTES).toString('base64url'), secretOwner(userId, 'webhook')));
  }
  if (input.ntfy_url !== undefined) {
    changes.ntfyUrl = input.ntfy_url;
    // A token belongs to its server.
    if (originOf(input.ntfy_url) !== originOf(stored.ntfyUrl)) changes.ntfyToken = null;
  }
  if (input.ntfy_token !== undefined) changes.ntfyToken = input.ntfy_token && vault.seal(input.ntfy_token, secretOwner(userId, 'ntfy'));
  await saveNotificationSettings(database, userId, changes);
  await recordAudit(database, userId, 'change_settings', { what: Object.keys(input).join(', ') });
}

const openSecret = (vault: TokenVault, userId: string, what: 'webhook' | 'ntfy', sealed: string | null): string | null =>
  sealed && vault.open(sealed, secretOwner(userId, what));

/** What webhooks are signed with, null without one; and which secrets cannot be opened any more and have to be set again. */
export function secretsOf({ vault }: Deps, userId: string, { webhookSecret, ntfyToken }: SealedSecrets) {
  const secret = openSecret(vault, userId, 'webhook', webhookSecret);
  const token = openSecret(vault, userId, 'ntfy', ntfyToken);
  const lost: ('webhook' | 'ntfy')[] = [];
  if (webhookSecret !== null && secret === null) lost.push('webhook');
  if (ntfyToken !== null && token === null) lost.push('ntfy');
  return { webhookSecret: secret, lost };
}

/** Sends a message without any meaning, to see whether it arrives. @throws HttpError 400 when the channel is not set up, 429 */
export async function sendTest({ database, limits, now, nudgeWorker }: Deps, user: User, channel: Channel): Promise<void> {
  const settings = await findNotificationSettings(database, user.id);
  if ((channel === 'webhook' && !settings.webhookUrl) || (channel === 'ntfy' && !settings.ntfyUrl))
    throw refuse('channel', 'has no address yet');
  await limits.consume(TESTS, user.id);
  const text = 'This is what a message of your dashboard looks like. There is nothing to do.';
  const content = {
    email: { text, html: `<p>${text}</p>` },
    webhook: { body: { type: 'test', text } },
    ntfy: { text, priority: 3, href: null },
  }[channel];
  const key = `test:${now().toISOString()}`;
  await addDelivery(database.pool, user.id, { channel, kind: 'test', key, subject: 'A test of your dashboard', content }, 0);
  nudgeWorker();
}

const settingsJson = (settings: NotificationSettings, secrets: ReturnType<typeof secretsOf>, hasMailServer: boolean, user: User) => ({
  email_confirmed: user.isEmailConfirmed,
  urgent_email: settings.urgentEmail,
  digest: settings.digest,
  digest_hour: settings.digestHour,
  digest_weekday: settings.digestWeekday,
  quiet_from: settings.quietFrom,
  quiet_until: settings.quietUntil,
  report_email: settings.reportEmail,
  webhook_url: settings.webhookUrl,
  webhook_secret: secrets.webhookSecret,
  ntfy_url: settings.ntfyUrl,
  has_ntfy_token: settings.hasNtfyToken,
  lost_secrets: secrets.lost,
  has_mail_server: hasMailServer,
});

/** /api/me/notifications, and what was sent */
export function mailRoutes(deps: Deps): Router {
  const { database, hasMailServer } = deps;
  const router = Router();
  const json = express.json({ limit: '4kb' });
  const show = async (request: Request) => {
    const user = userOf(request);
    const settings = await findNotificationSettings(database, user.id);
    const secrets = secretsOf(deps, user.id, settings);
    return settingsJson(settings, isConfirmed(deps, request) ? secrets : { ...secrets, webhookSecret: null }, hasMailServer, user);
  };

  router.get('/me/notifications', async (request, response) => {
    parse(nothing, request.query);
    response.json(await show(request));
  });

  router.patch('/me/notifications', json, async (request, response) => {
    const user = userOf(request);
    const input = parse(notificationInput, request.body);
    // Where everything that is told goes, and what it is signed with, is changed only by somebody who knows the password.
    if (input.webhook_url !== undefined || input.ntfy_url !== undefined || input.ntfy_token !== undefined) requireConfirmed(deps, request);
    await changeNotifications(deps, user.id, input);
    response.json({ success: true, notifications: await show(request) });
  });

  router.post('/me/notifications/test', json, async (request, response) => {
    await sendTest(deps, userOf(request), parse(testInput, request.body).channel);
    response.status(202).json({ success: true });
  });

  router.get('/me/outbox', async (request, response) => {
    parse(nothing, request.query);
    const messages = await listDeliveries(database, userOf(request).id, OUTBOX_ROWS);
    response.json({ messages: messages.map(({ createdAt, ...message }) => ({ ...message, created_at: createdAt.toISOString() })) });
  });

  return router;
}

/** A person says that an address is theirs, by the link that was sent to it; by opening it nothing happens yet. */
export function emailRoutes({ database, sessionSecrets }: Deps): Router {
  const router = Router();
  const query = z.strictObject({ token: z.string().max(200) });
  const read = async (input: unknown) => {
    const { token } = parse(query, input);
    const id = z.uuid().safeParse(token.split('.')[0]);
    const user = id.success ? await findUser(database, id.data) : null;
    if (!user || !isConfirmToken(sessionSecrets, token, user.id, user.email))
      throw new HttpError(400, 'invalid_link', 'This link is not whole, or for another address. The settings send a new one.');
    return user;
  };

  router.get(CONFIRM_PATH, async (request, response) => {
    await read(request.query);
    response.render('mail/confirmed', { title: 'E-mail', action: request.originalUrl, isDone: false });
  });

  router.post(CONFIRM_PATH, async (request, response) => {
    const user = await read(request.query);
    await confirmEmail(database, user.id, user.email);
    response.render('mail/confirmed', { title: 'E-mail', action: request.originalUrl, isDone: true });
  });

  return router;
}

/** Asks once more whether an address is its owner's. @throws HttpError 429 */
export async function sendConfirmation(deps: Deps, user: User): Promise<void> {
  await deps.limits.consume(TESTS, user.id);
  await askForConfirmation(deps, user, deps.now().toISOString());
  deps.nudgeWorker();
}

const KINDS_OF_MAIL: Record<Unsubscribable, string> = {
  alert: 'urgent alerts',
  digest: 'the digest of your alerts',
  report: 'monthly reports',
};

/** Switches one kind of e-mail off for who holds its link, signed in or not; a link does nothing by being opened. */
export function unsubscribeRoutes({ database, sessionSecrets }: Deps): Router {
  const router = Router();
  const query = z.strictObject({ token: z.string().max(200) });
  const read = (input: unknown) => {
    const found = readUnsubscribeToken(sessionSecrets, parse(query, input).token);
    if (!found) throw new HttpError(400, 'invalid_link', 'This link is not whole. Switch e-mail off in the settings instead.');
    return found;
  };

  router.get(UNSUBSCRIBE_PATH, (request, response) => {
    const { what } = read(request.query);
    response.render('mail/unsubscribe', { title: 'E-mail', what: KINDS_OF_MAIL[what], action: request.originalUrl, isDone: false });
  });

  router.post(UNSUBSCRIBE_PATH, express.urlencoded({ extended: false, limit: '1kb', parameterLimit: 5 }), async (request, response) => {
    const { userId, what } = read(request.query);
    await switchOffMail(database, userId, what);
    response.render('mail/unsubscribe', { title: 'E-mail', what: KINDS_OF_MAIL[what], action: request.originalUrl, isDone: true });
  });

  return router;
}
