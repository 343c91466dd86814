-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "apy" DECIMAL(28,10),
ADD COLUMN     "balance_as_of" TIMESTAMPTZ(6),
ADD COLUMN     "margin_loan_amount" DECIMAL(28,10),
ADD COLUMN     "persistent_account_id" TEXT;

-- AlterTable
ALTER TABLE "transactions" ADD COLUMN     "running_balance" DECIMAL(28,10);

-- AlterTable
ALTER TABLE "security_prices" DROP CONSTRAINT "security_prices_pkey",
ADD COLUMN     "currency" TEXT NOT NULL DEFAULT 'XXX',
ADD CONSTRAINT "security_prices_pkey" PRIMARY KEY ("security_id", "price_date", "currency");

-- AlterTable
ALTER TABLE "holdings" ADD COLUMN     "tax_lots" JSONB,
ADD COLUMN     "vested_quantity" DECIMAL(28,10),
ADD COLUMN     "vested_value" DECIMAL(28,10);

-- AlterTable
ALTER TABLE "investment_transactions" ADD COLUMN     "cancel_transaction_id" TEXT,
ADD COLUMN     "transaction_datetime" TIMESTAMPTZ(6);
