import { describe, expect, it } from '@jest/globals';
import { serverInfo } from '../inspection/server-info.js';
import { RedisMetrics } from '../metrics/redis-metrics.js';
import { percentile, samplePoint, type Totals } from './sample-point.js';

const server = (evicted: number): ReturnType<typeof serverInfo> =>
  serverInfo(
    'a:1',
    `used_memory:1000\nmaxmemory:4000\nevicted_keys:${evicted}\ninstantaneous_ops_per_sec:7\n`,
  );

function moment(at: number, metrics: RedisMetrics, evicted: number | undefined): Totals {
  const servers = evicted === undefined ? [] : [server(evicted)];
  return { at, tick: at, metrics: metrics.snapshot(), servers, isWhole: true, sessions: 12 };
}

describe('a point', () => {
  it('tells what happened since the one before, per second', () => {
    const metrics = new RedisMetrics();
    metrics.add('cacheRequests', 1000, 'products', 'l1');
    const before = moment(10_000, metrics, 5);
    metrics.add('cacheRequests', 6, 'products', 'l1');
    metrics.add('cacheRequests', 10, 'http', 'l2');
    metrics.add('cacheRequests', 4, 'http', 'miss');
    for (let at = 0; at < 100; at += 1)
      metrics.observe('operationDuration', 0.0007, 'redis', 'GET', '', 'cache');
    const point = samplePoint(before, moment(12_000, metrics, 25));
    expect(point).toMatchObject({ at: 12_000, hitRatio: 0.8, l1: 3, l2: 5, stale: 0, miss: 2 });
    expect(point).toMatchObject({
      used: 1000,
      max: 4000,
      evicted: 10,
      commands: 7,
      sessions: 12,
      active: null,
    });
    expect(point.p50).toBeGreaterThan(0.5);
    expect(point.p99).toBeLessThanOrEqual(1);
  });

  it('leaves open what nobody knows', () => {
    const metrics = new RedisMetrics();
    const quiet = samplePoint(moment(0, metrics, 5), moment(1000, metrics, undefined));
    expect(quiet).toMatchObject({ hitRatio: null, p95: null, used: null, evicted: null });
  });

  it('does not take half a Cluster for the whole', () => {
    const metrics = new RedisMetrics();
    const half = { ...moment(1000, metrics, 9), isWhole: false };
    const point = samplePoint(moment(0, metrics, 5), half);
    expect(point).toMatchObject({ used: null, max: null, evicted: null, commands: null });
    const other = { ...moment(2000, metrics, 900), servers: [{ ...server(900), address: 'b:2' }] };
    expect(samplePoint(moment(1000, metrics, 5), other).evicted).toBeNull();
  });

  it('takes rates by a clock that nobody sets', () => {
    const metrics = new RedisMetrics();
    const before = moment(3_600_000, metrics, 5);
    metrics.add('cacheRequests', 10, 'http', 'l2');
    const setBack = { ...moment(3_600_001, metrics, 5), tick: 3_605_000 };
    expect(samplePoint(before, setBack).l2).toBe(2);
  });

  it('takes a server that began anew for no eviction', () => {
    const metrics = new RedisMetrics();
    expect(samplePoint(moment(0, metrics, 50), moment(1000, metrics, 0)).evicted).toBe(0);
  });
});

describe('a percentile', () => {
  const bounds = [1, 2, 4];

  it.each([
    [[0, 10, 0, 0], 0.5, 1.5],
    [[10, 0, 0, 0], 0.9, 0.9],
    [[5, 0, 5, 0], 1, 4],
    [[0, 0, 0, 3], 0.5, 4],
    [[0, 0, 0, 0], 0.5, undefined],
  ])('of %j at %d is %d', (counts, part, value) => {
    expect(percentile({ bounds, counts }, part)).toBe(value);
  });
});
