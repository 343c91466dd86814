import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { groupBy } from '../lib/group.ts';
import { Money, signOf, sum, ZERO } from '../lib/money.ts';

/** An investment transaction as the bank states it. */
export interface InvestmentRow {
  id: string;
  /** The bank's own id, and that of the transaction which this one cancels. */
  bankId: string;
  cancelsBankId: string | null;
  accountId: string;
  securityId: string | null;
  /** True when the security is cash in the account's currency: a money-market fund, a sweep account. */
  isCash: boolean;
  date: CalendarDate;
  type: string;
  subtype: string | null;
  /** Bought or received positive, sold or delivered negative. */
  quantity: Money;
  price: Money;
  /** Positive: cash debited. */
  amount: Money;
  fees: Money | null;
  currency: string;
}

/** How a transaction changes the lots of what is held. */
export type LotChange = 'trade' | 'move' | 'split' | 'expiry' | 'change' | 'principal' | null;

/** What an investment transaction does, in its own currency. Money put in, earned and received is positive. */
export interface Effect {
  cash: Money;
  /** Of a security that is not cash. */
  quantity: Money;
  /** Money and priced securities that came from outside less what went out. */
  flow: Money;
  /** Quantity that came from outside (negative: went out) at no stated value: its flow is its value on the day. */
  unpricedFlow: Money;
  income: Money;
  fees: Money;
  /** What the quantity cost or brought, fees included; null when nobody paid for it. */
  consideration: Money | null;
  lots: LotChange;
}

const NO_EFFECT: Effect = {
  cash: ZERO,
  quantity: ZERO,
  flow: ZERO,
  unpricedFlow: ZERO,
  income: ZERO,
  fees: ZERO,
  consideration: null,
  lots: null,
};

type Kind =
  | 'trade'
  | 'reinvestment'
  | 'contribution'
  | 'distribution'
  | 'income'
  | 'principal'
  | 'charge'
  | 'external'
  | 'move'
  | 'exchange'
  | 'split'
  | 'expiry'
  | 'change'
  | 'none';

/** Plaid's subtypes. `contribution` and `distribution` mean cash unless the transaction buys or sells. */
const KINDS: Record<string, Kind> = {
  buy: 'trade',
  'buy to cover': 'trade',
  sell: 'trade',
  'sell short': 'trade',
  'dividend reinvestment': 'reinvestment',
  'interest reinvestment': 'reinvestment',
  'long-term capital gain reinvestment': 'reinvestment',
  'short-term capital gain reinvestment': 'reinvestment',
  dividend: 'income',
  'qualified dividend': 'income',
  'non-qualified dividend': 'income',
  interest: 'income',
  'interest receivable': 'income',
  'long-term capital gain': 'income',
  'short-term capital gain': 'income',
  'unqualified gain': 'income',
  'return of principal': 'principal',
  'account fee': 'charge',
  'fund fee': 'charge',
  'legal fee': 'charge',
  'management fee': 'charge',
  'margin expense': 'charge',
  'miscellaneous fee': 'charge',
  'transfer fee': 'charge',
  'trust fee': 'charge',
  'non-resident tax': 'charge',
  tax: 'charge',
  'tax withheld': 'charge',
  contribution: 'external',
  deposit: 'external',
  distribution: 'external',
  'loan payment': 'external',
  withdrawal: 'external',
  request: 'move',
  send: 'move',
  transfer: 'move',
  assignment: 'exchange',
  exercise: 'exchange',
  merger: 'exchange',
  rebalance: 'exchange',
  trade: 'exchange',
  split: 'split',
  'stock distribution': 'split',
  expire: 'expiry',
  adjustment: 'change',
  'spin off': 'change',
  'pending credit': 'none',
  'pending debit': 'none',
};

const TAXES = new Set(['non-resident tax', 'tax', 'tax withheld']);

