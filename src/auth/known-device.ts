import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';

const PURPOSE = 'a device where somebody was signed in, v1';
const LIFE_MS = 400 * 24 * 3_600_000;
/** So many people on one device are known there. */
const PEOPLE_MAX = 5;
const MAC_BYTES = 32;

const cookieName = (isProduction: boolean) => (isProduction ? '__Host-device' : 'device');

/** A changed password makes every device a new one. */
function mac(secret: string, userId: string, passwordHash: string): Buffer {
  const password = createHash('sha256').update(passwordHash).digest('hex');
  return createHmac('sha256', secret).update(`${PURPOSE}:${userId}:${password}`).digest();
}

interface Options {
  secrets: string[];
  isProduction: boolean;
}

/** What is in the cookie: a person's id and a signature each. */
function entriesOf(request: Request, { isProduction }: Options): string[] {
  const name = cookieName(isProduction);
  const found = (request.get('cookie') ?? '').split(/;\s*/).find((cookie) => cookie.startsWith(`${name}=`));
  return found
    ? decodeURIComponent(found.slice(name.length + 1))
        .split(',')
        .slice(0, PEOPLE_MAX)
    : [];
}

/** Whether a person has been signed in on this device since they last changed their password. */
export function isKnownDevice(request: Request, options: Options, userId: string, passwordHash: string): boolean {
  const own = entriesOf(request, options).find((entry) => entry.startsWith(`${userId}.`));
  const given = Buffer.from(own?.slice(userId.length + 1) ?? '', 'base64url');
  return given.length === MAC_BYTES && options.secrets.some((secret) => timingSafeEqual(given, mac(secret, userId, passwordHash)));
}

/** From now on the person is known on this device. */
export function rememberDevice(request: Request, response: Response, options: Options, userId: string, passwordHash: string): void {
  const own = `${userId}.${mac(options.secrets[0] as string, userId, passwordHash).toString('base64url')}`;
  const others = entriesOf(request, options).filter((entry) => /^[\w-]+\.[\w-]+$/.test(entry) && !entry.startsWith(`${userId}.`));
  response.cookie(cookieName(options.isProduction), [own, ...others].slice(0, PEOPLE_MAX).join(','), {
    httpOnly: true,
    sameSite: 'lax',
    secure: options.isProduction,
    path: '/',
    maxAge: LIFE_MS,
  });
}
