import { plural } from '../web/format.ts';
import { renderTemplate } from '../web/views.ts';
import type { Severity } from './rule.ts';
import type { Alert } from './store.ts';

/** What severities are called where people read them. */
export const IMPORTANCE: Record<Severity, string> = { urgent: 'Needs you now', warning: 'Worth a look', info: 'Good to know' };

const pathOf = (alert: Pick<Alert, 'id'>) => `/alerts?show=${alert.id}`;

/** The words of an e-mail about one alert, or about several at once. */
export async function composeMail(alerts: Alert[], appUrl: string): Promise<{ subject: string; text: string; html: string }> {
  const [first] = alerts;
  const subject = alerts.length === 1 && first ? first.title : `${plural(alerts.length, 'thing')} worth a look`;
  const rows = alerts.map((alert) => ({
    severity: alert.severity,
    importance: IMPORTANCE[alert.severity],
    title: alert.title,
    body: alert.body,
    why: alert.evidence.why,
    url: `${appUrl}${pathOf(alert)}`,
  }));
  const settingsUrl = `${appUrl}/settings#notifications`;
  const text = [
    ...rows.flatMap((row) => [
      `${row.importance}: ${row.title}`,
      row.body,
      ...row.why.map(({ label, value }) => `  ${label}: ${value}`),
      row.url,
      '',
    ]),
    `What comes by e-mail and when: ${settingsUrl}`,
  ].join('\n');
  const html = await renderTemplate('mail/alerts', { subject, heading: subject, alerts: rows, url: `${appUrl}/alerts`, settingsUrl });
  return { subject, text, html };
}

/** What the webhook is told of an alert. */
export const webhookBody = (alert: Alert, appUrl: string) => ({
  type: 'alert',
  alert: {
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    title: alert.title,
    body: alert.body,
    subject: alert.subject.label,
    why: alert.evidence.why,
    amount: alert.evidence.amount ? alert.evidence.amount.value.toFixed() : null,
    currency: alert.evidence.amount?.currency ?? null,
    raised_at: alert.raisedAt.toISOString(),
    url: `${appUrl}${pathOf(alert)}`,
  },
});

const PRIORITIES: Record<Severity, number> = { urgent: 5, warning: 3, info: 2 };

/** A push about some alerts. */
export function pushOf(alerts: Alert[], appUrl: string): { subject: string; text: string; priority: number; href: string } {
  const [first] = alerts as [Alert, ...Alert[]];
  const priority = Math.max(...alerts.map(({ severity }) => PRIORITIES[severity]));
  if (alerts.length === 1) return { subject: first.title, text: first.body, priority, href: `${appUrl}${pathOf(first)}` };
  return {
    subject: `${plural(alerts.length, 'thing')} worth a look`,
    text: alerts.map(({ title }) => title).join('\n'),
    priority,
    href: `${appUrl}/alerts`,
  };
}
