// What comes and goes by itself, and what people buy without a plan.
import { addDays, addMonths, type CalendarDate, dayOfWeek, eachDay, endOfMonth, monthOf, startOfMonth } from '../../src/lib/dates.ts';
import { firstBankDay, isBankDay, lastBankDay, type Move, monthsIn, moved, nthWeekday } from './calendar.ts';
import { type Cadence, type Category, category, type Life, type LifeRow, type Meaning, NO_CATEGORY, TODAY } from './life.ts';

interface Stream {
  key: string;
  cadence: Cadence;
  dates: CalendarDate[];
  account?: string;
  amount: (index: number, date: CalendarDate) => number;
  /** The bank's words, which some payers change every time. */
  name?: (index: number, date: CalendarDate) => string;
  merchant?: string | null;
  category?: Category;
  meaning?: Meaning;
  /** It has no price: it follows the seasons, or the hours worked. */
  varies?: boolean;
}

/** A higher price is news, and so is a bill that does not come. */
const NEWS_SHARE = 1.01;
const MISSED_BILLS = 0.08;

const DAY_MONTH = (date: CalendarDate) => `${date.slice(5, 7)}/${date.slice(8, 10)}`;

/** Writes down everything of a stream: what it pays or costs on each of its dates. */
function recur(
  life: Life,
  { key, cadence, dates, amount, name, merchant = null, meaning = 'spending', varies = false, ...more }: Stream,
): void {
  life.cadences.set(key, cadence);
  const what = more.category ?? category('GENERAL_SERVICES', 'OTHER_GENERAL_SERVICES');
  const isBill = meaning === 'spending' && !varies;
  const lastYear = dates.filter((date) => date > addDays(TODAY, -320) && date < addDays(TODAY, -60));
  const missed =
    isBill && cadence === 'monthly' && lastYear.length > 3 && life.luck.happens(MISSED_BILLS) ? life.luck.pick(lastYear) : null;
  if (missed) life.incidents.push({ kind: 'missed_bill', on: missed, rows: [], stream: key });
  let price = Number.POSITIVE_INFINITY;
  dates.forEach((date, index) => {
    if (date === missed) return;
    const cents = amount(index, date) * (meaning === 'income' ? -1 : 1);
    const words = name?.(index, date) ?? key;
    const row = life.move({
      account: more.account ?? 'checking',
      date,
      cents,
      name: words,
      merchant,
      category: what,
      meaning,
      stream: key,
    });
    if (isBill && cents > price * NEWS_SHARE) life.incidents.push({ kind: 'price_increase', on: date, rows: [row.id] });
    price = cents;
  });
}

/** A day of each month, the last one where the month is too short, moved as the payer moves it. */
const onDay = (life: Life, day: number, move: Move = 'as_is', step = 1, offset = 0): CalendarDate[] =>
  monthsIn(addMonths(life.start, -1), life.end)
    .filter((_month, index) => index % step === offset % step)
    .map((month) => moved(addMonths(month, 0, day), move));

const everyDays = (life: Life, first: CalendarDate, days: number): CalendarDate[] => {
  const dates: CalendarDate[] = [];
  for (let date = first; date <= life.end; date = addDays(date, days)) dates.push(date);
  return dates;
};

const firstWeekday = (life: Life, weekday: number): CalendarDate => {
  let day = addDays(life.start, life.whole(0, 6));
  while (dayOfWeek(day) !== weekday) day = addDays(day, 1);
  return day;
};

const noisy = (life: Life, name: string) => () =>
  life.luck.pick([
    name,
    name.toUpperCase(),
    `${name.toUpperCase()} #${life.whole(100, 9_999)}`,
    `POS PURCHASE ${name} REF${life.whole(100_000, 999_999)}`,
  ]);

const WAGES = category('INCOME', 'WAGES');

