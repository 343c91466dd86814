import { refreshPage } from './api.js';

const PAUSE_MS = 700;
const EVERY_MS = 5 * 60_000;

/** Somebody is in the middle of something that a new page would take away. */
const isBusy = () => {
  const { activeElement } = document;
  const isTyping = activeElement?.matches('input:not([type="checkbox"]), textarea, select') && activeElement.closest('[data-refresh]');
  return document.hidden || document.querySelector('dialog[open], [popover]:popover-open') !== null || Boolean(isTyping);
};

/**
 * Keeps the page as the server would show it now: it asks again when told that something has changed, here or on another device. Every
 * five minutes it asks without being told, should nobody be able to tell it. While somebody edits, it waits.
 */
export function followChanges() {
  if (!document.querySelector('[data-refresh]')) return;
  let isStale = false;
  let isRefreshing = false;
  let waiting;
  let refreshedAt = Date.now();

  const refresh = async () => {
    if (!isStale || isRefreshing || isBusy()) return;
    isStale = false;
    isRefreshing = true;
    refreshedAt = Date.now();
    try {
      await refreshPage();
    } catch {
      // What is shown stays true for its moment; the next change, or the next five minutes, try again.
    } finally {
      isRefreshing = false;
    }
    if (isStale) later();
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void refresh(), PAUSE_MS);
  };
  const changed = () => {
    isStale = true;
    later();
  };

  let events;
  const open = () => {
    if (document.hidden || (events && events.readyState !== EventSource.CLOSED)) return;
    events = new EventSource('/api/events');
    events.addEventListener('changed', changed);
    events.addEventListener('version', ({ data }) => {
      if (data !== document.getElementById('main').dataset.version) changed();
    });
    // A refusal ends it for good; anything else it tries again by itself.
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(open, EVERY_MS);
    });
  };
  open();
  addEventListener('pagehide', () => events?.close());
  addEventListener('pageshow', open);
  // Browsers keep few connections to one host: a tab that nobody sees gives its own back, and looks when it is seen again.
  document.addEventListener('visibilitychange', () => (document.hidden ? events?.close() : open()));
  setInterval(() => {
    if (Date.now() - refreshedAt >= EVERY_MS) changed();
  }, 30_000);
  for (const name of ['visibilitychange', 'focusout']) document.addEventListener(name, later);
  document.addEventListener('close', later, true);
}
