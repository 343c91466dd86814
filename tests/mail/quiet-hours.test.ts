import { expect, it } from 'vitest';
import { endOfQuiet } from '../../src/mail/quiet-hours.ts';

const night = { quietFrom: 22, quietUntil: 7 };
const end = (hours: { quietFrom: number; quietUntil: number }, zone: string, now: string) =>
  endOfQuiet(hours, zone, new Date(now)).toISOString();

it.each([
  ['by day nobody waits', night, 'UTC', '2026-03-18T12:00:00Z', '2026-03-18T12:00:00.000Z'],
  ['in the evening until the morning', night, 'UTC', '2026-03-18T22:00:00Z', '2026-03-19T07:00:00.000Z'],
  ['until the very hour', night, 'UTC', '2026-03-19T06:59:59.999Z', '2026-03-19T07:00:00.000Z'],
  ['from the very hour on nobody waits', night, 'UTC', '2026-03-19T07:00:00Z', '2026-03-19T07:00:00.000Z'],
  ['by the clocks of the person', night, 'Asia/Kathmandu', '2026-03-18T18:00:00Z', '2026-03-19T01:15:00.000Z'],
  ['an hour less in the night when clocks go forward', night, 'Europe/Lisbon', '2026-03-28T23:00:00Z', '2026-03-29T06:00:00.000Z'],
  ['an hour more when they go back', night, 'Europe/Lisbon', '2026-10-24T22:00:00Z', '2026-10-25T07:00:00.000Z'],
  ['a siesta', { quietFrom: 13, quietUntil: 15 }, 'UTC', '2026-03-18T14:10:00Z', '2026-03-18T15:00:00.000Z'],
  ['the same hour twice is never', { quietFrom: 8, quietUntil: 8 }, 'UTC', '2026-03-18T08:30:00Z', '2026-03-18T08:30:00.000Z'],
])('%s', (_name, hours, zone, now, expected) => {
  expect(end(hours, zone, now)).toBe(expected);
});
