import { expect, it } from 'vitest';
import { Money } from '../../src/lib/money.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { streamsOf } from '../../src/recurring/recurring.ts';
import { HOUSEHOLD_TODAY, household } from '../households.ts';

/** How many streams of a household are found as they are: most of their transactions, nothing much else, the right cadence. */
function score(seed: number) {
  const { rows, streams } = household(seed);
  const occurrences = rows
    .filter((row) => row.kind === 'income' || row.kind === 'expense')
    .map((row) => ({
      transactionId: row.id,
      accountId: row.account,
      isAtBank: row.account !== 'card',
      date: row.date,
      amount: new Money(row.cents).div(100),
      merchant: row.name,
      category: 'X',
      currency: 'USD',
    }));
  const found = atOnce(streamsOf(occurrences, HOUSEHOLD_TODAY));
  const truth = new Map(rows.map((row) => [row.id, row.stream]));
  const right = streams.filter(({ key, frequency }) =>
    found.some((stream) => {
      const shared = stream.transactionIds.filter((id) => truth.get(id) === key).length;
      const all = rows.filter((row) => row.stream === key).length;
      return stream.frequency === frequency && shared >= 0.7 * stream.transactionIds.length && shared >= 0.5 * all;
    }),
  );
  return { found: found.length, right: right.length, streams: streams.length };
}

it('fifty households: nearly all that is found recurs, nearly all that recurs is found', () => {
  const scores = Array.from({ length: 50 }, (_none, index) => score(index + 1));
  const total = (of: 'found' | 'right' | 'streams') => scores.reduce((sum, entry) => sum + entry[of], 0);
  expect(total('streams')).toBeGreaterThan(450);
  expect(total('right') / total('found')).toBeGreaterThanOrEqual(0.95);
  expect(total('right') / total('streams')).toBeGreaterThanOrEqual(0.9);
});
