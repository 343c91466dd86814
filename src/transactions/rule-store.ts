import type { Database, Queryable } from '../database/client.ts';
import { UNCLASSIFIED } from './classification-store.ts';
import { type Rule, ruleFor } from './rules.ts';
import { FIELDS, type Transaction, toTransaction } from './store.ts';

/** A person's rules in their order. */
export async function listRules(client: Queryable, userId: string): Promise<Rule[]> {
  const { rows } = await client.query(
    'SELECT id, match, merchant, category, cash_flow_type FROM classification_rules WHERE user_id = $1 ORDER BY position, created_at, id',
    [userId],
  );
  return rows.map((row) => ({
    id: row.id,
    match: row.match,
    merchant: row.merchant,
    category: row.category,
    cashFlowType: row.cash_flow_type,
  }));
}

export type NewRule = Omit<Rule, 'id'>;

/** Adds a rule before all others: what a person says last is what they want now. @returns its id. */
export async function addRule(client: Queryable, userId: string, rule: NewRule): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO classification_rules (user_id, position, match, merchant, category, cash_flow_type)
     VALUES ($1, (SELECT COALESCE(min(position), 1) - 1 FROM classification_rules WHERE user_id = $1), $2, $3, $4, $5) RETURNING id`,
    [userId, rule.match, rule.merchant, rule.category, rule.cashFlowType],
  );
  return (rows[0] as { id: string }).id;
}

export async function updateRule(client: Queryable, userId: string, id: string, rule: NewRule): Promise<void> {
  await client.query(
    `UPDATE classification_rules SET match = $3, merchant = $4, category = $5, cash_flow_type = $6, updated_at = now() WHERE user_id = $1 AND id = $2`,
    [userId, id, rule.match, rule.merchant, rule.category, rule.cashFlowType],
  );
}

/** Puts the rules in this order. */
export async function orderRules(client: Queryable, userId: string, ids: string[]): Promise<void> {
  await client.query(
    `UPDATE classification_rules SET position = ordered.position FROM unnest($2::uuid[]) WITH ORDINALITY AS ordered(id, position)
     WHERE classification_rules.id = ordered.id AND user_id = $1`,
    [userId, ids],
  );
}

export async function deleteRule(client: Queryable, userId: string, id: string): Promise<void> {
  await client.query('DELETE FROM classification_rules WHERE user_id = $1 AND id = $2', [userId, id]);
}

/** Which rows rules may concern: those that fall under one, and those whose merchant one of these fits. */
const CONCERNED = `user_id = $1 AND (rule_id IS NOT NULL OR EXISTS (
  SELECT FROM unnest($2::text[], $3::text[]) AS rule(match, merchant)
  WHERE CASE rule.match WHEN 'is' THEN lower(transactions.merchant) = lower(rule.merchant) ELSE position(lower(rule.merchant) IN lower(transactions.merchant)) > 0 END))`;

/**
 * Gives rows the rule that they fall under now. Only rows for which that changes are touched; they are left to be classified.
 * @param rules all of the person's, in their order, but for one that is about to be deleted.
 * @returns how many rows it touched.
 */
export async function applyRules(client: Queryable, userId: string, rules: Rule[]): Promise<number> {
  const { rows } = await client.query<{ merchant: string }>(`SELECT DISTINCT merchant FROM transactions WHERE ${CONCERNED}`, [
    userId,
    rules.map((rule) => rule.match),
    rules.map((rule) => rule.merchant),
  ]);
  const decided = rows.map(({ merchant }) => ({ merchant, rule: ruleFor(rules, merchant) }));
  const { rowCount } = await client.query(
    `UPDATE transactions SET rule_id = decided.rule_id, rule_category = decided.category, ${UNCLASSIFIED}, updated_at = now()
     FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS decided(merchant, rule_id, category, type)
     WHERE transactions.user_id = $1 AND transactions.merchant = decided.merchant
       AND ((transactions.rule_id, transactions.rule_category) IS DISTINCT FROM (decided.rule_id, decided.category)
         OR transactions.cash_flow_why = 'rule' AND transactions.cash_flow_type IS DISTINCT FROM decided.type
         OR transactions.cash_flow_why <> 'rule' AND transactions.cash_flow_why <> 'user' AND decided.type IS NOT NULL)`,
    [
      userId,
      decided.map(({ merchant }) => merchant),
      decided.map(({ rule }) => rule?.id ?? null),
      decided.map(({ rule }) => rule?.category ?? null),
      decided.map(({ rule }) => rule?.cashFlowType ?? null),
    ],
  );
  return rowCount ?? 0;
}

const PREVIEW_ROWS = 20;

/**
 * What a rule in front of the others would change: how many rows it fits, how many of them would get another category or type, and
 * the newest of those. What the person has decided for a single row stays.
 */
export async function previewRule(
  { pool }: Database,
  userId: string,
  rule: NewRule,
): Promise<{ matching: number; changing: number; sample: Transaction[] }> {
  const { rows: merchants } = await pool.query<{ merchant: string }>(
    `SELECT DISTINCT merchant FROM transactions WHERE user_id = $1 AND removed_at IS NULL AND
       CASE $2 WHEN 'is' THEN lower(merchant) = lower($3) ELSE position(lower($3) IN lower(merchant)) > 0 END`,
    [userId, rule.match, rule.merchant],
  );
  const parameters = [userId, merchants.map(({ merchant }) => merchant), rule.category, rule.cashFlowType];
  const fits = 'transactions.user_id = $1 AND removed_at IS NULL AND merchant = ANY($2::text[])';
  const changes = `($3::text IS NOT NULL AND transactions.custom_category IS NULL AND effective_category <> $3
    OR $4::text IS NOT NULL AND custom_cash_flow_type IS NULL AND cash_flow_type IS DISTINCT FROM $4)`;
  const { rows: counts } = await pool.query<{ matching: number; changing: number }>(
    `SELECT count(*)::int AS matching, count(*) FILTER (WHERE ${changes})::int AS changing FROM transactions WHERE ${fits}`,
    parameters,
  );
  const { rows } = await pool.query(
    `SELECT ${FIELDS} FROM transactions JOIN accounts ON accounts.id = transactions.account_id
     WHERE ${fits} AND ${changes} ORDER BY transactions.date DESC, transactions.id DESC LIMIT ${PREVIEW_ROWS}`,
    parameters,
  );
  return { ...(counts[0] as { matching: number; changing: number }), sample: rows.map(toTransaction) };
}
