/* What the text of a transaction says. */

const PAYMENT = String.raw`\b(payment|pymt|pmt|autopay|auto-pay|e-?pay)\b`;
/** Nothing but thanks: a shop may carry them in its name. */
const ONLY_THANKS = String.raw`^\W*thank you\W*$`;
const SENT_BACK = String.raw`\b(refund|refunded|return|returned|reversal|reversed|credit adjustment)\b`;

const PAYMENT_PATTERN = new RegExp(`${PAYMENT}|${ONLY_THANKS}`, 'i');
const SENT_BACK_PATTERN = new RegExp(SENT_BACK, 'i');
const TRANSFER_PATTERN = /\b(transfers?|xfer|xfr|trnsfr|trsf|tfr)\b/i;
const FEE_PATTERN = /\b(fee|fees)\b/i;

/** True when a text speaks of the payment of a bill. */
export const saysPayment = (text: string): boolean => PAYMENT_PATTERN.test(text) && !SENT_BACK_PATTERN.test(text);
export const saysTransfer = (text: string): boolean => TRANSFER_PATTERN.test(text) && !FEE_PATTERN.test(text);
/** True when a text says that something came back: a payment that was returned, a purchase that was refunded. */
export const saysSentBack = (text: string): boolean => SENT_BACK_PATTERN.test(text);
const ADVANCE_PATTERN = /\bcash adv(ance)?s?\b/i;
const COST_OF_ADVANCE_PATTERN = /\b(fees?|interest|charges?|finance)\b/i;
/** True when a text speaks of cash that a card has lent, not of what that costs. */
export const saysCashAdvance = (text: string): boolean => ADVANCE_PATTERN.test(text) && !COST_OF_ADVANCE_PATTERN.test(text);
/** Cash over a counter or from a machine, and checks. */
const CASH_PATTERN =
  /\batm\b|\bcash\b(?! (back|management))|\bche(ck|que)\b\s*(#|no\b|\d|dep)|\b(mobile|remote|branch|counter) (check |cheque )?deposit\b|\bteller\b/i;
export const saysCash = (text: string): boolean => CASH_PATTERN.test(text) && !ADVANCE_PATTERN.test(text);
/** Pay, benefits and interest: what others owe somebody. */
const PAY_PATTERN = /\b(payroll|salary|wages?|dir(ect)? dep(osit)?|pension|soc(ial)? sec(urity)?|tax ref(und)?|interest paid|dividend)\b/i;
export const saysPay = (text: string): boolean => PAY_PATTERN.test(text);
/** Ways on which people pay each other. */
const PERSON_PATTERN = /\b(zelle|venmo|cash ?app|paypal|popmoney|apple cash)\b/i;
export const saysPerson = (text: string): boolean => PERSON_PATTERN.test(text);
export const saysFee = (text: string): boolean => FEE_PATTERN.test(text);

/** The same patterns for PostgreSQL, whose word boundary is another one. */
const inSql = (pattern: string) => `'${pattern.replaceAll(String.raw`\b`, String.raw`\y`)}'`;
const TEXT = (row: string) => `concat_ws(' ', ${row}.name, ${row}.merchant_name)`;
const SAYS_PAYMENT = (row: string) => `(${TEXT(row)} ~* ${inSql(PAYMENT)} OR ${row}.name ~* ${inSql(ONLY_THANKS)})`;

/**
 * What a row of a card's account pays of its bill: an inflow that is a transfer (paired with an own account, or of Plaid's category of
 * payments), or that says payment. A shop's refund pays nothing; a payment that was returned takes back what it paid.
 */
export const PAID_OF_BILL = (row: string) => `CASE
  WHEN ${row}.amount < 0 AND (${row}.cash_flow_type = 'transfer' OR (${row}.cash_flow_why IS DISTINCT FROM 'user'
    AND ${SAYS_PAYMENT(row)} AND ${TEXT(row)} !~* ${inSql(SENT_BACK)})) THEN -${row}.amount
  WHEN ${row}.amount > 0 AND ${SAYS_PAYMENT(row)} AND ${TEXT(row)} ~* ${inSql(SENT_BACK)} THEN -${row}.amount
  ELSE 0 END`;

/** An account as a text may name it. */
export interface NamedAccount {
  mask: string | null;
  institution: string | null;
}

export const MASK_DIGITS_MIN = 3;
const INSTITUTION_LETTERS_MIN = 4;

/** True when a text names an account by its last digits, or by its institution where that is not the own one. */
export function namesAccount(text: string, { mask, institution }: NamedAccount, ownInstitution: string | null): boolean {
  const byMask = mask !== null && mask.length >= MASK_DIGITS_MIN && new RegExp(`(^|\\D)${escapeForPattern(mask)}(\\D|$)`).test(text);
  const isElsewhere = institution !== null && institution.length >= INSTITUTION_LETTERS_MIN && institution !== ownInstitution;
  return byMask || (isElsewhere && text.toLowerCase().includes(institution.toLowerCase()));
}

const escapeForPattern = (text: string) => text.replaceAll(/[^\w]/g, '\\$&');
