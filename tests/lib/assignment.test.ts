import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bestAssignment } from '../../src/lib/assignment.ts';

const total = (weights: number[][], chosen: (number | null)[]) =>
  chosen.reduce<number>((sum, column, row) => sum + (column === null ? 0 : (weights[row]?.[column] ?? 0)), 0);

/** The best total by trying everything. */
function bruteForce(weights: number[][], row = 0, used = new Set<number>()): number {
  if (row === weights.length) return 0;
  let best = bruteForce(weights, row + 1, used);
  weights[row]?.forEach((weight, column) => {
    if (weight > 0 && !used.has(column)) best = Math.max(best, weight + bruteForce(weights, row + 1, new Set([...used, column])));
  });
  return best;
}

it('finds the best total of any matrix and uses no column twice', () => {
  const matrix = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
    );
  fc.assert(
    fc.property(matrix, (weights) => {
      const chosen = bestAssignment(weights);
      const columns = chosen.filter((column) => column !== null);
      expect(new Set(columns).size).toBe(columns.length);
      expect(total(weights, chosen)).toBe(bruteForce(weights));
    }),
    { numRuns: 300 },
  );
});

it('is better than taking the largest first', () => {
  // Greedy takes 10 and is left with 1; the best is 9 + 9.
  expect(
    bestAssignment([
      [10, 9],
      [9, 1],
    ]),
  ).toEqual([1, 0]);
  expect(bestAssignment([])).toEqual([]);
  expect(bestAssignment([[0]])).toEqual([null]);
});
