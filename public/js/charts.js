/* global Chart */
// Every chart of the dashboard: `<canvas data-chart="kind" data-source="/api/…">`. Colours come from the style sheet's tokens.

const sources = new Map();
const FRESH_MS = 5000;

/** One request for charts that share a source. */
function load(source) {
  const known = sources.get(source);
  if (known && Date.now() - known.at < FRESH_MS) return known.data;
  const data = fetch(source, { headers: { Accept: 'application/json' } }).then((response) => {
    if (!response.ok) throw new Error('The figures of a chart could not be loaded.');
    return response.json();
  });
  sources.set(source, { at: Date.now(), data });
  return data;
}

/** The real colour of a token, or of an element's tone, in the present theme. */
function colourOf(className, property = 'background-color') {
  const probe = document.createElement('span');
  probe.className = className;
  probe.hidden = false;
  document.body.append(probe);
  const colour = getComputedStyle(probe).getPropertyValue(property);
  probe.remove();
  return colour;
}
const series = (index) => colourOf(`swatch series-${(index % 7) + 1}`);
const category = (name) => colourOf(`swatch cat-${name.replaceAll(/[^A-Z_]/g, '')}`);
const text = () => getComputedStyle(document.documentElement).getPropertyValue('color') && colourOf('quiet', 'color');
const line = () => colourOf('card', 'border-top-color');
const faded = (colour, share) => `color-mix(in srgb, ${colour} ${share}%, transparent)`;

/** Mixed colours have to be plain before a canvas takes them. */
const plain = (colour) => {
  const probe = document.createElement('span');
  probe.style.color = colour;
  document.body.append(probe);
  const result = getComputedStyle(probe).color;
  probe.remove();
  return result;
};

const currencyOf = (canvas) => canvas.dataset.currency || document.querySelector('[data-currency]')?.dataset.currency || 'USD';
const money = (currency) => new Intl.NumberFormat('en-US', { style: 'currency', currency });
const short = (currency) => new Intl.NumberFormat('en-US', { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 });
const cents = (value) => Math.round(value * 100) / 100;
const withMinus = (label) => label.replace('-', '−');
const day = (date) => new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(date));

function axes(currency, labels) {
  const ticks = { color: text(), font: { family: 'Inter', size: 11 } };
  return {
    x: {
      grid: { display: false },
      border: { display: false },
      ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 24, callback: (_value, index) => day(labels[index]) },
    },
    y: {
      position: 'right',
      border: { display: false },
      grid: { color: line(), drawTicks: false },
      ticks: { ...ticks, maxTicksLimit: 5, padding: 8, callback: (value) => withMinus(short(currency).format(value)) },
    },
  };
}

const base = (currency) => ({
  responsive: true,
  maintainAspectRatio: false,
  animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? false : { duration: 120 },
  interaction: { mode: 'index', intersect: false },
  plugins: {
    legend: { display: false },
    tooltip: {
      displayColors: false,
      callbacks: {
        label: ({ dataset, parsed }) => `${dataset.label ?? ''} ${withMinus(money(currency).format(parsed.y ?? parsed))}`.trim(),
      },
    },
  },
});

/** A line; of points that are estimated it is dashed. */
const curve = (label, data, colour, points = []) => ({
  label,
  data,
  borderColor: colour,
  borderWidth: 2,
  pointRadius: 0,
  pointHitRadius: 12,
  segment: { borderDash: ({ p0DataIndex }) => (points[p0DataIndex]?.estimated ? [3, 3] : undefined) },
});
const dayOf =
  (points) =>
  ([item]) =>
    `${day(points[item.dataIndex].date)}${points[item.dataIndex].estimated ? ' (estimated)' : ''}`;

