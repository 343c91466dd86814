import { randomBytes } from 'node:crypto';
import { Tokenizer, TokenParser } from '@streamparser/json';
import { z } from 'zod';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { isTimeZone } from '../lib/dates.ts';
import { toMoney } from '../lib/money.ts';
import { saveProfile } from '../settings/store.ts';
import { HttpError } from '../web/errors.ts';
import { isEmptyAccount, prepareImport, TARGETS } from './import-store.ts';

const BATCH_ROWS = 1_000;
const BYTES_MAX = 2_000_000_000;
/** What PostgreSQL says of values that a table does not take. */
const REFUSED = /^(22|23)/;

const refuse = (message: string) => new HttpError(400, 'invalid_import', message);

/** What is taken over of the person themselves. */
const profile = z.object({
  name: z.string().max(100).nullable(),
  time_zone: z.string().refine(isTimeZone),
  base_currency: z.string().regex(/^[A-Z]{3}$/),
  net_worth_goal: z.union([z.string(), z.number()]).nullable(),
});

export type ImportCounts = Record<string, number>;

/**
 * Brings an export into an account that has nothing yet: all of it, or nothing. Numbers keep their digits.
 * @returns how many rows of each part were taken @throws HttpError 400 when it is no whole export, 409 when the account is not empty, 413
 */
export async function importEverything(deps: Deps, user: User, input: AsyncIterable<Buffer>): Promise<ImportCounts> {
  const { database, refreshFigures } = deps;
  if (!(await isEmptyAccount(database, user.id))) {
    throw new HttpError(409, 'not_empty', 'This account has data already. An export can only be brought into an empty one.');
  }
  const counts: ImportCounts = {};
  let own: z.output<typeof profile> | null = null;
  try {
    await database.transaction(async (client) => {
      // Two imports at once would be one too many.
      await client.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [user.id]);
      const writer = await prepareImport(client, user.id, randomBytes(6).toString('hex'));
      let part = '';
      let batch: unknown[] = [];
      const flush = async () => {
        if (batch.length > 0 && writer.knows(part)) {
          await writer.save(part, batch);
          counts[part] = (counts[part] ?? 0) + batch.length;
        }
        batch = [];
      };
      for await (const entry of rowsOf(input)) {
        if (entry.part === 'profile') own = readProfile(entry.row);
        if (entry.part !== part || batch.length >= BATCH_ROWS) await flush();
        part = entry.part;
        batch.push(entry.row);
      }
      await flush();
      if (!own || counts.accounts === undefined) throw refuse('This is no export of this dashboard: it has no profile, or no accounts.');
    });
  } catch (error) {
    if (REFUSED.test(String((error as { code?: unknown }).code)))
      throw refuse('Something in this file does not fit together: it is not an export as it was written. Nothing was taken over.');
    throw error;
  }
  const taken = own as z.output<typeof profile> | null;
  if (taken) {
    await saveProfile(database, user.id, {
      name: user.name ?? taken.name,
      timeZone: taken.time_zone,
      baseCurrency: taken.base_currency,
      netWorthGoal: taken.net_worth_goal === null ? null : toMoney(taken.net_worth_goal),
    });
  }
  await refreshFigures(user.id);
  return Object.fromEntries(Object.keys(TARGETS).map((name) => [name, counts[name] ?? 0]));
}

function readProfile(row: unknown): z.output<typeof profile> {
  const parsed = profile.safeParse(row);
  if (!parsed.success) throw refuse('The profile in this file is not as it was written.');
  return parsed.data;
}

/** A binary number holds so many decimal digits. */
const EXACT_DIGITS = 15;

/** Keeps every digit: a number that would lose some stays text, which the database reads as the same number. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    const digits = text
      .replace(/[eE].*$/, '')
      .replaceAll(/\D/g, '')
      .replace(/^0+/, '')
      .replace(text.includes('.') ? /0+$/ : /$^/, '');
    return digits.length <= EXACT_DIGITS ? Number(text) : (text as unknown as number);
  }
}

/** The rows of each list in the file, in their order, without the file ever being in memory as a whole. */
async function* rowsOf(input: AsyncIterable<Buffer>): AsyncGenerator<{ part: string; row: unknown }> {
  const tokenizer = new ExactTokenizer();
  const parser = new TokenParser({ paths: ['$.*.*'], keepStack: false });
  tokenizer.onToken = parser.write.bind(parser);
  let found: { part: string; row: unknown }[] = [];
  let problem: Error | null = null;
  let isWhole = false;
  parser.onValue = ({ value, stack }) => {
    const part = stack[1]?.key;
    if (typeof part === 'string') found.push({ part, row: value });
  };
  tokenizer.onError = (error) => {
    problem = error;
  };
  parser.onError = (error) => {
    problem = error;
  };
  parser.onEnd = () => {
    isWhole = true;
  };
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new HttpError(413, 'too_large', 'The file is too large.');
    tokenizer.write(chunk);
    if (problem) throw refuse('The file is not JSON, or only a part of it.');
    yield* found;
    found = [];
  }
  if (!isWhole) throw refuse('The file is not JSON, or only a part of it.');
}
