// The long form: `npm run test:kill`. Prints what was killed where, and whether the bugs put in on purpose are found.
import { rmSync } from 'node:fs';
import { SEEDED_BUGS } from './bugs.ts';
import { runKills } from './harness.ts';
import { buildProgram, withBug } from './program.ts';

const LONG = { kills: 200, databaseRestarts: 10, takeovers: 12, unaided: 5 };
const SEARCH = { kills: 30, databaseRestarts: 0, takeovers: 3, unaided: 0, failFast: true };

const SHOWN_MAX = 20;

const seed = process.argv[2] ?? new Date().toISOString().slice(0, 10);
const program = buildProgram();
const report = await runKills(program, { ...LONG, seed });
console.log(JSON.stringify({ seed, ...report, violations: report.violations.slice(0, SHOWN_MAX) }, null, 2));

// Kills of a program at rest prove nothing.
let isGood = report.violations.length === 0 && (report.phases['at rest'] ?? 0) < report.kills / 4;
for (const bug of SEEDED_BUGS) {
  const folder = withBug(program, bug);
  const { kills, violations } = await runKills(folder, { ...SEARCH, seed });
  rmSync(folder, { recursive: true });
  const isFound = violations.length > 0;
  isGood &&= isFound;
  console.log(`${isFound ? 'found' : 'NOT FOUND'} after ${kills} kills: ${bug.name}${isFound ? ` (${violations[0]})` : ''}`);
}
rmSync(program, { recursive: true });
process.exitCode = isGood ? 0 : 1;
