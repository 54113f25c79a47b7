import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { Redis } from 'ioredis';
import { resolveCacheOptions } from '../../libs/redis/src/cache/cache.options.js';
import { SharedState } from '../../libs/redis/src/cache/shared-state.js';
import { MemoryStore } from '../../libs/redis/src/cache/stores/memory.store.js';
import { RedisStore } from '../../libs/redis/src/cache/stores/redis.store.js';
import { TieredStore } from '../../libs/redis/src/cache/stores/tiered.store.js';
import { PATIENCE } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { describeStore, type StoreUnderTest } from './store-contract.js';

let redis: RedisServer;
const ends: (() => void)[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

function newClock(): StoreUnderTest['clock'] {
  let now = Date.now();
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

function newMemory(clock: StoreUnderTest['clock']): MemoryStore<unknown> {
  return new MemoryStore({ maxEntries: 100, maxBytes: 1e6, ttlMs: 60_000, clock });
}

async function startShared(clock: StoreUnderTest['clock']): Promise<SharedState> {
  const [client, subscriber] = [redis.client(), redis.client()] as [Redis, Redis];
  const shared = new SharedState({
    options: resolveCacheOptions({ deadline: PATIENCE }),
    client,
    subscriber,
    clock,
    log: () => undefined,
  });
  // As RedisConnections does with the clients of an application.
  await Promise.all([client.connect(), subscriber.connect()]);
  shared.start();
  ends.push(() => {
    shared.stop();
    client.disconnect();
    subscriber.disconnect();
  });
  await eventually(() => {
    if (!shared.bus.isSubscribed) throw new Error('not yet');
  });
  return shared;
}

function newRedisStore(shared: SharedState): RedisStore<unknown> {
  const { pending: gate, keys, clock } = shared;
  return new RedisStore({
    cache: 'contract',
    gate,
    keys,
    clock,
    codec: resolveCacheOptions().codec,
  });
}

function asStore(
  store: Pick<StoreUnderTest, 'get' | 'set' | 'delete'>,
  clock: StoreUnderTest['clock'],
): StoreUnderTest {
  return {
    get: (key) => store.get(key),
    set: (key, entry) => store.set(key, entry),
    delete: (key) => store.delete(key),
    clock,
  };
}

describe('MemoryStore', () => {
  describeStore(() => {
    const clock = newClock();
    return asStore(newMemory(clock), clock);
  });
});

describe('RedisStore', () => {
  describeStore(async () => {
    const clock = newClock();
    return asStore(newRedisStore(await startShared(clock)), clock);
  });
});

describe.each([
  ['with memory', true],
  ['without memory', false],
])('TieredStore %s', (_, hasMemory) => {
  describeStore(async () => {
    const clock = newClock();
    const shared = await startShared(clock);
    const { bus, generations, invalidator, pending: gate } = shared;
    const tiers = new TieredStore<unknown>({
      cache: 'contract',
      memory: hasMemory ? newMemory(clock) : undefined,
      redis: newRedisStore(shared),
      gate,
      bus,
      generations,
      invalidator,
      failures: shared.failures('contract'),
    });
    bus.listen({ invalidated: (one) => tiers.apply(one), reset: () => tiers.reset() });
    return asStore(
      {
        get: async (key) => (await tiers.get(key))?.entry,
        set: (key, entry) => tiers.set(key, entry),
        delete: (key) => tiers.delete(key),
      },
      clock,
    );
  });
});
