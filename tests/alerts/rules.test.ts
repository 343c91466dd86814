import { describe, expect, it } from 'vitest';
import type { AlertFacts, Bank } from '../../src/alerts/facts.ts';
import { changesOf, contentOf, judge, type KnownAlert, type RuleSetting } from '../../src/alerts/life.ts';
import type { Rule } from '../../src/alerts/rule.ts';
import { RULES, ruleOf } from '../../src/alerts/rules.ts';
import { addMonths } from '../../src/lib/dates.ts';
import { toMoney } from '../../src/lib/money.ts';
import { card, checking, day, movement, quiet, stream, worth } from './facts.ts';

const NOW = new Date('2026-03-18T12:00:00Z');
const DAY_MS = 24 * 3_600_000;
const nobody = () => false;
const judged = (rules: Rule[], facts: AlertFacts, open: string[] = [], settings = new Map<string, RuleSetting>()) =>
  judge(rules, facts, settings, nobody, (key) => open.includes(key), toMoney);

const bank = (more: Partial<Bank> = {}): Bank => ({
  id: 'b1',
  name: 'First Bank',
  errorCode: null,
  errorMessage: null,
  errorSince: null,
  isExpiring: false,
  expiresOn: null,
  readOn: day('2026-03-18'),
  ...more,
});
const bought = (amount: number, more = {}) => quiet({ recent: [movement(amount, more)] });
const owing = (more = {}) => quiet({ debts: [card(more)] });
const recurring = (more = {}) => quiet({ streams: [stream(more)] });
const share = (percent: number) => quiet({ shares: [{ securityId: 'x', label: 'ACME', share: toMoney(percent), value: toMoney(1_000) }] });
const spent = (current: number, usual: number, highest = usual) =>
  quiet({ spending: [{ category: 'TRAVEL', current: toMoney(current), usual: toMoney(usual), highest: toMoney(highest) }] });
/** Pay on the fifth of each month, the latest first. */
const paidPay = (...amounts: number[]) =>
  amounts.map((amount, index) => ({ id: `p${index}`, date: addMonths(day('2026-03-05'), -index), amount: toMoney(amount) }));
const twice = (amount: number, second = {}) =>
  quiet({ recent: [movement(amount, { id: 't2', ...second }), movement(amount, { id: 't1', date: day('2026-03-15') })] });

interface Case {
  kind: string;
  key: string;
  /** Exactly at the threshold, or a hair beyond it. */
  raised: AlertFacts;
  title: string;
  /** A hair before the threshold. */
  below: AlertFacts;
  /** When what was raised no longer holds; by default nothing is left of it. */
  over?: AlertFacts;
}

const twin = (id: string) => ({ id, name: 'Joint Checking ··4417', institution: 'First Bank', currency: 'USD', balance: toMoney(5_000) });
const twins = { accounts: [twin('a1'), twin('a2')] as const, shared: 12 };