const kinds = {
  'net-worth': ({ history, current }) => {
    const { currency } = current;
    const labels = history.map((point) => point.date);
    const accent = series(0);
    return {
      type: 'line',
      data: {
        labels,
        datasets: [
          {
            ...curve(
              'Net worth',
              history.map((point) => point.net_worth),
              accent,
              history,
            ),
            backgroundColor: plain(faded(accent, 10)),
            fill: 'start',
          },
        ],
      },
      options: {
        ...base(currency),
        scales: axes(currency, labels),
        plugins: {
          ...base(currency).plugins,
          tooltip: {
            displayColors: false,
            callbacks: {
              title: dayOf(history),
              label: ({ dataIndex }) => [
                `Net worth ${withMinus(money(currency).format(history[dataIndex].net_worth))}`,
                `Assets ${withMinus(money(currency).format(history[dataIndex].total_assets))}`,
                `Liabilities ${withMinus(money(currency).format(history[dataIndex].total_liabilities))}`,
              ],
            },
          },
        },
      },
    };
  },

  'net-worth-parts': ({ history, current }) => {
    const { currency } = current;
    const labels = history.map((point) => point.date);
    const area = (label, index, value) => ({
      label,
      data: history.map(value),
      borderWidth: 0,
      pointRadius: 0,
      pointHitRadius: 0,
      backgroundColor: plain(faded(series(index), 55)),
      stack: index === 3 ? 'owed' : 'owned',
    });
    const owned = [
      area('Cash', 2, (point) => point.liquid_assets),
      area('Investments', 0, (point) => point.investment_assets),
      area('Other', 6, (point) => cents(point.total_assets - point.liquid_assets - point.investment_assets)),
    ].filter(({ data }) => data.some((value) => value !== 0));
    const total = {
      ...curve(
        'Net worth',
        history.map((point) => point.net_worth),
        colourOf('ink', 'color'),
        history,
      ),
      borderWidth: 1.75,
      stack: 'net',
    };
    const owed = { ...area('Owed', 3, (point) => -point.total_liabilities), fill: 'origin' };
    owned.forEach((dataset, index) => {
      dataset.fill = index === 0 ? 'origin' : '-1';
    });
    const options = base(currency);
    const scales = axes(currency, labels);
    return {
      type: 'line',
      data: { labels, datasets: [...owned, owed, total] },
      options: {
        ...options,
        scales: { ...scales, y: { ...scales.y, stacked: true } },
        plugins: {
          ...options.plugins,
          tooltip: {
            ...options.plugins.tooltip,
            callbacks: {
              title: dayOf(history),
              label: ({ dataset, dataIndex }) => `${dataset.label} ${withMinus(money(currency).format(dataset.data[dataIndex]))}`,
            },
          },
        },
      },
    };
  },

  performance: ({ performance, summary }, canvas) => {
    const { currency } = summary;
    const from = canvas.dataset.from;
    const days = performance.daily.filter((point) => point.date >= from && point.value !== null);
    const labels = days.map((point) => point.date);
    let paidIn = 0;
    const contributions = days.map((point, index) => {
      paidIn = index === 0 ? point.value : cents(paidIn + point.net_flow);
      return paidIn;
    });
    const accent = series(0);
    return {
      type: 'line',
      data: {
        labels,
        datasets: [
          curve(
            'Value',
            days.map((point) => point.value),
            accent,
            days,
          ),
          { ...curve('Paid in', contributions, series(1)), borderWidth: 1.5, pointHitRadius: 0, stepped: true },
        ],
      },
      options: { ...base(currency), scales: axes(currency, labels) },
    };
  },

  dividends: ({ dividends, summary }) => {
    const labels = Object.keys(dividends.by_month);
    const scales = axes(summary.currency, labels);
    const month = (label) => new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' }).format(new Date(`${label}-01`));
    return {
      type: 'bar',
      data: {
        labels,
        datasets: [
          { label: 'Dividends', data: Object.values(dividends.by_month), backgroundColor: series(0), borderRadius: 3, maxBarThickness: 24 },
        ],
      },
      options: {
        ...base(summary.currency),
        scales: { ...scales, x: { ...scales.x, ticks: { ...scales.x.ticks, callback: (_value, index) => month(labels[index]) } } },
      },
    };
  },

  'daily-cash-flow': ({ analysis }, canvas) => {
    const currency = currencyOf(canvas);
    const labels = daysBetween(analysis.period.start, analysis.period.end);
    const of = (key, sign) => labels.map((date) => sign * (analysis.daily_cash_flow[date]?.[key] ?? 0));
    const bar = (label, data, colour) => ({ label, data, backgroundColor: colour, borderRadius: 3, maxBarThickness: 18 });
    return {
      type: 'bar',
      data: { labels, datasets: [bar('Income', of('income', 1), series(0)), bar('Expenses', of('expenses', -1), series(1))] },
      options: { ...base(currency), scales: { ...axes(currency, labels), x: { ...axes(currency, labels).x, stacked: true } } },
    };
  },

  spending: ({ analysis }, canvas) => {
    const rows = Object.entries(analysis.expense_breakdown).filter(([, amount]) => amount > 0);
    return round(
      'doughnut',
      rows,
      rows.map(([name]) => category(name)),
      (value) => money(currencyOf(canvas)).format(value),
    );
  },

  allocation: ({ summary }, canvas) => {
    const rows = Object.entries(summary[canvas.dataset.key]).filter(([, share]) => share > 0);
    return round(
      canvas.dataset.shape,
      rows,
      rows.map((_row, index) => series(index)),
      (value) => `${value.toFixed(1)} %`,
    );
  },

  forecast: (forecast, canvas) => {
    const currency = currencyOf(canvas);
    const labels = forecast.daily.map((point) => point.date);
    const accent = series(2);
    const edge = (label, key, fill) => ({
      label,
      data: forecast.daily.map((point) => point[key]),
      borderWidth: 0,
      pointRadius: 0,
      pointHitRadius: 0,
      stepped: true,
      backgroundColor: plain(faded(accent, 14)),
      fill,
    });
    return {
      type: 'line',
      data: {
        labels,
        datasets: [
          {
            ...curve(
              'Expected',
              forecast.daily.map((point) => point.expected),
              accent,
            ),
            stepped: true,
          },
          edge('At worst', 'low', false),
          edge('At best', 'high', '-1'),
        ],
      },
      options: { ...base(currency), scales: axes(currency, labels) },
    };
  },
};

