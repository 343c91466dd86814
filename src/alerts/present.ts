import { moneyOut } from '../lib/money.ts';
import type { RuleSetting } from './life.ts';
import type { Rule } from './rule.ts';
import { ruleOf } from './rules.ts';
import type { Alert, Mute } from './store.ts';

export const alertJson = (alert: Alert) => ({
  id: alert.id,
  kind: alert.kind,
  severity: alert.severity,
  title: alert.title,
  body: alert.body,
  subject: alert.subject.label || null,
  why: alert.evidence.why,
  amount: moneyOut(alert.evidence.amount?.value ?? null),
  currency: alert.evidence.amount?.currency ?? null,
  transaction_ids: alert.evidence.transactionIds,
  href: alert.evidence.href,
  raised_at: alert.raisedAt.toISOString(),
  updated_at: alert.updatedAt.toISOString(),
  resolved_at: alert.resolvedAt?.toISOString() ?? null,
  read_at: alert.readAt?.toISOString() ?? null,
  snoozed_until: alert.snoozedUntil?.toISOString() ?? null,
  dismissed_at: alert.dismissedAt?.toISOString() ?? null,
});

/** A rule as a person sees it: with their own thresholds. */
export const ruleJson = (rule: Rule, setting: RuleSetting | undefined) => ({
  kind: rule.kind,
  group: rule.group,
  title: rule.title,
  about: rule.about,
  enabled: setting?.isEnabled ?? true,
  parameters: Object.entries(rule.parameters).map(([name, { label, unit, standard, min, max }]) => ({
    name,
    label,
    unit,
    value: setting?.thresholds.get(name)?.toNumber() ?? standard,
    standard,
    min,
    max,
  })),
});

export const muteJson = ({ id, kind, label }: Mute) => ({ id, kind, title: ruleOf(kind)?.title ?? kind, subject: label });
