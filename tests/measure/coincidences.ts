// Movements that have nothing to do with each other and happen to be of one amount, in the same days, on two accounts.
import { addDays, type CalendarDate } from '../../src/lib/dates.ts';
import { bankDaysAfter, monthsIn, moved } from './calendar.ts';
import { type Category, category, type Life, type LifeAccount, NO_CATEGORY } from './life.ts';
import { guessed, moveOwn } from './own-money.ts';

const CASH = category('TRANSFER_OUT', 'WITHDRAWAL');
const DEPOSIT = category('TRANSFER_IN', 'DEPOSIT');
const APP_OUT = category('TRANSFER_OUT', 'TRANSFER_OUT_FROM_APPS');
const APP_IN = category('TRANSFER_IN', 'TRANSFER_IN_FROM_APPS');
const IN = category('TRANSFER_IN', 'ACCOUNT_TRANSFER');
const OUT = category('TRANSFER_OUT', 'ACCOUNT_TRANSFER');
const INVESTED = category('TRANSFER_OUT', 'INVESTMENT_AND_RETIREMENT_FUNDS');
const FRIENDS = ['Dana Whitfield', 'Marcus Oyelaran', 'Lena Sorensen', 'Priya Raman', 'Tom Becker'];

/** Money from an own account that is not linked: this side is all that is seen. */
function fromElsewhere(life: Life, to: LifeAccount, on: CalendarDate, cents: number): void {
  const bank = life.luck.pick(['Fenwick Savings Bank', 'Nookly', 'ALLY BANK', 'Marcus by Goldman Sachs']);
  const name = life.luck.pick([
    `${bank} ACH CREDIT`,
    `Transfer from ${bank}`,
    `Internet transfer from account ending in ${life.whole(1_000, 9_999)}`,
  ]);
  life.move({
    account: to.key,
    date: moved(on, 'after'),
    cents: -cents,
    name,
    category: guessed(life, true, IN, [DEPOSIT]),
    meaning: 'own',
  });
}

/** Money to an own account that is not linked. */
function toElsewhere(life: Life, from: LifeAccount, on: CalendarDate, cents: number): void {
  const bank = life.luck.pick(['Fenwick Savings Bank', 'Nookly', 'ALLY BANK', 'CAPITAL ONE 360']);
  const name = life.luck.pick([
    `ACH TRANSFER TO ${bank}`,
    `${bank} DES:TRANSFER ID:${life.whole(10_000, 99_999)}`,
    `Online Transfer to SAV ...${life.whole(1_000, 9_999)}`,
  ]);
  life.move({
    account: from.key,
    date: moved(on, 'after'),
    cents,
    name,
    category: guessed(life, true, OUT, [category('TRANSFER_OUT', 'OTHER_TRANSFER_OUT')]),
    meaning: 'own',
  });
}

interface Scene {
  checking: LifeAccount;
  /** Some other account of the person where money can come in. */
  other: LifeAccount;
  on: CalendarDate;
  /** A day or two away. */
  near: CalendarDate;
  cents: number;
}

const spend = (life: Life, { checking, on, cents }: Scene, name: string, what: Category, merchant: string | null = null) =>
  life.move({ account: checking.key, date: on, cents, name, merchant, category: what, meaning: 'spending' });

