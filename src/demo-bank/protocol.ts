import { randomUUID } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import { type BankError, type BankItem, LOGIN_REQUIRED } from './bank-item.ts';
import { MutationDuringPagination, RefusedCursor } from './change-log.ts';
import type { WebhookSigner } from './webhooks.ts';

const BODY_LIMIT = '1mb';
const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 100;
const LINK_TOKEN_LIFE_MS = 4 * 3_600_000;
/** Links that people have begun and not ended: the oldest are forgotten. */
const OPEN_MAX = 500;

const HTTP_STATUS_OF_TYPE: Record<string, number> = { RATE_LIMIT_EXCEEDED: 429, API_ERROR: 500 };

class Refusal extends Error {
  readonly details: BankError;
  constructor(error_type: string, error_code: string, error_message: string) {
    super(error_code);
    this.details = { error_type, error_code, error_message };
  }
}

export interface LinkSession {
  token: string;
  userId: string;
  products: string[];
  /** Products to share beyond those, as far as the person agrees. */
  consent: string[];
  /** Whether the person chooses the accounts again. */
  hasAccountSelection: boolean;
  webhook: string | null;
  /** Where a bank that signs in on its own pages sends the browser back to. */
  redirectUri: string | null;
  /** What such a bank has made, by the state that came back with the browser. */
  returned: { state: string; item: BankItem } | null;
  /** The item to repair, in update mode. */
  item: BankItem | null;
}

export interface Bank {
  items: Map<string, BankItem>;
  publicTokens: Map<string, BankItem>;
  linkSessions: Map<string, LinkSession>;
  institutions: { id: string; name: string; products: string[]; color: string; isOauth?: boolean }[];
  signer: WebhookSigner;
  now: () => Date;
  /** Makes a link to an institution, as when somebody has signed in there. */
  connect: (institutionId: string, webhook: string | null) => BankItem;
  save: () => void;
  remove: (item: BankItem) => void;
  /** Fewer rows a page than asked for. */
  pageSizeMax?: number;
  /** Errors to answer with, by path, each used once; tests and demonstrations put them here. */
  planned: Map<string, BankError[]>;
}

const withToken = z.looseObject({ access_token: z.string() });
const paging = z.object({
  count: z.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  offset: z.number().int().min(0).default(0),
});

