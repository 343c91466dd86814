// Alerts over a time: every day the rules judge what was known then.
import type { AlertFacts, RecentTransaction, StreamFacts } from '../../src/alerts/facts.ts';
import { changesOf, contentOf, judge, type KnownAlert } from '../../src/alerts/life.ts';
import { RULES } from '../../src/alerts/rules.ts';
import { spendingOf } from '../../src/alerts/unplanned-spending.ts';
import { usualMonthOf, usualPeriod } from '../../src/cash-flow/insights.ts';
import { addDays, addMonths, type CalendarDate, daysBetween, eachDay, monthOf, startOfMonth } from '../../src/lib/dates.ts';
import { groupBy } from '../../src/lib/group.ts';
import { Money, sum, toMoney, ZERO } from '../../src/lib/money.ts';
import { atOnce } from '../../src/lib/steps.ts';
import { normalisedMerchant } from '../../src/recurring/merchant.ts';
import { streamsOf } from '../../src/recurring/recurring.ts';
import type { CashFlowType } from '../../src/transactions/classify.ts';
import type { Client } from '../test-app.ts';
import { lifeId } from './dashboard.ts';
import { type Incident, type Life, TODAY } from './life.ts';

export interface AlertScore {
  days: number;
  raised: number;
  /** Alerts about nothing that was seeded, and those of them that are about something that recurs. */
  falseAlerts: number;
  aboutStreams: number;
  incidents: number;
  told: number;
  wrong: string[];
}

interface Row {
  id: string;
  account_id: string;
  account_type: string;
  date: CalendarDate;
  amount: string;
  merchant: string;
  category: string;
  detailed: string | null;
  type: CashFlowType;
  counted: string;
  pays_loan: boolean;
}

const RECENT_DAYS = 45;
const HOURS = 'T12:00:00Z';
/** So many days after it happened an incident has to be told; a bill that does not come is missed later. */
const SOON_DAYS = 7;
const MISSED_DAYS = 21;
const ENDED_DAYS = 100;
/** What happened shortly before the year is told before it, too. */
const WARM_UP_DAYS = 45;

