import { moneyOut } from '../lib/money.ts';
import { yearlyAmount } from './recurring.ts';
import type { StoredStream } from './store.ts';

/** A stream as the API shows it. */
export const streamJson = (stream: StoredStream) => ({
  id: stream.id,
  merchant: stream.merchant,
  frequency: stream.frequency,
  average_amount: moneyOut(stream.averageAmount),
  last_amount: moneyOut(stream.lastAmount),
  occurrence_count: stream.occurrenceCount,
  first_date: stream.firstOn,
  last_date: stream.lastOn,
  next_expected: stream.nextExpectedOn,
  is_income: stream.isIncome,
  category: stream.category,
  currency: stream.currency,
  status: stream.status,
  confidence: stream.confidence,
  amount_kind: stream.amountKind,
  account_id: stream.accountId,
  second_opinion: stream.secondOpinion,
  confirmed: stream.isConfirmed,
  dismissed: stream.isDismissed,
  yearly_amount: moneyOut(yearlyAmount(stream)),
  price_change: stream.previousAmount
    ? {
        from: moneyOut(stream.previousAmount),
        to: moneyOut(stream.lastAmount),
        amount: moneyOut(stream.lastAmount.minus(stream.previousAmount)),
      }
    : null,
});