/** Plaid's wire protocol over the bank's items: the paths, the requests it checks, the answers and errors. */
export function bankProtocol(bank: Bank, credentials: { clientId: string; secret: string }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: BODY_LIMIT }));

  const answer = (path: string, handle: (body: unknown, request: Request) => object | Promise<object>) => {
    app.post(path, async (request: Request, response: Response) => {
      const requestId = randomUUID().replaceAll('-', '').slice(0, 15);
      try {
        requireCredentials(request, credentials);
        const planned = bank.planned.get(path)?.shift();
        if (planned) return sendError(response, planned, requestId);
        response.json({ ...(await handle(request.body ?? {}, request)), request_id: requestId });
      } catch (error) {
        sendError(response, toBankError(error), requestId);
      }
    });
  };

  /** The item of a request's access token, brought up to date; an item in error answers with its error. */
  const itemOf = (body: unknown, options: { evenBroken?: boolean } = {}): BankItem => {
    const { access_token } = parse(withToken, body);
    const item = bank.items.get(access_token);
    if (!item) throw new Refusal('INVALID_INPUT', 'INVALID_ACCESS_TOKEN', 'could not find matching access token');
    item.refresh();
    const failure = item.error ?? item.outage;
    if (failure && !options.evenBroken) throw Object.assign(new Refusal('', '', ''), { details: failure });
    return item;
  };

  const requireProduct = (item: BankItem, product: string) => {
    if (!item.products.includes(product)) {
      throw new Refusal('ITEM_ERROR', 'PRODUCTS_NOT_SUPPORTED', `the product ${product} is not supported by this institution`);
    }
  };

  answer('/link/token/create', (body) => {
    const request = parse(
      z.looseObject({
        client_name: z.string().min(1),
        language: z.string(),
        country_codes: z.array(z.string()).min(1),
        user: z.looseObject({ client_user_id: z.string().min(1) }),
        products: z.array(z.string()).optional(),
        webhook: z.string().nullish(),
        redirect_uri: z.url().nullish(),
        additional_consented_products: z.array(z.string()).nullish(),
        update: z.looseObject({ account_selection_enabled: z.boolean().nullish() }).nullish(),
        access_token: z.string().nullish(),
      }),
      body,
    );
    const item = request.access_token ? itemOf(body, { evenBroken: true }) : null;
    if (!item && !request.products?.length) throw new Refusal('INVALID_REQUEST', 'MISSING_FIELDS', 'products must be given');
    const token = `link-sandbox-${randomUUID()}`;
    forgetOldest(bank.linkSessions, OPEN_MAX);
    bank.linkSessions.set(token, {
      token,
      userId: request.user.client_user_id,
      products: request.products ?? [],
      consent: request.additional_consented_products ?? [],
      hasAccountSelection: request.update?.account_selection_enabled ?? false,
      webhook: request.webhook ?? null,
      redirectUri: request.redirect_uri ?? null,
      returned: null,
      item,
    });
    return { link_token: token, expiration: new Date(bank.now().getTime() + LINK_TOKEN_LIFE_MS).toISOString() };
  });

  answer('/sandbox/public_token/create', (body) => {
    const request = parse(
      z.looseObject({
        institution_id: z.string(),
        initial_products: z.array(z.string()).min(1),
        options: z.looseObject({ webhook: z.string().nullish() }).nullish(),
      }),
      body,
    );
    const institution = bank.institutions.find(({ id }) => id === request.institution_id);
    if (!institution) throw new Refusal('INVALID_INPUT', 'INVALID_INSTITUTION', 'unknown institution');
    const isSupported = request.initial_products.every((product) => institution.products.includes(product));
    if (!isSupported) throw new Refusal('SANDBOX_ERROR', 'SANDBOX_PRODUCT_NOT_ENABLED', 'product not enabled at this institution');
    return { public_token: issuePublicToken(bank, bank.connect(institution.id, request.options?.webhook ?? null)) };
  });

  answer('/item/public_token/exchange', (body) => {
    const { public_token } = parse(z.looseObject({ public_token: z.string() }), body);
    const item = bank.publicTokens.get(public_token);
    if (!item) throw new Refusal('INVALID_INPUT', 'INVALID_PUBLIC_TOKEN', 'could not find matching public token');
    bank.publicTokens.delete(public_token);
    bank.items.set(item.accessToken, item);
    bank.save();
    return { access_token: item.accessToken, item_id: item.itemId };
  });

  answer('/item/get', (body) => ({ item: wireItem(itemOf(body, { evenBroken: true })), status: null }));

  answer('/item/remove', (body) => {
    bank.remove(itemOf(body, { evenBroken: true }));
    return {};
  });

  answer('/item/webhook/update', (body) => {
    const item = itemOf(body);
    item.webhook = parse(z.looseObject({ webhook: z.string().nullable() }), body).webhook;
    bank.save();
    return { item: wireItem(item) };
  });

  const accounts = (body: unknown) => {
    const item = itemOf(body);
    return { accounts: item.data.accounts, item: wireItem(item) };
  };
  answer('/accounts/get', accounts);
  answer('/accounts/balance/get', accounts);

  answer('/transactions/sync', (body) => {
    const item = itemOf(body);
    requireProduct(item, 'transactions');
    const request = parse(
      z.looseObject({
        cursor: z.string().max(256).nullish(),
        count: z.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
      }),
      body,
    );
    const accountsWithTransactions = item.data.accounts.filter((account) => account.type !== 'investment');
    if (item.readiness === 'NOT_READY') {
      item.prepare();
      const nothing = { added: [], modified: [], removed: [], next_cursor: '', has_more: false };
      return { ...nothing, transactions_update_status: 'NOT_READY', accounts: [] };
    }
    const page = item.log.read(request.cursor ?? undefined, Math.min(request.count, bank.pageSizeMax ?? PAGE_SIZE_MAX));
    return { ...page, transactions_update_status: item.readiness, accounts: accountsWithTransactions };
  });

  answer('/transactions/get', (body) => {
    const item = itemOf(body);
    requireProduct(item, 'transactions');
    const window = parse(z.looseObject({ start_date: z.iso.date(), end_date: z.iso.date(), options: paging.prefault({}) }), body);
    const rows = [...item.log.current().values()]
      .filter((row) => row.date >= window.start_date && row.date <= window.end_date)
      .sort((a, b) => (a.date > b.date ? -1 : 1));
    const { offset, count } = window.options;
    return {
      accounts: item.data.accounts,
      transactions: rows.slice(offset, offset + count),
      total_transactions: rows.length,
      item: wireItem(item),
    };
  });

  answer('/transactions/refresh', (body) => {
    requireProduct(itemOf(body), 'transactions');
    return {};
  });

  // An add-on that none of the demo bank's institutions has.
  answer('/transactions/recurring/get', (body) => {
    itemOf(body);
    throw new Refusal('ITEM_ERROR', 'PRODUCTS_NOT_SUPPORTED', 'recurring transactions are not enabled');
  });

  answer('/investments/holdings/get', (body) => {
    const item = itemOf(body);
    requireProduct(item, 'investments');
    requireAccounts(item, 'investment', 'NO_INVESTMENT_ACCOUNTS');
    const { accounts: all, holdings, securities } = item.data;
    const held = new Set(holdings.map((holding) => holding.security_id));
    return {
      accounts: all.map(withMarginLoan),
      holdings,
      securities: securities.filter((security) => held.has(security.security_id)),
      item: wireItem(item),
    };
  });

  answer('/investments/transactions/get', (body) => {
    const item = itemOf(body);
    requireProduct(item, 'investments');
    requireAccounts(item, 'investment', 'NO_INVESTMENT_ACCOUNTS');
    const window = parse(
      z.looseObject({
        start_date: z.iso.date(),
        end_date: z.iso.date(),
        options: paging.extend({ async_update: z.boolean().default(false) }).prefault({}),
      }),
      body,
    );
    if (window.options.async_update && !item.isActivityReady()) {
      throw new Refusal('ITEM_ERROR', 'PRODUCT_NOT_READY', 'the requested product is not yet ready');
    }
    const rows = item.data.investmentTransactions.filter((row) => row.date >= window.start_date && row.date <= window.end_date);
    const page = rows.slice(window.options.offset, window.options.offset + window.options.count);
    const traded = new Set(page.map((row) => row.security_id));
    return {
      accounts: item.data.accounts.map(withMarginLoan),
      investment_transactions: page,
      securities: item.data.securities.filter((security) => traded.has(security.security_id)),
      total_investment_transactions: rows.length,
      item: wireItem(item),
    };
  });

  answer('/liabilities/get', (body) => {
    const item = itemOf(body);
    requireProduct(item, 'liabilities');
    const { liabilities } = item.data;
    if (Object.values(liabilities).every((rows) => !rows)) {
      throw new Refusal('ITEM_ERROR', 'NO_LIABILITY_ACCOUNTS', 'there are no liability accounts associated with this item');
    }
    return { accounts: item.data.accounts, liabilities, item: wireItem(item) };
  });

  answer('/institutions/get_by_id', (body) => {
    const { institution_id } = parse(z.looseObject({ institution_id: z.string(), country_codes: z.array(z.string()).min(1) }), body);
    const found = bank.institutions.find(({ id }) => id === institution_id);
    if (!found) throw new Refusal('INVALID_INPUT', 'INVALID_INSTITUTION', 'unknown institution');
    const institution = {
      institution_id,
      name: found.name,
      products: found.products,
      country_codes: ['US'],
      routing_numbers: [],
      oauth: found.isOauth ?? false,
    };
    return { institution: { ...institution, url: null, primary_color: found.color, logo: null } };
  });

  answer('/webhook_verification_key/get', (body) => {
    const { key_id } = parse(z.looseObject({ key_id: z.string() }), body);
    const key = bank.signer.publicKey(key_id);
    if (!key) throw new Refusal('INVALID_INPUT', 'INVALID_WEBHOOK_VERIFICATION_KEY_ID', 'invalid key_id');
    return { key };
  });

  answer('/sandbox/item/fire_webhook', async (body) => {
    const item = itemOf(body, { evenBroken: true });
    const { webhook_code, webhook_type } = parse(
      z.looseObject({ webhook_code: z.string(), webhook_type: z.string().default('TRANSACTIONS') }),
      body,
    );
    if (!item.webhook) throw new Refusal('SANDBOX_ERROR', 'SANDBOX_WEBHOOK_INVALID', 'the item has no webhook');
    await bank.signer.send(item, webhook_type, webhook_code, EXTRA_OF_WEBHOOK[webhook_code] ?? {});
    return { webhook_fired: true };
  });

  answer('/sandbox/item/reset_login', async (body) => {
    const item = itemOf(body, { evenBroken: true });
    item.error = LOGIN_REQUIRED;
    bank.save();
    await bank.signer.send(item, 'ITEM', 'ERROR', { error: { ...LOGIN_REQUIRED, status: 400 } });
    return { reset_login: true };
  });

  app.use((_request, response) => {
    sendError(response, { status: 404, error_type: 'INVALID_REQUEST', error_code: 'NOT_FOUND', error_message: 'no such path' }, '');
  });
  return app;
}

