import type { Logger } from 'pino';
import { findUser, type User } from '../auth/store.ts';
import type { Database, Queryable } from '../database/client.ts';
import { dateIn } from '../lib/dates.ts';
import { Money } from '../lib/money.ts';
import type { NotificationSettings } from '../mail/notification-settings.ts';
import { addDelivery } from '../mail/queue.ts';
import { endOfQuiet } from '../mail/quiet-hours.ts';
import { findNotificationSettings } from '../mail/store.ts';
import { describe } from '../web/errors.ts';
import { composeMail, pushOf, webhookBody } from './compose.ts';
import type { AlertFacts } from './facts.ts';
import { changesOf, judge } from './life.ts';
import { loadFacts } from './load-facts.ts';
import { RULES } from './rules.ts';
import * as store from './store.ts';

/** More at once than this are pushed as one message. */
const PUSHES_MAX = 3;

export interface AlertDeps {
  database: Database;
  logger: Logger;
  now: () => Date;
  appUrl: () => string;
  /** Tells those who send that there is something to send. */
  nudgeWorker: () => void;
}

/**
 * Judges a person's facts by all rules: what holds is raised once, updated while it holds, and resolved when it no longer does; what is
 * raised is queued for those ways on which the person wants to hear of it at once.
 */
export async function evaluateAlerts(deps: AlertDeps, userId: string): Promise<void> {
  const { database, now } = deps;
  const user = await findUser(database, userId);
  if (!user) return;
  const readAt = now();
  const facts = await loadFacts(database, user, dateIn(user.timeZone, readAt));
  const settings = await findNotificationSettings(database, userId);
  await database.transaction(async (client) => {
    if (!(await store.beginEvaluation(client, userId, readAt))) return;
    const told = await saveJudgement(deps, client, user, facts, readAt);
    if (told.length > 0) await tell(client, user, settings, await store.findAlerts(client, userId, told), deps.appUrl(), readAt);
  });
  deps.nudgeWorker();
}

/** @returns the ids of what is to be told: raised, or become more urgent */
async function saveJudgement({ logger }: AlertDeps, client: Queryable, user: User, facts: AlertFacts, at: Date): Promise<string[]> {
  const known = await store.listKnownAlerts(client, user.id);
  const [settings, mutes] = [await store.listRuleSettings(client, user.id), await store.listMutes(client, user.id)];
  const open = new Set(known.filter(({ resolvedAt }) => resolvedAt === null).map(({ key }) => key));
  const muted = new Set(mutes.map(({ kind, subject }) => `${kind} ${subject}`));
  const judgement = judge(
    RULES,
    facts,
    settings,
    (kind, subject) => muted.has(`${kind} ${subject}`),
    (key) => open.has(key),
    (value) => new Money(value),
  );
  for (const { kind, error } of judgement.failed)
    logger.error({ ...describe(error), rule: kind }, 'an alert rule failed; the others go on');
  const changes = changesOf(known, judgement, RULES, at);
  const raised = await store.saveAlertChanges(client, user.id, changes, at);
  return [...raised, ...changes.update.filter(({ isWorse }) => isWorse).map(({ id }) => id)];
}

/** Queues what goes out at once. */
async function tell(client: Queryable, user: User, settings: NotificationSettings, alerts: store.Alert[], appUrl: string, at: Date) {
  const waitMs = endOfQuiet(settings, user.timeZone, at).getTime() - at.getTime();
  for (const alert of alerts) {
    const about = { kind: 'alert' as const, key: `alert:${alert.id}`, alertIds: [alert.id] };
    if (alert.severity === 'urgent' && settings.urgentEmail) {
      const { subject, ...content } = await composeMail([alert], appUrl);
      await addDelivery(client, user.id, { ...about, channel: 'email', subject, content }, waitMs);
    }
    if (settings.webhookUrl) {
      // A program does not sleep.
      await addDelivery(
        client,
        user.id,
        { ...about, channel: 'webhook', subject: alert.title, content: { body: webhookBody(alert, appUrl) } },
        0,
      );
    }
  }
  const important = alerts.filter(({ severity }) => severity !== 'info');
  if (!settings.ntfyUrl || important.length === 0) return;
  const pushes = important.length > PUSHES_MAX ? [important] : important.map((alert) => [alert]);
  for (const group of pushes) {
    const ids = group.map(({ id }) => id);
    const { subject, ...content } = pushOf(group, appUrl);
    await addDelivery(client, user.id, { kind: 'alert', key: `alert:${ids[0]}`, alertIds: ids, channel: 'ntfy', subject, content }, waitMs);
  }
}

/** Queues the e-mail with everything that no e-mail has told of yet. @param slot the day that the digest is of */
export async function sendDigest({ database, now, appUrl, nudgeWorker }: AlertDeps, userId: string, slot: string): Promise<void> {
  const user = await findUser(database, userId);
  const settings = await findNotificationSettings(database, userId);
  if (!user || settings.digest === 'off') return;
  await database.transaction(async (client) => {
    const alerts = await store.listUntold(client, userId, now());
    if (alerts.length === 0) return;
    const { subject, ...content } = await composeMail(alerts, appUrl());
    const waitMs = endOfQuiet(settings, user.timeZone, now()).getTime() - now().getTime();
    const alertIds = alerts.map(({ id }) => id);
    await addDelivery(client, userId, { channel: 'email', kind: 'digest', key: `digest:${slot}`, subject, content, alertIds }, waitMs);
  });
  nudgeWorker();
}
