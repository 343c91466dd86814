import { api } from './api.js';
import { toast } from './toasts.js';

let scriptLoaded;

/** Link's script is loaded when it is first needed and from nowhere else than the server said. */
function loadLink() {
  scriptLoaded ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = document.getElementById('plaid-link-container').dataset.linkScript;
    script.onload = done;
    script.onerror = () => {
      scriptLoaded = undefined;
      fail(new Error('The linking window could not be loaded. Check the connection and try again.'));
    };
    document.head.append(script);
  });
  return scriptLoaded;
}

/** Opens Link with a token; `receivedRedirectUri` takes it up where a bank's own pages ended it. */
export async function openLink(token, onSuccess, onEnd = () => {}, receivedRedirectUri = undefined) {
  await loadLink();
  const handler = globalThis.Plaid.create({
    token,
    ...(receivedRedirectUri ? { receivedRedirectUri } : {}),
    onSuccess: async (publicToken, metadata) => {
      try {
        await onSuccess(publicToken, metadata);
      } catch (error) {
        toast('error', error.message);
        onEnd();
      }
    },
    onExit: (error) => {
      if (error?.error_code === 'INVALID_LINK_TOKEN') toast('error', 'The linking window was open too long. Please start again.');
      else if (error) toast('error', error.display_message ?? 'Linking was stopped by an error. Nothing was changed.');
      onEnd();
    },
  });
  handler.open();
}

const createToken = async (request) => (await api('POST', '/api/plaid/create-link-token', request)).link_token;

/** Whether to link accounts that are linked already. */
function askToDuplicate(message) {
  const dialog = document.getElementById('duplicate-dialog');
  dialog.querySelector('[data-duplicate-text]').textContent = message;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((answered) => dialog.addEventListener('close', () => answered(dialog.returnValue === 'link'), { once: true }));
}

/** Stores what Link has made. @returns the new item's id, or null when the person would rather not. */
export async function exchange(publicToken, metadata) {
  const { institution, accounts } = metadata;
  const body = {
    public_token: publicToken,
    institution,
    accounts: accounts.map(({ name, mask, type, subtype }) => ({ name, mask, type, subtype })),
  };
  const linked = await api('POST', '/api/plaid/exchange-token', body).catch(async (error) => {
    if (error.code !== 'already_linked') throw error;
    return (await askToDuplicate(error.message)) ? api('POST', '/api/plaid/exchange-token', { ...body, allow_duplicate: true }) : null;
  });
  if (linked) toast('success', `${linked.institution_name ?? 'The bank'} is linked. Its accounts are being read.`);
  return linked?.item_id ?? null;
}

/** After update mode. */
export async function finishRepair(itemId) {
  const { success } = await api('POST', `/api/plaid/items/${itemId}/repaired`);
  toast(success ? 'success' : 'error', success ? 'The bank is connected again.' : 'The bank still asks for something. Please try again.');
}

/** Wires the link dialog and the buttons that repair. `afterChange` runs when a bank was linked or repaired. */
export function setUpLinking(afterChange) {
  const dialog = document.getElementById('link-dialog');
  document.getElementById('link-account-btn').addEventListener('click', () => dialog.showModal());
  for (const choice of dialog.querySelectorAll('[data-link-kind]')) {
    choice.addEventListener('click', async () => {
      choice.disabled = true;
      try {
        const token = await createToken({ kind: choice.dataset.linkKind });
        await openLink(token, async (publicToken, metadata) => {
          const itemId = await exchange(publicToken, metadata);
          if (itemId) afterChange(itemId);
        });
        dialog.close();
      } catch (error) {
        dialog.close();
        toast('error', error.message);
      } finally {
        choice.disabled = false;
      }
    });
  }
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-repair-item]');
    if (!button) return;
    button.disabled = true;
    try {
      const id = button.dataset.repairItem;
      const token = await createToken({ item_id: id, account_selection: 'selectAccounts' in button.dataset });
      await openLink(token, async () => {
        await finishRepair(id);
        afterChange(id);
      });
    } catch (error) {
      toast('error', error.message);
    } finally {
      button.disabled = false;
    }
  });
}
