import { Configuration, CountryCode, type LinkTokenCreateRequest, PlaidApi, PlaidEnvironments, Products } from 'plaid';
import { z } from 'zod';
import type { CalendarDate } from '../lib/dates.ts';
import { PlaidFailure, UNREADABLE_TOKEN } from './failure.ts';
import { liabilitiesAnswer } from './liabilities.ts';
import * as translate from './translate.ts';

const TIMEOUT_MS = 30_000;
/** A first call for investment transactions makes Plaid fetch them from the institution. */
const INVESTMENTS_TIMEOUT_MS = 150_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const TRANSACTIONS_PAGE_SIZE = 500;
const INVESTMENT_TRANSACTIONS_PAGE_SIZE = 500;
/** The most history Plaid gives; fixed for an item when its transactions are first asked for. */
const HISTORY_DAYS = 730;
const CLIENT_NAME = 'Financial Intelligence';

/** An item as stored: the access token is sealed and opened only in here. */
export interface ItemCredentials {
  userId: string;
  itemId: string;
  accessToken: string;
}

export interface TokenVault {
  seal: (token: string, owner: { userId: string; itemId: string }) => string;
  /** @returns null when none of the keys opens it, it was changed, or it belongs to somebody else */
  open: (sealed: string, owner: { userId: string; itemId: string }) => string | null;
  /** False when an older key sealed it. */
  isSealedByNewest: (sealed: string) => boolean;
}

export type LinkKind = 'bank' | 'investments' | 'loans';
export const LINK_KINDS = ['bank', 'investments', 'loans'] as const;

/** The product that a kind of link needs; institutions without it are not offered. The others are consented to, not fetched. */
const PRODUCTS: Record<LinkKind, { needed: Products; consented: Products[] }> = {
  bank: { needed: Products.Transactions, consented: [Products.Investments, Products.Liabilities] },
  investments: { needed: Products.Investments, consented: [Products.Transactions, Products.Liabilities] },
  loans: { needed: Products.Liabilities, consented: [Products.Transactions, Products.Investments] },
};

const CONSENT_PRODUCTS = {
  transactions: Products.Transactions,
  investments: Products.Investments,
  liabilities: Products.Liabilities,
} as const;
export type ConsentProduct = keyof typeof CONSENT_PRODUCTS;

export interface PlaidSettings {
  /** `sandbox` or `production`; the address follows unless `baseUrl` is given. */
  environment: 'sandbox' | 'production';
  clientId: string;
  secret: string;
  baseUrl?: string | undefined;
  /** Where webhooks should go; undefined: nowhere. Asked for at each use, since the port may be known late. */
  webhookUrl: () => string | undefined;
  /** Where a bank that signs people in on its own pages sends them back to; it has to be registered with Plaid. */
  redirectUri?: () => string | undefined;
  vault: TokenVault;
  /** Aborted when calls under way should be given up. */
  signal?: AbortSignal;
}

export type PlaidGateway = ReturnType<typeof createPlaidGateway>;

