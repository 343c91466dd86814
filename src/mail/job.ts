import type { Logger } from 'pino';
import { findUser, type User } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import type { TokenVault } from '../plaid/client.ts';
import { renderTemplate } from '../web/views.ts';
import type { NotificationSettings } from './notification-settings.ts';
import { type Outgoing, RefusedTarget } from './outgoing-client.ts';
import { addDelivery, type ClaimedDelivery, forgetTold, postponeDelivery, retryDelivery, settleDelivery } from './queue.ts';
import { endOfQuiet } from './quiet-hours.ts';
import { confirmToken, type Unsubscribable, unsubscribeToken, webhookSignature } from './signature.ts';
import type { Mailer, Message } from './smtp-client.ts';
import { findNotificationSettings, type SealedSecrets } from './store.ts';

export interface SendDeps {
  database: Database;
  logger: Logger;
  now: () => Date;
  appUrl: () => string;
  sessionSecrets: string[];
  /** Null: there is no mail server, and e-mail is kept where its reader finds it in the settings. */
  mailer: Mailer | null;
  outgoing: Outgoing;
  vault: TokenVault;
  /** A report as a document to attach; null when it is gone. */
  attachReport: (userId: string, reportId: string) => Promise<Message['attachments'][number] | null>;
}

/** Where the way out goes in a template. */
const UNSUBSCRIBE_MARK = '<!-- the way out -->';

/** The other side has answered, and said no. */
class NotAccepted extends Error {}
/** There is nowhere to send it any more. */
class NowhereToSend extends Error {}

/** Owners of sealed secrets, beside the items that own access tokens. */
export const secretOwner = (userId: string, what: 'webhook' | 'ntfy') => ({ userId, itemId: what });

/**
 * Sends a message and notes that it is sent. It is noted after the other side has taken it over: a process that dies in between sends
 * it once more, and nothing is lost.
 */
export async function deliver(deps: SendDeps, delivery: ClaimedDelivery): Promise<void> {
  const { database, logger, now, mailer } = deps;
  const user = await findUser(database, delivery.userId);
  if (!user) return;
  const settings = await findNotificationSettings(database, user.id);
  const waitMs = endOfQuiet(settings, user.timeZone, now()).getTime() - now().getTime();
  if (waitMs > 0 && delivery.channel !== 'webhook' && !isAboutAccount(delivery)) return postponeDelivery(database, delivery, waitMs);
  try {
    // Messages may have waited long: what was switched off meanwhile is not sent any more. Nobody reads a demo household's mail.
    if (user.isDemo) return await settleDelivery(database, delivery, 'kept');
    if (!isWanted(delivery, settings)) {
      await forgetTold(database, delivery);
      return await settleDelivery(database, delivery, 'kept', 'switched off meanwhile');
    }
    if (delivery.channel === 'email' && mailer && !['confirm', 'account'].includes(delivery.kind) && !user.isEmailConfirmed) {
      await askForConfirmation(deps, user, user.email);
      await forgetTold(database, delivery);
      return await settleDelivery(database, delivery, 'kept', 'the address is not confirmed yet');
    }
    const isSent = await SENDERS[delivery.channel](deps, delivery, user, settings);
    await settleDelivery(database, delivery, isSent ? 'sent' : 'kept');
  } catch (error) {
    const isFinal = error instanceof RefusedTarget || error instanceof NowhereToSend;
    logger.warn({ channel: delivery.channel, attempts: delivery.attempts, reason: reasonOf(error) }, 'a message was not sent');
    await retryDelivery(database, delivery, reasonOf(error), isFinal);
  }
}

/**
 * Queues the question whether an address is its owner's, which is the only message that goes to one before they have said so.
 * @param occasion the same one asks once
 */
export async function askForConfirmation(
  { database, appUrl, sessionSecrets }: Pick<SendDeps, 'database' | 'appUrl' | 'sessionSecrets'>,
  user: User,
  occasion: string,
): Promise<void> {
  const url = `${appUrl()}/confirm-email?${new URLSearchParams({ token: confirmToken(sessionSecrets, user.id, user.email) })}`;
  const text = `Somebody, hopefully you, uses this address for a finance dashboard. If that is you, open this to get its e-mails:\n\n${url}\n\nIf not, there is nothing to do: nothing more is sent.`;
  const html = await renderTemplate('mail/confirm', { url });
  const content = { text, html };
  await addDelivery(
    database.pool,
    user.id,
    { channel: 'email', kind: 'confirm', key: `confirm:${occasion}`, subject: 'Is this your address?', content },
    0,
  );
}

