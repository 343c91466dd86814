-- AlterTable
ALTER TABLE "plaid_items" ADD COLUMN     "new_accounts_since" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "revoked_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "plaid_item_products" ADD COLUMN     "probe_after" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "liabilities" ADD COLUMN     "account_number_mask" TEXT,
ADD COLUMN     "available_credit" DECIMAL(28,10),
ADD COLUMN     "compounding_period" TEXT,
ADD COLUMN     "credit_limit" DECIMAL(28,10),
ADD COLUMN     "disbursement_dates" JSONB,
ADD COLUMN     "draw_period_end_date" DATE,
ADD COLUMN     "expected_payoff_date" DATE,
ADD COLUMN     "finance_charges" DECIMAL(28,10),
ADD COLUMN     "guarantor" TEXT,
ADD COLUMN     "loan_status" TEXT,
ADD COLUMN     "loan_status_end_date" DATE,
ADD COLUMN     "loan_term_months" INTEGER,
ADD COLUMN     "next_payment_amount" DECIMAL(28,10),
ADD COLUMN     "outstanding_interest_amount" DECIMAL(28,10),
ADD COLUMN     "payment_count" INTEGER,
ADD COLUMN     "payment_frequency" TEXT,
ADD COLUMN     "payment_reference_mask" TEXT,
ADD COLUMN     "payoff_amount" DECIMAL(28,10),
ADD COLUMN     "principal_balance" DECIMAL(28,10),
ADD COLUMN     "pslf_status" JSONB,
ADD COLUMN     "repayment_plan_description" TEXT,
ADD COLUMN     "repayment_plan_type" TEXT,
ADD COLUMN     "sequence_number" TEXT,
ADD COLUMN     "servicer_address" JSONB;

-- AlterTable
ALTER TABLE "balance_snapshots" ADD COLUMN     "is_carried" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "link_sessions" (
    "user_id" UUID NOT NULL,
    "link_token" TEXT NOT NULL,
    "plaid_item_id" UUID,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "link_sessions_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "run_after" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "claimed_until" TIMESTAMPTZ(6),
    "done_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "uq_tasks_kind_subject_slot" ON "tasks"("kind", "subject", "slot");

-- CreateIndex
CREATE INDEX "idx_webhook_events_received" ON "webhook_events"("received_at");

-- AddForeignKey
ALTER TABLE "link_sessions" ADD CONSTRAINT "link_sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema cannot express.
ALTER TABLE "plaid_items" DROP CONSTRAINT "ck_plaid_items_status";
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_status" CHECK ("status" IN ('active', 'error', 'pending_expiration', 'removing'));
ALTER TABLE "liabilities" DROP CONSTRAINT "ck_liabilities_type";
ALTER TABLE "liabilities" ADD CONSTRAINT "ck_liabilities_type" CHECK ("type" IN ('credit', 'student', 'mortgage', 'loan', 'line_of_credit'));
ALTER TABLE "liabilities" ADD CONSTRAINT "ck_liabilities_masks"
  CHECK (length("account_number_mask") <= 4 AND length("payment_reference_mask") <= 4);
ALTER TABLE "tasks" ADD CONSTRAINT "ck_tasks_kind" CHECK ("kind" IN ('poll', 'snapshot', 'cleanup', 'removal'));
CREATE INDEX "idx_tasks_due" ON "tasks" ("run_after") WHERE "done_at" IS NULL;

-- Few rows have either: an index of those that do costs nothing when the others are written.
DROP INDEX "idx_transactions_user_pending_id";
CREATE INDEX "idx_transactions_pending_id" ON "transactions" ("pending_transaction_id") WHERE "pending_transaction_id" IS NOT NULL;
DROP INDEX "idx_transactions_recurring_stream";
CREATE INDEX "idx_transactions_recurring_stream" ON "transactions" ("recurring_stream_id") WHERE "recurring_stream_id" IS NOT NULL;