/** Each is a day in somebody's life. */
const SCENES: Record<string, (life: Life, scene: Scene) => void> = {
  'cash beside money from elsewhere': (life, scene) => {
    spend(
      life,
      scene,
      life.luck.pick(['ATM WITHDRAWAL 0412 MAIN ST', 'NON-MERIDIAN ATM W/D', 'Cash Withdrawal']),
      life.luck.happens(0.7) ? CASH : NO_CATEGORY,
    );
    fromElsewhere(life, scene.other, scene.near, scene.cents);
  },
  'a check beside money from elsewhere': (life, scene) => {
    spend(life, scene, life.luck.pick([`CHECK ${life.whole(1_001, 1_999)}`, `Check #${life.whole(101, 999)}`]), NO_CATEGORY);
    fromElsewhere(life, scene.other, scene.near, scene.cents);
  },
  'a lender beside money from elsewhere': (life, scene) => {
    const name = life.luck.pick([
      'TOYOTA FINANCIAL RETAIL PYMT',
      'WESTLAKE AUTO LOAN PMT',
      'NELNET STUDENT LN PYMT',
      'Granite Mortgage Servicing',
    ]);
    spend(life, scene, name, life.luck.happens(0.8) ? category('LOAN_PAYMENTS', 'CAR_PAYMENT') : NO_CATEGORY);
    fromElsewhere(life, scene.other, scene.near, scene.cents);
  },
  'a gift beside money to elsewhere': (life, { checking, other, on, near, cents }) => {
    const [name, what] = life.luck.pick<[string, Category]>([
      ['MOBILE CHECK DEPOSIT', DEPOSIT],
      ['ATM CASH DEPOSIT', DEPOSIT],
      ['DEPOSIT', NO_CATEGORY],
      ['Zelle payment from Ruth Keller', APP_IN],
    ]);
    life.move({ account: other.key, date: near, cents: -cents, name, category: what, meaning: 'income' });
    toElsewhere(life, checking, on, cents);
  },
  'a contribution beside a transfer': (life, { checking, other, on, near, cents }) => {
    const name = life.luck.pick(['FIDELITY MONEYLINE', 'VANGUARD BUY INVESTMENT', 'SCHWAB BROKERAGE MONEYLINK', 'Tideline Invest EFT']);
    life.move({
      account: checking.key,
      date: moved(near, 'after'),
      cents,
      name,
      category: guessed(life, true, INVESTED, [OUT]),
      meaning: 'own',
    });
    moveOwn(life, true, 'beside a contribution', checking, other, on, cents);
  },
  'an unlinked card beside a refund': (life, scene) => {
    const card = life.accounts.find((account) => account.type === 'credit' && account.isLinked);
    if (!card) return;
    const name = life.luck.pick(['PAYMENT TO CARD 7788', 'CHASE CARD EPAY', 'AMEX EPAYMENT ACH PMT', 'Larkspur Card Autopay']);
    spend(life, scene, name, life.luck.happens(0.8) ? category('LOAN_PAYMENTS', 'CREDIT_CARD_PAYMENT') : NO_CATEGORY);
    const [shop, what] = life.luck.pick<[string, Category]>([
      ['HOTEL CREDIT', category('TRAVEL', 'LODGING')],
      ['Cotton & Thread', category('GENERAL_MERCHANDISE', 'CLOTHING_AND_ACCESSORIES')],
      ['PARCEL PLAZA MKTPLACE', NO_CATEGORY],
    ]);
    life.move({ account: card.key, date: scene.near, cents: -scene.cents, name: shop, category: what, meaning: 'refund' });
  },
  'two own transfers of one amount': (life, { checking, other, on, near, cents }) => {
    const third = life.accounts.find(
      (account) => account.type === 'depository' && account.isLinked && account !== checking && account !== other,
    );
    moveOwn(life, true, 'two of one amount', checking, other, on, cents);
    moveOwn(life, true, 'two of one amount', third ?? checking, third ? checking : other, near, cents);
  },
  'a friend beside another friend': (life, scene) => {
    spend(life, scene, `Zelle payment to ${life.luck.pick(FRIENDS)}`, APP_OUT);
    life.move({
      account: scene.other.key,
      date: scene.near,
      cents: -scene.cents,
      name: `Zelle payment from ${life.luck.pick(FRIENDS)}`,
      category: APP_IN,
      meaning: 'income',
    });
  },
  'a purchase beside money from elsewhere': (life, scene) => {
    spend(life, scene, 'HARDWICK FURNITURE', category('GENERAL_MERCHANDISE', 'OTHER_GENERAL_MERCHANDISE'), 'Hardwick Furniture');
    fromElsewhere(life, scene.other, scene.near, scene.cents);
  },
  'pay beside money to elsewhere': (life, { checking, other, on, near, cents }) => {
    life.move({
      account: other.key,
      date: near,
      cents: -cents,
      name: 'ORCHARD CLINIC DIR DEP',
      merchant: 'Orchard Clinic',
      category: category('INCOME', 'WAGES'),
      meaning: 'income',
    });
    toElsewhere(life, checking, on, cents);
  },
  'a contractor beside money from elsewhere': (life, scene) => {
    spend(life, scene, `ONLINE PAYMENT ${life.whole(1_000_000, 9_999_999)} TO OAKRIDGE ROOFING`, NO_CATEGORY);
    fromElsewhere(life, scene.other, scene.near, scene.cents);
  },
};

/** At least one a month, all kinds in turn. */
export function coincidences(life: Life): void {
  const checking = life.account('checking');
  const others = life.accounts.filter((account) => account.type === 'depository' && account.isLinked && account !== checking);
  const kinds = Object.keys(SCENES);
  let turn = life.whole(0, kinds.length - 1);
  for (const month of monthsIn(life.start, life.end)) {
    for (let times = life.luck.happens(0.5) ? 2 : 1; times > 0; times--) {
      const kind = kinds[turn++ % kinds.length] as string;
      const on = moved(addDays(month, life.whole(0, 24)), 'after');
      const near = life.luck.happens(0.5) ? on : bankDaysAfter(on, life.whole(1, 2));
      SCENES[kind]?.(life, {
        checking,
        other: life.luck.pick(others),
        on,
        near,
        cents: life.round(50, 900, life.luck.pick([10, 50, 100])),
      });
      life.coincide(kind, on);
    }
  }
}
