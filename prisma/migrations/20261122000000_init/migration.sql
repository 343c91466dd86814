-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" TEXT NOT NULL,
    "password_hash" TEXT,
    "name" TEXT,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "base_currency" TEXT NOT NULL DEFAULT 'USD',
    "net_worth_goal" DECIMAL(28,10),
    "is_demo" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "sid" TEXT NOT NULL,
    "sess" JSONB NOT NULL,
    "expire" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("sid")
);

-- CreateTable
CREATE TABLE "rate_limits" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "occurred_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plaid_items" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "item_id" TEXT NOT NULL,
    "access_token" TEXT NOT NULL,
    "institution_id" TEXT,
    "institution_name" TEXT,
    "status" TEXT NOT NULL DEFAULT 'active',
    "consent_expiration_time" TIMESTAMPTZ(6),
    "error_code" TEXT,
    "error_message" TEXT,
    "error_since" TIMESTAMPTZ(6),
    "transactions_cursor" TEXT,
    "transactions_status" TEXT,
    "last_synced_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plaid_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plaid_item_products" (
    "plaid_item_id" UUID NOT NULL,
    "product" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "error_code" TEXT,
    "failing_since" TIMESTAMPTZ(6),
    "last_success_at" TIMESTAMPTZ(6),

    CONSTRAINT "plaid_item_products_pkey" PRIMARY KEY ("plaid_item_id","product")
);

-- CreateTable
CREATE TABLE "sync_jobs" (
    "plaid_item_id" UUID NOT NULL,
    "requested" BIGINT NOT NULL DEFAULT 0,
    "completed" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "run_after" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "sync_jobs_pkey" PRIMARY KEY ("plaid_item_id")
);

-- CreateTable
CREATE TABLE "sync_runs" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "plaid_item_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "errors" JSONB NOT NULL DEFAULT '[]',
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "sync_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "item_id" TEXT,
    "webhook_type" TEXT NOT NULL,
    "webhook_code" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "plaid_item_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "official_name" TEXT,
    "mask" TEXT,
    "type" TEXT NOT NULL,
    "subtype" TEXT,
    "balance_available" DECIMAL(28,10),
    "balance_current" DECIMAL(28,10),
    "balance_limit" DECIMAL(28,10),
    "iso_currency_code" TEXT,
    "unofficial_currency_code" TEXT,
    "currency" TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(iso_currency_code, unofficial_currency_code, 'XXX'::text)) STORED,
    "is_asset" BOOLEAN NOT NULL,
    "is_liquid" BOOLEAN NOT NULL,
    "include_in_net_worth" BOOLEAN NOT NULL,
    "custom_category" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "last_balance_update" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transactions" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "pending_transaction_id" TEXT,
    "amount" DECIMAL(28,10) NOT NULL,
    "iso_currency_code" TEXT,
    "unofficial_currency_code" TEXT,
    "currency" TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(iso_currency_code, unofficial_currency_code, 'XXX'::text)) STORED,
    "date" DATE NOT NULL,
    "datetime" TIMESTAMPTZ(6),
    "authorized_date" DATE,
    "authorized_datetime" TIMESTAMPTZ(6),
    "name" TEXT NOT NULL,
    "merchant_name" TEXT,
    "merchant_entity_id" TEXT,
    "original_description" TEXT,
    "merchant" TEXT NOT NULL GENERATED ALWAYS AS (left(COALESCE(merchant_name, name), 120)) STORED,
    "category" TEXT[],
    "category_id" TEXT,
    "personal_finance_category_primary" TEXT,
    "personal_finance_category_detailed" TEXT,
    "personal_finance_category_confidence" TEXT,
    "custom_category" TEXT,
    "effective_category" TEXT NOT NULL GENERATED ALWAYS AS (left(COALESCE(custom_category, personal_finance_category_primary, 'UNCATEGORIZED'::text), 120)) STORED,
    "counterparties" JSONB,
    "payment_channel" TEXT,
    "transaction_code" TEXT,
    "check_number" TEXT,
    "account_owner" TEXT,
    "website" TEXT,
    "logo_url" TEXT,
    "custom_cash_flow_type" TEXT,
    "cash_flow_type" TEXT,
    "cash_flow_why" TEXT,
    "cash_flow_confidence" DECIMAL(4,3),
    "cash_flow_amount" DECIMAL(28,10),
    "note" TEXT,
    "is_recurring" BOOLEAN NOT NULL DEFAULT false,
    "recurring_stream_id" UUID,
    "pending" BOOLEAN NOT NULL DEFAULT false,
    "removed_at" TIMESTAMPTZ(6),
    "location_address" TEXT,
    "location_city" TEXT,
    "location_region" TEXT,
    "location_postal_code" TEXT,
    "location_country" TEXT,
    "location_lat" DECIMAL(10,7),
    "location_lon" DECIMAL(10,7),
    "location_store_number" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "transactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transfer_matches" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "outflow_transaction_id" UUID NOT NULL,
    "inflow_transaction_id" UUID NOT NULL,
    "score" DECIMAL(4,3) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "transfer_matches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recurring_transactions" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "stream_id" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "merchant_name" TEXT,
    "frequency" TEXT NOT NULL,
    "average_amount" DECIMAL(28,10) NOT NULL,
    "last_amount" DECIMAL(28,10) NOT NULL,
    "previous_amount" DECIMAL(28,10),
    "currency" TEXT NOT NULL,
    "occurrence_count" INTEGER NOT NULL,
    "confidence" DECIMAL(4,3) NOT NULL,
    "is_income" BOOLEAN NOT NULL,
    "category" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "is_active" BOOLEAN NOT NULL,
    "first_date" DATE NOT NULL,
    "last_date" DATE NOT NULL,
    "next_expected_date" DATE NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "recurring_transactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "securities" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "security_id" TEXT NOT NULL,
    "ticker_symbol" TEXT,
    "cusip" TEXT,
    "isin" TEXT,
    "sedol" TEXT,
    "name" TEXT,
    "type" TEXT,
    "subtype" TEXT,
    "close_price" DECIMAL(28,10),
    "close_price_as_of" DATE,
    "iso_currency_code" TEXT,
    "unofficial_currency_code" TEXT,
    "is_cash_equivalent" BOOLEAN,
    "sector" TEXT,
    "industry" TEXT,
    "market_identifier_code" TEXT,
    "option_contract_type" TEXT,
    "option_expiration_date" DATE,
    "option_strike_price" DECIMAL(28,10),
    "option_underlying_ticker" TEXT,
    "fixed_income" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "securities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "security_prices" (
    "security_id" UUID NOT NULL,
    "price_date" DATE NOT NULL,
    "price" DECIMAL(28,10) NOT NULL,

    CONSTRAINT "security_prices_pkey" PRIMARY KEY ("security_id","price_date")
);

