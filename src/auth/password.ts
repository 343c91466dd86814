import { hash, verify } from '@node-rs/argon2';
import { HttpError } from '../web/errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;
const RUNNING_MAX = 4;
const WAITING_MAX = 40;
const DISTINCT_CHARACTERS_MIN = 5;
const ARGON2ID = 2;
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

let running = 0;
const waiting: (() => void)[] = [];

/** At most four hashes at once, since each takes 19 MiB; a short queue behind them. @throws HttpError 503 when it is full. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= RUNNING_MAX) {
    if (waiting.length >= WAITING_MAX)
      throw new HttpError(503, 'busy', 'Too many people are signing in at once. Please try again.', { retryAfterS: 2 });
    await new Promise<void>((turn) => waiting.push(turn));
  } else {
    running++;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, OPTIONS));

/** Takes the same time whether there is such a user or not. */
export async function isPasswordOf(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await inTurn(() => verify(passwordHash ?? DUMMY_HASH, password));
  return matches && passwordHash !== null;
}

/** True when a hash was made with other settings than today's. */
export const needsRehash = (passwordHash: string): boolean =>
  !passwordHash.startsWith(`$argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}$`);

/** The hash of nobody's password, made with the same settings. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$XixMVICnGqQUP7XPva5xeA$c/4GOceCcKEz2gJ+gJRbyW8OyiYKK/sebeVsoF27nFA';

/** Why a password is too easy to guess; null when it is not. */
export function weakness(password: string, email: string): string | null {
  const plain = password.toLowerCase();
  if (COMMON_PASSWORDS.has(plain) || COMMON_PASSWORDS.has(plain.replaceAll(/[^a-z0-9]/g, ''))) return 'is one of the most common passwords';
  if (new Set(plain).size < DISTINCT_CHARACTERS_MIN) return 'repeats too few characters';
  if (plain === email || plain === email.split('@')[0]) return 'must not be your e-mail address';
  return null;
}
