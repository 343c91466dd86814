import type { Money } from '../lib/money.ts';
import { formatChange, formatDate, formatMoney, formatPercent } from '../web/format.ts';
import { defineRule, type Finding, stepOf } from './rule.ts';

const CONCENTRATION_STEP = 10;
const DRAWDOWN_STEP = 5;

const ofNetWorth: Pick<Finding, 'subject' | 'transactionIds' | 'href'> = {
  subject: { id: '', label: '' },
  transactionIds: [],
  href: '/net-worth',
};

export const netWorthMilestone = defineRule({
  kind: 'net_worth_milestone',
  group: 'wealth',
  title: 'Net worth milestone',
  about: 'Net worth has passed a multiple of an amount on its way up, or zero.',
  parameters: { step: { label: 'Every', unit: 'money', standard: 25_000, min: 100, max: 100_000_000 } },
  isOccurrence: true,
  find: ({ netWorth: { current, monthAgo }, currency }, { step }) => {
    if (!monthAgo) return [];
    const passed = current.div(step).floor().times(step);
    if (passed.lessThan(0) || monthAgo.greaterThanOrEqualTo(passed)) return [];
    return [
      {
        ...ofNetWorth,
        key: `net_worth_milestone:${passed.toFixed()}`,
        severity: 'info' as const,
        title: passed.isZero() ? 'You no longer owe more than you own' : `Net worth is above ${formatMoney(passed, currency)}`,
        body: `It is ${formatMoney(current, currency)}, ${formatChange(current.minus(monthAgo), currency)} in a month.`,
        why: [
          { label: 'Now', value: formatMoney(current, currency) },
          { label: 'A month ago', value: formatMoney(monthAgo, currency) },
        ],
        amount: { value: passed, currency },
      },
    ];
  },
});

export const goalReached = defineRule({
  kind: 'goal_reached',
  group: 'wealth',
  title: 'Goal reached',
  about: 'Net worth has reached your goal.',
  parameters: {},
  isOccurrence: true,
  find: ({ netWorth: { current, goal }, currency }) =>
    goal && current.greaterThanOrEqualTo(goal)
      ? [
          {
            ...ofNetWorth,
            key: `goal_reached:${goal.toFixed()}`,
            severity: 'info' as const,
            title: `You have reached your goal of ${formatMoney(goal, currency)}`,
            body: `Net worth is ${formatMoney(current, currency)}. Time for a new one.`,
            why: [
              { label: 'Net worth', value: formatMoney(current, currency) },
              { label: 'Goal', value: formatMoney(goal, currency) },
            ],
            amount: { value: current, currency },
            href: '/settings#goal',
          },
        ]
      : [],
});

export const goalOffTrack = defineRule({
  kind: 'goal_off_track',
  group: 'wealth',
  title: 'Goal off track',
  about: 'At the pace of the last year your goal is never reached, or takes longer than some months.',
  parameters: { months: { label: 'Longer than', unit: 'months', standard: 120, min: 1, max: 1_200 } },
  isOccurrence: false,
  find: ({ netWorth: { current, goal, averageChange, monthsToGoal }, currency }, { months }) => {
    if (!goal || !averageChange || current.greaterThanOrEqualTo(goal)) return [];
    if (monthsToGoal !== null && months.greaterThanOrEqualTo(monthsToGoal)) return [];
    return [
      {
        ...ofNetWorth,
        key: `goal_off_track:${goal.toFixed()}`,
        severity: 'info' as const,
        title: monthsToGoal === null ? 'You are not moving towards your goal' : `Your goal is ${monthsToGoal} months away`,
        body: `Net worth changed by ${formatChange(averageChange, currency)} a month over the last year; ${formatMoney(goal.minus(current), currency)} are missing.`,
        why: [
          { label: 'Net worth', value: formatMoney(current, currency) },
          { label: 'Goal', value: formatMoney(goal, currency) },
          { label: 'A month, on average', value: formatChange(averageChange, currency) },
        ],
        amount: { value: goal.minus(current), currency },
      },
    ];
  },
});

export const concentration = defineRule({
  kind: 'concentration',
  group: 'wealth',
  title: 'Concentrated holding',
  about: 'One security is more than a share of your investments; told again at every ten per cent above.',
  parameters: { percent: { label: 'Above', unit: 'percent', standard: 25, min: 1, max: 99 } },
  isOccurrence: false,
  find: ({ shares, currency }, thresholds, isOpen) =>
    shares.flatMap(({ securityId, label, share, value }) => {
      const keyOf = (step: Money) => `concentration:${securityId}:${step.toFixed()}`;
      const step = stepOf(share, thresholds.percent, CONCENTRATION_STEP, (candidate) => isOpen(keyOf(candidate)));
      if (!step) return [];
      return [
        {
          key: keyOf(step),
          severity: 'info' as const,
          title: `${label} is ${formatPercent(share, 0)} of your investments`,
          body: `What happens to it happens to ${formatMoney(value, currency)} of yours.`,
          subject: { id: `security:${securityId}`, label },
          why: [
            { label: 'Its value', value: formatMoney(value, currency) },
            { label: 'Share', value: formatPercent(share) },
            { label: 'You want to hear above', value: formatPercent(thresholds.percent, 0) },
          ],
          amount: { value, currency },
          transactionIds: [],
          href: '/portfolio',
        },
      ];
    }),
});

export const drawdown = defineRule({
  kind: 'drawdown',
  group: 'wealth',
  title: 'Investments have fallen',
  about:
    'Your investments are some way below their highest point of the last year, deposits aside; told again at every five per cent below.',
  parameters: { percent: { label: 'By', unit: 'percent', standard: 10, min: 1, max: 99 } },
  isOccurrence: false,
  find: ({ drawdown: fall }, thresholds, isOpen) => {
    const keyOf = (step: Money) => `drawdown:${step.toFixed()}`;
    const step = fall && stepOf(fall.percent, thresholds.percent, DRAWDOWN_STEP, (candidate) => isOpen(keyOf(candidate)));
    if (!fall || !step) return [];
    return [
      {
        key: keyOf(step),
        severity: 'warning' as const,
        title: `Your investments are ${formatPercent(fall.percent, 0)} below their peak`,
        body: `They were highest on ${formatDate(fall.peakOn)}. Money paid in or taken out does not count in this.`,
        subject: { id: '', label: '' },
        why: [
          { label: 'Below the peak', value: formatPercent(fall.percent) },
          { label: 'Peak', value: formatDate(fall.peakOn) },
        ],
        amount: null,
        transactionIds: [],
        href: '/portfolio?period=1Y',
      },
    ];
  },
});
