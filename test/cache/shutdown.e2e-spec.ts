import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { CacheNode } from './cache-node.js';

/** 1.5 s to deliver, 1 s to say goodbye to a server that does not answer, and a busy machine. */
const CLOSED_WITHIN_MS = 4000;

let redis: RedisServer;
let app: INestApplication;
let other: CacheNode;

beforeEach(async () => {
  redis = await RedisServer.start();
  [app, other] = await Promise.all([
    startApp({ connection: redis.url }),
    CacheNode.start({ url: redis.url }),
  ]);
});
afterEach(async () => {
  await other.kill();
  await redis.stop();
});

/** The other node holds the value in memory, where only a message can end it. */
async function plant(): Promise<CacheService> {
  const cache = app.get(CacheService);
  await cache.getOrSet('key', () => 'old', { tags: ['tag'] });
  await eventually(async () =>
    expect(await other.find('key')).toEqual({ value: 'old', tier: 'l1' }),
  );
  return cache;
}

describe('an application that ends', () => {
  it.each<[string, (cache: CacheService) => Promise<unknown>]>([
    ['delete', (cache) => cache.delete('key')],
    ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
    ['clear', (cache) => cache.clear()],
  ])(
    'delivers a %s that Redis did not take before',
    async (_, invalidate) => {
      const cache = await plant();
      redis.freeze();
      await invalidate(cache);
      redis.thaw();
      await app.close();
      await eventually(async () => expect(await other.find('key')).toBeUndefined(), 500);
    },
    15_000,
  );

  it('delivers it also where the breaker has opened meanwhile', async () => {
    const cache = await plant();
    redis.freeze();
    for (let tries = 0; tries < 4; tries += 1) await cache.delete('key');
    redis.thaw();
    await app.close();
    await eventually(async () => expect(await other.find('key')).toBeUndefined(), 500);
  }, 15_000);

  it('ends in time where Redis stays frozen', async () => {
    const cache = await plant();
    redis.freeze();
    await cache.delete('key');
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(CLOSED_WITHIN_MS);
  }, 15_000);
});
