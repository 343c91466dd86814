import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { moneyOut } from '../lib/money.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom, integerField, parse, textField } from '../web/parse.ts';
import { CASH_FLOW_TYPES } from './classify.ts';
import { changeTransactions } from './classify-transactions.ts';
import { transactionJson } from './present.ts';
import * as ruleStore from './rule-store.ts';
import { RULE_MATCHES, type Rule } from './rules.ts';
import { type Decision, decideTransfer, listTransfers, TRANSFER_STATUSES, type Transfer } from './transfer-store.ts';

const PER_PAGE = 50;
const PAGE_MAX = 100_000;
export const RULES_MAX = 500;
const MERCHANT_LENGTH_MAX = 120;
const CATEGORY_LENGTH_MAX = 100;

const transfersQuery = z.strictObject({
  status: z.enum(TRANSFER_STATUSES, `must be one of ${TRANSFER_STATUSES.join(', ')}`).default('suggested'),
  page: integerField(1, PAGE_MAX).default(1),
});
const effects = {
  category: textField(CATEGORY_LENGTH_MAX).min(1, 'must not be empty').nullable().optional(),
  cash_flow_type: z
    .enum(CASH_FLOW_TYPES, `must be one of ${CASH_FLOW_TYPES.join(', ')}`)
    .nullable()
    .optional(),
};
const merchant = textField(MERCHANT_LENGTH_MAX).min(1, 'must not be empty');
const match = z.enum(RULE_MATCHES, `must be one of ${RULE_MATCHES.join(', ')}`);
const NO_EFFECT = { message: 'a rule sets a category, a type, or both', path: ['category'] };
const newRule = z
  .strictObject({ match: match.default('is'), merchant, ...effects })
  .refine((rule) => Boolean(rule.category ?? rule.cash_flow_type), NO_EFFECT)
  .transform((rule) => ({
    match: rule.match,
    merchant: rule.merchant,
    category: rule.category ?? null,
    cashFlowType: rule.cash_flow_type ?? null,
  }));
const ruleEdit = z.strictObject({
  match: match.optional(),
  merchant: merchant.optional(),
  ...effects,
  position: z.int('must be a whole number').min(0, 'must not be negative').max(RULES_MAX).optional(),
});

const transferJson = ({ amount, ...transfer }: Transfer) => {
  const leg = (row: Transfer['outflow']) => ({
    id: row.id,
    account_id: row.accountId,
    account_name: row.accountName,
    date: row.date,
    name: row.name,
    merchant: row.merchant,
    category: row.category,
  });
  return { ...transfer, amount: moneyOut(amount), outflow: leg(transfer.outflow), inflow: leg(transfer.inflow) };
};

const ruleJson = (rule: Rule, position: number) => ({
  id: rule.id,
  position,
  match: rule.match,
  merchant: rule.merchant,
  category: rule.category,
  cash_flow_type: rule.cashFlowType,
});

/** Stores a decision about a pair. @throws HttpError 404, or 409 when a leg is in another pair */
export async function decide({ database, refreshFigures }: Deps, userId: string, id: string, decision: Decision): Promise<void> {
  let outcome = 'not_found' as Awaited<ReturnType<typeof decideTransfer>>;
  await changeTransactions(database, userId, async (client) => {
    outcome = await decideTransfer(client, userId, id, decision);
    return outcome === 'done';
  });
  if (outcome === 'not_found') throw notFound();
  if (outcome === 'in_another_pair') throw new HttpError(409, 'in_another_pair', 'One of the two is part of another transfer.');
  await refreshFigures(userId);
}

/** Changes rules and what falls under them, in one database transaction. @returns how many rows that concerned */
async function changeRules(
  { database, refreshFigures }: Deps,
  userId: string,
  change: (client: Parameters<Parameters<typeof changeTransactions>[2]>[0], rules: Rule[]) => Promise<boolean>,
): Promise<number> {
  let changed = 0;
  const isDone = await changeTransactions(database, userId, async (client) => {
    const rules = await ruleStore.listRules(client, userId);
    if (!(await change(client, rules))) return false;
    changed = await ruleStore.applyRules(client, userId, await ruleStore.listRules(client, userId));
    return true;
  });
  if (!isDone) throw notFound();
  await refreshFigures(userId);
  return changed;
}

