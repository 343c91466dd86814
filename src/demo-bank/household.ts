import { addDays, addMonths, type CalendarDate, dayOfMonth, dayOfWeek, eachDay, endOfMonth, monthOf, startOfMonth } from '../lib/dates.ts';
import { INSTITUTIONS } from './institutions.ts';
import { type Chance, cents, chance } from './random.ts';

/** A movement as it will stand once posted, with what it looked like while it was pending. */
export interface Entry {
  key: string;
  account: string;
  /** The day it happened. */
  occurredOn: CalendarDate;
  /** The day it posted; equal when it was never pending. */
  postedOn: CalendarDate;
  /** Plaid's sign: positive is money out of the account. */
  amount: number;
  pendingAmount: number;
  name: string;
  merchant: string | null;
  /** Plaid's detailed category; its primary is a prefix. */
  category: string;
  channel: 'online' | 'in store' | 'other';
}

const FRIDAY = 5;
const LAST_DAYS_OF_PAY = 730;

/** A weekly habit: how often it happens on a day, where, for how much, and how it posts. */
interface Habit {
  merchants: readonly string[];
  category: string;
  perWeek: number;
  low: number;
  high: number;
  days: readonly number[];
  pendingDays: number;
  tip?: boolean;
  channel: Entry['channel'];
}

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const WORKDAYS = [1, 2, 3, 4, 5];
const WEEKEND = [5, 6, 0];

const HABITS: Habit[] = [
  {
    merchants: ['Greenleaf Market', 'Corner Pantry', 'Costfield Wholesale'],
    category: 'FOOD_AND_DRINK_GROCERIES',
    perWeek: 2.1,
    low: 28,
    high: 148,
    days: EVERY_DAY,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Kettle & Bean', 'Blue Door Coffee'],
    category: 'FOOD_AND_DRINK_COFFEE',
    perWeek: 3.2,
    low: 3.75,
    high: 9.4,
    days: WORKDAYS,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Olive & Thyme', 'Noodle House Kin', 'La Taqueria Sol', 'The Copper Spoon'],
    category: 'FOOD_AND_DRINK_RESTAURANT',
    perWeek: 1.8,
    low: 24,
    high: 92,
    days: WEEKEND,
    pendingDays: 2,
    tip: true,
    channel: 'in store',
  },
  {
    merchants: ['Burger Yard', 'Wrap Stop'],
    category: 'FOOD_AND_DRINK_FAST_FOOD',
    perWeek: 1.5,
    low: 8.5,
    high: 19,
    days: WORKDAYS,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Arrow Fuel', 'Sunway Gas'],
    category: 'TRANSPORTATION_GAS',
    perWeek: 1,
    low: 31,
    high: 58,
    days: EVERY_DAY,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Metro Transit'],
    category: 'TRANSPORTATION_PUBLIC_TRANSIT',
    perWeek: 1.6,
    low: 2.75,
    high: 11,
    days: WORKDAYS,
    pendingDays: 0,
    channel: 'in store',
  },
  {
    merchants: ['Hopper Rides'],
    category: 'TRANSPORTATION_TAXIS_AND_RIDE_SHARES',
    perWeek: 0.6,
    low: 11,
    high: 34,
    days: WEEKEND,
    pendingDays: 2,
    tip: true,
    channel: 'online',
  },
  {
    merchants: ['Parcel Plaza', 'Maple Outfitters', 'Brightside Home'],
    category: 'GENERAL_MERCHANDISE_ONLINE_MARKETPLACES',
    perWeek: 1.5,
    low: 12,
    high: 118,
    days: EVERY_DAY,
    pendingDays: 3,
    channel: 'online',
  },
  {
    merchants: ['Wellspring Pharmacy'],
    category: 'MEDICAL_PHARMACIES_AND_SUPPLEMENTS',
    perWeek: 0.4,
    low: 9,
    high: 46,
    days: EVERY_DAY,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Paws & Claws'],
    category: 'GENERAL_MERCHANDISE_PET_SUPPLIES',
    perWeek: 0.3,
    low: 22,
    high: 71,
    days: WEEKEND,
    pendingDays: 1,
    channel: 'in store',
  },
  {
    merchants: ['Bijou Cinema', 'Arcade Lane'],
    category: 'ENTERTAINMENT_TV_AND_MOVIES',
    perWeek: 0.4,
    low: 14,
    high: 52,
    days: WEEKEND,
    pendingDays: 2,
    channel: 'in store',
  },
  {
    merchants: ['Cut & Comb'],
    category: 'PERSONAL_CARE_HAIR_AND_BEAUTY',
    perWeek: 0.25,
    low: 28,
    high: 64,
    days: [2, 3, 4, 6],
    pendingDays: 1,
    tip: true,
    channel: 'in store',
  },
];

