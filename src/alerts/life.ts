import { groupBy } from '../lib/group.ts';
import { allWithoutDust, type Money } from '../lib/money.ts';
import type { AlertFacts } from './facts.ts';
import type { Finding, Rule, Severity } from './rule.ts';

/** What has come back this soon is the same thing again, not a new one. */
const RETURN_MS = 3 * 24 * 3_600_000;

/** What a person has set of one rule. */
export interface RuleSetting {
  isEnabled: boolean;
  /** By name; what is missing is as the rule comes. */
  thresholds: Map<string, Money>;
}

/** The latest alert of a key. */
export interface KnownAlert {
  id: string;
  kind: string;
  key: string;
  severity: Severity;
  resolvedAt: Date | null;
  /** What was said last, to tell whether there is something new to say. */
  content: string;
}

export interface AlertChanges {
  raise: (Finding & { kind: string })[];
  /** Resolved lately, and here again. */
  reopen: { id: string; finding: Finding }[];
  update: { id: string; finding: Finding; isWorse: boolean }[];
  resolve: string[];
}

export interface Judgement {
  findings: (Finding & { kind: string })[];
  /** Kinds whose rule has failed: what they have raised is left as it is. */
  failed: { kind: string; error: unknown }[];
}

/** Asks every rule that is switched on. A rule that fails takes no other with it. */
export function judge(
  rules: Rule[],
  facts: AlertFacts,
  settings: Map<string, RuleSetting>,
  isMuted: (kind: string, subject: string) => boolean,
  isOpen: (key: string) => boolean,
  toMoney: (value: number) => Money,
): Judgement {
  const judgement: Judgement = { findings: [], failed: [] };
  const judged = allWithoutDust(facts);
  for (const rule of rules) {
    const setting = settings.get(rule.kind);
    if (setting?.isEnabled === false) continue;
    const thresholds = Object.fromEntries(
      Object.entries(rule.parameters).map(([name, { standard }]) => [name, setting?.thresholds.get(name) ?? toMoney(standard)]),
    );
    try {
      const before = judgement.findings.filter(({ kind }) => kind === rule.yieldsTo);
      const told = new Set(before.flatMap(({ subject, transactionIds }) => (transactionIds.length > 0 ? transactionIds : [subject.id])));
      const found = rule
        .find(judged, thresholds, isOpen)
        .filter(
          ({ subject, transactionIds }) => !isMuted(rule.kind, subject.id) && ![subject.id, ...transactionIds].some((id) => told.has(id)),
        );
      judgement.findings.push(...found.map((finding) => ({ ...finding, kind: rule.kind })));
    } catch (error) {
      judgement.failed.push({ kind: rule.kind, error });
    }
  }
  return judgement;
}

export const contentOf = (finding: Finding): string =>
  JSON.stringify([finding.severity, finding.title, finding.body, finding.why, finding.transactionIds, finding.href]);

const RANK: Record<Severity, number> = { info: 0, warning: 1, urgent: 2 };

/** What has to change so that the alerts say what holds: each key is raised once, updated while it holds, resolved when it no longer does. */
export function changesOf(known: KnownAlert[], judgement: Judgement, rules: Rule[], now: Date): AlertChanges {
  const changes: AlertChanges = { raise: [], reopen: [], update: [], resolve: [] };
  const latest = new Map(known.map((alert) => [alert.key, alert]));
  const isOnce = new Set(rules.filter((rule) => rule.isOccurrence).map((rule) => rule.kind));
  const failed = new Set(judgement.failed.map(({ kind }) => kind));
  // A rule that finds one key twice is taken at its first word.
  for (const [key, [finding]] of groupBy(judgement.findings, (candidate) => candidate.key)) {
    const alert = latest.get(key);
    if (!finding) continue;
    if (!alert) changes.raise.push(finding);
    else if (alert.resolvedAt === null) {
      const isWorse = RANK[finding.severity] > RANK[alert.severity];
      if (alert.content !== contentOf(finding)) changes.update.push({ id: alert.id, finding, isWorse });
    } else if (isOnce.has(finding.kind) || now.getTime() - alert.resolvedAt.getTime() <= RETURN_MS) {
      // It happened once and was told then, or it never was away for long: it is the same alert.
      changes.reopen.push({ id: alert.id, finding });
    } else changes.raise.push(finding);
  }
  const holding = new Set(judgement.findings.map(({ key }) => key));
  changes.resolve = known
    .filter(({ key, kind, resolvedAt }) => resolvedAt === null && !holding.has(key) && !failed.has(kind))
    .map(({ id }) => id);
  return changes;
}
