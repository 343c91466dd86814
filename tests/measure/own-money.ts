// How people move their own money, and how banks write it down.
import { addDays, addMonths, type CalendarDate } from '../../src/lib/dates.ts';
import { bankDaysAfter, monthsIn, moved } from './calendar.ts';
import { type Category, category, type Life, type LifeAccount, NO_CATEGORY } from './life.ts';

interface Sides {
  out: string;
  in: string;
  /** Whether each side says that money moved between own accounts. */
  says: [boolean, boolean];
}

const KIND: Record<string, string> = { checking: 'CHK', savings: 'SAV', 'credit card': 'CARD' };
const kindOf = (account: LifeAccount) => KIND[account.subtype] ?? 'ACCT';

/** Inside one bank, where it knows both accounts and mostly names them. */
const INSIDE: ((from: LifeAccount, to: LifeAccount, reference: number) => Sides)[] = [
  (from, to, reference) => ({
    out: `Online Transfer to ${kindOf(to)} ...${to.mask} transaction#: ${reference}`,
    in: `Online Transfer from ${kindOf(from)} ...${from.mask} transaction#: ${reference}`,
    says: [true, true],
  }),
  (from, to, reference) => ({
    out: `Online Banking transfer to ${kindOf(to)} ${to.mask} Confirmation# ${reference}`,
    in: `Online Banking transfer from ${kindOf(from)} ${from.mask} Confirmation# ${reference}`,
    says: [true, true],
  }),
  (from, to, reference) => ({
    out: `RECURRING TRANSFER REF #OP${reference} TO ${to.name.toUpperCase()} XXXXXX${to.mask}`,
    in: `RECURRING TRANSFER REF #OP${reference} FROM ${from.name.toUpperCase()} XXXXXX${from.mask}`,
    says: [true, true],
  }),
  (from, to) => ({
    out: `Withdrawal to ${to.name} XXXXXX${to.mask}`,
    in: `Deposit from ${from.name} XXXXXX${from.mask}`,
    says: [true, true],
  }),
  (from, to) => ({ out: `TRANSFER TO ${to.mask}`, in: `TRANSFER FROM ${from.mask}`, says: [true, true] }),
  (from, to) => ({ out: `Online Transfer ${to.mask}`, in: `Deposit from ${from.mask}`, says: [true, true] }),
];

/** Between banks, where each side knows the other one's bank at best. */
const BETWEEN: ((from: LifeAccount, to: LifeAccount, reference: number) => Sides)[] = [
  (from, to) => ({
    out: `ACH TRANSFER TO ${to.bank.toUpperCase()}`,
    in: `ACH TRANSFER FROM ${from.bank.toUpperCase()}`,
    says: [true, true],
  }),
  (_from, to, reference) => ({ out: `${to.bank} DES:P2P XFER ID:${reference} WEB`, in: 'External transfer deposit', says: [true, true] }),
  (from, to) => ({
    out: `Requested transfer to ${to.bank}`,
    in: `Internet transfer from account ending in ${from.mask}`,
    says: [true, true],
  }),
  (from, _to, reference) => ({
    out: `EXT TRNSFR ${reference}`,
    in: `${from.bank.toUpperCase()} ACH CREDIT ${reference}`,
    says: [true, true],
  }),
];

/** One side says nothing: a bank's shortest words, or a category that was guessed. */
const ONE_SIDED: ((from: LifeAccount, to: LifeAccount, reference: number) => Sides)[] = [
  (_from, to, reference) => ({ out: `${to.bank.toUpperCase()} WEB PMT ${reference}`, in: 'DEPOSIT', says: [true, false] }),
  (from, _to, reference) => ({ out: `ACH DEBIT ${reference}`, in: `Transfer from ${from.bank}`, says: [false, true] }),
  (_from, _to, reference) => ({ out: `Transfer ${reference}`, in: 'ELECTRONIC DEPOSIT', says: [true, false] }),
];

/** Whether what Plaid makes of a row is right, missing or wrong. */
export function guessed(life: Life, isHard: boolean, right: Category, wrong: Category[]): Category {
  const luck = life.luck.next();
  if (luck < (isHard ? 0.82 : 0.97)) return right;
  if (luck < (isHard ? 0.92 : 0.99)) return NO_CATEGORY;
  return life.luck.pick(wrong);
}

const OUT = category('TRANSFER_OUT', 'ACCOUNT_TRANSFER');
const IN = category('TRANSFER_IN', 'ACCOUNT_TRANSFER');
const WRONG_OUT = [
  category('TRANSFER_OUT', 'OTHER_TRANSFER_OUT'),
  category('TRANSFER_OUT', 'SAVINGS'),
  category('GENERAL_SERVICES', 'OTHER_GENERAL_SERVICES'),
];
const WRONG_IN = [category('TRANSFER_IN', 'DEPOSIT'), category('TRANSFER_IN', 'OTHER_TRANSFER_IN'), category('INCOME', 'OTHER_INCOME')];
const isOwnCategory = ({ primary }: Category) => primary === 'TRANSFER_OUT' || primary === 'TRANSFER_IN';

