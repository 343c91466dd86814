-- AlterTable
ALTER TABLE "users" ADD COLUMN     "address_lost_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "webhook_events" ADD COLUMN     "digest" TEXT;

-- CreateTable
CREATE TABLE "one_time_links" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "purpose" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "user_id" UUID,
    "email" TEXT,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "one_time_links_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "one_time_links_token_hash_key" ON "one_time_links"("token_hash");

-- CreateIndex
CREATE INDEX "idx_one_time_links_user" ON "one_time_links"("user_id");

-- AddForeignKey
ALTER TABLE "one_time_links" ADD CONSTRAINT "one_time_links_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "one_time_links" ADD CONSTRAINT "ck_one_time_links_purpose"
  CHECK ("purpose" IN ('reset_password', 'change_email', 'undo_email', 'claim_email', 'invitation'));
ALTER TABLE "one_time_links" ADD CONSTRAINT "ck_one_time_links_holder" CHECK ("purpose" IN ('claim_email', 'invitation') OR "user_id" IS NOT NULL);
ALTER TABLE "deliveries" DROP CONSTRAINT "ck_deliveries_kind";
ALTER TABLE "deliveries" ADD CONSTRAINT "ck_deliveries_kind" CHECK ("kind" IN ('alert', 'digest', 'report', 'test', 'confirm', 'account'));
ALTER TABLE "tasks" DROP CONSTRAINT "ck_tasks_kind";
ALTER TABLE "tasks" ADD CONSTRAINT "ck_tasks_kind"
  CHECK ("kind" IN ('poll', 'snapshot', 'cleanup', 'removal', 'alerts', 'digest', 'report', 'refresh', 'recovery'));
-- The same webhook again is known.
CREATE INDEX "idx_webhook_events_digest" ON "webhook_events" ("digest") WHERE "digest" IS NOT NULL;
SELECT limit_columns('users', '{"email": 254, "name": 100}');
SELECT limit_columns('webhook_events');
SELECT limit_columns('one_time_links', '{"email": 254}');
