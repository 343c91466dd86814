-- Whoever has a page open hears, when a transaction is committed, that something of theirs has changed: their data, or the end of a sync.
CREATE FUNCTION tell_data_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('data_changed', user_id::text) FROM (SELECT DISTINCT user_id FROM changed) AS someone;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_change AFTER INSERT ON "data_changes" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_data_change();

CREATE FUNCTION tell_sync_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('data_changed', user_id::text) FROM plaid_items WHERE id = NEW.plaid_item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_end AFTER UPDATE OF "status" ON "sync_runs" FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_sync_end();
