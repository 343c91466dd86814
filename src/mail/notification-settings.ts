export const DIGESTS = ['off', 'daily', 'weekly'] as const;
type Digest = (typeof DIGESTS)[number];
export const CHANNELS = ['email', 'webhook', 'ntfy'] as const;
export type Channel = (typeof CHANNELS)[number];

/** How a person wants to be told. Hours are of their day, from 0 to 23; of the week's days 0 is Sunday. */
export interface NotificationSettings {
  /** Urgent alerts by e-mail at once. */
  urgentEmail: boolean;
  /** How often the other alerts come by e-mail. */
  digest: Digest;
  digestHour: number;
  digestWeekday: number;
  /** Nothing is sent from this hour until that one; the same hour twice: always. */
  quietFrom: number;
  quietUntil: number;
  reportEmail: boolean;
  /** Where every alert is sent at once, signed; null for nowhere. */
  webhookUrl: string | null;
  /** A topic of an ntfy server where alerts of importance are pushed to; null for nowhere. */
  ntfyUrl: string | null;
  hasNtfyToken: boolean;
}

/** What holds for somebody who has not said anything. */
export const STANDARD: NotificationSettings = {
  urgentEmail: true,
  digest: 'weekly',
  digestHour: 8,
  digestWeekday: 1,
  quietFrom: 22,
  quietUntil: 7,
  reportEmail: true,
  webhookUrl: null,
  ntfyUrl: null,
  hasNtfyToken: false,
};