const CASES: Case[] = [
  {
    kind: 'low_balance',
    key: 'low_balance:a1:low',
    raised: quiet({ liquid: [checking(199.99)] }),
    title: 'Checking is low: $199.99',
    below: quiet({ liquid: [checking(200)] }),
    over: quiet({ liquid: [checking(220)] }),
  },
  {
    kind: 'low_balance',
    key: 'low_balance:a1:overdrawn',
    raised: quiet({ liquid: [checking(-0.01)] }),
    title: 'Checking is overdrawn: −$0.01',
    below: quiet({ liquid: [checking(200)] }),
    over: quiet({ liquid: [checking(300)] }),
  },
  {
    kind: 'low_balance_forecast',
    key: 'low_balance_forecast:a1',
    raised: quiet({
      liquid: [
        checking(900, [
          ['2026-03-19', 300],
          ['2026-03-20', -0.01],
          ['2026-03-21', -50],
        ]),
      ],
    }),
    title: 'Checking may be below $0.00 by Mar 20, 2026',
    below: quiet({ liquid: [checking(900, [['2026-03-20', 0]])] }),
  },
  {
    kind: 'large_transaction',
    key: 'large_transaction:t1',
    raised: bought(500),
    title: '$500.00 at Parcel Plaza',
    below: bought(499.99),
  },
  {
    kind: 'unusual_spending',
    key: 'unusual_spending:TRAVEL:2026-03',
    raised: spent(300, 200),
    title: 'Travel: $300.00 so far this month',
    below: spent(299.99, 200),
    over: spent(200, 200),
  },
  {
    kind: 'new_merchant',
    key: 'new_merchant:Parcel Plaza',
    raised: bought(100, { merchantSince: day('2026-03-16') }),
    title: 'First time at Parcel Plaza: $100.00',
    below: bought(99.99, { merchantSince: day('2026-03-16') }),
  },
  {
    kind: 'duplicate_charge',
    key: 'duplicate_charge:t2',
    raised: twice(10),
    title: 'Parcel Plaza may have charged you twice: 2 × $10.00',
    below: twice(9.99),
    over: quiet({ recent: [...twice(10).recent, movement(-10, { id: 't3', date: day('2026-03-17') })] }),
  },
  {
    kind: 'price_increase',
    key: 'price_increase:s1:10.1',
    raised: recurring({ previousAmount: toMoney(10), lastAmount: toMoney(10.1), changedOn: day('2026-03-05') }),
    title: 'Streamly went from $10.00 to $10.10',
    below: recurring({ previousAmount: toMoney(10), lastAmount: toMoney(10.09), changedOn: day('2026-03-05') }),
  },
  {
    kind: 'subscription_ended',
    key: 'subscription_ended:s1:2026-01-05',
    raised: recurring({ status: 'ended', lastOn: day('2026-01-05') }),
    title: 'Streamly seems to have ended',
    below: recurring({ status: 'late', lastOn: day('2026-01-12') }),
  },
  {
    kind: 'payment_late',
    key: 'payment_late:s1:2026-03-10',
    raised: recurring({ status: 'late', lastOn: day('2026-02-10'), nextExpectedOn: day('2026-03-10') }),
    title: 'Streamly has not been taken yet',
    below: recurring({ status: 'active', lastOn: day('2026-02-10'), nextExpectedOn: day('2026-03-17') }),
  },
  {
    kind: 'bill_due',
    key: 'bill_due:c1:2026-03-23',
    raised: owing(),
    title: 'Card: $420.00 due on Mar 23, 2026',
    below: owing({ dueOn: day('2026-03-24') }),
    over: owing({ paid: toMoney(420) }),
  },
  {
    kind: 'bill_overdue',
    key: 'bill_overdue:c1:2026-03-17',
    raised: owing({ dueOn: day('2026-03-17') }),
    title: 'Card is overdue',
    below: owing({ dueOn: day('2026-03-18') }),
    over: owing({ dueOn: day('2026-03-17'), paid: toMoney(35) }),
  },
  {
    kind: 'fee_charged',
    key: 'fee_charged:t1',
    raised: bought(1, { category: 'BANK_FEES', categoryDetailed: 'BANK_FEES_ATM_FEES' }),
    title: 'Card: $1.00 of fees',
    below: bought(0.99, { category: 'BANK_FEES' }),
  },
  {
    kind: 'income_late',
    key: 'income_late:s1:2026-03-10',
    raised: recurring({ isIncome: true, status: 'late', nextExpectedOn: day('2026-03-10') }),
    title: 'Streamly is late',
    below: recurring({ isIncome: true, status: 'active', nextExpectedOn: day('2026-03-10') }),
  },
  {
    kind: 'income_smaller',
    key: 'income_smaller:s1:2026-03-05',
    raised: recurring({ isIncome: true, latest: paidPay(900, 1_000, 1_000) }),
    title: 'Streamly paid 10 % less than usual',
    below: recurring({ isIncome: true, latest: paidPay(900.01, 1_000, 1_000) }),
  },
  {
    kind: 'net_worth_milestone',
    key: 'net_worth_milestone:50000',
    raised: quiet({ netWorth: worth(50_000, { monthAgo: toMoney(49_999.99) }) }),
    title: 'Net worth is above $50,000.00',
    below: quiet({ netWorth: worth(49_999.99, { monthAgo: toMoney(49_000) }) }),
  },
  {
    kind: 'goal_reached',
    key: 'goal_reached:1000',
    raised: quiet({ netWorth: worth(1_000, { goal: toMoney(1_000) }) }),
    title: 'You have reached your goal of $1,000.00',
    below: quiet({ netWorth: worth(999.99, { goal: toMoney(1_000) }) }),
  },
  {
    kind: 'goal_off_track',
    key: 'goal_off_track:9000',
    raised: quiet({ netWorth: worth(0, { goal: toMoney(9_000), averageChange: toMoney(74), monthsToGoal: 121 }) }),
    title: 'Your goal is 121 months away',
    below: quiet({ netWorth: worth(0, { goal: toMoney(9_000), averageChange: toMoney(75), monthsToGoal: 120 }) }),
  },
  {
    kind: 'concentration',
    key: 'concentration:x:25',
    raised: share(25),
    title: 'ACME is 25 % of your investments',
    below: share(24.99),
    over: share(23.99),
  },
  {
    kind: 'drawdown',
    key: 'drawdown:10',
    raised: quiet({ drawdown: { percent: toMoney(10), peakOn: day('2026-02-01') } }),
    title: 'Your investments are 10 % below their peak',
    below: quiet({ drawdown: { percent: toMoney(9.99), peakOn: day('2026-02-01') } }),
    over: quiet({ drawdown: { percent: toMoney(9), peakOn: day('2026-02-01') } }),
  },
  {
    kind: 'bank_attention',
    key: 'bank_attention:b1:ITEM_LOGIN_REQUIRED',
    raised: quiet({
      banks: [
        bank({ errorCode: 'ITEM_LOGIN_REQUIRED', errorMessage: 'First Bank asks you to sign in again.', errorSince: day('2026-03-17') }),
      ],
    }),
    title: 'First Bank asks you to sign in again.',
    below: quiet({ banks: [bank()] }),
  },
  {
    kind: 'bank_attention',
    key: 'bank_attention:b1:expiring',
    raised: quiet({ banks: [bank({ isExpiring: true, expiresOn: day('2026-03-25') })] }),
    title: 'First Bank will soon ask you to sign in again',
    below: quiet({ banks: [bank()] }),
  },
  {
    kind: 'bank_attention',
    key: 'bank_attention:b1:stale',
    raised: quiet({ banks: [bank({ readOn: day('2026-03-15') })] }),
    title: 'First Bank has not been read since Mar 15, 2026',
    below: quiet({ banks: [bank({ readOn: day('2026-03-16') })] }),
  },
  {
    kind: 'account_twice',
    key: 'account_twice:a1:a2',
    raised: quiet({ twins: [twins] }),
    title: 'Joint Checking ··4417 may be counted twice',
    below: quiet(),
  },
  {
    kind: 'refund_arrived',
    key: 'refund_arrived:t1',
    raised: bought(-50),
    title: 'Parcel Plaza gave $50.00 back',
    below: bought(-49.99),
  },
  {
    kind: 'cash_idle',
    key: 'cash_idle',
    raised: quiet({ cash: toMoney(6_000.01), usualExpenses: toMoney(1_000) }),
    title: 'Your cash would last 6 months',
    below: quiet({ cash: toMoney(6_000), usualExpenses: toMoney(1_000) }),
    over: quiet({ cash: toMoney(5_500), usualExpenses: toMoney(1_000) }),
  },
];

