import { addDays, addMonths, type CalendarDate, dayOfWeek, daysBetween, eachDay, startOfMonth } from '../lib/dates.ts';
import { BROKERAGE_DEPOSIT } from './household.ts';
import { cents, chance } from './random.ts';

/** A security of the demo market, whose price walks at random from `price` with a daily spread, around a trend of its yearly drift. */
export interface DemoSecurity {
  key: string;
  ticker: string | null;
  name: string;
  type: string;
  subtype: string;
  sector: string | null;
  industry: string | null;
  price: number;
  drift: number;
  spread: number;
  isCash?: boolean;
}

const SECURITIES: DemoSecurity[] = [
  {
    key: 'vti',
    ticker: 'VTI',
    name: 'Total Stock Market ETF',
    type: 'etf',
    subtype: 'etf',
    sector: null,
    industry: null,
    price: 232.4,
    drift: 0.11,
    spread: 0.009,
  },
  {
    key: 'vxus',
    ticker: 'VXUS',
    name: 'Total International Stock ETF',
    type: 'etf',
    subtype: 'etf',
    sector: null,
    industry: null,
    price: 58.1,
    drift: 0.06,
    spread: 0.009,
  },
  {
    key: 'bnd',
    ticker: 'BND',
    name: 'Total Bond Market ETF',
    type: 'etf',
    subtype: 'etf',
    sector: null,
    industry: null,
    price: 74.6,
    drift: -0.01,
    spread: 0.003,
  },
  {
    key: 'aapl',
    ticker: 'AAPL',
    name: 'Apple Inc.',
    type: 'equity',
    subtype: 'common stock',
    sector: 'Electronic Technology',
    industry: 'Telecommunications Equipment',
    price: 181.2,
    drift: 0.14,
    spread: 0.015,
  },
  {
    key: 'jnj',
    ticker: 'JNJ',
    name: 'Johnson & Johnson',
    type: 'equity',
    subtype: 'common stock',
    sector: 'Health Technology',
    industry: 'Pharmaceuticals',
    price: 158.7,
    drift: 0.03,
    spread: 0.01,
  },
  {
    key: 'cost',
    ticker: 'COST',
    name: 'Costco Wholesale Corp.',
    type: 'equity',
    subtype: 'common stock',
    sector: 'Retail Trade',
    industry: 'Discount Stores',
    price: 668.5,
    drift: 0.12,
    spread: 0.012,
  },
  {
    key: 'xom',
    ticker: 'XOM',
    name: 'Exxon Mobil Corp.',
    type: 'equity',
    subtype: 'common stock',
    sector: 'Energy Minerals',
    industry: 'Integrated Oil',
    price: 104.3,
    drift: 0.04,
    spread: 0.014,
  },
  {
    key: 'treasury',
    ticker: null,
    name: 'US Treasury Note 4.125% 2029',
    type: 'fixed income',
    subtype: 'bond',
    sector: 'Government',
    industry: 'Sovereign',
    price: 98.7,
    drift: 0.01,
    spread: 0.002,
  },
  {
    key: 'target',
    ticker: 'TDF50',
    name: 'Target Retirement 2050 Fund',
    type: 'mutual fund',
    subtype: 'mutual fund',
    sector: null,
    industry: null,
    price: 41.9,
    drift: 0.09,
    spread: 0.007,
  },
  {
    key: 'btc',
    ticker: 'CUR:BTC',
    name: 'Bitcoin',
    type: 'cryptocurrency',
    subtype: 'cryptocurrency',
    sector: null,
    industry: null,
    price: 61_400,
    drift: 0.2,
    spread: 0.028,
  },
  {
    key: 'usd',
    ticker: 'CUR:USD',
    name: 'U S Dollar',
    type: 'cash',
    subtype: 'cash',
    sector: null,
    industry: null,
    price: 1,
    drift: 0,
    spread: 0,
    isCash: true,
  },
];

/** A purchase: how many days before the history begins, how much, and what it cost. */
type OpeningLot = [daysBefore: number, quantity: number, cost: number];

/** What was held on the day before the history begins, with its cost; null where the institution does not know the cost. */
const OPENING: Record<string, { security: string; quantity: number; cost: number | null; lots?: OpeningLot[] }[]> = {
  brokerage: [
    {
      security: 'vti',
      quantity: 318.25,
      cost: 58_940,
      lots: [
        [2_190, 180, 29_340],
        [912, 138.25, 29_600],
      ],
    },
    { security: 'vxus', quantity: 410, cost: 22_650, lots: [[1_460, 410, 22_650]] },
    { security: 'bnd', quantity: 195, cost: 15_280, lots: [[1_095, 195, 15_280]] },
    { security: 'aapl', quantity: 62, cost: 7_912.4, lots: [[1_825, 62, 7_912.4]] },
    { security: 'jnj', quantity: 18, cost: 2_964, lots: [[1_310, 18, 2_964]] },
    { security: 'cost', quantity: 6, cost: 2_188.5, lots: [[1_640, 6, 2_188.5]] },
    {
      security: 'xom',
      quantity: 40,
      cost: 2_610,
      lots: [
        [1_500, 25, 1_512.5],
        [760, 15, 1_097.5],
      ],
    },
    { security: 'treasury', quantity: 50, cost: 4_935, lots: [[430, 50, 4_935]] },
    { security: 'btc', quantity: 0.0612, cost: null },
  ],
  // Where gains are not taxed nobody keeps lots.
  '401k': [{ security: 'target', quantity: 3_142.117, cost: 101_250 }],
};
const OPENING_CASH: Record<string, number> = { brokerage: 642.18, '401k': 0 };

