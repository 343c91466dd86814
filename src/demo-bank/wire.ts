import type { AccountBase, Holding, InvestmentTransaction, Security, Transaction } from 'plaid';
import type { CalendarDate } from '../lib/dates.ts';
import type { Entry } from './household.ts';
import type { DemoAccount } from './institutions.ts';
import type { DemoSecurity, Position, Trade } from './portfolio.ts';
import { cents, opaqueId } from './random.ts';

/*
 * The demo bank's things in Plaid's wire format. The package declares enums where the wire carries plain strings, hence the
 * casts; tests check every answer against the wire format's schema.
 */

const CURRENCY = { iso_currency_code: 'USD', unofficial_currency_code: null };
const NO_LOCATION = { address: null, city: null, region: null, postal_code: null, country: null, lat: null, lon: null, store_number: null };
const NO_PAYMENT_META = {
  by_order_of: null,
  payee: null,
  payer: null,
  payment_method: null,
  payment_processor: null,
  ppd_id: null,
  reason: null,
  reference_number: null,
};
const PRIMARIES = [
  'INCOME',
  'TRANSFER_IN',
  'TRANSFER_OUT',
  'LOAN_PAYMENTS',
  'LOAN_DISBURSEMENTS',
  'BANK_FEES',
  'ENTERTAINMENT',
  'FOOD_AND_DRINK',
  'GENERAL_MERCHANDISE',
  'HOME_IMPROVEMENT',
  'MEDICAL',
  'PERSONAL_CARE',
  'GENERAL_SERVICES',
  'GOVERNMENT_AND_NON_PROFIT',
  'TRANSPORTATION',
  'TRAVEL',
  'RENT_AND_UTILITIES',
];

export interface Balances {
  available: number | null;
  current: number | null;
  limit: number | null;
}

/** @param persistentId the same for the account through every link. */
export const wireAccount = (accountId: string, persistentId: string, account: DemoAccount, balances: Balances): AccountBase =>
  ({
    account_id: accountId,
    balances: { ...balances, ...CURRENCY },
    mask: account.mask,
    name: account.name,
    official_name: account.officialName,
    type: account.type,
    subtype: account.subtype,
    // Only bank accounts have these.
    ...(account.type === 'depository' ? { persistent_account_id: persistentId, apy: account.apy ?? null } : {}),
  }) as AccountBase;

/**
 * An entry as it is seen while pending or once posted; the two have different ids.
 * @param runningBalance what the account stood at after it, where the account says so.
 */
export function wireTransaction(
  itemId: string,
  accountId: string,
  entry: Entry,
  state: 'pending' | 'posted',
  runningBalance: number | null,
): Transaction {
  const isPending = state === 'pending';
  const wasPending = entry.postedOn !== entry.occurredOn;
  const pendingId = opaqueId(itemId, entry.key, 'pending');
  return {
    account_id: accountId,
    transaction_id: isPending ? pendingId : opaqueId(itemId, entry.key, 'posted'),
    pending_transaction_id: !isPending && wasPending ? pendingId : null,
    pending: isPending,
    amount: isPending ? entry.pendingAmount : entry.amount,
    running_balance: isPending ? null : runningBalance,
    ...CURRENCY,
    date: isPending ? entry.occurredOn : entry.postedOn,
    datetime: null,
    authorized_date: entry.occurredOn,
    authorized_datetime: null,
    name: entry.name,
    merchant_name: entry.merchant,
    merchant_entity_id: entry.merchant ? opaqueId('merchant', entry.merchant) : null,
    original_description: entry.name,
    payment_channel: entry.channel,
    transaction_code: null,
    transaction_type: entry.channel === 'in store' ? 'place' : 'special',
    account_owner: null,
    check_number: null,
    logo_url: null,
    website: null,
    category: null,
    category_id: null,
    location: NO_LOCATION,
    payment_meta: NO_PAYMENT_META,
    counterparties: entry.merchant
      ? [{ name: entry.merchant, type: 'merchant', website: null, logo_url: null, confidence_level: 'HIGH' }]
      : [],
    personal_finance_category: {
      primary: PRIMARIES.find((primary) => entry.category.startsWith(`${primary}_`)) ?? 'OTHER',
      detailed: entry.category,
      confidence_level: 'HIGH',
    },
    personal_finance_category_icon_url: '',
  } as unknown as Transaction;
}

export const wireSecurity = (security: DemoSecurity, price: number, date: CalendarDate): Security =>
  ({
    security_id: opaqueId('security', security.key),
    isin: null,
    cusip: null,
    sedol: null,
    figi: null,
    institution_security_id: null,
    institution_id: null,
    proxy_security_id: null,
    name: security.name,
    ticker_symbol: security.ticker,
    is_cash_equivalent: security.isCash ?? false,
    type: security.type,
    subtype: security.subtype,
    close_price: price,
    close_price_as_of: date,
    update_datetime: null,
    ...CURRENCY,
    market_identifier_code: null,
    sector: security.sector,
    industry: security.industry,
    option_contract: null,
    fixed_income: null,
    cfi_code: null,
  }) as Security;

export const wireHolding = (accountId: string, position: Position, date: CalendarDate): Holding =>
  ({
    account_id: accountId,
    security_id: opaqueId('security', position.security.key),
    institution_price: position.price,
    institution_price_as_of: date,
    institution_price_datetime: null,
    institution_value: position.value,
    cost_basis: position.cost,
    quantity: position.quantity,
    ...CURRENCY,
    vested_quantity: null,
    vested_value: null,
    tax_lots: position.lots.map((lot, index) => ({
      institution_lot_id: opaqueId('lot', accountId, position.security.key, String(index)),
      original_purchase_datetime: `${lot.acquiredOn}T00:00:00Z`,
      quantity: lot.quantity,
      purchase_price: cents(lot.cost / lot.quantity),
      cost_basis: lot.cost,
      current_value: cents(lot.quantity * position.price),
      position_type: 'LONG',
    })),
  }) as Holding;

export const wireTrade = (itemId: string, accountId: string, trade: Trade): InvestmentTransaction =>
  ({
    investment_transaction_id: opaqueId(itemId, 'trade', trade.key),
    account_id: accountId,
    security_id: trade.security ? opaqueId('security', trade.security) : null,
    date: trade.date,
    // Markets say when a trade was made; what is only booked has no time of day.
    transaction_datetime: trade.type === 'buy' || trade.type === 'sell' ? `${trade.date}T15:30:00Z` : null,
    name: trade.name,
    quantity: trade.quantity,
    amount: trade.amount,
    price: trade.price,
    fees: trade.fees,
    type: trade.type,
    subtype: trade.subtype,
    ...CURRENCY,
  }) as InvestmentTransaction;