/** What somebody earns, by the calendar of their payer. */
function pay(life: Life, key: string, account: string, kind: number, isHard: boolean): void {
  const monthly = life.round(2_800, 7_800, 1) + life.whole(0, 99);
  const raise = addDays(life.start, life.whole(150, 600));
  const isHourly = isHard && life.luck.happens(0.25);
  // The tax on pay stops when the year's pay has passed a limit, and begins again in January.
  const limited = isHard && life.luck.happens(0.2) ? life.whole(9, 11) : null;
  const isRenamed = isHard && life.luck.happens(0.2);
  const renamedOn = addDays(life.start, life.whole(250, 550));
  const each = (perYear: number) => (_index: number, date: CalendarDate) => {
    let net = (monthly * 12) / perYear;
    if (date >= raise) net *= 1.035;
    if (limited !== null && Number(date.slice(5, 7)) > limited) net *= 1.062;
    return Math.round(isHourly ? net * life.luck.between(0.86, 1.14) : net);
  };
  const name = (_index: number, date: CalendarDate) =>
    isRenamed && date >= renamedOn
      ? `${key.toUpperCase()} GROUP DIR DEP`
      : `${key.toUpperCase()} PAYROLL PPD ID: ${life.whole(100_000, 999_999)}`;
  const stream = (cadence: Cadence, perYear: number, dates: CalendarDate[]) =>
    recur(life, { key, cadence, dates, account, amount: each(perYear), varies: isHourly, name, category: WAGES, meaning: 'income' });
  const both = (days: [number, number]) => [...onDay(life, days[0], 'before'), ...onDay(life, days[1], 'before')].sort();
  const friday = firstWeekday(life, 5);
  if (kind === 0)
    stream(
      'biweekly',
      26,
      everyDays(life, friday, 14).map((date) => moved(date, 'before')),
    );
  else if (kind === 1) stream('semi_monthly', 24, both([15, 31]));
  else if (kind === 2) stream('semi_monthly', 24, both([1, 15]));
  else if (kind === 3) stream('monthly', 12, monthsIn(life.start, life.end).map(lastBankDay));
  else if (kind === 4)
    stream(
      'every_4_weeks',
      13,
      everyDays(life, friday, 28).map((date) => moved(date, 'before')),
    );
  else if (kind === 5)
    stream(
      'weekly',
      52,
      everyDays(life, friday, 7).map((date) => moved(date, 'before')),
    );
  else if (kind === 6) stream('monthly', 12, onDay(life, 25, 'before'));
  else {
    recur(life, {
      key: `${key} benefit`,
      cadence: 'monthly',
      account,
      dates: monthsIn(life.start, life.end).map((month) => moved(nthWeekday(month, 3, life.seed % 2 === 0 ? 2 : 3), 'before')),
      amount: (_index, date) => Math.round(monthly * 0.5 * (date.slice(0, 4) > '2025' ? 1.028 : date.slice(0, 4) > '2024' ? 1.025 : 1)),
      name: () => 'SSA TREAS 310 XXSOC SEC PPD',
      category: category('INCOME', 'RETIREMENT_PENSION'),
      meaning: 'income',
    });
    recur(life, {
      key: `${key} pension`,
      cadence: 'monthly',
      account,
      dates: monthsIn(life.start, life.end).map(firstBankDay),
      amount: () => Math.round(monthly * 0.4),
      name: () => 'TEACHERS RETIREMENT PENSION',
      category: category('INCOME', 'RETIREMENT_PENSION'),
      meaning: 'income',
    });
  }
  if (isHard && kind < 7 && life.luck.happens(0.5))
    life.move({
      account,
      date: addDays(TODAY, -life.whole(40, 400)),
      cents: -life.cents(1_000, 5_000),
      name: name(0, TODAY),
      category: WAGES,
      meaning: 'income',
    });
}

const UTILITY = category('RENT_AND_UTILITIES', 'GAS_AND_ELECTRICITY');

/** A bill that follows the seasons. */
const seasonal = (life: Life, base: number, phase: number) => (_index: number, date: CalendarDate) =>
  Math.round(base * (1 + 0.2 * Math.sin((Number(date.slice(5, 7)) + phase) / 1.91)) * life.luck.between(0.95, 1.05));

