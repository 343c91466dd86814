-- AlterTable
ALTER TABLE "recurring_transactions" ADD COLUMN     "anchor_kind" TEXT NOT NULL DEFAULT 'days',
ADD COLUMN     "anchor_months" INTEGER[] DEFAULT ARRAY[]::INTEGER[];

ALTER TABLE "recurring_transactions" DROP CONSTRAINT "ck_recurring_frequency";
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_frequency" CHECK ("frequency" IN
  ('weekly', 'biweekly', 'every_4_weeks', 'semi_monthly', 'monthly', 'every_2_months', 'quarterly', 'half_yearly', 'annually'));
ALTER TABLE "recurring_transactions" ADD CONSTRAINT "ck_recurring_anchor_kind" CHECK ("anchor_kind" IN ('interval', 'days', 'weekday'));

-- What came every so many days had no anchor: its latest date is one.
UPDATE "recurring_transactions" SET "anchor_kind" = 'interval',
  "anchor_days" = ARRAY[("last_date" - DATE '1970-01-01') % CASE "frequency" WHEN 'weekly' THEN 7 ELSE 14 END]
WHERE "frequency" IN ('weekly', 'biweekly');
-- What came every some months came in those of its latest date.
UPDATE "recurring_transactions" SET "anchor_months" = CASE "frequency"
    WHEN 'annually' THEN ARRAY[date_part('month', "last_date")::int]
    ELSE ARRAY(SELECT (date_part('month', "last_date")::int - 1 + 3 * step) % 12 + 1 FROM generate_series(0, 3) AS step ORDER BY 1) END
WHERE "frequency" IN ('quarterly', 'annually');
