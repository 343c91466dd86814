-- DropIndex
DROP INDEX "transfer_matches_outflow_transaction_id_key";

-- DropIndex
DROP INDEX "transfer_matches_inflow_transaction_id_key";

-- DropIndex
DROP INDEX "idx_transfer_matches_user";

-- DropIndex
DROP INDEX "uq_transfer_matches_outflow_user";

-- DropIndex
DROP INDEX "uq_transfer_matches_inflow_user";

-- AlterTable
ALTER TABLE "transactions" ADD COLUMN     "rule_category" TEXT,
ADD COLUMN     "rule_id" UUID;

-- The category now heeds rules, and the covering index has it in it.
DROP INDEX "idx_transactions_user_date";
ALTER TABLE "transactions" DROP COLUMN "effective_category";
ALTER TABLE "transactions" ADD COLUMN "effective_category" TEXT NOT NULL
    GENERATED ALWAYS AS (left(COALESCE(custom_category, rule_category, personal_finance_category_primary, 'UNCATEGORIZED'::text), 120)) STORED;
CREATE INDEX "idx_transactions_user_date" ON "transactions"("user_id", "date", "id")
    INCLUDE ("account_id", "cash_flow_type", "cash_flow_amount", "effective_category", "merchant", "currency", "amount")
    WHERE "removed_at" IS NULL AND NOT "pending";
CREATE INDEX "idx_transactions_rule" ON "transactions"("rule_id") WHERE "rule_id" IS NOT NULL;

-- AlterTable
ALTER TABLE "transfer_matches" ADD COLUMN     "decided_at" TIMESTAMPTZ(6),
ADD COLUMN     "status" TEXT NOT NULL DEFAULT 'automatic';

-- AlterTable
ALTER TABLE "recurring_transactions" ADD COLUMN     "amount_kind" TEXT NOT NULL DEFAULT 'fixed',
ADD COLUMN     "anchor_days" INTEGER[],
ADD COLUMN     "confirmed_at" TIMESTAMPTZ(6),
ADD COLUMN     "custom_name" TEXT,
ADD COLUMN     "dismissed_at" TIMESTAMPTZ(6),
ADD COLUMN     "weekend_rule" TEXT NOT NULL DEFAULT 'as_is',
ADD COLUMN     "second_opinion" TEXT;

-- CreateTable
CREATE TABLE "exchange_rates" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "currency" TEXT NOT NULL,
    "base_currency" TEXT NOT NULL,
    "rate" DECIMAL(28,10) NOT NULL,
    "effective_on" DATE NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "exchange_rates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_changes" (
    "user_id" UUID NOT NULL,
    "transaction_no" BIGINT NOT NULL,
    "changed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "data_changes_pkey" PRIMARY KEY ("user_id","transaction_no","changed_at")
);

-- CreateTable
CREATE TABLE "classification_rules" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "match" TEXT NOT NULL,
    "merchant" TEXT NOT NULL,
    "category" TEXT,
    "cash_flow_type" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "classification_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plaid_streams" (
    "plaid_item_id" UUID NOT NULL,
    "stream_id" TEXT NOT NULL,
    "frequency" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "is_active" BOOLEAN NOT NULL,
    "transaction_ids" TEXT[],

    CONSTRAINT "plaid_streams_pkey" PRIMARY KEY ("plaid_item_id","stream_id")
);

