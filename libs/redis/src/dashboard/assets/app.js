import { fill, h, loading } from './dom.js';
import { time } from './format.js';
import { Points } from './points.js';
import { read } from './api.js';
import * as caches from './caches.js';
import * as connections from './connections.js';
import * as overview from './overview.js';
import * as sessions from './sessions.js';
import * as slowLog from './slow-log.js';
import * as warnings from './warnings.js';
import * as writeBehind from './write-behind.js';

const PAGES = new Map([
  ['', overview],
  ['caches', caches],
  ['sessions', sessions],
  ['slow-log', slowLog],
  ['write-behind', writeBehind],
  ['connections', connections],
  ['warnings', warnings],
]);

const SEVERAL =
  'Several processes answer in turn. Plots, hits and loads are those of the one named here; the metrics of the application tell of all.';

const main = document.querySelector('#main');
const points = new Points();
let page;
let timer;
let asking;
let isPaused = false;

function pageName() {
  const name = location.pathname.split('/').at(-1);
  return PAGES.has(name) ? name : '';
}

/** Shows the page of the address. A page has a heading first, and regions that `refresh` fills. */
function open({ byUser = false } = {}) {
  clearTimeout(timer);
  asking?.abort();
  page?.close?.();
  const name = pageName();
  const { title, lead, create } = PAGES.get(name);
  document.title = `${title} · Redis`;
  for (const link of document.querySelectorAll('#nav a')) {
    if (link.dataset.page === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  page = create({ points, read, refresh: () => void refresh() });
  const alert = h('div', { id: 'alert', role: 'alert' });
  main.replaceChildren(
    h(
      'div.page-head',
      {},
      h('div', {}, h('h1', {}, title), h('p.muted', {}, lead)),
      ...(page.tools ?? []),
    ),
    alert,
    h('div', { id: 'hints', role: 'status' }),
    page.element ?? loading(),
  );
  if (byUser) main.focus({ preventScroll: true });
  scrollTo(0, 0);
  void refresh();
}

async function refresh() {
  clearTimeout(timer);
  asking?.abort();
  const own = (asking = new AbortController());
  try {
    await points.refresh(own.signal);
    await page.refresh(own.signal);
    if (own.signal.aborted) return;
    showState();
  } catch (error) {
    if (own.signal.aborted) return;
    showState(error);
  }
  if (!isPaused && !document.hidden)
    timer = setTimeout(() => void refresh(), page.everyMs ?? points.facts?.sampleEveryMs ?? 5000);
}

function showState(error) {
  const state = document.querySelector('#state');
  const tone = error ? 'bad' : isPaused ? 'off' : 'good';
  state.className = tone;
  const words = error ? 'No answer' : isPaused ? 'Paused' : 'Live';
  document.querySelector('#state-text').textContent = words;
  document
    .querySelector('#alert')
    ?.replaceChildren(...(error ? [h('p.notice.bad', {}, error.message)] : []));
  const { process, countedSince, missing = [] } = points.facts ?? {};
  if (!process) return;
  document.querySelector('#process').textContent =
    `Plots, hits and loads of one process: ${process.pid} on ${process.host}, since ${time(countedSince)}`;
  const notes = [];
  if (missing.length > 0) notes.push(['bad', `Redis does not tell all: ${missing.join('; ')}`]);
  if (points.hasOthers) notes.push(['info', SEVERAL]);
  hint(notes);
}

/** Only when they change: screen readers read it aloud. */
function hint(notes) {
  const hints = document.querySelector('#hints');
  const text = notes.join('\n');
  if (!hints || hints.dataset.text === text) return;
  hints.dataset.text = text;
  fill(
    hints,
    notes.map(([tone, note]) => h(`p.notice.${tone}`, {}, note)),
  );
}

function navigate(event) {
  const link = event.target.closest('a[data-page]');
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  open({ byUser: true });
}

function pause() {
  isPaused = !isPaused;
  const button = document.querySelector('#pause');
  button.setAttribute('aria-pressed', String(isPaused));
  if (isPaused) clearTimeout(timer);
  else void refresh();
  showState();
}

document
  .querySelector('#nav')
  .append(
    ...[...PAGES].map(([name, { title }]) =>
      h('li', {}, h('a', { href: name || './', 'data-page': name }, title)),
    ),
  );
document.addEventListener('click', navigate);
document.querySelector('#pause').addEventListener('click', pause);
addEventListener('popstate', () => open({ byUser: true }));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !isPaused) void refresh();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => page?.recolor?.());
open();
