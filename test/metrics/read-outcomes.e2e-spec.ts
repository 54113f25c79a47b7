import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { CacheService, RedisMetrics, type EntryOptions } from 'nestjs-redis-kit';
import { RedisMetricsModule } from 'nestjs-redis-kit/metrics';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.startStandalone();
});
afterEach(() => app.close());
afterAll(() => redis.stop());

async function start(memory: false | undefined): Promise<void> {
  app = await startApp(
    { connection: redis.url, cache: { deadline: '10s', ...(memory === false && { memory }) } },
    { imports: [RedisMetricsModule.forRoot()] },
  );
}

/** Of the cache `default`: reads by result, and loads. */
function counted(): Record<string, number> {
  const all = app.get(RedisMetrics).snapshot();
  const of = (name: string) => all.find((one) => one.name === `nestjs_redis_kit.cache.${name}`)!;
  const results = of('requests').series.map(({ labels, ...one }) => [
    labels['result'],
    'value' in one ? one.value : 0,
  ]);
  const loads = of('load.duration').series.map((one) => ('count' in one ? one.count : 0));
  const sum = loads.reduce((total, count) => total + count, 0);
  return { ...Object.fromEntries(results), loads: sum } as Record<string, number>;
}

/** Reads until one is answered by a stale value. @returns how many reads it took */
async function readUntilStale(options: EntryOptions, load: () => unknown): Promise<number> {
  let reads = 0;
  await eventually(async () => {
    reads += 1;
    await app.get(CacheService).getOrSet('k', load, options);
    expect(counted()['stale']).toBe(1);
  });
  return reads;
}

function outcomes(): number {
  const { l1 = 0, l2 = 0, stale = 0, miss = 0 } = counted();
  return l1 + l2 + stale + miss;
}

describe.each([
  ['with a tier in memory', undefined],
  ['without one', false as const],
])('each read is counted once %s', (_name, memory) => {
  it('where a refresh in the background follows it', async () => {
    await start(memory);
    const cache = app.get(CacheService);
    await cache.delete('k');
    const options = { ttl: '50ms', staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', () => 1, options);
    expect(counted()).toMatchObject({ miss: 1, loads: 1 });
    const more = await readUntilStale(options, () => 2);
    await eventually(() => expect(counted()['loads']).toBeGreaterThan(1));
    expect(outcomes()).toBe(1 + more);
    expect(counted()['miss']).toBe(1);
  });

  it('where a stale value stands in for a load that failed', async () => {
    await start(memory);
    const cache = app.get(CacheService);
    await cache.delete('k');
    const options = { ttl: '50ms', staleIfError: '1h' } as const;
    await cache.getOrSet('k', () => 1, options);
    const more = await readUntilStale(options, () => {
      throw new Error('The source is down.');
    });
    expect(outcomes()).toBe(1 + more);
    expect(counted()).toMatchObject({ miss: 1, stale: 1, loads: 2 });
  });
});

it('a load that fails for good is a miss', async () => {
  await start(undefined);
  const failing = (): never => {
    throw new Error('The source is down.');
  };
  await expect(app.get(CacheService).getOrSet('cold', failing)).rejects.toThrow('source is down');
  expect(counted()).toMatchObject({ miss: 1 });
});