/** Subtypes and types may be added without notice: an unknown one goes by what the row moves. */
function kindOf({ type, subtype, quantity, amount, isCash }: InvestmentRow): Kind {
  const known = KINDS[subtype ?? ''];
  if (type === 'buy' || type === 'sell') {
    if (known === 'reinvestment') return known;
    if (type === 'buy' && subtype === 'contribution') return 'contribution';
    if (type === 'sell' && subtype === 'distribution') return 'distribution';
    const isMoneyOnly = known === 'income' || known === 'principal' || known === 'charge';
    return isMoneyOnly && quantity.isZero() && !isCash ? known : 'trade';
  }
  if (type === 'fee' && (known === undefined || (known === 'change' && quantity.isZero()))) return 'charge';
  if (known) return known;
  if (type === 'transfer') return 'move';
  if (type === 'cash' || quantity.isZero()) return 'external';
  return !amount.isZero() && amount.isNegative() === quantity.isNegative() ? 'trade' : 'move';
}

const KINDS_OF_PAYMENT: Record<string, string> = {
  dividend: 'dividend',
  'qualified dividend': 'dividend',
  'non-qualified dividend': 'dividend',
  'dividend reinvestment': 'dividend',
  interest: 'interest',
  'interest receivable': 'interest',
  'interest reinvestment': 'interest',
};
const paymentKind = (row: InvestmentRow) => KINDS_OF_PAYMENT[row.subtype ?? ''] ?? 'gain';

/** What each transaction does, by its id. Rows that cancel each other do nothing. */
export function effectsOf(rows: InvestmentRow[]): Map<string, Effect> {
  const voided = cancelled(rows);
  const valid = rows.filter((row) => !voided.has(row.id));
  const unpaid = unpaidReinvestments(valid);
  return new Map(rows.map((row) => [row.id, voided.has(row.id) ? NO_EFFECT : effectOf(row, unpaid.get(row.id) ?? ZERO)]));
}

/** A cancellation comes within so many days of what it cancels. */
const CANCELLED_WITHIN_DAYS = 30;

/** The ids of cancellations and of what they cancel: the row they name, else the latest one before with the same figures. */
function cancelled(rows: InvestmentRow[]): Set<string> {
  const voided = new Set<string>();
  for (const cancel of rows.filter((row) => row.type === 'cancel')) {
    voided.add(cancel.id);
    const open = rows.filter((row) => row.type !== 'cancel' && !voided.has(row.id) && row.accountId === cancel.accountId);
    const named = cancel.cancelsBankId && open.find((row) => row.bankId === cancel.cancelsBankId);
    const alike = open
      .filter((row) => row.securityId === cancel.securityId && isSameSize(row, cancel) && isShortlyBefore(row, cancel))
      .sort((a, b) => (a.date > b.date ? -1 : a.date < b.date ? 1 : 0));
    const target = named || alike[0];
    if (target) voided.add(target.id);
  }
  return voided;
}

const isSameSize = (a: InvestmentRow, b: InvestmentRow) =>
  a.quantity.abs().equals(b.quantity.abs()) && a.amount.abs().equals(b.amount.abs());
const isShortlyBefore = (row: InvestmentRow, cancel: InvestmentRow) =>
  row.date <= cancel.date && daysBetween(row.date, cancel.date) <= CANCELLED_WITHIN_DAYS;

/** A reinvestment follows its payment, or comes before it, by at most so many days. */
export const REINVESTED_WITHIN_DAYS = 5;

interface Payment {
  row: InvestmentRow;
  left: Money;
  /** Tax withheld that has not used up any of it yet. */
  tax: Money;
}

/**
 * What each reinvestment bought beyond the payments listed for it, by its id. Some institutions list the payment and the purchase,
 * others the purchase alone: then it is the income too. A purchase uses up payments on the same security within a few days, of any
 * number and amount, those of its own kind first; a rest that tax withheld explains is used up with it. Reversals do the same with
 * the opposite sign.
 */
function unpaidReinvestments(rows: InvestmentRow[]): Map<string, Money> {
  const unpaid = new Map<string, Money>();
  const groups = groupBy(
    rows.filter((row) => row.securityId !== null),
    (row) => `${row.accountId} ${row.securityId} ${row.currency}`,
  );
  for (const own of groups.values())
    for (const sign of [1, -1]) {
      const purchases = own.filter((row) => kindOf(row) === 'reinvestment' && row.amount.times(sign).greaterThan(0));
      if (purchases.length === 0) continue;
      const payments = paymentsOf(own, sign);
      for (const row of purchases) unpaid.set(row.id, row.amount.times(sign));
      for (const isOwnKind of [true, false])
        for (const row of purchases) {
          const fitting = payments.filter(
            (payment) => isNear(payment.row, row) && (!isOwnKind || paymentKind(payment.row) === paymentKind(row)),
          );
          unpaid.set(row.id, useUp(fitting, unpaid.get(row.id) as Money, row));
        }
      for (const row of purchases) unpaid.set(row.id, (unpaid.get(row.id) as Money).times(sign));
    }
  return unpaid;
}