/** Judges each of the last days of a life by what its dashboard made of its rows, and compares what was raised with what was seeded. */
export async function scoreAlerts(client: Client, userId: string, life: Life, days: number): Promise<AlertScore> {
  const { rows } = await client.app.deps.database.pool.query<Row>(
    `SELECT transactions.transaction_id AS id, accounts.account_id, accounts.type AS account_type, date, amount, merchant, effective_category AS category,
       personal_finance_category_detailed AS detailed, cash_flow_type AS type, cash_flow_amount AS counted,
       EXISTS (SELECT FROM transfer_matches AS pair JOIN transactions AS paid ON paid.id = inflow_transaction_id JOIN accounts AS loan ON loan.id = paid.account_id
         WHERE outflow_transaction_id = transactions.id AND loan.type = 'loan') AS pays_loan
     FROM transactions JOIN accounts ON accounts.id = transactions.account_id WHERE transactions.user_id = $1 ORDER BY date, transaction_id`,
    [userId],
  );
  const known = rows.map((row) => ({
    ...row,
    id: lifeId(row.id),
    account_id: lifeId(row.account_id),
    amount: toMoney(row.amount),
    counted: toMoney(row.counted),
  }));
  const since = new Map<string, CalendarDate>();
  for (const row of known) {
    const name = normalisedMerchant(row.merchant);
    if (!since.has(name)) since.set(name, row.date);
  }
  const truth = new Map(life.written.map((row) => [row.id, row]));
  const accounts = life.seen().accounts;
  const alerts: KnownAlert[] = [];
  const score: AlertScore = { days, raised: 0, falseAlerts: 0, aboutStreams: 0, incidents: 0, told: 0, wrong: [] };
  const raised: { isKnown: boolean; on: CalendarDate; kind: string; title: string; rows: string[]; account: string | null }[] = [];
  for (const today of eachDay(addDays(TODAY, -days - WARM_UP_DAYS), TODAY)) {
    // The app's own connections are served meanwhile.
    await new Promise(setImmediate);
    const past = known.filter((row) => row.date <= today);
    const streamed = past.filter(
      (row) =>
        (row.type === 'income' && row.amount.isNegative()) || (row.amount.greaterThan(0) && (row.type === 'expense' || row.pays_loan)),
    );
    const streams = streamFacts(streamed, today);
    const recurring = new Set(streams.filter(({ status }) => status !== 'ended').flatMap((stream) => stream.allRows));
    const facts = factsOn(today, past, streams, recurring, since, accounts);
    const open = new Set(alerts.filter(({ resolvedAt }) => resolvedAt === null).map(({ key }) => key));
    const judgement = judge(
      RULES,
      facts,
      new Map(),
      () => false,
      (key) => open.has(key),
      (value) => new Money(value),
    );
    if (judgement.failed.length > 0) throw judgement.failed[0]?.error;
    const at = new Date(today + HOURS);
    const changes = changesOf(alerts, judgement, RULES, at);
    for (const finding of changes.raise) {
      alerts.unshift({
        id: finding.key,
        kind: finding.kind,
        key: finding.key,
        severity: finding.severity,
        resolvedAt: null,
        content: contentOf(finding),
      });
      const account = finding.subject.id.startsWith('account:') ? finding.subject.id.slice('account:'.length) : null;
      if (today > addDays(TODAY, -days))
        raised.push({
          isKnown: finding.transactionIds.length > 0 && finding.transactionIds.every((id) => recurring.has(id)),
          on: today,
          kind: finding.kind,
          title: finding.title,
          rows: finding.transactionIds,
          account,
        });
    }
    for (const { id } of changes.reopen) for (const alert of alerts) if (alert.id === id) alert.resolvedAt = null;
    for (const alert of alerts) if (changes.resolve.includes(alert.id)) alert.resolvedAt = at;
  }
  const lately = life.seen().incidents.filter(({ on }) => on > addDays(TODAY, -days + 1) && on < addDays(TODAY, -SOON_DAYS));
  const tells = (alert: (typeof raised)[number], incident: Incident) => {
    const late = daysBetween(incident.on, alert.on);
    if (late < 0) return false;
    if (incident.kind === 'missed_bill')
      return (
        late <= (alert.kind === 'payment_late' ? MISSED_DAYS : alert.kind === 'subscription_ended' ? ENDED_DAYS : -1) &&
        alert.rows.some((id) => truth.get(id)?.stream === incident.stream)
      );
    if (late > SOON_DAYS) return false;
    if (incident.kind === 'low_balance') return alert.kind.startsWith('low_balance');
    return alert.rows.some((id) => incident.rows.includes(id));
  };
  for (const incident of lately) {
    score.incidents++;
    if (raised.some((alert) => tells(alert, incident))) score.told++;
    else
      score.wrong.push(
        `untold ${incident.kind} on ${incident.on} ${incident.stream ?? ''} ${incident.rows.map((id) => `${truth.get(id)?.name} ${truth.get(id)?.cents}`).join(', ')}`,
      );
  }
  for (const alert of raised) {
    score.raised++;
    if (life.incidents.some((incident) => tells(alert, incident))) continue;
    score.falseAlerts++;
    const isStream = alert.isKnown && alert.rows.every((id) => truth.get(id)?.stream);
    if (isStream) score.aboutStreams++;
    score.wrong.push(
      `false${isStream ? ' of a stream' : ''} ${alert.on} ${alert.kind}: ${alert.title} (${alert.rows
        .slice(0, 3)
        .map((id) => `${truth.get(id)?.date} ${truth.get(id)?.name}`)
        .join(', ')})`,
    );
  }
  return score;
}

type Known = Omit<Row, 'amount' | 'counted'> & { amount: Money; counted: Money };

function streamFacts(rows: Known[], today: CalendarDate): (StreamFacts & { allRows: string[] })[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const found = atOnce(
    streamsOf(
      rows.map((row) => ({
        transactionId: row.id,
        accountId: row.account_id,
        isAtBank: row.account_type !== 'credit',
        date: row.date,
        amount: row.amount,
        merchant: row.merchant,
        category: row.category,
        currency: 'USD',
      })),
      today,
    ),
  );
  return found.map(({ key, transactionIds, ...stream }) => {
    const own = transactionIds.map((id) => byId.get(id) as Known);
    const other = own.findLastIndex((row) => !row.amount.abs().equals(stream.lastAmount));
    return {
      ...stream,
      id: key,
      occurrenceCount: own.length,
      secondOpinion: null,
      isConfirmed: false,
      isDismissed: false,
      changedOn: stream.previousAmount && other >= 0 ? (own[other + 1]?.date ?? null) : null,
      latest: own
        .slice(-13)
        .reverse()
        .map(({ id, date, amount }) => ({ id, date, amount: amount.abs() })),
      allRows: transactionIds,
    };
  });
}