/** What a person asked for just now, or has to know at once: not put off, and no kind of e-mail that could be switched off. */
const isAboutAccount = ({ kind }: ClaimedDelivery): boolean => kind === 'test' || kind === 'confirm' || kind === 'account';

/** Whether a person still wants this kind of e-mail. */
function isWanted({ channel, kind }: ClaimedDelivery, settings: NotificationSettings): boolean {
  if (channel !== 'email') return true;
  return {
    alert: settings.urgentEmail,
    digest: settings.digest !== 'off',
    report: settings.reportEmail,
    test: true,
    confirm: true,
    account: true,
  }[kind];
}

type Sender = (deps: SendDeps, delivery: ClaimedDelivery, user: User, settings: NotificationSettings & SealedSecrets) => Promise<boolean>;

/** How each channel sends. @returns false when the message is kept instead */
const SENDERS: Record<ClaimedDelivery['channel'], Sender> = {
  email: async ({ mailer, appUrl, sessionSecrets, attachReport }, delivery, user) => {
    if (!mailer) return false;
    const { text, html, reportId, to } = delivery.content as { text: string; html: string; reportId?: string; to?: string };
    const attachment = reportId ? await attachReport(user.id, reportId) : null;
    const unsubscribeUrl = isAboutAccount(delivery)
      ? null
      : `${appUrl()}/unsubscribe?${new URLSearchParams({ token: unsubscribeToken(sessionSecrets, user.id, delivery.kind as Unsubscribable) })}`;
    await mailer.send({
      id: delivery.id,
      to: to ?? user.email,
      subject: delivery.subject,
      text: unsubscribeUrl ? `${text}\n\nNo more of these e-mails: ${unsubscribeUrl}\n` : text,
      html: unsubscribeUrl
        ? html.replace(
            UNSUBSCRIBE_MARK,
            `<p style="font-size:12px"><a href="${unsubscribeUrl.replaceAll('&', '&amp;')}">No more of these e-mails</a></p>`,
          )
        : html,
      unsubscribeUrl,
      attachments: attachment ? [attachment] : [],
    });
    return true;
  },
  webhook: async ({ outgoing, vault, now }, delivery, user, { webhookUrl, webhookSecret }) => {
    if (!webhookUrl || !webhookSecret) throw new NowhereToSend('The webhook has been taken away.');
    const { body } = delivery.content as { body: object };
    const text = JSON.stringify({ id: delivery.id, ...body });
    const secret = vault.open(webhookSecret, secretOwner(user.id, 'webhook'));
    if (secret === null) throw new NowhereToSend('The secret of the webhook cannot be opened any more: set the webhook again.');
    const signature = webhookSignature(secret, text, now());
    requireSuccess(await outgoing.post(webhookUrl, { 'content-type': 'application/json', 'x-signature': signature }, text));
    return true;
  },
  ntfy: async ({ outgoing, vault }, delivery, user, { ntfyUrl, ntfyToken }) => {
    if (!ntfyUrl) throw new NowhereToSend('The push address has been taken away.');
    const { text, priority, href } = delivery.content as { text: string; priority: number; href: string | null };
    // Published as JSON to the server's root, since headers could not carry every alphabet.
    const topic = new URL(ntfyUrl);
    const [name = ''] = topic.pathname.split('/').filter(Boolean).slice(-1);
    const message = { topic: name, title: delivery.subject, message: text, priority, ...(href ? { click: href } : {}) };
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (ntfyToken) {
      const token = vault.open(ntfyToken, secretOwner(user.id, 'ntfy'));
      if (token === null) throw new NowhereToSend('The token of the ntfy server cannot be opened any more: set it again.');
      headers.authorization = `Bearer ${token}`;
    }
    const server = new URL(topic.pathname.replace(/\/[^/]*\/?$/, '/'), topic);
    requireSuccess(await outgoing.post(server.href, headers, JSON.stringify(message)));
    return true;
  },
};

function requireSuccess(status: number): void {
  if (status < 200 || status > 299) throw new NotAccepted(`The other side answered ${status}.`);
}

/** What went wrong, in words that name neither people nor secrets. */
function reasonOf(error: unknown): string {
  if (error instanceof NotAccepted || error instanceof RefusedTarget || error instanceof NowhereToSend) return error.message;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return `${typeof code === 'string' ? code : error instanceof Error ? error.name : 'Unknown'}${typeof responseCode === 'number' ? ` ${responseCode}` : ''}`;
}
