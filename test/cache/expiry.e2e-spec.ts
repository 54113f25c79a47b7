import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cache } from '../../libs/redis/src/cache/cache.js';
import {
  resolveCacheOptions,
  type CacheOptions,
} from '../../libs/redis/src/cache/cache.options.js';
import { CacheRuntime } from '../../libs/redis/src/cache/cache-runtime.js';
import type { CacheSource } from '../../libs/redis/src/cache/source/cache-source.js';
import { PATIENCE } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let redis: RedisServer;
let now: number;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(() => {
  now = Date.now();
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  await redis.use((client) => client.flushall());
});
afterAll(() => redis.stop());

/** A node in this process, so that its clock can be turned. */
async function startRuntime(given: CacheOptions): Promise<CacheRuntime> {
  const clients = [redis.client(), redis.client()] as const;
  const runtime = new CacheRuntime({
    options: resolveCacheOptions({ deadline: PATIENCE, ...given }),
    client: clients[0],
    subscriber: clients[1],
    clock: { now: () => now },
    log: () => undefined,
    workerClient: () => redis.client(),
  });
  // As RedisConnections does with the clients of an application.
  await Promise.all(clients.map((client) => client.connect()));
  runtime.start();
  ends.push(async () => {
    await runtime.stop();
    for (const client of clients) client.disconnect();
  });
  return runtime;
}

async function startCache(given: CacheOptions): Promise<Cache<unknown>> {
  const runtime = await startRuntime(given);
  return runtime.create('default', resolveCacheOptions(given).codec);
}

const lifeInRedis = (): Promise<number> =>
  redis.use((client) => client.pttl('cache:entry:default:{k}'));

describe('expiry since the last write', () => {
  it('is what a cache does that says nothing: a write gives a full TTL, a read does not', async () => {
    const cache = await startCache({ ttl: '1h' });
    await cache.set('k', 1);
    now += 40 * MINUTE;
    await cache.get('k');
    expect(await cache.ttl('k')).toBe(20 * MINUTE);
    await cache.set('k', 2);
    expect(await cache.ttl('k')).toBe(HOUR);
  });
});

describe('expiry since the first write', () => {
  it.each<[string, (cache: Cache<unknown>) => Promise<unknown>]>([
    ['set', (cache) => cache.set('k', 2)],
    ['setMany', (cache) => cache.setMany([['k', 2]])],
  ])('keeps what is left of the TTL when %s replaces the value', async (_, write) => {
    const cache = await startCache({ ttl: '1h', expiry: 'created' });
    await cache.set('k', 1);
    now += 40 * MINUTE;
    await write(cache);
    expect(await cache.ttl('k')).toBe(20 * MINUTE);
    expect(await lifeInRedis()).toBeLessThanOrEqual(20 * MINUTE);
    now += 20 * MINUTE;
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', 3);
    expect(await cache.ttl('k')).toBe(HOUR);
  });

  it('starts anew after a delete', async () => {
    const cache = await startCache({ ttl: '1h', expiry: 'created' });
    await cache.set('k', 1);
    now += 40 * MINUTE;
    await cache.delete('k');
    await cache.set('k', 2);
    expect(await cache.ttl('k')).toBe(HOUR);
  });
});

