import { randomBytes } from 'node:crypto';
import { Tokenizer, TokenParser } from '@streamparser/json';
import { z } from 'zod';
import { ruleOf } from '../alerts/rules.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { profileInput } from '../settings/routes.ts';
import { type Profile, saveProfileWithin } from '../settings/store.ts';
import { HttpError } from '../web/errors.ts';
import { PART_NAMES } from './export-store.ts';
import { isEmptyAccount, prepareImport, TARGETS } from './import-store.ts';

const BATCH_ROWS = 1_000;
const ROW_BYTES_MAX = 8_000_000;
/** What PostgreSQL says of values that a table does not take. */
const REFUSED = /^(22|23)/;

const refuse = (message: string) => new HttpError(400, 'invalid_import', message);

/** What is taken over of the person themselves, by the same rules as when they type it. */
const profile = z.object(profileInput.shape);
/** What a person has changed of a rule. */
const ruleSetting = z.object({
  kind: z.string(),
  parameters: z.record(
    z.string(),
    z.union([
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ]),
  ),
});

export type ImportCounts = Record<string, number>;

/**
 * Brings an export into an account that has nothing yet: all of it, or nothing. Numbers keep their digits.
 * @returns how many rows of each part were taken @throws HttpError 400 when it is no whole export, 409 when the account is not empty
 */
export async function importEverything(deps: Deps, user: User, input: AsyncIterable<Buffer>): Promise<ImportCounts> {
  const { database, refreshFigures } = deps;
  const counts: ImportCounts = {};
  try {
    await database.transaction(async (client) => {
      // Two imports at once would be one too many: the second one finds what the first has brought.
      await client.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [user.id]);
      if (!(await isEmptyAccount(client, user.id)))
        throw new HttpError(409, 'not_empty', 'This account has data already. An export can only be brought into an empty one.');
      const writer = await prepareImport(client, user.id, randomBytes(6).toString('hex'));
      let hasProfile = false;
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
        if (!PART_NAMES.has(entry.part)) throw refuse('This is no export of this dashboard: it has a part that none has.');
        if (entry.part === 'profile') {
          await saveProfileWithin(client, user.id, readProfile(entry.row, user));
          hasProfile = true;
        }
        if (entry.part === 'alert_rules') requireRule(entry.row);
        if (entry.part !== part || batch.length >= BATCH_ROWS) await flush();
        part = entry.part;
        batch.push(entry.row);
      }
      await flush();
      if (!hasProfile || counts.accounts === undefined)
        throw refuse('This is no export of this dashboard: it has no profile, or no accounts.');
    });
  } catch (error) {
    if (REFUSED.test(String((error as { code?: unknown }).code)))
      throw refuse('Something in this file does not fit together: it is not an export as it was written. Nothing was taken over.');
    throw error;
  }
  await refreshFigures(user.id);
  return Object.fromEntries(Object.keys(TARGETS).map((name) => [name, counts[name] ?? 0]));
}

function readProfile(row: unknown, user: User): Profile {
  const parsed = profile.safeParse(row);
  if (!parsed.success) throw refuse('The profile in this file is not as it was written.');
  const { name, time_zone, base_currency, net_worth_goal } = parsed.data;
  return { name: user.name ?? name, timeZone: time_zone, baseCurrency: base_currency, netWorthGoal: net_worth_goal };
}

/** @throws HttpError 400 for thresholds that no rule would take */
function requireRule(row: unknown): void {
  const parsed = ruleSetting.safeParse(row);
  const rule = parsed.success ? ruleOf(parsed.data.kind) : undefined;
  const isWhole = Object.entries(parsed.data?.parameters ?? {}).every(([name, value]) => {
    const parameter = rule && Object.hasOwn(rule.parameters, name) ? rule.parameters[name] : undefined;
    return parameter && value >= parameter.min && value <= parameter.max;
  });
  if (!rule || !isWhole) throw refuse('The rules of alerts in this file are not as they were written.');
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
  let pendingBytes = 0;
  for await (const chunk of input) {
    tokenizer.write(chunk);
    if (problem) throw refuse('The file is not JSON, or only a part of it.');
    // A row is held in memory as a whole: one that does not end is no row.
    pendingBytes = found.length > 0 ? 0 : pendingBytes + chunk.length;
    if (pendingBytes > ROW_BYTES_MAX) throw refuse('A row in this file is larger than any that was written.');
    yield* found;
    found = [];
  }
  if (!isWhole) throw refuse('The file is not JSON, or only a part of it.');
}
