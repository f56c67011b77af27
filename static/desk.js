// The desk without page loads: keys, the next application fetched ahead, decisions that are sent until they are
// answered. htmx swaps the parts; what is not here works by links and forms alone.
'use strict';

const pane = document.getElementById('pane');
const toasts = document.getElementById('toasts');
const desk = document.querySelector('.desk');
const keymap = JSON.parse(desk.dataset.keys);
const palette = document.getElementById('palette');
const said = toasts.dataset;

const TYPING = 'input:not([type="checkbox"]):not([type="radio"]):not([type="submit"]), textarea, select, [contenteditable]';

// ---- the list and the pane

const rows = () => [...document.querySelectorAll('.rows .row')];
const numberOf = (href) => new URL(href, location).pathname.match(/^\/desk\/(\d+)/)?.[1];
const rowOf = (number) => number && rows().find(({ href }) => numberOf(href) === number);
// By its number: a list that has just come is not marked yet.
const current = () => rowOf(numberOf(awaited || location.href));
const ahead = new Map(); // address -> the pane, on its way, and since when
const FRESH = 60000; // for so many milliseconds what was fetched ahead may be shown
let awaited = null; // the address that is being opened, while the page still has another one

function mark(href) {
  for (const row of rows()) {
    if (numberOf(row.href) === numberOf(href)) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }
  current()?.scrollIntoView({ block: 'nearest' });
}

function beside(row, step) {
  const all = rows();
  const at = all.indexOf(row);
  return at < 0 ? all[0] : all[at + step];
}

async function load(href) {
  const answer = await fetch(href, { headers: { 'HX-Request': 'true', 'HX-Target': 'pane' } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

function fetchAhead(row) {
  if (!row || ahead.has(row.href)) return;
  const coming = load(row.href);
  coming.catch(() => ahead.delete(row.href));
  ahead.set(row.href, { coming, at: Date.now() });
}

function fetched(href) {
  const found = ahead.get(href);
  ahead.clear();
  return found && Date.now() - found.at < FRESH ? found.coming : undefined;
}

// A failure is said by htmx:sendError.
function get(href) {
  return htmx.ajax('GET', href, { source: pane, target: pane }).catch(() => {}).finally(() => {
    if (awaited === href) awaited = null;
  });
}

async function open(row) {
  if (!row) return;
  const { href } = row;
  awaited = href;
  mark(href);
  const text = await fetched(href)?.catch(() => null);
  if (awaited !== href) return; // somebody presses faster than the server answers
  if (!text) return get(href);
  awaited = null;
  history.pushState({ htmx: true }, '', href);
  htmx.swap(pane, text, { swapStyle: 'innerHTML' });
  settled();
}

function settled() {
  enhance(pane);
  refreshes(pane);
  for (const nav of pane.querySelectorAll('.steps-to')) nav.hidden = false;
  pane.firstElementChild?.scrollTo(0, 0);
  if (!pane.contains(document.activeElement) || !document.activeElement.matches(TYPING)) { // somebody types already
    (pane.querySelector('[data-focus]') || pane.querySelector('#title'))?.focus({ preventScroll: true });
  }
  if (pane.querySelector('.reading-body')) fetchAhead(beside(current(), 1));
}

document.addEventListener('click', (event) => {
  const row = event.target.closest('.rows .row');
  if (!row || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(row);
});

// What somebody has opened beside the list stays open when the list is read anew.
function remember({ target }) {
  if (target.dataset?.remember) sessionStorage.setItem(target.dataset.remember, target.open ? 'open' : '');
}

function recall() {
  for (const part of document.querySelectorAll('[data-remember]')) part.open = sessionStorage.getItem(part.dataset.remember) === 'open';
}

document.addEventListener('toggle', remember, true);

let scrolled = 0;
document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  if (detail.target.id === 'listing') scrolled = document.querySelector('.list').scrollTop;
});

document.addEventListener('htmx:afterSettle', ({ detail }) => {
  if (detail.elt.id === 'pane') {
    mark(awaited || location.href);
    settled();
  } else if (detail.elt.id === 'listing') {
    for (const waiting of pending()) leave(waiting.number);
    mark(awaited || location.href);
    document.querySelector('.list').scrollTop = scrolled;
    if (emptied) goOn();
    enhance(document.getElementById('listing'));
    recall();
  }
});

// The list is read anew once nothing has changed for a moment; at the latest after a few moments, or it would run out
// under somebody who decides faster than that.
const QUIET = 300, LATEST = 1500;

function changed() {
  changed.since ??= Date.now();
  clearTimeout(changed.timer);
  changed.timer = setTimeout(refresh, Math.max(0, Math.min(QUIET, changed.since + LATEST - Date.now())));
}

function refresh() {
  clearTimeout(changed.timer);
  changed.since = null;
  htmx.trigger(document.body, 'backlog-changed');
}

// The last row of the list was decided: what comes next is known when the list was read anew. A search may still find
// the one that was decided.
let emptied = '';

function goOn() {
  const first = rows().find(({ href }) => numberOf(href) !== emptied);
  emptied = '';
  if (first) open(first);
  else get(document.getElementById('listing').getAttribute('hx-get'));
}

document.addEventListener('htmx:afterRequest', ({ detail }) => {
  const asked = detail.requestConfig.elt || detail.elt; // what it was swapped into is another part
  if (detail.requestConfig.verb !== 'post' || 'quiet' in asked.dataset) return;
  asked.closest('[data-toast]')?.remove();
  changed();
});

for (const lost of ['htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(lost, ({ detail }) => {
    if ('quiet' in detail.elt.dataset) return;
    if (detail.elt.matches('form')) release(detail.elt);
    say(said.lost, 'alert');
  });
}

// Colleagues see that somebody is writing here.
pane.addEventListener('input', ({ target }) => {
  const writing = document.querySelector('#presence [name="writing"]');
  if (writing && target.matches('textarea')) writing.value = target.value.trim() ? 'y' : '';
});

// ---- decisions: shown at once, kept until they are answered, sent again under the same key

const KEPT = 'pending decisions';

function pending() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) || [];
  } catch {
    return [];
  }
}

