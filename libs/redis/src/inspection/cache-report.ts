import type { CacheState, MemoryTierState } from '../cache/cache-inventory.js';
import type { MetricsSnapshot } from '../metrics/redis-metrics.js';
import type { KeyNames } from './key-names.js';
import { ttlHistogram, type TtlHistogram } from './key-report.js';
import type { KeySample, MeasuredKey, SampledKey } from './key-sample.js';
import { ratio } from './server-info.js';

/** What this process counted of a cache since `RedisMetrics` was started. */
export interface CacheTraffic {
  readonly l1Hits: number;
  readonly l2Hits: number;
  readonly misses: number;
  readonly stale: number;
  /** From 0 to 1, stale values as hits; undefined before the first read. */
  readonly hitRatio: number | undefined;
  readonly loads: number;
  /** Undefined before the first load. */
  readonly meanLoadMs: number | undefined;
  /** Of what was loaded and stored; undefined before the first. */
  readonly meanTtlMs: number | undefined;
}

/** One cache: in the memory of this process, in Redis, and as it was used here. */
export interface CacheReport {
  readonly name: string;
  readonly ttlMs: number;
  readonly memory: MemoryTierState | undefined;
  /** Estimated from the sample; exact where the sample is complete. */
  readonly redis: {
    readonly entries: number;
    /** With the bookkeeping of Redis; undefined where Redis does not tell. */
    readonly bytes: number | undefined;
    readonly isExact: boolean;
    readonly ttls: TtlHistogram;
  };
  readonly traffic: CacheTraffic;
}

export interface CacheReportInput {
  readonly caches: readonly CacheState[];
  readonly sample: KeySample;
  readonly measured: readonly MeasuredKey[];
  readonly names: KeyNames;
  readonly metrics: MetricsSnapshot;
}

/** Looks at each key and each series once, however many caches there are. */
export function cacheReports(input: CacheReportInput): CacheReport[] {
  const sampled = byCache(input.sample.keys, input.names);
  const measured = byCache(input.measured, input.names);
  const counts = seriesByCache(input.metrics);
  return input.caches.map((cache) => ({
    ...cache,
    redis: inRedis(input.sample, sampled.get(cache.name) ?? [], measured.get(cache.name) ?? []),
    traffic: trafficOf(cache.name, counts.get(cache.name) ?? []),
  }));
}

function byCache<Key extends SampledKey>(
  keys: readonly Key[],
  names: KeyNames,
): Map<string, Key[]> {
  const groups = new Map<string, Key[]>();
  for (const key of keys) {
    const owner = names.ownerOf(key.key);
    if (owner.kind === 'entry') groupOf(groups, owner.cache).push(key);
  }
  return groups;
}

/** The series that have a cache, by its name, each with its metric. */
function seriesByCache(metrics: MetricsSnapshot): Map<string, MetricsSnapshot[number][]> {
  const groups = new Map<string, MetricsSnapshot[number][]>();
  for (const metric of metrics)
    for (const one of metric.series) {
      const { cache } = one.labels;
      if (cache === undefined) continue;
      groupOf(groups, cache).push({ ...metric, series: [one] } as MetricsSnapshot[number]);
    }
  return groups;
}

function groupOf<Item>(groups: Map<string, Item[]>, name: string): Item[] {
  const known = groups.get(name);
  if (known) return known;
  const made: Item[] = [];
  groups.set(name, made);
  return made;
}

function inRedis(
  sample: KeySample,
  found: readonly SampledKey[],
  own: readonly MeasuredKey[],
): CacheReport['redis'] {
  const entries = Math.round(found.length * scaleOf(sample));
  const sizes = own.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, sizes.length);
  return {
    entries,
    bytes: entries > 0 && sizes.length === 0 ? undefined : Math.round(mean * entries),
    isExact: sample.isComplete,
    ttls: ttlHistogram(own),
  };
}

/** How many keys each sampled key stands for. */
export function scaleOf({ keys, total, isComplete }: KeySample): number {
  return isComplete || keys.length === 0 ? 1 : total / keys.length;
}

export function trafficOf(cache: string, metrics: MetricsSnapshot): CacheTraffic {
  const counted = (result: string): number => count(metrics, 'cache.requests', { cache, result });
  const [l1Hits, l2Hits] = [counted('l1'), counted('l2')];
  const [misses, stale] = [counted('miss'), counted('stale')];
  const loads = observed(metrics, 'cache.load.duration', { cache });
  const lives = observed(metrics, 'cache.entry.ttl', { cache });
  return {
    l1Hits,
    l2Hits,
    misses,
    stale,
    hitRatio: ratio(l1Hits + l2Hits + stale, misses),
    loads: loads.count,
    meanLoadMs: loads.mean === undefined ? undefined : loads.mean * 1000,
    meanTtlMs: lives.mean === undefined ? undefined : lives.mean * 1000,
  };
}

type Labels = Readonly<Record<string, string>>;

/** Of a counter, over all series that have the labels. */
export function count(metrics: MetricsSnapshot, name: string, labels: Labels = {}): number {
  return seriesOf(metrics, name, labels).reduce(
    (sum, series) => sum + ('value' in series ? series.value : series.count),
    0,
  );
}

function observed(
  metrics: MetricsSnapshot,
  name: string,
  labels: Labels,
): { readonly count: number; readonly mean: number | undefined } {
  const series = seriesOf(metrics, name, labels).filter((one) => 'sum' in one);
  const counted = series.reduce((sum, one) => sum + one.count, 0);
  const sum = series.reduce((total, one) => total + one.sum, 0);
  return { count: counted, mean: counted === 0 ? undefined : sum / counted };
}

function seriesOf(metrics: MetricsSnapshot, name: string, labels: Labels) {
  const own = metrics.filter((one) => one.name === `nestjs_redis_kit.${name}`);
  const all: readonly MetricsSnapshot[number]['series'][number][] = own.flatMap(
    ({ series }): readonly MetricsSnapshot[number]['series'][number][] => series,
  );
  return all.filter((one) =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
}
