import type { Queryable } from '../database/client.ts';
import { renderTemplate } from '../web/views.ts';
import { addDelivery } from './queue.ts';

interface AccountMessage {
  /** The same one is sent once. */
  key: string;
  subject: string;
  /** Paragraphs. */
  text: string[];
  /** What can be done about it. */
  link?: { label: string; url: string };
  /** Where it goes when that is not the person's own address. */
  to?: string;
}

/** Queues an e-mail about a person's own account: sent at once, whatever else they want to be told and whether or not the address is confirmed. */
export async function tellAboutAccount(client: Queryable, userId: string, { key, subject, text, link, to }: AccountMessage): Promise<void> {
  const plain = [...text, ...(link ? [`${link.label}:\n${link.url}`] : [])].join('\n\n');
  const html = await renderTemplate('mail/account', { subject, text, link: link ?? null });
  const content = { text: plain, html, ...(to === undefined ? {} : { to }) };
  await addDelivery(client, userId, { channel: 'email', kind: 'account', key: `account:${key}`, subject, content }, 0);
}
