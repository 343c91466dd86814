import { isInvestmentType } from '../accounts/account-class.ts';
import { type Money, ZERO } from '../lib/money.ts';
import { isSpendingCategory } from '../plaid/categories.ts';
import { type NamedAccount, namesAccount, saysCashAdvance, saysFee, saysPayment, saysTransfer } from './words.ts';

export const CASH_FLOW_TYPES = ['income', 'expense', 'transfer', 'investment'] as const;
export type CashFlowType = (typeof CASH_FLOW_TYPES)[number];
export type Why = 'user' | 'rule' | 'match' | 'category' | 'direction';

export interface Classifiable {
  /** Positive: money out of the account. */
  amount: Money;
  accountType: string;
  /** Where the account is held; null when nobody says. */
  institution: string | null;
  currency: string;
  categoryPrimary: string | null;
  categoryDetailed: string | null;
  categoryConfidence: string | null;
  name: string;
  merchantName: string | null;
  customCashFlowType: CashFlowType | null;
  /** What the person's rule for this merchant says. */
  ruleCashFlowType: CashFlowType | null;
  /** The account type of the other leg, when this is one leg of a matched pair. */
  matchedAccountType: string | null;
}

/** What is known of the person, beyond the one row. */
export interface Person {
  name: string | null;
  cards: LinkedCard[];
}

interface LinkedCard extends NamedAccount {
  currency: string;
  /** What its bank states as the last statement, its minimum and the last payment. */
  statedAmounts: Money[];
}

export interface Classification {
  type: CashFlowType;
  why: Why;
  /** 0 to 1 */
  confidence: number;
}

export const CERTAIN = 1;
const CLEAR = 0.95;
const LIKELY = 0.85;
/** Of the payment of a card that only the amount of a statement explains. */
export const BY_STATEMENT = 0.7;
const UNSURE = 0.5;
const GUESS = 0.3;

export const CARD_PAYMENT = 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT';
const ZELLE = /\bzelle\b/i;
const INVESTMENT_CATEGORIES = new Set([
  'TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS',
  'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS',
  'TRANSFER_OUT_CRYPTO',
]);
const AMBIGUOUS_TRANSFERS = /_(FROM_APPS|WIRE|OTHER_TRANSFER_IN|OTHER_TRANSFER_OUT)$/;
const LOW_CONFIDENCE_LEVELS = new Set(['LOW', 'UNKNOWN']);

/** Decides what kind of movement a transaction is; the first rule that applies decides, and says why. */
export function classify(row: Classifiable, person: Person): Classification {
  if (row.customCashFlowType) return { type: row.customCashFlowType, why: 'user', confidence: CERTAIN };
  if (row.ruleCashFlowType) return { type: row.ruleCashFlowType, why: 'rule', confidence: CERTAIN };
  if (row.matchedAccountType !== null) {
    const touchesInvestments = isInvestmentType(row.matchedAccountType) || isInvestmentType(row.accountType);
    return { type: touchesInvestments ? 'investment' : 'transfer', why: 'match', confidence: CERTAIN };
  }
  // Movements on these accounts are never income or spending.
  if (isInvestmentType(row.accountType)) return { type: 'investment', why: 'category', confidence: CLEAR };
  if (row.accountType === 'loan') return { type: 'transfer', why: 'category', confidence: CLEAR };
  if (isCashAdvance(row)) return { type: 'transfer', why: 'category', confidence: LIKELY };
  const byCategory = classifyByCategory(row, person);
  if (!byCategory) return classifyByDirection(row, person);
  const isDoubtful = LOW_CONFIDENCE_LEVELS.has(row.categoryConfidence ?? '');
  return { ...byCategory, why: 'category', confidence: isDoubtful ? Math.min(byCategory.confidence, UNSURE) : byCategory.confidence };
}

/** Cash that a card has lent: it is borrowed, and spent when it is spent. */
const isCashAdvance = (row: Classifiable): boolean =>
  row.accountType === 'credit' &&
  row.amount.isPositive() &&
  (row.categoryDetailed === 'TRANSFER_OUT_WITHDRAWAL' || saysCashAdvance(`${row.name} ${row.merchantName ?? ''}`));

