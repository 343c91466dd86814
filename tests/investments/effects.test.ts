import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effect, effectsOf, type InvestmentRow } from '../../src/investments/effects.ts';
import { calendarDate as day } from '../../src/lib/dates.ts';
import { toMoney, ZERO } from '../../src/lib/money.ts';

let serial = 0;
type Stated = Partial<Omit<InvestmentRow, 'quantity' | 'price' | 'amount' | 'fees'>> &
  Partial<Record<'quantity' | 'price' | 'amount' | 'fees', number>>;
const row = ({ quantity = 0, price = 0, amount = 0, fees, ...more }: Stated = {}): InvestmentRow => ({
  id: `i${serial}`,
  bankId: `b${serial++}`,
  cancelsBankId: null,
  accountId: 'a',
  securityId: 's',
  isCash: false,
  date: day('2026-03-02'),
  type: 'buy',
  subtype: 'buy',
  currency: 'USD',
  ...more,
  quantity: toMoney(quantity),
  price: toMoney(price),
  amount: toMoney(amount),
  fees: fees === undefined ? null : toMoney(fees),
});
const numbers = ({ cash, quantity, flow, income, fees }: Effect) =>
  [cash, quantity, flow, income, fees].map((value) => value.toNumber() + 0);
const only = (stated: InvestmentRow) => effectsOf([stated]).get(stated.id) as Effect;

