import { api, refreshPage } from './api.js';
import { setUpLinking } from './link.js';
import { followSyncs, setUpSyncAll } from './sync.js';
import { toast } from './toasts.js';

setUpLinking(() => void followSyncs());
setUpSyncAll();

document.addEventListener('change', async (event) => {
  const box = event.target.closest('[data-account]');
  if (!box) return;
  try {
    await api('PATCH', `/api/dashboard/accounts/${box.dataset.account}`, { [box.dataset.setting]: box.checked });
    toast('success', box.checked ? 'Counted in net worth.' : 'Left out of net worth.');
  } catch (error) {
    box.checked = !box.checked;
    toast('error', error.message);
  }
});

const dialog = document.getElementById('remove-dialog');
let removing;

document.addEventListener('click', async (event) => {
  const sync = event.target.closest('[data-sync-item]');
  const remove = event.target.closest('[data-remove-item]');
  if (sync) await syncOne(sync);
  const act = event.target.closest('[data-demo-act]');
  if (act) await playBank(act);
  if (remove) {
    removing = remove.dataset.removeItem;
    dialog.querySelector('[data-remove-name]').textContent = remove.dataset.name;
    dialog.returnValue = '';
    dialog.showModal();
  }
});

dialog.addEventListener('close', async () => {
  if (dialog.returnValue !== 'remove') return;
  try {
    await api('DELETE', `/api/plaid/items/${removing}`);
    toast('success', 'The link and its data are gone.');
  } catch (error) {
    toast('error', error.message);
  }
  await refreshPage();
});

/** Demonstration only: makes something happen at the made-up bank. */
async function playBank(button) {
  button.disabled = true;
  try {
    await api('POST', `/demo-bank/items/${button.parentElement.dataset.demoItem}/act`, { act: button.dataset.demoAct });
    await followSyncs();
  } catch (error) {
    toast('error', error.message);
  } finally {
    button.disabled = false;
  }
}

async function syncOne(button) {
  button.disabled = true;
  button.classList.add('is-busy');
  try {
    const result = await api('POST', `/api/plaid/items/${button.dataset.syncItem}/sync`);
    if (result.errors?.length > 0) toast('error', result.errors[0]);
    else toast('success', result.status === 'running' ? 'Still reading; the page follows.' : 'Up to date.');
    await refreshPage();
  } catch (error) {
    toast('error', error.message);
  } finally {
    button.disabled = false;
    button.classList.remove('is-busy');
  }
}
