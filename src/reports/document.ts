import { type CalendarDate, type CalendarMonth, dateIn } from '../lib/dates.ts';
import { type Money, toMoney } from '../lib/money.ts';
import { NO_RETURN_WORDS, type NoReturn } from '../portfolio/reasons.ts';
import {
  formatChange,
  formatDate,
  formatInstant,
  formatMoney,
  formatMonthYear,
  formatPercent,
  formatShortDate,
  formatWord,
  plural,
} from '../web/format.ts';
import { type CashFlowPart, type NetWorthPart, type Report, type StatementAccount, titleOf } from './report.ts';

/* A report as words and lines: the page, the PDF and the e-mail show the same ones. */

interface Figure {
  label: string;
  value: string;
  note: string;
  tone: 'gain' | 'loss' | 'plain';
}

export interface TableRow {
  cells: string[];
  /** The length of its bar, of the longest, from 0 to 1; null for none. */
  share: number | null;
  isTotal: boolean;
  href: string | null;
}

export type Block =
  | { type: 'figures'; items: Figure[] }
  | { type: 'line'; title: string; note: string; points: { date: CalendarDate; value: number; isEstimated: boolean }[] }
  | { type: 'columns'; title: string; rows: { label: string; income: number; expenses: number }[] }
  | { type: 'table'; title: string; note: string; columns: { label: string; isAmount: boolean }[]; rows: TableRow[] }
  | { type: 'text'; title: string; lines: string[] };

export interface ReportDocument {
  title: string;
  /** Whose, of which days, written when. */
  subtitle: string;
  lead: string;
  currency: string;
  blocks: Block[];
}

const CHANGES_MAX = 6;
const CHANGE_MIN = 10;
const MERCHANT_ROWS = 8;

/** What a report says, in its order. */
export function documentOf(report: Report): ReportDocument {
  const of = wordsOf(report.currency);
  const { net_worth, cash_flow, portfolio, period } = report;
  const written = formatDate(dateIn(report.time_zone, new Date(report.freshness.written_at)));
  const days = report.kind === 'statement' ? '' : `${formatDate(period.start)} to ${formatDate(period.end)} · `;
  return {
    title: titleOf(report, formatDate),
    subtitle: `${report.name ? `${report.name} · ` : ''}${days}in ${report.currency} · written ${written}`,
    lead: leadOf(report, of),
    currency: report.currency,
    blocks: [
      ...(net_worth && cash_flow ? [headline(net_worth, cash_flow, report.kind, of)] : [statementTotals(report.accounts, of)]),
      ...(net_worth ? netWorthBlocks(net_worth, report, of) : []),
      ...(cash_flow ? cashFlowBlocks(cash_flow, report, of) : []),
      ...(report.recurring.length > 0 ? [recurringBlock(report, of)] : []),
      ...(portfolio ? [portfolioBlock(portfolio, of)] : []),
      ...accountBlocks(report.accounts, report, of),
      ...(report.upcoming.length > 0 ? [upcomingBlock(report, of)] : []),
      ...(report.alerts.length > 0 ? [alertsBlock(report)] : []),
      freshnessBlock(report),
    ],
  };
}

const wordsOf = (currency: string) => ({
  money: (amount: number) => formatMoney(toMoney(amount), currency),
  change: (amount: number) => formatChange(toMoney(amount), currency),
  percent: (value: number | null, digits = 1) => formatPercent(value === null ? null : toMoney(value), digits),
});
type Words = ReturnType<typeof wordsOf>;

const tone = (amount: number): Figure['tone'] => (amount > 0 ? 'gain' : amount < 0 ? 'loss' : 'plain');
const row = (cells: string[], more: Partial<Omit<TableRow, 'cells'>> = {}): TableRow => ({
  cells,
  share: null,
  isTotal: false,
  href: null,
  ...more,
});

/** One true sentence. */
function leadOf({ net_worth, cash_flow, accounts, kind, period }: Report, of: Words): string {
  if (!net_worth || !cash_flow)
    return `What was owned and owed at the end of ${formatDate(period.end)}, over ${plural(accounts.length, 'account')}.`;
  const moved =
    net_worth.change === 0 ? 'stayed' : `went ${net_worth.change > 0 ? 'up' : 'down'} by ${of.money(Math.abs(net_worth.change))}`;
  const kept =
    cash_flow.savings_rate === null
      ? 'nothing came in as income'
      : cash_flow.net_cash_flow < 0
        ? `${of.money(-cash_flow.net_cash_flow)} more was spent than came in`
        : `${of.percent(cash_flow.savings_rate)} of income was kept`;
  return `Net worth ${moved} ${net_worth.change === 0 ? 'at' : 'to'} ${of.money(net_worth.end)}; ${kept}${kind === 'year' ? ' over the year' : ''}.`;
}

