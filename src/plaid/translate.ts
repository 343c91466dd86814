import { z } from 'zod';
import { Money } from '../lib/money.ts';
import {
  anyOrNull,
  currencyCode,
  date,
  dateOrNull,
  decimal,
  decimalOrNull,
  flag,
  id,
  idOrNull,
  instantOrNull,
  words,
  wordsOrNull,
} from './fields.ts';

/*
 * Plaid's wire format into our own words. Values are checked, enums are left open (Plaid adds values without notice),
 * every nullable or optional field becomes `null`, and numbers become decimal text so that no binary fraction is stored.
 */

const PENCE = 'GBX';

/** An object's currency as (iso, unofficial); pence sterling become pounds, and so do the amounts given with them. */
function currencyOf(source: { iso_currency_code: string | null; unofficial_currency_code: string | null }) {
  const isPence = source.iso_currency_code === null && source.unofficial_currency_code === PENCE;
  const scale = (amount: string | null) => (amount === null || !isPence ? amount : new Money(amount).div(100).toFixed());
  return {
    isoCurrencyCode: isPence ? 'GBP' : source.iso_currency_code,
    unofficialCurrencyCode: isPence ? null : source.unofficial_currency_code,
    scale: scale as { (amount: string): string; (amount: string | null): string | null },
  };
}

const currencyCodes = { iso_currency_code: currencyCode, unofficial_currency_code: currencyCode };

const account = z
  .object({
    account_id: id,
    name: wordsOrNull,
    official_name: wordsOrNull,
    mask: wordsOrNull,
    type: words,
    subtype: wordsOrNull,
    persistent_account_id: idOrNull,
    apy: decimalOrNull,
    balances: z.object({
      available: decimalOrNull,
      current: decimalOrNull,
      limit: decimalOrNull,
      margin_loan_amount: decimalOrNull,
      last_updated_datetime: instantOrNull,
      ...currencyCodes,
    }),
  })
  .transform(({ balances, ...raw }) => {
    const { scale, ...currency } = currencyOf(balances);
    return {
      accountId: raw.account_id,
      name: raw.name || raw.official_name || 'Account',
      officialName: raw.official_name,
      mask: raw.mask,
      type: raw.type,
      subtype: raw.subtype,
      balanceAvailable: scale(balances.available),
      balanceCurrent: scale(balances.current),
      balanceLimit: scale(balances.limit),
      marginLoanAmount: scale(balances.margin_loan_amount),
      balanceAsOf: balances.last_updated_datetime,
      apy: raw.apy,
      persistentAccountId: raw.persistent_account_id,
      ...currency,
    };
  });
export type BankAccount = z.output<typeof account>;

const location = z
  .object({
    address: wordsOrNull,
    city: wordsOrNull,
    region: wordsOrNull,
    postal_code: wordsOrNull,
    country: wordsOrNull,
    lat: z.number().min(-90).max(90).nullish().catch(null),
    lon: z.number().min(-180).max(180).nullish().catch(null),
    store_number: wordsOrNull,
  })
  .nullish();

const COUNTERPARTIES_MAX = 20;
const CATEGORY_LEVELS_MAX = 20;

/** Who was paid, without the numbers of their accounts. */
const counterparties = z
  .array(
    z
      .object({
        name: wordsOrNull,
        type: wordsOrNull,
        website: wordsOrNull,
        logo_url: wordsOrNull,
        entity_id: wordsOrNull,
        confidence_level: wordsOrNull,
      })
      .catch({ name: null, type: null, website: null, logo_url: null, entity_id: null, confidence_level: null }),
  )
  .nullish()
  .catch(null)
  .transform((value) => value?.slice(0, COUNTERPARTIES_MAX) ?? null);

