import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { openSnapshot } from '../../src/exports/export-store.ts';
import { rotateKeys } from '../../src/items/sealed-columns.ts';
import { createTokenVault } from '../../src/items/token-vault.ts';
import { writeMonthlyReport } from '../../src/reports/write-report.ts';
import { smallHousehold } from '../household.ts';
import { type Client, link, register, startTestApp, type TestApp } from '../test-app.ts';
import { account, transaction } from '../test-bank.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const query = async (sql: string, ...parameters: unknown[]) => (await app.deps.database.pool.query(sql, parameters)).rows;
const idOf = async (client: Client) => (await client.get('/api/me')).body.id as string;

async function download(client: Client, path: string): Promise<{ status: number; headers: Headers; body: Buffer }> {
  const response = await fetch(app.url + path, { headers: { cookie: client.cookie } });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** The files of an archive, by name. */
const unzip = (archive: Buffer) =>
  new Promise<Map<string, Buffer>>((done, fail) => {
    const files = new Map<string, Buffer>();
    fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error || !zip) return fail(error ?? new Error('no archive'));
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, (problem, stream) => {
          if (problem || !stream) return fail(problem ?? new Error('no stream'));
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            files.set(entry.fileName, Buffer.concat(chunks));
            zip.readEntry();
          });
        });
      });
      zip.on('end', () => done(files));
      zip.readEntry();
    });
  });

