// On every page of a signed-in person: charts, amounts hidden on demand, parts of the page that other parts of the address choose.
import { refreshPage } from './api.js';
import { drawCharts, followTheme, forgetSources } from './charts.js';
import { followChanges } from './live.js';
import { toast } from './toasts.js';

let chartErrorShown = false;
const onError = (error) => {
  if (!chartErrorShown) toast('error', error.message);
  chartErrorShown = true;
};

if (document.querySelector('canvas[data-chart]')) {
  followTheme();
  void drawCharts('canvas[data-chart]', onError);
}
document.addEventListener('page-refreshed', (event) => {
  if (event.detail.isDataNew) forgetSources();
  void drawCharts(event.detail.isDataNew ? 'canvas[data-chart]' : 'canvas[data-chart]:not([data-drawn])', onError);
});

const YEAR_S = 365 * 24 * 3_600;
const toggles = [...document.querySelectorAll('[data-privacy]')];
function showPrivacy() {
  const isHidden = document.documentElement.classList.contains('private');
  for (const toggle of toggles) {
    toggle.hidden = false;
    toggle.setAttribute('aria-pressed', String(isHidden));
    toggle.querySelector('span').textContent = isHidden ? 'Show amounts' : 'Hide amounts';
  }
}
function togglePrivacy() {
  const isHidden = document.documentElement.classList.toggle('private');
  // biome-ignore lint/suspicious/noDocumentCookie: read before the page is painted, which nothing asynchronous can be
  document.cookie = `hide-amounts=yes; Path=/; SameSite=Lax; Max-Age=${isHidden ? YEAR_S : 0}`;
  showPrivacy();
}
showPrivacy();
const isTyping = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
document.addEventListener('keydown', (event) => {
  if (event.key === 'b' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) togglePrivacy();
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-privacy]')) togglePrivacy();
});

/** A form or a link with `data-part` changes the address and only that part of the page. */
async function show(url, part, focus) {
  const before = location.href;
  history.replaceState(null, '', url);
  const shown = document.querySelector(`[data-refresh="${part}"]`);
  shown.setAttribute('aria-busy', 'true');
  try {
    // What was just sent is what the part says from now on.
    for (const field of shown.querySelectorAll('input')) field.defaultValue = field.value;
    await refreshPage([part]);
    document.querySelector(focus)?.focus({ preventScroll: true });
  } catch (error) {
    if (location.href === url.href) history.replaceState(null, '', before);
    shown.removeAttribute('aria-busy');
    toast('error', error.message);
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-part]');
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  if (data.has('start_date') && data.get('start_date') > data.get('end_date')) return toast('error', 'The range ends before it starts.');
  const url = new URL(location.href);
  // What the form carries of other parts is for when there are no scripts: the address knows it better.
  const carried = new Set([...form.querySelectorAll('input[type="hidden"]')].map((field) => field.name));
  for (const [name, value] of data) if (!carried.has(name)) url.searchParams.set(name, value);
  const { name, value } = event.submitter ?? {};
  void show(url, form.dataset.part, name ? `form[data-part] [name="${name}"][value="${value}"]` : `#${event.submitter?.id || 'main'}`);
});

followChanges();
// A page for when the server cannot be reached. Without it everything else works.
navigator.serviceWorker?.register('/sw.js').catch(() => undefined);

/** Whoever does not want to see the first steps does not see them again when the page follows a change either. */
function keepFirstStepsHidden() {
  document.getElementById('first-steps')?.toggleAttribute('hidden', localStorage.getItem('hide-first-steps') === 'yes');
}
keepFirstStepsHidden();
document.addEventListener('page-refreshed', keepFirstStepsHidden);
document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-hide-first-steps]')) return;
  localStorage.setItem('hide-first-steps', 'yes');
  keepFirstStepsHidden();
});

/** Menus of one alert each close with Escape, and when something else is chosen. */
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll('.alert-more[open]')) if (menu !== except) menu.open = false;
};
document.addEventListener('click', (event) => closeMenus(event.target.closest('.alert-more')));
document.addEventListener('keydown', (event) => {
  const menu = event.key === 'Escape' && document.querySelector('.alert-more[open]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});
