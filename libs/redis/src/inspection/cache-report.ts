import type { CacheState, MemoryTierState } from '../cache/cache-inventory.js';
import type { MetricsSnapshot } from '../metrics/redis-metrics.js';
import type { KeyNames } from './key-names.js';
import { ttlHistogram, type TtlHistogram } from './key-report.js';
import type { KeySample, MeasuredKey } from './key-sample.js';
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

export function cacheReports(input: CacheReportInput): CacheReport[] {
  return input.caches.map((cache) => ({
    ...cache,
    redis: inRedis(cache.name, input),
    traffic: trafficOf(cache.name, input.metrics),
  }));
}

function inRedis(
  cache: string,
  { sample, measured, names }: CacheReportInput,
): CacheReport['redis'] {
  const isOwn = ({ key }: { readonly key: string }): boolean => {
    const owner = names.ownerOf(key);
    return owner.kind === 'entry' && owner.cache === cache;
  };
  const found = sample.keys.filter(isOwn).length;
  const entries = Math.round(found * scaleOf(sample));
  const own = measured.filter(isOwn);
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
  const metric = metrics.find((one) => one.name === `nestjs_redis_kit.${name}`);
  const all: readonly MetricsSnapshot[number]['series'][number][] = metric?.series ?? [];
  return all.filter((one) =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
}
