import type { Database } from '../../src/database/client.ts';

/** Names as nobody would choose them, and as somebody has. */
const NAMES = [
  'A'.repeat(90),
  'Sparkasse Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  '<script>alert("x")</script><img src=x onerror=alert(1)>',
  'شركة المدفوعات الإلكترونية المحدودة للتجارة',
  '👨‍👩‍👧‍👦🏳️‍🌈 Emoji 🧾 & Söhne "GmbH" — ‮reversed',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a name that looks like a template
  '{{constructor}} <%= 7 * 7 %> ${7*7}',
];
const name = (index: number) => NAMES[index % NAMES.length] as string;

/** Fills a person's tables with strange names and very large amounts, as a bank might send them. */
export async function fillHostileHousehold({ pool }: Database, userId: string, today: string): Promise<void> {
  await pool.query('UPDATE users SET name = $2, net_worth_goal = 999999999999.99 WHERE id = $1', [userId, name(2)]);
  const { rows: items } = await pool.query<{ id: string }>(
    `INSERT INTO plaid_items (user_id, item_id, access_token, institution_name, status, last_synced_at, error_code, error_message, error_since)
     SELECT $1::uuid, 'hostile-' || $1::uuid || n, 'v1.a.b.c.d', name, CASE n WHEN 2 THEN 'error' ELSE 'active' END, now(),
       CASE n WHEN 2 THEN 'ITEM_LOGIN_REQUIRED' END, CASE n WHEN 2 THEN name || ' asks you to sign in again.' END, CASE n WHEN 2 THEN now() END
     FROM unnest($2::text[]) WITH ORDINALITY AS bank(name, n) RETURNING id`,
    [userId, NAMES.slice(0, 4)],
  );
  const account = async (index: number, type: string, subtype: string, balance: string, currency: string) =>
    (
      await pool.query<{ id: string }>(
        `INSERT INTO accounts (plaid_item_id, user_id, account_id, name, mask, type, subtype, balance_current, iso_currency_code, is_asset, is_liquid, include_in_net_worth)
         VALUES ($1, $2, $3, $4, '0000', $5, $6, $7, $8, $9, $10, true) RETURNING id`,
        [
          (items[index % items.length] as { id: string }).id,
          userId,
          `hostile-${userId}-${index}`,
          name(index),
          type,
          subtype,
          balance,
          currency,
          !['credit', 'loan'].includes(type),
          type === 'depository',
        ],
      )
    ).rows[0]?.id as string;
  const checking = await account(0, 'depository', 'checking', '999999999999.99', 'USD');
  await account(1, 'depository', 'savings', '-123456789012.34', 'USD');
  const card = await account(2, 'credit', 'credit card', '888888888888.88', 'USD');
  await account(3, 'loan', 'mortgage', '777777777777.77', 'USD');
  await account(4, 'depository', 'checking', '555555555555.55', 'EUR');
  const broker = await account(5, 'investment', 'brokerage', '666666666666.66', 'USD');
  // Months of rows, so that everything is there to be shown: streams, categories, merchants, days.
  await pool.query(
    `INSERT INTO transactions (user_id, account_id, transaction_id, amount, iso_currency_code, date, name, merchant_name, personal_finance_category_primary,
       personal_finance_category_detailed, note, pending, counterparties)
     SELECT $1::uuid, CASE WHEN n % 3 = 0 THEN $3::uuid ELSE $2::uuid END, 'hostile-' || $1::uuid || n,
       CASE WHEN n % 7 = 0 THEN -987654321098.76 ELSE 123456789012.34 + n * 1000000 END, 'USD', $5::date - n * 2, names[1 + n % 6], names[1 + n % 6],
       (ARRAY['FOOD_AND_DRINK', 'TRAVEL', 'INCOME', 'TRANSFER_OUT', 'MEDICAL', 'GENERAL_MERCHANDISE', 'ENTERTAINMENT'])[1 + n % 7], NULL,
       CASE WHEN n % 5 = 0 THEN repeat(names[1 + n % 6], 4) END, n < 2, '[]'
     FROM generate_series(0, 240) AS n, (SELECT $4::text[] AS names) AS given`,
    [userId, checking, card, NAMES, today],
  );
  // Two own categories, as a person types them.
  await pool.query(
    `UPDATE transactions SET custom_category = $2 WHERE user_id = $1 AND id IN (SELECT id FROM transactions WHERE user_id = $1 ORDER BY date DESC LIMIT 9)`,
    [userId, NAMES[0]],
  );
  for (const [index, security] of NAMES.entries()) {
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO securities (security_id, ticker_symbol, name, type, sector, close_price, close_price_as_of, iso_currency_code)
       VALUES ($1, $2, $3, 'equity', $3, 98765432.12345, $4, 'USD') RETURNING id`,
      [`hostile-${userId}-${index}`, index % 2 === 0 ? `TICKER${index}LONGER` : null, security, today],
    );
    await pool.query(
      `INSERT INTO holdings (account_id, user_id, security_id, quantity, institution_price, institution_price_as_of, institution_value, cost_basis, iso_currency_code, last_updated)
       VALUES ($1, $2, $3, 1234.567891, 98765432.12345, $4, 121932631112.63, 100000000000.01, 'USD', now())`,
      [broker, userId, rows[0]?.id, today],
    );
    await pool.query(
      `INSERT INTO investment_transactions (account_id, user_id, security_id, investment_transaction_id, date, name, type, subtype, quantity, price, amount, fees, iso_currency_code)
       VALUES ($1, $2, $3, $4, $5::date - 30 * $6::int, $7, 'buy', 'buy', 1234.567891, 98765432.12345, 121932631112.63, 0, 'USD')`,
      [broker, userId, rows[0]?.id, `hostile-${userId}-${index}`, today, index + 1, security],
    );
  }
}