const knownOf = (kind: string, finding: Parameters<typeof contentOf>[0], resolvedAt: Date | null = null): KnownAlert => ({
  id: 'known',
  kind,
  key: finding.key,
  severity: finding.severity,
  resolvedAt,
  content: contentOf(finding),
});

it('every rule has a case', () => {
  expect(new Set(CASES.map(({ kind }) => kind))).toEqual(new Set(RULES.map(({ kind }) => kind)));
});

describe.each(CASES.map((entry) => [entry.key, entry] as const))('%s', (key, { kind, raised, title, below, over = quiet() }) => {
  const rule = ruleOf(kind) as Rule;

  it('is raised, with its reason', () => {
    const { findings } = judged([rule], raised);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ key, title });
    expect(findings[0]?.body.length).toBeGreaterThan(10);
    expect(changesOf([], judged([rule], raised), RULES, NOW).raise).toHaveLength(1);
  });

  it('is not raised just below the threshold', () => {
    expect(judged([rule], below).findings.map((finding) => finding.key)).not.toContain(key);
  });

  it('is not raised twice, and resolved once it no longer holds', () => {
    const judgement = judged([rule], raised, [key]);
    const known = knownOf(kind, judgement.findings[0] as Parameters<typeof contentOf>[0]);
    expect(changesOf([known], judgement, RULES, NOW)).toEqual({ raise: [], reopen: [], update: [], resolve: [] });
    expect(changesOf([known], judged([rule], over, [key]), RULES, NOW)).toMatchObject({ raise: [], resolve: ['known'] });
  });

  it('comes back as the same within days; later anew, unless it happened once', () => {
    const judgement = judged([rule], raised);
    const resolved = (daysAgo: number) =>
      knownOf(kind, judgement.findings[0] as Parameters<typeof contentOf>[0], new Date(NOW.getTime() - daysAgo * DAY_MS));
    const soon = changesOf([resolved(1)], judgement, RULES, NOW);
    const later = changesOf([resolved(4)], judgement, RULES, NOW);
    expect([soon.reopen.length, soon.raise.length]).toEqual([1, 0]);
    expect([later.reopen.length, later.raise.length]).toEqual(rule.isOccurrence ? [1, 0] : [0, 1]);
  });

  it('is silent when it is switched off', () => {
    const off = new Map([[kind, { isEnabled: false, thresholds: new Map() }]]);
    expect(judged([rule], raised, [], off).findings).toEqual([]);
  });
});