const BEFORE_WORDS: Record<Report['kind'], string> = {
  month: 'the month before',
  period: 'the period before',
  year: 'the same days a year before',
  statement: '',
};
const beforeNote = (amount: number | undefined, kind: Report['kind'], of: Words): string =>
  amount === undefined ? 'nothing to compare with' : `${of.money(amount)} ${BEFORE_WORDS[kind]}`;

const headline = (worth: NetWorthPart, flow: CashFlowPart, kind: Report['kind'], of: Words): Block => ({
  type: 'figures',
  items: [
    {
      label: 'Net worth',
      value: of.money(worth.end),
      note: `${of.change(worth.change)} (${of.percent(worth.change_percent)})`,
      tone: 'plain',
    },
    {
      label: 'Income',
      value: of.money(flow.total_income),
      note: beforeNote(flow.previous?.total_income, kind, of),
      tone: 'plain',
    },
    {
      label: 'Spending',
      value: of.money(flow.total_expenses),
      note: beforeNote(flow.previous?.total_expenses, kind, of),
      tone: 'plain',
    },
    {
      label: 'Savings rate',
      value: of.percent(flow.savings_rate),
      note: `${of.change(flow.net_cash_flow)} net cash flow`,
      tone: tone(flow.net_cash_flow),
    },
  ],
});

const isAsset = ({ group }: StatementAccount) => group === 'liquid' || group === 'investment' || group === 'other';
/** Values are whole cents: their sum is exact when it is made of decimals. */
const total = (rows: StatementAccount[]): Money => rows.reduce((all, { value }) => all.plus(value), toMoney(0));

function statementTotals(accounts: StatementAccount[], of: Words): Block {
  const [assets, debts] = [total(accounts.filter(isAsset)), total(accounts.filter((account) => !isAsset(account)))];
  return {
    type: 'figures',
    items: [
      { label: 'Net worth', value: of.money(assets.minus(debts).toNumber()), note: 'assets less liabilities', tone: 'plain' },
      { label: 'Assets', value: of.money(assets.toNumber()), note: plural(accounts.filter(isAsset).length, 'account'), tone: 'plain' },
      {
        label: 'Liabilities',
        value: of.money(debts.toNumber()),
        note: plural(accounts.filter((account) => !isAsset(account)).length, 'account'),
        tone: 'plain',
      },
    ],
  };
}

function netWorthBlocks(worth: NetWorthPart, { period }: Report, of: Words): Block[] {
  const { bridge } = worth;
  const rows = (flow: string) => `/transactions?${new URLSearchParams({ flow, start_date: period.start, end_date: period.end })}`;
  return [
    {
      type: 'line',
      title: 'Net worth',
      note: worth.series.some(({ estimated }) => estimated) ? 'Dashed: worked out from movements, not read from the banks.' : '',
      points: worth.series.map(({ date, net_worth, estimated }) => ({ date, value: net_worth, isEstimated: estimated })),
    },
    {
      type: 'table',
      title: 'What changed it',
      note: 'Other is what no row explains: corrections, transfers with one side, accounts that came or went.',
      columns: [
        { label: '', isAmount: false },
        { label: 'Amount', isAmount: true },
      ],
      rows: [
        row([`At the end of ${formatDate(previousDay(worth, period.start))}`, of.money(worth.start)], { isTotal: true }),
        row(['Income', of.change(bridge.income)], { href: rows('income') }),
        row(['Spending', of.change(-bridge.spending)], { href: rows('expense') }),
        row(['Investments', of.change(bridge.investment_return)]),
        row(['Interest on debts', of.change(bridge.debt_interest)]),
        row(['Other', of.change(bridge.other)]),
        row([`At the end of ${formatDate(period.end)}`, of.money(worth.end)], { isTotal: true }),
      ],
    },
  ];
}

const previousDay = ({ series }: NetWorthPart, start: CalendarDate): CalendarDate => series[0]?.date ?? start;

