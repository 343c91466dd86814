import { afterAll, beforeAll, expect, it } from 'vitest';
import { register, startTestApp, type TestApp } from '../test-app.ts';
import { type AlertScore, alertReport, scoreAlerts } from './alerts.ts';
import { linkHousehold } from './dashboard.ts';
import { type ForecastScore, forecastReport, scoreForecast } from './forecast.ts';
import { household, type Kind } from './households.ts';
import { type StreamScore, scoreStreams, streamReport } from './streams.ts';
import { scoreTransfers, type TransferScore, transferReport } from './transfers.ts';

/** Whole when it is run by its own command, a short form in the tests. */
const COUNT = Number(process.env.MEASURE_COUNT ?? 2);
const FROM = Number(process.env.MEASURE_FROM ?? 1);
const KINDS = process.env.MEASURE_KIND ? [process.env.MEASURE_KIND as Kind] : (['plain', 'hard'] as const);
const ALERT_DAYS = process.env.MEASURE_COUNT ? 365 : 60;
/** Few households say less: their aims are wider. */
const SLACK = COUNT < 20 ? 0.04 : 0;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it.each(KINDS)('%s households are read for what they are', async (kind) => {
  const transfers: TransferScore[] = [];
  const streams: StreamScore[] = [];
  const alerts: AlertScore[] = [];
  const forecasts: ForecastScore[] = [];
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
    const life = household(seed, kind);
    const client = await register(app);
    const { body } = await client.get('/api/me');
    await linkHousehold(client, life.seen());
    transfers.push(await scoreTransfers(client, body.id, life));
    streams.push(await scoreStreams(client, body.id, life));
    forecasts.push(await scoreForecast(client));
    alerts.push(await scoreAlerts(client, body.id, life, ALERT_DAYS));
  }
  const [pairs, recurring, forecast, told] = [
    transferReport(kind, transfers),
    streamReport(kind, streams),
    forecastReport(kind, forecasts),
    alertReport(kind, alerts),
  ];
  const wrong = process.env.MEASURE_SHOW ? [...transfers, ...streams, ...alerts].flatMap((score) => score.wrong) : [];
  console.info([...[pairs, recurring, forecast, told].flatMap(({ lines }) => lines), ...wrong].join('\n'));

  expect(pairs.total.hiddenCents).toBe(0);
  expect(pairs.total.automaticRight / pairs.total.automatic).toBeGreaterThanOrEqual((kind === 'plain' ? 0.999 : 0.99) - SLACK);
  if (kind === 'plain') expect(pairs.total.automaticRight / pairs.total.truePairs).toBeGreaterThanOrEqual(0.999 - SLACK);
  expect(recurring.total.right / recurring.total.found).toBeGreaterThanOrEqual(0.97 - SLACK);
  expect(recurring.total.right / recurring.total.streams).toBeGreaterThanOrEqual(0.95 - SLACK);
  expect(recurring.total.sameFrequency / recurring.total.right).toBeGreaterThanOrEqual(0.97 - SLACK);
  expect(forecast.total.error).toBeLessThan(forecast.total.averageError);
  expect(told.total.falseAMonth).toBeLessThanOrEqual(2 + 25 * SLACK);
  expect(told.total.aboutStreams).toBe(0);
  expect(told.total.told / told.total.incidents).toBeGreaterThanOrEqual(0.95 - SLACK);
}, 7_200_000);

it('a life has enough in it that is hard to tell', () => {
  const lives = Array.from({ length: 20 }, (_none, index) => household(FROM + index, 'hard').seen());
  const pairs = lives.flatMap((life) => life.pairs);
  expect(pairs.filter(({ evidence }) => evidence !== 'both').length / pairs.length).toBeGreaterThanOrEqual(0.05);
  for (const life of lives) expect(life.coincidences.length).toBeGreaterThanOrEqual(24);
});
