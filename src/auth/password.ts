import { hash, verify } from '@node-rs/argon2';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { z } from 'zod';
import { HttpError } from '../web/errors.ts';

const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;
const RUNNING_MAX = 4;
const WAITING_MAX = 100;
const BUSY_RETRY_S = 5;
const ARGON2ID = 2;
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A password that somebody chooses. */
export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `must be at least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_LENGTH_MAX, `must be at most ${PASSWORD_LENGTH_MAX} characters`);

interface Waiting {
  /** Lower goes first. */
  rank: number;
  start: () => void;
  refuse: () => void;
}

let running = 0;
const waiting: Waiting[] = [];

const busy = () => new HttpError(429, 'busy', 'Too many people are signing in at once. Please try again.', { retryAfterS: BUSY_RETRY_S });

/** Waits for a turn; whoever comes before others in rank does so here. @throws HttpError 429 when others with a better rank fill the queue */
function turnOf(rank: number): Promise<void> {
  return new Promise((start, fail) => {
    const own = { rank, start, refuse: () => fail(busy()) };
    const place = waiting.findIndex((other) => other.rank > rank);
    waiting.splice(place === -1 ? waiting.length : place, 0, own);
    if (waiting.length > WAITING_MAX) waiting.pop()?.refuse();
  });
}

/** At most four hashes at once, since each takes 19 MiB; a queue behind them. */
async function inTurn<Result>(rank: number, work: () => Promise<Result>): Promise<Result> {
  if (running >= RUNNING_MAX) await turnOf(rank);
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next.start();
    else running--;
  }
}

/** Before whoever is not known: people who are signed in, and those who come from a device where they were. */
export const KNOWN_RANK = 0;

export const hashPassword = (password: string, rank = KNOWN_RANK): Promise<string> => inTurn(rank, () => hash(password, OPTIONS));

/**
 * Takes the same time whether there is such a user or not.
 * @param rank who comes first when many wait: lower ones
 */
export async function isPasswordOf(passwordHash: string | null, password: string, rank = KNOWN_RANK): Promise<boolean> {
  const matches = await inTurn(rank, () => verify(passwordHash ?? DUMMY_HASH, password));
  return matches && passwordHash !== null;
}

/** True when a hash was made with other settings than today's. */
export const needsRehash = (passwordHash: string): boolean =>
  !passwordHash.startsWith(`$argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}$`);

/** The hash of nobody's password, made with the same settings. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$XixMVICnGqQUP7XPva5xeA$c/4GOceCcKEz2gJ+gJRbyW8OyiYKK/sebeVsoF27nFA';

/** So many guesses, as a power of ten, have to be needed: more than any guesser makes at a sign-in, and years of work on a stolen hash. */
const GUESSES_MIN = 10;
/** The beginning of a password is hard enough, or the rest does not matter: what is looked at stays short, since looking takes long. */
const LOOKED_AT = 40;
/** What is shorter says little of a password of twelve characters. */
const COMMON_LENGTH_MIN = 4;
const SITE_WORDS = ['financial', 'intelligence', 'financial intelligence', 'dashboard', 'finance', 'money'];
let estimator: ZxcvbnFactory | undefined;
let common: Set<string> | undefined;

const PLAIN_LETTERS: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i', '|': 'l' };
const bare = (text: string) => text.replaceAll(/^[^a-z]+|[^a-z]+$/g, '');

/** A common word with digits and signs before and after it, in whatever case, some of its letters written as signs, or backwards. */
function isDisguised(password: string): boolean {
  common ??= new Set(dictionary['passwords-common'] as string[]);
  const lower = password.toLowerCase();
  const spelt = (text: string) => [...text].map((sign) => PLAIN_LETTERS[sign] ?? sign).join('');
  const forms = [lower, bare(lower), spelt(lower), spelt(bare(lower)), bare(spelt(bare(lower))), spelt(lower.replace(/[^a-z]+$/, ''))];
  return forms.some((form) => form.length >= COMMON_LENGTH_MIN && (common?.has(form) || common?.has([...form].reverse().join(''))));
}

/** Why a password is too easy to guess; null when it is not. Its guesser knows 49,000 common ones, their disguises, and the person. */
function weakness(password: string, about: { email: string; name?: string | null }): string | null {
  estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const plain = password.toLowerCase();
  if (plain === about.email || plain === about.email.split('@')[0]) return 'must not be your e-mail address';
  if (isDisguised(password)) return 'is a common password in disguise';
  const own = [about.email, ...about.email.split(/[@.]/), ...(about.name ?? '').toLowerCase().split(/\s+/)].filter(
    (word) => word.length > 2,
  );
  const { guessesLog10 } = estimator.check(password.slice(0, LOOKED_AT), [...own, ...SITE_WORDS]);
  return guessesLog10 < GUESSES_MIN ? 'is too easy to guess: use a few words, or more of them' : null;
}

/** @throws HttpError 400 for a password that is easy to guess */
export function requireStrong(password: string, about: { email: string; name?: string | null }, field = 'password'): void {
  const problem = weakness(password, about);
  if (problem) throw new HttpError(400, 'invalid_input', `${field}: ${problem}`, { fields: { [field]: problem } });
}
