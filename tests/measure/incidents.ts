// What a person would want to hear of, in the last year of a life.
import { addDays, type CalendarDate } from '../../src/lib/dates.ts';
import { moved } from './calendar.ts';
import { category, type Life, TODAY } from './life.ts';
import { moveOwn } from './own-money.ts';

const YEAR_DAYS = 365;
const someDay = (life: Life): CalendarDate => addDays(TODAY, -life.whole(3, YEAR_DAYS - 5));

const FEES: [name: string, low: number, high: number, detailed: string][] = [
  ['NON-NETWORK ATM FEE', 2, 5, 'ATM_FEES'],
  ['OVERDRAFT FEE', 30, 36, 'OVERDRAFT_FEES'],
  ['LATE PAYMENT FEE', 25, 40, 'LATE_FEES'],
  ['FOREIGN TRANSACTION FEE', 1.2, 9, 'FOREIGN_TRANSACTION_FEES'],
];

/** Habits at one price are no double charges, however near their days are. */
const NO_DOUBLES = new Set(['Canteen Nine', 'Kettle Coffee', 'Parcel Plaza']);

/** Fees, double charges and unusual purchases. */
export function incidents(life: Life): void {
  for (let times = life.whole(0, 3); times > 0; times--) {
    const [name, low, high, detailed] = life.luck.pick(FEES);
    const on = someDay(life);
    const row = life.move({
      account: 'checking',
      date: on,
      cents: life.cents(low, high),
      name,
      category: category('BANK_FEES', detailed),
      meaning: 'spending',
    });
    life.incidents.push({ kind: 'fee', on, rows: [row.id] });
  }
  const bought = life.written.filter(
    (row) =>
      row.account === 'card' &&
      row.merchant &&
      !NO_DOUBLES.has(row.merchant) &&
      !row.stream &&
      row.cents > 2_000 &&
      row.date > addDays(TODAY, -YEAR_DAYS + 5) &&
      row.date < addDays(TODAY, -2),
  );
  for (let times = life.whole(0, 2); times > 0; times--) {
    const first = life.luck.pick(bought);
    const on = addDays(first.date, life.whole(0, 1));
    const second = life.move({
      account: first.account,
      date: on,
      cents: first.cents,
      name: first.name,
      merchant: first.merchant,
      category: first,
      meaning: 'spending',
    });
    life.incidents.push({ kind: 'double_charge', on, rows: [first.id, second.id] });
  }
  for (let times = life.whole(0, 2); times > 0; times--) {
    const on = someDay(life);
    const [name, what] = life.luck.pick([
      ['TECHHAUS ELECTRONICS', category('GENERAL_MERCHANDISE', 'ELECTRONICS')],
      ['SKYLINE AIR 0162', category('TRAVEL', 'FLIGHTS')],
      ['RIVERSIDE DENTAL', category('MEDICAL', 'DENTAL_CARE')],
    ] as const);
    const row = life.move({ account: 'card', date: on, cents: life.cents(900, 3_200), name, category: what, meaning: 'spending' });
    life.incidents.push({ kind: 'unusual_purchase', on, rows: [row.id] });
  }
}

const COMFORT_CENTS = 180_000;
const SWEPT_CENTS = 50_000;
const eachWeek = (from: CalendarDate) => Array.from({ length: 9 }, (_none, week) => addDays(from, 7 * week));

/** Fills the accounts at the start so that none runs dry by itself, and lets the first one do so once for two households in five. */
export function balances(life: Life, isHard: boolean): void {
  const depository = life.accounts.filter(({ type }) => type === 'depository');
  const [checking, savings] = [life.account('checking'), life.account('savings')];
  checking.openingCents = Math.max(COMFORT_CENTS, COMFORT_CENTS - lowest(life, checking.key));
  // What is left over goes to savings now and then.
  for (let on = addDays(life.start, 90); on < life.end; on = addDays(on, life.whole(80, 100))) {
    const spare = Math.min(...eachWeek(on).map((day) => checking.openingCents + movedBy(life, 'checking', day))) - COMFORT_CENTS;
    if (spare >= SWEPT_CENTS)
      moveOwn(life, isHard, 'what is left over', checking, savings, on, Math.floor(spare / SWEPT_CENTS) * SWEPT_CENTS);
  }
  for (const account of depository) account.openingCents = Math.max(COMFORT_CENTS, COMFORT_CENTS - lowest(life, account.key));
  if (!life.luck.happens(0.4)) return;
  const on = moved(addDays(TODAY, -life.whole(20, YEAR_DAYS - 20)), 'after');
  const left = checking.openingCents + movedBy(life, 'checking', on) - life.cents(60, 140);
  if (left <= 0) return;
  const row = life.move({
    account: 'checking',
    date: on,
    cents: left,
    name: 'OAKRIDGE ROOFING',
    merchant: 'Oakridge Roofing',
    category: category('HOME_IMPROVEMENT', 'REPAIR_AND_MAINTENANCE'),
    meaning: 'spending',
  });
  life.incidents.push({ kind: 'low_balance', on, rows: [row.id] }, { kind: 'unusual_purchase', on, rows: [row.id] });
  savings.openingCents += left;
  moveOwn(life, isHard, 'to fill up', savings, checking, addDays(on, 3), left);
}

const movedBy = (life: Life, account: string, until: CalendarDate): number =>
  -life.written
    .filter((row) => row.account === account && row.date >= life.start && row.date <= until)
    .reduce((total, row) => total + row.cents, 0);

function lowest(life: Life, account: string): number {
  let [balance, low] = [0, 0];
  const rows = life.written.filter((row) => row.account === account && row.date >= life.start).sort((a, b) => (a.date < b.date ? -1 : 1));
  for (const row of rows) {
    balance -= row.cents;
    low = Math.min(low, balance);
  }
  return low;
}