function cashFlowBlocks(flow: CashFlowPart, { period, kind }: Report, of: Words): Block[] {
  const usual = flow.compared_with === 'previous' ? null : flow.compared_with;
  const isUsual = usual !== null;
  const beforeLabel = isUsual ? 'Usual month' : kind === 'year' ? 'Year before' : 'Period before';
  const longest = Math.max(0, ...flow.expenses.map(({ amount }) => amount));
  const href = (category: string) =>
    `/transactions?${new URLSearchParams({ flow: 'expense', category, start_date: period.start, end_date: period.end })}`;
  const differences = flow.expenses
    .flatMap(({ label, amount, before }) => (before === null ? [] : [{ label, amount, before, difference: toMoney(amount).minus(before) }]))
    .filter(({ difference }) => difference.abs().greaterThanOrEqualTo(CHANGE_MIN))
    .sort((a, b) => b.difference.abs().comparedTo(a.difference.abs()))
    .slice(0, CHANGES_MAX);
  const blocks: Block[] = [];
  if (flow.months.length > 1)
    blocks.push({
      type: 'columns',
      title: 'Income and spending by month',
      rows: flow.months.map(({ month, income, expenses }) => ({ label: formatMonthYear(month as CalendarMonth), income, expenses })),
    });
  blocks.push({
    type: 'table',
    title: 'Spending by category',
    note: usual ? `A usual month is the median of the ${plural(usual.months, 'month')} before.` : '',
    columns: [
      { label: 'Category', isAmount: false },
      { label: flow.compared_with ? beforeLabel : '', isAmount: true },
      { label: 'Amount', isAmount: true },
    ],
    rows: [
      ...flow.expenses.map(({ category, label, amount, before }) =>
        row([label, before === null ? '' : of.money(before), of.money(amount)], {
          share: longest > 0 && amount > 0 ? amount / longest : 0,
          href: href(category),
        }),
      ),
      row(['All spending', '', of.money(flow.total_expenses)], { isTotal: true }),
    ],
  });
  blocks.push({
    type: 'table',
    title: 'Income',
    note: '',
    columns: [
      { label: 'Category', isAmount: false },
      { label: 'Amount', isAmount: true },
    ],
    rows: [
      ...flow.income.map(({ label, amount }) => row([label, of.money(amount)])),
      row(['All income', of.money(flow.total_income)], { isTotal: true }),
    ],
  });
  if (differences.length > 0)
    blocks.push({
      type: 'table',
      title: 'Biggest changes',
      note: `Against ${isUsual ? 'a usual month' : kind === 'year' ? 'the same days of the year before' : 'the period before'}.`,
      columns: [
        { label: 'Category', isAmount: false },
        { label: beforeLabel, isAmount: true },
        { label: 'Now', isAmount: true },
        { label: 'Change', isAmount: true },
      ],
      rows: differences.map(({ label, amount, before, difference }) =>
        row([label, of.money(before), of.money(amount), of.change(difference.toNumber())]),
      ),
    });
  if (flow.top_merchants.length > 0)
    blocks.push({
      type: 'table',
      title: 'Where most went',
      note: '',
      columns: [
        { label: 'Merchant', isAmount: false },
        { label: 'Amount', isAmount: true },
      ],
      rows: flow.top_merchants.slice(0, MERCHANT_ROWS).map(({ label, amount }) => row([label, of.money(amount)])),
    });
  return blocks;
}

function recurringBlock({ recurring }: Report, of: Words): Block {
  const all = recurring.reduce((sum, { amount }) => sum.plus(amount), toMoney(0));
  return {
    type: 'table',
    title: 'Subscriptions and bills',
    note: '',
    columns: [
      { label: 'What recurs', isAmount: false },
      { label: '', isAmount: false },
      { label: 'In the period', isAmount: true },
    ],
    rows: [
      ...recurring.map((line) => {
        const price = (amount: number) => formatMoney(toMoney(amount), line.currency);
        const news = [
          formatWord(line.frequency),
          ...(line.is_new ? ['new'] : []),
          ...(line.previous_amount === null ? [] : [`up from ${price(line.previous_amount)} to ${price(line.last_amount)}`]),
          ...(line.has_ended ? ['ended since'] : []),
        ];
        return row([line.merchant, news.join(', '), of.money(line.amount)]);
      }),
      row(['All that recurs', '', of.money(all.toNumber())], { isTotal: true }),
    ],
  };
}