-- CreateTable
CREATE TABLE "holdings" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "security_id" UUID NOT NULL,
    "line" INTEGER NOT NULL DEFAULT 0,
    "quantity" DECIMAL(28,10) NOT NULL,
    "cost_basis" DECIMAL(28,10),
    "institution_price" DECIMAL(28,10) NOT NULL,
    "institution_value" DECIMAL(28,10) NOT NULL,
    "institution_price_as_of" DATE,
    "iso_currency_code" TEXT,
    "unofficial_currency_code" TEXT,
    "currency" TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(iso_currency_code, unofficial_currency_code, 'XXX'::text)) STORED,
    "unrealized_gain_loss" DECIMAL(28,10),
    "unrealized_gain_loss_percent" DECIMAL(28,10),
    "last_updated" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "holdings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "investment_transactions" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "security_id" UUID,
    "investment_transaction_id" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subtype" TEXT,
    "amount" DECIMAL(28,10) NOT NULL,
    "price" DECIMAL(28,10) NOT NULL,
    "quantity" DECIMAL(28,10) NOT NULL,
    "fees" DECIMAL(28,10),
    "iso_currency_code" TEXT,
    "unofficial_currency_code" TEXT,
    "currency" TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(iso_currency_code, unofficial_currency_code, 'XXX'::text)) STORED,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "investment_transactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "liabilities" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "is_overdue" BOOLEAN,
    "last_payment_amount" DECIMAL(28,10),
    "last_payment_date" DATE,
    "last_statement_balance" DECIMAL(28,10),
    "last_statement_issue_date" DATE,
    "minimum_payment_amount" DECIMAL(28,10),
    "next_payment_due_date" DATE,
    "aprs" JSONB,
    "interest_rate_percentage" DECIMAL(28,10),
    "interest_rate_type" TEXT,
    "origination_date" DATE,
    "origination_principal_amount" DECIMAL(28,10),
    "ytd_interest_paid" DECIMAL(28,10),
    "ytd_principal_paid" DECIMAL(28,10),
    "current_late_fee" DECIMAL(28,10),
    "escrow_balance" DECIMAL(28,10),
    "past_due_amount" DECIMAL(28,10),
    "has_pmi" BOOLEAN,
    "has_prepayment_penalty" BOOLEAN,
    "loan_name" TEXT,
    "loan_term" TEXT,
    "loan_type_description" TEXT,
    "maturity_date" DATE,
    "property_address" JSONB,
    "last_updated" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "liabilities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "balance_snapshots" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "snapshot_date" DATE NOT NULL,
    "balance_available" DECIMAL(28,10),
    "balance_current" DECIMAL(28,10),
    "balance_limit" DECIMAL(28,10),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "balance_snapshots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "net_worth_snapshots" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "snapshot_date" DATE NOT NULL,
    "total_assets" DECIMAL(28,10) NOT NULL,
    "liquid_assets" DECIMAL(28,10) NOT NULL,
    "investment_assets" DECIMAL(28,10) NOT NULL,
    "other_assets" DECIMAL(28,10) NOT NULL,
    "total_liabilities" DECIMAL(28,10) NOT NULL,
    "credit_card_debt" DECIMAL(28,10) NOT NULL,
    "loan_debt" DECIMAL(28,10) NOT NULL,
    "mortgage_debt" DECIMAL(28,10) NOT NULL,
    "net_worth" DECIMAL(28,10) NOT NULL,
    "daily_change" DECIMAL(28,10),
    "daily_change_percent" DECIMAL(28,10),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "net_worth_snapshots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "dedup_key" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "evidence" JSONB NOT NULL DEFAULT '{}',
    "raised_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(6),
    "read_at" TIMESTAMPTZ(6),
    "snoozed_until" TIMESTAMPTZ(6),
    "dismissed_at" TIMESTAMPTZ(6),
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE INDEX "idx_sessions_expire" ON "sessions"("expire");

