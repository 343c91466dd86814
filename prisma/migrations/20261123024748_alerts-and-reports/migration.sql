-- DropIndex
DROP INDEX "uq_alerts_user_key";

-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "subject" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "subject_label" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "email_confirmed_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "alert_rules" (
    "user_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "parameters" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "alert_rules_pkey" PRIMARY KEY ("user_id","kind")
);

-- CreateTable
CREATE TABLE "alert_mutes" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_mutes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_evaluations" (
    "user_id" UUID NOT NULL,
    "facts_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "alert_evaluations_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "notification_settings" (
    "user_id" UUID NOT NULL,
    "urgent_email" BOOLEAN NOT NULL DEFAULT true,
    "digest" TEXT NOT NULL DEFAULT 'weekly',
    "digest_hour" INTEGER NOT NULL DEFAULT 8,
    "digest_weekday" INTEGER NOT NULL DEFAULT 1,
    "quiet_from" INTEGER NOT NULL DEFAULT 22,
    "quiet_until" INTEGER NOT NULL DEFAULT 7,
    "report_email" BOOLEAN NOT NULL DEFAULT true,
    "webhook_url" TEXT,
    "webhook_secret" TEXT,
    "ntfy_url" TEXT,
    "ntfy_token" TEXT,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_settings_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "run_after" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "claimed_until" TIMESTAMPTZ(6),
    "error" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(6),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_deliveries" (
    "alert_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "delivery_id" UUID NOT NULL,

    CONSTRAINT "alert_deliveries_pkey" PRIMARY KEY ("alert_id","channel")
);

-- CreateTable
CREATE TABLE "reports" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "period_start" DATE NOT NULL,
    "period_end" DATE NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "uq_alert_mutes_user_kind_subject" ON "alert_mutes"("user_id", "kind", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "uq_deliveries_user_channel_key" ON "deliveries"("user_id", "channel", "key");

-- CreateIndex
CREATE INDEX "idx_alert_deliveries_delivery" ON "alert_deliveries"("delivery_id");

-- CreateIndex
CREATE INDEX "idx_reports_user_created" ON "reports"("user_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "idx_alerts_user_raised" ON "alerts"("user_id", "raised_at" DESC);

-- AddForeignKey
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_mutes" ADD CONSTRAINT "alert_mutes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_evaluations" ADD CONSTRAINT "alert_evaluations_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Of each key at most one alert is open, and a month has one report.
CREATE UNIQUE INDEX "uq_alerts_open_key" ON "alerts"("user_id", "dedup_key") WHERE "resolved_at" IS NULL;
CREATE INDEX "idx_alerts_key" ON "alerts"("user_id", "dedup_key", "raised_at" DESC);
CREATE UNIQUE INDEX "uq_reports_month" ON "reports"("user_id", "period_start") WHERE "kind" = 'month';
-- What waits to be sent, the longest waiting first.
CREATE INDEX "idx_deliveries_waiting" ON "deliveries"("run_after") WHERE "status" = 'waiting';
CREATE INDEX "idx_deliveries_user_created" ON "deliveries"("user_id", "created_at" DESC);

ALTER TABLE "notification_settings" ADD CONSTRAINT "ck_notification_digest" CHECK ("digest" IN ('off', 'daily', 'weekly'));
ALTER TABLE "notification_settings" ADD CONSTRAINT "ck_notification_hours"
  CHECK ("digest_hour" BETWEEN 0 AND 23 AND "quiet_from" BETWEEN 0 AND 23 AND "quiet_until" BETWEEN 0 AND 23 AND "digest_weekday" BETWEEN 0 AND 6);
ALTER TABLE "notification_settings" ADD CONSTRAINT "ck_notification_sealed"
  CHECK ("webhook_secret" LIKE 'v1.%.%.%.%' AND ("webhook_url" IS NULL) = ("webhook_secret" IS NULL));
ALTER TABLE "notification_settings" ADD CONSTRAINT "ck_notification_token" CHECK ("ntfy_token" LIKE 'v1.%.%.%.%');
ALTER TABLE "deliveries" ADD CONSTRAINT "ck_deliveries_channel" CHECK ("channel" IN ('email', 'webhook', 'ntfy'));
ALTER TABLE "deliveries" ADD CONSTRAINT "ck_deliveries_kind" CHECK ("kind" IN ('alert', 'digest', 'report', 'test', 'confirm'));
ALTER TABLE "deliveries" ADD CONSTRAINT "ck_deliveries_status" CHECK ("status" IN ('waiting', 'sent', 'kept', 'failed'));
ALTER TABLE "deliveries" ADD CONSTRAINT "ck_deliveries_settled" CHECK (("status" = 'waiting') = ("settled_at" IS NULL));
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "ck_alert_deliveries_channel" CHECK ("channel" IN ('email', 'webhook', 'ntfy'));
ALTER TABLE "reports" ADD CONSTRAINT "ck_reports_kind" CHECK ("kind" IN ('month', 'period', 'year', 'statement'));
ALTER TABLE "reports" ADD CONSTRAINT "ck_reports_period" CHECK ("period_start" <= "period_end");
ALTER TABLE "tasks" DROP CONSTRAINT "ck_tasks_kind";
ALTER TABLE "tasks" ADD CONSTRAINT "ck_tasks_kind" CHECK ("kind" IN ('poll', 'snapshot', 'cleanup', 'removal', 'alerts', 'digest', 'report'));

-- What comes from a file has no link, and so no token.
ALTER TABLE "plaid_items" DROP CONSTRAINT "ck_plaid_items_status";
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_status" CHECK ("status" IN ('active', 'error', 'pending_expiration', 'removing', 'imported'));
ALTER TABLE "plaid_items" DROP CONSTRAINT "ck_plaid_items_token";
ALTER TABLE "plaid_items" ADD CONSTRAINT "ck_plaid_items_token"
  CHECK (CASE WHEN "status" = 'imported' THEN "access_token" = '' ELSE "access_token" LIKE 'v1.%.%.%.%' END);

-- Whoever has a page open hears of their alerts.
CREATE FUNCTION tell_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('data_changed', user_id::text) FROM (SELECT DISTINCT user_id FROM changed) AS someone;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_insert AFTER INSERT ON "alerts" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_alerts();
CREATE TRIGGER tell_update AFTER UPDATE ON "alerts" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_alerts();
CREATE TRIGGER tell_insert AFTER INSERT ON "reports" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_alerts();
