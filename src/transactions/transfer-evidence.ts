import { isDebtType, isInvestmentType } from '../accounts/account-class.ts';
import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { isSpendingCategory } from '../plaid/categories.ts';
import { hasName, type NamesInText, namesIn, strangersIn } from './statement-names.ts';
import { MASK_DIGITS_MIN, saysCash, saysCashAdvance, saysPay, saysPayment, saysPerson, saysSentBack, saysTransfer } from './words.ts';

/** One side of a possible transfer: a transaction that nobody has typed or paired by hand. */
export interface Leg {
  id: string;
  accountId: string;
  accountType: string;
  accountSubtype: string | null;
  accountName: string;
  accountMask: string | null;
  institution: string | null;
  date: CalendarDate;
  name: string;
  merchantName: string | null;
  categoryPrimary: string | null;
  categoryDetailed: string | null;
  isPending: boolean;
}

/** Two legs of exactly opposite amounts, at most MATCH_DAYS_MAX apart, on two accounts of one person, in one currency. */
export interface Candidate {
  outflow: Leg;
  inflow: Leg;
  /** How often the person has confirmed, less how often rejected, a pair between these accounts with such an outflow. */
  precedent: number;
}

export const MATCH_DAYS_MAX = 5;

/** What is known of the person whose transfers they are. */
export interface Owner {
  name: string | null;
  /** The last digits of all accounts. */
  masks: Set<string>;
}

export interface Evidence {
  /** Sure enough not to ask. */
  isBelieved: boolean;
  /** Positive; of pairs that share a leg the one with more is the better one. */
  weight: number;
}

const NAMES_ENDING = 3;
const SHARES_REFERENCE = 4;
/** Each side names the other: more than one side naming it twice. */
const NAME_EACH_OTHER = 1;
const NAMES_INSTITUTION = 1.5;
const SAYS_OWN = 1;
const SAYS_SOME = 0.5;
const PRECEDENT = 2;
const RIGHT_KIND = 0.5;
const WRONG_KIND = -0.7;
const PER_DAY = -0.15;
const LEAST = 0.05;

/** What a leg says of a movement to or from the other account. */
type Speech = 'own' | 'some' | 'nothing';
/** What speaks against it: nothing; a name that may be anybody's; something that is no transfer. */
type Objection = 'none' | 'doubt' | 'other';

/**
 * Weighs what two legs say of each other. A pair is believed when both legs speak of a transfer, or one names the other account, and
 * neither contradicts: by naming another account, bank or person, by being cash, a purchase, pay, or the payment of another debt.
 * @returns null when the two cannot be one movement, or nothing says that they are.
 */
export function weighEvidence({ outflow, inflow, precedent }: Candidate, owner: Owner): Evidence | null {
  const sides = [read(outflow, inflow), read(inflow, outflow)] as const;
  const isShared = sides[0].names.references.some((reference) => sides[1].names.references.includes(reference));
  const speeches = [speechOf(outflow, inflow, 'out', sides[0]), speechOf(inflow, outflow, 'in', sides[1])] as const;
  // A purchase on a card, and a shop's refund of it, are never a side of a transfer.
  if (isUnspokenOnDebt(outflow, sides[0], speeches[0]) || isUnspokenOnDebt(inflow, sides[1], speeches[1])) return null;
  const objections = [
    objectionOf(outflow, inflow, sides, isShared, speeches[0], owner),
    objectionOf(inflow, outflow, [sides[1], sides[0]], isShared, speeches[1], owner),
  ];
  if (objections.includes('other')) return null;
  const isNamed = isShared || sides.some(({ ending, institution }) => ending || institution);
  const areBothOwn = speeches[0] === 'own' && speeches[1] === 'own';
  const bothSpeak = !speeches.includes('nothing') && speeches.includes('own');
  const isDoubted = objections.includes('doubt');
  const isBelieved = precedent > 0 || (!isDoubted && (precedent < 0 ? areBothOwn : bothSpeak || isNamed));
  // Where one side is doubtful the other has to be clear.
  const isClear = speeches.some((speech, side) => speech === 'own' && objections[side] === 'none');
  const isPlausible =
    precedent === 0 &&
    (isClear ||
      (isDoubted
        ? objections.every((objection) => objection === 'doubt') && isByApp(outflow) && isByApp(inflow)
        : isNamed || !speeches.includes('nothing')));
  if (!isBelieved && !isPlausible) return null;
  const weight =
    (isShared ? SHARES_REFERENCE : 0) +
    (sides.every(({ ending, institution }) => ending || institution) ? NAME_EACH_OTHER : 0) +
    sides.reduce(
      (total, { ending, institution, kind }) => total + (ending ? NAMES_ENDING : institution ? NAMES_INSTITUTION : 0) + kind,
      0,
    ) +
    speeches.reduce((total, speech) => total + (speech === 'own' ? SAYS_OWN : speech === 'some' ? SAYS_SOME : 0), 0) +
    (precedent > 0 ? PRECEDENT : 0) +
    PER_DAY * Math.abs(daysBetween(outflow.date, inflow.date));
  return { isBelieved, weight: Math.max(LEAST, weight) };
}

