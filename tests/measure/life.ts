// Made-up lives whose every movement is known for what it is: reproducible, one for each seed. Written from how people, payers and
// banks behave.
import { type Chance, chance } from '../../src/demo-bank/random.ts';
import { addDays, type CalendarDate, calendarDate, daysBetween } from '../../src/lib/dates.ts';

/** What a movement really is. */
export type Meaning = 'income' | 'spending' | 'refund' | 'own' | 'borrowed' | 'interest';

export interface LifeAccount {
  key: string;
  bank: string;
  name: string;
  type: 'depository' | 'credit' | 'loan' | 'investment';
  subtype: string;
  mask: string;
  /** The dashboard sees only what is linked. */
  isLinked: boolean;
  openingCents: number;
}

export interface LifeRow {
  id: string;
  account: string;
  date: CalendarDate;
  /** Plaid's sign: positive is money out. */
  cents: number;
  name: string;
  merchant: string | null;
  primary: string | null;
  detailed: string | null;
  meaning: Meaning;
  /** The other side, where this is one side of a movement between own accounts. */
  partner: string | null;
  /** The stream it belongs to. */
  stream: string | null;
}

/** A movement between two linked accounts. */
export interface TruePair {
  outflow: string;
  inflow: string;
  kind: string;
  /** How many of its sides say in words or by their category that money moved between own accounts. */
  evidence: 'both' | 'one' | 'none';
}

/** Two movements of the same amount that have nothing to do with each other. */
export interface Coincidence {
  kind: string;
  on: CalendarDate;
}

interface TrueStream {
  key: string;
  cadence: Cadence;
  /** The first date after the last day that is seen; null for what has ended. */
  next: CalendarDate | null;
}

export type Cadence =
  | 'weekly'
  | 'biweekly'
  | 'every_4_weeks'
  | 'semi_monthly'
  | 'monthly'
  | 'every_2_months'
  | 'quarterly'
  | 'half_yearly'
  | 'annually';

/** Something a person would want to be told of. */
export interface Incident {
  kind: 'fee' | 'double_charge' | 'price_increase' | 'missed_bill' | 'low_balance' | 'unusual_purchase';
  on: CalendarDate;
  rows: string[];
  /** Of a bill that did not come: which. */
  stream?: string;
}

export interface Category {
  primary: string | null;
  detailed: string | null;
}

export const NO_CATEGORY: Category = { primary: null, detailed: null };

/** @param detailed a detailed code of Plaid, which begins with its primary one. */
export function category(primary: string, detailed: string): Category {
  return { primary, detailed: `${primary}_${detailed}` };
}

/** The last day that is seen. */
export const TODAY = calendarDate('2026-03-18');
const HISTORY_DAYS = 730;
/** Life goes on after the last day that is seen, so that it is known what would have come. */
const FUTURE_DAYS = 420;

interface Movement {
  account: string;
  date: CalendarDate;
  cents: number;
  name: string;
  merchant?: string | null;
  category: Category;
  meaning: Meaning;
  stream?: string | null;
}

/** A life that is being written. */
export class Life {
  readonly seed: number;
  readonly luck: Chance;
  readonly start = addDays(TODAY, -HISTORY_DAYS);
  readonly end = addDays(TODAY, FUTURE_DAYS);
  readonly accounts: LifeAccount[] = [];
  readonly pairs: TruePair[] = [];
  readonly coincidences: Coincidence[] = [];
  readonly incidents: Incident[] = [];
  readonly cadences = new Map<string, Cadence>();
  readonly written: LifeRow[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.luck = chance('life', seed);
  }

  whole = (low: number, high: number): number => Math.floor(this.luck.between(low, high + 1));
  cents = (low: number, high: number): number => Math.round(this.luck.between(low, high) * 100);
  /** An amount as people choose them. */
  round = (low: number, high: number, step: number): number => this.whole(Math.ceil(low / step), Math.floor(high / step)) * step * 100;

  open(account: Omit<LifeAccount, 'mask' | 'openingCents'> & { openingCents?: number }): LifeAccount {
    const opened = { openingCents: 0, ...account, mask: String(this.whole(1_000, 9_999)) };
    this.accounts.push(opened);
    return opened;
  }

  account(key: string): LifeAccount {
    const found = this.accounts.find((candidate) => candidate.key === key);
    if (!found) throw new Error(`There is no account ${key}`);
    return found;
  }

  has = (key: string): boolean => this.accounts.some((account) => account.key === key && account.isLinked);

  move({ merchant = null, stream = null, category: { primary, detailed }, ...movement }: Movement): LifeRow {
    const row = { id: `${this.seed}-${this.written.length}`, merchant, stream, primary, detailed, partner: null, ...movement };
    this.written.push(row);
    return row;
  }

  /** Both sides of one movement between own accounts. */
  pair(kind: string, evidence: TruePair['evidence'], outflow: Omit<Movement, 'meaning'>, inflow: Omit<Movement, 'meaning'>): void {
    const [from, to] = [this.move({ ...outflow, meaning: 'own' }), this.move({ ...inflow, meaning: 'own' })];
    from.partner = to.id;
    to.partner = from.id;
    this.pairs.push({ outflow: from.id, inflow: to.id, kind, evidence });
  }

  coincide(kind: string, on: CalendarDate): void {
    this.coincidences.push({ kind, on });
  }

  /** What the dashboard is shown, and what is true of it. */
  seen() {
    const rows = this.written
      .filter((row) => this.account(row.account).isLinked && row.date >= this.start && row.date <= TODAY)
      .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : daysBetween(a.date, b.date) || (a.id < b.id ? -1 : 1)));
    const shown = new Set(rows.map((row) => row.id));
    const streams = [...this.cadences].flatMap(([key, cadence]): TrueStream[] => {
      const dates = this.written.filter((row) => row.stream === key && this.account(row.account).isLinked).map((row) => row.date);
      const past = dates.filter((date) => date >= this.start && date <= TODAY);
      const next = dates.filter((date) => date > TODAY).sort()[0] ?? null;
      return past.length >= OCCURRENCES_MIN[cadence] ? [{ key, cadence, next }] : [];
    });
    return {
      accounts: this.accounts.filter((account) => account.isLinked),
      rows,
      pairs: this.pairs.filter(({ outflow, inflow }) => shown.has(outflow) && shown.has(inflow)),
      coincidences: this.coincidences.filter(({ on }) => on >= this.start && on <= TODAY),
      incidents: this.incidents.filter(({ on }) => on >= this.start && on <= TODAY),
      streams,
    };
  }
}

/** So many times something has to have happened before anybody could know that it recurs. */
const OCCURRENCES_MIN: Record<Cadence, number> = {
  weekly: 3,
  biweekly: 3,
  every_4_weeks: 3,
  semi_monthly: 4,
  monthly: 3,
  every_2_months: 3,
  quarterly: 3,
  half_yearly: 3,
  annually: 2,
};
