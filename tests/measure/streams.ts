import type { Client } from '../test-app.ts';
import { lifeId } from './dashboard.ts';
import type { Life } from './life.ts';

/** How the streams that a dashboard found compare with those that were. */
export interface StreamScore {
  streams: number;
  found: number;
  right: number;
  sameFrequency: number;
  /** Of streams that go on and were found: how many next dates are right to the day, and within two days. */
  goOn: number;
  toTheDay: number;
  nearly: number;
  wrong: string[];
}

interface StoredStream {
  merchant: string;
  frequency: string;
  next: string;
  status: string;
  rows: string[];
}

const NEARLY_DAYS = 2;
const RECENT_DAYS = 400;
const DAY_MS = 86_400_000;

/** Compares the stored streams of a person with the life they were made of. A stream is found when most of its rows of the last year are. */
export async function scoreStreams(client: Client, userId: string, life: Life): Promise<StreamScore> {
  const { rows, streams } = life.seen();
  const truth = new Map(rows.map((row) => [row.id, row.stream]));
  const last = rows.at(-1)?.date ?? '';
  const isRecent = (date: string) => Date.parse(last) - Date.parse(date) < RECENT_DAYS * DAY_MS;
  const { rows: stored } = await client.app.deps.database.pool.query<StoredStream>(
    `SELECT stream.merchant_name AS merchant, frequency, next_expected_date::text AS next, stream.status,
       ARRAY(SELECT transaction_id FROM transactions WHERE recurring_stream_id = stream.id) AS rows
     FROM recurring_transactions AS stream WHERE user_id = $1`,
    [userId],
  );
  const found = stored.map((stream) => {
    const ids = stream.rows.map(lifeId);
    const counts = new Map<string, number>();
    for (const id of ids) {
      const key = truth.get(id);
      if (key) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const [key, shared] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
    return { ...stream, key: shared >= 0.7 * ids.length ? key : null, ids: new Set(ids) };
  });
  const result: StreamScore = {
    streams: streams.length,
    found: stored.length,
    right: 0,
    sameFrequency: 0,
    goOn: 0,
    toTheDay: 0,
    nearly: 0,
    wrong: [],
  };
  const taken = new Set<(typeof found)[number]>();
  for (const stream of streams) {
    const own = rows.filter((row) => row.stream === stream.key);
    const recent = own.filter((row) => isRecent(row.date));
    const counted = recent.length > 0 ? recent : own;
    const match = found.find(
      (candidate) => candidate.key === stream.key && counted.filter((row) => candidate.ids.has(row.id)).length >= counted.length / 2,
    );
    if (!match) {
      result.wrong.push(
        `missed ${stream.cadence} ${stream.key}: ${own
          .slice(-8)
          .map((row) => `${row.date} ${row.cents / 100}`)
          .join(', ')}`,
      );
      continue;
    }
    taken.add(match);
    result.right++;
    if (match.frequency === stream.cadence) result.sameFrequency++;
    else
      result.wrong.push(
        `frequency ${match.frequency}, not ${stream.cadence} ${stream.key}: ${own
          .slice(-8)
          .map((row) => row.date)
          .join(', ')}`,
      );
    if (!stream.next || match.status === 'ended') {
      if (stream.next) result.wrong.push(`ended ${stream.cadence} ${stream.key}`);
      continue;
    }
    result.goOn++;
    const off = Math.round((Date.parse(match.next) - Date.parse(stream.next)) / DAY_MS);
    if (off === 0) result.toTheDay++;
    else
      result.wrong.push(
        `next ${match.next}, not ${stream.next} ${stream.cadence} ${stream.key}: ${own
          .slice(-8)
          .map((row) => row.date)
          .join(', ')}`,
      );
    if (Math.abs(off) <= NEARLY_DAYS) result.nearly++;
  }
  for (const candidate of found) {
    if (taken.has(candidate)) continue;
    const own = rows.filter((row) => candidate.ids.has(row.id));
    result.wrong.push(
      `no stream ${candidate.frequency} ${candidate.merchant} (${candidate.key}): ${own
        .slice(-8)
        .map((row) => `${row.date} ${row.cents / 100}`)
        .join(', ')}`,
    );
  }
  return result;
}

const share = (part: number, whole: number) => (whole === 0 ? '—' : `${((part / whole) * 100).toFixed(1)} %`);

export function streamReport(kind: string, scores: StreamScore[]): { lines: string[]; total: Omit<StreamScore, 'wrong'> } {
  const sum = (of: Exclude<keyof StreamScore, 'wrong'>) => scores.reduce((total, score) => total + score[of], 0);
  const total = {
    streams: sum('streams'),
    found: sum('found'),
    right: sum('right'),
    sameFrequency: sum('sameFrequency'),
    goOn: sum('goOn'),
    toTheDay: sum('toTheDay'),
    nearly: sum('nearly'),
  };
  return {
    total,
    lines: [
      `recurring, ${scores.length} ${kind} households: ${total.streams} streams; precision ${share(total.right, total.found)}, recall ${share(total.right, total.streams)}, frequency right ${share(total.sameFrequency, total.right)}; next date to the day ${share(total.toTheDay, total.goOn)}, within ${NEARLY_DAYS} days ${share(total.nearly, total.goOn)}`,
    ],
  };
}