const bringIn = async (client: Client, body: string | Uint8Array) => {
  const response = await fetch(`${app.url}/api/import`, {
    method: 'POST',
    headers: { cookie: client.cookie, accept: 'application/json', 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};

/** Figures of every kind, without what tells one copy of the data from another. */
async function figuresOf(client: Client) {
  const paths = [
    '/api/dashboard/overview',
    '/api/dashboard/net-worth?days=90',
    '/api/dashboard/cash-flow?start_date=2026-02-01&end_date=2026-03-18',
    '/api/dashboard/portfolio?days=90',
    '/api/dashboard/transactions?per_page=200&sort=amount_desc',
    '/api/dashboard/forecast?days=30',
    '/api/dashboard/net-worth/bridge?start_date=2026-01-31&end_date=2026-03-18',
  ];
  const answers = await Promise.all(paths.map(async (path) => (await client.get(path)).body));
  const anonymous = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(anonymous).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (value === null || typeof value !== 'object') return value;
    const skipped = new Set([
      'id',
      'account_id',
      'security_id',
      'item_id',
      'freshness',
      'last_synced',
      'stream_id',
      'rule_id',
      'accounts_breakdown',
    ]);
    return Object.fromEntries(Object.entries(value).flatMap(([key, own]) => (skipped.has(key) ? [] : [[key, anonymous(own)]])));
  };
  return answers.map(anonymous);
}

async function household() {
  const client = await register(app, { name: 'Ada' });
  const linked = await link(client, smallHousehold());
  const [row] = (await client.get('/api/dashboard/transactions?search=VALLEY')).body.transactions;
  await client.patch(`/api/dashboard/transactions/${row.id}`, { note: '=HYPERLINK("http://x")', custom_category: 'Home' });
  await client.post('/api/dashboard/rules', { merchant: 'GREENLEAF', category: 'Groceries' });
  await client.patch('/api/alert-rules/low_balance', { parameters: { amount: 300 } });
  await client.patch('/api/me', { net_worth_goal: 12345.67 });
  return { client, ...linked };
}

describe('everything as an archive', () => {
  it('has the JSON, sheets, and a manifest that is right about each', async () => {
    const { client } = await household();
    const { status, headers, body } = await download(client, '/api/export');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/zip');
    expect(headers.get('content-disposition')).toBe('attachment; filename="everything.zip"');
    const files = await unzip(body);
    const manifest = JSON.parse((files.get('manifest.json') as Buffer).toString());
    expect(manifest).toMatchObject({ format: 'financial-intelligence-export', version: 1, created_at: '2026-03-18T12:00:00.000Z' });
    expect(manifest.files.map(({ path }: { path: string }) => path).sort()).toEqual(
      [...files.keys()].filter((name) => name !== 'manifest.json').sort(),
    );
    for (const { path, bytes, sha256 } of manifest.files) {
      const file = files.get(path) as Buffer;
      expect([file.length, createHash('sha256').update(file).digest('hex')], path).toEqual([bytes, sha256]);
    }
    const everything = JSON.parse((files.get('everything.json') as Buffer).toString());
    expect(everything.transactions).toHaveLength(19);
    expect(everything.profile[0].net_worth_goal).toBe(12345.67);
    const sheet = (files.get('csv/transactions.csv') as Buffer).toString();
    expect(sheet.split('\n')[0]).toContain('date,name,merchant_name,amount');
    // No spreadsheet runs what a person wrote; amounts stay numbers.
    expect(sheet).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(sheet).toContain(',-3000.0000000000,');
    expect(body.toString('latin1')).not.toContain('canary');
    expect(JSON.stringify(everything)).not.toMatch(/canary|v1\.[\w-]{8}\./);
  });

  it('is there for somebody without anything too', async () => {
    const client = await register(app);
    const files = await unzip((await download(client, '/api/export')).body);
    expect(JSON.parse((files.get('everything.json') as Buffer).toString()).transactions).toEqual([]);
    expect((files.get('csv/transactions.csv') as Buffer).toString()).toContain('date,name');
  });

  it('that nobody reads to its end gives its connection back', async () => {
    const { client } = await household();
    for (let time = 0; time < 3; time++) {
      const aborted = new AbortController();
      const response = await fetch(`${app.url}/api/export`, { headers: { cookie: client.cookie }, signal: aborted.signal });
      await response.body?.getReader().read();
      aborted.abort();
    }
    await expect.poll(() => app.deps.database.pool.totalCount - app.deps.database.pool.idleCount).toBe(0);
    expect((await client.get('/api/dashboard/overview')).status).toBe(200);
  });

  it('reads nothing more once its snapshot is closed', async () => {
    const { client } = await household();
    const snapshot = await openSnapshot(app.deps.database, await idOf(client));
    const rows = snapshot.json(new Date('2026-01-01T00:00:00Z'));
    expect((await rows.next()).done).toBe(false);
    await snapshot.close();
    await expect(async () => {
      for await (const piece of rows) expect(piece).toBeDefined();
    }).rejects.toThrow('The snapshot is closed.');
    expect((await client.get('/api/dashboard/overview')).status).toBe(200);
  });
});

describe('the archive of a month', () => {
  it('has the report as it was written, and the rows', async () => {
    const { client } = await household();
    expect((await download(client, '/api/export?month=2026-02')).status).toBe(404);
    await writeMonthlyReport(app.deps, await idOf(client), '2026-02', 1);
    const files = await unzip((await download(client, '/api/export?month=2026-02')).body);
    expect([...files.keys()]).toEqual(['report.pdf', 'report.json', 'transactions.csv', 'manifest.json']);
    expect((files.get('report.pdf') as Buffer).toString('latin1', 0, 5)).toBe('%PDF-');
    expect(JSON.parse((files.get('report.json') as Buffer).toString()).net_worth.end).toBe(-92_570);
    expect((files.get('transactions.csv') as Buffer).toString().trim().split('\n')).toHaveLength(9);
  });
});

describe('a file on its way', () => {
  const send = (client: Client, type: string, body: string, length?: number) =>
    new Promise<number>((done) => {
      const sent = request(
        `${app.url}/settings/import`,
        { method: 'POST', headers: { cookie: client.cookie, 'content-type': type, 'content-length': length ?? Buffer.byteLength(body) } },
        (response) => {
          response.resume();
          done(response.statusCode ?? 0);
        },
      );
      sent.on('error', () => done(0));
      if (length === undefined) sent.end(body);
      else {
        sent.write(body);
        setTimeout(() => sent.destroy(), 100);
      }
    });
  const head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="e.json"\r\n\r\n{"profile":[';

  it('that breaks off, or never was whole, harms nobody and holds nothing', async () => {
    const client = await register(app);
    expect(await send(client, 'multipart/form-data; boundary=XX', head)).toBe(400);
    expect(await send(client, 'multipart/form-data', head)).toBe(400);
    expect(await send(client, 'multipart/form-data; boundary=XX', '--XX--\r\n')).toBe(400);
    for (let time = 0; time < 3; time++) expect(await send(client, 'multipart/form-data; boundary=XX', head, 1_000_000)).toBe(0);
    await expect.poll(() => app.deps.database.pool.totalCount - app.deps.database.pool.idleCount).toBe(0);
    expect((await client.get('/api/me')).status).toBe(200);
  });
});

describe('bringing an export in', () => {
  it('gives the same figures to the cent, beside the account it came from', async () => {
    const { client } = await household();
    const { body } = await download(client, '/api/export?format=json');
    const copy = await register(app);
    const { status, body: answer } = await bringIn(copy, body);
    expect(status, JSON.stringify(answer)).toBe(201);
    expect(answer).toMatchObject({ success: true, imported: { accounts: 5, transactions: 19, holdings: 1, institutions: 1 } });
    expect(await figuresOf(copy)).toEqual(await figuresOf(client));
    expect((await copy.get('/api/me')).body).toMatchObject({ net_worth_goal: 12345.67, base_currency: 'USD' });
    expect((await copy.get('/api/alert-rules')).body.rules[0].parameters[0].value).toBe(300);
    // It is a copy: nothing of the other one has moved.
    expect((await client.get('/api/dashboard/transactions')).body.pagination.total_items).toBe(19);
    // Written down again it is the same, whoever formatted it.
    const again = await register(app);
    expect((await bringIn(again, JSON.stringify(JSON.parse(body.toString()), null, 4))).status).toBe(201);
    expect(await figuresOf(again)).toEqual(await figuresOf(client));
  });

  it('keeps every digit', async () => {
    const client = await register(app);
    const checking = account('depository', 'checking', 0.1 + 0.2);
    await link(client, { accounts: [checking], transactions: [transaction(checking, '2026-03-02', 1, 'DIGITS')] });
    await query(`UPDATE transactions SET amount = 123456789012345678.0123456789 WHERE user_id = $1`, await idOf(client));
    const copy = await register(app);
    expect((await bringIn(copy, (await download(client, '/api/me/export')).body)).status).toBe(201);
    expect(await query('SELECT amount::text FROM transactions WHERE user_id = $1', await idOf(copy))).toEqual([
      { amount: '123456789012345678.0123456789' },
    ]);
  });

  it('works through the form, and needs no link', async () => {
    const { client } = await household();
    const { body } = await download(client, '/api/me/export');
    const copy = await register(app);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(body)], { type: 'application/json' }), 'everything.json');
    const response = await fetch(`${app.url}/settings/import`, {
      method: 'POST',
      headers: { cookie: copy.cookie },
      body: form,
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    const [item] = (await copy.get('/api/plaid/items')).body;
    expect(item).toMatchObject({ status: 'imported', institution_name: 'Test Bank', syncing: false });
    expect((await copy.page('/accounts')).text).toContain('Brought in from a file');
    // There is nothing to read or to repair; the other keys of the vault have nothing to seal.
    expect((await copy.post(`/api/plaid/items/${item.id}/sync`)).status).toBe(409);
    expect((await copy.post(`/api/plaid/items/${item.id}/repaired`)).status).toBe(409);
    expect((await copy.post('/api/plaid/create-link-token', { item_id: item.id })).status).toBe(409);
    expect((await copy.post('/api/plaid/sync-all')).status).toBe(202);
    expect(await query('SELECT 1 FROM sync_jobs WHERE plaid_item_id = $1', item.id)).toEqual([]);
    await expect(rotateKeys(app.deps.database, createTokenVault([Buffer.alloc(32, 7).toString('base64')]))).resolves.toMatchObject({
      rotated: 0,
    });
    // Removing it asks no bank.
    const asked = app.bank.requests.length;
    expect((await copy.delete(`/api/plaid/items/${item.id}`)).body).toEqual({ success: true });
    expect(app.bank.requests.length).toBe(asked);
    expect((await copy.get('/api/dashboard/transactions')).body.pagination.total_items).toBe(0);
  });

  it('does not go into an account that has something, and takes all or nothing', async () => {
    const { client } = await household();
    const { body } = await download(client, '/api/me/export');
    expect((await bringIn(client, body)).status).toBe(409);
    const text = body.toString();
    const broken: [string, string][] = [
      ['half of it', text.slice(0, text.length / 2)],
      ['no JSON', 'hello'],
      ['nothing', '{}'],
      ['a list', '[]'],
      [
        'a row of an account that is not in it',
        text.replace(/"account_id":"[0-9a-f-]{36}","user_id"/, '"account_id":"00000000-0000-4000-8000-000000000000","user_id"'),
      ],
      ['an amount that is none', text.replace('"amount":800.0000000000', '"amount":"lots"')],
      ['a type that is none', text.replace('"cash_flow_type":"expense"', '"cash_flow_type":"gift"')],
      ['a zone that is none', text.replace('"time_zone":"UTC"', '"time_zone":"Mars/Base"')],
      ['a goal that is none', text.replace('"net_worth_goal":12345.6700000000', '"net_worth_goal":"abc"')],
      ['a currency that is none', text.replace('"base_currency":"USD"', '"base_currency":"ZZQ"')],
      [
        'a threshold that is none',
        text
          .replace('"parameters":{"amount":"300"}', '"parameters":{"amount":"abc"}')
          .replace('"parameters":{"amount": "300"}', '"parameters":{"amount":"abc"}'),
      ],
      ['a row without an end', `{"profile":["${'x'.repeat(9_000_000)}`],
      ['a part that none has', text.replace('"profile":', '"wishes":[{"id":"1"}],\n"profile":')],
      ['NUL', text.replace('VALLEY POWER', 'VALLEY\\u0000POWER')],
    ];
    for (const [what, file] of broken) {
      expect(file, what).not.toBe(text);
      const empty = await register(app);
      const answer = await bringIn(empty, file);
      expect(answer.status, `${what}: ${JSON.stringify(answer.body)}`).toBe(400);
      expect((await empty.get('/api/dashboard/accounts')).body, what).toEqual([]);
    }
  });

  it('twice at the same time ends with one', async () => {
    const { client } = await household();
    const { body } = await download(client, '/api/me/export');
    const copy = await register(app);
    const answers = await Promise.all([bringIn(copy, body), bringIn(copy, body), bringIn(copy, body)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await copy.get('/api/plaid/items')).body).toHaveLength(1);
  });

  it('cannot write what belongs to others', async () => {
    const { client } = await household();
    const victim = await household();
    const victimId = await idOf(victim.client);
    const everything = JSON.parse((await download(client, '/api/me/export')).body.toString());
    const before = await figuresOf(victim.client);
    const [price] = await query(
      'SELECT id, security_id, name, close_price::text FROM securities WHERE id IN (SELECT security_id FROM holdings WHERE user_id = $1)',
      victimId,
    );
    everything.transactions = everything.transactions.map((row: object) => ({ ...row, user_id: victimId }));
    everything.accounts[0].user_id = victimId;
    everything.securities = everything.securities.map((row: object) => ({
      ...row,
      id: price.id,
      security_id: price.security_id,
      name: 'STOLEN',
    }));
    everything.holdings = everything.holdings.map((row: object) => ({ ...row, security_id: price.id }));
    everything.investment_transactions = [];
    everything.security_prices = [];
    const copy = await register(app);
    const answer = await bringIn(copy, JSON.stringify(everything));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect(await figuresOf(victim.client)).toEqual(before);
    expect(await query('SELECT name FROM securities WHERE id = $1', price.id)).toEqual([{ name: price.name }]);
    expect(await query('SELECT count(*)::int AS rows FROM transactions WHERE user_id = $1', victimId)).toEqual([{ rows: 19 }]);
  });
});
