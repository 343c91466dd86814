import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AccountBase, Holding, InvestmentTransaction, LiabilitiesObject, Security, Transaction } from 'plaid';
import { type BankItem, noData } from '../src/demo-bank/bank-item.ts';
import { ChangeLog } from '../src/demo-bank/change-log.ts';
import { type Bank, bankProtocol, issuePublicToken } from '../src/demo-bank/protocol.ts';
import { createWebhookSigner } from '../src/demo-bank/webhooks.ts';

export const BANK_CREDENTIALS = { clientId: 'test-client', secret: 'canary-secret' };

export interface TestBankOptions {
  pageSizeMax?: number;
  /** Called before each answer; what returns true has answered by itself. */
  intercept?: (path: string, response: ServerResponse) => boolean | Promise<boolean>;
}

/** A bank without anything in it, speaking the demo bank's protocol: tests put items and their data there. */
export async function startTestBank(now: () => Date, options: TestBankOptions = {}) {
  const requests: { path: string; body: Record<string, unknown> }[] = [];
  const bank: Bank = {
    items: new Map(),
    publicTokens: new Map(),
    linkSessions: new Map(),
    institutions: [{ id: 'ins_1', name: 'Test Bank', products: ['transactions', 'investments', 'liabilities'], color: '#000000' }],
    signer: createWebhookSigner(now, () => undefined),
    now,
    planned: new Map(),
    ...(options.pageSizeMax === undefined ? {} : { pageSizeMax: options.pageSizeMax }),
    connect: (institutionId, webhook) => Object.assign(newItem(), { institutionId, webhook }),
    save: () => undefined,
    remove: (item) => void bank.items.delete(item.accessToken),
  };
  const protocol = bankProtocol(bank, BANK_CREDENTIALS);
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, body: {} });
    if (!(await options.intercept?.(path, response))) protocol(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    ...bank,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** A new item, and the public token that Link would give for it. */
    link: (data: ItemData) => {
      const item = newItem();
      setData(item, data);
      return { item, publicToken: issuePublicToken(bank, item) };
    },
    failNext: (path: string, ...errors: { error_type: string; error_code: string; status?: number }[]) => {
      bank.planned.set(path, [...(bank.planned.get(path) ?? []), ...errors]);
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** An item without anything in it. */
export function newItem(): BankItem {
  const itemId = `item-${randomUUID()}`;
  return {
    itemId,
    accessToken: `canary-access-${randomUUID()}`,
    institutionId: 'ins_1',
    institutionName: 'Test Bank',
    products: ['transactions', 'investments', 'liabilities'],
    webhook: null,
    log: new ChangeLog(itemId),
    readiness: 'HISTORICAL_UPDATE_COMPLETE',
    error: null,
    outage: null,
    data: noData(),
    refresh: () => undefined,
    prepare: () => undefined,
    isActivityReady: () => true,
  };
}

export interface ItemData {
  accounts: AccountBase[];
  transactions?: Transaction[];
  holdings?: Holding[];
  securities?: Security[];
  investmentTransactions?: InvestmentTransaction[];
  liabilities?: Partial<LiabilitiesObject>;
}

/** Replaces what the bank says of an item; its transactions are added to the log. */
export function setData(item: BankItem, data: ItemData) {
  item.data = {
    ...noData(),
    accounts: data.accounts,
    holdings: data.holdings ?? [],
    securities: data.securities ?? [],
    investmentTransactions: data.investmentTransactions ?? [],
    liabilities: { ...noData().liabilities, ...data.liabilities },
  };
  add(item, ...(data.transactions ?? []));
}

export const add = (item: BankItem, ...transactions: Transaction[]) => {
  item.log.append(...transactions.map((transaction) => ({ kind: 'added' as const, transaction })));
  item.log.publish();
};
export const modify = (item: BankItem, ...transactions: Transaction[]) => {
  item.log.append(...transactions.map((transaction) => ({ kind: 'modified' as const, transaction })));
  item.log.publish();
};
export const remove = (item: BankItem, ...transactions: Transaction[]) => {
  item.log.append(
    ...transactions.map((row) => ({ kind: 'removed' as const, transactionId: row.transaction_id, accountId: row.account_id })),
  );
  item.log.publish();
};

const USD = { iso_currency_code: 'USD', unofficial_currency_code: null };
let serial = 0;
const unique = (word: string) => `${word}-${randomUUID().slice(0, 8)}-${serial++}`;

/** An account as the bank lists it; what a test does not say is null where the bank may leave it null. */
export const account = (type: string, subtype: string | null, current: number | null, more: Record<string, unknown> = {}): AccountBase =>
  ({
    account_id: unique('acc'),
    name: `${subtype ?? type} account`,
    official_name: null,
    mask: null,
    type,
    subtype,
    ...more,
    balances: { available: null, current, limit: null, ...USD, ...(more.balances as object) },
  }) as AccountBase;

/** A posted transaction; `category` is Plaid's detailed one, of which `primary` is the first part. */
export const transaction = (on: AccountBase, date: string, amount: number, name: string, more: Record<string, unknown> = {}): Transaction =>
  ({
    transaction_id: unique('txn'),
    account_id: on.account_id,
    amount,
    ...USD,
    date,
    authorized_date: null,
    datetime: null,
    authorized_datetime: null,
    name,
    merchant_name: null,
    pending: false,
    pending_transaction_id: null,
    payment_channel: 'other',
    transaction_code: null,
    account_owner: null,
    location: null,
    payment_meta: null,
    personal_finance_category: null,
    ...more,
  }) as unknown as Transaction;

export const category = (primary: string, detailed: string) => ({
  personal_finance_category: { primary, detailed, confidence_level: 'HIGH' },
});

export const security = (ticker: string | null, type: string | null, more: Record<string, unknown> = {}): Security =>
  ({
    security_id: unique('sec'),
    name: ticker,
    ticker_symbol: ticker,
    type,
    is_cash_equivalent: null,
    close_price: null,
    close_price_as_of: null,
    isin: null,
    cusip: null,
    sedol: null,
    sector: null,
    industry: null,
    ...USD,
    ...more,
  }) as Security;

export const holding = (
  on: AccountBase,
  of: Security,
  quantity: number,
  price: number,
  cost: number | null,
  more: Record<string, unknown> = {},
): Holding =>
  ({
    account_id: on.account_id,
    security_id: of.security_id,
    quantity,
    institution_price: price,
    institution_value: quantity * price,
    institution_price_as_of: null,
    cost_basis: cost,
    ...USD,
    ...more,
  }) as Holding;

export const trade = (
  on: AccountBase,
  of: Security | null,
  date: string,
  type: string,
  subtype: string,
  amount: number,
  quantity = 0,
  price = 0,
): InvestmentTransaction =>
  ({
    investment_transaction_id: unique('inv'),
    account_id: on.account_id,
    security_id: of?.security_id ?? null,
    date,
    name: subtype,
    quantity,
    amount,
    price,
    fees: null,
    type,
    subtype,
    ...USD,
  }) as InvestmentTransaction;
