import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEEDED_BUGS } from './bugs.ts';
import { runKills } from './harness.ts';
import { buildProgram, withBug } from './program.ts';

let program: string;
beforeAll(() => {
  program = buildProgram();
});
afterAll(() => rmSync(program, { recursive: true }));

it('loses and doubles nothing however often the program or its database is killed', async () => {
  const report = await runKills(program, { kills: 5, databaseRestarts: 1, takeovers: 1, unaided: 0, seed: 'short' });
  expect(report).toMatchObject({ kills: 5, databaseRestarts: 1, takeovers: 1, violations: [] });
  expect(report.phases['at rest'] ?? 0).toBeLessThan(3);
}, 600_000);

it.each(SEEDED_BUGS)('could have the bug that $name put into it', (bug) => {
  rmSync(withBug(program, bug), { recursive: true });
});
