import { fill, h, loading, tile } from './dom.js';
import * as f from './format.js';
import { Plot } from './plot.js';
import { chosenRange, rangePicker } from './ranges.js';

export const title = 'Overview';
export const lead = 'What this process does with Redis, as it happens.';

const MINUTE = 60_000;

function plots(hasSessions) {
  const list = [
    new Plot({
      title: 'Hit ratio',
      note: 'share of reads that found a value',
      lines: [{ label: 'Hits', name: 'hitRatio', color: 'blue', fill: true }],
      format: f.percent,
      top: 1,
    }),
    new Plot({
      title: 'Reads by outcome',
      note: 'per second',
      lines: [
        { label: 'Memory', name: 'l1', color: 'blue' },
        { label: 'Redis', name: 'l2', color: 'teal' },
        { label: 'Stale', name: 'stale', color: 'amber' },
        { label: 'Miss', name: 'miss', color: 'rose' },
      ],
      format: f.perSecond,
    }),
    new Plot({
      title: 'Latency of Redis',
      note: 'as callers here waited, estimated',
      lines: [
        { label: 'p50', name: 'p50', color: 'teal' },
        { label: 'p95', name: 'p95', color: 'amber' },
        { label: 'p99', name: 'p99', color: 'rose' },
      ],
      format: f.milliseconds,
    }),
    new Plot({
      title: 'Memory of Redis',
      note: 'against maxmemory, all primaries',
      lines: [
        { label: 'Used', name: 'used', color: 'blue', fill: true },
        { label: 'maxmemory', name: 'max', color: 'rose', dash: true },
      ],
      format: f.bytes,
      isBytes: true,
    }),
    new Plot({
      title: 'Evictions',
      note: 'per second, to make room',
      lines: [
        { label: 'In Redis', name: 'evicted', color: 'rose' },
        { label: 'In this memory', name: 'evictedHere', color: 'violet' },
      ],
      format: f.perSecond,
    }),
  ];
  const sessions = new Plot({
    title: 'Active sessions',
    note: 'met here in the last five minutes',
    lines: [{ label: 'Active', name: 'active', color: 'violet', fill: true }],
    format: f.count,
    isWhole: true,
  });
  const commands = new Plot({
    title: 'Commands',
    note: 'per second, all who use the servers',
    lines: [{ label: 'Commands', name: 'commands', color: 'teal', fill: true }],
    format: f.perSecond,
  });
  return [...list, hasSessions ? sessions : commands];
}

export function create({ points }) {
  const tiles = h('dl.tiles', { 'aria-busy': 'true' }, loading());
  const grid = h('div.plots');
  let drawn;
  const show = () => {
    const { columns, range } = points.last(chosenRange());
    for (const plot of drawn ?? [])
      plot.show({ ...columns, max: columns.max?.map((max) => max || null) }, range);
  };
  return {
    element: h('div.stack', {}, tiles, grid),
    tools: [rangePicker(show)],
    refresh() {
      drawn ??= mount(grid, plots(points.facts.hasSessions));
      fill(tiles, ...numbers(points));
      show();
    },
    recolor: () => drawn?.forEach((plot) => plot.redraw()),
    close: () => drawn?.forEach((plot) => plot.destroy()),
  };
}

function mount(grid, list) {
  grid.replaceChildren(...list.map(({ element }) => element));
  return list;
}

function numbers(points) {
  const reads = ['l1', 'l2', 'stale', 'miss'].map((name) => points.mean(name, MINUTE) ?? 0);
  const perSecond = reads.reduce((sum, value) => sum + value, 0);
  const ratio = perSecond === 0 ? undefined : 1 - reads[3] / perSecond;
  return [
    tile({ label: 'Hit ratio', value: f.percent(ratio), note: 'over the last minute' }),
    tile({
      label: 'Reads',
      value: f.perSecond(perSecond),
      note: 'over the last minute',
    }),
    tile({
      label: 'Latency p95',
      value: f.milliseconds(points.latest('p95')),
      note: 'of Redis, for callers',
    }),
    memory(points),
    tile({
      label: 'Evictions',
      value: `${f.number((points.mean('evicted', MINUTE) ?? 0) * 60)}/min`,
      note: 'by Redis',
    }),
    points.facts.hasSessions
      ? tile({
          label: 'Active sessions',
          value: f.count(points.latest('active')),
          note: 'here, in five minutes',
        })
      : tile({
          label: 'Commands',
          value: f.perSecond(points.latest('commands')),
          note: 'on the servers',
        }),
  ];
}

function memory(points) {
  const used = points.latest('used');
  const max = points.latest('max');
  const [value, unit] = f.bytes(used).split(' ');
  if (!max) return tile({ label: 'Memory', value, unit, note: 'no maxmemory is set' });
  const part = used / max;
  const tone = part > 0.95 ? 'bad' : part > 0.85 ? 'warn' : undefined;
  return tile({ label: 'Memory', value, unit, note: `of ${f.bytes(max)}`, part, tone });
}