const apart = (a: InvestmentRow, b: InvestmentRow) => Math.abs(daysBetween(a.date, b.date));
const isNear = (a: InvestmentRow, b: InvestmentRow) => apart(a, b) <= REINVESTED_WITHIN_DAYS;

function paymentsOf(rows: InvestmentRow[], sign: number): Payment[] {
  const payments = rows
    .filter((row) => kindOf(row) === 'income' && row.amount.times(-sign).greaterThan(0))
    .map((row): Payment => ({ row, left: row.amount.times(-sign), tax: ZERO }));
  for (const tax of rows.filter((row) => TAXES.has(row.subtype ?? '') && row.amount.times(sign).greaterThan(0))) {
    const [nearest] = payments.filter(({ row }) => isNear(row, tax)).sort((a, b) => apart(a.row, tax) - apart(b.row, tax));
    if (nearest) nearest.tax = nearest.tax.plus(tax.amount.times(sign));
  }
  return payments;
}

/** Takes an amount from payments, the nearest first. @returns what they do not cover. */
function useUp(payments: Payment[], amount: Money, purchase: InvestmentRow): Money {
  let open = amount;
  for (const payment of [...payments].sort((a, b) => apart(a.row, purchase) - apart(b.row, purchase))) {
    const part = Money.min(payment.left, open);
    payment.left = payment.left.minus(part);
    open = open.minus(part);
  }
  // What is left of all of them is what the tax took.
  const [left, tax] = [sum(payments.map((payment) => payment.left)), sum(payments.map((payment) => payment.tax))];
  if (left.greaterThan(0) && left.lessThanOrEqualTo(tax)) for (const payment of payments) Object.assign(payment, { left: ZERO, tax: ZERO });
  return open;
}

/** What one transaction does. @param unpaid what a reinvestment bought beyond the payments listed for it. */
function effectOf(row: InvestmentRow, unpaid: Money): Effect {
  const fees = row.fees ?? ZERO;
  switch (kindOf(row)) {
    case 'trade':
      return tradeEffect(row, ZERO);
    case 'reinvestment':
      return tradeEffect(row, unpaid);
    case 'contribution':
      return inKindPayment(row, 1);
    case 'distribution':
      return inKindPayment(row, -1);
    case 'income':
    case 'principal':
      return incomeEffect(row);
    case 'charge': {
      const charged = row.amount.isZero() ? fees : row.amount;
      if (charged.isZero() && !row.quantity.isZero()) return quantityEffect(row, 'change');
      return { ...NO_EFFECT, cash: charged.negated(), fees: charged };
    }
    case 'external':
    case 'move':
      return moveEffect(row);
    case 'exchange':
      return exchangeEffect(row);
    case 'split':
      return quantityEffect(row, 'split');
    case 'expiry':
      return quantityEffect(row, 'expiry');
    case 'change':
      return quantityEffect(row, 'change');
    case 'none':
      return NO_EFFECT;
  }
}

/** Fees are part of the amount, unless the amount is quantity × price without them. */
const feesOnTop = ({ amount, quantity, price, fees }: InvestmentRow): Money =>
  fees?.greaterThan(0) && !quantity.isZero() && signOf(amount.abs().minus(quantity.times(price).abs())) === 0 ? fees : ZERO;

/** Some institutions state what was sold as a positive quantity. */
function signedQuantity({ type, quantity, amount }: InvestmentRow): Money {
  const isWrong =
    (type === 'sell' && quantity.greaterThan(0) && !amount.greaterThan(0)) ||
    (type === 'buy' && quantity.lessThan(0) && !amount.isNegative());
  return isWrong ? quantity.negated() : quantity;
}

