import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { INestApplication } from '@nestjs/common';
import { Cache, getCacheToken, RedisModule, type NamedCacheOptions } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
const apps: INestApplication[] = [];
let run = 0;

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(() => {
  run += 1;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(() => redis.stop());

/** A node with one cache; entries are made stale by a short TTL, which the tests wait out by condition. */
async function node(options: NamedCacheOptions): Promise<Cache<unknown>> {
  const app = await startApp(
    { connection: redis.url, cache: { prefix: `run${run}:` } },
    { imports: [RedisModule.forFeature({ caches: { things: options } })] },
  );
  apps.push(app);
  return app.get<Cache<unknown>>(getCacheToken('things'));
}

/** Puts a value there and waits until its time is over. */
async function stale(cache: Cache<unknown>, value: unknown): Promise<void> {
  await cache.getOrSet('k', () => value, { ttl: 20 });
  await eventually(async () => expect(await cache.has('k')).toBe(false));
}

/** A loader that ends when it is told to. */
function gate<T>(value: T): { load: () => Promise<T>; open: () => void; runs: () => number } {
  const { promise, open } = opened();
  let runs = 0;
  return {
    load: async () => {
      runs += 1;
      await promise;
      return value;
    },
    open,
    runs: () => runs,
  };
}

function opened(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const failing = (): never => {
  throw new Error('The source is down.');
};

describe('staleWhileRevalidate', () => {
  it('serves the stale value at once while one caller loads it again', async () => {
    const cache = await node({ staleWhileRevalidate: '1h' });
    await stale(cache, 'old');
    const slow = gate('new');
    const values = await Promise.all(
      Array.from({ length: 20 }, () => cache.getOrSet('k', slow.load)),
    );
    expect(new Set(values)).toEqual(new Set(['old']));
    await eventually(() => expect(slow.runs()).toBe(1));
    slow.open();
    await eventually(async () => expect(await cache.get('k')).toBe('new'));
    expect(slow.runs()).toBe(1);
  });

  it('loads again on one of two nodes', async () => {
    const [one, two] = [
      await node({ staleWhileRevalidate: '1h' }),
      await node({ staleWhileRevalidate: '1h' }),
    ];
    await stale(one, 'old');
    const [here, there] = [gate('new'), gate('new')];
    expect(await one.getOrSet('k', here.load)).toBe('old');
    await eventually(() => expect(here.runs()).toBe(1));
    expect(await two.getOrSet('k', there.load)).toBe('old');
    here.open();
    await eventually(async () => expect(await two.get('k')).toBe('new'));
    expect(there.runs()).toBe(0);
  });

  it('keeps the stale value and does not ask again at once when the load fails', async () => {
    const cache = await node({ staleWhileRevalidate: '1h', retryAfter: '1h' });
    await stale(cache, 'old');
    let runs = 0;
    const load = (): never => {
      runs += 1;
      return failing();
    };
    expect(await cache.getOrSet('k', load)).toBe('old');
    await eventually(() => expect(runs).toBe(1));
    for (let i = 0; i < 5; i += 1) expect(await cache.getOrSet('k', load)).toBe('old');
    expect(runs).toBe(1);
  });

  it('never brings back what was invalidated', async () => {
    const cache = await node({ staleWhileRevalidate: '1h', staleIfError: '1h' });
    await cache.getOrSet('k', () => 'old', { ttl: 20, tags: ['t'] });
    await eventually(async () => expect(await cache.has('k')).toBe(false));
    await cache.invalidateTags(['t']);
    expect(await cache.getOrSet('k', () => 'new', { tags: ['t'] })).toBe('new');
    await cache.invalidateTags(['t']);
    await expect(cache.getOrSet('k', failing)).rejects.toThrow('The source is down.');
  });

  it('drops a refresh that an invalidation overtook', async () => {
    const cache = await node({ staleWhileRevalidate: '1h' });
    await stale(cache, 'old');
    const slow = gate('read before the change');
    expect(await cache.getOrSet('k', slow.load)).toBe('old');
    await eventually(() => expect(slow.runs()).toBe(1));
    await cache.delete('k');
    slow.open();
    expect(await cache.getOrSet('k', () => 'read after the change')).toBe('read after the change');
    expect(await cache.get('k')).toBe('read after the change');
  });
});

describe('staleIfError', () => {
  it('serves the stale value when the load fails, and counts the back-off from then', async () => {
    const cache = await node({ staleIfError: '1h', retryAfter: '1h' });
    await stale(cache, 'old');
    let runs = 0;
    const load = (): never => {
      runs += 1;
      return failing();
    };
    for (let i = 0; i < 5; i += 1) expect(await cache.getOrSet('k', load)).toBe('old');
    expect(runs).toBe(1);
  });

  it('loads first: a source that works gives the new value', async () => {
    const cache = await node({ staleIfError: '1h' });
    await stale(cache, 'old');
    expect(await cache.getOrSet('k', () => 'new')).toBe('new');
  });

  it('lets through an error that the predicate does not cover', async () => {
    const cache = await node({
      staleIfError: '1h',
      serveStaleOn: (error) => !String(error).includes('not found'),
    });
    await stale(cache, 'old');
    await expect(cache.getOrSet('k', () => Promise.reject(new Error('not found')))).rejects.toThrow(
      'not found',
    );
    expect(await cache.getOrSet('k', failing)).toBe('old');
  });

  it('is found in Redis by another node, and ends with its time', async () => {
    const [one, two] = [await node({ staleIfError: '1h' }), await node({ staleIfError: '1h' })];
    await stale(one, 'old');
    expect(await two.getOrSet('k', failing)).toBe('old');
    const left = await redis.use((client) => client.pttl(`run${run}:entry:things:{k}`));
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_020);
  });

  it('tells of each stale answer', async () => {
    const cache = await node({ staleIfError: '1h' });
    await stale(cache, 'old');
    const told: unknown[] = [];
    const listen = (event: unknown): void => void told.push(event);
    subscribe('nestjs-redis-kit:cache:stale', listen);
    await cache.getOrSet('k', failing);
    unsubscribe('nestjs-redis-kit:cache:stale', listen);
    expect(told).toEqual([{ cache: 'things', key: 'k', reason: 'error' }]);
  });
});

describe('timeouts of a loader', () => {
  it('serves the stale value after the soft one, and keeps what comes late', async () => {
    const cache = await node({ staleIfError: '1h', softTimeout: 20, retryAfter: 1 });
    await stale(cache, 'old');
    const slow = gate('late');
    expect(await cache.getOrSet('k', slow.load)).toBe('old');
    expect(await cache.getOrSet('k', slow.load)).toBe('old');
    slow.open();
    await eventually(async () => expect(await cache.get('k')).toBe('late'));
    expect(slow.runs()).toBe(1);
  });

  it('waits beyond the soft one where there is nothing to serve', async () => {
    const cache = await node({ staleIfError: '1h', softTimeout: 10 });
    const slow = gate('value');
    const pending = cache.getOrSet('k', slow.load);
    await eventually(() => expect(slow.runs()).toBe(1));
    slow.open();
    expect(await pending).toBe('value');
  });

  it('gives up at the hard one, aborts the signal, and lets the next caller load', async () => {
    const cache = await node({ hardTimeout: 30 });
    let signal: AbortSignal | undefined;
    const hanging = cache.getOrSet('k', (context) => {
      ({ signal } = context);
      return new Promise(() => undefined);
    });
    await expect(hanging).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(signal?.aborted).toBe(true);
    expect(await cache.getOrSet('k', () => 'next')).toBe('next');
  });

  it('serves the stale value at the hard one', async () => {
    const cache = await node({ hardTimeout: 30, staleIfError: '1h' });
    await stale(cache, 'old');
    expect(await cache.getOrSet('k', () => new Promise(() => undefined))).toBe('old');
  });
});

describe('other decisions', () => {
  it('refreshes early, on a hit, in the background', async () => {
    const cache = await node({ refreshAhead: 0.000_001, ttl: '1h' });
    await cache.getOrSet('k', () => 'first');
    const early = gate('second');
    await eventually(async () => {
      expect(await cache.getOrSet('k', early.load)).toBe('first');
      expect(early.runs()).toBe(1);
    });
    early.open();
    await eventually(async () => expect(await cache.get('k')).toBe('second'));
  });

  it('tells the loader what is stale', async () => {
    const cache = await node({ staleIfError: '1h' });
    await stale(cache, { etag: 1 });
    const seen = await cache.getOrSet('k', (context) => ({ was: context.stale }));
    expect(seen).toEqual({ was: { etag: 1 } });
  });

  it('takes tags that only the value tells, once Redis has known them for a while', async () => {
    const cache = await node({ ttl: '1h' });
    let loads = 0;
    const load = ({ setTags }: { setTags: (tags: readonly string[]) => void }): string => {
      loads += 1;
      setTags(['author:7']);
      return 'article';
    };
    // New to Redis: an invalidation during the load could not be told, so the value is not stored at first.
    await cache.getOrSet('k', load);
    expect(await cache.get('k')).toBeUndefined();
    await eventually(async () => {
      await cache.getOrSet('k', load);
      expect(await cache.get('k')).toBe('article');
    });
    await cache.invalidateTags(['author:7']);
    expect(await cache.get('k')).toBeUndefined();
    expect(loads).toBeGreaterThan(1);
  });

  it('does not store under a late tag that was invalidated while the load ran', async () => {
    const cache = await node({ ttl: '1h' });
    await cache.set('other', 1, { tags: ['author:8'] });
    const slow = gate('read before the change');
    const loading = cache.getOrSet('k', async ({ setTags }) => {
      const value = await slow.load();
      setTags(['author:8']);
      return value;
    });
    await eventually(() => expect(slow.runs()).toBe(1));
    await cache.invalidateTags(['author:8']);
    slow.open();
    await loading;
    expect(await cache.get('k')).toBeUndefined();
  });

  it('gives null its own TTL and caps every other', async () => {
    const cache = await node({ ttl: '1h', nullTtl: '1m', maxTtl: '10m' });
    await cache.getOrSet('nothing', () => null);
    await cache.set('something', 1);
    const left = (key: string): Promise<number> =>
      redis.use((client) => client.pttl(`run${run}:entry:things:{${key}}`));
    expect(await left('nothing')).toBeLessThanOrEqual(60_000);
    expect(await cache.getOrSet('nothing', () => 'never run')).toBeNull();
    expect(await left('something')).toBeLessThanOrEqual(600_000);
    expect(await left('something')).toBeGreaterThan(60_000);
  });

  it('spreads the ends of entries that were made together', async () => {
    const cache = await node({ ttl: '1h', jitter: 0.5 });
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => cache.set(key, 1)));
    const left = await redis.use((client) =>
      Promise.all(keys.map((key) => client.pttl(`run${run}:entry:things:{${key}}`))),
    );
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(60_000);
    expect(Math.max(...left)).toBeLessThanOrEqual(3_600_000);
  });

  it('waits for refreshes when the application ends', async () => {
    const cache = await node({ staleWhileRevalidate: '1h' });
    await stale(cache, 'old');
    const slow = gate('new');
    await cache.getOrSet('k', slow.load);
    await eventually(() => expect(slow.runs()).toBe(1));
    const closing = apps.splice(0).map((app) => app.close());
    slow.open();
    await Promise.all(closing);
    const after = await node({ staleWhileRevalidate: '1h' });
    expect(await after.get('k')).toBe('new');
  });
});
