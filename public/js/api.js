/** Calls our JSON API. Throws an Error whose message is meant for a person, with the answer's code. */
export async function api(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Error('The dashboard cannot be reached. Check the connection and try again.');
  }
  if (response.status === 401) {
    goToSignIn();
    throw new Error('Please sign in again.');
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw Object.assign(new Error(answer?.error ?? 'Something went wrong. Please try again.'), { code: answer?.code });
  return answer;
}

/**
 * Replaces the parts of this page marked `data-refresh` with the server's present ones for its address, keeping the rest as it is. A page
 * that says what is wrong with the address is shown too. Nothing happens when it is not wanted any more once it has come; when the address
 * has changed meanwhile, the page of the new one is asked for, so that what is shown is always what the address says.
 */
export async function refreshPage(only = null, isWanted = () => true) {
  const url = location.href;
  const response = await fetch(url, { headers: { Accept: 'text/html' } });
  if (leadsToSignIn(response)) return;
  if (!response.ok && response.status !== 400) throw new Error('The page could not be refreshed.');
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (!isWanted()) return;
  if (location.href !== url) return refreshPage(only, isWanted);
  if (!fresh.querySelector('[data-refresh]')) throw new Error('The page could not be refreshed.');
  if (!only) document.getElementById('main').dataset.version = fresh.getElementById('main').dataset.version;
  for (const part of document.querySelectorAll('[data-refresh]')) {
    const name = part.dataset.refresh;
    if (only && !only.includes(name)) continue;
    const next = fresh.querySelector(`[data-refresh="${name}"]`);
    if (next) replace(part, next);
  }
  for (const id of ['status-sentence', 'empty-dashboard']) {
    const [here, there] = [document.getElementById(id), fresh.getElementById(id)];
    if (here && there) replace(here, there);
    else if (here) here.remove();
  }
  document
    .getElementById('sync-all-btn')
    ?.toggleAttribute('disabled', fresh.getElementById('sync-all-btn')?.hasAttribute('disabled') ?? false);
  document.dispatchEvent(new CustomEvent('page-refreshed', { detail: { isDataNew: only === null } }));
}

/** Puts the new part in place of the old one; what the person has unfolded, typed, ticked, scrolled and focused stays so. */
function replace(part, next) {
  keepOpen(part, next);
  const focus = part.contains(document.activeElement) ? placeOf(document.activeElement, part) : null;
  const ticked = [...part.querySelectorAll('input[type="checkbox"][name]:checked')].map((box) => box.value);
  const scrolled = [...part.querySelectorAll('[role="region"][tabindex]')].map((region) => [
    region.getAttribute('aria-label'),
    region.scrollTop,
  ]);
  const typed = [...part.querySelectorAll('input[id]:not([type="checkbox"]), textarea[id], select[id]')]
    .filter(isChanged)
    .map((field) => [field.getAttribute('id'), field.value]);
  part.replaceWith(document.adoptNode(next));
  for (const [id, value] of typed) {
    const field = next.querySelector(`#${CSS.escape(id)}`);
    if (field) field.value = value;
  }
  for (const box of next.querySelectorAll('input[type="checkbox"][name]')) if (ticked.includes(box.value)) box.checked = true;
  for (const [label, top] of scrolled) {
    const region = [...next.querySelectorAll('[role="region"][tabindex]')].find((other) => other.getAttribute('aria-label') === label);
    if (region && top > 0) region.scrollTop = top;
  }
  if (focus) [...next.querySelectorAll(focus.selector)][focus.index]?.focus({ preventScroll: true });
}

/** Says something else than it did when the page came. */
function isChanged(field) {
  if (!field.options) return field.value !== field.defaultValue;
  const before = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, before);
}

/** Where an element is: its id, or its place among those that look like it. */
function placeOf(element, part) {
  if (element.getAttribute('id')) return { selector: `#${CSS.escape(element.getAttribute('id'))}`, index: 0 };
  const href = element.getAttribute('href');
  const selector = element.localName + (href ? `[href="${CSS.escape(href)}"]` : '');
  return { selector, index: [...part.querySelectorAll(selector)].indexOf(element) };
}

/** Who is not signed in any more is sent to where they can be, and back here afterwards. @returns whether that is so */
export function leadsToSignIn(response) {
  if (!response.redirected || new URL(response.url).pathname !== '/login') return false;
  goToSignIn();
  return true;
}

const goToSignIn = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);

/** What a person has unfolded stays so: the same one by its place among the parts with the same title. */
function keepOpen(before, after) {
  const unfolded = [...before.querySelectorAll('details')];
  const folded = [...after.querySelectorAll('details')];
  const titleOf = (details) => details.querySelector('summary')?.textContent.trim();
  for (const details of unfolded.filter(({ open }) => open)) {
    const place = unfolded.filter((other) => titleOf(other) === titleOf(details)).indexOf(details);
    const same = folded.filter((other) => titleOf(other) === titleOf(details))[place];
    if (same) same.open = true;
  }
}
