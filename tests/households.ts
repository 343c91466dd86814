// Made-up households of which it is known what recurs: reproducible, one for each seed.
import { chance } from '../src/demo-bank/random.ts';
import { addDays, addMonths, type CalendarDate, calendarDate, dayOfWeek, daysBetween, endOfMonth, startOfMonth } from '../src/lib/dates.ts';
import type { Frequency } from '../src/recurring/schedule.ts';

interface HouseholdRow {
  id: string;
  account: 'checking' | 'savings' | 'card';
  date: CalendarDate;
  /** Plaid's sign: positive is money out. */
  cents: number;
  name: string;
  /** Which true stream it belongs to; null for habits and single purchases. */
  stream: string | null;
  kind: 'income' | 'expense' | 'transfer' | 'card_payment';
}

export interface Household {
  rows: HouseholdRow[];
  streams: { key: string; frequency: Frequency }[];
}

const END = calendarDate('2026-03-18');
export const HOUSEHOLD_TODAY = END;

const workday = (date: CalendarDate, step: -1 | 1): CalendarDate => {
  let day = date;
  while ([0, 6].includes(dayOfWeek(day))) day = addDays(day, step);
  return day;
};

/** Two years of a household: pay, bills, subscriptions, a card that is paid in full, savings, habits and surprises. */
export function household(seed: number, days = 730): Household {
  const luck = chance('household', seed);
  const rows: HouseholdRow[] = [];
  const streams: Household['streams'] = [];
  const start = addDays(END, -days);
  const whole = (low: number, high: number) => Math.floor(luck.between(low, high + 1));
  const cents = (low: number, high: number) => Math.round(luck.between(low, high) * 100);
  const add = (
    account: HouseholdRow['account'],
    date: CalendarDate,
    amount: number,
    name: string,
    kind: HouseholdRow['kind'],
    stream: string | null = null,
  ) => {
    if (date >= start && date <= END) rows.push({ id: `${seed}-${rows.length}`, account, date, cents: amount, name, stream, kind });
  };
  const noisy = (name: string) =>
    luck.happens(0.5)
      ? name
      : luck.happens(0.5)
        ? `${name.toUpperCase()} #${whole(100, 9999)}`
        : `POS PURCHASE ${name} ${whole(1, 12)}/${whole(1, 28)} REF${whole(100000, 999999)}`;
  const months = (from = start, to = END) => {
    const list: CalendarDate[] = [];
    for (let month = startOfMonth(from); month <= to; month = addMonths(month, 1)) list.push(month);
    return list;
  };
  const monthly = (
    key: string,
    account: HouseholdRow['account'],
    day: number,
    amount: (month: number) => number,
    {
      step = 1,
      kind = 'expense' as HouseholdRow['kind'],
      roll = 0 as -1 | 0 | 1,
      jitter = 0,
      from = start,
      to = END,
      frequency = 'monthly' as Frequency,
      name = key,
    } = {},
  ) => {
    streams.push({ key, frequency });
    months(from, to).forEach((month, index) => {
      if (index % step !== 0) return;
      let date = addMonths(month, 0, day);
      if (roll !== 0) date = workday(date, roll);
      date = addDays(date, jitter === 0 ? 0 : whole(0, jitter));
      if (date < from || date > to) return;
      add(account, date, amount(index), noisy(name), kind, key);
    });
  };

  // Pay.
  const pay = cents(1_800, 4_200);
  const raiseAt = whole(8, 20);
  const payKind = seed % 4;
  if (payKind === 0) {
    streams.push({ key: 'Employer', frequency: 'biweekly' });
    for (let date = addDays(start, whole(0, 13)), n = 0; date <= END; date = addDays(date, 14), n++)
      add('checking', date, -Math.round(pay * (n > raiseAt * 2 ? 1.04 : 1)), 'Northwind Payroll', 'income', 'Employer');
  } else if (payKind === 1) {
    streams.push({ key: 'Employer', frequency: 'semi_monthly' });
    for (const month of months()) {
      add('checking', workday(addMonths(month, 0, 15), -1), -pay, 'Northwind Payroll', 'income', 'Employer');
      add('checking', workday(endOfMonth(month), -1), -pay, 'Northwind Payroll', 'income', 'Employer');
    }
  } else
    monthly('Employer', 'checking', payKind === 2 ? 31 : whole(1, 28), (index) => -Math.round(pay * 2 * (index > raiseAt ? 1.05 : 1)), {
      kind: 'income',
      roll: -1,
      name: 'Northwind Payroll',
    });
  if (luck.happens(0.6)) add('checking', addDays(END, -whole(60, 330)), -cents(1_000, 5_000), 'Northwind Payroll', 'income');

  // Bills and subscriptions.
  monthly('Harbor Homes', 'checking', luck.pick([1, 1, 3, 5]), () => Math.round(pay * 0.55), { roll: luck.happens(0.5) ? 1 : 0 });
  const power = cents(70, 130);
  monthly(
    'Valley Power',
    luck.happens(0.5) ? 'checking' : 'card',
    whole(4, 26),
    (index) => Math.round(power * (1 + 0.22 * Math.sin(index / 1.9)) * luck.between(0.94, 1.06)),
    { jitter: 2 },
  );
  const phone = cents(30, 80);
  monthly('Cellwave', 'card', whole(2, 27), () => phone);
  const internet = cents(40, 70);
  const dearer = whole(6, 18);
  monthly('Fiberline', 'card', whole(2, 27), (index) => (index > dearer ? internet + 500 : internet));
  for (const name of ['Streamly', 'Tunebox', 'Cloudkeep', 'Daily Courier', 'Fit Club'].slice(0, whole(2, 5))) {
    const price = whole(4, 24) * 100 + 99;
    const stepAt = whole(5, 40);
    const isOver = luck.happens(0.2);
    monthly(
      name,
      'card',
      whole(1, 28),
      (index) => (index > stepAt ? price + 200 : price),
      isOver ? { to: addDays(END, -whole(100, 300)) } : {},
    );
  }
  const premium = cents(180, 420);
  monthly('Shield Mutual', 'checking', whole(5, 25), () => premium, { step: 3, frequency: 'quarterly' });
  const domain = cents(12, 20);
  monthly('Namehost', 'card', whole(2, 27), (index) => domain + Math.floor(index / 12) * 50, {
    step: 12,
    from: addMonths(startOfMonth(END), -22 + whole(0, 9)),
    frequency: 'annually',
  });
  if (luck.happens(0.5)) {
    streams.push({ key: 'Tidy Homes', frequency: luck.happens(0.5) ? 'weekly' : 'biweekly' });
    const price = whole(40, 90) * 100;
    const gap = streams.at(-1)?.frequency === 'weekly' ? 7 : 14;
    for (let date = addDays(END, -whole(100, 400)); date <= END; date = addDays(date, gap))
      add('checking', date, price, 'Tidy Homes', 'expense', 'Tidy Homes');
  }
  if (luck.happens(0.6)) {
    const plan = cents(3, 8);
    monthly('Fruit Store', 'card', whole(1, 28), () => plan);
    for (let n = 0; n < 25; n++) add('card', addDays(END, -whole(0, days)), cents(1, 60), noisy('Fruit Store'), 'expense');
  }
  if (luck.happens(0.7)) {
    const amount = whole(2, 8) * 5_000;
    const day = whole(1, 28);
    for (const month of months()) {
      const date = addMonths(month, 0, day);
      add('checking', date, amount, 'Transfer to savings', 'transfer');
      add('savings', date, -amount, 'Transfer from checking', 'transfer');
    }
  }

  // Habits.
  const often = (name: string, account: HouseholdRow['account'], everyDays: number, low: number, high: number) => {
    for (
      let date = addDays(start, whole(0, 3));
      date <= END;
      date = addDays(date, Math.max(1, Math.round(luck.between(everyDays * 0.5, everyDays * 1.5))))
    )
      add(account, date, cents(low, high), noisy(name), 'expense');
  };
  often('Greenleaf Market', 'card', 4, 25, 130);
  often('Corner Grocer', luck.pick(['card', 'checking']), 9, 8, 45);
  often('Kettle Coffee', 'card', 3, 4, 9);
  often('Olive & Thyme', 'card', 11, 25, 95);
  often('Arrow Fuel', 'card', 12, 30, 65);
  often('Parcel Plaza', 'card', 10, 9, 140);
  often('Cash Machine', 'checking', 17, 40, 120);
  // The same price at odd times is no subscription.
  for (let date = start; date <= END; date = addDays(date, whole(1, 11))) add('card', date, 450, 'Blue Door Espresso', 'expense');
  // The market on the same weekday for ever other amounts.
  for (let date = addDays(start, whole(0, 6)); date <= END; date = addDays(date, 7))
    if (luck.happens(0.85)) add('card', date, cents(20, 110), 'Saturday Market', 'expense');
  for (let n = 0; n < 14; n++)
    add(luck.pick(['card', 'checking']), addDays(END, -whole(0, days)), cents(150, 1_400), `Single Shop ${n}`, 'expense');

  payCard(rows, start, whole(18, 24), add);
  rows.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.id < b.id ? -1 : 1));
  const counts = (key: string) => rows.filter((row) => row.stream === key).length;
  return {
    rows,
    streams: streams.filter(({ key, frequency }) => counts(key) >= (frequency === 'annually' ? 2 : frequency === 'semi_monthly' ? 4 : 3)),
  };
}

type Add = (account: HouseholdRow['account'], date: CalendarDate, amount: number, name: string, kind: HouseholdRow['kind']) => void;

/** Each month's card bill, closed on the 5th, is paid in full some days later. */
function payCard(rows: HouseholdRow[], start: CalendarDate, lag: number, add: Add): void {
  const purchases = rows.filter((row) => row.account === 'card');
  for (let close = addMonths(startOfMonth(start), 1, 5); close <= END; close = addMonths(close, 1)) {
    const from = addMonths(close, -1);
    const bill = purchases.filter((row) => row.date > from && row.date <= close).reduce((total, row) => total + row.cents, 0);
    const date = addDays(close, lag);
    if (bill <= 0 || daysBetween(date, END) < 0) continue;
    add('checking', date, bill, 'CARD AUTOPAY', 'card_payment');
    add('card', date, -bill, 'AUTOPAY THANK YOU', 'card_payment');
  }
}