export interface Trade {
  key: string;
  account: string;
  date: CalendarDate;
  security: string | null;
  type: 'buy' | 'sell' | 'cash' | 'fee';
  subtype: string;
  name: string;
  quantity: number;
  price: number;
  /** Positive: cash out of the account's cash. */
  amount: number;
  fees: number;
}

export interface Position {
  account: string;
  security: DemoSecurity;
  quantity: number;
  price: number;
  value: number;
  cost: number | null;
  /** By purchase, oldest first; empty where the institution keeps none. */
  lots: { acquiredOn: CalendarDate; quantity: number; cost: number }[];
}

const DAYS_A_YEAR = 365;
/** Which part of its distance from the trend a price makes up in a day, so that years of luck do not add up. */
const PULL_TO_TREND = 0.08;
const QUANTITY_STEP = 10_000;

/** Daily prices from the start of the history; the same seed and start give the same walk however far it is followed. */
function priceHistory(seed: string, start: CalendarDate, end: CalendarDate): Map<string, Map<CalendarDate, number>> {
  const histories = new Map<string, Map<CalendarDate, number>>();
  for (const security of SECURITIES) {
    const luck = chance(seed, 'price', security.key, start);
    const prices = new Map<CalendarDate, number>();
    let price = security.price;
    for (const date of eachDay(start, end)) {
      const isTrading = security.type === 'cryptocurrency' || (dayOfWeek(date) !== 0 && dayOfWeek(date) !== 6);
      const move = (luck.next() + luck.next() + luck.next() - 1.5) * 2 * security.spread;
      const trend = security.price * (1 + (security.drift * daysBetween(start, date)) / DAYS_A_YEAR);
      if (isTrading) price = Math.max(0.01, price * (1 + move) + PULL_TO_TREND * (trend - price));
      prices.set(date, security.isCash ? 1 : cents(price));
    }
    histories.set(security.key, prices);
  }
  return histories;
}

/** Everything that happened in the investment accounts, oldest first. */
export function householdTrades(seed: string, start: CalendarDate, end: CalendarDate): Trade[] {
  const prices = priceHistory(seed, start, end);
  const trades: Trade[] = [];
  const add = (trade: Omit<Trade, 'price' | 'fees'> & { price?: number; fees?: number }) => {
    if (trade.date < start || trade.date > end || trade.amount === 0) return;
    trades.push({ price: trade.security ? (prices.get(trade.security)?.get(trade.date) ?? 0) : 0, fees: 0, ...trade });
  };
  const buy = (account: string, security: string, date: CalendarDate, spend: number, subtype: string, key: string) => {
    const price = prices.get(security)?.get(date);
    if (price === undefined) return;
    const quantity = inSteps(spend / price);
    const name = `${subtype === 'buy' ? 'BUY' : 'CONTRIBUTION'} ${SECURITIES.find((candidate) => candidate.key === security)?.name}`;
    add({ key, account, date, security, type: 'buy', subtype, name, quantity, amount: cents(quantity * price) });
  };
  for (let month = startOfMonth(start); month <= end; month = addMonths(month, 1)) {
    const depositOn = addDays(month, 3);
    add({
      key: `${month} deposit`,
      account: 'brokerage',
      date: depositOn,
      security: null,
      type: 'cash',
      subtype: 'deposit',
      name: 'ACH DEPOSIT',
      quantity: 0,
      amount: -BROKERAGE_DEPOSIT,
    });
    buy('brokerage', 'vti', addDays(month, 4), 700, 'buy', `${month} vti`);
    buy('brokerage', 'vxus', addDays(month, 4), 300, 'buy', `${month} vxus`);
    buy('brokerage', 'bnd', addDays(month, 4), 200, 'buy', `${month} bnd`);
    buy('401k', 'target', addDays(month, 27), 610, 'contribution', `${month} 401k`);
    const isQuarterEnd = ['03', '06', '09', '12'].includes(month.slice(5, 7));
    if (isQuarterEnd) addDividends(add, prices, month);
  }
  addSale(add, prices, addDays(start, 400));
  return trades.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.key < b.key ? -1 : 1));
}

