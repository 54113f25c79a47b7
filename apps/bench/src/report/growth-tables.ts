import type { BenchResult } from '../result.js';
import { number } from './format.js';
import { median } from './statistics.js';
import type { Table } from './table.js';

interface Growth {
  readonly kind: 'entries' | 'tags' | 'processes';
  readonly title: string;
  readonly head: string;
  /** Why the cost is what it is. */
  readonly reason: string;
}

const GROWTHS: readonly Growth[] = [
  {
    kind: 'entries',
    title: 'A hit beside more entries',
    head: 'entries',
    reason:
      'Keys are read at random. A look-up in a map does not grow with the map; what grows is the part of it that is not in the caches of the processor, and with it the time of a look-up in L1. In Redis that is the time of the server, not of the application.',
  },
  {
    kind: 'tags',
    title: 'A hit on an entry with more tags',
    head: 'tags',
    reason:
      'A hit compares the generation of each tag of the entry with the one that holds now. In L1 an entry is compared once: as long as the process loses nothing of what it knows of generations, and for a minute at most, the verdict stands. Any invalidation of tags has each entry compared once more. An entry from L2 carries the names of its tags, which are read first, so there the cost grows by one name and one comparison of short texts per tag of the entry itself, never with the entries of a tag.',
  },
  {
    kind: 'processes',
    title: 'A hit beside more processes on one cache',
    head: 'processes',
    reason:
      'Each process invalidates a key 20 times a second, which all others are told. The figures are CPU time of one process.',
  },
];

/** A figure of `growth.<kind>.<number>.<tier>`. */
const NAME = /^growth\.(\w+)\.(\d+)\.l1$/;

/** True for the figures that stand in these tables. */
export function isGrowth(name: string): boolean {
  return name.startsWith('growth.');
}

/** What was measured of the cost of a hit as something grows; each with its explanation. */
export function growthTables(result: BenchResult): (Table & { readonly reason: string })[] {
  return GROWTHS.map((growth) => ({
    title: growth.title,
    reason: growth.reason,
    head: [growth.head, 'L1: µs of CPU', '× the first', 'L2: µs of CPU', '× the first'],
    rows: rowsOf(growth.kind, result.values),
  })).filter(({ rows }) => rows.length > 0);
}

function rowsOf(kind: Growth['kind'], values: BenchResult['values']): string[][] {
  const sizes = Object.keys(values)
    .map((name) => NAME.exec(name))
    .flatMap((found) => (found?.[1] === kind ? [Number(found[2])] : []))
    .toSorted((a, b) => a - b);
  const figure = (size: number, tier: 'l1' | 'l2'): number =>
    median(values[`growth.${kind}.${size}.${tier}`] ?? [Number.NaN]);
  return sizes.map((size) => [
    number(size),
    ...(['l1', 'l2'] as const).flatMap((tier) => [
      number(figure(size, tier)),
      number(figure(size, tier) / figure(sizes[0]!, tier)),
    ]),
  ]);
}