describe('expiry since the last access', () => {
  it.each<[string, (cache: Cache<unknown>) => Promise<unknown>]>([
    ['get', (cache) => cache.get('k')],
    ['getMany', (cache) => cache.getMany(['k', 'none'])],
    ['getOrSet', (cache) => cache.getOrSet('k', () => 2)],
    ['getOrSetMany', (cache) => cache.getOrSetMany(['k'], () => new Map())],
  ])('is prolonged by %s, in memory and in Redis', async (_, read) => {
    const [cache, other] = await Promise.all([
      startCache({ ttl: '1h', expiry: 'accessed' }),
      startCache({ ttl: '1h', expiry: 'accessed' }),
    ]);
    await cache.set('k', 1);
    for (let reads = 0; reads < 3; reads += 1) {
      now += 40 * MINUTE;
      await read(cache);
      await eventually(async () => expect(await cache.ttl('k')).toBe(HOUR));
    }
    expect(await lifeInRedis()).toBeGreaterThan(59 * MINUTE);
    expect(await other.get('k')).toBe(1);
    now += HOUR;
    expect(await cache.get('k')).toBeUndefined();
  });

  it.each<[string, (cache: Cache<unknown>) => Promise<unknown>]>([
    ['set', (cache) => cache.set('k', 1, { ttl: '10m' })],
    ['setMany', (cache) => cache.setMany([['k', 1]], { ttl: '10m' })],
    ['getOrSet', (cache) => cache.getOrSet('k', () => 1, { ttl: '10m' })],
    ['setTtl of a loader', (cache) => cache.getOrSet('k', ({ setTtl }) => (setTtl('10m'), 1))],
    ['nullTtl', (cache) => cache.set('k', null)],
    [
      'touch',
      async (cache) => {
        await cache.set('k', 1);
        await cache.touch('k', '10m');
      },
    ],
  ])('gives an entry the TTL again that it has by %s', async (_, write) => {
    const options = { ttl: '1h', nullTtl: '10m', expiry: 'accessed' } as const;
    const [cache, other] = await Promise.all([startCache(options), startCache(options)]);
    await write(cache);
    for (let reads = 0; reads < 3; reads += 1) {
      now += 8 * MINUTE;
      // Another node, which knows the TTL from Redis alone. What it reads while word of the write is on its way is not kept.
      await eventually(async () => {
        await other.get('k');
        expect(await other.ttl('k')).toBe(10 * MINUTE);
      });
    }
    expect(await lifeInRedis()).toBeLessThanOrEqual(10 * MINUTE);
    now += 10 * MINUTE;
    expect(await other.get('k')).toBeUndefined();
  });

  it('reads Redis again where the copy in memory ends before the entry does', async () => {
    const [cache, other] = await Promise.all([
      startCache({ ttl: '1h', expiry: 'accessed', memory: { ttl: '1d' } }),
      startCache({ ttl: '1h', expiry: 'accessed', memory: { ttl: '1d' } }),
    ]);
    await cache.set('k', 1);
    await eventually(async () => expect((await other.find('k'))?.tier).toBe('l1'));
    now += 40 * MINUTE;
    await cache.get('k');
    await eventually(async () => expect(await cache.ttl('k')).toBe(HOUR));
    now += 40 * MINUTE;
    expect(await other.find('k')).toMatchObject({ tier: 'l2', entry: { value: 1 } });
  });

  it('does not write while 90 % of the time are left', async () => {
    const cache = await startCache({ ttl: '1h', expiry: 'accessed' });
    await cache.set('k', 1);
    now += 5 * MINUTE;
    await redis.use(async (client) => {
      await client.config('RESETSTAT');
      for (let reads = 0; reads < 20; reads += 1) await cache.get('k');
      expect(await client.info('commandstats')).not.toMatch(/cmdstat_(evalsha|set):/);
    });
    expect(await cache.ttl('k')).toBe(55 * MINUTE);
  });

  it('ends at maxLifetime, however often the entry is read or touched', async () => {
    const cache = await startCache({ ttl: '1h', expiry: 'accessed', maxLifetime: '90m' });
    await cache.set('k', 1);
    now += 40 * MINUTE;
    await cache.get('k');
    await eventually(async () => expect(await cache.ttl('k')).toBe(50 * MINUTE));
    expect(await cache.touch('k', '1d')).toBe(true);
    now += 50 * MINUTE;
    expect(await cache.get('k')).toBeUndefined();
  });

  it('does not bring back what was deleted while it is prolonged', async () => {
    const cache = await startCache({ ttl: '1h', expiry: 'accessed' });
    for (let round = 0; round < 20; round += 1) {
      await cache.set('k', round);
      now += 40 * MINUTE;
      await Promise.all([cache.get('k'), cache.delete('k')]);
      await cache.get('k');
      expect(await lifeInRedis()).toBe(-2);
    }
  });
});