const transaction = z
  .object({
    account_id: id,
    transaction_id: id,
    pending_transaction_id: idOrNull,
    amount: decimal,
    running_balance: decimalOrNull,
    ...currencyCodes,
    date,
    datetime: instantOrNull,
    authorized_date: dateOrNull,
    authorized_datetime: instantOrNull,
    name: wordsOrNull,
    merchant_name: wordsOrNull,
    merchant_entity_id: wordsOrNull,
    original_description: wordsOrNull,
    pending: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
    payment_channel: wordsOrNull,
    transaction_code: wordsOrNull,
    account_owner: wordsOrNull,
    check_number: wordsOrNull,
    logo_url: wordsOrNull,
    website: wordsOrNull,
    category: z
      .array(words)
      .nullish()
      .transform((value) => value?.slice(0, CATEGORY_LEVELS_MAX) ?? []),
    category_id: wordsOrNull,
    personal_finance_category: z.object({ primary: words, detailed: wordsOrNull, confidence_level: wordsOrNull }).nullish(),
    counterparties,
    location,
  })
  .transform((raw) => {
    const { scale, ...currency } = currencyOf(raw);
    const category = raw.personal_finance_category;
    return {
      accountId: raw.account_id,
      transactionId: raw.transaction_id,
      pendingTransactionId: raw.pending_transaction_id,
      amount: scale(raw.amount),
      runningBalance: scale(raw.running_balance),
      ...currency,
      date: raw.date,
      datetime: raw.datetime,
      authorizedDate: raw.authorized_date,
      authorizedDatetime: raw.authorized_datetime,
      name: raw.name || raw.merchant_name || raw.original_description || 'Transaction',
      merchantName: raw.merchant_name || null,
      merchantEntityId: raw.merchant_entity_id,
      originalDescription: raw.original_description,
      pending: raw.pending,
      paymentChannel: raw.payment_channel,
      transactionCode: raw.transaction_code,
      accountOwner: raw.account_owner,
      checkNumber: raw.check_number,
      logoUrl: raw.logo_url,
      website: raw.website,
      category: raw.category,
      categoryId: raw.category_id,
      categoryPrimary: category?.primary || null,
      categoryDetailed: category?.detailed ?? null,
      categoryConfidence: category?.confidence_level ?? null,
      counterparties: raw.counterparties,
      locationAddress: raw.location?.address ?? null,
      locationCity: raw.location?.city ?? null,
      locationRegion: raw.location?.region ?? null,
      locationPostalCode: raw.location?.postal_code ?? null,
      locationCountry: raw.location?.country ?? null,
      locationLat: raw.location?.lat ?? null,
      locationLon: raw.location?.lon ?? null,
      locationStoreNumber: raw.location?.store_number ?? null,
    };
  });
export type BankTransaction = z.output<typeof transaction>;

export const transactionsPage = z
  .object({
    added: z.array(transaction),
    modified: z.array(transaction),
    removed: z.array(z.object({ transaction_id: id }).transform((raw) => raw.transaction_id)),
    next_cursor: z.string(),
    has_more: z.boolean(),
    transactions_update_status: wordsOrNull,
  })
  .transform((raw) => ({
    added: raw.added,
    modified: raw.modified,
    removed: raw.removed,
    nextCursor: raw.next_cursor,
    hasMore: raw.has_more,
    status: raw.transactions_update_status,
  }));
export type TransactionsPage = z.output<typeof transactionsPage>;

export const accountsAnswer = z.object({ accounts: z.array(account) }).transform((raw) => raw.accounts);

/** Of a bond what is reckoned with is read, the rest is kept as it came. */
const fixedIncome = anyOrNull.pipe(
  z
    .looseObject({ yield_rate: z.looseObject({ percentage: decimalOrNull }).nullish().catch(null), face_value: decimalOrNull })
    .nullable()
    .catch(null),
);