function factsOn(
  today: CalendarDate,
  past: Known[],
  streams: StreamFacts[],
  recurring: Set<string>,
  since: Map<string, CalendarDate>,
  accounts: Life['accounts'],
): AlertFacts {
  const firstDay = past[0]?.date ?? null;
  const byAccount = groupBy(past, (row) => row.account_id);
  const kinds = new Map(past.map((row) => [row.account_id, row.account_type]));
  const openings = new Map(accounts.map((account) => [account.key, account.openingCents]));
  const balanceOf = (id: string) =>
    new Money(openings.get(id) ?? 0).div(100).minus(sum((byAccount.get(id) ?? []).map((row) => row.amount)));
  const liquid = [...byAccount.keys()]
    .filter((id) => kinds.get(id) === 'depository')
    .map((id) => ({ id, name: id, currency: 'USD', balance: balanceOf(id), baseBalance: balanceOf(id), expected: [] }));
  const usual = usualPeriod(today, firstDay);
  const spent = past.filter((row) => row.type === 'expense' || row.type === 'income');
  const months = usual
    ? spent
        .filter((row) => row.date >= usual.start && row.date <= usual.end)
        .map((row) => ({ month: monthOf(row.date), type: row.type, category: row.category, amount: row.counted }))
    : [];
  const usualMonth = usualMonthOf(usual, months as never);
  const unplanned = past
    .filter((row) => row.type === 'expense' && !recurring.has(row.id) && row.date >= addMonths(startOfMonth(today), -12))
    .map((row) => ({ month: monthOf(row.date), type: row.type, category: row.category, amount: row.counted }));
  return {
    today,
    currency: 'USD',
    firstDay,
    liquid,
    cash: sum(liquid.map(({ balance }) => balance)),
    recent: past
      .filter((row) => row.date >= addDays(today, -RECENT_DAYS))
      .reverse()
      .map(
        (row): RecentTransaction => ({
          id: row.id,
          accountId: row.account_id,
          accountName: row.account_id,
          date: row.date,
          merchant: row.merchant,
          amount: row.amount,
          currency: 'USD',
          baseAmount: row.amount,
          type: row.type,
          category: row.category,
          categoryDetailed: row.detailed,
          isPending: false,
          isRecurring: recurring.has(row.id),
          merchantSince: since.get(normalisedMerchant(row.merchant)) as CalendarDate,
        }),
      ),
    spending: spendingOf(unplanned, firstDay, today),
    usualExpenses: usualMonth?.expenses ?? null,
    streams,
    debts: [],
    netWorth: { current: ZERO, monthAgo: null, goal: null, averageChange: null, monthsToGoal: null },
    shares: [],
    drawdown: null,
    banks: [],
    twins: [],
  };
}

const share = (part: number, whole: number) => (whole === 0 ? '—' : `${((part / whole) * 100).toFixed(1)} %`);
const DAYS_A_MONTH = 365 / 12;

export function alertReport(
  kind: string,
  scores: AlertScore[],
): { lines: string[]; total: Omit<AlertScore, 'wrong'> & { falseAMonth: number } } {
  const add = (of: Exclude<keyof AlertScore, 'wrong'>) => scores.reduce((total, score) => total + score[of], 0);
  const total = {
    days: add('days'),
    raised: add('raised'),
    falseAlerts: add('falseAlerts'),
    aboutStreams: add('aboutStreams'),
    incidents: add('incidents'),
    told: add('told'),
    falseAMonth: 0,
  };
  total.falseAMonth = total.falseAlerts / (total.days / DAYS_A_MONTH);
  return {
    total,
    lines: [
      `alerts, ${scores.length} ${kind} households: ${total.falseAMonth.toFixed(2)} false a month and household, ${total.aboutStreams} of them of something that recurs; ${share(total.told, total.incidents)} of ${total.incidents} seeded events told`,
    ],
  };
}