describe('touch', () => {
  it('does not make a stale entry fresh', async () => {
    const cache = await startCache({ ttl: '1h', staleIfError: '1h' });
    await cache.set('k', 1);
    now += HOUR;
    expect(await cache.touch('k')).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('leaves an encrypted entry readable under its new life', async () => {
    const encryption = { keys: [{ id: 'one', secret: 'ab'.repeat(32) }] };
    const options = { ttl: '1h', encryption } as CacheOptions;
    const [cache, other] = await Promise.all([startCache(options), startCache(options)]);
    await cache.set('k', { secret: 1 });
    expect(await cache.touch('k', '2h')).toBe(true);
    expect(await other.get('k')).toEqual({ secret: 1 });
    expect(await other.ttl('k')).toBe(2 * HOUR);
  });
});

describe('stale entries', () => {
  it('are loaded again by getOrSetMany in one batch, or served where the policy says so', async () => {
    const cache = await startCache({ ttl: '1h', staleIfError: '1h' });
    await cache.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    now += HOUR;
    const failing = await cache.getOrSetMany(['a', 'b'], () => Promise.reject(new Error('down')));
    expect([...failing.values()]).toEqual([1, 2]);
    now += 6000;
    const batches: string[][] = [];
    const loaded = await cache.getOrSetMany(['a', 'b', 'c'], (keys) => {
      batches.push([...keys]);
      return new Map(keys.map((key) => [key, `new ${key}`]));
    });
    expect([...loaded.values()]).toEqual(['new a', 'new b', 'new c']);
    expect(batches.flat().toSorted()).toEqual(['a', 'b', 'c']);
  });
});

describe('namespace', () => {
  it('keeps out a load that its clear overtook, and tells the loader its own key', async () => {
    const cache = await startCache({});
    const inner = cache.namespace('a');
    const keys: string[] = [];
    let finish = (): void => undefined;
    const loading = inner.getOrSet('k', async ({ key }) => {
      keys.push(key);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return 'old';
    });
    await eventually(() => expect(keys).toEqual(['k']));
    await inner.clear();
    finish();
    expect(await loading).toBe('old');
    expect(await inner.get('k')).toBeUndefined();
    await inner.getOrSetMany(['k'], (asked) => new Map(asked.map((key) => [key, `many ${key}`])));
    expect(await inner.getMany(['k'])).toEqual(new Map([['k', 'many k']]));
    expect(await cache.get('k')).toBeUndefined();
  });
});

describe('a cache with a source', () => {
  function startSourced(source: CacheSource<string>): Promise<Cache<unknown>> {
    return startRuntime({}).then((runtime) => {
      const cache = runtime.named('rows', { source: 'Rows' }, () => source);
      runtime.startWriters();
      return cache;
    });
  }

  it('loads what getMany misses, and writes what setMany and deleteMany change', async () => {
    const rows = new Map([['a', 'row a']]);
    const loads: string[] = [];
    const cache = await startSourced({
      load: (key) => {
        loads.push(key);
        return rows.get(key);
      },
      write: (key, value) => void rows.set(key, value),
      remove: (key) => void rows.delete(key),
    });
    expect(await cache.getMany(['a', '~none'])).toEqual(new Map([['a', 'row a']]));
    await cache.setMany([
      ['~b', 'row b'],
      ['c', 'row c'],
    ]);
    expect([...rows.keys()]).toEqual(['a', '~b', 'c']);
    expect(await cache.getMany(['a', '~b', 'c'])).toHaveProperty('size', 3);
    expect(loads).toEqual(['a', '~none']);
    expect(await cache.deleteMany(['a', '~b'])).toBe(2);
    expect([...rows.keys()]).toEqual(['c']);
  });

  it('tells which write failed, once all are done', async () => {
    const written: string[] = [];
    const cache = await startSourced({
      write: (key) => {
        if (key === 'a') throw new Error('no a');
        written.push(key);
      },
    });
    await expect(
      cache.setMany([
        ['a', '1'],
        ['b', '2'],
      ]),
    ).rejects.toThrow('no a');
    expect(written).toEqual(['b']);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['b', '2']]));
  });

  it('has no namespaces', async () => {
    const cache = await startSourced({ load: () => undefined });
    expect(() => cache.namespace('a')).toThrow(/source/);
  });
});
