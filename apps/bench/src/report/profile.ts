import type { Table } from './table.js';

/** The part of a `.cpuprofile` that is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The id of the node that was on top at each sample. */
  readonly samples: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
}

const IDLE = new Set(['(idle)', '(root)']);

/** The same by package, where the parts add up: what the framework costs, and what we do. */
export function packageTimes(profile: CpuProfile): Table {
  return timesOf(profile, { title: 'By package', head: 'package', rows: 15, nameOf: packageOf });
}

/** The functions that the processor was in, without what they called, as parts of the busy time. */
export function selfTimes(profile: CpuProfile): Table {
  return timesOf(profile, { title: 'Self time', head: 'function', rows: 40, nameOf });
}

interface Grouping {
  readonly title: string;
  readonly head: string;
  readonly rows: number;
  readonly nameOf: (frame: ProfileNode['callFrame']) => string;
}

function timesOf(
  { nodes, samples }: CpuProfile,
  { title, head, rows, nameOf: name }: Grouping,
): Table {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, name(callFrame)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const group = names.get(id) ?? '?';
    if (!IDLE.has(group)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, rows);
  return {
    title,
    head: [head, '%'],
    rows: sorted.map(([group, count]) => [group, ((100 * count) / all).toFixed(1)]),
  };
}

function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/libs\/redis\/dist\//, 'kit:');
  return `${name} ${file.replace(/^file:\/\/.*\/apps\//, '')}:${lineNumber + 1}`;
}

function packageOf({ functionName, url }: ProfileNode['callFrame']): string {
  if (url.startsWith('node:')) return url.split('/')[0]!;
  const [, inside] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (inside !== undefined) return inside;
  if (url.includes('/libs/redis/')) return 'nestjs-redis-kit';
  return url === '' ? native(functionName) : 'the application';
}

/** Code of V8 and of Node without a source: the collector, system calls, hashes. */
function native(name: string): string {
  return name.startsWith('(') ? name : `native ${name}`;
}
