import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { LinkKind } from '../plaid/client.ts';
import type { BankItem } from './bank-item.ts';
import { bankDay, householdItem, type ItemRecord } from './household-item.ts';
import { INSTITUTIONS } from './institutions.ts';
import { type Bank, bankProtocol } from './protocol.ts';
import { createWebhookSigner } from './webhooks.ts';

const SEED = 'the demo household';
export const DEMO_CREDENTIALS = { clientId: 'demo', secret: 'demo' };

/** The institutions a demo household is linked to, and the kind of link each takes. */
export const DEMO_LINKS: { institutionId: string; institutionName: string; kind: LinkKind }[] = (
  ['bank', 'investments', 'loans'] as const
).flatMap((kind, index) => {
  const institution = INSTITUTIONS[index];
  return institution ? [{ kind, institutionId: institution.id, institutionName: institution.name }] : [];
});

export interface DemoBank {
  /** Where it speaks Plaid's protocol. */
  url: string;
  bank: Bank;
  close: () => Promise<void>;
}

/**
 * A local stand-in for Plaid on a free loopback port. Its links survive restarts in `file`; their data follows from a seed
 * and the day.
 */
export async function startDemoBank(options: {
  file: string;
  now: () => Date;
  onWebhookFailure: (reason: string) => void;
}): Promise<DemoBank> {
  const records = new Map<string, ItemRecord>(readRecords(options.file).map((record) => [record.accessToken, record]));
  const save = () =>
    writeRecords(
      options.file,
      [...records.values()].filter((record) => bank.items.has(record.accessToken)),
    );
  const signer = createWebhookSigner(options.now, (_webhook, reason) => options.onWebhookFailure(reason));
  const announce = (item: BankItem, extra: Record<string, boolean>) => {
    void signer.send(item, 'TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', extra);
  };
  const announceActivity = (item: BankItem) => {
    void signer.send(item, 'INVESTMENTS_TRANSACTIONS', 'HISTORICAL_UPDATE', {
      new_investments_transactions: item.data.investmentTransactions.length,
      canceled_investments_transactions: 0,
    });
  };
  const open = (record: ItemRecord): BankItem => {
    records.set(record.accessToken, record);
    return householdItem(record, { now: options.now, save, announce, announceActivity });
  };
  const bank: Bank = {
    items: new Map(),
    publicTokens: new Map(),
    linkSessions: new Map(),
    institutions: INSTITUTIONS,
    signer,
    now: options.now,
    planned: new Map(),
    save,
    connect: (institutionId, webhook) =>
      open({
        itemId: randomUUID().replaceAll('-', ''),
        accessToken: `access-sandbox-${randomUUID()}`,
        institutionId,
        seed: SEED,
        createdOn: bankDay(options.now()),
        isPrepared: false,
        webhook,
        error: null,
      }),
    remove: (item) => {
      bank.items.delete(item.accessToken);
      records.delete(item.accessToken);
      save();
    },
  };
  for (const record of [...records.values()]) bank.items.set(record.accessToken, open(record));

  const server = createServer(bankProtocol(bank, DEMO_CREDENTIALS));
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bank,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function readRecords(file: string): ItemRecord[] {
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, 'utf8')) as ItemRecord[];
}

/** Written beside and moved into place, so that a crash leaves the old file or the new one. */
function writeRecords(file: string, records: ItemRecord[]) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(records), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
