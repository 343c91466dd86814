import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { createLink } from '../auth/one-time-link-store.ts';
import { deviceOf } from '../auth/session-store.ts';
import type { User } from '../auth/store.ts';
import type { Queryable } from '../database/client.ts';
import type { Deps } from '../deps.ts';
import { shortened } from '../lib/network.ts';
import { tellAboutAccount } from '../mail/account-message.ts';

/* What people are told by e-mail about their own accounts. */

export const RESET_PATH = '/reset-password';
export const CHANGE_EMAIL_PATH = '/change-email';
export const UNDO_EMAIL_PATH = '/undo-email';
export const REGISTER_PATH = '/register';

const DAY_LENGTH = 10;
const withToken = (appUrl: () => string, path: string, token: string, name = 'token') =>
  `${appUrl()}${path}?${new URLSearchParams({ [name]: token })}`;
type Sender = Pick<Deps, 'database' | 'now' | 'appUrl' | 'nudgeWorker'>;

/** The device and the place of a request, in words: its network address without what tells a subscriber. */
export const whereabouts = (request: Request) => ({
  device: deviceOf(request.get('user-agent')) ?? 'a program',
  network: shortened(request.ip),
});

export async function tellOfNewDevice({ database, now, nudgeWorker }: Sender, user: User, request: Request): Promise<void> {
  const { device, network } = whereabouts(request);
  const at = now().toISOString();
  await tellAboutAccount(database.pool, user.id, {
    key: `device:${device}:${network}:${at.slice(0, DAY_LENGTH)}`,
    subject: 'Somebody signed in on a new device',
    text: [
      `${device}, from the network ${network}, at ${at}.`,
      'If that was you, there is nothing to do. If not, sign in, change the password in the settings and sign all other devices out.',
    ],
  });
  nudgeWorker();
}

export async function tellOfNewPassword({ database, nudgeWorker }: Sender, userId: string): Promise<void> {
  await tellAboutAccount(database.pool, userId, {
    key: `password:${randomUUID()}`,
    subject: 'Your password was changed',
    text: [
      'You are signed out everywhere but where you changed it.',
      'If that was not you, ask for a new password at once: “Forgot the password?” where you sign in.',
    ],
  });
  nudgeWorker();
}

/** Somebody wanted to register with an address that an account has: its mailbox is told, and whoever reads it can have the address. */
export async function tellOfTakenAddress({ database, now, appUrl, nudgeWorker }: Sender, holder: User): Promise<void> {
  const hour = now().toISOString().slice(0, 'YYYY-MM-DDTHH'.length);
  if (holder.isEmailConfirmed) {
    await tellAboutAccount(database.pool, holder.id, {
      key: `taken:${hour}`,
      subject: 'You have an account already',
      text: [
        'Somebody, perhaps you, wanted to create an account with this address. There is one already, and it stays as it is.',
        'Sign in with it; if you do not know the password any more, ask for a new one where you sign in.',
      ],
      link: { label: 'Sign in', url: `${appUrl()}/login` },
    });
  } else {
    const token = await createLink(database.pool, 'claim_email', { email: holder.email });
    await tellAboutAccount(database.pool, holder.id, {
      key: `claim:${randomUUID()}`,
      subject: 'Create your account',
      text: [
        'Somebody, perhaps you, wanted to create an account with this address. Another account named it before, without ever showing that it is theirs.',
        'Whoever opens this link within a day can create an account with the address; the other account has to name another one.',
      ],
      link: { label: 'Create an account', url: withToken(appUrl, REGISTER_PATH, token, 'claim') },
    });
  }
  nudgeWorker();
}

/** The link with which a forgotten password is replaced. @returns its address */
export async function resetLink(client: Queryable, appUrl: () => string, userId: string): Promise<string> {
  return withToken(appUrl, RESET_PATH, await createLink(client, 'reset_password', { userId }));
}

export async function sendResetLink({ database, appUrl, nudgeWorker }: Sender, userId: string): Promise<void> {
  const url = await resetLink(database.pool, appUrl, userId);
  await tellAboutAccount(database.pool, userId, {
    key: `reset:${randomUUID()}`,
    subject: 'Choose a new password',
    text: [
      'Somebody, hopefully you, has forgotten the password of your account. The link is good for 15 minutes, and once.',
      'If it was not you, there is nothing to do.',
    ],
    link: { label: 'Choose a new password', url },
  });
  nudgeWorker();
}

/** Asks at the new address whether it is the person's. */
export async function askNewAddress({ database, appUrl, nudgeWorker }: Sender, user: User, email: string): Promise<void> {
  const token = await createLink(database.pool, 'change_email', { userId: user.id, email });
  await tellAboutAccount(database.pool, user.id, {
    key: `change-email:${randomUUID()}`,
    to: email,
    subject: 'Is this your new address?',
    text: [
      'Somebody, hopefully you, wants to sign in to their finance dashboard with this address from now on. The link is good for a day.',
      'If it was not you, there is nothing to do.',
    ],
    link: { label: 'It is mine', url: withToken(appUrl, CHANGE_EMAIL_PATH, token) },
  });
  nudgeWorker();
}

/** Tells the address of before, from where the change can be undone. */
export async function tellOldAddress(
  { database, appUrl, nudgeWorker }: Sender,
  userId: string,
  before: string,
  after: string,
): Promise<void> {
  const token = await createLink(database.pool, 'undo_email', { userId, email: before });
  await tellAboutAccount(database.pool, userId, {
    key: `old-email:${randomUUID()}`,
    to: before,
    subject: 'Your address was changed',
    text: [
      `Your account has the address ${after} now.`,
      'If that was not you, open this link within three days: the account gets this address back, is signed out everywhere, and you choose a new password.',
    ],
    link: { label: 'Undo the change', url: withToken(appUrl, UNDO_EMAIL_PATH, token) },
  });
  nudgeWorker();
}
