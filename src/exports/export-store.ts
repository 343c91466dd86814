import type { QueryResult, QueryResultRow } from 'pg';
import type { Database } from '../database/client.ts';

const BATCH_ROWS = 1_000;

/** What belongs to a person, by name. Access tokens, cursors and signing secrets are nobody's data. */
const PARTS = {
  profile: `SELECT id, email, name, time_zone, base_currency, net_worth_goal, created_at FROM users WHERE id = $1`,
  exchange_rates: `SELECT * FROM exchange_rates WHERE user_id = $1 ORDER BY effective_on`,
  institutions: `SELECT id, institution_id, institution_name, status, last_synced_at, created_at FROM plaid_items WHERE user_id = $1 ORDER BY created_at`,
  accounts: `SELECT * FROM accounts WHERE user_id = $1 ORDER BY created_at`,
  different_accounts: `SELECT * FROM different_accounts WHERE user_id = $1`,
  classification_rules: `SELECT * FROM classification_rules WHERE user_id = $1 ORDER BY position`,
  recurring: `SELECT * FROM recurring_transactions WHERE user_id = $1`,
  transactions: `SELECT * FROM transactions WHERE user_id = $1 ORDER BY date, id`,
  transfer_matches: `SELECT * FROM transfer_matches WHERE user_id = $1`,
  securities: `SELECT * FROM securities WHERE id IN (SELECT security_id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1)`,
  security_prices: `SELECT * FROM security_prices
    WHERE security_id IN (SELECT security_id FROM holdings WHERE user_id = $1 UNION SELECT security_id FROM investment_transactions WHERE user_id = $1) ORDER BY price_date`,
  holdings: `SELECT * FROM holdings WHERE user_id = $1`,
  investment_transactions: `SELECT * FROM investment_transactions WHERE user_id = $1 ORDER BY date, id`,
  liabilities: `SELECT * FROM liabilities WHERE user_id = $1`,
  balance_snapshots: `SELECT * FROM balance_snapshots WHERE user_id = $1 ORDER BY snapshot_date`,
  net_worth_snapshots: `SELECT * FROM net_worth_snapshots WHERE user_id = $1 ORDER BY snapshot_date`,
  alert_rules: `SELECT * FROM alert_rules WHERE user_id = $1`,
  alert_mutes: `SELECT * FROM alert_mutes WHERE user_id = $1`,
  alerts: `SELECT * FROM alerts WHERE user_id = $1 ORDER BY raised_at`,
  notification_settings: `SELECT urgent_email, digest, digest_hour, digest_weekday, quiet_from, quiet_until, report_email, webhook_url, ntfy_url FROM notification_settings WHERE user_id = $1`,
  messages: `SELECT channel, kind, subject, status, created_at, settled_at FROM deliveries WHERE user_id = $1 ORDER BY created_at`,
  reports: `SELECT * FROM reports WHERE user_id = $1 ORDER BY period_end`,
  log: `SELECT action, detail, occurred_at FROM audit_events WHERE user_id = $1 ORDER BY occurred_at`,
} as const;
export type PartName = keyof typeof PARTS;
export const PART_NAMES: ReadonlySet<string> = new Set(Object.keys(PARTS));

/** Beside the parts stands which columns each of them has. */
export const COLUMNS_PART = 'columns';

/** What a spreadsheet gets: the columns that a person can read. */
const SHEETS: Record<string, string> = {
  accounts: `SELECT accounts.name, institution_name AS institution, mask, type, subtype, balance_current, balance_available, balance_limit, accounts.currency,
    is_asset, include_in_net_worth, is_active, accounts.id FROM accounts JOIN plaid_items ON plaid_items.id = plaid_item_id WHERE accounts.user_id = $1 ORDER BY accounts.created_at`,
  transactions: `SELECT date, transactions.name, merchant_name, amount, transactions.currency, effective_category AS category, cash_flow_type AS type, cash_flow_why AS why,
    accounts.name AS account, pending, note, transactions.id, transactions.account_id FROM transactions JOIN accounts ON accounts.id = transactions.account_id
    WHERE transactions.user_id = $1 AND removed_at IS NULL ORDER BY date, transactions.id`,
  recurring: `SELECT COALESCE(custom_name, merchant_name, description) AS merchant, frequency, is_income, last_amount, average_amount, currency, category, status, first_date, last_date,
    next_expected_date, id FROM recurring_transactions WHERE user_id = $1`,
  holdings: `SELECT ticker_symbol AS ticker, securities.name, accounts.name AS account, quantity, institution_price AS price, institution_value AS value, cost_basis, holdings.currency
    FROM holdings JOIN securities ON securities.id = holdings.security_id JOIN accounts ON accounts.id = holdings.account_id WHERE holdings.user_id = $1`,
  investment_transactions: `SELECT date, activity.name, activity.type, activity.subtype, ticker_symbol AS ticker, quantity, price, amount, fees, activity.currency, accounts.name AS account, activity.id
    FROM investment_transactions AS activity JOIN accounts ON accounts.id = activity.account_id LEFT JOIN securities ON securities.id = activity.security_id WHERE activity.user_id = $1 ORDER BY date, activity.id`,
  balances: `SELECT snapshot_date AS date, accounts.name AS account, snapshot.balance_current, snapshot.balance_available, is_carried AS carried, snapshot.account_id
    FROM balance_snapshots AS snapshot JOIN accounts ON accounts.id = snapshot.account_id WHERE snapshot.user_id = $1 ORDER BY snapshot_date, accounts.name`,
  net_worth: `SELECT snapshot_date AS date, net_worth, total_assets, total_liabilities, liquid_assets, investment_assets, other_assets, credit_card_debt, loan_debt, mortgage_debt
    FROM net_worth_snapshots WHERE user_id = $1 ORDER BY snapshot_date`,
};

