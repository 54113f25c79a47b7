import { describe, expect, it } from '@jest/globals';
import type { MetricDefinition } from './catalog.js';
import { CATALOG } from './catalog.js';
import { Counter, Histogram } from './instruments.js';
import { prometheusName } from './prometheus.js';

const metric = (
  labels: string[],
  buckets?: number[],
): MetricDefinition & { buckets: readonly number[] } => ({
  name: 'one',
  kind: 'counter',
  unit: 's',
  help: '',
  labels,
  buckets: buckets ?? [],
});

describe('Counter', () => {
  it('counts each label set by itself', () => {
    const counter = new Counter(metric(['cache', 'result']));
    counter.add(1, ['a', 'miss']);
    counter.add(2, ['a', 'l1']);
    counter.add(3, ['a', 'l1']);
    expect(counter.snapshot()).toEqual([
      { labels: { cache: 'a', result: 'miss' }, value: 1 },
      { labels: { cache: 'a', result: 'l1' }, value: 5 },
    ]);
  });

  it('leaves out a label that does not apply', () => {
    const counter = new Counter(metric(['operation', 'error']));
    counter.add(1, ['GET', '']);
    expect(counter.snapshot()).toEqual([{ labels: { operation: 'GET' }, value: 1 }]);
  });

  it('gives snapshots that later counts leave alone', () => {
    const counter = new Counter(metric([]));
    counter.add(1, []);
    const [series] = counter.snapshot();
    counter.add(1, []);
    expect(series).toEqual({ labels: {}, value: 1 });
  });
});

describe('Histogram', () => {
  it.each([
    [0, [1, 0, 0]],
    // Prometheus: a bound belongs to its bucket.
    [1, [1, 0, 0]],
    [1.5, [0, 1, 0]],
    [10, [0, 1, 0]],
    [11, [0, 0, 1]],
  ])('puts %d into its bucket', (value, counts) => {
    const histogram = new Histogram(metric([], [1, 10]));
    histogram.observe(value, []);
    expect(histogram.snapshot()).toEqual([{ labels: {}, count: 1, sum: value, counts }]);
  });

  it('gives snapshots that later observations leave alone', () => {
    const histogram = new Histogram(metric(['cache'], [1]));
    histogram.observe(1, ['a']);
    const [series] = histogram.snapshot();
    histogram.observe(1, ['a']);
    expect(series).toMatchObject({ count: 1, counts: [1, 0] });
  });
});

describe('the catalog', () => {
  it.each([
    [CATALOG.operationDuration, 'db_client_operation_duration_seconds'],
    [CATALOG.cacheRequests, 'nestjs_redis_kit_cache_requests_total'],
    [CATALOG.cacheIo, 'nestjs_redis_kit_cache_io_bytes_total'],
    [CATALOG.memorySize, 'nestjs_redis_kit_cache_memory_size_bytes'],
    [CATALOG.sessionsActive, 'nestjs_redis_kit_session_active'],
  ])('has a name for Prometheus', (definition, name) => {
    expect(prometheusName(definition)).toBe(name);
  });

  it('has no name twice, and no label for a key, a session or a user', () => {
    const all = Object.values<MetricDefinition>(CATALOG);
    expect(new Set(all.map(prometheusName)).size).toBe(all.length);
    const labels = new Set(all.flatMap((definition) => definition.labels));
    for (const label of ['key', 'handle', 'session', 'user', 'userId', 'tag'])
      expect(labels.has(label)).toBe(false);
  });
});
