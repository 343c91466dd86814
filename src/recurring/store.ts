import { bulkSource, type Column } from '../database/bulk.ts';
import type { Database } from '../database/client.ts';
import { type CalendarDate, fromDatabaseDate } from '../lib/dates.ts';
import { toMoney, toMoneyOrNull } from '../lib/money.ts';
import { lockTransactionsOf } from '../transactions/classification-store.ts';
import type { Frequency, Occurrence, RecurringStream, StreamStatus } from './recurring.ts';

/** A stream as stored: found again at every detection, its occurrences counted rather than listed. */
export type StoredStream = Omit<RecurringStream, 'key' | 'transactionIds'> & { id: string; occurrenceCount: number };

/** Posted income and expenses since a day, without refunds and reversals: what streams are looked for in. */
export async function listOccurrences({ pool }: Database, userId: string, since: CalendarDate): Promise<Occurrence[]> {
  const { rows } = await pool.query(
    `SELECT id, account_id, date, amount, merchant, effective_category, currency FROM transactions
     WHERE user_id = $1 AND date >= $2 AND removed_at IS NULL AND NOT pending 
       AND (cash_flow_type = 'income' AND amount < 0 OR cash_flow_type = 'expense' AND amount > 0) ORDER BY date`,
    [userId, since],
  );
  return rows.map((row) => ({
    transactionId: row.id,
    accountId: row.account_id,
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

/** Makes the stored streams the same as these and marks their transactions; a stream found again keeps its id. */
export async function replaceStreams(database: Database, userId: string, streams: RecurringStream[]): Promise<void> {
  await database.transaction(async (client) => {
    await lockTransactionsOf(client, userId);
    await client.query('DELETE FROM recurring_transactions WHERE user_id = $1 AND stream_id <> ALL($2::text[])', [
      userId,
      streams.map((stream) => stream.key),
    ]);
    const { names, unnest, parameters } = bulkSource(COLUMNS, streams);
    const set = names.filter((name) => name !== 'stream_id').map((name) => `${name} = EXCLUDED.${name}`);
    await client.query(
      `INSERT INTO recurring_transactions (user_id, updated_at, ${names.join(', ')})
       SELECT $${parameters.length + 1}::uuid, now(), ${names.join(', ')} FROM ${unnest}
       ON CONFLICT (user_id, stream_id) DO UPDATE SET ${set.join(', ')}, updated_at = now()`,
      [...parameters, userId],
    );
    const members = streams.flatMap((stream) => stream.transactionIds.map((id) => [id, stream.key] as const));
    await client.query(
      `WITH member AS (
         SELECT source.id, stream.id AS stream_id FROM unnest($2::uuid[], $3::text[]) AS source(id, key)
         JOIN recurring_transactions AS stream ON stream.user_id = $1 AND stream.stream_id = source.key)
       UPDATE transactions SET recurring_stream_id = member.stream_id, is_recurring = member.id IS NOT NULL
       FROM transactions AS own LEFT JOIN member ON member.id = own.id
       WHERE transactions.id = own.id AND own.user_id = $1 AND own.recurring_stream_id IS DISTINCT FROM member.stream_id`,
      [userId, members.map(([id]) => id), members.map(([, key]) => key)],
    );
  });
}

/** A person's streams, the largest first; those that ended come last. */
export async function listStreams({ prisma }: Database, userId: string): Promise<StoredStream[]> {
  const rows = await prisma.recurringTransaction.findMany({
    where: { userId },
    orderBy: [{ isActive: 'desc' }, { averageAmount: 'desc' }, { id: 'asc' }],
  });
  return rows.map((row) => ({
    id: row.id,
    accountId: row.accountId,
    merchant: row.merchantName ?? row.description,
    category: row.category,
    currency: row.currency,
    isIncome: row.isIncome,
    frequency: row.frequency as Frequency,
    averageAmount: toMoney(row.averageAmount),
    lastAmount: toMoney(row.lastAmount),
    previousAmount: toMoneyOrNull(row.previousAmount),
    occurrenceCount: row.occurrenceCount,
    firstOn: fromDatabaseDate(row.firstDate),
    lastOn: fromDatabaseDate(row.lastDate),
    nextExpectedOn: fromDatabaseDate(row.nextExpectedDate),
    status: row.status as StreamStatus,
    confidence: row.confidence.toNumber(),
  }));
}
