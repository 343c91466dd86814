import { bulkSource, type Column } from '../database/bulk.ts';
import type { Queryable } from '../database/client.ts';
import type { BankLiability } from '../plaid/liabilities.ts';
import { type ItemRef, json, overwrite } from './bulk-write.ts';

const LIABILITY_COLUMNS: Column<BankLiability>[] = [
  ['account_id', 'text', (row) => row.accountId],
  ['type', 'text', (row) => row.type],
  ['is_overdue', 'boolean', (row) => row.isOverdue],
  ['last_payment_amount', 'numeric', (row) => row.lastPaymentAmount],
  ['last_payment_date', 'date', (row) => row.lastPaymentDate],
  ['last_statement_balance', 'numeric', (row) => row.lastStatementBalance],
  ['last_statement_issue_date', 'date', (row) => row.lastStatementIssueDate],
  ['minimum_payment_amount', 'numeric', (row) => row.minimumPaymentAmount],
  ['next_payment_due_date', 'date', (row) => row.nextPaymentDueDate],
  ['aprs', 'jsonb', (row) => json(row.aprs)],
  ['interest_rate_percentage', 'numeric', (row) => row.interestRatePercentage],
  ['interest_rate_type', 'text', (row) => row.interestRateType],
  ['origination_date', 'date', (row) => row.originationDate],
  ['origination_principal_amount', 'numeric', (row) => row.originationPrincipalAmount],
  ['ytd_interest_paid', 'numeric', (row) => row.ytdInterestPaid],
  ['ytd_principal_paid', 'numeric', (row) => row.ytdPrincipalPaid],
  ['current_late_fee', 'numeric', (row) => row.currentLateFee],
  ['escrow_balance', 'numeric', (row) => row.escrowBalance],
  ['past_due_amount', 'numeric', (row) => row.pastDueAmount],
  ['has_pmi', 'boolean', (row) => row.hasPmi],
  ['has_prepayment_penalty', 'boolean', (row) => row.hasPrepaymentPenalty],
  ['loan_name', 'text', (row) => row.loanName],
  ['loan_term', 'text', (row) => row.loanTerm],
  ['loan_type_description', 'text', (row) => row.loanTypeDescription],
  ['maturity_date', 'date', (row) => row.maturityDate],
  ['property_address', 'jsonb', (row) => json(row.propertyAddress)],
  ['account_number_mask', 'text', (row) => row.accountNumberMask],
  ['expected_payoff_date', 'date', (row) => row.expectedPayoffDate],
  ['outstanding_interest_amount', 'numeric', (row) => row.outstandingInterestAmount],
  ['loan_status', 'text', (row) => row.loanStatus],
  ['loan_status_end_date', 'date', (row) => row.loanStatusEndDate],
  ['repayment_plan_type', 'text', (row) => row.repaymentPlanType],
  ['repayment_plan_description', 'text', (row) => row.repaymentPlanDescription],
  ['guarantor', 'text', (row) => row.guarantor],
  ['disbursement_dates', 'jsonb', (row) => json(row.disbursementDates)],
  ['payment_reference_mask', 'text', (row) => row.paymentReferenceMask],
  ['sequence_number', 'text', (row) => row.sequenceNumber],
  ['servicer_address', 'jsonb', (row) => json(row.servicerAddress)],
  ['pslf_status', 'jsonb', (row) => json(row.pslfStatus)],
  ['principal_balance', 'numeric', (row) => row.principalBalance],
  ['loan_term_months', 'int', (row) => row.loanTermMonths],
  ['payment_count', 'int', (row) => row.paymentCount],
  ['payment_frequency', 'text', (row) => row.paymentFrequency],
  ['next_payment_amount', 'numeric', (row) => row.nextPaymentAmount],
  ['payoff_amount', 'numeric', (row) => row.payoffAmount],
  ['compounding_period', 'text', (row) => row.compoundingPeriod],
  ['credit_limit', 'numeric', (row) => row.creditLimit],
  ['available_credit', 'numeric', (row) => row.availableCredit],
  ['finance_charges', 'numeric', (row) => row.financeCharges],
  ['draw_period_end_date', 'date', (row) => row.drawPeriodEndDate],
];

/** Makes the item's debts the same as these. */
export async function replaceLiabilities(client: Queryable, item: ItemRef, liabilities: BankLiability[]): Promise<number> {
  const unique = [...new Map(liabilities.map((row) => [`${row.type} ${row.accountId}`, row])).values()];
  const { names, unnest, parameters } = bulkSource(LIABILITY_COLUMNS, unique);
  const { set } = overwrite(
    'liabilities',
    names.filter((name) => name !== 'account_id' && name !== 'type'),
  );
  const values = names.map((name) => (name === 'account_id' ? 'accounts.id' : `source.${name}`));
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO liabilities (user_id, last_updated, ${names.join(', ')})
     SELECT accounts.user_id, now(), ${values.join(', ')} FROM ${unnest}
       JOIN accounts ON accounts.account_id = source.account_id AND accounts.plaid_item_id = $${parameters.length + 1}
     ON CONFLICT (account_id, type) DO UPDATE SET ${set}, last_updated = now(), updated_at = now()
     RETURNING id`,
    [...parameters, item.id],
  );
  await client.query(
    `DELETE FROM liabilities USING accounts
     WHERE accounts.id = liabilities.account_id AND accounts.plaid_item_id = $1 AND liabilities.id <> ALL($2::uuid[])`,
    [item.id, rows.map((row) => row.id)],
  );
  return rows.length;
}