/** The house: rent or a mortgage, power, water, the wires. */
function house(life: Life, isHard: boolean): void {
  const rent = life.round(900, 2_600, 5);
  const isLinkedLoan = life.has('loan');
  if (life.accounts.some(({ key }) => key === 'loan')) {
    life.cadences.set('Mortgage', 'monthly');
    const escrow = (date: CalendarDate) => Math.round(rent * (date.slice(0, 4) > '2025' ? 1.04 : date.slice(0, 4) > '2024' ? 1.02 : 1));
    let price = Number.POSITIVE_INFINITY;
    for (const date of onDay(life, life.whole(1, 5), 'after')) {
      const outflow = {
        account: 'checking',
        date,
        cents: escrow(date),
        name: 'CEDAR LENDING MORTGAGE PYMT',
        merchant: 'Cedar Lending',
        category: category('LOAN_PAYMENTS', 'MORTGAGE_PAYMENT'),
        stream: 'Mortgage',
      };
      if (isLinkedLoan)
        life.pair('loan payment', 'both', outflow, {
          account: 'loan',
          date: moved(addDays(date, life.whole(0, 1)), 'after'),
          cents: -escrow(date),
          name: 'PAYMENT RECEIVED - THANK YOU',
          category: category('LOAN_PAYMENTS', 'MORTGAGE_PAYMENT'),
        });
      else life.move({ ...outflow, meaning: 'spending' });
      const paid = life.written.findLast((row) => row.account === 'checking' && row.stream === 'Mortgage') as LifeRow;
      if (escrow(date) > price) life.incidents.push({ kind: 'price_increase', on: date, rows: [paid.id] });
      price = escrow(date);
    }
  } else {
    const day = life.luck.pick([1, 1, 3, 5]);
    recur(life, {
      key: 'Harbor Homes',
      cadence: 'monthly',
      dates: onDay(life, day, 'after'),
      amount: (_index, date) => (date >= addDays(life.start, 400) ? Math.round(rent * 1.04) : rent),
      category: category('RENT_AND_UTILITIES', 'RENT'),
    });
  }
  const day = life.whole(3, 14);
  const late = (dates: CalendarDate[]) => dates.map((date) => addDays(date, life.whole(0, 2)));
  recur(life, {
    key: 'Valley Power',
    cadence: 'monthly',
    dates: late(onDay(life, day)),
    varies: true,
    amount: seasonal(life, life.cents(80, 150), life.whole(0, 11)),
    name: noisy(life, 'Valley Power'),
    category: UTILITY,
  });
  if (isHard && life.luck.happens(0.3))
    recur(life, {
      key: 'Valley Power cottage',
      cadence: 'monthly',
      dates: late(onDay(life, day + 12)),
      varies: true,
      amount: seasonal(life, life.cents(25, 40), life.whole(0, 11)),
      name: noisy(life, 'Valley Power'),
      category: UTILITY,
    });
  if (life.luck.happens(0.5))
    recur(life, {
      key: 'City Water',
      cadence: 'every_2_months',
      dates: late(onDay(life, life.whole(2, 24), 'after', 2, life.whole(0, 1))),
      varies: true,
      amount: seasonal(life, life.cents(60, 110), 0),
      category: category('RENT_AND_UTILITIES', 'WATER'),
    });
  const internet = life.cents(45, 80);
  const dearer = addDays(life.start, life.whole(120, 650));
  recur(life, {
    key: 'Fiberline',
    cadence: 'monthly',
    account: 'card',
    dates: onDay(life, life.whole(2, 27)),
    amount: (_index, date) => (date >= dearer ? internet + 500 : internet),
    category: category('RENT_AND_UTILITIES', 'INTERNET_AND_CABLE'),
  });
  const phone = life.cents(30, 90);
  recur(life, {
    key: 'Cellwave',
    cadence: 'monthly',
    account: 'card',
    dates: onDay(life, life.whole(2, 27)),
    amount: () => phone,
    name: noisy(life, 'Cellwave'),
    category: category('RENT_AND_UTILITIES', 'TELEPHONE'),
  });
}

/** Insurance, taxes, lenders: what comes a few times a year. */
function seldom(life: Life, isHard: boolean): void {
  const premium = life.cents(180, 620);
  const [cadence, step] = life.luck.pick<[Cadence, number]>([
    ['quarterly', 3],
    ['half_yearly', 6],
    ['monthly', 1],
  ]);
  const renewal = addDays(life.start, life.whole(200, 500));
  recur(life, {
    key: 'Shield Mutual',
    cadence,
    dates: onDay(life, life.whole(5, 25), 'after', step, life.whole(0, step - 1)),
    amount: (_index, date) => (date >= renewal ? Math.round(premium * 1.06) : premium),
    name: () => 'SHIELD MUTUAL INS PREM',
    category: category('GENERAL_SERVICES', 'INSURANCE'),
  });
  const domain = life.cents(12, 20);
  recur(life, {
    key: 'Namehost',
    cadence: 'annually',
    account: 'card',
    dates: onDay(life, life.whole(2, 27), 'as_is', 12, life.whole(0, 11)),
    amount: (index) => domain + index * 100,
  });
  if (life.luck.happens(0.5))
    recur(life, {
      key: 'Warehouse Club',
      cadence: 'annually',
      account: 'card',
      dates: onDay(life, life.whole(2, 27), 'as_is', 12, life.whole(0, 11)),
      amount: () => 6_000,
      name: () => 'WAREHOUSE CLUB ANNUAL RENEWAL',
    });
  if (isHard && life.luck.happens(0.2)) {
    const estimate = life.round(400, 2_500, 50);
    const dates = ['2024', '2025', '2026', '2027'].flatMap((year) =>
      ['01', '04', '06', '09'].map((month) => moved(`${year}-${month}-15` as CalendarDate, 'after')),
    );
    recur(life, {
      key: 'Estimated tax',
      cadence: 'quarterly',
      dates: dates.filter((date) => date >= addDays(life.start, -60) && date <= life.end),
      amount: (_index, date) => (date >= `${Number(life.start.slice(0, 4)) + 1}-04` ? Math.round(estimate * 1.1) : estimate),
      name: () => 'IRS USATAXPYMT',
      category: category('GOVERNMENT_AND_NON_PROFIT', 'TAX_PAYMENT'),
    });
  }
  if (isHard && life.luck.happens(0.4)) {
    const rate = life.cents(140, 420);
    recur(life, {
      key: 'Student loan',
      cadence: 'monthly',
      dates: onDay(life, life.whole(8, 26), 'after'),
      amount: () => rate,
      name: () => 'NELNET STUDENT LN PYMT',
      category: category('LOAN_PAYMENTS', 'STUDENT_LOAN_PAYMENT'),
    });
  }
}

