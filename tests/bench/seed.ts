// People with long histories, written straight into the tables: as many rows a month for everybody, so that only the history differs.
import type { Queryable } from '../../src/database/client.ts';

/** 10,000 rows are a year, 100,000 ten years, a million a century. */
const ROWS_A_DAY = 10_000 / 365;

/** Gives a person a bank, four accounts and some transactions up to a day; then figures can be asked for. */
export async function seedTransactions(client: Queryable, userId: string, rows: number, today: string): Promise<void> {
  await client.query(
    `WITH item AS (
       INSERT INTO plaid_items (user_id, item_id, access_token, institution_name, status, last_synced_at)
       VALUES ($1::uuid, 'bench-' || $1::uuid, 'v1.a.b.c.d', 'Bench Bank', 'active', now()) RETURNING id)
     INSERT INTO accounts (plaid_item_id, user_id, account_id, name, type, subtype, balance_current, iso_currency_code, is_asset, is_liquid, include_in_net_worth)
     SELECT item.id, $1::uuid, 'bench-' || $1::uuid || '-' || n, 'Account ' || n, type, subtype, 5000, 'USD', type <> 'credit', type = 'depository', true
     FROM item, (VALUES (0, 'depository', 'checking'), (1, 'depository', 'savings'), (2, 'credit', 'credit card'), (3, 'credit', 'credit card')) AS account(n, type, subtype)`,
    [userId],
  );
  await client.query(
    `INSERT INTO transactions (user_id, account_id, transaction_id, amount, iso_currency_code, date, name, merchant_name, personal_finance_category_primary,
       personal_finance_category_detailed, cash_flow_type, cash_flow_why, cash_flow_confidence, cash_flow_amount, counterparties)
     SELECT $1::uuid, account.id, 'bench-' || $1::uuid || '-' || n, amount, 'USD', $3::date - floor(n / ${ROWS_A_DAY})::int, upper(merchant) || ' #' || n, merchant, category,
       category || '_GENERAL', type, 'category', 0.95, CASE type WHEN 'income' THEN -amount ELSE amount END, '[{"name": "Bench", "type": "merchant"}]'
     FROM (
       SELECT n, 'Merchant ' || (n * 7919) % 400 AS merchant,
         CASE WHEN n % 40 = 0 THEN -round(1500 + (n % 997)::numeric / 7, 2) ELSE round(1 + (n * 7919 % 20000)::numeric / 100, 2) END AS amount,
         CASE WHEN n % 40 = 0 THEN 'income' WHEN n % 11 = 0 THEN 'transfer' ELSE 'expense' END AS type,
         CASE WHEN n % 40 = 0 THEN 'INCOME' WHEN n % 11 = 0 THEN 'TRANSFER_OUT'
           ELSE (ARRAY['FOOD_AND_DRINK', 'GENERAL_MERCHANDISE', 'TRANSPORTATION', 'TRAVEL', 'MEDICAL', 'ENTERTAINMENT', 'PERSONAL_CARE', 'GENERAL_SERVICES'])[(1 + n % 8)::int] END AS category
       FROM generate_series(0::bigint, $2::bigint - 1) AS n) AS row
     JOIN (SELECT id, row_number() OVER (ORDER BY account_id) - 1 AS index FROM accounts WHERE user_id = $1::uuid) AS account ON account.index = row.n % 4`,
    [userId, rows, today],
  );
}

/** Many people with little each, so that the tables are large around those who are measured. */
export async function seedCrowd(client: Queryable, people: number, rowsEach: number, today: string): Promise<void> {
  const { rows: users } = await client.query<{ id: string }>(
    `INSERT INTO users (email) SELECT 'crowd-' || n || '@example.org' FROM generate_series(1, $1::int) AS n RETURNING id`,
    [people],
  );
  for (const { id } of users) await seedTransactions(client, id, rowsEach, today);
}
