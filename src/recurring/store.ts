import { bulkSource, type Column } from '../database/bulk.ts';
import type { Database, Queryable } from '../database/client.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { toMoney, toMoneyOrNull } from '../lib/money.ts';
import { IS_BELIEVED, lockTransactionsOf } from '../transactions/classification-store.ts';
import { keepKeys, type Occurrence, type RecurringStream, statusOn } from './recurring.ts';

/** A stream as stored: found again at every detection, its occurrences counted rather than listed. */
export interface StoredStream extends Omit<RecurringStream, 'key' | 'transactionIds'> {
  id: string;
  occurrenceCount: number;
  /** What Plaid's own detection says of it; null when it does not know it. */
  secondOpinion: 'agrees' | 'differs' | null;
  isConfirmed: boolean;
  isDismissed: boolean;
}

/** True of the outflow of a pair that pays a loan. */
const PAYS_LOAN = (row: string) =>
  `EXISTS (SELECT FROM transfer_matches AS pair JOIN transactions AS paid ON paid.id = pair.inflow_transaction_id
     JOIN accounts ON accounts.id = paid.account_id AND accounts.type = 'loan'
     WHERE pair.outflow_transaction_id = ${row}.id AND ${IS_BELIEVED('pair')})`;

/** How much surer a stream is when Plaid's own detection finds it too. */
const AGREEMENT_WEIGHT = 0.05;

/**
 * Posted income and expenses since a day, without refunds and reversals, and the payments of loans, paired or not: what streams are looked
 * for in.
 */
export async function listOccurrences({ pool }: Database, userId: string, since: CalendarDate): Promise<Occurrence[]> {
  const { rows } = await pool.query(
    `SELECT transactions.id, transactions.account_id, accounts.type <> 'credit' AS is_at_bank, date, amount, merchant, effective_category, transactions.currency
     FROM transactions JOIN accounts ON accounts.id = transactions.account_id
     WHERE transactions.user_id = $1 AND date >= $2 AND removed_at IS NULL AND NOT pending
       AND (cash_flow_type = 'income' AND amount < 0 OR amount > 0 AND (cash_flow_type = 'expense' OR ${PAYS_LOAN('transactions')})) ORDER BY date`,
    [userId, since],
  );
  return rows.map((row) => ({
    transactionId: row.id,
    accountId: row.account_id,
    isAtBank: row.is_at_bank,
    date: row.date,
    amount: toMoney(row.amount),
    merchant: row.merchant,
    category: row.effective_category,
    currency: row.currency,
  }));
}

const COLUMNS: Column<RecurringStream>[] = [
  ['account_id', 'uuid', (row) => row.accountId],
  ['stream_id', 'text', (row) => row.key],
  ['description', 'text', (row) => row.merchant],
  ['merchant_name', 'text', (row) => row.merchant],
  ['frequency', 'text', (row) => row.frequency],
  ['anchor_kind', 'text', (row) => row.anchorKind],
  ['anchor_days', 'text', (row) => `{${row.anchorDays.join(',')}}`],
  ['anchor_months', 'text', (row) => `{${row.anchorMonths.join(',')}}`],
  ['weekend_rule', 'text', (row) => row.moveRule],
  ['amount_kind', 'text', (row) => row.amountKind],
  ['average_amount', 'numeric', (row) => row.averageAmount.toFixed()],
  ['last_amount', 'numeric', (row) => row.lastAmount.toFixed()],
  ['previous_amount', 'numeric', (row) => row.previousAmount?.toFixed() ?? null],
  ['currency', 'text', (row) => row.currency],
  ['occurrence_count', 'int', (row) => row.transactionIds.length],
  ['confidence', 'numeric', (row) => row.confidence.toFixed(3)],
  ['is_income', 'boolean', (row) => row.isIncome],
  ['category', 'text', (row) => row.category],
  ['status', 'text', (row) => row.status],
  ['is_active', 'boolean', (row) => row.status !== 'ended'],
  ['first_date', 'date', (row) => row.firstOn],
  ['last_date', 'date', (row) => row.lastOn],
  ['next_expected_date', 'date', (row) => row.nextExpectedOn],
];

