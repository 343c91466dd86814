import { refreshPage } from './api.js';
import { drawCharts, followTheme, forgetSources } from './charts.js';
import { setUpLinking } from './link.js';
import { followSyncs, setUpSyncAll } from './sync.js';
import { toast } from './toasts.js';

let chartErrorShown = false;
const draw = () =>
  drawCharts(document, (error) => {
    if (!chartErrorShown) toast('error', error.message);
    chartErrorShown = true;
  });
const redraw = async () => {
  forgetSources();
  await draw();
};

/** Period buttons and the date range change the address and only the part of the page that depends on them. */
async function show(parameters, part) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  try {
    await refreshPage(url.href, [part]);
    history.replaceState(null, '', url);
    await draw();
  } catch (error) {
    toast('error', error.message);
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('.chart-controls button[data-period]');
  if (!button) return;
  event.preventDefault();
  const { period } = button.dataset;
  void show({ days: period }, 'net-worth').then(() => document.querySelector(`.chart-controls button[data-period="${period}"]`)?.focus());
});

document.addEventListener('submit', (event) => {
  const form = event.target.closest('.date-range-picker');
  if (!form) return;
  event.preventDefault();
  const [start, end] = [form.elements.start_date.value, form.elements.end_date.value];
  if (start > end) return toast('error', 'The range ends before it starts.');
  void show({ start_date: start, end_date: end }, 'cash-flow');
});

setUpLinking(() => void followSyncs(redraw));
setUpSyncAll(redraw);
followTheme();
void draw();
