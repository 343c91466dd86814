import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import { recordAudit } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { type Money, toMoney } from '../lib/money.ts';
import { transactionJson } from '../transactions/present.ts';
import { findTransactions } from '../transactions/store.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom, integerField, parse } from '../web/parse.ts';
import { evaluateAlerts } from './evaluate-alerts.ts';
import { alertJson, muteJson, ruleJson } from './present.ts';
import { RULES, ruleOf } from './rules.ts';
import * as store from './store.ts';

const DAY_MS = 24 * 3_600_000;
const PER_PAGE_MAX = 200;
const PER_PAGE_STANDARD = 50;
const SNOOZE_DAYS_MAX = 365;

const nothing = z.strictObject({});
const listInput = z.strictObject({
  state: z.enum(store.ALERT_STATES, `must be one of ${store.ALERT_STATES.join(', ')}`).optional(),
  page: integerField(1, 1_000_000).optional(),
  per_page: integerField(1, PER_PAGE_MAX).optional(),
});
export const markInput = z
  .strictObject({
    read: z.boolean().optional(),
    snooze_days: z
      .number()
      .int('must be whole days')
      .min(1, `must be from 1 to ${SNOOZE_DAYS_MAX}`)
      .max(SNOOZE_DAYS_MAX, `must be from 1 to ${SNOOZE_DAYS_MAX}`)
      .nullable()
      .optional(),
    snoozed_until: z.iso.datetime({ offset: true, error: 'must be an instant like 2026-03-31T08:00:00Z' }).nullable().optional(),
    dismissed: z.boolean().optional(),
    /** Never this kind about this subject again. */
    never: z.literal(true, 'must be true').optional(),
  })
  .refine(({ snooze_days, snoozed_until }) => snooze_days === undefined || snoozed_until === undefined, {
    message: 'must not be given with snooze_days',
    path: ['snoozed_until'],
  });
const ruleInput = z.strictObject({
  enabled: z.boolean().optional(),
  parameters: z.record(z.string().max(40), z.number()).optional(),
});

/** Does with an alert what its owner says. @throws HttpError 404 when it is not theirs, 400 when nobody could be left alone for good */
export async function markAlert({ database, now }: Deps, userId: string, id: string, input: z.output<typeof markInput>): Promise<void> {
  const alert = await store.findAlert(database, userId, id);
  if (!alert) throw notFound();
  const at = now();
  const until = input.snooze_days
    ? new Date(at.getTime() + input.snooze_days * DAY_MS)
    : input.snoozed_until
      ? new Date(input.snoozed_until)
      : null;
  const isSnoozeSaid = input.snooze_days !== undefined || input.snoozed_until !== undefined;
  if (input.never) {
    if (alert.subject.id === '') {
      const message = 'is about nobody in particular: switch the rule off instead';
      throw new HttpError(400, 'invalid_input', `never: ${message}`, { fields: { never: message } });
    }
    await store.muteSubject(database, userId, alert, at);
    await recordAudit(database, userId, 'mute_alerts', { kind: alert.kind });
  }
  await store.markAlerts(
    database,
    userId,
    [id],
    { isRead: input.read, isDismissed: input.dismissed, ...(isSnoozeSaid ? { snoozedUntil: until } : {}) },
    at,
  );
}

/** Saves what a person changes of a rule, and judges anew. @throws HttpError 404 for a rule that is none, 400 for a threshold out of its bounds */
export async function changeRule(deps: Deps, userId: string, kind: string, input: z.output<typeof ruleInput>): Promise<void> {
  const rule = ruleOf(kind);
  if (!rule) throw notFound();
  const thresholds = new Map<string, Money>();
  for (const [name, value] of Object.entries(input.parameters ?? {})) {
    const parameter = Object.hasOwn(rule.parameters, name) ? rule.parameters[name] : undefined;
    const problem = !parameter
      ? 'is not known here'
      : value < parameter.min || value > parameter.max || toMoney(value).decimalPlaces() > 2
        ? `must be from ${parameter.min} to ${parameter.max}`
        : null;
    if (problem) throw new HttpError(400, 'invalid_input', `${name}: ${problem}`, { fields: { [name]: problem } });
    thresholds.set(name, toMoney(value));
  }
  await store.saveRuleSetting(deps.database, userId, kind, input.enabled, thresholds);
  await recordAudit(deps.database, userId, 'change_settings', { what: `alert ${kind}` });
  await evaluateAlerts(deps, userId);
}

/** A subject may be told of again. @throws HttpError 404 */
export async function unmute(deps: Deps, userId: string, id: string): Promise<void> {
  if (!(await store.deleteMute(deps.database, userId, id))) throw notFound();
  await evaluateAlerts(deps, userId);
}

/** /api/alerts, /api/alert-rules */
export function alertRoutes(deps: Deps): Router {
  const { database, now } = deps;
  const router = Router();
  const json = express.json({ limit: '4kb' });

  router.get('/alerts', async (request, response) => {
    const { state = 'open', page = 1, per_page = PER_PAGE_STANDARD } = parse(listInput, request.query);
    const user = userOf(request);
    const [alerts, counts] = await Promise.all([
      store.listAlerts(database, user.id, state, now(), { limit: per_page, offset: (page - 1) * per_page }),
      store.countAlerts(database, user.id, now()),
    ]);
    response.json({
      alerts: alerts.map(alertJson),
      counts,
      pagination: { page, per_page, total_pages: Math.ceil(counts[state] / per_page), total_items: counts[state] },
    });
  });

  router.post('/alerts/read-all', json, async (request, response) => {
    parse(nothing.default({}), request.body);
    await store.readAllAlerts(database, userOf(request).id, now());
    response.json({ success: true });
  });

  router.get('/alerts/:id', async (request, response) => {
    parse(nothing, request.query);
    const user = userOf(request);
    const alert = await store.findAlert(database, user.id, idFrom(request));
    if (!alert) throw notFound();
    const rows = await findTransactions(database, user.id, alert.evidence.transactionIds);
    response.json({ ...alertJson(alert), transactions: rows.map(transactionJson) });
  });

  router.patch('/alerts/:id', json, async (request, response) => {
    const [user, id] = [userOf(request), idFrom(request)];
    await markAlert(deps, user.id, id, parse(markInput, request.body));
    response.json({ success: true, alert: alertJson((await store.findAlert(database, user.id, id)) as store.Alert) });
  });

  router.get('/alert-rules', async (request, response) => {
    parse(nothing, request.query);
    const user = userOf(request);
    const [settings, mutes] = [await store.listRuleSettings(database.pool, user.id), await store.listMutes(database.pool, user.id)];
    response.json({ rules: RULES.map((rule) => ruleJson(rule, settings.get(rule.kind))), muted: mutes.map(muteJson) });
  });

  router.patch('/alert-rules/:kind', json, async (request, response) => {
    const user = userOf(request);
    const kind = String(request.params.kind);
    await changeRule(deps, user.id, kind, parse(ruleInput, request.body));
    const settings = await store.listRuleSettings(database.pool, user.id);
    response.json({ success: true, rule: ruleJson(ruleOf(kind) as NonNullable<ReturnType<typeof ruleOf>>, settings.get(kind)) });
  });

  router.delete('/alert-mutes/:id', async (request, response) => {
    await unmute(deps, userOf(request).id, idFrom(request));
    response.json({ success: true });
  });

  return router;
}
