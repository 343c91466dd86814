import { type Account, balanceOf } from '../accounts/store.ts';
import { BACKTEST_DAYS, meanErrors } from '../forecast/backtest.ts';
import type { Forecast } from '../forecast/load-forecast.ts';
import { EVERYDAY_DAYS } from '../forecast/store.ts';
import type { CalendarDate } from '../lib/dates.ts';
import { type Currencies, inBase } from '../lib/exchange-rates.ts';
import { Money } from '../lib/money.ts';
import { yearlyAmount } from '../recurring/recurring.ts';
import { CADENCES } from '../recurring/schedule.ts';
import type { StoredStream } from '../recurring/store.ts';
import {
  type ExplainedRow,
  type Explanation,
  explainHref,
  explanation,
  type Input,
  type Parameters,
  transactionsHref,
} from './explanation.ts';

const METHOD =
  'Many possible futures are drawn with a fixed seed: what recurs comes on its dates, moved and sized as it has been before; cards are paid as stated, or as they usually are; everyday movements are pieces of the past year from the same weekday and time of the month. The expected balance is the middle of them.';

export const forecastFigures = ['starting_balance', 'income', 'expenses', 'net', 'expected', 'lowest', 'backtest'];

const cents = (amount: number): Money => new Money(amount).div(100);

export function explainForecast(
  figure: string,
  forecast: Forecast,
  accounts: Account[],
  currencies: Currencies,
  today: CalendarDate,
  parameters: Parameters,
): Explanation | null {
  const name = `forecast.${figure}`;
  const days = String(forecast.days);
  const start: Input = {
    label: 'Balance of the liquid accounts today',
    value: cents(forecast.startCents),
    unit: 'money',
    href: explainHref('forecast.starting_balance'),
  };
  const upcoming = (isIncome: boolean): ExplainedRow[] => [
    ...forecast.upcoming
      .filter((item) => item.kind === 'recurring' && item.isIncome === isIncome)
      .map((item) => ({
        label: item.merchant,
        detail: `expected on ${item.date}`,
        amount: item.amount,
        href: item.streamId ? transactionsHref({ recurring: item.streamId }) : null,
      })),
    {
      label: `Everyday ${isIncome ? 'income' : 'spending'}`,
      detail: `${forecast.days} days at the average of the last ${EVERYDAY_DAYS}, what recurs aside`,
      amount: (isIncome ? forecast.everydayIncome : forecast.everydayExpenses).times(forecast.days),
      href: null,
    },
  ];
  const path = (label: string, day: Forecast['lowest']) =>
    day &&
    explanation(name, {
      label: `${label} ${day.date}`,
      value: cents(day.expected),
      formula: METHOD,
      inputs: [
        start,
        { label: 'One in ten futures is below', value: cents(day.low), unit: 'money', href: null },
        { label: 'One in ten futures is above', value: cents(day.high), unit: 'money', href: null },
        ...forecast.upcoming
          .filter((item) => item.date <= day.date)
          .map(
            (item): Input => ({
              label: `${item.merchant}, ${item.date}`,
              value: item.isIncome ? item.amount : item.amount.negated(),
              unit: 'money',
              href: item.streamId ? transactionsHref({ recurring: item.streamId }) : null,
            }),
          ),
      ],
      unconverted: forecast.unconverted,
      isEstimated: true,
    });
  switch (figure) {
    case 'starting_balance':
      return explanation(name, {
        label: 'Balance of the liquid accounts today',
        value: cents(forecast.startCents),
        formula: 'The balances of the accounts that you can spend from.',
        rows: accounts
          .filter((account) => account.isActive && account.isLiquid)
          .map((account) => {
            const balance = balanceOf(account);
            const amount = balance && inBase(currencies, balance, account.currency, today);
            return {
              label: account.name,
              detail: amount ? null : 'Its balance or its rate is not known.',
              amount,
              href: transactionsHref({ account_id: account.id }),
            };
          }),
        unconverted: forecast.unconverted,
      });
    case 'income':
    case 'expenses':
      return explanation(name, {
        label: `${figure === 'income' ? 'Income' : 'Spending'} of the next ${days} days`,
        value: figure === 'income' ? forecast.projectedIncome : forecast.projectedExpenses,
        formula: 'What recurs, on its dates at its latest amount, and everyday movements at their average.',
        rows: upcoming(figure === 'income'),
        isEstimated: true,
      });
    case 'net':
      return explanation(name, {
        label: `What is left of the next ${days} days`,
        value: forecast.projectedIncome.minus(forecast.projectedExpenses),
        formula: 'Expected income − expected spending.',
        inputs: [
          { label: 'Income', value: forecast.projectedIncome, unit: 'money', href: explainHref('forecast.income', { days }) },
          { label: 'Spending', value: forecast.projectedExpenses, unit: 'money', href: explainHref('forecast.expenses', { days }) },
        ],
        isEstimated: true,
      });
    case 'lowest':
      return path('Lowest expected balance, on', forecast.lowest);
    case 'expected':
      return path('Expected balance on', forecast.daily.find((day) => day.date === parameters.date) ?? null);
    case 'backtest': {
      const errors = meanErrors(forecast.backtest);
      if (!errors) return null;
      return explanation(name, {
        label: 'How far such forecasts were off',
        value: cents(errors.ours),
        formula: `The same method as of ${BACKTEST_DAYS.join(', ')} days ago against what then happened: the mean distance between the expected and the actual balance.`,
        inputs: forecast.backtest.flatMap((run): Input[] => [
          { label: `As of ${run.asOf}`, value: cents(run.meanAbsoluteError), unit: 'money', href: null },
          { label: `Days within the band, of ${run.days}`, value: new Money(run.daysWithinBand), unit: 'number', href: null },
        ]),
      });
    }
  }
  return null;
}

export const recurringFigures = ['average_amount', 'last_amount', 'yearly_amount'];

export function explainStream(figure: string, stream: StoredStream): Explanation {
  const { perYear } = CADENCES[stream.frequency];
  const words = {
    average_amount: { label: 'on average', value: stream.averageAmount, formula: 'The mean of its occurrences.' },
    last_amount: { label: 'last', value: stream.lastAmount, formula: 'The amount of its latest occurrence.' },
    yearly_amount: { label: 'in a year', value: yearlyAmount(stream), formula: `The latest amount × ${perYear} times a year.` },
  }[figure] as { label: string; value: Money; formula: string };
  return explanation(`recurring.${figure}`, {
    label: `${stream.merchant}, ${words.label}`,
    value: words.value,
    formula: words.formula,
    inputs: [
      { label: 'Occurrences', value: new Money(stream.occurrenceCount), unit: 'number', href: transactionsHref({ recurring: stream.id }) },
      {
        label: 'Latest amount',
        value: stream.lastAmount,
        unit: 'money',
        href: transactionsHref({ recurring: stream.id, start_date: stream.lastOn, end_date: stream.lastOn }),
      },
    ],
  });
}