/** Which stored stream each of some transactions belongs to. */
async function listMembership(client: Queryable, userId: string, streams: RecurringStream[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; key: string }>(
    `SELECT transactions.id, stream.stream_id AS key FROM unnest($2::uuid[]) AS member(id)
       JOIN transactions ON transactions.id = member.id AND transactions.user_id = $1
       JOIN recurring_transactions AS stream ON stream.id = transactions.recurring_stream_id`,
    [userId, streams.flatMap((stream) => stream.transactionIds)],
  );
  return new Map(rows.map((row) => [row.id, row.key]));
}

/**
 * Makes the stored streams the same as these and marks their transactions. A stream found again, by the transactions it shares, keeps
 * its id and what the person said of it; one that is not found goes, unless the person has said something of it.
 */
export async function replaceStreams(database: Database, userId: string, found: RecurringStream[]): Promise<void> {
  await database.transaction(async (client) => {
    await lockTransactionsOf(client, userId);
    const streams = keepKeys(found, await listMembership(client, userId, found));
    await client.query(
      `DELETE FROM recurring_transactions WHERE user_id = $1 AND stream_id <> ALL($2::text[])
         AND custom_name IS NULL AND confirmed_at IS NULL AND dismissed_at IS NULL`,
      [userId, streams.map((stream) => stream.key)],
    );
    await client.query(
      `UPDATE recurring_transactions SET status = 'ended', is_active = false, updated_at = now()
       WHERE user_id = $1 AND stream_id <> ALL($2::text[]) AND status <> 'ended'`,
      [userId, streams.map((stream) => stream.key)],
    );
    const { names, unnest, parameters } = bulkSource(COLUMNS, streams);
    const set = names.filter((name) => name !== 'stream_id').map((name) => `${name} = EXCLUDED.${name}`);
    const values = names.map((name) => (name === 'anchor_days' || name === 'anchor_months' ? `${name}::int[]` : name));
    await client.query(
      `INSERT INTO recurring_transactions (user_id, updated_at, ${names.join(', ')})
       SELECT $${parameters.length + 1}::uuid, now(), ${values.join(', ')} FROM ${unnest}
       ON CONFLICT (user_id, stream_id) DO UPDATE SET ${set.join(', ')}, updated_at = now()`,
      [...parameters, userId],
    );
    const members = streams.flatMap((stream) => stream.transactionIds.map((id) => [id, stream.key] as const));
    await client.query(
      `WITH member AS (
         SELECT source.id, stream.id AS stream_id, stream.dismissed_at IS NULL AS is_recurring FROM unnest($2::uuid[], $3::text[]) AS source(id, key)
         JOIN recurring_transactions AS stream ON stream.user_id = $1 AND stream.stream_id = source.key),
       marked AS (
         SELECT own.id, member.stream_id, COALESCE(member.is_recurring, false) AS is_recurring
         FROM transactions AS own JOIN member ON member.id = own.id WHERE own.user_id = $1
         UNION ALL
         SELECT own.id, NULL, false FROM transactions AS own
         WHERE own.user_id = $1 AND own.recurring_stream_id IS NOT NULL AND NOT EXISTS (SELECT FROM member WHERE member.id = own.id))
       UPDATE transactions SET recurring_stream_id = marked.stream_id, is_recurring = marked.is_recurring FROM marked
       WHERE transactions.id = marked.id
         AND (transactions.recurring_stream_id IS DISTINCT FROM marked.stream_id OR transactions.is_recurring <> marked.is_recurring)`,
      [userId, members.map(([id]) => id), members.map(([, key]) => key)],
    );
    await saveSecondOpinions(client, userId);
  });
}

