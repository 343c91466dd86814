-- Numbers of other people's accounts are nothing to keep.
UPDATE "transactions" SET "counterparties" = (SELECT jsonb_agg("counterparty" - 'account_numbers') FROM jsonb_array_elements("counterparties") AS "counterparty")
WHERE jsonb_typeof("counterparties") = 'array' AND "counterparties" @? '$[*].account_numbers';
