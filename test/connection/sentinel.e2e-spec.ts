import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheService, getRedisToken } from 'nestjs-redis-kit';
import { startChaosProxy, startSentinel, type SentinelTopology } from 'nestjs-redis-kit/testing';
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

describe('news of a failover that comes while a client asks the Sentinels for the primary', () => {
  it('does not end the client', async () => {
    const [first, ...others] = redis.sentinels;
    const proxy = await startChaosProxy({ target: first! });
    const { host, port } = proxy;
    app = await startApp({
      connection: {
        ...redis.connection,
        sentinels: [{ host, port }, ...others.map((one) => ({ host: one.host, port: one.port }))],
        options: {
          failoverDetector: true,
          updateSentinels: false,
          sentinelCommandTimeout: 60_000,
          retryStrategy: () => 10,
        },
      },
    });
    const client = app.get<Redis>(getRedisToken());
    const hears = new Promise((resolve) => client.once('failoverSubscribed', resolve));
    expect(await client.ping()).toBe('PONG');
    await hears;

    proxy.set({ blackHole: true });
    await (await redis.primary()).call('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => expect(client.status).toBe('connecting'));
    await redis.failover();
    proxy.restore();
    await eventually(async () => expect(await client.ping()).toBe('PONG'));
    await proxy.stop();
  });
});

// The last one: a Sentinel that was frozen does no failovers for half a minute (TILT).
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
