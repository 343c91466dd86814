import { z } from 'zod';
import { anyOrNull, dateOrNull, decimalOrNull, flag, integerOrNull, lastFour, wordsOrNull } from './fields.ts';

/*
 * The five kinds of debt that Plaid knows, each with its own fields, into one row of terms: what a kind does not have is null.
 * Account numbers and payment references leave here as their last four characters only.
 */

const apr = z
  .object({
    apr_percentage: decimalOrNull,
    apr_type: wordsOrNull,
    balance_subject_to_apr: decimalOrNull,
    interest_charge_amount: decimalOrNull,
  })
  .transform((raw) => ({
    percentage: raw.apr_percentage,
    type: raw.apr_type,
    balance: raw.balance_subject_to_apr,
    interestCharge: raw.interest_charge_amount,
  }));
const interestRate = z.object({ percentage: decimalOrNull, type: wordsOrNull }).nullish();

/** Fields by Plaid's name, whichever kinds have them. */
const rawTerms = z.object({
  account_id: wordsOrNull,
  account_number: lastFour,
  aprs: z.array(apr).nullish(),
  available_credit: decimalOrNull,
  compounding_period: wordsOrNull,
  credit_limit: decimalOrNull,
  current_late_fee: decimalOrNull,
  disbursement_dates: anyOrNull,
  draw_period_end_date: dateOrNull,
  escrow_balance: decimalOrNull,
  expected_payoff_date: dateOrNull,
  finance_charges: decimalOrNull,
  guarantor: wordsOrNull,
  has_pmi: flag,
  has_prepayment_penalty: flag,
  interest_rate: interestRate,
  interest_rate_percentage: decimalOrNull,
  is_overdue: flag,
  last_payment_amount: decimalOrNull,
  last_payment_date: dateOrNull,
  last_statement_balance: decimalOrNull,
  last_statement_issue_date: dateOrNull,
  loan_name: wordsOrNull,
  loan_status: z.object({ type: wordsOrNull, end_date: dateOrNull }).nullish(),
  loan_term: wordsOrNull,
  loan_term_months: integerOrNull,
  loan_type_description: wordsOrNull,
  maturity_date: dateOrNull,
  minimum_payment_amount: decimalOrNull,
  next_monthly_payment: decimalOrNull,
  next_payment_amount: decimalOrNull,
  next_payment_due_date: dateOrNull,
  origination_date: dateOrNull,
  origination_principal_amount: decimalOrNull,
  outstanding_interest_amount: decimalOrNull,
  past_due_amount: decimalOrNull,
  payment_count: integerOrNull,
  payment_frequency: wordsOrNull,
  payment_reference_number: lastFour,
  payoff_amount: decimalOrNull,
  principal_balance: decimalOrNull,
  property_address: anyOrNull,
  pslf_status: anyOrNull,
  repayment_plan: z.object({ type: wordsOrNull, description: wordsOrNull }).nullish(),
  sequence_number: wordsOrNull,
  servicer_address: anyOrNull,
  ytd_interest_paid: decimalOrNull,
  ytd_principal_paid: decimalOrNull,
});

export type LiabilityType = 'credit' | 'student' | 'mortgage' | 'loan' | 'line_of_credit';

const liability = (type: LiabilityType) =>
  rawTerms.transform((raw) => {
    const purchase = raw.aprs?.find((candidate) => candidate.type === 'purchase_apr') ?? raw.aprs?.[0];
    const nextPayment = raw.next_payment_amount ?? raw.next_monthly_payment;
    return {
      type,
      accountId: raw.account_id,
      accountNumberMask: raw.account_number,
      aprs: raw.aprs ?? null,
      availableCredit: raw.available_credit,
      compoundingPeriod: raw.compounding_period,
      creditLimit: raw.credit_limit,
      currentLateFee: raw.current_late_fee,
      disbursementDates: raw.disbursement_dates,
      drawPeriodEndDate: raw.draw_period_end_date,
      escrowBalance: raw.escrow_balance,
      expectedPayoffDate: raw.expected_payoff_date,
      financeCharges: raw.finance_charges,
      guarantor: raw.guarantor,
      hasPmi: raw.has_pmi,
      hasPrepaymentPenalty: raw.has_prepayment_penalty,
      interestRatePercentage: raw.interest_rate?.percentage ?? raw.interest_rate_percentage ?? purchase?.percentage ?? null,
      interestRateType: raw.interest_rate?.type ?? null,
      isOverdue: raw.is_overdue,
      lastPaymentAmount: raw.last_payment_amount,
      lastPaymentDate: raw.last_payment_date,
      lastStatementBalance: raw.last_statement_balance,
      lastStatementIssueDate: raw.last_statement_issue_date,
      loanName: raw.loan_name,
      loanStatus: raw.loan_status?.type ?? null,
      loanStatusEndDate: raw.loan_status?.end_date ?? null,
      loanTerm: raw.loan_term,
      loanTermMonths: raw.loan_term_months,
      loanTypeDescription: raw.loan_type_description,
      maturityDate: raw.maturity_date ?? raw.expected_payoff_date,
      // A loan states one payment, the next one: it is the least there is to pay.
      minimumPaymentAmount: raw.minimum_payment_amount ?? nextPayment,
      nextPaymentAmount: nextPayment,
      nextPaymentDueDate: raw.next_payment_due_date,
      originationDate: raw.origination_date,
      originationPrincipalAmount: raw.origination_principal_amount,
      outstandingInterestAmount: raw.outstanding_interest_amount,
      pastDueAmount: raw.past_due_amount,
      paymentCount: raw.payment_count,
      paymentFrequency: raw.payment_frequency,
      paymentReferenceMask: raw.payment_reference_number,
      payoffAmount: raw.payoff_amount,
      principalBalance: raw.principal_balance,
      propertyAddress: raw.property_address,
      pslfStatus: raw.pslf_status,
      repaymentPlanDescription: raw.repayment_plan?.description ?? null,
      repaymentPlanType: raw.repayment_plan?.type ?? null,
      sequenceNumber: raw.sequence_number,
      servicerAddress: raw.servicer_address,
      ytdInterestPaid: raw.ytd_interest_paid,
      ytdPrincipalPaid: raw.ytd_principal_paid,
    };
  });
export type BankLiability = z.output<ReturnType<typeof liability>>;

const listOf = (type: LiabilityType) =>
  z
    .array(liability(type))
    .nullish()
    .transform((rows) => rows ?? []);

export const liabilitiesAnswer = z
  .object({
    liabilities: z.object({
      credit: listOf('credit'),
      student: listOf('student'),
      mortgage: listOf('mortgage'),
      loan: listOf('loan'),
      line_of_credit: listOf('line_of_credit'),
    }),
  })
  .transform(({ liabilities }): BankLiability[] => Object.values(liabilities).flat());
