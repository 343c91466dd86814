import { api, refreshPage } from './api.js';
import { toast } from './toasts.js';

const POLL_MS = 1_000;
const PATIENCE_MS = 5 * 60_000;
const PHASES = {
  accounts: 'Reading accounts',
  transactions: 'Reading transactions',
  investments: 'Reading investments',
  liabilities: 'Reading debts',
  figures: 'Working out the figures',
  done: 'Done',
};

let following = null;
let isWanted = false;

/** Shows each item's progress as the server tells it. Resolves when the item's sync has ended, or the server stops telling. */
function followItem(item, show) {
  return new Promise((done) => {
    const events = new EventSource(`/api/plaid/items/${item.id}/events`);
    const end = () => {
      events.close();
      show(item.id, null);
      done();
    };
    events.addEventListener('progress', (event) => {
      const progress = JSON.parse(event.data);
      if (progress?.status !== 'running') return end();
      const count = progress.counts.added > 0 ? `, ${progress.counts.added} new` : '';
      show(item.id, `${item.institution_name ?? 'Bank'}: ${PHASES[progress.phase] ?? 'Waiting'}${count}`);
    });
    // Without the stream the list of items says how it goes; not asked in one go.
    events.addEventListener('error', () => {
      events.close();
      show(item.id, null);
      setTimeout(done, POLL_MS);
    });
  });
}

/** Follows the syncs under way until all have ended, refreshing the page as data arrives. Who comes later waits for the same. */
export function followSyncs() {
  isWanted = true;
  following ??= (async () => {
    // Whoever comes while the last part is shown makes one more round.
    while (isWanted) {
      isWanted = false;
      await follow();
    }
  })().finally(() => {
    following = null;
  });
  return following;
}

async function follow() {
  const started = Date.now();
  const lines = new Map();
  const followed = new Map();
  const show = (id, text) => {
    if (text === null) lines.delete(id);
    else lines.set(id, text);
    const line = document.getElementById('sync-progress');
    if (line && lines.size > 0) line.textContent = `${[...lines.values()].join(' · ')}. Totals of the past may still grow.`;
  };
  const isWaiting = (item) => item.status === 'active' && item.products.transactions === 'waiting';
  let readiness = '';
  try {
    while (Date.now() - started < PATIENCE_MS) {
      const items = await api('GET', '/api/plaid/items');
      const now = JSON.stringify(items.map((item) => [item.id, item.last_synced, item.status, item.products]));
      if (now !== readiness) {
        if (readiness !== '') await refreshPage();
        readiness = now;
      }
      for (const item of items.filter(({ id, syncing }) => syncing && !followed.has(id))) {
        followed.set(
          item.id,
          followItem(item, show).then(() => followed.delete(item.id)),
        );
      }
      if (followed.size > 0) await Promise.race(followed.values());
      else if (items.some(isWaiting)) await new Promise((later) => setTimeout(later, POLL_MS));
      else break;
    }
    await refreshPage();
  } catch (error) {
    toast('error', error.message);
  }
}

/** The "Sync all" button. */
export function setUpSyncAll() {
  const button = document.getElementById('sync-all-btn');
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.classList.add('is-busy');
    try {
      await api('POST', '/api/plaid/sync-all');
      await followSyncs();
      const items = await api('GET', '/api/plaid/items');
      const broken = items.filter((item) => item.status === 'error');
      if (broken.length > 0) toast('error', broken[0].error?.message ?? 'A bank needs your attention.');
      else toast('success', 'Everything is up to date.');
    } catch (error) {
      toast('error', error.message);
    } finally {
      button.disabled = false;
      button.classList.remove('is-busy');
    }
  });
  if (document.querySelector('[data-is-syncing]')) void followSyncs();
}