/** Adds a rule in front of the others. @throws HttpError 409 when there are too many */
export async function createRule(deps: Deps, userId: string, rule: ruleStore.NewRule): Promise<{ id: string; changed: number }> {
  let id = '';
  const changed = await changeRules(deps, userId, async (client, rules) => {
    if (rules.length >= RULES_MAX) throw new HttpError(409, 'too_many_rules', `There can be ${RULES_MAX} rules at most.`);
    id = await ruleStore.addRule(client, userId, rule);
    return true;
  });
  return { id, changed };
}

/** Takes a rule back: its rows are what they would be without it. @returns how many that were @throws HttpError 404 */
export async function removeRule(deps: Deps, userId: string, id: string): Promise<number> {
  let touched = 0;
  await changeRules(deps, userId, async (client, rules) => {
    if (!rules.some((rule) => rule.id === id)) return false;
    touched = await ruleStore.applyRules(
      client,
      userId,
      rules.filter((rule) => rule.id !== id),
    );
    await ruleStore.deleteRule(client, userId, id);
    return true;
  });
  return touched;
}

/** /api/dashboard/transfers and /api/dashboard/rules: what is a transfer, and what a person wants of a merchant's transactions. */
export function reviewRoutes(deps: Deps): Router {
  const { database } = deps;
  const router = Router();
  const rulesOf = async (request: Request) => (await ruleStore.listRules(database.pool, userOf(request).id)).map(ruleJson);

  router.get('/transfers', async (request, response) => {
    const { status, page } = parse(transfersQuery, request.query);
    const { transfers, count } = await listTransfers(database, userOf(request).id, status, {
      limit: PER_PAGE,
      offset: (page - 1) * PER_PAGE,
    });
    response.json({
      transfers: transfers.map(transferJson),
      pagination: { page, per_page: PER_PAGE, total_pages: Math.ceil(count / PER_PAGE), total_items: count },
    });
  });

  router.post('/transfers/:id/accept', async (request, response) => {
    await decide(deps, userOf(request).id, idFrom(request), 'confirmed');
    response.json({ success: true });
  });

  router.post('/transfers/:id/reject', async (request, response) => {
    await decide(deps, userOf(request).id, idFrom(request), 'rejected');
    response.json({ success: true });
  });

  router.get('/rules', async (request, response) => {
    response.json({ rules: await rulesOf(request) });
  });

  router.post('/rules', express.json(), async (request, response) => {
    const { id, changed } = await createRule(deps, userOf(request).id, parse(newRule, request.body));
    const rules = await rulesOf(request);
    response.status(201).json({ success: true, rule: rules.find((rule) => rule.id === id), changed });
  });

  router.post('/rules/preview', express.json(), async (request, response) => {
    const { matching, changing, sample } = await ruleStore.previewRule(database, userOf(request).id, parse(newRule, request.body));
    response.json({ matching, changing, transactions: sample.map(transactionJson) });
  });

  router.patch('/rules/:id', express.json(), async (request, response) => {
    const id = idFrom(request);
    const input = parse(ruleEdit, request.body);
    const userId = userOf(request).id;
    const changed = await changeRules(deps, userId, async (client, rules) => {
      const known = rules.find((rule) => rule.id === id);
      if (!known) return false;
      const category = input.category === undefined ? known.category : input.category;
      const cashFlowType = input.cash_flow_type === undefined ? known.cashFlowType : input.cash_flow_type;
      if (category === null && cashFlowType === null)
        throw new HttpError(400, 'invalid_input', `category: ${NO_EFFECT.message}`, { fields: { category: NO_EFFECT.message } });
      await ruleStore.updateRule(client, userId, id, {
        match: input.match ?? known.match,
        merchant: input.merchant ?? known.merchant,
        category,
        cashFlowType,
      });
      if (input.position !== undefined) {
        const ids = rules.map((rule) => rule.id).filter((other) => other !== id);
        ids.splice(input.position, 0, id);
        await ruleStore.orderRules(client, userId, ids);
      }
      return true;
    });
    const rules = await rulesOf(request);
    response.json({ success: true, rule: rules.find((rule) => rule.id === id), changed });
  });

  router.delete('/rules/:id', async (request, response) => {
    response.json({ success: true, changed: await removeRule(deps, userOf(request).id, idFrom(request)) });
  });

  return router;
}
