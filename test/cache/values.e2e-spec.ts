import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { channel } from 'node:diagnostics_channel';
import type { INestApplication } from '@nestjs/common';
import { CacheService, type CacheOptions } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
const apps: INestApplication[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

async function startCache(cache: CacheOptions = {}): Promise<CacheService> {
  const app = await startApp({ connection: redis.url, cache });
  apps.push(app);
  return app.get(CacheService);
}

const nothing = (): never => {
  throw new Error('The loader ran.');
};

describe('values', () => {
  it.each([
    ['zero', 0],
    ['false', false],
    ['empty text', ''],
    ['null', null],
    ['an object', { deep: [1, { two: null }] }],
    ['a Buffer', Buffer.from([0, 1, 255])],
    ['an empty Buffer', Buffer.alloc(0)],
  ])('%s comes back from both tiers, and is a hit', async (_, value) => {
    const tiers = [await startCache(), await startCache({ memory: false })];
    await tiers[0]!.set('key', value);
    for (const cache of tiers) {
      expect(await cache.get('key')).toEqual(value);
      expect(await cache.has('key')).toBe(true);
      expect(await cache.getOrSet('key', nothing)).toEqual(value);
    }
    expect(Buffer.isBuffer(await tiers[1]!.get('key'))).toBe(Buffer.isBuffer(value));
  });

  it('are frozen, whether they were loaded, set or found', async () => {
    const cache = await startCache();
    const other = await startCache({ memory: false });
    const loaded = await cache.getOrSet('loaded', () => ({ list: [1] }));
    await cache.set('set', { list: [1] });
    const values = [loaded, await cache.get('set'), await other.get('loaded')] as {
      list: number[];
    }[];
    for (const value of values) expect(() => value.list.push(2)).toThrow(/not extensible/);
    expect(await other.get('loaded')).toEqual({ list: [1] });
  });

  it('do not freeze the object of the caller, and do not change with it', async () => {
    const cache = await startCache();
    const mine = { count: 1 };
    const setting = cache.set('key', mine, { tags: ['a new tag'] });
    mine.count = 2;
    await setting;
    mine.count = 3;
    expect(await cache.get('key')).toEqual({ count: 1 });
    expect(await cache.getOrSet('loaded', () => mine)).toEqual({ count: 3 });
    expect(Object.isFrozen(mine)).toBe(false);
  });

  it.each([
    ['BigInt', 1n],
    ['a function', () => 1],
    ['undefined', undefined],
  ])('that cannot be stored (%s) are refused by set', async (_, value) => {
    const cache = await startCache();
    await expect(cache.set('key', value)).rejects.toMatchObject({
      code: 'CACHE_VALUE_UNSUPPORTED',
    });
  });

  it('that cannot be stored reach the caller of getOrSet, and count as an error', async () => {
    const cache = await startCache();
    const errors: unknown[] = [];
    const count = (event: unknown): unknown => errors.push(event);
    channel('nestjs-redis-kit:cache:error').subscribe(count);
    expect(await cache.getOrSet('key', () => 1n)).toBe(1n);
    channel('nestjs-redis-kit:cache:error').unsubscribe(count);
    expect(errors).toMatchObject([{ cache: 'default', operation: 'encode' }]);
    expect(await cache.has('key')).toBe(false);
    expect(await redis.use((client) => client.keys('cache:lease:*'))).toEqual([]);
  });

  it('above maxEntryBytes are handed through, and end what was there', async () => {
    const cache = await startCache({ maxEntryBytes: 100 });
    await cache.set('key', 'small');
    await cache.set('key', 'x'.repeat(200));
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 'y'.repeat(200))).toBe('y'.repeat(200));
    expect(await cache.get('key')).toBeUndefined();
  });

  it('are a miss when the bytes in Redis are damaged or of another program', async () => {
    const cache = await startCache({ memory: false });
    await cache.set('key', { a: 1 });
    const name = 'cache:entry:default:{key}';
    const bytes = (await redis.use((client) => client.getBuffer(name)))!;
    for (const damaged of [Buffer.from('foreign'), bytes.subarray(0, -1), Buffer.alloc(0)]) {
      await redis.use((client) => client.set(name, damaged, 'PX', 60_000));
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    }
  });
});

describe('life', () => {
  it('of every key in Redis is limited', async () => {
    const cache = await startCache();
    await cache.set('set', 1, { tags: ['tag'] });
    await cache.getOrSet('loaded', () => 1, { tags: ['other tag'], ttl: '1s' });
    await cache.invalidateTags(['tag']);
    let releaseLoader = (): void => undefined;
    const loading = cache.getOrSet(
      'loading',
      () =>
        new Promise<number>((resolve) => {
          releaseLoader = () => resolve(1);
        }),
    );
    await redis.use(async (client) => {
      await eventually(async () => expect(await client.keys('cache:lease:*')).toHaveLength(1));
      const names = await client.keys('*');
      expect(names.length).toBeGreaterThanOrEqual(5);
      for (const name of names) expect([name, await client.pttl(name)]).not.toEqual([name, -1]);
    });
    releaseLoader();
    await loading;
  });

  it('in memory ends with the life in Redis', async () => {
    const writer = await startCache();
    const reader = await startCache();
    await writer.set('key', 1, { ttl: 1000 });
    const name = 'cache:entry:default:{key}';
    await redis.use(async (client) => {
      await eventually(async () => expect(await client.pttl(name)).toBeLessThan(500));
      expect(await reader.get('key')).toBe(1);
      await eventually(async () => expect(await client.exists(name)).toBe(0));
    });
    // A life of its own would last half a second more.
    await eventually(async () => expect(await reader.get('key')).toBeUndefined(), 200);
  });
});
