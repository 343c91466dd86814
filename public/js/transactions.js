// The list of transactions: it follows what is typed, rows are edited where they are, and everything can be undone.
import { api, leadsToSignIn, refreshPage } from './api.js';
import { toast } from './toasts.js';

const PAUSE_MS = 150;
const PARTS = ['results', 'count', 'export'];
const form = document.getElementById('filters');
const dialog = document.getElementById('edit-dialog');
const rows = () => [...document.querySelectorAll('#transactions-table tbody tr')];
const chosen = () => [...document.querySelectorAll('#transactions-table input[name="id"]:checked')];

let asked = 0;
let waiting;
let shown = location.pathname + location.search;

/** Shows the list of an address; an answer that another question has overtaken is dropped. */
async function show(url) {
  const mine = ++asked;
  history.replaceState(null, '', url);
  shown = location.pathname + location.search;
  try {
    await refreshPage(PARTS, () => mine === asked);
  } catch (error) {
    if (mine === asked) toast('error', error.message);
  }
}

/** The address of what the form says; empty fields say nothing. */
function addressOfForm() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  return `/transactions${query.size > 0 ? `?${query}` : ''}`;
}

form.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => void show(addressOfForm()), PAUSE_MS);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  void show(addressOfForm());
});

const isPlainClick = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
document.addEventListener('click', (event) => {
  if (!isPlainClick(event)) return;
  const chip = event.target.closest('[data-drop]');
  const page = event.target.closest('.pages a');
  const row = event.target.closest('.row-link');
  if (chip) {
    event.preventDefault();
    const names = chip.dataset.drop === 'all' ? [...form.elements].map((field) => field.name) : [chip.dataset.drop];
    for (const field of [...form.elements]) {
      if (!names.includes(field.name)) continue;
      if (field.type === 'hidden') field.remove();
      else field.value = '';
    }
    void show(chip.href);
    document.getElementById('search').focus();
  } else if (page) {
    event.preventDefault();
    history.pushState(null, '', page.href);
    void show(page.href).then(() => document.getElementById('results').scrollIntoView({ block: 'start' }));
  } else if (row) {
    event.preventDefault();
    void edit(row);
  } else if (event.target.closest('[data-cancel]') && dialog.open) {
    event.preventDefault();
    dialog.close();
  }
});
// A link to a place on this page passes by here too: then nothing else is to be shown.
addEventListener('popstate', () => {
  if (location.pathname + location.search !== shown) location.reload();
});
document.addEventListener('page-refreshed', showChosen);

/** Opens the form of a row's own page in a dialog. */
async function edit(link) {
  try {
    const response = await fetch(link.href, { headers: { Accept: 'text/html' } });
    if (leadsToSignIn(response)) return;
    if (!response.ok) throw new Error('This transaction could not be opened. It may be gone.');
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const toasts = Object.assign(document.createElement('div'), { className: 'toasts', role: 'status' });
    dialog.replaceChildren(...document.adoptNode(page.getElementById('transaction-edit')).childNodes, toasts);
    const row = link.closest('tr').dataset.row;
    dialog.addEventListener('close', () => document.querySelector(`tr[data-row="${row}"] .row-link`)?.focus(), { once: true });
    dialog.setAttribute('aria-label', `Edit ${link.textContent}`);
    dialog.showModal();
    dialog.querySelector('select')?.focus();
  } catch (error) {
    toast('error', error.message);
  }
}

const orNull = (value) => (value === '' ? null : value);

/** What the form of a row says, the rule that it would be, and whether that would do anything. */
function choicesOf({ elements, dataset }) {
  const category = orNull(elements.new_category.value.trim()) ?? orNull(elements.category.value);
  const type = orNull(elements.cash_flow_type.value);
  const effects = { ...(category ? { category } : {}), ...(type ? { cash_flow_type: type } : {}) };
  return {
    edit: { id: dataset.transaction, custom_category: category, cash_flow_type: type, note: orNull(elements.note.value) },
    rule: { merchant: dataset.merchant, ...effects },
    hasEffect: category !== null || type !== null,
  };
}

