// A household small enough to check with a pencil. Today is 18 March 2026. Amounts have Plaid's sign: positive is money out.
//
//   date    account    amount  what                     counts as
//   Feb 02  checking   −3,000  pay                      income      3,000
//   Feb 03  checking      800  mortgage payment    ┐    transfer      800 (once)
//   Feb 03  mortgage     −800  payment received    ┘
//   Feb 05  card          100  groceries                expense       100
//   Feb 10  card           60  fuel                     expense        60
//   Feb 20  checking      160  card payment        ┐    transfer      160 (once)
//   Feb 20  card         −160  payment, thank you  ┘
//   Feb 27  mortgage      300  interest charge          raises the debt, no expense
//   Mar 02  checking   −3,000  pay                      income      3,000
//   Mar 03  checking      800  mortgage payment    ┐    transfer      800 (once)
//   Mar 03  mortgage     −800  payment received    ┘
//   Mar 04  card          120  groceries                expense       120
//   Mar 06  card          180  shopping                 expense       180
//   Mar 08  card          −50  refund                   expense       −50
//   Mar 09  checking      500  to savings          ┐    transfer      500 (once)
//   Mar 09  savings      −500  from checking       ┘
//   Mar 10  checking      200  to the brokerage         investment    200
//   Mar 12  checking       40  electricity              expense        40
//   Mar 17  card           30  restaurant, pending      listed, not summed
//
// The brokerage: a deposit of 200 on Mar 10, one share bought for 110 on Mar 11, a dividend of 10 on Mar 16. Today ten shares at 120
// that cost 900, and 100 in cash.
//
//   balances            Jan 31     Feb 28      today   how
//   checking               700      2,740      4,200   4,200 + (−3,000 + 800 + 500 + 200 + 40) = 2,740; + (−3,000 + 800 + 160) = 700
//   savings              4,500      4,500      5,000   5,000 − 500
//   brokerage              990        990      1,300   nine shares at 110, the nearest known price, and no cash before the deposit
//   card, owed               0          0        250   250 − (120 + 180 − 50); 0 − (100 + 60 − 160)
//   mortgage, owed     101,300    100,800    100,000   100,000 + 800; 100,800 + 800 − 300
//   net worth          −95,110    −92,570    −89,750
import type { ItemData } from './test-bank.ts';
import { account, category, holding, security, trade, transaction } from './test-bank.ts';