describe('small moves', () => {
  const low = ruleOf('low_balance') as Rule;
  it('do not raise a low balance again and again', () => {
    const open = ['low_balance:a1:low'];
    for (const balance of [199, 205, 198, 219.99])
      expect(judged([low], quiet({ liquid: [checking(balance)] }), open).findings).toHaveLength(1);
    expect(judged([low], quiet({ liquid: [checking(220)] }), open).findings).toEqual([]);
  });

  it('do not raise a step of a share again, a step further is a new one', () => {
    const rule = ruleOf('concentration') as Rule;
    const key = (percent: number, open: string[]) => judged([rule], share(percent), open).findings[0]?.key;
    expect(key(25.2, [])).toBe('concentration:x:25');
    expect(key(24.2, ['concentration:x:25'])).toBe('concentration:x:25');
    expect(key(34.9, ['concentration:x:25'])).toBe('concentration:x:25');
    expect(key(35, ['concentration:x:25'])).toBe('concentration:x:35');
    // On its way down it stays the one that was told, until it is over.
    expect(key(34.5, ['concentration:x:35'])).toBe('concentration:x:35');
    expect(key(24.5, ['concentration:x:35'])).toBe('concentration:x:35');
    expect(key(23.9, ['concentration:x:35'])).toBeUndefined();
    expect(key(36, ['concentration:x:45'])).toBe('concentration:x:45');
  });
});

describe('what is told once', () => {
  it('a large first purchase is not told as a new merchant too', () => {
    const first = bought(600, { merchantSince: day('2026-03-16') });
    const kinds = judged(RULES, first).findings.map(({ kind }) => kind);
    expect(kinds).toEqual(['large_transaction']);
  });

  it('a low balance is not told as one ahead too', () => {
    const facts = quiet({ liquid: [checking(-5, [['2026-03-20', -50]])] });
    expect(judged(RULES, facts).findings.map(({ kind }) => kind)).toEqual(['low_balance']);
  });
});

describe('what is said is true', () => {
  const bodyOf = (facts: AlertFacts, open: string[] = []) => judged(RULES, facts, open).findings[0];
  it.each([
    [
      'a balance that is nearly well again',
      quiet({ liquid: [checking(215)] }),
      ['low_balance:a1:low'],
      'Its balance is only just above the $200.00 you want to hear of.',
    ],
    [
      'cash beside what is needed',
      quiet({ cash: toMoney(6_200), usualExpenses: toMoney(1_000) }),
      [],
      '6 months of usual spending take $6,000.00. The other $200.00 could earn more elsewhere.',
    ],
    [
      'cash that is about what is needed',
      quiet({ cash: toMoney(5_700), usualExpenses: toMoney(1_000) }),
      ['cash_idle'],
      '6 months of usual spending take $6,000.00.',
    ],
    ['a card without a known minimum', owing({ minimum: null }), [], 'Nothing has been paid of it yet.'],
    [
      'a card of which the minimum is paid',
      owing({ paid: toMoney(35) }),
      [],
      '$35.00 has been paid. The minimum is covered; what is left of the statement will cost interest.',
    ],
    [
      'a loan paid in part',
      owing({ isCard: false, statement: null, minimum: toMoney(1_500), paid: toMoney(1_000) }),
      [],
      '$1,000.00 has been paid.',
    ],
    ['debts and possessions alike', quiet({ netWorth: worth(0, { monthAgo: toMoney(-5) }) }), [], 'It is $0.00, +$5.00 in a month.'],
  ])('of %s', (_name, facts, open, body) => expect(bodyOf(facts, open)?.body).toBe(body));

  it('a fall that is foreseen is told, however the rule for low balances is set', () => {
    const facts = quiet({ liquid: [checking(900, [['2026-03-19', -50]])] });
    const own = new Map([['low_balance_forecast', { isEnabled: true, thresholds: new Map([['amount', toMoney(1_000)]]) }]]);
    expect(judged(RULES, facts, [], own).findings.map(({ kind }) => kind)).toEqual(['low_balance_forecast']);
  });
});

