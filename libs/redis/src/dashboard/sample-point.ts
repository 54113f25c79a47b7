import type { HistogramSnapshot, MetricsSnapshot } from '../metrics/redis-metrics.js';
import type { ServerInfo } from '../inspection/server-info.js';

/** What was counted until a moment. */
export interface Totals {
  /** Milliseconds since the Unix epoch; later for a later moment. */
  readonly at: number;
  /** Milliseconds by a clock that nobody sets. */
  readonly tick: number;
  readonly metrics: MetricsSnapshot;
  readonly servers: readonly ServerInfo[];
  /** False where a primary did not tell: half a sum would look like a drop. */
  readonly isWhole: boolean;
  /** Stored sessions, as last counted; null where nobody knows. */
  readonly sessions: number | null;
}

/** One moment of the plots. Null where nothing is known or nothing happened. */
export interface SamplePoint {
  readonly at: number;
  /** From 0 to 1, since the point before. */
  readonly hitRatio: number | null;
  /** Reads per second by what came of them. */
  readonly l1: number;
  readonly l2: number;
  readonly stale: number;
  readonly miss: number;
  /** Of operations on Redis in milliseconds, estimated from a histogram. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Bytes, over all primaries. */
  readonly used: number | null;
  /** 0 for no limit. */
  readonly max: number | null;
  /** Keys per second that Redis evicted. */
  readonly evicted: number | null;
  /** Entries per second that left the memory of this process to make room. */
  readonly evictedHere: number;
  /** Commands per second, as the servers say. */
  readonly commands: number | null;
  /** Sessions that are stored, counted now and then. */
  readonly sessions: number | null;
  /** Sessions that this process met in the last five minutes. */
  readonly active: number | null;
  /** Changes that sources do not have, and the age of the oldest in seconds. */
  readonly pending: number | null;
  readonly lag: number | null;
}

type Labels = Readonly<Record<string, string>>;
const OURS = 'nestjs_redis_kit.';

/** What happened between two moments. */
export function samplePoint(before: Totals, now: Totals): SamplePoint {
  const seconds = Math.max(0.001, (now.tick - before.tick) / 1000);
  const grown = (name: string, labels?: Labels): number =>
    Math.max(0, sumOf(now.metrics, name, labels) - sumOf(before.metrics, name, labels)) / seconds;
  const reads = (result: string): number => grown(`${OURS}cache.requests`, { result });
  const [l1, l2, stale, miss] = [reads('l1'), reads('l2'), reads('stale'), reads('miss')];
  const hits = l1 + l2 + stale;
  const latency = grownHistogram(before.metrics, now.metrics, 'db.client.operation.duration');
  return {
    at: now.at,
    hitRatio: hits + miss === 0 ? null : hits / (hits + miss),
    l1,
    l2,
    stale,
    miss,
    p50: millisecondsOf(latency, 0.5),
    p95: millisecondsOf(latency, 0.95),
    p99: millisecondsOf(latency, 0.99),
    used: overServers(now, ({ memory }) => memory.usedBytes),
    max: overServers(now, ({ memory }) => memory.maxBytes),
    evicted: evictedPerSecond(before, now, seconds),
    evictedHere: grown(`${OURS}cache.memory.evictions`),
    commands: overServers(now, ({ activity }) => activity.commandsPerSecond),
    sessions: now.sessions,
    active: gaugeOf(now.metrics, `${OURS}session.active`, sum),
    pending: gaugeOf(now.metrics, `${OURS}cache.source.pending`, sum),
    lag: gaugeOf(now.metrics, `${OURS}cache.source.lag`, (values) => Math.max(...values)),
  };
}

/** Of the same servers: what another one evicted before it came is no news. */
function evictedPerSecond(before: Totals, now: Totals, seconds: number): number | null {
  const evicted = (totals: Totals): number | null =>
    overServers(totals, ({ activity }) => activity.evictedKeys);
  const [first, last] = [evicted(before), evicted(now)];
  if (first === null || last === null || addresses(before) !== addresses(now)) return null;
  // Below zero: a server began anew.
  return Math.max(0, last - first) / seconds;
}

function addresses({ servers }: Totals): string {
  return servers
    .map(({ address }) => address)
    .toSorted()
    .join();
}

function overServers(
  { servers, isWhole }: Totals,
  read: (server: ServerInfo) => number | undefined,
): number | null {
  if (!isWhole) return null;
  const values = servers.map(read).filter((value) => value !== undefined);
  return values.length === 0 ? null : sum(values);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumOf(metrics: MetricsSnapshot, name: string, labels: Labels = {}): number {
  const series = metrics.find((metric) => metric.name === name)?.series ?? [];
  const own = [...series].filter((one) =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return sum(own.map((one) => ('value' in one ? one.value : one.count)));
}

/** Null where there is no such series. */
function gaugeOf(
  metrics: MetricsSnapshot,
  name: string,
  join: (values: readonly number[]) => number,
): number | null {
  const series = metrics.find((metric) => metric.name === name)?.series ?? [];
  const values = [...series].flatMap((one) => ('value' in one ? [one.value] : []));
  return values.length === 0 ? null : join(values);
}

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

function grownHistogram(before: MetricsSnapshot, now: MetricsSnapshot, name: string): Buckets {
  const earlier = countsOf(before, name);
  const { bounds, counts } = countsOf(now, name);
  return {
    bounds,
    counts: counts.map((count, at) => Math.max(0, count - (earlier.counts[at] ?? 0))),
  };
}

function countsOf(metrics: MetricsSnapshot, name: string): Buckets {
  const found = metrics.find(
    (metric): metric is HistogramSnapshot => metric.name === name && metric.kind === 'histogram',
  );
  const bounds = found?.buckets ?? [];
  const counts = [...bounds, Infinity].map((_, at) =>
    sum((found?.series ?? []).map((series) => series.counts[at] ?? 0)),
  );
  return { bounds, counts };
}

function millisecondsOf(buckets: Buckets, part: number): number | null {
  const seconds = percentile(buckets, part);
  return seconds === undefined ? null : seconds * 1000;
}

/**
 * The value below which `part` of all observations lie, as if they lay evenly in their bucket (as
 * `histogram_quantile` of Prometheus does it). Above the last bound: that bound.
 */
export function percentile({ bounds, counts }: Buckets, part: number): number | undefined {
  const wanted = sum(counts) * part;
  if (wanted === 0) return undefined;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    const upper = bounds[at] ?? bounds.at(-1) ?? 0;
    const lower = at === 0 ? 0 : (bounds[at - 1] ?? 0);
    if (below + count >= wanted) return lower + (upper - lower) * ((wanted - below) / count);
    below += count;
  }
  return bounds.at(-1);
}
