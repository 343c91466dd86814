const SHOWN_MS = 6000;
const SHOWN_WITH_ACTION_MS = 15_000;

/** Shows a short message that goes away by itself; it is read out, too. `action` is a button in it: its label, and what it does. */
export function toast(kind, text, action = null) {
  const place = document.querySelector('dialog[open] .toasts') ?? document.getElementById('toasts');
  const box = document.createElement('div');
  box.className = `toast toast-${kind}`;
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  icon.setAttribute('class', 'icon');
  icon.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `/icons.svg#${kind === 'error' ? 'circle-alert' : 'circle-check'}`);
  icon.append(use);
  const message = document.createElement('p');
  message.textContent = text;
  box.append(icon, message);
  if (action) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'toast-action';
    button.textContent = action.label;
    button.addEventListener('click', () => {
      box.remove();
      action.act();
    });
    box.append(button);
  }
  place.append(box);
  setTimeout(() => box.remove(), action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
}
