import { randomBytes } from 'node:crypto';
import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { z } from 'zod';
import { ruleOf } from '../alerts/rules.ts';
import type { User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { dateIn } from '../lib/dates.ts';
import { profileInput } from '../settings/routes.ts';
import { type Profile, saveProfileWithin } from '../settings/store.ts';
import { addTasks, finishTaskNamed } from '../tasks/queue.ts';
import { RULES_MAX } from '../transactions/review-routes.ts';
import { describe, HttpError } from '../web/errors.ts';
import { COLUMNS_PART, PART_NAMES } from './export-store.ts';
import { forgetImport, isEmptyAccount, prepareImport, TARGETS } from './import-store.ts';

const BATCH_ROWS = 1_000;
const ROW_BYTES_MAX = 8_000_000;
/** The file, its lists, their rows, and what a row may have in it. */
const DEPTH_MAX = 12;
const REFRESH_DELAY_S = 60;
/** What PostgreSQL says of values that a table does not take. */
const REFUSED = /^(22|23)/;

const refuse = (message: string) => new HttpError(400, 'invalid_import', message);

/** So many rows of a part a person could have: what the forms let them add, and more links and accounts than anybody has. */
const ROWS_MAX: Partial<Record<string, number>> = {
  classification_rules: RULES_MAX,
  exchange_rates: 20_000,
  institutions: 500,
  accounts: 5_000,
  alert_rules: 100,
  alert_mutes: 5_000,
  recurring: 20_000,
};

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
 * Brings an export into an account that has nothing yet: all of it with what is worked out from it, or nothing. Numbers keep their digits.
 * @returns how many rows of each part were taken @throws HttpError 400 when it is no whole export, 409 when the account is not empty
 */
export async function importEverything(deps: Deps, user: User, input: AsyncIterable<Buffer>): Promise<ImportCounts> {
  const { database, refreshFigures, logger } = deps;
  const seed = randomBytes(6).toString('hex');
  const counts = await saveRows(deps, user, input, seed);
  try {
    await refreshFigures(user.id);
  } catch (error) {
    logger.error(describe(error), 'the figures of an import could not be worked out');
    await database.transaction(async (client) => {
      await forgetImport(client, user.id, seed);
      await saveProfileWithin(client, user.id, user);
    });
    throw refuse('The figures of this file cannot be worked out. Nothing was taken over.');
  } finally {
    await finishTaskNamed(database.pool, refreshOf(user.id, seed));
  }
  return Object.fromEntries(Object.keys(TARGETS).map((name) => [name, counts[name] ?? 0]));
}

/** Should the process end before the figures are worked out, they are worked out after the next start. */
const refreshOf = (userId: string, seed: string) => ({ kind: 'refresh' as const, subject: userId, slot: `import ${seed}` });

async function saveRows({ database, now }: Deps, user: User, input: AsyncIterable<Buffer>, seed: string): Promise<ImportCounts> {
  const counts: ImportCounts = {};
  let part = '';
  try {
    await database.transaction(async (client) => {
      // Two imports at once would be one too many: the second one finds what the first has brought.
      await client.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [user.id]);
      if (!(await isEmptyAccount(client, user.id)))
        throw new HttpError(409, 'not_empty', 'This account has data already. An export can only be brought into an empty one.');
      const writer = await prepareImport(client, user.id, seed, dateIn(user.timeZone, now()));
      const columns = new Map<string, string[]>();
      let hasProfile = false;
      let batch: unknown[] = [];
      const flush = async () => {
        if (batch.length > 0) {
          await writer.save(part, batch);
          counts[part] = (counts[part] ?? 0) + batch.length;
        }
        batch = [];
      };
      for await (const entry of rowsOf(input)) {
        if (entry.part === COLUMNS_PART) {
          columns.set(entry.name, columnNames.parse(entry.row));
          continue;
        }
        if (!PART_NAMES.has(entry.part)) throw refuse('This is no export of this dashboard: it has a part that none has.');
        if (entry.part !== part || batch.length >= BATCH_ROWS) await flush();
        part = entry.part;
        requireColumns(entry.row, columns.get(part) ?? []);
        if (part === 'profile') {
          await saveProfileWithin(client, user.id, readProfile(entry.row, user));
          hasProfile = true;
        }
        if (part === 'alert_rules') requireRule(entry.row);
        if ((counts[part] ?? 0) + batch.length >= (ROWS_MAX[part] ?? Number.POSITIVE_INFINITY))
          throw refuse(`This file has more than anybody can have here: ${part}.`);
        if (writer.knows(part)) batch.push(writer.read(part, entry.row));
      }
      await flush();
      if (!hasProfile || counts.accounts === undefined)
        throw refuse('This is no export of this dashboard: it has no profile, or no accounts.');
      await addTasks(client, [{ ...refreshOf(user.id, seed), delayS: REFRESH_DELAY_S }]);
    });
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [column] = error.issues[0]?.path ?? [];
      throw refuse(
        `Something in this file cannot be taken over: ${part}${column === undefined ? '' : `, ${String(column)}`}. Nothing was.`,
      );
    }
    if (REFUSED.test(String((error as { code?: unknown }).code)))
      throw refuse('Something in this file does not fit together: it is not an export as it was written. Nothing was taken over.');
    throw error;
  }
  return counts;
}

const columnNames = z.array(z.string());

/** @throws HttpError 400 for a row without one of the columns that the export says its part has; one of before says nothing */
function requireColumns(row: unknown, names: string[]): void {
  if (typeof row !== 'object' || row === null || names.some((name) => !Object.hasOwn(row, name)))
    throw refuse('A row in this file lacks something: it is not an export as it was written.');
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

/** One value of a part; `name` is its place in a list, or its name. */
interface Entry {
  part: string;
  name: string;
  row: unknown;
}

/** The rows of each list in the file, in their order, without the file ever being in memory as a whole. */
async function* rowsOf(input: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const tokenizer = new ExactTokenizer();
  const parser = new TokenParser({ paths: ['$.*.*'], keepStack: false });
  let depth = 0;
  tokenizer.onToken = (token) => {
    if (token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET) depth++;
    if (token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET) depth--;
    if (depth > DEPTH_MAX) problem ??= new Error('Too deep.');
    else parser.write(token);
  };
  let found: Entry[] = [];
  let problem: Error | null = null;
  let isWhole = false;
  parser.onValue = ({ value, key, stack }) => {
    const part = stack[1]?.key;
    if (typeof part === 'string') found.push({ part, name: String(key), row: value });
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