/** What a webhook carries beside its names. */
const EXTRA_OF_WEBHOOK: Record<string, Record<string, unknown>> = {
  SYNC_UPDATES_AVAILABLE: { initial_update_complete: true, historical_update_complete: true },
  PENDING_DISCONNECT: { reason: 'INSTITUTION_TOKEN_EXPIRATION' },
};

export function issuePublicToken(bank: Bank, item: BankItem): string {
  const token = `public-sandbox-${randomUUID()}`;
  for (const forgotten of forgetOldest(bank.publicTokens, OPEN_MAX)) if (!bank.items.has(forgotten.accessToken)) bank.remove(forgotten);
  bank.publicTokens.set(token, item);
  return token;
}

/** Makes room for one more. @returns what had to go */
function forgetOldest<Kept>(kept: Map<string, Kept>, max: number): Kept[] {
  const forgotten = [...kept].slice(0, Math.max(0, kept.size + 1 - max));
  for (const [key] of forgotten) kept.delete(key);
  return forgotten.map(([, value]) => value);
}

/** The investment products' answers say of every account what was borrowed against it; only a brokerage account lends. */
const withMarginLoan = (account: BankItem['data']['accounts'][number]) => ({
  ...account,
  balances: { margin_loan_amount: account.subtype === 'brokerage' ? 0 : null, ...account.balances },
});

