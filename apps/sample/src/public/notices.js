// What the page says about the visitor's devices, in the bar below the header.

const MOST_NOTICES = 3;
const bar = document.querySelector('[data-notices]');
const isPrivate = document.body.hasAttribute('data-private');
let isLeaving = false;

// Who presses "Log out" goes to the next page: what the server says of it meanwhile is no news here.
addEventListener('submit', () => (isLeaving = true));
addEventListener('pageshow', () => (isLeaving = false));

/** @param news as `devices.js` tells it */
export function showDeviceNews(news) {
  if (isLeaving || !bar) return;
  if (news.type === 'ended') showEnd(news);
  else showDevice(news);
}

/** A page with personal data does not stay on the screen; a shared one only says it. */
function showEnd({ reason, text }) {
  const here = encodeURIComponent(location.pathname + location.search);
  const login = `/login?notice=${encodeURIComponent(reason)}&returnTo=${here}`;
  if (isPrivate) {
    location.replace(login);
    return;
  }
  const account = document.querySelector('[data-account]');
  if (account) account.textContent = 'Log in';
  for (const element of document.querySelectorAll('[data-cart], [data-staff]')) {
    element.hidden = true;
  }
  bar.replaceChildren();
  showNotice({ text, href: login, link: 'Log in again', isEnd: true });
}

function showDevice({ handle, change, text }) {
  if (change === 'out') removeRow(handle);
  showNotice({ text, href: '/devices', link: 'Your devices', isEnd: false });
}

function removeRow(handle) {
  const row = document.querySelector(`[data-device="${CSS.escape(handle)}"]`);
  if (row?.contains(document.activeElement)) document.querySelector('[data-heading]')?.focus();
  row?.remove();
}

function showNotice({ text, href, link, isEnd }) {
  const notice = document.createElement('div');
  notice.className = isEnd ? 'notice ended' : 'notice';
  const words = document.createElement('p');
  words.textContent = text;
  const action = document.createElement('a');
  action.href = href;
  action.textContent = link;
  const dismiss = document.createElement('button');
  dismiss.type = 'button';
  dismiss.className = 'plain';
  dismiss.textContent = 'Dismiss';
  dismiss.addEventListener('click', () => notice.remove());
  notice.append(words, action, dismiss);
  bar.append(notice);
  if (bar.childElementCount > MOST_NOTICES) bar.firstElementChild.remove();
}
