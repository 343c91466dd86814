import { api, refreshPage } from './api.js';
import { toast } from './toasts.js';

const POLL_MS = 700;
const PATIENCE_MS = 5 * 60_000;
const PHASES = {
  accounts: 'Reading accounts',
  transactions: 'Reading transactions',
  investments: 'Reading investments',
  liabilities: 'Reading debts',
  figures: 'Working out the figures',
  done: 'Done',
};

let following = false;

/** Follows the syncs under way until all have ended, refreshing the page as data arrives. */
export async function followSyncs(onRefresh = async () => {}) {
  if (following) return;
  following = true;
  const started = Date.now();
  let readiness = '';
  try {
    while (Date.now() - started < PATIENCE_MS) {
      const items = await api('GET', '/api/plaid/items');
      const busy = items.filter((item) => item.syncing);
      const progress = await Promise.all(busy.map((item) => api('GET', `/api/plaid/items/${item.id}/progress`)));
      const words = busy.map(
        (item, index) =>
          `${item.institution_name ?? 'Bank'}: ${PHASES[progress[index].phase] ?? 'Waiting'}${progress[index].counts.transactions_synced ? `, ${progress[index].counts.transactions_synced} transactions` : ''}`,
      );
      const line = document.getElementById('sync-progress');
      if (line && words.length > 0) line.textContent = `${words.join(' · ')}. Totals of the past may still grow.`;
      const now = JSON.stringify(items.map((item) => [item.id, item.last_synced, item.status, item.products]));
      if (now !== readiness && readiness !== '') {
        await refreshPage();
        await onRefresh();
      }
      readiness = now;
      if (!items.some((item) => item.syncing || (item.status === 'active' && item.products.transactions === 'waiting'))) break;
      await new Promise((later) => setTimeout(later, POLL_MS));
    }
    await refreshPage();
    await onRefresh();
  } catch (error) {
    toast('error', error.message);
  } finally {
    following = false;
  }
}

/** The "Sync all" button. */
export function setUpSyncAll(onRefresh) {
  const button = document.getElementById('sync-all-btn');
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.classList.add('is-busy');
    try {
      await api('POST', '/api/plaid/sync-all');
      await followSyncs(onRefresh);
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
  if (document.querySelector('[data-is-syncing]')) void followSyncs(onRefresh);
}
