import { expect, it } from 'vitest';
import { sparklinePath } from '../../src/lib/sparkline.ts';

it.each([
  ['rises from the bottom to the top', [0, 5, 10], 'M 0.0 24.0 L 50.0 12.0 L 100.0 0.0'],
  ['below zero too', [-10, -20], 'M 0.0 0.0 L 100.0 24.0'],
  ['stays in the middle when nothing moves', [7, 7], 'M 0.0 12.0 L 100.0 12.0'],
])('a line that %s', (_name, values, path) => expect(sparklinePath(values)).toBe(path));
it('needs two values', () => expect(sparklinePath([1])).toBeNull());
