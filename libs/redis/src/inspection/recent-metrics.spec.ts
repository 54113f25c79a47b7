import { expect, it } from '@jest/globals';
import { RedisMetrics } from '../metrics/redis-metrics.js';
import { count, trafficOf } from './cache-report.js';
import { RecentMetrics } from './recent-metrics.js';

const MINUTE = 60_000;

function setUp() {
  let now = 0;
  const metrics = new RedisMetrics();
  const recent = new RecentMetrics(() => now);
  return {
    metrics,
    pass: (ms: number) => void (now += ms),
    traffic: (startedAt = 1) => trafficOf('products', recent.since(metrics.snapshot(), startedAt)),
    refused: () =>
      count(recent.since(metrics.snapshot(), 1), 'session.refusals', { reason: 'too-large' }),
  };
}

it('is all at first, and forgets what is older than a quarter of an hour', () => {
  const { metrics, pass, traffic, refused } = setUp();
  metrics.add('cacheRequests', 100, 'products', 'miss');
  metrics.add('sessionRefusals', 2, 'too-large');
  metrics.observe('cacheLoadDuration', 2, 'products', 'loaded');
  expect([traffic().misses, refused(), traffic().meanLoadMs]).toEqual([100, 2, 2000]);
  pass(10 * MINUTE);
  metrics.add('cacheRequests', 7, 'products', 'l1');
  expect(traffic()).toMatchObject({ misses: 100, l1Hits: 7 });
  pass(6 * MINUTE);
  metrics.add('cacheRequests', 1, 'products', 'l1');
  metrics.observe('cacheLoadDuration', 0.5, 'products', 'loaded');
  expect(traffic()).toMatchObject({ misses: 0, l1Hits: 8, loads: 1, meanLoadMs: 500, hitRatio: 1 });
  expect(refused()).toBe(0);
  pass(60 * MINUTE);
  expect(traffic()).toMatchObject({ l1Hits: 0, hitRatio: undefined, meanLoadMs: undefined });
});

it('counts from the last time that somebody asked, where that is longer ago', () => {
  const { metrics, pass, traffic } = setUp();
  expect(traffic().misses).toBe(0);
  pass(600 * MINUTE);
  metrics.add('cacheRequests', 3, 'products', 'miss');
  expect(traffic().misses).toBe(3);
});

it('keeps few snapshots, however often it is asked', () => {
  const { metrics, pass, traffic } = setUp();
  for (let second = 0; second < 3600; second += 1) {
    metrics.add('cacheRequests', 1, 'products', 'miss');
    expect(traffic().misses).toBeLessThanOrEqual(16 * 60 + 1);
    pass(1000);
  }
  expect(traffic().misses).toBeGreaterThan(14 * 60);
});

it('begins anew where the counting did', () => {
  const { metrics, pass, traffic } = setUp();
  metrics.add('cacheRequests', 100, 'products', 'miss');
  traffic(1);
  pass(20 * MINUTE);
  const fresh = new RedisMetrics();
  fresh.add('cacheRequests', 5, 'products', 'miss');
  expect(new RecentMetrics().since(fresh.snapshot(), 2)).toEqual(fresh.snapshot());
  expect(traffic(2).misses).toBe(100);
});
