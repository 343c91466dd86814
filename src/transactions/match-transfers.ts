import { bestAssignment } from '../lib/assignment.ts';
import { type Candidate, type Evidence, type Owner, weighEvidence } from './transfer-evidence.ts';

export interface TransferPair {
  outflowId: string;
  inflowId: string;
  /** 0 to 1 */
  score: number;
}

export interface TransferPairs {
  automatic: TransferPair[];
  suggested: TransferPair[];
}

/**
 * Chooses among candidates the pairs whose total evidence is greatest, each leg in one pair at most; among equal totals the nearer dates
 * win. What is believed is chosen first, what is suggested from the legs that are left. A pair with a pending leg is neither: both legs
 * wait until it has posted. The order of the candidates makes no difference.
 */
export function matchTransfers(candidates: Candidate[], owner: Owner): TransferPairs {
  const weighed = candidates.flatMap((candidate) => {
    const evidence = weighEvidence(candidate, owner);
    return evidence ? [{ ...candidate, ...evidence }] : [];
  });
  const believed = bestOf(weighed.filter(({ isBelieved }) => isBelieved));
  const taken = new Set(believed.flatMap(({ outflow, inflow }) => [outflow.id, inflow.id]));
  const open = weighed.filter(({ outflow, inflow, isBelieved }) => !isBelieved && !taken.has(outflow.id) && !taken.has(inflow.id));
  return { automatic: posted(believed), suggested: posted(bestOf(open)) };
}

type Weighed = Candidate & Evidence;

const posted = (pairs: Weighed[]): TransferPair[] =>
  pairs
    .filter(({ outflow, inflow }) => !outflow.isPending && !inflow.isPending)
    .map(({ outflow, inflow, weight }) => ({ outflowId: outflow.id, inflowId: inflow.id, score: weight / (weight + 1) }));

const bestOf = (weighed: Weighed[]): Weighed[] => connectedGroups(weighed).flatMap(bestPairs);

/** Splits candidates into groups that share no leg, so that each can be decided alone. */
function connectedGroups(candidates: Weighed[]): Weighed[][] {
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    let top = id;
    for (let next = parent.get(top) ?? top; next !== top; next = parent.get(top) ?? top) top = next;
    parent.set(id, top);
    return top;
  };
  for (const { outflow, inflow } of candidates) parent.set(root(outflow.id), root(inflow.id));
  const groups = new Map<string, Weighed[]>();
  for (const candidate of candidates) {
    const group = root(candidate.outflow.id);
    const members = groups.get(group);
    if (members) members.push(candidate);
    else groups.set(group, [candidate]);
  }
  return [...groups.values()];
}

function bestPairs(group: Weighed[]): Weighed[] {
  // Sorted ids make the choice among equals the same whatever order the rows came in.
  const outflows = [...new Set(group.map(({ outflow }) => outflow.id))].sort();
  const inflows = [...new Set(group.map(({ inflow }) => inflow.id))].sort();
  const cells = outflows.map(() => inflows.map((): Weighed | null => null));
  for (const candidate of group) {
    const row = cells[outflows.indexOf(candidate.outflow.id)];
    if (row) row[inflows.indexOf(candidate.inflow.id)] = candidate;
  }
  const chosen = bestAssignment(cells.map((row) => row.map((cell) => cell?.weight ?? 0)));
  return chosen.flatMap((column, row) => (column === null ? [] : (cells[row]?.[column] ?? [])));
}