-- CreateTable
CREATE TABLE "forecasts" (
    "user_id" UUID NOT NULL,
    "as_of" DATE NOT NULL,
    "data_version" TEXT NOT NULL,
    "payload" JSONB NOT NULL,

    CONSTRAINT "forecasts_pkey" PRIMARY KEY ("user_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "uq_exchange_rates_day" ON "exchange_rates"("user_id", "base_currency", "currency", "effective_on");

-- CreateIndex
CREATE INDEX "idx_data_changes_changed" ON "data_changes"("changed_at");

-- CreateIndex
CREATE INDEX "idx_classification_rules_user" ON "classification_rules"("user_id", "position");

-- CreateIndex
CREATE INDEX "idx_transfer_matches_inflow" ON "transfer_matches"("inflow_transaction_id");

-- CreateIndex
CREATE INDEX "idx_transfer_matches_user_status" ON "transfer_matches"("user_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "uq_transfer_matches_legs" ON "transfer_matches"("outflow_transaction_id", "inflow_transaction_id");

-- AddForeignKey
ALTER TABLE "exchange_rates" ADD CONSTRAINT "exchange_rates_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "classification_rules"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "classification_rules" ADD CONSTRAINT "classification_rules_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plaid_streams" ADD CONSTRAINT "plaid_streams_plaid_item_id_fkey" FOREIGN KEY ("plaid_item_id") REFERENCES "plaid_items"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "forecasts" ADD CONSTRAINT "forecasts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A leg is in one pair at most that is not rejected.
CREATE UNIQUE INDEX "uq_transfer_matches_outflow" ON "transfer_matches"("outflow_transaction_id") WHERE "status" <> 'rejected';
CREATE UNIQUE INDEX "uq_transfer_matches_inflow" ON "transfer_matches"("inflow_transaction_id") WHERE "status" <> 'rejected';

-- Values that the schema cannot express.
ALTER TABLE "transfer_matches" ADD CONSTRAINT "ck_transfer_matches_status" CHECK ("status" IN ('automatic', 'suggested', 'confirmed', 'rejected'));
ALTER TABLE "exchange_rates" ADD CONSTRAINT "ck_exchange_rates_rate" CHECK ("rate" > 0);
ALTER TABLE "exchange_rates" ADD CONSTRAINT "ck_exchange_rates_currencies" CHECK ("currency" <> "base_currency");
ALTER TABLE "classification_rules" ADD CONSTRAINT "ck_classification_rules_match" CHECK ("match" IN ('is', 'contains') AND "merchant" <> '');
ALTER TABLE "classification_rules" ADD CONSTRAINT "ck_classification_rules_flow" CHECK ("cash_flow_type" IN ('income', 'expense', 'transfer', 'investment'));
ALTER TABLE "classification_rules" ADD CONSTRAINT "ck_classification_rules_effect" CHECK ("category" IS NOT NULL OR "cash_flow_type" IS NOT NULL);
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_amount_kind" CHECK ("amount_kind" IN ('fixed', 'stepped', 'variable'));
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_weekend_rule" CHECK ("weekend_rule" IN ('as_is', 'before', 'after'));
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_second_opinion" CHECK ("second_opinion" IN ('agrees', 'differs'));
ALTER TABLE "plaid_item_products" DROP CONSTRAINT "ck_item_products_product";
ALTER TABLE "plaid_item_products" ADD CONSTRAINT "ck_item_products_product" CHECK ("product" IN ('accounts', 'transactions', 'investments', 'liabilities', 'recurring'));

-- Who changed what a person's figures are worked out from notes it, once a transaction.
CREATE FUNCTION "note_data_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO data_changes (user_id, transaction_no)
    SELECT DISTINCT changed.user_id, pg_current_xact_id()::text::bigint FROM changed
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION "note_user_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO data_changes (user_id, transaction_no)
    SELECT changed.id, pg_current_xact_id()::text::bigint FROM changed
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- The price of a security concerns everybody who holds it or has held it.
CREATE FUNCTION "note_price_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO data_changes (user_id, transaction_no)
    SELECT holder.user_id, pg_current_xact_id()::text::bigint FROM (
        SELECT user_id FROM holdings WHERE security_id IN (SELECT changed.security_id FROM changed)
        UNION
        SELECT user_id FROM investment_transactions WHERE security_id IN (SELECT changed.security_id FROM changed)) AS holder
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE INDEX "idx_holdings_security" ON "holdings"("security_id");
CREATE INDEX "idx_inv_transactions_security" ON "investment_transactions"("security_id");

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['transactions', 'accounts', 'transfer_matches', 'recurring_transactions', 'classification_rules', 'exchange_rates',
        'holdings', 'investment_transactions', 'liabilities', 'balance_snapshots', 'net_worth_snapshots'] LOOP
        EXECUTE format('CREATE TRIGGER note_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()', watched);
        EXECUTE format('CREATE TRIGGER note_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()', watched);
        EXECUTE format('CREATE TRIGGER note_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()', watched);
    END LOOP;
END $$;
CREATE TRIGGER note_update AFTER UPDATE ON "users" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_user_change();
CREATE TRIGGER note_insert AFTER INSERT ON "security_prices" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_price_change();
CREATE TRIGGER note_update AFTER UPDATE ON "security_prices" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_price_change();