describe('what is no alert', () => {
  it.each([
    ['something pending', bought(900, { isPending: true })],
    ['two pending charges', twice(50, { isPending: true })],
    ['what recurs', bought(900, { isRecurring: true })],
    ['an own transfer', bought(900, { type: 'transfer' })],
    ['an amount without a rate', bought(900, { baseAmount: null })],
    ['an old purchase', bought(900, { date: day('2026-03-03') })],
    [
      'a merchant before there is a history',
      quiet({ firstDay: day('2026-03-01'), recent: [movement(200, { merchantSince: day('2026-03-16') })] }),
    ],
    ['the same price at two merchants', twice(50, { merchant: 'Another' })],
    ['two purchases three days apart', twice(50, { date: day('2026-03-18') })],
    ['income that varies by nature', recurring({ isIncome: true, amountKind: 'variable', latest: paidPay(660, 1_000, 1_010, 990) })],
    ['a dismissed stream', recurring({ status: 'late', isDismissed: true })],
    ['a bill that the institution says is not overdue', owing({ dueOn: day('2026-03-17'), isOverdue: false })],
    ['a paid bill', owing({ paid: toMoney(500) })],
    ['a due date two months past', owing({ dueOn: day('2026-01-10') })],
    ['less debt, but debt still', quiet({ netWorth: worth(-49_000, { monthAgo: toMoney(-51_000) }) })],
    ['a fall of net worth through a step', quiet({ netWorth: worth(49_000, { monthAgo: toMoney(51_000) }) })],
  ])('%s', (_name, facts) => {
    expect(judged(RULES, facts).findings).toEqual([]);
  });
});

describe('a habit', () => {
  const lunches = (...days: string[]) =>
    judged(
      [ruleOf('duplicate_charge') as Rule],
      quiet({ recent: days.map((date, index) => movement(12, { id: `t${index}`, merchant: 'Canteen', date: day(`2026-03-${date}`) })) }),
    ).findings.map(({ key }) => key);

  it('of every day is no double charge, twice on one day is', () => {
    expect(lunches('02', '03', '04', '05', '06', '09', '10', '11', '12', '13', '16', '17')).toEqual([]);
    expect(lunches('10', '11', '12', '12', '13', '16')).toEqual(['duplicate_charge:t3']);
  });

  it('of two a day is a habit too', () => {
    expect(lunches('10', '10', '11', '11', '12', '12', '13')).toEqual([]);
  });

  it('is known by its name without the numbers in it', () => {
    const charges = ['POS CANTEEN REF100234', 'POS CANTEEN REF100877'].map((merchant, index) =>
      movement(40, { id: `t${index}`, merchant, date: day(`2026-03-1${index + 5}`) }),
    );
    expect(judged([ruleOf('duplicate_charge') as Rule], quiet({ recent: charges })).findings.map(({ key }) => key)).toEqual([
      'duplicate_charge:t1',
    ]);
  });
});

it('a pay cut is told once, not at every pay', () => {
  const keysAfter = (...amounts: number[]) =>
    judged([ruleOf('income_smaller') as Rule], recurring({ isIncome: true, latest: paidPay(...amounts) })).findings.map(({ key }) => key);
  expect(keysAfter(1_000, 1_000, 1_000)).toEqual([]);
  expect(keysAfter(850, 1_000, 1_000, 1_000)).toEqual(['income_smaller:s1:2026-03-05']);
  // In the second month of the cut it is the same news, too old to be told again.
  expect(keysAfter(850, 850, 1_000, 1_000, 1_000)).toEqual([]);
  expect(keysAfter(1_000, 850, 1_000, 1_000)).toEqual([]);
});

