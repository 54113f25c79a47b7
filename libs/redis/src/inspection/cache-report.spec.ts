import { expect, it, jest } from '@jest/globals';
import { RedisMetrics } from '../metrics/redis-metrics.js';
import { cacheReports } from './cache-report.js';
import { KeyNames } from './key-names.js';
import type { SampledKey } from './key-sample.js';

const CACHES = 500;
const KEYS = 2000;

function sampled(): SampledKey[] {
  return Array.from({ length: KEYS }, (_, at) => ({
    key: `cache:entry:c${at % CACHES}:{k${at}}`,
    node: { address: 'a:1', redis: undefined as never },
  }));
}

it('looks at each key once, however many caches there are', () => {
  const metrics = new RedisMetrics();
  for (let at = 0; at < CACHES; at += 1) {
    metrics.add('cacheRequests', 3, `c${at}`, 'l2');
    metrics.add('cacheRequests', 1, `c${at}`, 'miss');
    metrics.observe('cacheLoadDuration', 0.5, `c${at}`, 'loaded');
    metrics.observe('cacheLoadDuration', 1.5, `c${at}`, 'failed');
  }
  const names = new KeyNames({ cache: 'cache:', session: 'sess:' });
  const ownerOf = jest.spyOn(names, 'ownerOf');
  const reports = cacheReports({
    caches: Array.from({ length: CACHES }, (_, at) => ({
      name: `c${at}`,
      ttlMs: 1000,
      memory: undefined,
    })),
    sample: { keys: sampled(), total: 2 * KEYS, isComplete: false },
    measured: [],
    names,
    metrics: metrics.snapshot(),
  });
  expect(ownerOf).toHaveBeenCalledTimes(KEYS);
  expect(reports).toHaveLength(CACHES);
  for (const { redis, traffic } of reports) {
    expect(redis).toMatchObject({ entries: 8, bytes: undefined, isExact: false });
    expect(traffic).toMatchObject({ l2Hits: 3, misses: 1, hitRatio: 0.75, loads: 2 });
    expect(traffic.meanLoadMs).toBe(1000);
  }
});
