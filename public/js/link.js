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

async function openLink(request, onSuccess) {
  const [{ link_token: token }] = await Promise.all([api('POST', '/api/plaid/create-link-token', request), loadLink()]);
  const handler = globalThis.Plaid.create({
    token,
    onSuccess: async (publicToken, metadata) => {
      try {
        await onSuccess(publicToken, metadata);
      } catch (error) {
        toast('error', error.message);
      }
    },
    onExit: (error) => {
      if (error) toast('error', error.display_message ?? 'Linking was stopped by an error. Nothing was changed.');
    },
  });
  handler.open();
}

/** Wires the link dialog and the reconnect buttons. `afterChange` runs when a bank was linked or repaired. */
export function setUpLinking(afterChange) {
  const dialog = document.getElementById('link-dialog');
  document.getElementById('link-account-btn').addEventListener('click', () => dialog.showModal());
  for (const choice of dialog.querySelectorAll('[data-link-kind]')) {
    choice.addEventListener('click', async () => {
      choice.disabled = true;
      try {
        await openLink({ kind: choice.dataset.linkKind }, async (publicToken, metadata) => {
          const linked = await api('POST', '/api/plaid/exchange-token', { public_token: publicToken, institution: metadata.institution });
          toast('success', `${linked.institution_name ?? 'The bank'} is linked. Its accounts are being read.`);
          afterChange(linked.item_id);
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
    try {
      const id = button.dataset.repairItem;
      await openLink({ item_id: id }, async () => {
        await api('POST', `/api/plaid/items/${id}/repaired`);
        toast('success', 'The bank is connected again.');
        afterChange(id);
      });
    } catch (error) {
      toast('error', error.message);
    }
  });
}