const security = z
  .object({
    security_id: id,
    name: wordsOrNull,
    ticker_symbol: wordsOrNull,
    type: wordsOrNull,
    subtype: wordsOrNull,
    is_cash_equivalent: flag,
    close_price: decimalOrNull,
    close_price_as_of: dateOrNull,
    ...currencyCodes,
    cusip: wordsOrNull,
    isin: wordsOrNull,
    sedol: wordsOrNull,
    sector: wordsOrNull,
    industry: wordsOrNull,
    market_identifier_code: wordsOrNull,
    option_contract: z
      .object({
        contract_type: wordsOrNull,
        expiration_date: dateOrNull,
        strike_price: decimalOrNull,
        underlying_security_ticker: wordsOrNull,
      })
      .nullish(),
    fixed_income: fixedIncome,
  })
  .transform((raw) => {
    const { scale, ...currency } = currencyOf(raw);
    return {
      securityId: raw.security_id,
      name: raw.name,
      tickerSymbol: raw.ticker_symbol,
      type: raw.type,
      subtype: raw.subtype,
      isCashEquivalent: raw.is_cash_equivalent,
      closePrice: scale(raw.close_price),
      closePriceAsOf: raw.close_price_as_of,
      ...currency,
      cusip: raw.cusip,
      isin: raw.isin,
      sedol: raw.sedol,
      sector: raw.sector,
      industry: raw.industry,
      marketIdentifierCode: raw.market_identifier_code,
      optionContractType: raw.option_contract?.contract_type ?? null,
      optionExpirationDate: raw.option_contract?.expiration_date ?? null,
      optionStrikePrice: scale(raw.option_contract?.strike_price ?? null),
      optionUnderlyingTicker: raw.option_contract?.underlying_security_ticker ?? null,
      fixedIncome: raw.fixed_income,
    };
  });
export type BankSecurity = z.output<typeof security>;

/** More are not told apart on any page. */
const LOTS_MAX = 2_000;

/** The purchases that a position is made of; an empty list says that the bank does not tell. */
const taxLots = z
  .array(
    z.object({
      institution_lot_id: wordsOrNull,
      original_purchase_datetime: instantOrNull,
      quantity: decimalOrNull,
      purchase_price: decimalOrNull,
      cost_basis: decimalOrNull,
      current_value: decimalOrNull,
      position_type: wordsOrNull,
    }),
  )
  .nullish()
  .catch(null)
  .transform((lots) => (lots && lots.length > 0 ? lots.slice(0, LOTS_MAX) : null));

const holding = z
  .object({
    account_id: id,
    security_id: id,
    institution_price: decimalOrNull,
    institution_price_as_of: dateOrNull,
    institution_value: decimalOrNull,
    cost_basis: decimalOrNull,
    quantity: decimal,
    vested_quantity: decimalOrNull,
    vested_value: decimalOrNull,
    tax_lots: taxLots,
    ...currencyCodes,
  })
  .transform((raw) => {
    const { scale, ...currency } = currencyOf(raw);
    const price = scale(raw.institution_price ?? '0');
    return {
      accountId: raw.account_id,
      securityId: raw.security_id,
      institutionPrice: price,
      institutionPriceAsOf: raw.institution_price_as_of,
      institutionValue: scale(raw.institution_value) ?? new Money(raw.quantity).times(price).toFixed(),
      costBasis: scale(raw.cost_basis),
      quantity: raw.quantity,
      vestedQuantity: raw.vested_quantity,
      vestedValue: scale(raw.vested_value),
      taxLots:
        raw.tax_lots?.map((lot) => ({
          lotId: lot.institution_lot_id,
          acquiredAt: lot.original_purchase_datetime,
          quantity: lot.quantity,
          price: scale(lot.purchase_price),
          costBasis: scale(lot.cost_basis),
          value: scale(lot.current_value),
          side: lot.position_type,
        })) ?? null,
      ...currency,
    };
  });
export type BankHolding = z.output<typeof holding>;

export const holdingsAnswer = z.object({ accounts: z.array(account), holdings: z.array(holding), securities: z.array(security) });

const investmentTransaction = z
  .object({
    investment_transaction_id: id,
    cancel_transaction_id: idOrNull,
    account_id: id,
    security_id: idOrNull,
    date,
    transaction_datetime: instantOrNull,
    name: wordsOrNull,
    quantity: decimalOrNull,
    amount: decimal,
    price: decimalOrNull,
    fees: decimalOrNull,
    type: words,
    subtype: wordsOrNull,
    ...currencyCodes,
  })
  .transform((raw) => {
    const { scale, ...currency } = currencyOf(raw);
    return {
      investmentTransactionId: raw.investment_transaction_id,
      accountId: raw.account_id,
      securityId: raw.security_id,
      cancelTransactionId: raw.cancel_transaction_id,
      date: raw.date,
      transactionDatetime: raw.transaction_datetime,
      name: raw.name ?? raw.subtype ?? raw.type,
      quantity: raw.quantity ?? '0',
      amount: scale(raw.amount),
      price: scale(raw.price ?? '0'),
      fees: scale(raw.fees),
      type: raw.type,
      subtype: raw.subtype,
      ...currency,
    };
  });