/** Subscriptions and other appointments with a price. */
function subscriptions(life: Life, isHard: boolean): void {
  const names = ['Streamly', 'Tunebox', 'Cloudkeep', 'Daily Courier', 'Ironworks Gym', 'Meal Crate'];
  for (const name of names.slice(0, life.whole(2, 6))) {
    const price = life.whole(4, 24) * 100 + 99;
    const steps = addDays(life.start, life.whole(100, 1_100));
    const isOver = life.luck.happens(0.2);
    const until = isOver ? addDays(TODAY, -life.whole(100, 300)) : life.end;
    const isRenamed = isHard && life.luck.happens(0.15);
    const renamedOn = addDays(life.start, life.whole(200, 560));
    const dates = onDay(life, life.whole(1, 28));
    const gone = dates.find((date) => date > until);
    // Whoever sees the bill stay away cannot know that it was cancelled.
    if (isOver && gone) life.incidents.push({ kind: 'missed_bill', on: gone, rows: [], stream: name });
    recur(life, {
      key: name,
      cadence: 'monthly',
      account: 'card',
      dates: dates.filter((date) => date <= until),
      amount: (_index, date) => (date >= steps ? price + 200 : price),
      name: (_index, date) => (isRenamed && date >= renamedOn ? `${name.slice(0, 4).toUpperCase()}+ SUBSCRIPTION` : name),
      category: category('ENTERTAINMENT', 'TV_AND_MOVIES'),
    });
  }
  if (life.luck.happens(0.5)) {
    const weekly = life.luck.happens(0.5);
    const price = life.round(40, 90, 5);
    recur(life, {
      key: 'Tidy Homes',
      cadence: weekly ? 'weekly' : 'biweekly',
      dates: everyDays(life, addDays(TODAY, -life.whole(100, 400)), weekly ? 7 : 14),
      amount: () => price,
    });
  }
  if (isHard && life.luck.happens(0.5)) {
    const price = life.cents(28, 75);
    recur(life, {
      key: 'Pawbox',
      cadence: 'every_4_weeks',
      account: 'card',
      dates: everyDays(life, addDays(life.start, life.whole(0, 200)), 28),
      amount: () => price,
      name: noisy(life, 'Pawbox'),
    });
  }
  // A plan inside a shop where one buys other things as well.
  if (life.luck.happens(0.6)) {
    const plan = life.whole(3, 14) * 100 + 99;
    const merchant = 'Parcel Plaza';
    recur(life, {
      key: 'Parcel Plaza plan',
      cadence: 'monthly',
      account: 'card',
      dates: onDay(life, life.whole(1, 28)),
      amount: () => plan,
      name: () => 'PARCEL PLAZA',
      merchant,
      category: category('GENERAL_MERCHANDISE', 'ONLINE_MARKETPLACES'),
    });
  }
}

