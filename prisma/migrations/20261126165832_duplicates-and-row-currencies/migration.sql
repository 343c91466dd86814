-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "duplicate_of_id" UUID;

-- AlterTable
ALTER TABLE "transactions" ADD COLUMN     "is_duplicate" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "different_accounts" (
    "first_id" UUID NOT NULL,
    "second_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "different_accounts_pkey" PRIMARY KEY ("first_id","second_id")
);

-- CreateIndex
CREATE INDEX "idx_different_accounts_user" ON "different_accounts"("user_id");

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_duplicate_of_id_fkey" FOREIGN KEY ("duplicate_of_id") REFERENCES "accounts"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "different_accounts" ADD CONSTRAINT "different_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "different_accounts" ADD CONSTRAINT "different_accounts_first_id_fkey" FOREIGN KEY ("first_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "different_accounts" ADD CONSTRAINT "different_accounts_second_id_fkey" FOREIGN KEY ("second_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE INDEX "idx_accounts_duplicate_of" ON "accounts"("duplicate_of_id") WHERE "duplicate_of_id" IS NOT NULL;
CREATE INDEX "idx_transactions_running_balance" ON "transactions"("user_id", "date") INCLUDE ("account_id")
  WHERE "running_balance" IS NOT NULL AND "removed_at" IS NULL AND NOT "pending";
ALTER TABLE "accounts" ADD CONSTRAINT "ck_accounts_duplicate_of_another" CHECK ("duplicate_of_id" <> "id");
ALTER TABLE "different_accounts" ADD CONSTRAINT "ck_different_accounts_order" CHECK ("first_id" < "second_id");
ALTER TABLE "transactions" ADD CONSTRAINT "ck_transactions_duplicate_is_removed" CHECK (NOT "is_duplicate" OR "removed_at" IS NOT NULL);

-- The rows of an account that counts through another link leave every list and sum, and come back with it: also when the account
-- that counted in its stead is deleted. A pending row that its posted one has followed in the meantime stays away.
CREATE FUNCTION "follow_duplicate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.duplicate_of_id IS NOT NULL THEN
    UPDATE transactions SET removed_at = now(), is_duplicate = true, cash_flow_type = NULL, cash_flow_amount = NULL, cash_flow_why = NULL,
      cash_flow_confidence = NULL, updated_at = now() WHERE account_id = NEW.id AND removed_at IS NULL;
  ELSE
    UPDATE transactions SET is_duplicate = false, cash_flow_type = NULL, cash_flow_amount = NULL, cash_flow_why = NULL,
      cash_flow_confidence = NULL, updated_at = now(), removed_at = CASE WHEN pending AND EXISTS (
        SELECT FROM transactions AS posted WHERE posted.account_id = NEW.id AND posted.pending_transaction_id = transactions.transaction_id)
      THEN removed_at END WHERE account_id = NEW.id AND is_duplicate;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_duplicate AFTER UPDATE OF "duplicate_of_id" ON "accounts" FOR EACH ROW
  WHEN (OLD.duplicate_of_id IS DISTINCT FROM NEW.duplicate_of_id) EXECUTE FUNCTION follow_duplicate();

-- The account that counted is closed: one that counted through it counts in its stead, and its history with it.
CREATE FUNCTION "succeed_closed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE successor uuid;
BEGIN
  SELECT id INTO successor FROM accounts WHERE duplicate_of_id = NEW.id AND is_active ORDER BY created_at LIMIT 1;
  IF successor IS NOT NULL THEN
    UPDATE accounts SET duplicate_of_id = NULL WHERE id = successor;
    UPDATE accounts SET duplicate_of_id = successor WHERE id <> successor AND (id = NEW.id OR duplicate_of_id = NEW.id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER succeed_closed AFTER UPDATE OF "is_active" ON "accounts" FOR EACH ROW
  WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION succeed_closed();

-- A row without any currency has its account's.
CREATE FUNCTION "take_account_currency"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT iso_currency_code, unofficial_currency_code INTO NEW.iso_currency_code, NEW.unofficial_currency_code FROM accounts WHERE id = NEW.account_id;
  RETURN NEW;
END $$;
DO $$
DECLARE rows_of text;
BEGIN
  FOREACH rows_of IN ARRAY ARRAY['transactions', 'holdings', 'investment_transactions'] LOOP
    EXECUTE format('CREATE TRIGGER take_account_currency BEFORE INSERT OR UPDATE ON %I FOR EACH ROW
      WHEN (NEW.iso_currency_code IS NULL AND NEW.unofficial_currency_code IS NULL) EXECUTE FUNCTION take_account_currency()', rows_of);
    EXECUTE format('UPDATE %I SET updated_at = now() WHERE iso_currency_code IS NULL AND unofficial_currency_code IS NULL', rows_of);
  END LOOP;
END $$;
