// Measures transfers, what recurs, forecasts and alerts on made-up households, each seed in turn:
// `npm run measure -- --from 1 --plain 60 --hard 40 --show`
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    /** The first seed. */
    from: { type: 'string', default: '1' },
    plain: { type: 'string', default: '60' },
    hard: { type: 'string', default: '40' },
    /** Prints each thing that went wrong. */
    show: { type: 'boolean', default: false },
  },
});

const measure = (kind: 'plain' | 'hard'): Promise<number> =>
  new Promise((done) => {
    const env = {
      ...process.env,
      MEASURE_KIND: kind,
      MEASURE_COUNT: values[kind],
      MEASURE_FROM: values.from,
      MEASURE_SHOW: values.show ? '1' : '',
    };
    const child = spawn('npx', ['vitest', 'run', 'tests/measure/measure.test.ts', '--disable-console-intercept'], {
      stdio: 'inherit',
      env,
    });
    child.on('close', (code) => done(code ?? 1));
  });

const codes = await Promise.all([measure('plain'), measure('hard')]);
process.exitCode = Math.max(...codes);
