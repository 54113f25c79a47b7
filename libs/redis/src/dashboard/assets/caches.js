import { barred, button, card, empty, fill, h, loading, missingNote, table } from './dom.js';
import * as f from './format.js';
import { act } from './api.js';
import { confirmed, run } from './dialog.js';
import { ttlTable } from './histogram.js';
import { lookupCard, purgeCard } from './cache-forms.js';

export const title = 'Caches';
export const lead = 'Each cache: here in memory, in Redis, and how well it is used.';

export function create({ read, refresh }) {
  let chosen;
  let reports = [];
  const list = h('div', { 'aria-busy': 'true' }, loading());
  const detail = h('div');
  const keys = h('div.columns', {}, loading());
  const lookup = lookupCard(refresh);
  const purge = purgeCard(refresh);
  const choose = (name) => {
    chosen = name;
    show();
  };
  const show = () => {
    fill(list, summary(reports, chosen, choose));
    const report = reports.find(({ name }) => name === chosen) ?? reports[0];
    if (report) fill(detail, ttlCard(report), clearCard(report, refresh));
  };
  detail.className = 'columns';
  return {
    everyMs: 8000,
    element: h('div.stack', {}, list, detail, h('div.columns', {}, lookup.element, purge), keys),
    async refresh(signal) {
      const found = await read('caches', signal);
      reports = found.value;
      chosen ??= busiest(reports);
      lookup.setCaches(reports.map(({ name }) => name));
      show();
      if (missingNote(found.missing)) list.append(missingNote(found.missing));
      const report = await read('keys', signal);
      fill(keys, ...keyCards(report.value));
    },
  };
}

function busiest(reports) {
  const size = ({ redis, traffic }) =>
    redis.entries + traffic.l1Hits + traffic.l2Hits + traffic.misses;
  return reports.toSorted((one, other) => size(other) - size(one))[0]?.name;
}

function summary(reports, chosen, choose) {
  if (reports.length === 0) return empty('There is no cache yet.');
  const columns = [
    'Cache',
    'Hit ratio',
    'Reads',
    'Mean load',
    'TTL',
    'In memory',
    'Bytes here',
    'In Redis',
    'Bytes in Redis',
  ];
  const rows = reports.map(({ name, ttlMs, memory, redis, traffic }) => [
    button(name, () => choose(name), {
      kind: 'link',
      'data-focus': `cache-${name}`,
      'aria-pressed': String(name === chosen),
    }),
    ratioCell(traffic.hitRatio),
    f.count(traffic.l1Hits + traffic.l2Hits + traffic.stale + traffic.misses),
    f.milliseconds(traffic.meanLoadMs),
    f.duration(ttlMs),
    memory ? `${f.count(memory.entries)} of ${f.count(memory.maxEntries)}` : 'off',
    memory ? f.bytes(memory.bytes) : '–',
    `${redis.isExact ? '' : '≈ '}${f.count(redis.entries)}`,
    f.bytes(redis.bytes),
  ]);
  const result = table({
    label: 'Caches',
    columns: columns.map((head, at) => ({ head, number: at > 0 })),
    rows,
  });
  const section = card({ title: 'All caches', note: 'reads are those of this process' }, result);
  const at = reports.findIndex(({ name }) => name === chosen);
  result.querySelectorAll('tbody tr')[at]?.classList.add('chosen');
  return section;
}

function ratioCell(ratio) {
  return barred(ratio ?? 0, f.percent(ratio), ratio < 0.5 ? '.warn' : '');
}

function ttlCard({ name, redis }) {
  const note = redis.entries === 0 ? undefined : 'of a sample in Redis';
  const body =
    redis.entries === 0
      ? empty('Redis holds no entry of this cache.', 'It fills with the first reads.')
      : ttlTable(redis.ttls, `Time to live in cache ${name}`);
  return card({ title: `Time to live in ${name}`, note }, body);
}

function clearCard({ name, traffic }, refresh) {
  const facts = [
    ['Hits in memory', f.count(traffic.l1Hits)],
    ['Hits in Redis', f.count(traffic.l2Hits)],
    ['Stale serves', f.count(traffic.stale)],
    ['Misses', f.count(traffic.misses)],
    ['Loads', f.count(traffic.loads)],
    ['Mean TTL stored', f.duration(traffic.meanTtlMs)],
  ];
  const clear = async () => {
    const text = `Every entry of ${name} becomes a miss, on every node. Its loaders will be busy.`;
    if (!(await confirmed({ title: `Clear ${name}?`, text, action: 'Clear the cache' }))) return;
    if (
      await run(
        () => act('clear', { cache: name }),
        () => `Cache ${name} is cleared.`,
      )
    )
      refresh();
  };
  return card(
    {
      title: `Traffic of ${name}`,
      note: 'counted here',
      tools: [button('Clear this cache', clear, { kind: 'danger.small', 'data-focus': 'clear' })],
    },
    h(
      'dl.facts',
      {},
      facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
    ),
  );
}

function keyCards({ biggest, hottest, sampled, total }) {
  const note = `of ${f.count(sampled)} sampled, ${f.count(total)} in all`;
  return [
    card({ title: 'Biggest keys', note }, keyTable(biggest, 'Biggest keys')),
    card(
      { title: 'Hottest keys', note: 'by last use, or by frequency under LFU' },
      keyTable(hottest, 'Hottest keys'),
    ),
  ];
}

function keyTable(keys, label) {
  if (keys.length === 0) return empty('There is no key.');
  return table({
    label,
    columns: [
      { head: 'Key' },
      { head: 'Bytes', number: true },
      { head: 'Expires in', number: true },
      { head: 'Used', number: true },
    ],
    rows: keys.map(({ key, bytes, ttlMs, idleSeconds, frequency }) => [
      h('code', { title: key }, key.length > 64 ? `${key.slice(0, 61)}…` : key),
      f.bytes(bytes),
      ttlMs === -1 ? 'never' : f.duration(ttlMs),
      frequency === undefined
        ? idleSeconds === undefined
          ? '–'
          : `${f.duration(idleSeconds * 1000)} ago`
        : `LFU ${frequency}`,
    ]),
  });
}
