import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../test-app.ts';
import { type AlertScore, alertReport, scoreAlerts } from './alerts.ts';
import { linkHousehold } from './dashboard.ts';
import { household, type Kind } from './households.ts';
import { type StreamScore, scoreStreams, streamReport } from './streams.ts';
import { scoreTransfers, type TransferScore, transferReport } from './transfers.ts';

const FROM = Number(process.env.MEASURE_FROM ?? 1);
const COUNTS: Record<Kind, number> = { plain: Number(process.env.MEASURE_PLAIN ?? 1), hard: Number(process.env.MEASURE_HARD ?? 2) };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it.each(['plain', 'hard'] as const)('%s households', async (kind) => {
  const scores: TransferScore[] = [];
  const streams: StreamScore[] = [];
  const alerts: AlertScore[] = [];
  for (let seed = FROM; seed < FROM + COUNTS[kind]; seed++) {
    const life = household(seed, kind);
    const client = await linkHousehold(app, life.seen());
    const { body } = await client.get('/api/me');
    scores.push(await scoreTransfers(client, body.id, life));
    streams.push(await scoreStreams(client, body.id, life));
    alerts.push(await scoreAlerts(client, body.id, life));
  }
  const lines = [...transferReport(kind, scores).lines, ...streamReport(kind, streams).lines, ...alertReport(kind, alerts).lines];
  console.info(
    [...lines, ...(process.env.MEASURE_SHOW ? [...scores, ...streams, ...alerts].flatMap(({ wrong }) => wrong) : [])].join('\n'),
  );
  expect(scores.length).toBe(COUNTS[kind]);
}, 900_000);
