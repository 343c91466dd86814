import type { Database } from '../database/client.ts';

const BATCH_ROWS = 1_000;

/** What belongs to a person, by table. Access tokens and cursors are secrets between us and Plaid: they are nobody's data. */
const PARTS: Record<string, string> = {
  profile: `SELECT id, email, name, time_zone, base_currency, net_worth_goal, created_at FROM users WHERE id = $1`,
  exchange_rates: `SELECT * FROM exchange_rates WHERE user_id = $1 ORDER BY effective_on`,
  institutions: `SELECT id, institution_id, institution_name, status, last_synced_at, created_at FROM plaid_items WHERE user_id = $1 ORDER BY created_at`,
  accounts: `SELECT * FROM accounts WHERE user_id = $1 ORDER BY created_at`,
  transactions: `SELECT * FROM transactions WHERE user_id = $1 ORDER BY date, id`,
  transfer_matches: `SELECT * FROM transfer_matches WHERE user_id = $1`,
  classification_rules: `SELECT * FROM classification_rules WHERE user_id = $1 ORDER BY position`,
  recurring: `SELECT * FROM recurring_transactions WHERE user_id = $1`,
  securities: `SELECT * FROM securities WHERE id IN (SELECT security_id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1)`,
  holdings: `SELECT * FROM holdings WHERE user_id = $1`,
  investment_transactions: `SELECT * FROM investment_transactions WHERE user_id = $1 ORDER BY date, id`,
  liabilities: `SELECT * FROM liabilities WHERE user_id = $1`,
  balance_snapshots: `SELECT * FROM balance_snapshots WHERE user_id = $1 ORDER BY snapshot_date`,
  net_worth_snapshots: `SELECT * FROM net_worth_snapshots WHERE user_id = $1 ORDER BY snapshot_date`,
  alerts: `SELECT * FROM alerts WHERE user_id = $1`,
  log: `SELECT action, detail, occurred_at FROM audit_events WHERE user_id = $1 ORDER BY occurred_at`,
};

/**
 * Everything that belongs to a person as one JSON object of lists, piece by piece, as it was at one moment. Amounts keep all their
 * digits. A reader who stops reading ends it.
 */
export async function* streamExport({ pool }: Database, userId: string, exportedAt: Date): AsyncGenerator<string> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield `{"exported_at":${JSON.stringify(exportedAt.toISOString())}`;
    for (const [name, query] of Object.entries(PARTS)) {
      yield `,\n"${name}":[`;
      await client.query(`DECLARE part NO SCROLL CURSOR FOR SELECT row_to_json(mine)::text AS text FROM (${query}) AS mine`, [userId]);
      for (let separator = '\n'; ; separator = ',\n') {
        const { rows } = await client.query<{ text: string }>(`FETCH ${BATCH_ROWS} FROM part`);
        if (rows.length === 0) break;
        yield separator + rows.map(({ text }) => text).join(',\n');
      }
      await client.query('CLOSE part');
      yield ']';
    }
    await client.query('COMMIT');
    broken = false;
    yield '}\n';
  } finally {
    client.release(broken);
  }
}