function portfolioBlock(part: NonNullable<Report['portfolio']>, of: Words): Block {
  const rate = (value: number | null, reason: NoReturn | null | undefined) => (reason ? NO_RETURN_WORDS[reason] : of.percent(value, 2));
  return {
    type: 'table',
    title: 'Investments',
    note: part.estimated ? 'Some values are worked out from trades and known prices.' : '',
    columns: [
      { label: '', isAmount: false },
      { label: '', isAmount: true },
    ],
    rows: [
      row(['Value at the start', of.money(part.start_value)]),
      row(['Paid in less taken out', of.change(part.net_flow)]),
      row(['Gain', of.change(part.gain)]),
      row(['Value at the end', of.money(part.end_value)], { isTotal: true }),
      row(['of the gain: dividends and interest', of.change(part.income)]),
      row(['of the gain: fees', of.change(-part.fees)]),
      row(['Time-weighted return', rate(part.time_weighted, part.time_weighted_reason)]),
      row(['Money-weighted return, a year', rate(part.money_weighted, part.money_weighted_reason)]),
      row(['Largest fall', of.percent(part.max_drawdown, 2)]),
    ],
  };
}

const GROUPS: [StatementAccount['group'], string][] = [
  ['liquid', 'Cash'],
  ['investment', 'Investments'],
  ['other', 'Other'],
  ['mortgage', 'Mortgages'],
  ['loan', 'Loans'],
  ['credit', 'Credit cards'],
];

/** What was owned and owed at the end, account by account. */
function accountBlocks(accounts: StatementAccount[], { period }: Report, of: Words): Block[] {
  const of_ = (isOwned: boolean) => accounts.filter((account) => isAsset(account) === isOwned);
  const tableOf = (title: string, rows: StatementAccount[], totalLabel: string): Block[] =>
    rows.length === 0
      ? []
      : [
          {
            type: 'table',
            title: `${title} at the end of ${formatDate(period.end)}`,
            note: '',
            columns: [
              { label: 'Account', isAmount: false },
              { label: 'Kind', isAmount: false },
              { label: 'Balance', isAmount: true },
            ],
            rows: [
              ...GROUPS.flatMap(([group, label]) =>
                rows
                  .filter((account) => account.group === group)
                  .map((account) =>
                    row([
                      `${account.institution} · ${account.name}${account.mask ? ` ••${account.mask}` : ''}`,
                      `${label}${account.estimated ? ', estimated' : ''}${account.value === account.balance ? '' : `, ${formatMoney(toMoney(account.balance), account.currency)}`}`,
                      of.money(account.value),
                    ]),
                  ),
              ),
              row([totalLabel, '', of.money(total(rows).toNumber())], { isTotal: true }),
            ],
          },
        ];
  return [...tableOf('What you own', of_(true), 'All assets'), ...tableOf('What you owe', of_(false), 'All liabilities')];
}

const upcomingBlock = ({ upcoming }: Report, of: Words): Block => ({
  type: 'table',
  title: 'Coming up',
  note: 'As it was known when this was written.',
  columns: [
    { label: 'When', isAmount: false },
    { label: 'What', isAmount: false },
    { label: 'Amount', isAmount: true },
  ],
  rows: upcoming.map(({ date, merchant, amount, is_income }) =>
    row([formatShortDate(date), merchant, of.change(is_income ? amount : -amount)]),
  ),
});

const alertsBlock = ({ alerts }: Report): Block => ({
  type: 'table',
  title: 'What was worth a look',
  note: '',
  columns: [
    { label: 'When', isAmount: false },
    { label: 'What', isAmount: false },
  ],
  rows: alerts.map(({ title, raised_on }) => row([formatShortDate(raised_on), title])),
});

/** How far all of it can be trusted. */
function freshnessBlock({ freshness, time_zone, period, kind }: Report): Block {
  const lines = freshness.institutions.map(
    ({ name, last_read, problem }) =>
      `${name}: ${last_read ? `read ${formatInstant(new Date(last_read), time_zone)}` : 'not read yet'}${problem ? `. ${problem}` : ''}`,
  );
  if (freshness.is_incomplete) lines.push('Banks were still sending their history: totals may have grown since.');
  if (freshness.pending > 0)
    lines.push(
      `${plural(freshness.pending, 'movement')} of ${kind === 'statement' ? formatDate(period.end) : 'these days'} had not posted and ${freshness.pending === 1 ? 'is' : 'are'} not counted.`,
    );
  if (freshness.estimated) lines.push('Balances of days on which no bank was read are worked out from the movements.');
  for (const { currency, amount } of freshness.unconverted)
    lines.push(`Not counted, for want of an exchange rate: ${formatMoney(toMoney(amount), currency)}.`);
  if (freshness.unknown_balances > 0) lines.push(`The balance of ${plural(freshness.unknown_balances, 'account')} was not known.`);
  lines.push(
    'Own transfers and card payments are neither income nor spending; refunds lower spending. Written by one’s own dashboard from what the banks say; it is no statement of a bank.',
  );
  return { type: 'text', title: 'Where this comes from', lines };
}
