const SHOWN_MS = 6000;

/** Shows a short message that goes away by itself; it is read out, too. */
export function toast(kind, text) {
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
  place.append(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}
