import { exchange, finishRepair, openLink } from './link.js';
import { toast } from './toasts.js';

const { linkToken, item } = document.getElementById('plaid-link-container').dataset;
const goOn = () => location.replace('/accounts');
const stop = () => {
  document.getElementById('return-status').textContent = 'The link was not completed. Nothing was changed.';
};

openLink(
  linkToken,
  async (publicToken, metadata) => {
    if (item) await finishRepair(item);
    else await exchange(publicToken, metadata);
    goOn();
  },
  stop,
  location.href,
).catch((error) => {
  toast('error', error.message);
  stop();
});