/** Moves own money from one account to another; what is not linked is not seen. */
export function moveOwn(
  life: Life,
  isHard: boolean,
  kind: string,
  from: LifeAccount,
  to: LifeAccount,
  on: CalendarDate,
  cents: number,
): void {
  const isInside = from.bank === to.bank;
  const voices = isHard && life.luck.happens(0.1) ? ONE_SIDED : isInside ? INSIDE : BETWEEN;
  const isVague = voices === ONE_SIDED;
  const voice = life.luck.pick(voices)(from, to, life.whole(1_000_000, 99_999_999));
  const outDate = moved(on, 'after');
  const inDate = isInside ? outDate : bankDaysAfter(outDate, life.whole(isHard ? 0 : 1, isHard ? 3 : 2));
  const outCategory = isVague && !voice.says[0] ? NO_CATEGORY : guessed(life, isHard, OUT, WRONG_OUT);
  const inCategory = isVague && !voice.says[1] ? NO_CATEGORY : guessed(life, isHard, IN, WRONG_IN);
  const said = [voice.says[0] || isOwnCategory(outCategory), voice.says[1] || isOwnCategory(inCategory)].filter(Boolean).length;
  life.pair(
    kind,
    said === 2 ? 'both' : said === 1 ? 'one' : 'none',
    { account: from.key, date: outDate, cents, name: voice.out, category: outCategory },
    { account: to.key, date: inDate, cents: -cents, name: voice.in, category: inCategory },
  );
}

const CARD_OUT = category('LOAN_PAYMENTS', 'CREDIT_CARD_PAYMENT');

/** Pays a card; the card may show it some days later. */
function payCard(life: Life, isHard: boolean, from: LifeAccount, card: LifeAccount, on: CalendarDate, cents: number): void {
  if (cents <= 0) return;
  const voices: [string, string][] =
    from.bank === card.bank
      ? [
          [`Payment to ${card.bank} card ending in ${card.mask}`, 'Payment Thank You-Mobile'],
          [`ONLINE TRANSFER TO CARD XXXXXXXXXXXX${card.mask}`, `ONLINE PAYMENT FROM CHK ${from.mask}`],
        ]
      : [
          [`${card.bank.toUpperCase()} AUTOPAY`, 'AUTOMATIC PAYMENT - THANK YOU'],
          [`${card.bank.toUpperCase()} EPAY ID:${life.whole(1_000_000, 9_999_999)}`, 'INTERNET PAYMENT - THANK YOU'],
          [`${card.bank} MOBILE PMT`, `MOBILE PYMT`],
        ];
  const [out, into] = life.luck.pick(voices);
  const outDate = moved(on, 'after');
  const inDate = from.bank === card.bank ? outDate : bankDaysAfter(outDate, life.whole(0, isHard ? 3 : 1));
  const payment = {
    account: from.key,
    date: outDate,
    cents,
    name: out,
    category: guessed(life, isHard, CARD_OUT, [category('LOAN_PAYMENTS', 'OTHER_PAYMENT')]),
  };
  // What was bought with a card that is not linked is seen nowhere else.
  if (!card.isLinked) return void life.move({ ...payment, meaning: 'spending' });
  life.pair('card payment', 'both', payment, {
    account: card.key,
    date: inDate,
    cents: -cents,
    name: into,
    category: guessed(life, isHard, CARD_OUT, [category('TRANSFER_IN', 'ACCOUNT_TRANSFER')]),
  });
}

/** Own money on its regular ways: to savings, to the household's other account, from an account elsewhere, to the broker. */
export function regularMoves(life: Life, isHard: boolean): void {
  const checking = life.account('checking');
  const routes: [string, string][] = [
    ['checking', 'savings'],
    ['checking', 'partner'],
    ['checking', 'online savings'],
  ];
  for (const [from, to] of routes) {
    if (!life.accounts.some(({ key }) => key === to)) continue;
    const [amount, day] = [life.round(100, 600, 50), life.whole(1, 28)];
    for (const month of monthsIn(life.start, life.end))
      moveOwn(life, isHard, `${from} to ${to}`, life.account(from), life.account(to), addDays(month, day - 1), amount);
  }
  const others = life.accounts.filter(({ type, key }) => type === 'depository' && key !== 'checking');
  for (const month of monthsIn(life.start, life.end)) {
    for (let times = life.whole(0, isHard ? 3 : 1); times > 0; times--) {
      const other = life.luck.pick(others);
      const [from, to] = life.luck.happens(0.6) ? [other, checking] : [checking, other];
      moveOwn(life, isHard, 'as needed', from, to, addDays(month, life.whole(0, 27)), life.round(50, 900, life.luck.pick([10, 50, 100])));
    }
  }
}

/** Cards in full, on the same day of every month, some weeks after their statement. */
export function payCards(life: Life, isHard: boolean): void {
  const checking = life.account('checking');
  for (const card of life.accounts.filter(({ type }) => type === 'credit')) {
    const [due, lag] = [life.whole(1, 28), life.whole(21, 25)];
    const purchases = life.written.filter((row) => row.account === card.key && row.partner === null);
    // A person with an unlinked card pays what nobody sees.
    const round = card.isLinked ? null : life.round(60, 500, 10);
    for (const month of monthsIn(life.start, life.end)) {
      const dueOn = addMonths(month, 0, due);
      const [from, close] = [addDays(addMonths(dueOn, -1), -lag), addDays(dueOn, -lag)];
      const bill = purchases.filter(({ date }) => date > from && date <= close).reduce((total, row) => total + row.cents, 0);
      payCard(life, isHard, checking, card, dueOn, round ?? bill);
    }
  }
}