-- CreateIndex
CREATE INDEX "idx_audit_events_user_occurred" ON "audit_events"("user_id", "occurred_at");

-- CreateIndex
CREATE UNIQUE INDEX "plaid_items_item_id_key" ON "plaid_items"("item_id");

-- CreateIndex
CREATE INDEX "idx_plaid_items_user_id" ON "plaid_items"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_plaid_items_id_user" ON "plaid_items"("id", "user_id");

-- CreateIndex
CREATE INDEX "idx_sync_jobs_run_after" ON "sync_jobs"("run_after");

-- CreateIndex
CREATE INDEX "idx_sync_runs_item_started" ON "sync_runs"("plaid_item_id", "started_at" DESC);

-- CreateIndex
CREATE INDEX "idx_webhook_events_item_received" ON "webhook_events"("item_id", "received_at");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_account_id_key" ON "accounts"("account_id");

-- CreateIndex
CREATE INDEX "idx_accounts_user_type" ON "accounts"("user_id", "type");

-- CreateIndex
CREATE INDEX "idx_accounts_plaid_item_id" ON "accounts"("plaid_item_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_accounts_id_user" ON "accounts"("id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "transactions_transaction_id_key" ON "transactions"("transaction_id");

-- CreateIndex
-- Covers every cash-flow aggregate over a period: only rows that count are in it.
CREATE INDEX "idx_transactions_user_date" ON "transactions"("user_id", "date", "id")
    INCLUDE ("account_id", "cash_flow_type", "cash_flow_amount", "effective_category", "merchant", "currency", "amount")
    WHERE "removed_at" IS NULL AND NOT "pending";

-- CreateIndex
CREATE INDEX "idx_transactions_account_date" ON "transactions"("account_id", "date");

-- CreateIndex
CREATE INDEX "idx_transactions_user_pending_id" ON "transactions"("user_id", "pending_transaction_id");

-- CreateIndex
CREATE INDEX "idx_transactions_recurring_stream" ON "transactions"("recurring_stream_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_transactions_id_user" ON "transactions"("id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "transfer_matches_outflow_transaction_id_key" ON "transfer_matches"("outflow_transaction_id");

-- CreateIndex
CREATE UNIQUE INDEX "transfer_matches_inflow_transaction_id_key" ON "transfer_matches"("inflow_transaction_id");

-- CreateIndex
CREATE INDEX "idx_transfer_matches_user" ON "transfer_matches"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_transfer_matches_outflow_user" ON "transfer_matches"("outflow_transaction_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_transfer_matches_inflow_user" ON "transfer_matches"("inflow_transaction_id", "user_id");

-- CreateIndex
CREATE INDEX "idx_recurring_account" ON "recurring_transactions"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_recurring_user_stream" ON "recurring_transactions"("user_id", "stream_id");

-- CreateIndex
CREATE UNIQUE INDEX "securities_security_id_key" ON "securities"("security_id");

-- CreateIndex
CREATE INDEX "idx_holdings_user_id" ON "holdings"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_holdings_account_security_line" ON "holdings"("account_id", "security_id", "line");

-- CreateIndex
CREATE UNIQUE INDEX "investment_transactions_investment_transaction_id_key" ON "investment_transactions"("investment_transaction_id");

-- CreateIndex
CREATE INDEX "idx_inv_transactions_user_date" ON "investment_transactions"("user_id", "date");

-- CreateIndex
CREATE INDEX "idx_inv_transactions_account_date" ON "investment_transactions"("account_id", "date");

-- CreateIndex
CREATE INDEX "idx_liabilities_user_id" ON "liabilities"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_liabilities_account_type" ON "liabilities"("account_id", "type");

-- CreateIndex
CREATE INDEX "idx_balance_snapshots_user_date" ON "balance_snapshots"("user_id", "snapshot_date");

-- CreateIndex
CREATE UNIQUE INDEX "uq_account_snapshot_date" ON "balance_snapshots"("account_id", "snapshot_date");

-- CreateIndex
CREATE UNIQUE INDEX "uq_user_networth_date" ON "net_worth_snapshots"("user_id", "snapshot_date");

-- CreateIndex
CREATE UNIQUE INDEX "uq_alerts_user_key" ON "alerts"("user_id", "dedup_key");

-- AddForeignKey
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plaid_items" ADD CONSTRAINT "plaid_items_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plaid_item_products" ADD CONSTRAINT "plaid_item_products_plaid_item_id_fkey" FOREIGN KEY ("plaid_item_id") REFERENCES "plaid_items"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_jobs" ADD CONSTRAINT "sync_jobs_plaid_item_id_fkey" FOREIGN KEY ("plaid_item_id") REFERENCES "plaid_items"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_runs" ADD CONSTRAINT "sync_runs_plaid_item_id_fkey" FOREIGN KEY ("plaid_item_id") REFERENCES "plaid_items"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_plaid_item_id_user_id_fkey" FOREIGN KEY ("plaid_item_id", "user_id") REFERENCES "plaid_items"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_recurring_stream_id_fkey" FOREIGN KEY ("recurring_stream_id") REFERENCES "recurring_transactions"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transfer_matches" ADD CONSTRAINT "transfer_matches_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transfer_matches" ADD CONSTRAINT "transfer_matches_outflow_transaction_id_user_id_fkey" FOREIGN KEY ("outflow_transaction_id", "user_id") REFERENCES "transactions"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transfer_matches" ADD CONSTRAINT "transfer_matches_inflow_transaction_id_user_id_fkey" FOREIGN KEY ("inflow_transaction_id", "user_id") REFERENCES "transactions"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "recurring_transactions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "recurring_transactions_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "security_prices" ADD CONSTRAINT "security_prices_security_id_fkey" FOREIGN KEY ("security_id") REFERENCES "securities"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "holdings" ADD CONSTRAINT "holdings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "holdings" ADD CONSTRAINT "holdings_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "holdings" ADD CONSTRAINT "holdings_security_id_fkey" FOREIGN KEY ("security_id") REFERENCES "securities"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "investment_transactions" ADD CONSTRAINT "investment_transactions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "investment_transactions" ADD CONSTRAINT "investment_transactions_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "investment_transactions" ADD CONSTRAINT "investment_transactions_security_id_fkey" FOREIGN KEY ("security_id") REFERENCES "securities"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "liabilities" ADD CONSTRAINT "liabilities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "liabilities" ADD CONSTRAINT "liabilities_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "balance_snapshots" ADD CONSTRAINT "balance_snapshots_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "balance_snapshots" ADD CONSTRAINT "balance_snapshots_account_id_user_id_fkey" FOREIGN KEY ("account_id", "user_id") REFERENCES "accounts"("id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "net_worth_snapshots" ADD CONSTRAINT "net_worth_snapshots_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The list of a person's transactions, newest first, pending ones included.
CREATE INDEX "idx_transactions_user_list" ON "transactions"("user_id", "date" DESC, "id" DESC) WHERE "removed_at" IS NULL;

-- What a sync has written and nobody has classified yet.
CREATE INDEX "idx_transactions_unclassified" ON "transactions"("user_id") WHERE "cash_flow_type" IS NULL AND "removed_at" IS NULL;

-- Edits that wait for the row that replaces one that went.
CREATE INDEX "idx_transactions_orphaned_edits" ON "transactions"("account_id")
    WHERE "removed_at" IS NOT NULL AND ("custom_category" IS NOT NULL OR "custom_cash_flow_type" IS NOT NULL OR "note" IS NOT NULL);

-- Values that the schema cannot express.
ALTER TABLE "users" ADD CONSTRAINT "ck_users_email" CHECK ("email" = lower("email") AND "email" <> '');
ALTER TABLE "users" ADD CONSTRAINT "ck_users_goal" CHECK ("net_worth_goal" > 0);
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_status" CHECK ("status" IN ('active', 'error', 'pending_expiration'));
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_error" CHECK (("error_code" IS NULL) = ("error_since" IS NULL));
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_token" CHECK ("access_token" LIKE 'v1.%.%.%.%');
ALTER TABLE "plaid_item_products" ADD CONSTRAINT "ck_item_products_product" CHECK ("product" IN ('accounts', 'transactions', 'investments', 'liabilities'));
ALTER TABLE "plaid_item_products" ADD CONSTRAINT "ck_item_products_status" CHECK ("status" IN ('ok', 'waiting', 'absent', 'consent', 'failing'));
ALTER TABLE "sync_jobs" ADD CONSTRAINT "ck_sync_jobs_counters" CHECK ("completed" <= "requested");
ALTER TABLE "sync_jobs" ADD CONSTRAINT "ck_sync_jobs_lease" CHECK (("lease_owner" IS NULL) = ("lease_expires_at" IS NULL));
ALTER TABLE "sync_runs" ADD CONSTRAINT "ck_sync_runs_status" CHECK ("status" IN ('running', 'succeeded', 'partial', 'failed', 'abandoned'));
ALTER TABLE "sync_runs" ADD CONSTRAINT "ck_sync_runs_finished" CHECK (("status" = 'running') = ("finished_at" IS NULL));
ALTER TABLE "transactions" ADD CONSTRAINT "ck_transactions_flow" CHECK ("cash_flow_type" IN ('income', 'expense', 'transfer', 'investment'));
ALTER TABLE "transactions" ADD CONSTRAINT "ck_transactions_custom_flow" CHECK ("custom_cash_flow_type" IN ('income', 'expense', 'transfer', 'investment'));
ALTER TABLE "transactions" ADD CONSTRAINT "ck_transactions_why" CHECK ("cash_flow_why" IN ('user', 'rule', 'match', 'category', 'direction'));
ALTER TABLE "transactions" ADD CONSTRAINT "ck_transactions_classified" CHECK (("cash_flow_type" IS NULL) = ("cash_flow_amount" IS NULL));
ALTER TABLE "transfer_matches" ADD CONSTRAINT "ck_transfer_matches_legs" CHECK ("outflow_transaction_id" <> "inflow_transaction_id");
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_frequency" CHECK ("frequency" IN ('weekly', 'biweekly', 'semi_monthly', 'monthly', 'quarterly', 'annually'));
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_status" CHECK ("status" IN ('active', 'late', 'ended'));
ALTER TABLE "liabilities" ADD CONSTRAINT "ck_liabilities_type" CHECK ("type" IN ('credit', 'student', 'mortgage'));
ALTER TABLE "alerts" ADD CONSTRAINT "ck_alerts_severity" CHECK ("severity" IN ('info', 'warning', 'urgent'));