const wireItem = (item: BankItem) => ({
  item_id: item.itemId,
  institution_id: item.institutionId,
  institution_name: item.institutionName,
  webhook: item.webhook,
  error: item.error
    ? { ...item.error, error_message: item.error.error_message ?? '', display_message: item.error.display_message ?? null, request_id: '' }
    : null,
  available_products: [],
  billed_products: item.products,
  products: item.products,
  consent_expiration_time: null,
  update_type: 'background',
});

function requireAccounts(item: BankItem, type: string, code: string) {
  if (!item.data.accounts.some((account) => account.type === type)) throw new Refusal('ITEM_ERROR', code, 'there are no such accounts');
}

function requireCredentials(request: Request, { clientId, secret }: { clientId: string; secret: string }) {
  if (request.get('plaid-client-id') !== clientId || request.get('plaid-secret') !== secret) {
    throw new Refusal('INVALID_INPUT', 'INVALID_API_KEYS', 'invalid client_id or secret provided');
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal('INVALID_REQUEST', 'INVALID_FIELD', `${issue?.path.join('.')}: ${issue?.message}`);
}

function toBankError(error: unknown): BankError {
  if (error instanceof Refusal) return error.details;
  if (error instanceof RefusedCursor)
    return new Refusal('INVALID_REQUEST', 'INVALID_FIELD', 'cursor not associated with access_token').details;
  if (error instanceof MutationDuringPagination) {
    return new Refusal('TRANSACTIONS_ERROR', 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION', 'the transactions changed during pagination')
      .details;
  }
  return { error_type: 'API_ERROR', error_code: 'INTERNAL_SERVER_ERROR', error_message: 'an unexpected error occurred' };
}

function sendError(response: Response, error: BankError, requestId: string) {
  const { status, ...body } = { display_message: null, error_message: '', ...error };
  response.status(status ?? HTTP_STATUS_OF_TYPE[error.error_type] ?? 400).json({ ...body, request_id: requestId });
}
