import { expect, it } from 'vitest';
import { toMoney } from '../../src/lib/money.ts';
import {
  formatAge,
  formatChange,
  formatFlow,
  formatInstant,
  formatMoney,
  formatPercent,
  formatQuantity,
  moneyParts,
} from '../../src/web/format.ts';

it.each([
  ['1234.5', 'USD', '$1,234.50'],
  ['-3', 'EUR', '−€3.00'],
  ['-0.001', 'USD', '$0.00'],
  ['123456789012345.67', 'USD', '$123,456,789,012,345.67'],
  ['5', 'BTC', 'BTC 5.00'],
  ['5', 'XXX', '5.00'],
  ['5', 'USDT', '5.00 USDT'],
])('%s %s reads %s', (amount, currency, text) => expect(formatMoney(toMoney(amount), currency).replaceAll('\u00a0', ' ')).toBe(text));

it('says what is not known, what changed, and from whose side', () => {
  expect(formatMoney(null, 'USD')).toBe('—');
  expect(formatChange(toMoney(5), 'USD')).toBe('+$5.00');
  expect(formatChange(toMoney(0), 'USD')).toBe('$0.00');
  expect(formatFlow(toMoney(5), 'USD')).toBe('−$5.00');
  expect(formatPercent(toMoney('-12.34'))).toBe('−12.3 %');
  expect(formatQuantity(toMoney('0.06120000001'))).toBe('0.0612');
  expect(moneyParts(toMoney('-1234.5'), 'USD')).toEqual({ whole: '−$1,234', cents: '.50' });
});

it('tells ages in words', () => {
  const now = new Date('2026-03-18T12:00:00Z');
  const ago = (minutes: number) => formatAge(new Date(now.getTime() - minutes * 60_000), now);
  expect([ago(0), ago(12), ago(180), ago(60 * 24 * 5)]).toEqual(['just now', '12 min ago', '3 h ago', '5 days ago']);
});

it('tells the time of day from 00:00 on', () => {
  expect(formatInstant(new Date('2026-03-18T00:05:00Z'), 'UTC')).toBe('Mar 18, 00:05');
  expect(formatInstant(new Date('2026-03-18T23:05:00Z'), 'Asia/Tokyo')).toBe('Mar 19, 08:05');
});
