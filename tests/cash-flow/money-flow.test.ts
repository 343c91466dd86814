import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moneyFlow } from '../../src/cash-flow/money-flow.ts';
import { moneyOut, sum, toMoney } from '../../src/lib/money.ts';

const amounts = (entries: Record<string, number>) => new Map(Object.entries(entries).map(([key, cents]) => [key, toMoney(cents).div(100)]));
const parts = (nodes: { key: string; kind: string; amount: ReturnType<typeof toMoney> }[]) =>
  nodes.map(({ key, kind, amount }) => [key, kind, moneyOut(amount)]);

describe('the picture of a period’s money', () => {
  it('keeps what is left over', () => {
    const flow = moneyFlow(amounts({ INCOME: 300_000 }), amounts({ FOOD_AND_DRINK: 50_000, RENT_AND_UTILITIES: 120_000 }));
    expect(parts(flow?.sources ?? [])).toEqual([['INCOME', 'category', 3_000]]);
    expect(parts(flow?.targets ?? [])).toEqual([
      ['RENT_AND_UTILITIES', 'category', 1_200],
      ['FOOD_AND_DRINK', 'category', 500],
      ['KEPT', 'kept', 1_300],
    ]);
  });

  it('takes what is missing from savings, and a refund is a source', () => {
    const flow = moneyFlow(amounts({ INCOME: 10_000 }), amounts({ TRAVEL: 50_000, MEDICAL: -4_000 }));
    expect(parts(flow?.sources ?? [])).toEqual([
      ['INCOME', 'category', 100],
      ['MEDICAL', 'refund', 40],
      ['SHORTAGE', 'shortage', 360],
    ]);
    expect(parts(flow?.targets ?? [])).toEqual([['TRAVEL', 'category', 500]]);
  });

  it('is none without money', () => {
    expect(moneyFlow(new Map(), new Map())).toBeNull();
    expect(moneyFlow(amounts({ INCOME: 0 }), amounts({ TRAVEL: 0 }))).toBeNull();
  });

  it('has the same total on both sides, whatever the categories, and bars that do not overlap', () => {
    const side = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxKeys: 20 });
    fc.assert(
      fc.property(side, side, (income, expenses) => {
        const flow = moneyFlow(amounts(income), amounts(expenses));
        if (!flow) return;
        expect(sum(flow.sources.map(({ amount }) => amount)).equals(flow.total)).toBe(true);
        expect(sum(flow.targets.map(({ amount }) => amount)).equals(flow.total)).toBe(true);
        for (const nodes of [flow.sources, flow.targets]) {
          nodes.forEach((node, index) => {
            const below = nodes[index + 1];
            expect(node.y).toBeGreaterThanOrEqual(-0.001);
            expect(node.y + node.height).toBeLessThanOrEqual((below?.y ?? flow.height) + 0.001);
          });
        }
      }),
    );
  });
});
