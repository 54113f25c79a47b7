import { BASELINE } from './cases.js';

/** Where the figure of a target comes from. */
export type Figure =
  | {
      /** CPU per request of a server, divided by that of another one in the same case and round. */
      readonly kind: 'cpu-ratio';
      readonly case: string;
      readonly server: string;
      readonly to: string;
    }
  | {
      /** Commands to Redis per request. */
      readonly kind: 'commands';
      readonly case: string;
      readonly server: string;
    }
  | {
      /** A figure by its name, perhaps divided by another one. */
      readonly kind: 'value';
      readonly name: string;
      readonly to?: string;
    };

export interface Target {
  readonly title: string;
  readonly figure: Figure;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  /** `×` for ratios, else the unit of figure and limit. */
  readonly unit: string;
}

export const TARGETS: readonly Target[] = [
  ...hit('kit-l1', 'interceptor hit from L1', { 1: 0.95, 10: 0.75, 100: 0.25 }),
  ...([1, 10, 100] as const).map((size) =>
    ratio(`fast-lane hit, ${size} KB`, `hit-${size}k`, 'kit-fast-lane', 2, 'node-buffer'),
  ),
  ...hit('kit-l2', 'interceptor hit from L2', { 1: 1.1, 10: 0.85, 100: 0.35 }),
  commands('interceptor hit from L2', 'hit-1k', 'kit-l2', 1),
  ratio('miss of 10 KB, captured and stored', 'miss-10k', 'kit-l1', 1.25),
  ...[1, 2, 4].flatMap((processes) => [
    atMost(`500 requests for a cold URL, processes: ${processes}, runs of the handler`, {
      name: `cold.${processes}.origin`,
      limit: 1,
    }),
    atMost(`500 requests for a cold URL, processes: ${processes}, slowest answer / handler`, {
      name: `cold.${processes}.slowest`,
      limit: 1.5,
      unit: '×',
    }),
  ]),
  atLeast('getOrSet hit in L1', { name: 'getOrSet.kit', limit: 1_000_000, unit: '/s' }),
  atLeast('getOrSet hit in L1 against bentocache', {
    name: 'getOrSet.kit',
    to: 'getOrSet.bento',
    limit: 2,
    unit: '×',
  }),
  atMost('getMany of 100 keys from L2: round trips', { name: 'getMany.commands', limit: 1 }),
  atLeast('getMany of 100 keys from L2 against 100 reads', {
    name: 'getMany.kit',
    to: 'get100.kit',
    limit: 5,
    unit: '×',
  }),
  ratio('session read', 'session-read', 'kit-session', 1.3),
  commands('session read', 'session-read', 'kit-session', 1),
  ratio('session write', 'session-write', 'kit-session', 1.45),
  commands('session write', 'session-write', 'kit-session', 2),
  ratio('anonymous request with sessions on', 'anonymous', 'kit-session', 1.05),
  commands('anonymous request with sessions on', 'anonymous', 'kit-session', 0),
  ratio('anonymous request that reads its session', 'anonymous-looks', 'kit-session', 1.05),
  commands('anonymous request that reads its session', 'anonymous-looks', 'kit-session', 0),
  atLeast('50 concurrent changes of one session: kept', { name: 'session50.kept', limit: 50 }),
  atMost('50 concurrent changes of one session: commands per change', {
    name: 'session50.commands',
    limit: 3,
  }),
  atMost('memory of 100,000 L1 entries of 1 KB / bytes stored', {
    name: 'memory.kit',
    limit: 1.3,
    unit: '×',
  }),
  atMost('start of the module, embedded Redis', { name: 'start.module', limit: 150, unit: 'ms' }),
  atMost('import of the package, beside its peers', {
    name: 'start.import',
    limit: 60,
    unit: 'ms',
  }),
  atMost('invalidate a tag of a tenth of all entries (1,000,000 in a whole run): commands', {
    name: 'tag.commands',
    limit: 2,
  }),
  atMost('invalidate a tag of a tenth of all entries', { name: 'tag.ms', limit: 5, unit: 'ms' }),
  atMost('reads from L2 after it / before it', { name: 'tag.readsAfter', limit: 1.1, unit: '×' }),
  ratio('metrics for Prometheus, hit of 1 KB', 'metrics', 'kit-metrics', 1.03, 'kit-l1'),
];

type Sizes = Readonly<Record<1 | 10 | 100, number>>;

function hit(server: string, title: string, limits: Sizes): Target[] {
  return ([1, 10, 100] as const).map((size) =>
    ratio(`${title}, ${size} KB`, `hit-${size}k`, server, limits[size]),
  );
}

function ratio(title: string, test: string, server: string, limit: number, to = BASELINE): Target {
  const figure: Figure = { kind: 'cpu-ratio', case: test, server, to };
  return { title, figure, limit: { atMost: limit }, unit: '×' };
}

function commands(title: string, test: string, server: string, limit: number): Target {
  const figure: Figure = { kind: 'commands', case: test, server };
  return { title: `${title}: Redis commands`, figure, limit: { atMost: limit }, unit: '' };
}

interface Named {
  readonly name: string;
  readonly to?: string;
  readonly limit: number;
  readonly unit?: string;
}

function atMost(title: string, { name, to, limit, unit = '' }: Named): Target {
  return { title, figure: { kind: 'value', name, to }, limit: { atMost: limit }, unit };
}

function atLeast(title: string, { name, to, limit, unit = '' }: Named): Target {
  return { title, figure: { kind: 'value', name, to }, limit: { atLeast: limit }, unit };
}