/** Plaid's documented pairs, what a bank states with each, and what it does. */
type Case = [type: string, subtype: string, quantity: number, amount: number, effect: [number, number, number, number, number]];
const PAIRS: Case[] = [
  // type, subtype, quantity, amount → cash, quantity, flow, income, fees
  ['buy', 'buy', 2, 100, [-100, 2, 0, 0, 0]],
  ['buy', 'buy to cover', 2, 100, [-100, 2, 0, 0, 0]],
  ['buy', 'assignment', 2, 100, [-100, 2, 0, 0, 0]],
  ['buy', 'contribution', 2, 100, [0, 2, 100, 0, 0]],
  // Without a payment beside it a reinvestment is the income too.
  ['buy', 'dividend reinvestment', 2, 100, [0, 2, 0, 100, 0]],
  ['buy', 'interest reinvestment', 2, 100, [0, 2, 0, 100, 0]],
  ['buy', 'long-term capital gain reinvestment', 2, 100, [0, 2, 0, 100, 0]],
  ['buy', 'short-term capital gain reinvestment', 2, 100, [0, 2, 0, 100, 0]],
  ['sell', 'sell', -2, -100, [100, -2, 0, 0, 0]],
  ['sell', 'sell short', -2, -100, [100, -2, 0, 0, 0]],
  ['sell', 'exercise', -2, -100, [100, -2, 0, 0, 0]],
  ['sell', 'distribution', -2, -100, [0, -2, -100, 0, 0]],
  ['cash', 'account fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'contribution', 0, -100, [100, 0, 100, 0, 0]],
  ['cash', 'deposit', 0, -100, [100, 0, 100, 0, 0]],
  ['cash', 'dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'stock distribution', 2, 0, [0, 2, 0, 0, 0]],
  ['cash', 'interest', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'legal fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'long-term capital gain', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'management fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'margin expense', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'non-qualified dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'non-resident tax', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'pending credit', 0, -100, [0, 0, 0, 0, 0]],
  ['cash', 'pending debit', 0, 100, [0, 0, 0, 0, 0]],
  ['cash', 'qualified dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'short-term capital gain', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'tax', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'tax withheld', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'transfer fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'trust fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['cash', 'unqualified gain', 0, -100, [100, 0, 0, 100, 0]],
  ['cash', 'withdrawal', 0, 100, [-100, 0, -100, 0, 0]],
  ['fee', 'account fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'adjustment', 2, 0, [0, 2, 0, 0, 0]],
  ['fee', 'dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'interest', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'interest receivable', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'long-term capital gain', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'legal fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'management fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'margin expense', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'non-qualified dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'non-resident tax', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'qualified dividend', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'return of principal', 0, -100, [100, 0, 0, 0, 0]],
  ['fee', 'short-term capital gain', 0, -100, [100, 0, 0, 100, 0]],
  ['fee', 'stock distribution', 2, 0, [0, 2, 0, 0, 0]],
  ['fee', 'tax', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'tax withheld', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'transfer fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'trust fee', 0, 100, [-100, 0, 0, 0, 100]],
  ['fee', 'unqualified gain', 0, -100, [100, 0, 0, 100, 0]],
  ['transfer', 'assignment', 2, 100, [-100, 2, 0, 0, 0]],
  ['transfer', 'adjustment', 2, 0, [0, 2, 0, 0, 0]],
  ['transfer', 'exercise', 2, 100, [-100, 2, 0, 0, 0]],
  ['transfer', 'expire', -2, 0, [0, -2, 0, 0, 0]],
  ['transfer', 'merger', -2, 0, [0, -2, 0, 0, 0]],
  ['transfer', 'request', 2, 100, [0, 2, 100, 0, 0]],
  ['transfer', 'send', -2, 100, [0, -2, -100, 0, 0]],
  ['transfer', 'spin off', 2, 0, [0, 2, 0, 0, 0]],
  ['transfer', 'split', 2, 0, [0, 2, 0, 0, 0]],
  ['transfer', 'trade', 2, 100, [-100, 2, 0, 0, 0]],
  ['transfer', 'transfer', 2, 100, [0, 2, 100, 0, 0]],
];
const TYPES = ['buy', 'sell', 'cancel', 'cash', 'fee', 'transfer', 'a type of tomorrow'];
const SUBTYPES = [
  ...new Set(PAIRS.map(([, subtype]) => subtype)),
  'fund fee',
  'loan payment',
  'miscellaneous fee',
  'rebalance',
  'a subtype of tomorrow',
  null,
];

describe('each pair of type and subtype', () => {
  it('is in the table: 65 pairs of 44 subtypes', () => {
    expect([PAIRS.length, new Set(PAIRS.map(([, subtype]) => subtype)).size]).toEqual([65, 44]);
  });

  it.each(PAIRS)('%s / %s does what it says', (type, subtype, quantity, amount, effect) => {
    expect(numbers(only(row({ type, subtype, quantity, amount })))).toEqual(effect);
  });

  it.each(['cancel', 'a type of tomorrow'])('%s has a defined effect', (type) => {
    expect(numbers(only(row({ type, subtype: null, quantity: 2, amount: 100 })))).toEqual(
      type === 'cancel' ? [0, 0, 0, 0, 0] : [-100, 2, 0, 0, 0],
    );
  });

  it('of any type, subtype, security and figures loses no money: what came in is in the cash or in what is held', () => {
    const figure = fc.integer({ min: -1_000, max: 1_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES),
        fc.constantFrom(...SUBTYPES),
        fc.boolean(),
        figure,
        figure,
        fc.integer({ min: 0, max: 50 }),
        (type, subtype, isCash, quantity, amount, fees) => {
          const effect = only(row({ type, subtype, isCash, quantity, amount, fees }));
          const all = [effect.cash, effect.quantity, effect.flow, effect.income, effect.fees, effect.unpricedFlow];
          expect(all.every((value) => value.isFinite())).toBe(true);
          if (isCash) expect([effect.quantity, effect.unpricedFlow].every((value) => value.isZero())).toBe(true);
          // Nothing is held and no cash in lieu of it was paid: then cash moves by what came in, was earned and was charged.
          const isMoneyOnly = ['dividend', 'interest', 'deposit', 'withdrawal', 'account fee', 'tax', 'loan payment'].includes(
            subtype ?? '',
          );
          if (isMoneyOnly && effect.quantity.isZero() && (type === 'cash' || type === 'fee'))
            expect(effect.cash.toNumber()).toBe(effect.flow.plus(effect.income).minus(effect.fees).toNumber());
        },
      ),
    );
  });
});

describe('cash securities', () => {
  const cash = (type: string, subtype: string, quantity: number, amount: number) =>
    numbers(only(row({ isCash: true, type, subtype, quantity, amount })));
  it('are cash: bought and sold they move nothing, moved in and out they do', () => {
    expect(cash('buy', 'buy', 100, 100)).toEqual([0, 0, 0, 0, 0]);
    expect(cash('sell', 'sell', -100, -100)).toEqual([0, 0, 0, 0, 0]);
    expect(cash('cash', 'deposit', 100, -100)).toEqual([100, 0, 100, 0, 0]);
    expect(cash('transfer', 'transfer', 100, 0)).toEqual([100, 0, 100, 0, 0]);
    expect(cash('transfer', 'transfer', -100, 100)).toEqual([-100, 0, -100, 0, 0]);
    expect(cash('buy', 'contribution', 100, 100)).toEqual([100, 0, 100, 0, 0]);
    expect(cash('sell', 'distribution', -100, -100)).toEqual([-100, 0, -100, 0, 0]);
  });
});

describe('fees', () => {
  const buy = (amount: number, fees: number) => numbers(only(row({ quantity: 2, price: 50, amount, fees })));
  it('are part of the amount, unless it is quantity × price', () => {
    expect(buy(105, 5)).toEqual([-105, 2, 0, 0, 5]);
    expect(buy(100, 5)).toEqual([-105, 2, 0, 0, 5]);
  });
  it('of a fee row are counted once, whichever field they are in', () => {
    for (const [amount, fees] of [
      [20, 20],
      [20, undefined],
      [0, 20],
    ] as const)
      expect(numbers(only(row({ type: 'fee', subtype: 'account fee', amount, ...(fees === undefined ? {} : { fees }) })))).toEqual([
        -20, 0, 0, 0, 20,
      ]);
    expect(numbers(only(row({ type: 'fee', subtype: 'account fee', amount: -20 })))).toEqual([20, 0, 0, 0, -20]);
  });
});

describe('cancellations', () => {
  const effects = (...rows: InvestmentRow[]) => [...effectsOf(rows).values()].map(numbers);
  const NOTHING = [0, 0, 0, 0, 0];
  const bought = [-100, 2, 0, 0, 0];
  it('undo the row they name, else the latest one of the same figures before', () => {
    const [first, second] = [row({ quantity: 2, amount: 100 }), row({ quantity: 2, amount: 100, date: day('2026-03-04') })];
    const cancel = (more: Stated) => row({ type: 'cancel', subtype: 'buy', quantity: -2, amount: -100, date: day('2026-03-05'), ...more });
    expect(effects(first, second, cancel({}))).toEqual([bought, NOTHING, NOTHING]);
    expect(effects(first, second, cancel({ cancelsBankId: first.bankId }))).toEqual([NOTHING, bought, NOTHING]);
    expect(effects(first, cancel({ amount: -99 }))).toEqual([bought, NOTHING]);
    expect(effects(first, cancel({ date: day('2026-03-01') }))).toEqual([bought, NOTHING]);
    expect(effects(first, cancel({ accountId: 'b' }))).toEqual([bought, NOTHING]);
  });
});

describe('reinvestments', () => {
  const paid = (subtype: string, amount: number, date = '2026-03-02') => row({ type: 'cash', subtype, amount: -amount, date: day(date) });
  const tax = (amount: number) => row({ type: 'fee', subtype: 'tax withheld', amount });
  const bought = (amount: number, subtype = 'dividend reinvestment', date = '2026-03-04') =>
    row({ subtype, quantity: amount / 10, price: 10, amount, date: day(date) });
  const income = (...rows: InvestmentRow[]) =>
    [...effectsOf(rows).values()].reduce((total, effect) => total.plus(effect.income), ZERO).toNumber();

  it.each([
    ['one payment, one purchase', 100, [paid('dividend', 100), bought(100)]],
    ['one payment, two purchases', 100, [paid('dividend', 100), bought(60), bought(40)]],
    ['two payments, one purchase', 100, [paid('qualified dividend', 60), paid('non-qualified dividend', 40), bought(100)]],
    ['less tax', 100, [paid('dividend', 100), tax(15), bought(85)]],
    ['less tax, in two', 100, [paid('dividend', 100), tax(15), bought(50), bought(35)]],
    ['tax paid from other cash', 100, [paid('dividend', 100), tax(15), bought(100)]],
    ['tax does not hide a second purchase', 150, [paid('dividend', 100), tax(15), bought(85), bought(50)]],
    ['a part is kept as cash', 100, [paid('dividend', 100), bought(70)]],
    ['more than was paid', 120, [paid('dividend', 100), bought(120)]],
    ['purchase alone', 100, [bought(100)]],
    ['five days apart', 100, [paid('dividend', 100, '2026-02-27'), bought(100)]],
    ['six days apart', 200, [paid('dividend', 100, '2026-02-26'), bought(100)]],
    ['each of its own kind', 150, [paid('dividend', 100), bought(50, 'long-term capital gain reinvestment'), bought(100)]],
    ['a label of another kind', 50, [paid('long-term capital gain', 50), bought(50)]],
    ['a payment that was reversed with its purchase', 0, [paid('dividend', 100), bought(100), paid('dividend', -100), bought(-100)]],
    ['a purchase alone that was reversed', 0, [bought(100), bought(-100)]],
  ] as [string, number, InvestmentRow[]][])('%s', (_case, expected, rows) => {
    expect(income(...rows)).toBe(expected);
  });
});
