// The pages are the same for everybody, because they come from a cache. What is personal, and how the page
// was served, is filled in here. Without this script the shop works too, only without these.

import { listenToDevices } from './devices.js';
import { showDeviceNews } from './notices.js';

const find = (name) => document.querySelector(`[data-${name}]`);

function show(element, text) {
  if (!element) return;
  element.textContent = text;
  element.hidden = false;
}

/** The server says it in the header `Server-Timing` of this page. */
function showHowServed() {
  const [page] = performance.getEntriesByType('navigation');
  const timing = Object.fromEntries((page?.serverTiming ?? []).map((entry) => [entry.name, entry]));
  const pill = find('served');
  if (!pill || !timing.cache || !timing.total) return;
  const source = { hit: 'Served from cache', miss: 'From the database', none: 'Not cached' };
  const text = `${source[timing.cache.description]} · ${timing.total.duration.toFixed(1)} ms`;
  pill.classList.add(timing.cache.description);
  pill.hidden = false;
  show(find('served-text'), text);
}

async function getJson(path) {
  const response = await fetch(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** What the visitor just did; a page that is made for them shows it by itself. */
function showMessage(text) {
  const message = document.createElement('p');
  message.className = 'done';
  message.role = 'status';
  message.textContent = text;
  document.querySelector('main').prepend(message);
}

/** One after the other: the first one may begin the session that the second one belongs to. */
async function showVisitor() {
  const { views, messages } = await getJson('/api/views');
  messages.forEach(showMessage);
  const { name, cartCount } = await getJson('/api/me');
  show(find('views'), views === 1 ? 'Your first page here.' : `Page ${views} of your visit.`);
  show(find('view-count'), views);
  if (cartCount > 0) show(find('cart'), cartCount);
  show(find('account'), name ?? 'Log in');
  if (!name) return;
  if (find('staff')) find('staff').hidden = false;
  void listenToDevices({
    isLoggedIn: async () => (await getJson('/api/me')).name !== null,
    onNews: showDeviceNews,
  });
}

function showLocalTimes() {
  for (const time of document.querySelectorAll('[data-time]')) {
    time.textContent = new Date(time.dateTime).toLocaleString(undefined, {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
  }
}

showHowServed();
showLocalTimes();
showVisitor().catch((error) => console.warn('The personal part of the page is missing.', error));
