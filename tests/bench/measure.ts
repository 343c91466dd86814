// Times two ways of doing the same thing in turns, so that what else happens on the machine falls on both.
import { Agent, request } from 'node:http';

export interface Timing {
  p50: number;
  p95: number;
  /** Round by round. */
  times: number[];
}

const at = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
const timingOf = (times: number[]): Timing => {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: at(sorted, 0.5), p95: at(sorted, 0.95), times };
};

/** How much longer one way takes: the median of its ratios to the other, round by round, since the machine's own speed drifts. */
export function ratioOf(ours: Timing, floor: Timing): number {
  const ratios = ours.times.map((time, round) => time / (floor.times[round] as number));
  return at(
    ratios.sort((a, b) => a - b),
    0.5,
  );
}

/** Milliseconds of each way, taken in turns after a few rounds to warm up; who is first changes from round to round. */
export async function inTurns(rounds: number, ...ways: ((round: number) => Promise<unknown>)[]): Promise<Timing[]> {
  const times = ways.map((): number[] => []);
  const warmUp = Math.ceil(rounds / 5);
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const turn of ways.keys()) {
      const index = (turn + round) % ways.length;
      const startedAt = performance.now();
      await ways[index]?.(round);
      if (round >= warmUp) times[index]?.push(performance.now() - startedAt);
    }
  }
  return times.map(timingOf);
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request over a connection that is kept. */
export const send = (url: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<HttpAnswer> =>
  new Promise((done, fail) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', fail);
    sent.end(body);
  });

/** Requests a second that are answered when some are always under way. */
export async function requestsPerSecond(seconds: number, underWay: number, ask: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let answered = 0;
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      while (performance.now() < end) {
        await ask();
        answered++;
      }
    }),
  );
  return answered / seconds;
}
