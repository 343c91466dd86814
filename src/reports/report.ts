import type { CalendarDate } from '../lib/dates.ts';
import type { NoReturn } from '../portfolio/reasons.ts';

export type ReportKind = 'month' | 'period' | 'year' | 'statement';

/* A report as it is kept: JSON with amounts rounded to the cent, in the base currency where none is named. */

interface Labelled {
  label: string;
  amount: number;
}

interface CategoryLine extends Labelled {
  category: string;
  /** In a usual month, or over the period before; null when that is not known. */
  before: number | null;
}

export interface CashFlowPart {
  total_income: number;
  total_expenses: number;
  net_cash_flow: number;
  savings_rate: number | null;
  transaction_count: number;
  /** Over the days it is compared with; null when not all of them are known. */
  previous: { total_income: number; total_expenses: number; net_cash_flow: number; savings_rate: number | null } | null;
  income: Labelled[];
  expenses: CategoryLine[];
  /** What `before` of the expenses is: the median of so many months, or the period before; null for nothing. */
  compared_with: { months: number } | 'previous' | null;
  top_merchants: Labelled[];
  months: { month: string; income: number; expenses: number }[];
}

export interface NetWorthPart {
  start: number;
  end: number;
  change: number;
  /** Per cent; null when it began at zero. */
  change_percent: number | null;
  total_assets: number;
  total_liabilities: number;
  bridge: { income: number; spending: number; investment_return: number; debt_interest: number; other: number };
  series: { date: CalendarDate; net_worth: number; estimated: boolean }[];
}

export interface StatementAccount {
  institution: string;
  name: string;
  mask: string | null;
  type: string;
  group: 'liquid' | 'investment' | 'other' | 'credit' | 'mortgage' | 'loan';
  balance: number;
  currency: string;
  /** In the base currency. */
  value: number;
  estimated: boolean;
}

export interface PortfolioPart {
  start_value: number;
  end_value: number;
  net_flow: number;
  gain: number;
  income: number;
  fees: number;
  /** Per cent. */
  time_weighted: number | null;
  /** Per cent a year. */
  money_weighted: number | null;
  /** Why a return is not known; reports of before do not say it. */
  time_weighted_reason?: NoReturn | null;
  money_weighted_reason?: NoReturn | null;
  max_drawdown: number | null;
  estimated: boolean;
}

export interface RecurringLine {
  merchant: string;
  frequency: string;
  /** Over the period, in the base currency. */
  amount: number;
  /** Of the two prices. */
  currency: string;
  last_amount: number;
  /** Of a price that went up in the period. */
  previous_amount: number | null;
  is_new: boolean;
  has_ended: boolean;
}

interface Freshness {
  written_at: string;
  institutions: { name: string; last_read: string | null; problem: string | null }[];
  /** Banks were still sending their history. */
  is_incomplete: boolean;
  /** Movements of the period that had not posted. */
  pending: number;
  estimated: boolean;
  unconverted: { currency: string; amount: number }[];
  /** Accounts whose balance the institution did not say. */
  unknown_balances: number;
}

export interface Report {
  version: 1;
  kind: ReportKind;
  /** Who it is about; null when they have not said. */
  name: string | null;
  time_zone: string;
  currency: string;
  period: { start: CalendarDate; end: CalendarDate; days: number };
  freshness: Freshness;
  accounts: StatementAccount[];
  /** Null for a statement, which is of a day. */
  net_worth: NetWorthPart | null;
  cash_flow: CashFlowPart | null;
  recurring: RecurringLine[];
  portfolio: PortfolioPart | null;
  /** What was due next when it was written; empty for a period long past. */
  upcoming: { date: CalendarDate; merchant: string; amount: number; is_income: boolean }[];
  /** What was raised in the period. */
  alerts: { title: string; severity: string; raised_on: CalendarDate }[];
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** What a report is called. */
export function titleOf(
  { kind, period }: Pick<Report, 'kind'> & { period: { start: string; end: string } },
  formatDate: (date: CalendarDate) => string,
): string {
  const year = period.start.slice(0, 4);
  switch (kind) {
    case 'month':
      return `${MONTHS[Number(period.start.slice(5, 7)) - 1]} ${year}`;
    case 'year':
      return `${year} in review`;
    case 'statement':
      return `Net worth on ${formatDate(period.end as CalendarDate)}`;
    case 'period':
      return `${formatDate(period.start as CalendarDate)} to ${formatDate(period.end as CalendarDate)}`;
  }
}
