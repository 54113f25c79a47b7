import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheService, getRedisToken } from 'nestjs-redis-kit';
import { startSentinel, type SentinelTopology } from 'nestjs-redis-kit/testing';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

jest.setTimeout(60_000);

let redis: SentinelTopology;
let app: INestApplication | undefined;

beforeAll(async () => {
  redis = await startSentinel();
});
afterEach(async () => {
  for (const sentinel of redis.sentinels) sentinel.thaw();
  await app?.close();
  app = undefined;
});
afterAll(() => redis.stop());

describe('with a Sentinel that is frozen, and named first', () => {
  it('every client finds the primary by the next one', async () => {
    redis.sentinels[0]!.freeze();
    app = await startApp({
      connection: redis.connection,
      cache: { deadline: '5s', memory: false },
    });
    const cache = app.get(CacheService);
    await eventually(async () => {
      await cache.set('key', 'value');
      expect(await cache.get('key')).toBe('value');
    });
    expect(await app.get<Redis>(getRedisToken()).ping()).toBe('PONG');
  });
});