dialog.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { edit: change, rule: wanted } = choicesOf(event.target);
  try {
    if (event.target.elements.rule.checked) {
      const { rule, changed } = await api('POST', '/api/dashboard/rules', wanted);
      // What was chosen for this row alone would stand in the way of the rule.
      const previous = await save([{ ...change, custom_category: null, cash_flow_type: null }]);
      dialog.close();
      toast('success', `The rule holds for ${changed} ${changed === 1 ? 'transaction' : 'transactions'}.`, {
        label: 'Undo',
        act: () =>
          attempt(async () => {
            await api('DELETE', `/api/dashboard/rules/${rule.id}`);
            await save(previous);
          }),
      });
    } else {
      const previous = await save([change]);
      dialog.close();
      offerUndo('Saved.', previous);
    }
    await show(location.href);
  } catch (error) {
    toast('error', error.message);
  }
});

/** Before a rule is made it says how many rows it would hold for. */
dialog.addEventListener('change', async () => {
  const open = dialog.querySelector('form');
  const place = dialog.querySelector('[data-rule-preview]');
  place.textContent = '';
  if (!open.elements.rule.checked) return;
  const { rule, hasEffect } = choicesOf(open);
  if (!hasEffect) {
    place.textContent = '— choose a category or a type first';
    return;
  }
  try {
    const { matching, changing } = await api('POST', '/api/dashboard/rules/preview', rule);
    place.textContent = `— ${matching} so far, ${changing} would change`;
  } catch (error) {
    toast('error', error.message);
  }
});

const save = async (changes) => (await api('POST', '/api/dashboard/transactions/bulk', { changes })).previous;

async function attempt(work) {
  try {
    await work();
    await show(location.href);
  } catch (error) {
    toast('error', error.message);
  }
}

const offerUndo = (text, previous) => toast('success', text, { label: 'Undo', act: () => attempt(() => save(previous)) });

document.addEventListener('submit', async (event) => {
  // Its checkboxes are called id: the form's own name is hidden by them.
  if (!event.target.matches('#bulk')) return;
  event.preventDefault();
  const ids = chosen().map((box) => box.value);
  const { category, cash_flow_type: type } = event.target.elements;
  const change = {
    ...(category.value === '=keep' ? {} : { custom_category: orNull(category.value) }),
    ...(type.value === '=keep' ? {} : { cash_flow_type: orNull(type.value) }),
  };
  if (ids.length === 0) return toast('error', 'Choose some rows first.');
  if (Object.keys(change).length === 0) return toast('error', 'Choose a category or a type first.');
  try {
    const previous = await save(ids.map((id) => ({ id, ...change })));
    offerUndo(`${ids.length} ${ids.length === 1 ? 'transaction' : 'transactions'} changed.`, previous);
    await show(location.href);
  } catch (error) {
    toast('error', error.message);
  }
});

function showChosen() {
  const count = chosen().length;
  const line = document.getElementById('bulk-count');
  if (!line) return;
  const all = document.querySelectorAll('#transactions-table input[name="id"]').length;
  document.getElementById('choose-all').checked = count === all;
  line.textContent = count === 0 ? 'Chosen rows:' : `${count} chosen:`;
  document.getElementById('bulk').classList.toggle('active', count > 0);
}
document.addEventListener('change', (event) => {
  if (event.target.id === 'choose-all')
    for (const box of document.querySelectorAll('#transactions-table input[name="id"]')) box.checked = event.target.checked;
  if (event.target.closest('#transactions-table')) showChosen();
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === 'Escape' && event.target.id === 'search') {
      // By itself it would empty the field.
      event.preventDefault();
      event.target.blur();
    }
    if (event.target.type !== 'checkbox') return;
  }
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const go = (index) => all[Math.max(0, Math.min(all.length - 1, index))]?.querySelector('.row-link').focus();
  if (event.key === '/') {
    event.preventDefault();
    document.getElementById('search').focus();
  } else if (event.key === 'j') go(at + 1);
  else if (event.key === 'k') go(at < 0 ? 0 : at - 1);
  else if (event.key === 'e' && at >= 0) {
    event.preventDefault();
    void edit(all[at].querySelector('.row-link'));
  } else if (event.key === 'x' && at >= 0) {
    const box = all[at].querySelector('input[name="id"]');
    box.checked = !box.checked;
    showChosen();
  }
});
