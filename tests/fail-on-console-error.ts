import { afterEach, expect, vi } from 'vitest';

const errors = vi.spyOn(console, 'error');

afterEach(() => {
  const calls = errors.mock.calls;
  errors.mockClear();
  expect(calls, 'nothing may be written to console.error').toEqual([]);
});
