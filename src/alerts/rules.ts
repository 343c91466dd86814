import { accountTwice, bankAttention } from './bank-rules.ts';
import { cashIdle, lowBalance, lowBalanceForecast } from './cash-rules.ts';
import { billDue, billOverdue } from './debt-rules.ts';
import { incomeLate, incomeSmaller, paymentLate, priceIncrease, subscriptionEnded } from './recurring-rules.ts';
import type { Rule } from './rule.ts';
import { duplicateCharge, feeCharged, largeTransaction, newMerchant, refundArrived, unusualSpending } from './spending-rules.ts';
import { concentration, drawdown, goalOffTrack, goalReached, netWorthMilestone } from './wealth-rules.ts';

/** Every rule, in the order in which a person reads them. */
export const RULES: Rule[] = [
  lowBalance,
  lowBalanceForecast,
  billDue,
  billOverdue,
  feeCharged,
  bankAttention,
  accountTwice,
  largeTransaction,
  newMerchant,
  duplicateCharge,
  unusualSpending,
  refundArrived,
  priceIncrease,
  subscriptionEnded,
  paymentLate,
  incomeLate,
  incomeSmaller,
  netWorthMilestone,
  goalReached,
  goalOffTrack,
  concentration,
  drawdown,
  cashIdle,
];

export const ruleOf = (kind: string): Rule | undefined => RULES.find((rule) => rule.kind === kind);
