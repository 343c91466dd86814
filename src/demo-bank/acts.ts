import type { CalendarDate } from '../lib/dates.ts';
import type { Entry } from './household.ts';

/** Something a visitor made happen at the bank, beside what the household does by itself. */
export type Act = { day: CalendarDate; kind: 'purchase' | 'pending' | 'post' };

/** A day that never comes: what is pending until a visitor posts it. */
const NEVER = '9999-12-31' as CalendarDate;
const PURCHASES = [
  { merchant: 'Corner Pantry', category: 'FOOD_AND_DRINK_GROCERIES', amount: 42.17 },
  { merchant: 'Parcel Plaza', category: 'GENERAL_MERCHANDISE_ONLINE_MARKETPLACES', amount: 89.9 },
  { merchant: 'Arrow Fuel', category: 'TRANSPORTATION_GAS', amount: 51.36 },
] as const;
const DINNER = { merchant: 'The Copper Spoon', category: 'FOOD_AND_DRINK_RESTAURANT', amount: 60, withTip: 72 } as const;

/** One entry on the card as a visitor's acts make it. */
interface ActedEntry {
  entry: Entry;
  change: 'added' | 'posted';
}

const entryOf = (key: string, day: CalendarDate, bought: { merchant: string; category: string; amount: number }): Entry => ({
  key,
  account: 'card',
  occurredOn: day,
  postedOn: day,
  amount: bought.amount,
  pendingAmount: bought.amount,
  name: bought.merchant.toUpperCase(),
  merchant: bought.merchant,
  category: bought.category,
  channel: 'in store',
});

/** The entries that acts come to, and what each act changed, in their order. An act to post with nothing pending changes nothing. */
export function actedEntries(acts: Act[]): { entries: Entry[]; changes: (ActedEntry | null)[] } {
  const entries: Entry[] = [];
  const changes = acts.map(({ day, kind }, index): ActedEntry | null => {
    const key = `act-${index}`;
    if (kind === 'purchase') {
      const entry = entryOf(key, day, PURCHASES[index % PURCHASES.length] as (typeof PURCHASES)[number]);
      entries.push(entry);
      return { entry: { ...entry }, change: 'added' };
    }
    if (kind === 'pending') {
      const entry = { ...entryOf(key, day, DINNER), amount: DINNER.withTip, postedOn: NEVER };
      entries.push(entry);
      return { entry: { ...entry }, change: 'added' };
    }
    const held = entries.find((entry) => entry.postedOn === NEVER);
    if (!held) return null;
    held.postedOn = day;
    return { entry: { ...held }, change: 'posted' };
  });
  return { entries, changes };
}

export const isPending = (entry: Entry): boolean => entry.postedOn === NEVER;