/** Compares each stream with the stream of Plaid's own detection that shares most transactions with it. */
async function saveSecondOpinions(client: Queryable, userId: string): Promise<void> {
  await client.query(
    `WITH shared AS (
       SELECT transactions.recurring_stream_id AS id, plaid_streams.frequency, count(*) AS shared
       FROM plaid_streams JOIN plaid_items ON plaid_items.id = plaid_streams.plaid_item_id AND plaid_items.user_id = $1
         CROSS JOIN unnest(plaid_streams.transaction_ids) AS member(transaction_id)
         JOIN transactions ON transactions.transaction_id = member.transaction_id AND transactions.user_id = $1
       WHERE transactions.recurring_stream_id IS NOT NULL AND plaid_streams.status <> 'TOMBSTONED' AND plaid_streams.frequency <> 'UNKNOWN'
       GROUP BY 1, plaid_streams.stream_id, plaid_streams.frequency),
     opinion AS (SELECT DISTINCT ON (id) id, frequency FROM shared ORDER BY id, shared DESC, frequency)
     UPDATE recurring_transactions SET
       second_opinion = CASE WHEN opinion.frequency IS NULL THEN NULL WHEN opinion.frequency = upper(own.frequency) THEN 'agrees' ELSE 'differs' END,
       confidence = CASE WHEN opinion.frequency = upper(own.frequency) THEN LEAST(0.99, own.confidence + ${AGREEMENT_WEIGHT}) ELSE own.confidence END
     FROM recurring_transactions AS own LEFT JOIN opinion ON opinion.id = own.id
     WHERE recurring_transactions.id = own.id AND own.user_id = $1 AND (own.second_opinion IS NOT NULL OR opinion.id IS NOT NULL)`,
    [userId],
  );
}

export interface StreamChoices {
  name?: string | null | undefined;
  isConfirmed?: boolean | undefined;
  isDismissed?: boolean | undefined;
}

/** Saves what a person says of a stream, which no detection overwrites. @returns false when the stream is not theirs. */
export async function saveStreamChoices(database: Database, userId: string, id: string, choices: StreamChoices): Promise<boolean> {
  return database.transaction(async (client) => {
    const { rowCount } = await client.query(
      `UPDATE recurring_transactions SET
         custom_name = CASE WHEN $3 THEN $4 ELSE custom_name END,
         confirmed_at = CASE $5::boolean WHEN true THEN COALESCE(confirmed_at, now()) WHEN false THEN NULL ELSE confirmed_at END,
         dismissed_at = CASE $6::boolean WHEN true THEN COALESCE(dismissed_at, now()) WHEN false THEN NULL ELSE dismissed_at END,
         updated_at = now()
       WHERE user_id = $1 AND id = $2`,
      [userId, id, choices.name !== undefined, choices.name ?? null, choices.isConfirmed ?? null, choices.isDismissed ?? null],
    );
    if (choices.isDismissed !== undefined)
      await client.query('UPDATE transactions SET is_recurring = $3 WHERE user_id = $1 AND recurring_stream_id = $2', [
        userId,
        id,
        !choices.isDismissed,
      ]);
    return rowCount === 1;
  });
}

/** A person's streams as of a day, the largest first; those that ended come last. */
export async function listStreams({ pool }: Database, userId: string, today: CalendarDate): Promise<StoredStream[]> {
  const { rows } = await pool.query({
    name: 'list-streams',
    text: `SELECT * FROM recurring_transactions AS stream
      WHERE user_id = $1 AND NOT EXISTS (SELECT FROM accounts WHERE accounts.id = stream.account_id AND duplicate_of_id IS NOT NULL)
      ORDER BY average_amount DESC, id`,
    values: [userId],
  });
  const streams = rows.map(
    (row): StoredStream => ({
      id: row.id,
      accountId: row.account_id,
      merchant: row.custom_name ?? row.merchant_name ?? row.description,
      category: row.category,
      currency: row.currency,
      isIncome: row.is_income,
      frequency: row.frequency,
      anchorKind: row.anchor_kind,
      anchorDays: row.anchor_days,
      anchorMonths: row.anchor_months,
      moveRule: row.weekend_rule,
      amountKind: row.amount_kind,
      averageAmount: toMoney(row.average_amount),
      lastAmount: toMoney(row.last_amount),
      previousAmount: toMoneyOrNull(row.previous_amount),
      occurrenceCount: row.occurrence_count,
      firstOn: row.first_date,
      lastOn: row.last_date,
      nextExpectedOn: row.next_expected_date,
      // While a bank cannot be read nothing is detected: time passes all the same.
      status: row.status === 'ended' ? 'ended' : statusOn(today, row.last_date, row.next_expected_date, row.frequency),
      confidence: Number(row.confidence),
      secondOpinion: row.second_opinion,
      isConfirmed: row.confirmed_at !== null,
      isDismissed: row.dismissed_at !== null,
    }),
  );
  const isOver = (stream: StoredStream) => Number(stream.status === 'ended');
  return streams.sort((a, b) => isOver(a) - isOver(b));
}
