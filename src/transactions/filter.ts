import { z } from 'zod';
import { amountField, dateField, exactText, integerField, textField } from '../web/parse.ts';
import { CASH_FLOW_TYPES } from './classify.ts';
import type { Sort, TransactionFilter } from './store.ts';

const PER_PAGE_MAX = 200;
const PER_PAGE_DEFAULT = 50;
const PAGE_MAX = 1_000_000;
const SEARCH_LENGTH_MAX = 100;
const CATEGORY_LENGTH_MAX = 120;
const MERCHANT_LENGTH_MAX = 480;
const CURRENCY_LENGTH_MAX = 20;

const filters = {
  account_id: z.uuid('must be an account').optional(),
  category: textField(CATEGORY_LENGTH_MAX).min(1).optional(),
  start_date: dateField.optional(),
  end_date: dateField.optional(),
  search: textField(SEARCH_LENGTH_MAX).optional(),
  flow: z.enum(CASH_FLOW_TYPES, `must be one of ${CASH_FLOW_TYPES.join(', ')}`).optional(),
  min_amount: amountField.optional(),
  max_amount: amountField.optional(),
  /** Exactly this merchant: the rows behind a figure of a merchant. */
  merchant: exactText(MERCHANT_LENGTH_MAX).optional(),
  recurring: z.union([z.uuid(), z.literal('none')], { error: 'must be something that recurs, or none' }).optional(),
  /** Only rows that net worth counts. */
  in_net_worth: z.enum(['true'], 'must be true').optional(),
  currency: textField(CURRENCY_LENGTH_MAX).min(1).optional(),
  pending: z.enum(['true', 'false'], 'must be true or false').optional(),
};
const isOrdered = ({ start_date, end_date }: { start_date?: string | undefined; end_date?: string | undefined }) =>
  !start_date || !end_date || start_date <= end_date;
const isAmountOrdered = ({ min_amount, max_amount }: { min_amount?: string | undefined; max_amount?: string | undefined }) =>
  min_amount === undefined || max_amount === undefined || Number(min_amount) <= Number(max_amount);
const AMOUNT_NOT_ORDERED = { message: 'must not be below min_amount', path: ['max_amount'] };
const NOT_ORDERED = { message: 'must not be before start_date', path: ['end_date'] };

/** The filters of a list of transactions, without its pages: for exports. */
export const filterQuery = z
  .strictObject(filters)
  .refine(isOrdered, NOT_ORDERED)
  .refine(isAmountOrdered, AMOUNT_NOT_ORDERED)
  .transform(toFilter);

/** A list of transactions as its query string says it: filters, page and order. */
export const listQuery = z
  .strictObject({
    ...filters,
    page: integerField(1, PAGE_MAX).optional(),
    per_page: integerField(1, PER_PAGE_MAX).optional(),
    sort: z
      .enum(['date_desc', 'date_asc', 'amount_desc', 'amount_asc'], 'must be date_desc, date_asc, amount_desc or amount_asc')
      .optional(),
  })
  .refine(isOrdered, NOT_ORDERED)
  .refine(isAmountOrdered, AMOUNT_NOT_ORDERED)
  .transform(({ page, per_page, sort, ...rest }) => ({
    filter: toFilter(rest),
    page: page ?? 1,
    perPage: per_page ?? PER_PAGE_DEFAULT,
    sort: (sort ?? 'date_desc') as Sort,
  }));
export type ListQuery = z.output<typeof listQuery>;

function toFilter(query: z.output<z.ZodObject<typeof filters>>): TransactionFilter {
  return {
    accountId: query.account_id,
    category: query.category,
    start: query.start_date,
    end: query.end_date,
    search: query.search || undefined,
    flow: query.flow,
    minAmount: query.min_amount,
    maxAmount: query.max_amount,
    merchant: query.merchant,
    streamId: query.recurring === 'none' ? undefined : query.recurring,
    isRecurring: query.recurring === 'none' ? false : undefined,
    inNetWorth: query.in_net_worth === 'true' ? true : undefined,
    currency: query.currency,
    pending: query.pending === undefined ? undefined : query.pending === 'true',
  };
}