/** A person's data as they were at one moment, read piece by piece. It has to be closed. */
export interface Snapshot {
  /** Everything as one JSON object of lists, a row a line; amounts keep all their digits. */
  json: (exportedAt: Date) => AsyncGenerator<string>;
  sheets: string[];
  /** The rows of a sheet, after the names of its columns; numbers as text. */
  sheet: (name: string) => AsyncGenerator<(string | null)[]>;
  close: () => Promise<void>;
}

/** What sheets show of a value. */
const cellOf = (value: unknown): string | null =>
  value === null ? null : value instanceof Date ? value.toISOString() : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);

export async function openSnapshot({ snapshots }: Pick<Database, 'snapshots'>, userId: string): Promise<Snapshot> {
  const client = await snapshots.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  } catch (error) {
    client.release(true);
    throw error;
  }
  let isClosed = false;
  const reader: Reader = {
    userId,
    query: async (text, values) => {
      // After its end the connection is somebody else's.
      if (isClosed) throw new Error('The snapshot is closed.');
      return client.query(text, values);
    },
  };
  return {
    json: (exportedAt) => jsonOf(reader, exportedAt),
    sheets: Object.keys(SHEETS),
    sheet: (name) => sheetOf(reader, SHEETS[name] as string),
    close: async () => {
      isClosed = true;
      // What was not read to its end leaves the connection in the middle of something.
      const isWhole = await client.query('COMMIT').then(
        () => true,
        () => false,
      );
      client.release(!isWhole);
    },
  };
}

/** Who reads, and how. */
interface Reader {
  userId: string;
  query: <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<QueryResult<Row>>;
}

/** Rows a batch at a time; while one is made use of the database works on the next. */
async function* batches<Row extends QueryResultRow>({ query, userId }: Reader, select: string) {
  await query(`DECLARE part NO SCROLL CURSOR FOR ${select}`, [userId]);
  const fetch = () => {
    const coming = query<Row>(`FETCH ${BATCH_ROWS} FROM part`);
    // Who stops reading never asks how it went.
    coming.catch(() => undefined);
    return coming;
  };
  let coming = fetch();
  for (let isFirst = true; ; isFirst = false) {
    const batch = await coming;
    const isLast = batch.rows.length < BATCH_ROWS;
    if (!isLast) coming = fetch();
    if (batch.rows.length > 0 || isFirst) yield batch;
    if (isLast) break;
  }
  await query('CLOSE part');
}

async function* jsonOf(reader: Reader, exportedAt: Date): AsyncGenerator<string> {
  yield `{"exported_at":${JSON.stringify(exportedAt.toISOString())}`;
  const columns: Record<string, string[]> = {};
  for (const [name, query] of Object.entries(PARTS)) {
    const { fields } = await reader.query(`SELECT * FROM (${query}) AS mine LIMIT 0`, [reader.userId]);
    columns[name] = fields.map((field) => field.name);
  }
  yield `,\n"${COLUMNS_PART}":${JSON.stringify(columns)}`;
  for (const [name, query] of Object.entries(PARTS)) {
    yield `,\n"${name}":[`;
    let separator = '\n';
    for await (const { rows } of batches<{ text: string }>(reader, `SELECT row_to_json(mine)::text AS text FROM (${query}) AS mine`)) {
      if (rows.length > 0) yield separator + rows.map(({ text }) => text).join(',\n');
      separator = ',\n';
    }
    yield ']';
  }
  yield '}\n';
}

async function* sheetOf(reader: Reader, query: string): AsyncGenerator<(string | null)[]> {
  let isFirst = true;
  for await (const { rows, fields } of batches<Record<string, unknown>>(reader, query)) {
    if (isFirst) yield fields.map(({ name }) => name);
    isFirst = false;
    for (const row of rows) yield fields.map(({ name }) => cellOf(row[name]));
  }
}
