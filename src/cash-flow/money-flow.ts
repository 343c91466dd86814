import { type Money, sum, ZERO } from '../lib/money.ts';

/** Where money came from, or where it went, with its place in the picture. Lengths are in units of the picture. */
export interface FlowNode {
  /** A category, or what else moved money: `SHORTAGE` (spent beyond what came in), `KEPT`, or how many small ones there are together. */
  key: string;
  kind: 'category' | 'refund' | 'reversal' | 'shortage' | 'kept' | 'more';
  amount: Money;
  /** Top and height of its bar. */
  y: number;
  height: number;
  /** Top of where its stream joins the middle. */
  middleY: number;
}

export interface MoneyFlow {
  sources: FlowNode[];
  targets: FlowNode[];
  /** What came in, refunds and shortage included: the sum of either side. */
  total: Money;
  height: number;
  middle: { y: number; height: number };
}

const SOURCES_MAX = 6;
const TARGETS_MAX = 10;
const FLOW_HEIGHT = 300;
/** Each bar has room for its words, however thin it is. */
const SLOT_MIN = 38;
const GAP = 8;
/** Thinner than this nobody sees it. */
const HEIGHT_MIN = 1.5;

type Part = Pick<FlowNode, 'key' | 'kind' | 'amount'>;

/**
 * The picture of a period's money (a Sankey diagram of one step): everything that came in on the left, everything that it went into on
 * the right. Both sides add up to the same total: what is left over is kept, what is missing was taken from savings. A category in which
 * more was refunded than spent is a source.
 */
export function moneyFlow(income: Map<string, Money>, expenses: Map<string, Money>): MoneyFlow | null {
  const positive = (map: Map<string, Money>, kind: Part['kind']): Part[] =>
    [...map].filter(([, amount]) => amount.greaterThan(0)).map(([key, amount]) => ({ key, kind, amount }));
  const negative = (map: Map<string, Money>, kind: Part['kind']): Part[] =>
    [...map].filter(([, amount]) => amount.lessThan(0)).map(([key, amount]) => ({ key, kind, amount: amount.negated() }));
  const left = [...positive(income, 'category'), ...negative(expenses, 'refund')];
  const right = [...positive(expenses, 'category'), ...negative(income, 'reversal')];
  const kept = sum(left.map(({ amount }) => amount)).minus(sum(right.map(({ amount }) => amount)));
  const sources = gathered(left, SOURCES_MAX);
  const targets = gathered(right, TARGETS_MAX);
  if (kept.greaterThan(0)) targets.push({ key: 'KEPT', kind: 'kept', amount: kept });
  if (kept.lessThan(0)) sources.push({ key: 'SHORTAGE', kind: 'shortage', amount: kept.negated() });
  const total = sum(sources.map(({ amount }) => amount));
  if (total.isZero()) return null;
  const height = Math.max(FLOW_HEIGHT, heightOf(sources, total), heightOf(targets, total));
  const middleTop = (height - FLOW_HEIGHT) / 2;
  return {
    sources: placed(sources, total, height, middleTop),
    targets: placed(targets, total, height, middleTop),
    total,
    height,
    middle: { y: middleTop, height: FLOW_HEIGHT },
  };
}

/** The largest first, the smallest together. */
function gathered(parts: Part[], max: number): Part[] {
  const sorted = [...parts].sort((a, b) => b.amount.comparedTo(a.amount) || (a.key < b.key ? -1 : 1));
  if (sorted.length <= max) return sorted;
  const rest = sorted.slice(max - 1);
  return [...sorted.slice(0, max - 1), { key: `${rest.length} more`, kind: 'more', amount: sum(rest.map(({ amount }) => amount)) }];
}

const barHeight = (amount: Money, total: Money) => amount.div(total).times(FLOW_HEIGHT).toNumber();
const slotHeight = (amount: Money, total: Money) => Math.max(SLOT_MIN, barHeight(amount, total));
const heightOf = (parts: Part[], total: Money) =>
  parts.reduce((height, { amount }) => height + slotHeight(amount, total), 0) + GAP * (parts.length - 1);

/** Bars below each other, each in the middle of its slot, all in the middle of the height. */
function placed(parts: Part[], total: Money, height: number, middleTop: number): FlowNode[] {
  let before = ZERO;
  let top = (height - heightOf(parts, total)) / 2;
  return parts.map((part) => {
    const [bar, slot] = [barHeight(part.amount, total), slotHeight(part.amount, total)];
    const node = {
      ...part,
      y: top + (slot - bar) / 2,
      height: Math.max(HEIGHT_MIN, bar),
      middleY: middleTop + barHeight(before, total),
    };
    before = before.plus(part.amount);
    top += slot + GAP;
    return node;
  });
}