interface Subscription {
  merchant: string;
  category: string;
  day: number;
  amount: number;
  account: 'card' | 'checking';
  everyMonths?: number;
  /** Amount from some months before the end on. */
  step?: { monthsBeforeEnd: number; amount: number };
  /** Varies with the season by this share, highest in that month (1 to 12). */
  season?: { share: number; peak: number };
}

const SUBSCRIPTIONS: Subscription[] = [
  {
    merchant: 'Streamly',
    category: 'ENTERTAINMENT_TV_AND_MOVIES',
    day: 25,
    amount: 15.49,
    account: 'card',
    step: { monthsBeforeEnd: 2, amount: 17.99 },
  },
  { merchant: 'Tonearm Music', category: 'ENTERTAINMENT_MUSIC_AND_AUDIO', day: 9, amount: 10.99, account: 'card' },
  { merchant: 'Nimbus Storage', category: 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', day: 14, amount: 2.99, account: 'card' },
  { merchant: 'The Daily Ledger', category: 'ENTERTAINMENT_OTHER_ENTERTAINMENT', day: 2, amount: 12, account: 'card' },
  { merchant: 'Ironworks Gym', category: 'PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS', day: 6, amount: 39, account: 'card' },
  { merchant: 'Fibernet Internet', category: 'RENT_AND_UTILITIES_INTERNET_AND_CABLE', day: 5, amount: 69.99, account: 'checking' },
  { merchant: 'Cellwave Mobile', category: 'RENT_AND_UTILITIES_TELEPHONE', day: 20, amount: 84.12, account: 'checking' },
  {
    merchant: 'Valley Power',
    category: 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY',
    day: 12,
    amount: 118,
    account: 'checking',
    season: { share: 0.28, peak: 8 },
  },
  {
    merchant: 'Metro Gas',
    category: 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY',
    day: 18,
    amount: 74,
    account: 'checking',
    season: { share: 0.3, peak: 1 },
  },
  {
    merchant: 'City Water',
    category: 'RENT_AND_UTILITIES_WATER',
    day: 16,
    amount: 96.4,
    account: 'checking',
    everyMonths: 3,
    season: { share: 0.1, peak: 7 },
  },
  {
    merchant: 'Shield Auto Insurance',
    category: 'GENERAL_SERVICES_INSURANCE',
    day: 11,
    amount: 312.5,
    account: 'checking',
    everyMonths: 3,
  },
  { merchant: 'Little Acorns Childcare', category: 'GENERAL_SERVICES_CHILDCARE', day: 1, amount: 780, account: 'checking' },
  {
    merchant: 'Namebase Domains',
    category: 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES',
    day: 17,
    amount: 14.98,
    account: 'card',
    everyMonths: 12,
  },
];

/** What a household did from `start` to `end`: the same seed and days give the same entries, and later days only add to them. */
export function householdEntries(seed: string, start: CalendarDate, end: CalendarDate, historyEnd: CalendarDate): Entry[] {
  const entries: Entry[] = [];
  const add = (entry: Omit<Entry, 'pendingAmount' | 'postedOn'> & { pendingAmount?: number; postedOn?: CalendarDate }) => {
    if (entry.occurredOn < start || entry.occurredOn > end || entry.amount === 0) return;
    entries.push({ pendingAmount: entry.amount, postedOn: entry.occurredOn, ...entry });
  };
  addHabits(add, seed, start, end);
  for (let month = startOfMonth(start); month <= end; month = addMonths(month, 1)) {
    addPay(add, seed, month, historyEnd);
    addSubscriptions(add, seed, month, historyEnd);
    addLoans(add, month, start);
    addSavings(add, month);
    addSurprises(add, seed, month, start);
  }
  addBiweeklyPay(add, start, end);
  addCardPayments(entries, add, start, end);
  return entries.sort((a, b) => (a.occurredOn < b.occurredOn ? -1 : a.occurredOn > b.occurredOn ? 1 : a.key < b.key ? -1 : 1));
}

type Add = (entry: Omit<Entry, 'pendingAmount' | 'postedOn'> & { pendingAmount?: number; postedOn?: CalendarDate }) => void;

function addHabits(add: Add, seed: string, start: CalendarDate, end: CalendarDate) {
  for (const date of eachDay(start, end)) {
    for (const habit of HABITS) {
      if (!habit.days.includes(dayOfWeek(date))) continue;
      const luck = chance(seed, 'habit', habit.category, date);
      if (!luck.happens(habit.perWeek / habit.days.length)) continue;
      const merchant = luck.pick(habit.merchants);
      const pendingAmount = luck.price(habit.low, habit.high);
      const amount = habit.tip ? cents(pendingAmount * luck.between(1.15, 1.22)) : pendingAmount;
      const postedOn = addDays(date, habit.pendingDays);
      const key = `${date} ${habit.category}`;
      add({
        key,
        account: 'card',
        occurredOn: date,
        postedOn,
        amount,
        pendingAmount,
        ...store(merchant, luck),
        category: habit.category,
        channel: habit.channel,
      });
      addRefund(add, luck, habit, { key, date, amount, merchant });
    }
  }
}

const store = (merchant: string, luck: Chance) => ({ name: `${merchant.toUpperCase()} #${100 + Math.floor(luck.next() * 800)}`, merchant });

/** Now and then something bought online goes back. */
function addRefund(add: Add, luck: Chance, habit: Habit, bought: { key: string; date: CalendarDate; amount: number; merchant: string }) {
  if (habit.channel !== 'online' || habit.tip || !luck.happens(0.06)) return;
  const occurredOn = addDays(bought.date, 9);
  add({
    key: `${bought.key} refund`,
    account: 'card',
    occurredOn,
    amount: -bought.amount,
    name: `${bought.merchant.toUpperCase()} REFUND`,
    merchant: bought.merchant,
    category: habit.category,
    channel: 'online',
  });
}

function lastWorkingDay(month: CalendarDate): CalendarDate {
  let date = endOfMonth(month);
  while (!WORKDAYS.includes(dayOfWeek(date))) date = addDays(date, -1);
  return date;
}

function addPay(add: Add, seed: string, month: CalendarDate, historyEnd: CalendarDate) {
  const isRaised = month > addDays(historyEnd, -LAST_DAYS_OF_PAY / 2);
  const pay = {
    account: 'checking',
    name: 'NORTHWIND LABS PAYROLL',
    merchant: 'Northwind Labs',
    category: 'INCOME_SALARY',
    channel: 'other',
  } as const;
  add({ ...pay, key: `${month} pay`, occurredOn: lastWorkingDay(month), amount: isRaised ? -5_655.2 : -5_480 });
  if (month.slice(5, 7) === '03')
    add({ ...pay, key: `${month} bonus`, occurredOn: addDays(month, 13), amount: -4_500, name: 'NORTHWIND LABS BONUS' });
  if (month.slice(5, 7) === '04') {
    add({
      ...pay,
      key: `${month} tax`,
      occurredOn: addDays(month, 18),
      amount: -1_243,
      name: 'IRS TREAS 310 TAX REF',
      merchant: null,
      category: 'INCOME_TAX_REFUND',
    });
  }
  const interest = chance(seed, 'interest', month).price(38, 52);
  add({
    ...pay,
    key: `${month} interest`,
    account: 'savings',
    occurredOn: endOfMonth(month),
    amount: -interest,
    name: 'INTEREST PAID',
    merchant: null,
    category: 'INCOME_INTEREST_EARNED',
  });
}

function addBiweeklyPay(add: Add, start: CalendarDate, end: CalendarDate) {
  for (const date of eachDay(start, end)) {
    const isPayday = dayOfWeek(date) === FRIDAY && Math.floor(Date.parse(`${date}T00:00:00Z`) / 604_800_000) % 2 === 0;
    if (isPayday) {
      add({
        key: `${date} schools`,
        account: 'checking',
        occurredOn: date,
        amount: -1_386.4,
        name: 'CITY SCHOOLS DIRECT DEP',
        merchant: 'City Schools',
        category: 'INCOME_SALARY',
        channel: 'other',
      });
    }
  }
}

function addSubscriptions(add: Add, seed: string, month: CalendarDate, historyEnd: CalendarDate) {
  const monthNumber = Number(month.slice(5, 7));
  for (const item of SUBSCRIPTIONS) {
    if ((monthNumber - 1) % (item.everyMonths ?? 1) !== (item.everyMonths === 12 ? 4 : 0)) continue;
    const isStepped = item.step !== undefined && month >= startOfMonth(addMonths(historyEnd, -item.step.monthsBeforeEnd));
    const base = isStepped && item.step ? item.step.amount : item.amount;
    const season = item.season ? 1 + item.season.share * Math.cos(((monthNumber - item.season.peak) / 6) * Math.PI) : 1;
    const noise = item.season ? chance(seed, item.merchant, month).between(0.96, 1.04) : 1;
    add({
      key: `${month} ${item.merchant}`,
      account: item.account,
      occurredOn: addDays(month, item.day - 1),
      amount: cents(base * season * noise),
      name: `${item.merchant.toUpperCase()}${item.account === 'checking' ? ' AUTOPAY' : ''}`,
      merchant: item.merchant,
      category: item.category,
      channel: 'online',
    });
  }
}

const DAYS_A_YEAR = 365;
const MORTGAGE_PAYMENT = 1_401.32;
const STUDENT_PAYMENT = 242.5;
const CAR_PAYMENT = 389.16;

/** Payments leave checking on the 1st, 8th and 21st and arrive at the lender a day later; interest is charged before. */
function addLoans(add: Add, month: CalendarDate, start: CalendarDate) {
  const lender = INSTITUTIONS[2];
  const pay = (key: string, day: number, amount: number, name: string, category: string) => {
    const occurredOn = addDays(month, day - 1);
    add({
      key: `${month} ${key} out`,
      account: 'checking',
      occurredOn,
      amount,
      name,
      merchant: lender?.name ?? null,
      category,
      channel: 'other',
    });
    const account = lender?.accounts.find((candidate) => candidate.key === key);
    if (!account?.loan || account.hasNoTransactions) return;
    const arrivesOn = addDays(occurredOn, 1);
    const monthsPaid = Math.max(0, Math.round((Date.parse(month) - Date.parse(start)) / (DAYS_A_YEAR / 12) / 86_400_000));
    const interest = cents((loanBalance(account.opening, account.loan.rate, amount, monthsPaid) * account.loan.rate) / 100 / 12);
    add({
      key: `${month} ${key} interest`,
      account: key,
      occurredOn: addDays(month, day - 1),
      amount: interest,
      name: 'INTEREST CHARGE',
      merchant: null,
      category: 'BANK_FEES_INTEREST_CHARGE',
      channel: 'other',
    });
    add({
      key: `${month} ${key} in`,
      account: key,
      occurredOn: arrivesOn,
      amount: -amount,
      name: 'PAYMENT RECEIVED - THANK YOU',
      merchant: null,
      category,
      channel: 'other',
    });
  };
  pay('mortgage', 1, MORTGAGE_PAYMENT, 'CEDAR LENDING MORTGAGE 1190', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT');
  pay('student', 21, STUDENT_PAYMENT, 'CEDAR LENDING STUDENT LN', 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT');
  pay('auto', 8, CAR_PAYMENT, 'CEDAR LENDING AUTO LN', 'LOAN_PAYMENTS_CAR_PAYMENT');
}

/** What is owed after some months of equal payments. */
function loanBalance(opening: number, ratePercent: number, payment: number, months: number): number {
  let owed = opening;
  for (let month = 0; month < months; month++) owed = cents(owed + cents((owed * ratePercent) / 100 / 12) - payment);
  return Math.max(0, owed);
}

export const carLoanBalance = (opening: number, ratePercent: number, months: number) =>
  loanBalance(opening, ratePercent, CAR_PAYMENT, months);
export const LOAN_PAYMENTS: Record<string, { amount: number; day: number }> = {
  mortgage: { amount: MORTGAGE_PAYMENT, day: 1 },
  student: { amount: STUDENT_PAYMENT, day: 21 },
};

export const BROKERAGE_DEPOSIT = 1_200;
const SAVINGS_TRANSFER = 1_500;

function addSavings(add: Add, month: CalendarDate) {
  const transfer = { merchant: null, channel: 'other' } as const;
  const savesOn = addDays(month, 14);
  add({
    ...transfer,
    key: `${month} save out`,
    account: 'checking',
    occurredOn: savesOn,
    amount: SAVINGS_TRANSFER,
    name: 'Online Transfer to Savings ...9033',
    category: 'TRANSFER_OUT_SAVINGS',
  });
  add({
    ...transfer,
    key: `${month} save in`,
    account: 'savings',
    occurredOn: savesOn,
    amount: -SAVINGS_TRANSFER,
    name: 'Online Transfer from Checking ...4821',
    category: 'TRANSFER_IN_SAVINGS',
  });
  add({
    ...transfer,
    key: `${month} invest`,
    account: 'checking',
    occurredOn: addDays(month, 2),
    amount: BROKERAGE_DEPOSIT,
    name: 'TIDELINE INVESTMENTS ACH',
    merchant: 'Tideline Investments',
    category: 'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS',
  });
}

/** The year's irregular expenses, and money taken from savings to meet them. */
function addSurprises(add: Add, seed: string, month: CalendarDate, start: CalendarDate) {
  const number = month.slice(5, 7);
  const luck = chance(seed, 'surprise', month);
  const once = { account: 'card', channel: 'in store' } as const;
  if (number === '02')
    add({
      ...once,
      key: `${month} dentist`,
      occurredOn: addDays(month, 19),
      amount: luck.price(640, 980),
      name: 'BRIGHT SMILE DENTAL',
      merchant: 'Bright Smile Dental',
      category: 'MEDICAL_DENTAL_CARE',
    });
  if (number === '07') {
    add({
      ...once,
      key: `${month} flight`,
      occurredOn: addDays(month, 3),
      amount: luck.price(860, 1_240),
      name: 'PACIFIC CREST AIR',
      merchant: 'Pacific Crest Air',
      category: 'TRAVEL_FLIGHTS',
      channel: 'online',
    });
    add({
      ...once,
      key: `${month} hotel`,
      occurredOn: addDays(month, 21),
      amount: luck.price(720, 1_180),
      name: 'SEABREEZE LODGE',
      merchant: 'Seabreeze Lodge',
      category: 'TRAVEL_LODGING',
    });
  }
  if (number === '12')
    add({
      ...once,
      key: `${month} gifts`,
      occurredOn: addDays(month, 16),
      amount: luck.price(280, 460),
      name: 'MAPLE OUTFITTERS',
      merchant: 'Maple Outfitters',
      category: 'GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES',
    });
  if (luck.happens(0.25))
    add({
      ...once,
      account: 'checking',
      key: `${month} atm`,
      occurredOn: addDays(month, 22),
      amount: 60,
      name: 'ATM WITHDRAWAL 004417',
      merchant: null,
      category: 'TRANSFER_OUT_WITHDRAWAL',
    });
  if (luck.happens(0.12))
    add({
      ...once,
      account: 'checking',
      key: `${month} atm fee`,
      occurredOn: addDays(month, 22),
      amount: 3.5,
      name: 'NON-NETWORK ATM FEE',
      merchant: null,
      category: 'BANK_FEES_ATM_FEES',
    });
  if (monthOf(month) === monthOf(addMonths(start, 19))) {
    add({
      ...once,
      key: `${month} car`,
      occurredOn: addDays(month, 8),
      amount: 2_184.6,
      name: 'GEARBOX AUTO REPAIR',
      merchant: 'Gearbox Auto Repair',
      category: 'GENERAL_SERVICES_AUTOMOTIVE',
    });
    const draw = { merchant: null, channel: 'other' as const, occurredOn: addDays(month, 10) };
    add({
      ...draw,
      key: `${month} draw out`,
      account: 'savings',
      amount: 2_000,
      name: 'Online Transfer to Checking ...4821',
      category: 'TRANSFER_OUT_SAVINGS',
    });
    add({
      ...draw,
      key: `${month} draw in`,
      account: 'checking',
      amount: -2_000,
      name: 'Online Transfer from Savings ...9033',
      category: 'TRANSFER_IN_SAVINGS',
    });
  }
}

export const STATEMENT_DAY = 28;
const CARD_PAYMENT_DAY = 23;

/** Each month's statement, closed on the 28th, is paid in full from checking on the 23rd after. */
function addCardPayments(entries: Entry[], add: Add, start: CalendarDate, end: CalendarDate) {
  const purchases = entries.filter((entry) => entry.account === 'card').sort((a, b) => (a.postedOn < b.postedOn ? -1 : 1));
  const opening = INSTITUTIONS[0]?.accounts.find((account) => account.key === 'card')?.opening ?? 0;
  let first = true;
  for (let month = startOfMonth(start); month <= end; month = addMonths(month, 1)) {
    const closedOn = addDays(addMonths(month, -1), STATEMENT_DAY - 1);
    const openedOn = addDays(addMonths(month, -2), STATEMENT_DAY - 1);
    const spent = purchases
      .filter((entry) => entry.postedOn > openedOn && entry.postedOn <= closedOn)
      .reduce((total, entry) => total + entry.amount, 0);
    const due = cents(spent + (first ? opening : 0));
    first = false;
    const occurredOn = addDays(month, CARD_PAYMENT_DAY - 1);
    if (due <= 0 || dayOfMonth(occurredOn) !== CARD_PAYMENT_DAY) continue;
    const common = { merchant: null, category: 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT', channel: 'other' } as const;
    add({ ...common, key: `${month} card out`, account: 'checking', occurredOn, amount: due, name: 'VOYAGER CARD AUTOPAY 7712' });
    add({
      ...common,
      key: `${month} card in`,
      account: 'card',
      occurredOn: addDays(occurredOn, 1),
      amount: -due,
      name: 'AUTOPAY PAYMENT - THANK YOU',
    });
  }
}
