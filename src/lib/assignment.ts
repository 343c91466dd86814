/**
 * Assigns rows to columns one to one so that the total weight is greatest (the Hungarian method with potentials, O(n³)).
 * @param weights a matrix of weights, all rows of one length; a weight that is not positive is never chosen.
 * @returns for each row its column, or null.
 */
export function bestAssignment(weights: number[][]): (number | null)[] {
  const rows = weights.length;
  const columns = weights[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return weights.map(() => null);
  // A dummy column per row lets a row stay alone at no cost.
  const width = columns + rows;
  const cost = (row: number, column: number) => (column < columns ? -Math.max(0, weights[row]?.[column] ?? 0) : 0);
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(width + 1);
  const rowOf = new Int32Array(width + 1);
  const previous = new Int32Array(width + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    let column = 0;
    const slack = new Float64Array(width + 1).fill(Number.POSITIVE_INFINITY);
    const isVisited = new Uint8Array(width + 1);
    do {
      isVisited[column] = 1;
      const current = rowOf[column] as number;
      let delta = Number.POSITIVE_INFINITY;
      let nextColumn = 0;
      for (let candidate = 1; candidate <= width; candidate++) {
        if (isVisited[candidate]) continue;
        const reduced = cost(current - 1, candidate - 1) - (rowPotential[current] as number) - (columnPotential[candidate] as number);
        if (reduced < (slack[candidate] as number)) {
          slack[candidate] = reduced;
          previous[candidate] = column;
        }
        if ((slack[candidate] as number) < delta) {
          delta = slack[candidate] as number;
          nextColumn = candidate;
        }
      }
      for (let candidate = 0; candidate <= width; candidate++) {
        if (isVisited[candidate]) {
          rowPotential[rowOf[candidate] as number] = (rowPotential[rowOf[candidate] as number] as number) + delta;
          columnPotential[candidate] = (columnPotential[candidate] as number) - delta;
        } else slack[candidate] = (slack[candidate] as number) - delta;
      }
      column = nextColumn;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = previous[column] as number;
      rowOf[column] = rowOf[before] as number;
      column = before;
    }
  }
  const assigned: (number | null)[] = weights.map(() => null);
  for (let column = 1; column <= columns; column++) {
    const row = (rowOf[column] as number) - 1;
    if (row >= 0 && (weights[row]?.[column - 1] ?? 0) > 0) assigned[row] = column - 1;
  }
  return assigned;
}
