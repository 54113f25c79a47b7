import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const ENTRIES = 1_000_000;
const TAGGED = 100_000;
const AT_ONCE = 1000;

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp({
    connection: redis.url,
    cache: { ttl: '1h', deadline: '10s', memory: { maxEntries: 1000 } },
  });
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

async function commands(): Promise<number> {
  const stats = await redis.use((client) => client.info('commandstats'));
  // The cost of looking, and of the heartbeat, is not counted.
  const counted = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].filter(
    ([, name]) => !/^(info|ping|time|hello|client|auth)/.test(name ?? ''),
  );
  return counted.reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

it(
  'invalidates 100,000 of 1,000,000 entries by two commands',
  async () => {
    const cache = app.get(CacheService);
    for (let at = 0; at < ENTRIES; at += AT_ONCE) {
      const keys = Array.from({ length: AT_ONCE }, (_, index) => at + index);
      await Promise.all(
        keys.map((key) =>
          cache.set(`key:${key}`, key, { tags: key < TAGGED ? ['some', 'all'] : ['all'] }),
        ),
      );
    }
    const before = await commands();
    const startedAt = performance.now();
    await cache.invalidateTags(['some']);
    const ms = performance.now() - startedAt;
    expect((await commands()) - before).toBeLessThanOrEqual(2);
    console.log(`${TAGGED} of ${ENTRIES} entries invalidated in ${ms.toFixed(2)} ms`);
    expect(await cache.get('key:0')).toBeUndefined();
    expect(await cache.get(`key:${TAGGED - 1}`)).toBeUndefined();
    expect(await cache.get(`key:${TAGGED}`)).toBe(TAGGED);
  },
  10 * 60_000,
);