function keep(decisions) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(decisions));
  } catch { /* storage is switched off or full: they are still sent, but not by the next page */ }
}

const settle = (decision) => keep(pending().filter(({ key }) => key !== decision.key));

function leave(number) {
  rowOf(number)?.closest('li').remove();
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!('quick' in form.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const key = body.get('form_key');
  if (pending().some((decision) => decision.key === key)) return;
  body.delete('csrf_token');
  const decision = { key, url: form.action, number: numberOf(form.action), body: String(body), saying: form.dataset.saying };
  keep([...pending(), decision]);
  const row = rowOf(decision.number);
  const next = beside(row, 1) || beside(row, -1);
  leave(decision.number);
  if (next && next !== row) open(next);
  else emptied = decision.number;
  send(decision).then(() => emptied && refresh());
}, true);

async function send(decision, tries = 0) {
  const toast = toasts.querySelector(`[data-key="${decision.key}"]`) || say(decision.saying, 'status', decision.key);
  const body = new URLSearchParams(decision.body);
  body.set('csrf_token', document.querySelector('input[name="csrf_token"]').value);
  const answer = await fetch(decision.url, {
    method: 'POST', body, headers: { 'HX-Request': 'true', 'HX-Target': 'toasts' }, signal: AbortSignal.timeout(15000),
  }).catch(() => null);
  if (!answer || answer.status >= 500) {
    toast.firstElementChild.textContent = `${decision.saying} ${said.retry}`;
    return setTimeout(send, Math.min(30000, 1000 * 2 ** tries), decision, tries + 1);
  }
  const elsewhere = answer.headers.get('HX-Redirect'); // signed out meanwhile: it is sent after the next sign-in
  if (elsewhere) return location.assign(elsewhere);
  settle(decision);
  show(toast, await answer.text(), answer.ok);
  changed();
}

function show(toast, text, well) {
  const template = document.createElement('template');
  template.innerHTML = text;
  template.content.querySelector('title')?.remove();
  const fresh = document.createElement('div');
  fresh.className = well ? 'toast' : 'toast toast--trouble';
  fresh.dataset.toast = '';
  fresh.append(template.content);
  if (!well) fresh.append(closer());
  for (const id of fresh.querySelectorAll('[id]')) id.removeAttribute('id');
  for (const heading of fresh.querySelectorAll('h1')) {
    const lower = document.createElement('h2');
    lower.append(...heading.childNodes);
    heading.replaceWith(lower);
  }
  for (const name of ['aria-labelledby', 'aria-describedby']) {
    for (const part of fresh.querySelectorAll(`[${name}]`)) part.removeAttribute(name);
  }
  if (well) toasts.querySelectorAll('.toast:not([data-key]):not(.toast--trouble)').forEach((old) => old.remove());
  toast.replaceWith(fresh);
  htmx.process(fresh);
  enhance(fresh);
}

function say(text, role, key = '') {
  const toast = document.createElement('div');
  toast.className = 'toast';
  if (key) toast.dataset.key = key;
  const line = document.createElement('p');
  line.setAttribute('role', role);
  line.textContent = text;
  toast.append(line);
  if (!key) toast.append(closer());
  toasts.append(toast);
  return toast;
}

function closer() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button--small';
  button.dataset.close = '';
  button.textContent = said.closing;
  return button;
}

addEventListener('beforeunload', (event) => {
  if (pending().length) event.preventDefault();
});