function tradeEffect(row: InvestmentRow, unpaid: Money): Effect {
  const fees = row.fees ?? ZERO;
  const paid = row.amount.plus(feesOnTop(row));
  // Buying cash with cash moves nothing; a payment that became more of it is more cash.
  if (row.isCash) return { ...NO_EFFECT, cash: unpaid.minus(fees), income: unpaid, fees };
  const quantity = signedQuantity(row);
  const isFree = row.amount.isZero() && quantity.greaterThan(0);
  const lots = quantity.isZero() ? null : 'trade';
  return { ...NO_EFFECT, cash: unpaid.minus(paid), quantity, income: unpaid, fees, consideration: isFree ? null : paid.abs(), lots };
}

/** Assets that are put into a tax-advantaged account (1) or paid out of it (−1), which never were its cash. */
function inKindPayment(row: InvestmentRow, direction: 1 | -1): Effect {
  const fees = row.fees ?? ZERO;
  if (row.isCash || row.quantity.isZero()) {
    const paid = (row.amount.isZero() ? row.quantity : row.amount).abs().times(direction);
    return { ...NO_EFFECT, cash: paid, flow: paid.plus(fees), fees };
  }
  const quantity = signedQuantity(row);
  const sign = quantity.isNegative() ? -1 : 1;
  const paid = row.amount.abs().plus(feesOnTop(row).times(sign));
  const isUnpriced = row.amount.isZero();
  return {
    ...NO_EFFECT,
    quantity,
    flow: isUnpriced ? fees : paid.times(sign),
    unpricedFlow: isUnpriced ? quantity : ZERO,
    fees,
    consideration: isUnpriced ? null : paid,
    lots: 'trade',
  };
}

function incomeEffect(row: InvestmentRow): Effect {
  const fees = row.fees ?? ZERO;
  if (row.amount.isZero() && !row.quantity.isZero())
    return row.isCash ? { ...NO_EFFECT, cash: row.quantity, income: row.quantity } : quantityEffect(row, 'change');
  const cash = row.amount.negated();
  // Principal that comes back is no income.
  if (kindOf(row) === 'principal') return { ...NO_EFFECT, cash, fees, consideration: cash.plus(fees), lots: 'principal' };
  return { ...NO_EFFECT, cash, income: cash.plus(fees), fees };
}

/** Cash or securities that come from elsewhere or go there. */
function moveEffect(row: InvestmentRow): Effect {
  const fees = row.fees ?? ZERO;
  const isSecurity = row.securityId !== null && !row.quantity.isZero();
  const bySign = (value: Money) => (row.quantity.isNegative() ? value.abs().negated() : value.abs());
  if (!isSecurity || row.isCash) {
    const isByQuantity = isSecurity && (row.amount.isZero() || row.type === 'transfer');
    const cash = isByQuantity ? bySign(row.amount.isZero() ? row.quantity : row.amount) : row.amount.negated();
    return { ...NO_EFFECT, cash, flow: cash.plus(fees), fees };
  }
  const stated = row.price.greaterThan(0) ? row.quantity.times(row.price) : row.amount.isZero() ? null : bySign(row.amount);
  return {
    ...NO_EFFECT,
    cash: fees.negated(),
    quantity: row.quantity,
    flow: stated ?? ZERO,
    unpricedFlow: stated ? ZERO : row.quantity,
    fees,
    lots: 'move',
  };
}

/** One thing for another within the account: mergers, exercised options. */
function exchangeEffect(row: InvestmentRow): Effect {
  const fees = row.fees ?? ZERO;
  if (row.isCash || row.quantity.isZero()) return { ...NO_EFFECT, cash: row.amount.negated(), fees };
  const isPaid = !row.amount.isZero() && row.amount.isNegative() === row.quantity.isNegative();
  return {
    ...NO_EFFECT,
    cash: row.amount.negated(),
    quantity: row.quantity,
    fees,
    consideration: isPaid ? row.amount.abs() : null,
    lots: isPaid ? 'trade' : 'change',
  };
}

/** More or fewer pieces without money; without a quantity it is cash in lieu of them. */
function quantityEffect(row: InvestmentRow, lots: LotChange): Effect {
  const fees = row.fees ?? ZERO;
  if (row.quantity.isZero()) return { ...NO_EFFECT, cash: row.amount.negated(), fees };
  if (row.isCash) return { ...NO_EFFECT, cash: row.quantity.minus(fees), fees };
  return { ...NO_EFFECT, cash: fees.negated(), quantity: row.quantity, fees, lots };
}
