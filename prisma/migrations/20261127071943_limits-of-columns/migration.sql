-- AlterTable
ALTER TABLE "sync_jobs" ADD COLUMN     "faults" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "parked_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "parked_at" TIMESTAMPTZ(6);

ALTER TABLE "tasks" DROP CONSTRAINT "ck_tasks_kind";
ALTER TABLE "tasks" ADD CONSTRAINT "ck_tasks_kind" CHECK ("kind" IN ('poll', 'snapshot', 'cleanup', 'removal', 'alerts', 'digest', 'report', 'refresh'));

-- What no page could show and no sum could bear is in no table, wherever it comes from: every date and time lies in 1900 to 2199, every
-- number is one, and texts and documents have an end. Where something else has been stored already it is forgotten: nothing can be done
-- with it. A check cannot read the day that is today: what lies too far ahead is refused where it comes in.
--
-- limit_columns gives a table these checks for all columns that it has; a migration that adds a column calls it again.
-- lengths: the characters of a text and the bytes of a document, by column, where they are not the usual ones.
CREATE FUNCTION limit_columns(target text, lengths jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    text_max CONSTANT integer := 2000;
    document_max CONSTANT integer := 100000;
    list_max CONSTANT integer := 100000;
    col record;
    wrong text;
    checks jsonb := '{}';
    kind text;
    conditions text;
BEGIN
    FOR col IN
        SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS is_required,
            COALESCE((lengths->>attname::text)::integer, CASE WHEN format_type(atttypid, NULL) = 'text' THEN text_max ELSE document_max END) AS size
        FROM pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    LOOP
        wrong := CASE col.type
            WHEN 'date' THEN format('%1$I < DATE ''1900-01-01'' OR %1$I > DATE ''2199-12-31''', col.name)
            WHEN 'timestamp with time zone' THEN format('%1$I < ''1900-01-01Z'' OR %1$I >= ''2200-01-01Z''', col.name)
            WHEN 'numeric' THEN format('%I = ''NaN''', col.name)
            WHEN 'text' THEN format('length(%I) > %s', col.name, col.size)
            WHEN 'jsonb' THEN format('pg_column_size(%I) > %s', col.name, col.size)
            WHEN 'text[]' THEN format('pg_column_size(%I) > %s', col.name, list_max)
            WHEN 'integer[]' THEN format('pg_column_size(%I) > %s', col.name, list_max)
        END;
        CONTINUE WHEN wrong IS NULL;
        IF col.type = 'text' THEN
            EXECUTE format('UPDATE %1$I SET %2$I = left(%2$I, %3$s) WHERE %4$s', target, col.name, col.size, wrong);
        ELSIF col.is_required THEN
            EXECUTE format('DELETE FROM %I WHERE %s', target, wrong);
        ELSE
            EXECUTE format('UPDATE %I SET %I = NULL WHERE %s', target, col.name, wrong);
        END IF;
        kind := CASE WHEN col.type IN ('date', 'timestamp with time zone') THEN 'dates' WHEN col.type = 'numeric' THEN 'numbers' ELSE 'sizes' END;
        checks := jsonb_set(checks, ARRAY[kind], to_jsonb(concat_ws(' AND ', checks->>kind, format('(%s) IS NOT TRUE', wrong))));
    END LOOP;
    FOREACH kind IN ARRAY ARRAY['dates', 'numbers', 'sizes'] LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I', target, 'ck_' || target || '_' || kind);
        conditions := checks->>kind;
        IF conditions IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)', target, 'ck_' || target || '_' || kind, conditions);
        END IF;
    END LOOP;
END $$;

SELECT limit_columns('users', '{"email": 254, "name": 100}');
SELECT limit_columns('exchange_rates', '{"currency": 20, "base_currency": 20}');
SELECT limit_columns('data_changes');
SELECT limit_columns('sessions');
SELECT limit_columns('rate_limits');
SELECT limit_columns('audit_events');
SELECT limit_columns('plaid_items');
SELECT limit_columns('plaid_item_products');
SELECT limit_columns('sync_jobs');
SELECT limit_columns('sync_runs');
SELECT limit_columns('link_sessions');
SELECT limit_columns('tasks');
SELECT limit_columns('webhook_events');
SELECT limit_columns('accounts', '{"iso_currency_code": 20, "unofficial_currency_code": 20, "custom_category": 100}');
SELECT limit_columns('different_accounts');
SELECT limit_columns('transactions', '{"iso_currency_code": 20, "unofficial_currency_code": 20, "custom_category": 100, "rule_category": 100}');
SELECT limit_columns('transfer_matches');
SELECT limit_columns('classification_rules', '{"merchant": 120, "category": 100}');
SELECT limit_columns('recurring_transactions', '{"currency": 20, "custom_name": 120}');
SELECT limit_columns('plaid_streams');
SELECT limit_columns('forecasts', '{"payload": 10000000}');
SELECT limit_columns('securities', '{"iso_currency_code": 20, "unofficial_currency_code": 20}');
SELECT limit_columns('security_prices', '{"currency": 20}');
SELECT limit_columns('holdings', '{"tax_lots": 2000000, "iso_currency_code": 20, "unofficial_currency_code": 20}');
SELECT limit_columns('investment_transactions', '{"iso_currency_code": 20, "unofficial_currency_code": 20}');
SELECT limit_columns('liabilities');
SELECT limit_columns('balance_snapshots');
SELECT limit_columns('net_worth_snapshots');
SELECT limit_columns('alerts', '{"evidence": 1000000}');
SELECT limit_columns('alert_rules');
SELECT limit_columns('alert_mutes');
SELECT limit_columns('alert_evaluations');
SELECT limit_columns('notification_settings');
SELECT limit_columns('deliveries', '{"content": 10000000}');
SELECT limit_columns('alert_deliveries');
SELECT limit_columns('reports', '{"payload": 10000000}');
