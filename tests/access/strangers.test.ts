import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, PASSWORD, startTestApp, type TestApp } from '../test-app.ts';

/** Few in the tests; `npm run test:load` tries them all. */
const IS_WHOLE = process.env.LOAD === 'full';
const FROM_ONE = IS_WHOLE ? 10_000 : 400;
const NETWORKS = IS_WHOLE ? 1_000 : 40;
const FROM_EACH = IS_WHOLE ? 10 : 4;
const AT_ONCE = IS_WHOLE ? 120 : 24;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, null, { trustProxyHops: 1 });
});
afterAll(() => app.stop());

const from = (address: string) => ({ 'x-forwarded-for': address });
const signIn = (client: Client, email: string, password: string, address: string) =>
  client.send('POST', '/login', { email, password }, from(address));
const register = async (email: string) => {
  const client = new Client(app);
  expect((await client.send('POST', '/register', { email, password: PASSWORD }, from('192.0.2.1'))).status).toBe(201);
  return client;
};

/** Does so many things, some at once. @returns how often each answer came */
async function flood(count: number, work: (index: number) => Promise<number>): Promise<Record<number, number>> {
  const answers: Record<number, number> = {};
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      const status = await work(index);
      answers[status] = (answers[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return answers;
}

it(`${FROM_ONE} wrong tries from one network lock nobody out`, async () => {
  const owner = await register('owner@example.org');
  const other = await register('other@example.org');
  await other.post('/logout');
  let ownMs = 0;
  const answers = await flood(FROM_ONE, async (index) => {
    if (index === Math.floor(FROM_ONE / 2)) {
      const startedAt = performance.now();
      // From the same network even, on a device where they were before.
      expect((await signIn(owner, 'owner@example.org', PASSWORD, '198.51.100.7')).status).toBe(200);
      ownMs = performance.now() - startedAt;
    }
    return (await signIn(new Client(app), index % 2 ? 'owner@example.org' : `nobody-${index}@example.org`, 'wrong', '198.51.100.7')).status;
  });
  console.log(`one network: ${JSON.stringify(answers)}; the owner signed in within ${Math.round(ownMs)} ms`);
  expect(answers[401]).toBeLessThanOrEqual(100 + AT_ONCE);
  expect((answers[401] ?? 0) + (answers[429] ?? 0)).toBe(FROM_ONE);
  // On a new device, from elsewhere.
  expect((await signIn(new Client(app), 'other@example.org', PASSWORD, '203.0.113.5')).status).toBe(200);
}, 600_000);

it(`${NETWORKS * FROM_EACH} wrong tries from ${NETWORKS} networks refuse nobody else`, async () => {
  const owner = await register('target@example.org');
  let ownMs = 0;
  const answers = await flood(NETWORKS * FROM_EACH, async (index) => {
    if (index === Math.floor((NETWORKS * FROM_EACH) / 2)) {
      const startedAt = performance.now();
      expect((await signIn(owner, 'target@example.org', PASSWORD, '192.0.2.1')).status).toBe(200);
      ownMs = performance.now() - startedAt;
    }
    const network = index % NETWORKS;
    const address = `10.${Math.floor(network / 250)}.${network % 250}.9`;
    return (await signIn(new Client(app), 'target@example.org', 'wrong', address)).status;
  });
  console.log(`${NETWORKS} networks: ${JSON.stringify(answers)}; the owner signed in within ${Math.round(ownMs)} ms`);
  // A stranger's try is slowed, not refused; so is that of the owner on a new device, who gets in.
  expect((await signIn(new Client(app), 'target@example.org', PASSWORD, '203.0.113.77')).status).toBe(200);
}, 1_200_000);

it('addresses of one subscriber are one network', async () => {
  await register('six@example.org');
  const tries = await flood(
    130,
    async (index) => (await signIn(new Client(app), `x${index}@example.org`, 'wrong', `2001:db8:1:2::${index.toString(16)}`)).status,
  );
  expect(tries[429]).toBeGreaterThan(0);
  expect((await signIn(new Client(app), 'six@example.org', PASSWORD, '2001:db8:1:3::1')).status).toBe(200);
});
