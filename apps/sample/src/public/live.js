// Keeps the live page up to date. The server sends sales and the board; what was sent while the page was not
// connected is lost, so each new connection begins with the state as it is.

const MOST_SALES = 20;
const counts = new Intl.NumberFormat('en-US');
const ages = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto', style: 'short' });
const [board, feed, state] = ['board', 'feed', 'state'].map((name) =>
  document.querySelector(`[data-live-${name}]`),
);

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function link({ productId, name }, ...more) {
  return element('a', { href: `/products/${productId}` }, name, ...more);
}

function meter(share) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  svg.classList.add('meter');
  svg.setAttribute('viewBox', '0 0 100 4');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  bar.setAttribute('width', share);
  bar.setAttribute('height', '4');
  svg.append(bar);
  return svg;
}

function showBoard(rows) {
  board.replaceChildren(
    ...rows.map((row) =>
      element(
        'li',
        {},
        element('span', { className: 'place' }, row.rank),
        link(row, element('small', {}, row.category), meter(row.share)),
        element('span', { className: 'number' }, counts.format(row.pieces)),
      ),
    ),
  );
  hideHint('board', rows.length > 0);
}

function saleRow(sale, className) {
  const row = element(
    'li',
    { className },
    link(sale),
    element('span', { className: 'number' }, `${sale.quantity} ×`),
    element('time', {}),
  );
  row.dataset.sale = sale.id;
  row.querySelector('time').dataset.at = sale.at;
  return row;
}

function showSales(sales) {
  feed.replaceChildren(...sales.map((sale) => saleRow(sale, '')));
  hideHint('feed', sales.length > 0);
  showAges();
}

/** A sale may come twice: it is handled at least once. */
function addSale(sale) {
  if (feed.querySelector(`[data-sale="${CSS.escape(sale.id)}"]`)) return;
  feed.prepend(saleRow(sale, 'new'));
  while (feed.childElementCount > MOST_SALES) feed.lastElementChild.remove();
  hideHint('feed', true);
  showAges();
}

function hideHint(name, isHidden) {
  document.querySelector(`[data-live-empty="${name}"]`).hidden = isHidden;
}

function showAges() {
  for (const time of feed.querySelectorAll('time')) time.textContent = age(Number(time.dataset.at));
}

function age(at) {
  const minutes = Math.floor((Date.now() - at) / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? ages.format(-minutes, 'minute') : new Date(at).toLocaleString();
}

function showState(isOn) {
  state.hidden = false;
  state.classList.toggle('on', isOn);
  document.querySelector('[data-live-text]').textContent = isOn ? 'Up to date' : 'Connecting…';
}

async function showNow() {
  const response = await fetch('/api/live', { cache: 'no-store' });
  if (!response.ok) throw new Error(`/api/live: ${response.status}`);
  const now = await response.json();
  showBoard(now.board);
  showSales(now.recent);
  showState(true);
}

const events = new EventSource('/api/live/events');
events.addEventListener('open', () => {
  showNow().catch((error) => console.warn('The state of the live page is missing.', error));
});
events.addEventListener('error', () => showState(false));
events.addEventListener('sale', ({ data }) => addSale(JSON.parse(data)));
events.addEventListener('board', ({ data }) => showBoard(JSON.parse(data)));
showAges();
setInterval(showAges, 30_000);