/** The only door to Plaid. Every method throws PlaidFailure and nothing else when the call does not succeed. */
export function createPlaidGateway(settings: PlaidSettings) {
  const api = new PlaidApi(
    new Configuration({
      basePath: settings.baseUrl ?? (PlaidEnvironments[settings.environment] as string),
      baseOptions: {
        timeout: TIMEOUT_MS,
        maxRedirects: 0,
        maxContentLength: ANSWER_BYTES_MAX,
        proxy: false,
        ...(settings.signal ? { signal: settings.signal } : {}),
        headers: { 'PLAID-CLIENT-ID': settings.clientId, 'PLAID-SECRET': settings.secret, 'Plaid-Version': '2020-09-14' },
      },
    }),
  );
  const open = (item: ItemCredentials) => {
    const token = settings.vault.open(item.accessToken, item);
    if (token === null) throw new PlaidFailure({ code: UNREADABLE_TOKEN });
    return token;
  };

  return {
    /**
     * A token for the browser's Link: for a new link of a kind, or, with `item`, to repair one, choose its accounts, or agree to
     * share more of its products.
     */
    createLinkToken: async (
      userId: string,
      options: { kind: LinkKind; item?: ItemCredentials; accountSelection?: boolean; consent?: ConsentProduct[] },
    ) => {
      const redirectUri = settings.redirectUri?.();
      const request: LinkTokenCreateRequest = {
        client_name: CLIENT_NAME,
        language: 'en',
        country_codes: [CountryCode.Us],
        user: { client_user_id: userId },
        ...(redirectUri ? { redirect_uri: redirectUri } : {}),
      };
      if (options.item) {
        request.access_token = open(options.item);
        if (options.accountSelection) request.update = { account_selection_enabled: true };
        if (options.consent?.length) request.additional_consented_products = options.consent.map((product) => CONSENT_PRODUCTS[product]);
      } else {
        const { needed, consented } = PRODUCTS[options.kind];
        const webhook = settings.webhookUrl();
        request.products = [needed];
        request.additional_consented_products = consented;
        if (webhook) request.webhook = webhook;
        if (needed === Products.Transactions) request.transactions = { days_requested: HISTORY_DAYS };
      }
      return call(api.linkTokenCreate(request), translate.linkTokenAnswer);
    },

    /** @returns the new item's id and its access token, already sealed for its owner. */
    exchangePublicToken: async (userId: string, publicToken: string): Promise<ItemCredentials> => {
      const { itemId, accessToken } = await call(api.itemPublicTokenExchange({ public_token: publicToken }), translate.exchangeAnswer);
      return { userId, itemId, accessToken: settings.vault.seal(accessToken, { userId, itemId }) };
    },

    getItem: async (item: ItemCredentials) => call(api.itemGet({ access_token: open(item) }), translate.itemAnswer),

    /** Where webhooks should go just now. */
    webhookUrl: settings.webhookUrl,

    updateWebhook: async (item: ItemCredentials, webhook: string) =>
      call(api.itemWebhookUpdate({ access_token: open(item), webhook }), z.unknown()),

    removeItem: async (item: ItemCredentials) => call(api.itemRemove({ access_token: open(item) }), z.unknown()),

    getAccounts: async (item: ItemCredentials) => call(api.accountsGet({ access_token: open(item) }), translate.accountsAnswer),

    /** One page of what changed since `cursor`; null asks from the beginning. */
    syncTransactions: async (item: ItemCredentials, cursor: string | null) =>
      call(
        api.transactionsSync({
          access_token: open(item),
          count: TRANSACTIONS_PAGE_SIZE,
          ...(cursor === null ? {} : { cursor }),
          options: {
            include_original_description: true,
            personal_finance_category_version: 'v2' as never,
            ...(cursor === null ? { days_requested: HISTORY_DAYS } : {}),
          },
        }),
        translate.transactionsPage,
      ),

    getHoldings: async (item: ItemCredentials) => call(api.investmentsHoldingsGet({ access_token: open(item) }), translate.holdingsAnswer),

    /** One page of a window of days. The first time the answer may be that they are being prepared. */
    getInvestmentTransactions: async (
      item: ItemCredentials,
      page: { from: CalendarDate; to: CalendarDate; offset: number; isFirst: boolean },
    ) =>
      call(
        api.investmentsTransactionsGet(
          {
            access_token: open(item),
            start_date: page.from,
            end_date: page.to,
            options: { count: INVESTMENT_TRANSACTIONS_PAGE_SIZE, offset: page.offset, ...(page.isFirst ? { async_update: true } : {}) },
          },
          { timeout: INVESTMENTS_TIMEOUT_MS },
        ),
        translate.investmentTransactionsAnswer,
      ),

    getLiabilities: async (item: ItemCredentials) => call(api.liabilitiesGet({ access_token: open(item) }), liabilitiesAnswer),

    /** What Plaid's own detection takes for recurring: an add-on that most applications do not have. */
    getRecurringStreams: async (item: ItemCredentials) =>
      call(api.transactionsRecurringGet({ access_token: open(item) }), translate.recurringAnswer),

    getInstitutionName: (institutionId: string) =>
      call(api.institutionsGetById({ institution_id: institutionId, country_codes: [CountryCode.Us] }), translate.institutionAnswer),

    getWebhookKey: (keyId: string) => call(api.webhookVerificationKeyGet({ key_id: keyId }), translate.webhookKeyAnswer),

    /** Sandbox only: the public token that Link would have given. */
    createSandboxPublicToken: (institutionId: string, kind: LinkKind) => {
      const { needed } = PRODUCTS[kind];
      const webhook = settings.webhookUrl();
      return call(
        api.sandboxPublicTokenCreate({
          institution_id: institutionId,
          initial_products: [needed],
          ...(webhook ? { options: { webhook } } : {}),
        }),
        translate.publicTokenAnswer,
      );
    },
  };
}

interface Answer {
  status: number;
  data: unknown;
}

/** Awaits an answer and translates it. The client's own error carries keys and tokens: it ends here. */
async function call<Schema extends z.ZodType>(pending: Promise<Answer>, schema: Schema): Promise<z.output<Schema>> {
  let answer: Answer;
  try {
    answer = await pending;
  } catch (error) {
    throw toFailure(error as { code?: string; response?: { status: number; data: unknown } });
  }
  const parsed = schema.safeParse(answer.data);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const failure = new PlaidFailure({ code: 'UNREADABLE_ANSWER', httpStatus: answer.status });
  failure.message = `Plaid's answer is not as documented (${fields.join('; ')})`;
  throw failure;
}

const errorBody = z.object({
  error_type: z.string(),
  error_code: z.string(),
  display_message: z.string().nullish(),
  request_id: z.string().nullish(),
});

function toFailure(error: { code?: string; response?: { status: number; data: unknown } }): PlaidFailure {
  if (!error.response) {
    const timedOut = error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT';
    return new PlaidFailure({ code: timedOut ? 'TIMEOUT' : 'UNREACHABLE' });
  }
  const body = errorBody.safeParse(error.response.data);
  if (!body.success) return new PlaidFailure({ code: 'UNREADABLE_ANSWER', httpStatus: error.response.status });
  return new PlaidFailure({
    code: body.data.error_code,
    type: body.data.error_type,
    httpStatus: error.response.status,
    requestId: body.data.request_id ?? null,
    displayMessage: body.data.display_message || null,
  });
}
