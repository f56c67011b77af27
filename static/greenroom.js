// Progressive enhancement only: every page works without it. What it says stands in data attributes, where it is
// translated.
'use strict';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || '';
const told = document.cookie.split('; ').includes(`tz=${zone}`);

// Times: the server writes them in the zone it was told; until then they are rewritten here, in the server's own shape.
function tellZone() {
  if (told || !/^[\w+/-]{1,64}$/.test(zone)) return;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `tz=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

function localTimes(root) {
  if (told || !zone) return;
  const format = new Intl.DateTimeFormat(document.documentElement.lang || 'en', {
    day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone,
  });
  for (const time of root.querySelectorAll('time[data-moment]')) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    time.textContent = `${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}`;
  }
}

// Undo: count the seconds down; when they are over, say so and take the button away.
function countdowns(root) {
  for (const banner of root.querySelectorAll('[data-undo-until]')) {
    const until = Date.parse(banner.dataset.undoUntil);
    const text = banner.querySelector('[data-undo-text]');
    const line = banner.querySelector('progress');
    const tick = () => {
      if (!banner.isConnected) return;
      const left = Math.max(0, until - Date.now());
      if (line) line.value = left / 1000;
      if (left === 0) return over(banner, text);
      if (text && left < 86400000) text.textContent = counted(text.dataset.undoText, Math.ceil(left / 1000));
      setTimeout(tick, 250);
    };
    tick();
  }
}

function counted(text, seconds) {
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return text.replace('{n}', String(seconds)).replace('{clock}', clock);
}

function over(banner, text) {
  if (text) text.textContent = text.dataset.undoOver || '';
  for (const part of banner.querySelectorAll('form, progress')) part.hidden = true;
  for (const part of banner.querySelectorAll('[data-undo-after]')) part.hidden = false;
}

// Forms: sent once. The button stays focusable and keeps its name and value; a page that comes back from the
// browser's cache can be sent again, and so can a form that only downloads something.
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-disabled="true"][data-held]')) {
    button.removeAttribute('aria-disabled');
    if (button.dataset.idle) button.textContent = button.dataset.idle;
    delete button.dataset.held;
  }
}

addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  delete form.dataset.changed;
  const button = event.submitter;
  if (button) {
    button.setAttribute('aria-disabled', 'true');
    button.dataset.held = 'yes';
    if (button.dataset.busy) [button.dataset.idle, button.textContent] = [button.textContent, button.dataset.busy];
  }
  if ('download' in form.dataset) setTimeout(release, 3000, form);
});

addEventListener('pageshow', (event) => {
  if (event.persisted) document.querySelectorAll('form[data-sent]').forEach(release);
});

// Letters and long forms: ask before what was typed is lost.
addEventListener('input', (event) => {
  const form = event.target.form;
  if (form && 'guard' in form.dataset) form.dataset.changed = 'yes';
});

addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-guard][data-changed]')) event.preventDefault();
});

// Copying
addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) return;
  const input = button.closest('.copybox').querySelector('input');
  input.select();
  await navigator.clipboard.writeText(input.value);
  const idle = button.textContent;
  if (idle === button.dataset.copied) return;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = idle; }, 2000);
});

// Parts of a page that change by themselves: fetched again until the fragment no longer asks for it. Not while the
// page is hidden, and not while somebody is typing or listening in it.
function refreshes(root) {
  const parts = [...root.querySelectorAll('[data-refresh]')];
  if (root.matches?.('[data-refresh]')) parts.push(root);
  for (const part of parts) later(part, '');
}

function later(part, before) {
  setTimeout(() => refresh(part, before), (Number(part.dataset.every) || 2) * 1000);
}

async function refresh(part, before) {
  if (!part.isConnected) return;
  const busy = part.contains(document.activeElement) || [...part.querySelectorAll('audio')].some((a) => !a.paused);
  if (document.hidden || busy) return later(part, before);
  const answer = await fetch(part.dataset.refresh, { credentials: 'same-origin' }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return later(part, before);
  const html = await answer.text();
  if (html === before) return later(part, before);
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!fresh) return later(part, before);
  part.replaceWith(fresh);
  enhance(fresh);
  if (fresh.matches('[data-refresh]')) later(fresh, html);
}

function enhance(root) {
  localTimes(root);
  countdowns(root);
  for (const button of root.querySelectorAll('[data-copy]')) button.hidden = !navigator.clipboard;
}

tellZone();
enhance(document);
refreshes(document);
document.querySelector('[data-focus]')?.focus();

// The list stays where it was from page to page, and the chosen row is in sight.
const list = document.querySelector('.list');
const place = `list ${location.search}`;

function remembered(...value) {
  try {
    return value.length ? sessionStorage.setItem(place, value[0]) : sessionStorage.getItem(place);
  } catch {
    return null; // storage is switched off
  }
}

if (list) {
  const chosen = list.querySelector('.row[aria-current]');
  list.scrollTop = Number(remembered()) || 0;
  const above = chosen ? chosen.offsetTop - list.scrollTop : 0;
  const hidden = above < 60 || above + chosen?.offsetHeight > list.clientHeight;
  if (chosen && hidden) list.scrollTop = chosen.offsetTop - list.clientHeight / 3;
  addEventListener('pagehide', () => remembered(String(list.scrollTop)));
}