function classifyByCategory(row: Classifiable, person: Person): Pick<Classification, 'type' | 'confidence'> | null {
  const primary = row.categoryPrimary ?? '';
  const detailed = row.categoryDetailed ?? '';
  if (INVESTMENT_CATEGORIES.has(detailed)) return { type: 'investment', confidence: LIKELY };
  if (detailed === CARD_PAYMENT) return cardPayment(row, person);
  if (detailed === 'TRANSFER_IN_CASH_ADVANCES_AND_LOANS') return { type: 'transfer', confidence: LIKELY };
  if (detailed === 'TRANSFER_OUT_WITHDRAWAL') return { type: 'expense', confidence: LIKELY };
  if (detailed === 'TRANSFER_IN_DEPOSIT') return { type: 'income', confidence: UNSURE };
  if (primary === 'INCOME') return { type: 'income', confidence: CLEAR };
  if (primary === 'LOAN_PAYMENTS') return { type: 'expense', confidence: LIKELY };
  if (primary === 'LOAN_DISBURSEMENTS') return { type: 'transfer', confidence: LIKELY };
  if (primary === 'TRANSFER_IN' || primary === 'TRANSFER_OUT') {
    return { type: 'transfer', confidence: AMBIGUOUS_TRANSFERS.test(detailed) ? UNSURE : LIKELY };
  }
  // A negative amount is a refund: it lowers the spending of its category.
  return isSpendingCategory(primary) ? { type: 'expense', confidence: CLEAR } : null;
}

/** A statement is paid when the amount is so near to it, as a share of it. */
const STATEMENT_SHARE = 0.01;

/**
 * The payment of a card that is linked is a transfer; that of a card nobody has linked is spending, or what was bought with it would
 * be lost. It is linked when the text names it, or when it asked for about that amount.
 */
function cardPayment(row: Classifiable, { cards }: Person): Pick<Classification, 'type' | 'confidence'> {
  if (row.accountType === 'credit') return { type: 'transfer', confidence: LIKELY };
  const text = `${row.name} ${row.merchantName ?? ''}`;
  if (cards.some((card) => namesAccount(text, card, row.institution))) return { type: 'transfer', confidence: LIKELY };
  const isNear = (stated: Money) =>
    !stated.isZero() && row.amount.abs().minus(stated.abs()).abs().lessThanOrEqualTo(stated.abs().times(STATEMENT_SHARE));
  if (cards.some((card) => card.currency === row.currency && card.statedAmounts.some(isNear)))
    return { type: 'transfer', confidence: BY_STATEMENT };
  return { type: 'expense', confidence: UNSURE };
}

function classifyByDirection(row: Classifiable, person: Person): Classification {
  const words = `${row.name} ${row.merchantName ?? ''}`;
  const isInflow = row.amount.isNegative();
  if (row.accountType === 'credit' && isInflow) {
    return saysPayment(words)
      ? { type: 'transfer', why: 'direction', confidence: UNSURE }
      : { type: 'expense', why: 'direction', confidence: GUESS };
  }
  const isToOneself = ZELLE.test(words) && person.name !== null && words.toLowerCase().includes(person.name.toLowerCase());
  if (saysFee(words)) return { type: 'expense', why: 'direction', confidence: GUESS };
  if (saysTransfer(words) || isToOneself) return { type: 'transfer', why: 'direction', confidence: UNSURE };
  return { type: isInflow ? 'income' : 'expense', why: 'direction', confidence: GUESS };
}

/**
 * What a row adds to the total of its type, so that a total is the plain sum of its rows: income counts inflows as positive,
 * expenses outflows (a refund lowers them), transfers each pair once (its outflow) and each one-sided one once, investments
 * money put in less money taken out (the side on the investment account adds nothing).
 */
export function countedAmount(type: CashFlowType, row: Pick<Classifiable, 'amount' | 'accountType' | 'matchedAccountType'>): Money {
  switch (type) {
    case 'income':
      return row.amount.negated();
    case 'expense':
      return row.amount;
    case 'transfer':
      return row.matchedAccountType !== null && row.amount.isNegative() ? ZERO : row.amount.abs();
    case 'investment':
      return isInvestmentType(row.accountType) ? ZERO : row.amount;
  }
}