interface Reading {
  text: string;
  names: NamesInText;
  /** The other account by its last digits. */
  ending: boolean;
  /** The other account by its institution, where that is not the own one, or by its name. */
  institution: boolean;
  /** Whether a kind of account is spoken of, and it is the other one's. */
  kind: number;
}

function read(leg: Leg, other: Leg): Reading {
  const text = `${leg.name} ${leg.merchantName ?? ''}`;
  const names = namesIn(text);
  const mask = other.accountMask;
  return {
    text,
    names,
    ending: mask !== null && mask.length >= MASK_DIGITS_MIN && mask !== leg.accountMask && names.numbers.has(mask),
    institution: other.institution !== leg.institution && hasName(names, other.institution),
    kind: kindOf(text, other),
  };
}

const SAVINGS = /\b(sav|savings?)\b/i;
const CHECKING = /\b(chk|ckg|checking)\b/i;

function kindOf(text: string, { accountSubtype }: Leg): number {
  const [isSavings, isChecking] = [SAVINGS.test(text), CHECKING.test(text)];
  if (isSavings === isChecking || (accountSubtype !== 'savings' && accountSubtype !== 'checking')) return 0;
  return isSavings === (accountSubtype === 'savings') ? RIGHT_KIND : WRONG_KIND;
}

const OWN_TRANSFER = /^TRANSFER_(IN|OUT)_(ACCOUNT_TRANSFER|SAVINGS)$/;
const INVESTED = /^TRANSFER_(IN|OUT)_(INVESTMENT_AND_RETIREMENT_FUNDS|CRYPTO)$/;
const MOVED = /\b(deposit from|withdrawal to|moved (to|from))\b/i;
const DRAWN = /\b(draw|disbursement)\b/i;
/** Categories of other TRANSFER_ kinds that say nothing of where money went. */
const UNSAID = new Set(['TRANSFER_OUT_WITHDRAWAL', 'TRANSFER_IN_DEPOSIT']);

function speechOf(leg: Leg, other: Leg, direction: 'in' | 'out', { text }: Reading): Speech {
  const detailed = leg.categoryDetailed ?? '';
  const primary = leg.categoryPrimary ?? '';
  const isDebt = isDebtType(leg.accountType);
  const isReturn = saysSentBack(text) && (isDebt || isDebtType(other.accountType));
  if (isDebt && direction === 'out')
    return isReturn || DRAWN.test(text) || saysCashAdvance(text) || saysTransfer(text) || primary === 'LOAN_DISBURSEMENTS'
      ? 'own'
      : 'nothing';
  const isTransfer = OWN_TRANSFER.test(detailed) || saysTransfer(text) || MOVED.test(text);
  if (isTransfer || isReturn) return 'own';
  if (INVESTED.test(detailed)) return isInvestmentType(other.accountType) || isInvestmentType(leg.accountType) ? 'own' : 'nothing';
  const paysDebt = isDebtType((direction === 'out' ? other : leg).accountType);
  if (paysDebt && (primary === 'LOAN_PAYMENTS' || saysPayment(text))) return 'own';
  if (leg.accountType === 'loan') return 'some';
  return primary.startsWith('TRANSFER_') && !UNSAID.has(detailed) ? 'some' : 'nothing';
}

