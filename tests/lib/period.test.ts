import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays, type CalendarDate } from '../../src/lib/dates.ts';
import { periodsAround } from '../../src/lib/period.ts';

const START = '2026-01-10' as CalendarDate;

it('periods around days join where they touch', () => {
  const days = ['2026-01-10', '2026-01-17', '2026-01-10', '2026-01-24'] as CalendarDate[];
  expect(periodsAround(days, 2)).toEqual([
    { start: '2026-01-08', end: '2026-01-12' },
    { start: '2026-01-15', end: '2026-01-19' },
    { start: '2026-01-22', end: '2026-01-26' },
  ]);
  expect(periodsAround(days, 3)).toEqual([{ start: '2026-01-07', end: '2026-01-27' }]);
  expect(periodsAround([], 3)).toEqual([]);
});

it('periods around days hold each day within reach once, and no other', () => {
  const offsets = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 12 });
  fc.assert(
    fc.property(offsets, fc.integer({ min: 0, max: 6 }), (after, reach) => {
      const periods = periodsAround(
        after.map((offset) => addDays(START, offset)),
        reach,
      );
      for (let offset = -8; offset <= 68; offset++) {
        const day = addDays(START, offset);
        const holding = periods.filter(({ start, end }) => start <= day && day <= end).length;
        expect(holding).toBe(after.some((other) => Math.abs(other - offset) <= reach) ? 1 : 0);
      }
    }),
  );
});