for (const decision of pending()) {
  leave(decision.number);
  send(decision);
}

// ---- keys: each presses the button that is marked with its action

const seen = (part) => part.checkVisibility({ visibilityProperty: true }) && part.getAttribute('aria-disabled') !== 'true';

function press(part) {
  if (part.matches(TYPING)) {
    part.scrollIntoView({ block: 'center' });
    part.focus();
  } else part.click();
}

function marked(action) {
  const within = pane.querySelector('.chooser[open]');
  const parts = [...(within?.querySelectorAll(`[data-action="${action}"]`) || []),
    ...document.querySelectorAll(`[data-action="${action}"]`)];
  return parts.filter(seen).at(0);
}

function run(action) {
  if (action === 'help') return ask();
  if (action === 'views') return lettered();
  if (action === 'next') return open(beside(current(), 1));
  if (action === 'previous') return open(beside(current(), -1));
  const part = action === 'undo' ? [...document.querySelectorAll('[data-action="undo"]')].filter(seen).at(-1) : marked(action);
  if (part) press(part);
}

function lettered(on = true) {
  document.body.classList.toggle('lettered', on);
  clearTimeout(lettered.timer);
  if (on) lettered.timer = setTimeout(lettered, 4000, false);
}

// What somebody types in may be swapped away under their fingers: the rest of the word presses nothing.
const STILL_TYPING = 1500;
let typed = null;

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === 'k') {
    event.preventDefault();
    return palette.open ? palette.close() : ask();
  }
  if ((event.ctrlKey || event.metaKey) && key === 'enter') {
    return event.target.closest('form.reading')?.requestSubmit(pane.querySelector('.decisions [type="submit"]'));
  }
  const chooser = pane.querySelector('.chooser[open]');
  if (key === 'escape' && chooser) {
    chooser.open = false;
    return chooser.querySelector('summary').focus();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || palette.open) return;
  if (event.target.matches(TYPING)) {
    typed = key.length === 1 ? { field: event.target, at: Date.now() } : null;
    return;
  }
  if (typed && !typed.field.isConnected && Date.now() - typed.at < STILL_TYPING) return;
  typed = null;
  if (!Object.keys(keymap).length) return;
  const letter = document.body.classList.contains('lettered') && document.querySelector(`[data-letter="${CSS.escape(key)}"]`);
  const digit = chooser?.querySelector(`[data-digit="${CSS.escape(key)}"]`);
  if (letter || digit || keymap[key]) event.preventDefault();
  lettered(false);
  if (letter || digit) (letter || digit).click();
  else if (keymap[key]) run(keymap[key]);
});

document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-action="next"]')) run('next');
  if (target.closest('[data-action="previous"]')) run('previous');
  if (target.closest('[data-palette]')) ask();
  if (target.closest('[data-close]')) (target.closest('dialog')?.close ? target.closest('dialog').close() : target.closest('.toast').remove());
});

// One chooser at a time; the first choice has the focus.
document.addEventListener('toggle', ({ target }) => {
  if (target.matches('[data-opens][open]')) target.querySelector('input:not([type="hidden"])')?.focus();
  if (!target.matches('.chooser[open]')) return;
  for (const other of pane.querySelectorAll('.chooser[open]')) if (other !== target) other.open = false;
  target.querySelector('[data-digit]')?.focus();
}, true);

// ---- all actions, to look through and to choose from

const find = palette.querySelector('input');
const actions = [...palette.querySelectorAll('[data-run]')];
let before = null;

const offered = (action) => ['views', 'next', 'previous'].includes(action) || Boolean(marked(action));

function ask() {
  before = document.activeElement;
  for (const button of actions) button.toggleAttribute('disabled', !offered(button.dataset.run));
  find.value = '';
  narrow();
  palette.showModal();
}

function narrow() {
  const words = find.value.toLowerCase().split(/\s+/);
  for (const button of actions) {
    button.parentElement.hidden = !words.every((word) => button.textContent.toLowerCase().includes(word));
  }
}

find.addEventListener('input', narrow);
palette.addEventListener('keydown', (event) => {
  const open = actions.filter((button) => !button.parentElement.hidden && !button.disabled);
  const at = open.indexOf(document.activeElement);
  const to = { ArrowDown: open[at + 1] || open[0], ArrowUp: open.at(at < 0 ? -1 : at - 1), Enter: at < 0 ? open[0] : null }[event.key];
  if (!to) return;
  event.preventDefault();
  if (event.key === 'Enter') to.click();
  else to.focus();
});
palette.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-run]');
  if (!button) return;
  palette.close();
  before?.focus();
  run(button.dataset.run);
});

for (const button of document.querySelectorAll('[data-palette]')) button.hidden = false;
recall();
settled();
