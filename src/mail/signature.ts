import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;
const UNSUBSCRIBE_PURPOSE = 'unsubscribe from e-mail, v1';
const CONFIRM_PURPOSE = 'confirm an address, v1';
const UNSUBSCRIBABLE = ['alert', 'digest', 'report'] as const;
export type Unsubscribable = (typeof UNSUBSCRIBABLE)[number];

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>`, so that neither the body nor its time can be changed. */
export function webhookSignature(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

const mac = (secret: string, userId: string, what: Unsubscribable) =>
  createHmac('sha256', secret).update(`${UNSUBSCRIBE_PURPOSE}:${userId}:${what}`).digest();

/** What lets its holder switch one kind of e-mail off for one person, and nothing else. @param secrets newest first */
export function unsubscribeToken(secrets: string[], userId: string, what: Unsubscribable): string {
  return `${what}.${userId}.${mac(secrets[0] as string, userId, what).toString('base64url')}`;
}

const addressMac = (secret: string, userId: string, email: string) =>
  createHmac('sha256', secret).update(`${CONFIRM_PURPOSE}:${userId}:${email}`).digest();

/** What lets its holder say that an address is a person's, and nothing else: only who reads its mail has it. @param secrets newest first */
export const confirmToken = (secrets: string[], userId: string, email: string): string =>
  `${userId}.${addressMac(secrets[0] as string, userId, email).toString('base64url')}`;

/** Whether a token is for a person's address. */
export function isConfirmToken(secrets: string[], token: string, userId: string, email: string): boolean {
  const given = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  return given.length === MAC_BYTES && secrets.some((secret) => timingSafeEqual(given, addressMac(secret, userId, email)));
}

/** Whose and which e-mail a token is for; null when it is not one of ours. */
export function readUnsubscribeToken(secrets: string[], token: string): { userId: string; what: Unsubscribable } | null {
  const [what, userId = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  if (!isUnsubscribable(what) || given.length !== MAC_BYTES) return null;
  return secrets.some((secret) => timingSafeEqual(given, mac(secret, userId, what))) ? { userId, what } : null;
}

const isUnsubscribable = (word: string | undefined): word is Unsubscribable => UNSUBSCRIBABLE.some((known) => known === word);