export type BankInvestmentTransaction = z.output<typeof investmentTransaction>;

export const investmentTransactionsAnswer = z
  .object({
    investment_transactions: z.array(investmentTransaction),
    securities: z.array(security),
    total_investment_transactions: z.number().int().min(0),
  })
  .transform((raw) => ({
    transactions: raw.investment_transactions,
    securities: raw.securities,
    total: raw.total_investment_transactions,
  }));

const itemError = z
  .object({ error_code: z.string(), error_type: wordsOrNull, error_message: wordsOrNull, display_message: wordsOrNull })
  .nullish();

export const itemAnswer = z
  .object({
    item: z.object({
      item_id: z.string(),
      institution_id: wordsOrNull,
      institution_name: wordsOrNull,
      webhook: wordsOrNull,
      consent_expiration_time: instantOrNull,
      error: itemError,
    }),
  })
  .transform(({ item }) => ({
    itemId: item.item_id,
    institutionId: item.institution_id,
    institutionName: item.institution_name,
    webhook: item.webhook,
    consentExpirationTime: item.consent_expiration_time,
    error: item.error
      ? { code: item.error.error_code, type: item.error.error_type ?? '', displayMessage: item.error.display_message }
      : null,
  }));
export type BankItem = z.output<typeof itemAnswer>;

export const institutionAnswer = z.object({ institution: z.object({ name: words }) }).transform((raw) => raw.institution.name);
const recurringStream = z
  .object({ stream_id: id, frequency: words, status: words, is_active: flag, transaction_ids: z.array(z.string()) })
  .transform((raw) => ({
    streamId: raw.stream_id,
    frequency: raw.frequency,
    status: raw.status,
    isActive: raw.is_active ?? false,
    transactionIds: raw.transaction_ids,
  }));
export type PlaidStream = z.output<typeof recurringStream>;
/** What Plaid's own detection takes for recurring. */
export const recurringAnswer = z
  .object({ inflow_streams: z.array(recurringStream), outflow_streams: z.array(recurringStream) })
  .transform((raw) => [...raw.inflow_streams, ...raw.outflow_streams]);
export const exchangeAnswer = z
  .object({ access_token: z.string().min(1), item_id: z.string().min(1) })
  .transform((raw) => ({ accessToken: raw.access_token, itemId: raw.item_id }));
export const linkTokenAnswer = z
  .object({ link_token: z.string().min(1), expiration: z.string(), request_id: z.string() })
  .transform((raw) => ({ linkToken: raw.link_token, expiration: raw.expiration, requestId: raw.request_id }));
export const publicTokenAnswer = z.object({ public_token: z.string().min(1) }).transform((raw) => raw.public_token);
export const webhookKeyAnswer = z
  .object({
    key: z.object({
      alg: z.string(),
      crv: z.string(),
      kid: z.string(),
      kty: z.string(),
      x: z.string(),
      y: z.string(),
      expired_at: z.number().nullish(),
    }),
  })
  .transform((raw) => raw.key);
export type WebhookKey = z.output<typeof webhookKeyAnswer>;

/** A webhook's body: what every kind has, the rest left as it came. */
export const webhookBody = z.looseObject({
  webhook_type: words.catch('UNKNOWN'),
  webhook_code: words.catch('UNKNOWN'),
  item_id: wordsOrNull,
  error: itemError.catch(null),
  environment: wordsOrNull,
  /** USER_ACCOUNT_REVOKED: whose permission was taken back. */
  account_id: wordsOrNull,
});
export type WebhookBody = z.output<typeof webhookBody>;
