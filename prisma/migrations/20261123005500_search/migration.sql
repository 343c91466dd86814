-- What people search in: a person's rows by any part of the name, the merchant or the note.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX "idx_transactions_search" ON "transactions" USING gin ("user_id", (lower("name" || E'\n' || COALESCE("merchant_name", '') || E'\n' || COALESCE("note", ''))) gin_trgm_ops)
    WHERE "removed_at" IS NULL;
