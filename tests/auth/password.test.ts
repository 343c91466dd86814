import { dictionary } from '@zxcvbn-ts/language-common';
import { expect, it } from 'vitest';
import { requireStrong } from '../../src/auth/password.ts';

const about = { email: 'ada.lovelace@example.org', name: 'Augusta King' };
const isTaken = (password: string) => {
  try {
    requireStrong(password, about);
    return true;
  } catch {
    return false;
  }
};
const LEET: Record<string, string> = { a: '4', e: '3', i: '1', o: '0', s: '$', t: '7' };
const DISGUISES: ((word: string) => string)[] = [
  (word) => word,
  (word) => word.toUpperCase(),
  (word) => word.charAt(0).toUpperCase() + word.slice(1),
  (word) => [...word].map((letter) => LEET[letter] ?? letter).join(''),
  (word) => [...word].reverse().join(''),
  (word) => word + word,
];
const TAILS = ['', '1', '123', '2026', '!', '123!', '!!', '1990'];

it('common passwords are refused in every disguise', () => {
  const words = dictionary['passwords-common'] as string[];
  expect(words.length).toBeGreaterThan(10_000);
  // The first ten thousand, a few of them in each disguise.
  const chosen = words.slice(0, 10_000).filter((_word, index) => index % 97 === 0);
  const accepted = chosen.flatMap((word, index) => {
    const disguised = (DISGUISES[index % DISGUISES.length] as (text: string) => string)(word);
    const password = disguised + (TAILS[index % TAILS.length] as string);
    return isTaken(password.padEnd(12, '1')) ? [password] : [];
  });
  expect(accepted).toEqual([]);
});

it.each([
  'password1234',
  'P@ssw0rd2026!',
  'financial intelligence',
  'Dashboard2026!',
  'ada.lovelace2026',
  'Lovelace1234!',
  'augusta king 1',
  'qwertyuiop123',
  'aaaaaaaaaaaaaaaa',
  '123412341234',
  'abcdefghijkl',
  'iloveyou2026!!',
])('%s is refused', (password) => expect(isTaken(password)).toBe(false));

it.each([
  'a long and winding road',
  'correct horse battery',
  'zX9#kd02mPq!',
  'my dog ate it again',
  'Ünïcödé wörter für alle',
])('%s is taken', (password) => expect(isTaken(password)).toBe(true));

it('the longest password is judged at once', () => {
  const startedAt = performance.now();
  for (const password of ['a@4'.repeat(42), 'e3E3'.repeat(32), 'x'.repeat(128), 'ab1!'.repeat(32)]) isTaken(password);
  console.log(`four of 128 characters: ${Math.round(performance.now() - startedAt)} ms`);
});