const isUnspokenOnDebt = (leg: Leg, { ending, institution }: Reading, speech: Speech): boolean =>
  leg.accountType === 'credit' && speech === 'nothing' && !ending && !institution;

const isByApp = ({ categoryDetailed }: Leg) => (categoryDetailed ?? '').endsWith('_FROM_APPS');

const LENDER = /\b(mortgage|mtg|loan|ln|lending|auto fin\w*|student|servicing)\b/i;
const BROKER = /\b(brokerage|invest\w*|securities|moneyline|moneylink|ira|roth|401k|529)\b/i;
const CARD = /\b(card|crd|visa|mastercard)\b/i;

/** What a kind of institution that a text speaks of needs an account to be; own words about the own account count as well. */
const KINDS: [RegExp, (type: string) => boolean][] = [
  [LENDER, (type) => type === 'loan'],
  [BROKER, isInvestmentType],
  [CARD, (type) => type === 'credit'],
];

function objectionOf(
  leg: Leg,
  other: Leg,
  [{ text, names, ending, institution }, otherSide]: readonly [Reading, Reading],
  isShared: boolean,
  speech: Speech,
  owner: Owner,
): Objection {
  const primary = leg.categoryPrimary ?? '';
  const detailed = leg.categoryDetailed ?? '';
  if (primary === 'BANK_FEES' || saysPay(text)) return 'other';
  // What names the very account outweighs a guessed category and every other word.
  if (ending || isShared) return 'none';
  if (names.endings.some((digits) => digits !== leg.accountMask)) return 'other';
  if ([...names.numbers].some((digits) => owner.masks.has(digits) && digits !== leg.accountMask)) return 'other';
  if (saysCash(text) || (UNSAID.has(detailed) && detailed.endsWith('WITHDRAWAL') && !MOVED.test(text))) return 'other';
  if (KINDS.some(([words, fits]) => words.test(text) && !fits(other.accountType) && !fits(leg.accountType))) return 'other';
  if (paysAnotherKind(primary, detailed, other, leg)) return 'other';
  if (institution) return 'none';
  if (primary === 'INCOME' || primary === 'LOAN_DISBURSEMENTS') return speech === 'own' ? 'doubt' : 'other';
  if (isSpendingCategory(primary) && !saysTransfer(text)) return 'other';
  const isToSelf = owner.name !== null && hasName(names, owner.name);
  const known = [leg.institution, leg.accountName, other.institution, other.accountName, owner.name];
  const strangers = strangersIn(names, known);
  if (!isToSelf && saysPerson(text) && strangers.length > 0) return 'other';
  // Whom both sides name is who carried the money.
  const hasStranger = strangers.some((word) => !otherSide.names.all.has(word));
  if (!isToSelf && (saysPerson(text) || isByApp(leg))) return hasStranger ? 'other' : 'doubt';
  // Lenders collect under other names than their own.
  const isLoan = primary === 'LOAN_PAYMENTS' && other.accountType === 'loan';
  return hasStranger && !isLoan ? 'doubt' : 'none';
}

/** Which loans a category of payments is for, by their subtypes; others may be for any. */
const LOANS_PAID: Record<string, RegExp> = {
  LOAN_PAYMENTS_CAR_PAYMENT: /auto/,
  LOAN_PAYMENTS_MORTGAGE_PAYMENT: /mortgage|home|construction/,
  LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT: /student/,
};

/** True when a category says which kind of account is paid or fed, and neither is of that kind. */
function paysAnotherKind(primary: string, detailed: string, ...accounts: Leg[]): boolean {
  if (INVESTED.test(detailed)) return !accounts.some(({ accountType }) => isInvestmentType(accountType));
  if (primary !== 'LOAN_PAYMENTS' || detailed === 'LOAN_PAYMENTS_OTHER_PAYMENT') return false;
  if (detailed === 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT') return !accounts.some(({ accountType }) => accountType === 'credit');
  const paid = LOANS_PAID[detailed];
  return !accounts.some(
    ({ accountType, accountSubtype }) => accountType === 'loan' && (!paid || !accountSubtype || paid.test(accountSubtype)),
  );
}