it('what a category has reached before is not unusual', () => {
  const keysOf = (highest: number) => judged([ruleOf('unusual_spending') as Rule], spent(450, 100, highest)).findings.map(({ key }) => key);
  expect(keysOf(449.99)).toEqual(['unusual_spending:TRAVEL:2026-03']);
  expect(keysOf(450)).toEqual([]);
});

it.each(['ATM WITHDRAWAL 0412', 'CHECK 1043'])('%s is no new merchant', (merchant) => {
  const facts = bought(300, { merchant, merchantSince: day('2026-03-16') });
  expect(judged([ruleOf('new_merchant') as Rule], facts).findings).toEqual([]);
});

it('a refund makes one double charge good, and none that came after it', () => {
  const keysOf = (refundOn: string, charges: string[]) =>
    judged(
      [ruleOf('duplicate_charge') as Rule],
      quiet({
        recent: [
          movement(-10, { id: 'refund', date: day(refundOn) }),
          ...charges.map((date, index) => movement(10, { id: `t${index + 1}`, date: day(date) })),
        ],
      }),
    ).findings.map(({ key }) => key);
  expect(keysOf('2026-03-17', ['2026-03-15', '2026-03-16'])).toEqual([]);
  expect(keysOf('2026-03-14', ['2026-03-15', '2026-03-16'])).toEqual(['duplicate_charge:t2']);
  expect(keysOf('2026-03-17', ['2026-03-15', '2026-03-16', '2026-03-16'])).toEqual(['duplicate_charge:t3']);
});

it('a broken rule takes no other with it, and leaves what it raised', () => {
  const broken: Rule = {
    ...(ruleOf('low_balance') as Rule),
    find: () => {
      throw new Error('no');
    },
  };
  const facts = bought(500);
  const judgement = judged([broken, ruleOf('large_transaction') as Rule], facts);
  expect(judgement.failed.map(({ kind }) => kind)).toEqual(['low_balance']);
  const known: KnownAlert = { id: 'k', kind: 'low_balance', key: 'low_balance:a1:low', severity: 'warning', resolvedAt: null, content: '' };
  expect(changesOf([known], judgement, RULES, NOW)).toMatchObject({ resolve: [], raise: [{ key: 'large_transaction:t1' }] });
});

it('thresholds are the person’s own, and who is muted is not told of', () => {
  const rule = ruleOf('large_transaction') as Rule;
  const own = new Map([['large_transaction', { isEnabled: true, thresholds: new Map([['amount', toMoney(50)]]) }]]);
  expect(judged([rule], bought(50), [], own).findings).toHaveLength(1);
  expect(judged([rule], bought(49.99), [], own).findings).toEqual([]);
  const muted = judge(
    [rule],
    bought(900),
    own,
    (kind, subject) => `${kind} ${subject}` === 'large_transaction merchant:Parcel Plaza',
    nobody,
    toMoney,
  );
  expect(muted.findings).toEqual([]);
});

it('what becomes worse is said to be, and what changes is updated', () => {
  const rule = ruleOf('low_balance') as Rule;
  const [finding] = judged([rule], quiet({ liquid: [checking(150)] })).findings;
  const known = knownOf('low_balance', finding as Parameters<typeof contentOf>[0]);
  const changes = changesOf([known], judged([rule], quiet({ liquid: [checking(120)] }), [known.key]), RULES, NOW);
  expect(changes.update).toMatchObject([{ id: 'known', isWorse: false, finding: { title: 'Checking is low: $120.00' } }]);
  const worse = { ...known, severity: 'info' as const };
  expect(changesOf([worse], judged([rule], quiet({ liquid: [checking(120)] }), [known.key]), RULES, NOW).update[0]?.isWorse).toBe(true);
});

it('takes what rounds to no cent for nothing: no account is overdrawn by $0.00, no bill has $0.00 left', () => {
  const found = judged(RULES, quiet({ liquid: [checking(-0.004)] })).findings;
  expect(found.map(({ title }) => title)).toEqual(['Checking is low: $0.00']);
  const bill = judged(RULES, owing({ minimum: toMoney(25), statement: toMoney(100), paid: toMoney('99.996'), dueOn: day('2026-03-20') }));
  expect(bill.findings).toEqual([]);
});