function round(type, rows, colours, format) {
  return {
    type,
    data: {
      labels: rows.map(([name]) => name.replaceAll('_', ' ').toLowerCase()),
      datasets: [{ data: rows.map(([, value]) => value), backgroundColor: colours, borderColor: colourOf('card'), borderWidth: 2 }],
    },
    options: {
      ...base('USD'),
      interaction: { mode: 'nearest', intersect: true },
      cutout: type === 'doughnut' ? '68%' : 0,
      plugins: {
        legend: { display: false },
        tooltip: { displayColors: false, callbacks: { label: ({ label, parsed }) => `${label} ${format(parsed)}` } },
      },
    },
  };
}

function daysBetween(start, end) {
  const days = [];
  for (let at = Date.parse(start); at <= Date.parse(end); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** Draws, or draws anew, the charts that a selector finds. A chart that fails leaves its table to tell. */
export async function drawCharts(selector, onError = () => {}) {
  await Promise.all(
    [...document.querySelectorAll(selector)].map(async (canvas) => {
      try {
        const data = await load(canvas.dataset.source);
        if (!canvas.isConnected) return;
        Chart.getChart(canvas)?.destroy();
        new Chart(canvas, kinds[canvas.dataset.chart](data, canvas));
        canvas.dataset.drawn = 'true';
      } catch (error) {
        canvas.dataset.drawn = 'failed';
        onError(error);
      }
    }),
  );
}

/** Charts follow a change of theme without a reload. */
export function followTheme() {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawCharts('canvas[data-chart]'));
}

/** Forgets what was loaded, so that the next drawing asks again. */
export const forgetSources = () => sources.clear();
