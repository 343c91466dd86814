import express, { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { groupBy } from '../lib/group.ts';
import { toMoney } from '../lib/money.ts';
import { findTransactions, type Transaction } from '../transactions/store.ts';
import { HttpError } from '../web/errors.ts';
import { localPath } from '../web/local-path.ts';
import { integerField, parse } from '../web/parse.ts';
import { IMPORTANCE } from './compose.ts';
import { ruleJson } from './present.ts';
import { changeRule, markAlert, unmute } from './routes.ts';
import { type Rule, SEVERITIES, type Severity } from './rule.ts';
import { RULES, ruleOf } from './rules.ts';
import * as store from './store.ts';

const PAGE_ROWS = 30;
const FORM_BYTES_MAX = '4kb';
const SNOOZES = [
  [1, 'a day'],
  [7, 'a week'],
  [30, 'a month'],
] as const;

const SECTIONS: [group: Rule['group'], title: string][] = [
  ['cash', 'Cash'],
  ['debts', 'Bills and debts'],
  ['banks', 'Banks'],
  ['spending', 'Spending'],
  ['recurring', 'Recurring'],
  ['wealth', 'Net worth and investments'],
];
const UNITS = { money: '', percent: '%', days: 'days', months: 'months' };

/** What an alert looks like: an icon, and whether it is a warning. */
const LOOKS: Record<Severity, { icon: string; tone: 'warn' | 'plain' }> = {
  urgent: { icon: 'triangle-alert', tone: 'warn' },
  warning: { icon: 'circle-alert', tone: 'warn' },
  info: { icon: 'lightbulb', tone: 'plain' },
};

const pageQuery = z.object({
  state: z.enum([...store.ALERT_STATES, 'rules']).catch('open'),
  page: integerField(1, 1_000_000).catch(1),
  show: z.uuid().optional().catch(undefined),
});

const id = z.uuid('is not one of yours');
const back = z.string().max(500).optional();
const form = z.discriminatedUnion('act', [
  z.object({
    act: z.enum(['read', 'unread', 'snooze', 'wake', 'dismiss', 'restore', 'never']),
    id,
    back,
    days: integerField(1, 365).optional(),
  }),
  z.object({ act: z.literal('read_all'), back }),
  z.object({ act: z.literal('unmute'), id, back }),
  z.looseObject({ act: z.literal('rule'), kind: z.string().max(60), enabled: z.literal('on').optional() }),
]);
type Form = z.output<typeof form>;

/** How many alerts have not been read, for the navigation of every page. */
export function alertBadge({ database, now }: Deps): RequestHandler {
  return async (request, response, next) => {
    const { unread } = await store.countAlerts(database, userOf(request).id, now());
    response.locals.unreadAlerts = unread;
    next();
  };
}

/** An alert as pages show it, with the rows behind it. */
export const alertCard = (alert: store.Alert, rows: Transaction[]) => ({
  ...alert,
  ...LOOKS[alert.severity],
  ruleTitle: ruleOf(alert.kind)?.title ?? alert.kind,
  rows: rows.filter((row) => alert.evidence.transactionIds.includes(row.id)),
});

/** The page of what deserves attention: why, what to do with it, and the rules it comes from. Its forms work without scripts. */
export function alertPages(deps: Deps): Router {
  const { database, now } = deps;
  const router = Router();

  router.get('/alerts', async (request, response) => {
    const user = userOf(request);
    const { state, page, show } = parse(pageQuery, request.query);
    const [counts, shown] = await Promise.all([
      store.countAlerts(database, user.id, now()),
      show ? store.findAlert(database, user.id, show) : null,
    ]);
    const common = { title: 'Alerts', path: '/alerts', user, now: now(), counts, state, currency: user.baseCurrency };
    if (state === 'rules') {
      const [settings, mutes] = [await store.listRuleSettings(database.pool, user.id), await store.listMutes(database.pool, user.id)];
      const sections = SECTIONS.map(([group, title]) => ({
        title,
        rules: RULES.filter((rule) => rule.group === group).map((rule) => ruleJson(rule, settings.get(rule.kind))),
      }));
      const muted = mutes.map((mute) => ({ ...mute, ruleTitle: ruleOf(mute.kind)?.title ?? mute.kind }));
      return response.render('alerts/rules', {
        ...common,
        sections,
        muted,
        units: UNITS,
        saved: request.query.saved,
        refused: request.query.refused,
      });
    }
    const listed = await store.listAlerts(database, user.id, state, now(), { limit: PAGE_ROWS, offset: (page - 1) * PAGE_ROWS });
    const alerts = shown ? [shown, ...listed.filter((alert) => alert.id !== shown.id)] : listed;
    const rows = await findTransactions(
      database,
      user.id,
      alerts.flatMap((alert) => alert.evidence.transactionIds),
    );
    const cards = alerts.map((alert) => alertCard(alert, rows));
    const bySeverity = groupBy(
      cards.filter(({ id }) => id !== show),
      ({ severity }) => severity,
    );
    const pages = Math.ceil(counts[state] / PAGE_ROWS);
    const link = (to: number) => `/alerts?${new URLSearchParams({ state, page: String(to) })}`;
    response.render('alerts/index', {
      ...common,
      here: request.originalUrl,
      shown: cards.find(({ id }) => id === show) ?? null,
      groups:
        state === 'past'
          ? [{ id: 'past', title: 'Over, or dismissed', cards: cards.filter(({ id }) => id !== show) }]
          : SEVERITIES.flatMap((severity) => {
              const own = bySeverity.get(severity);
              return own ? [{ id: severity, title: IMPORTANCE[severity], cards: own }] : [];
            }),
      snoozes: SNOOZES,
      page,
      pages,
      previousPage: page > 1 ? link(page - 1) : null,
      nextPage: page < pages ? link(page + 1) : null,
    });
  });

  router.post('/alerts', express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: 15 }), async (request, response) => {
    const { id: userId } = userOf(request);
    const input = parse(form, request.body);
    if (input.act === 'rule') {
      const answer = (how: 'saved' | 'refused') => {
        response.redirect(
          303,
          `/alerts?${new URLSearchParams({ state: 'rules', [how]: input.kind })}#rule-${encodeURIComponent(input.kind)}`,
        );
      };
      try {
        await changeRule(deps, userId, input.kind, { enabled: input.enabled === 'on', parameters: thresholdsFrom(input) });
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 400) throw error;
        return answer('refused');
      }
      return answer('saved');
    }
    await act(deps, userId, input);
    response.redirect(303, localPath(input.back ?? '/alerts'));
  });

  return router;
}

