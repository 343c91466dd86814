// The way that suggests itself: all rows into the program, added up there.
import type { Database } from '../../src/database/client.ts';
import { Money } from '../../src/lib/money.ts';
import type { Period } from '../../src/lib/period.ts';

export async function sumByFindMany({ prisma }: Database, userId: string, { start, end }: Period): Promise<Map<string, Money>> {
  const rows = await prisma.transaction.findMany({
    where: { userId, date: { gte: new Date(start), lte: new Date(end) }, pending: false, removedAt: null },
  });
  const sums = new Map<string, Money>();
  for (const { cashFlowType, effectiveCategory, merchant, date, cashFlowAmount } of rows)
    for (const key of [cashFlowType, effectiveCategory, merchant, date.toISOString()].map(String))
      sums.set(key, (sums.get(key) ?? new Money(0)).plus(String(cashFlowAmount)));
  return sums;
}