/** What people buy without a plan, some of it often. */
function habits(life: Life, isHard: boolean): void {
  const often = (merchant: string, account: string, everyDaysOrSo: number, low: number, high: number, what: Category, isNamed = true) => {
    for (
      let date = addDays(life.start, life.whole(0, 3));
      date <= life.end;
      date = addDays(date, Math.max(1, Math.round(life.luck.between(everyDaysOrSo * 0.5, everyDaysOrSo * 1.5))))
    )
      life.move({
        account,
        date,
        cents: life.cents(low, high),
        name: noisy(life, merchant)(),
        merchant: isNamed ? merchant : null,
        category: what,
        meaning: 'spending',
      });
  };
  const groceries = category('FOOD_AND_DRINK', 'GROCERIES');
  often('Greenleaf Market', 'card', 4, 25, 130, groceries);
  often('Corner Grocer', life.luck.pick(['card', 'checking']), 9, 8, 45, groceries);
  often('Kettle Coffee', 'card', 3, 4, 9, category('FOOD_AND_DRINK', 'COFFEE'));
  often('Olive & Thyme', 'card', 11, 25, 95, category('FOOD_AND_DRINK', 'RESTAURANT'));
  often('Arrow Fuel', 'card', 12, 30, 65, category('TRANSPORTATION', 'GAS'));
  often('Parcel Plaza', 'card', 9, 9, 140, category('GENERAL_MERCHANDISE', 'ONLINE_MARKETPLACES'));
  for (let date = addDays(life.start, life.whole(0, 9)); date <= life.end; date = addDays(date, life.whole(9, 24)))
    life.move({
      account: 'checking',
      date,
      cents: life.round(40, 200, 20),
      name: `ATM WITHDRAWAL ${DAY_MONTH(date)}`,
      category: life.luck.happens(0.85) ? category('TRANSFER_OUT', 'WITHDRAWAL') : NO_CATEGORY,
      meaning: 'spending',
    });
  // The same price at odd times is no subscription; the same lunch on working days is a habit.
  for (let date = life.start; date <= life.end; date = addDays(date, life.whole(1, 11)))
    life.move({
      account: 'card',
      date,
      cents: 450,
      name: 'Blue Door Espresso',
      category: category('FOOD_AND_DRINK', 'COFFEE'),
      meaning: 'spending',
    });
  if (isHard && life.luck.happens(0.4))
    for (const date of eachDay(addDays(life.start, life.whole(0, 500)), life.end))
      if (isBankDay(date) && life.luck.happens(0.85))
        life.move({
          account: 'card',
          date,
          cents: 1_200,
          name: 'Canteen Nine',
          merchant: 'Canteen Nine',
          category: category('FOOD_AND_DRINK', 'RESTAURANT'),
          meaning: 'spending',
        });
  for (let date = firstWeekday(life, 6); date <= life.end; date = addDays(date, 7))
    if (life.luck.happens(0.85))
      life.move({ account: 'card', date, cents: life.cents(20, 110), name: 'Saturday Market', category: groceries, meaning: 'spending' });
  for (const month of monthsIn(life.start, life.end))
    for (let times = life.whole(0, 2); times > 0; times--)
      life.move({
        account: life.luck.pick(['card', 'checking']),
        date: addDays(month, life.whole(0, 27)),
        cents: life.cents(20, 240),
        name: `Single Shop ${life.whole(1, 400)}`,
        category: category('GENERAL_MERCHANDISE', 'OTHER_GENERAL_MERCHANDISE'),
        meaning: 'spending',
      });
  for (const month of monthsIn(life.start, life.end)) {
    if (life.luck.happens(0.3)) {
      const bought = life.luck.pick(
        life.written.filter((row) => row.account === 'card' && row.merchant === 'Parcel Plaza' && monthOf(row.date) === monthOf(month)),
      );
      if (bought)
        life.move({
          account: 'card',
          date: addDays(bought.date, life.whole(3, 14)),
          cents: -bought.cents,
          name: bought.name,
          merchant: bought.merchant,
          category: { primary: bought.primary, detailed: bought.detailed },
          meaning: 'refund',
        });
    }
    if (isHard && life.luck.happens(0.5))
      life.move({
        account: 'checking',
        date: moved(addDays(month, life.whole(0, 27)), 'after'),
        cents: life.round(100, 900, 5),
        name: `CHECK ${life.whole(1_001, 1_999)}`,
        category: NO_CATEGORY,
        meaning: 'spending',
      });
    if (isHard && life.luck.happens(0.3))
      life.move({
        account: 'checking',
        date: endOfMonth(startOfMonth(month)),
        cents: -life.cents(2, 40),
        name: 'INTEREST PAID',
        category: category('INCOME', 'INTEREST_EARNED'),
        meaning: 'income',
      });
  }
}

/** Everything but own money that is moved. */
export function earnAndSpend(life: Life, isHard: boolean): void {
  pay(life, 'Northwind Labs', 'checking', life.seed % 8, isHard);
  if (life.accounts.some(({ key }) => key === 'partner')) pay(life, 'Orchard Clinic', 'partner', (life.seed * 5 + 3) % 7, isHard);
  house(life, isHard);
  seldom(life, isHard);
  subscriptions(life, isHard);
  habits(life, isHard);
}