/** The numbers of a rule's form, as people type them. @throws HttpError 400 for what is no number */
function thresholdsFrom({ act: _act, kind: _kind, enabled: _enabled, ...fields }: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const text = typeof value === 'string' ? value.trim().replaceAll(/(?<=\d)[,\s](?=\d{3}(\D|$))/g, '') : '';
      if (!/^\d{1,12}(\.\d{1,2})?$/.test(text)) {
        const message = 'must be a number like 250';
        throw new HttpError(400, 'invalid_input', `${name.slice(0, 40)}: ${message}`, { fields: { [name.slice(0, 40)]: message } });
      }
      return [name, toMoney(text).toNumber()];
    }),
  );
}

async function act(deps: Deps, userId: string, input: Exclude<Form, { act: 'rule' }>): Promise<void> {
  switch (input.act) {
    case 'read_all':
      return store.readAllAlerts(deps.database, userId, deps.now());
    case 'unmute':
      return unmute(deps, userId, input.id);
    case 'read':
    case 'unread':
      return markAlert(deps, userId, input.id, { read: input.act === 'read' });
    case 'snooze':
      return markAlert(deps, userId, input.id, { snooze_days: input.days ?? 1 });
    case 'wake':
      return markAlert(deps, userId, input.id, { snooze_days: null });
    case 'dismiss':
    case 'restore':
      return markAlert(deps, userId, input.id, { dismissed: input.act === 'dismiss' });
    case 'never':
      return markAlert(deps, userId, input.id, { never: true });
  }
}
