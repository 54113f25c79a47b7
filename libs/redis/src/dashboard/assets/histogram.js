import { h } from './dom.js';
import { count, life } from './format.js';

/** How long keys have to live, as bars. */
export function ttlTable({ buckets, withoutExpiry }, label) {
  const rows = buckets.map(({ upToSeconds, keys }) => [life(upToSeconds), keys]);
  if (withoutExpiry > 0) rows.push(['no expiry', withoutExpiry]);
  const most = Math.max(1, ...rows.map(([, keys]) => keys));
  return h(
    'table.histogram',
    { 'aria-label': label },
    h(
      'tbody',
      {},
      rows.map(([name, keys]) => row(name, keys, keys / most)),
    ),
  );
}

function row(name, keys, part) {
  const bar = h('span.bar', {}, h('span'));
  bar.firstChild.style.setProperty('--part', String(part));
  return h(
    'tr',
    {},
    h('th.row.muted', { scope: 'row' }, name),
    h('td', { 'aria-hidden': 'true' }, bar),
    h('td.number', {}, count(keys)),
  );
}