export function smallHousehold(): ItemData {
  const checking = account('depository', 'checking', 4_200, { name: 'Checking' });
  const savings = account('depository', 'savings', 5_000, { name: 'Savings' });
  const card = account('credit', 'credit card', 250, { name: 'Card' });
  const mortgage = account('loan', 'mortgage', 100_000, { name: 'Mortgage' });
  const brokerage = account('investment', 'brokerage', 1_300, { name: 'Brokerage' });
  const pay = category('INCOME', 'INCOME_WAGES');
  const payment = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT');
  const cardPayment = category('LOAN_PAYMENTS', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT');
  const food = category('FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES');
  const shopping = category('GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_ELECTRONICS');
  const acme = security('ACME', 'equity', { sector: 'Technology' });
  return {
    accounts: [checking, savings, card, mortgage, brokerage],
    transactions: [
      transaction(checking, '2026-02-02', -3_000, 'NORTHWIND PAYROLL', pay),
      transaction(checking, '2026-02-03', 800, 'CEDAR MORTGAGE', payment),
      transaction(mortgage, '2026-02-03', -800, 'PAYMENT RECEIVED'),
      transaction(card, '2026-02-05', 100, 'GREENLEAF', food),
      transaction(card, '2026-02-10', 60, 'ARROW FUEL', category('TRANSPORTATION', 'TRANSPORTATION_GAS')),
      transaction(checking, '2026-02-20', 160, 'CARD AUTOPAY', cardPayment),
      transaction(card, '2026-02-20', -160, 'PAYMENT THANK YOU', cardPayment),
      transaction(mortgage, '2026-02-27', 300, 'INTEREST CHARGE'),
      transaction(checking, '2026-03-02', -3_000, 'NORTHWIND PAYROLL', pay),
      transaction(checking, '2026-03-03', 800, 'CEDAR MORTGAGE', payment),
      transaction(mortgage, '2026-03-03', -800, 'PAYMENT RECEIVED'),
      transaction(card, '2026-03-04', 120, 'GREENLEAF', food),
      transaction(card, '2026-03-06', 180, 'PARCEL PLAZA', shopping),
      transaction(card, '2026-03-08', -50, 'PARCEL PLAZA', shopping),
      transaction(checking, '2026-03-09', 500, 'TRANSFER TO SAVINGS', category('TRANSFER_OUT', 'TRANSFER_OUT_SAVINGS')),
      transaction(savings, '2026-03-09', -500, 'TRANSFER FROM CHECKING', category('TRANSFER_IN', 'TRANSFER_IN_SAVINGS')),
      transaction(checking, '2026-03-10', 200, 'TO BROKERAGE', category('TRANSFER_OUT', 'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS')),
      transaction(checking, '2026-03-12', 40, 'VALLEY POWER', category('RENT_AND_UTILITIES', 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY')),
      transaction(card, '2026-03-17', 30, 'OLIVE & THYME', { ...food, pending: true }),
    ],
    securities: [acme],
    holdings: [holding(brokerage, acme, 10, 120, 900)],
    investmentTransactions: [
      trade(brokerage, null, '2026-03-10', 'cash', 'deposit', -200),
      trade(brokerage, acme, '2026-03-11', 'buy', 'buy', 110, 1, 110),
      trade(brokerage, acme, '2026-03-16', 'cash', 'dividend', -10),
    ],
  };
}

/** Income 3,000 − spending 290 = 2,710; 2,710 ÷ 3,000 = 90.3333 %. Ten rows are posted from 1 to 18 March. */
export const MARCH = {
  total_income: 3_000,
  total_expenses: 290,
  total_transfers: 1_300,
  total_investments: 200,
  net_cash_flow: 2_710,
  savings_rate: 90.3333,
  transaction_count: 10,
};
/** The same days of February: 100 + 60 spent, the mortgage payment once. */
export const FEBRUARY = {
  total_income: 3_000,
  total_expenses: 160,
  total_transfers: 800,
  total_investments: 0,
  net_cash_flow: 2_840,
  savings_rate: 94.6667,
  transaction_count: 5,
};
export const MARCH_BY_CATEGORY = { GENERAL_MERCHANDISE: 130, FOOD_AND_DRINK: 120, RENT_AND_UTILITIES: 40 };

/** 4,200 + 5,000 + 1,300 = 10,500 owned, 250 + 100,000 owed; 9,200 ÷ 100,250 = 0.0918. */
export const NET_WORTH = {
  total_assets: 10_500,
  liquid_assets: 9_200,
  investment_assets: 1_300,
  other_assets: 0,
  total_liabilities: 100_250,
  credit_card_debt: 250,
  mortgage_debt: 100_000,
  loan_debt: 0,
  net_worth: -89_750,
  liquidity_ratio: 0.0918,
};

/** −95,110 + 3,000 − 160 + 0 − 300 + 0 = −92,570, and −92,570 + 3,000 − 290 + 110 + 0 + 0 = −89,750. */
export const BRIDGES = [
  {
    start_date: '2026-01-31',
    end_date: '2026-02-28',
    start_value: -95_110,
    end_value: -92_570,
    change: 2_540,
    income: 3_000,
    spending: 160,
    investment_return: 0,
    debt_interest: -300,
    other: 0,
  },
  {
    start_date: '2026-02-28',
    end_date: '2026-03-18',
    start_value: -92_570,
    end_value: -89_750,
    change: 2_820,
    income: 3_000,
    spending: 290,
    investment_return: 110,
    debt_interest: 0,
    other: 0,
  },
];

/**
 * Nothing is known of the brokerage before its first activity, so the month begins the day before that: 990; the deposit makes 1,190 of it without a return; at today's price, nearer from 15 March on, 10 × 120 + 90 = 1,290;
 * with the dividend 1,300. 1,300 ÷ 1,190 = 1.092437. The gain of 110 is ten shares × 10 and the dividend.
 */
export const LAST_MONTH = {
  start_date: '2026-03-09',
  end_date: '2026-03-18',
  start_value: 990,
  end_value: 1_300,
  net_flow: 200,
  gain: 110,
  price_gain: 100,
  income: 10,
  fees: 0,
  twr: 9.2437,
  twr_annualized: null,
  max_drawdown: null,
};
/** Ten shares at 120 that cost 900: 300 ÷ 900. */
export const PORTFOLIO = { total_value: 1_200, total_cost_basis: 900, total_gain_loss: 300, total_gain_loss_percent: 33.3333 };