type AddTrade = (trade: Omit<Trade, 'price' | 'fees'> & { price?: number; fees?: number }) => void;

function addDividends(add: AddTrade, prices: ReturnType<typeof priceHistory>, month: CalendarDate) {
  const date = addDays(month, 21);
  for (const [security, share] of [
    ['vti', 0.0034],
    ['vxus', 0.0072],
    ['bnd', 0.0081],
    ['jnj', 0.0075],
    ['xom', 0.0085],
  ] as const) {
    const held = OPENING.brokerage?.find((position) => position.security === security)?.quantity ?? 0;
    const price = prices.get(security)?.get(date) ?? 0;
    const name = `DIVIDEND ${SECURITIES.find((candidate) => candidate.key === security)?.name}`;
    add({
      key: `${month} dividend ${security}`,
      account: 'brokerage',
      date,
      security,
      type: 'cash',
      subtype: 'dividend',
      name,
      quantity: 0,
      price: 0,
      amount: -cents(held * price * share),
    });
  }
  if (month.slice(5, 7) === '12') {
    add({
      key: `${month} fee`,
      account: 'brokerage',
      date,
      security: null,
      type: 'fee',
      subtype: 'account fee',
      name: 'ANNUAL ACCOUNT FEE',
      quantity: 0,
      amount: 25,
    });
  }
}

function addSale(add: AddTrade, prices: ReturnType<typeof priceHistory>, date: CalendarDate) {
  const price = prices.get('xom')?.get(date);
  if (price === undefined) return;
  add({
    key: `${date} sale`,
    account: 'brokerage',
    date,
    security: 'xom',
    type: 'sell',
    subtype: 'sell',
    name: 'SELL Exxon Mobil Corp.',
    quantity: -15,
    amount: -cents(15 * price - 1),
    fees: 1,
  });
}

/** What is held on a day: the opening positions and every trade up to it, at that day's prices, cash last. */
export function positionsOn(seed: string, start: CalendarDate, date: CalendarDate): Position[] {
  const prices = priceHistory(seed, start, date);
  const trades = householdTrades(seed, start, date);
  const positions: Position[] = [];
  for (const account of Object.keys(OPENING)) {
    const held = new Map(
      (OPENING[account] ?? []).map(({ security, quantity, cost, lots }) => [
        security,
        {
          security,
          quantity,
          cost,
          lots: lots?.map(([daysBefore, quantity, cost]) => ({ acquiredOn: addDays(start, -daysBefore), quantity, cost })) ?? null,
        },
      ]),
    );
    let cash = OPENING_CASH[account] ?? 0;
    for (const trade of trades.filter((candidate) => candidate.account === account)) {
      // A contribution buys with money that never was in the account.
      if (trade.subtype !== 'contribution') cash = cents(cash - trade.amount);
      const position = trade.security && trade.quantity !== 0 ? held.get(trade.security) : undefined;
      if (!position) continue;
      const soldShare = trade.quantity < 0 ? -trade.quantity / position.quantity : 0;
      if (trade.quantity > 0) position.lots?.push({ acquiredOn: trade.date, quantity: trade.quantity, cost: trade.amount });
      else sellOldest(position.lots ?? [], -trade.quantity);
      if (position.lots) position.cost = cents(position.lots.reduce((total, lot) => total + lot.cost, 0));
      else if (position.cost !== null) position.cost = cents(position.cost * (1 - soldShare) + (trade.quantity > 0 ? trade.amount : 0));
      position.quantity = inSteps(position.quantity + trade.quantity);
    }
    for (const { security: key, quantity, cost, lots } of [...held.values(), { security: 'usd', quantity: cash, cost: cash, lots: null }]) {
      const security = SECURITIES.find((candidate) => candidate.key === key);
      const price = prices.get(key)?.get(date) ?? 0;
      const value = cents(quantity * price);
      if (security && quantity !== 0) positions.push({ account, security, quantity, price, value, cost, lots: lots ?? [] });
    }
  }
  return positions;
}

const inSteps = (quantity: number) => Math.round(quantity * QUANTITY_STEP) / QUANTITY_STEP;

/** What is sold comes out of the oldest purchases. */
function sellOldest(lots: Position['lots'], quantity: number): void {
  let open = quantity;
  while (open > 0 && lots[0]) {
    const [lot] = lots;
    const part = Math.min(lot.quantity, open);
    lot.cost = cents(lot.cost * (1 - part / lot.quantity));
    lot.quantity = inSteps(lot.quantity - part);
    if (lot.quantity === 0) lots.shift();
    open = inSteps(open - part);
  }
}

/** Days since the history began. */
export const monthsSince = (start: CalendarDate, date: CalendarDate): number => Math.floor(daysBetween(start, date) / (DAYS_A_YEAR / 12));
