import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { optionsFor, PACKAGES, startSite, type Site } from './packages.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

describe.each(PACKAGES)('values with %s', (_, kit) => {
  let site: Site;
  beforeEach(async () => {
    await redis.use((client) => client.flushall());
    site = await startSite(kit, {
      imports: [kit.CacheModule.register(optionsFor(redis.url))],
    });
  });
  afterEach(() => site.app.close());

  it('gets what was set, and undefined for what was not', async () => {
    await expect(site.cache.set('a', { n: 1 })).resolves.toEqual({ n: 1 });
    expect(await site.cache.get('a')).toEqual({ n: 1 });
    expect(await site.cache.get('b')).toBeUndefined();
  });

  it.each([0, '', false, null])('keeps %p', async (value) => {
    await site.cache.set('falsy', value);
    expect(await site.cache.get('falsy')).toBe(value);
  });

  it('ends a value when its TTL is over', async () => {
    await site.cache.set('short', 'value', 30);
    await site.cache.set('long', 'value', 60_000);
    await eventually(async () => expect(await site.cache.get('short')).toBeUndefined());
    expect(await site.cache.get('long')).toBe('value');
  });

  it('says when a value ends', async () => {
    const before = Date.now();
    await site.cache.set('a', 1, 60_000);
    const ends = await site.cache.ttl('a');
    expect(ends).toBeGreaterThan(before + 50_000);
    expect(ends).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await site.cache.ttl('none')).toBeUndefined();
  });

  it('keeps a value whose TTL is 0', async () => {
    await site.cache.set('a', 1, 0);
    expect(await site.cache.get('a')).toBe(1);
  });

  it('deletes', async () => {
    await site.cache.set('a', 1);
    expect(await site.cache.del('a')).toBe(true);
    expect(await site.cache.get('a')).toBeUndefined();
    expect(await site.cache.del('a')).toBe(true);
  });

  it('has nothing after undefined was set', async () => {
    await site.cache.set('a', 1);
    await site.cache.set('a', undefined);
    expect(await site.cache.get('a')).toBeUndefined();
  });

  it('sets, gets and deletes many', async () => {
    await site.cache.mset([
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ttl: 60_000 },
    ]);
    expect(await site.cache.mget(['a', 'none', 'b'])).toEqual([1, undefined, 2]);
    expect(await site.cache.mdel(['a', 'b'])).toBe(true);
    expect(await site.cache.mget(['a', 'b'])).toEqual([undefined, undefined]);
  });

  it('clears', async () => {
    await site.cache.set('a', 1);
    expect(await site.cache.clear()).toBe(true);
    expect(await site.cache.get('a')).toBeUndefined();
  });

  it('wraps a function: callers at the same time run it once', async () => {
    let calls = 0;
    const load = async (): Promise<number> => (calls += 1);
    expect(await Promise.all([1, 2, 3].map(() => site.cache.wrap('w', load)))).toEqual([1, 1, 1]);
    expect(await site.cache.wrap('w', load, 60_000)).toBe(1);
  });

  it('wraps a function whose error reaches the caller, and which is called again', async () => {
    const failing = (): Promise<number> => Promise.reject(new Error('no'));
    await expect(site.cache.wrap('w', failing)).rejects.toThrow('no');
    expect(await site.cache.wrap('w', () => 2)).toBe(2);
  });

  it('wraps a function with a TTL that depends on the value', async () => {
    let calls = 0;
    const load = (): number => (calls += 1);
    const options = { ttl: (value: number) => (value === 1 ? 30 : 60_000) };
    expect(await site.cache.wrap('w', load, options)).toBe(1);
    await eventually(async () => expect(await site.cache.wrap('w', load, options)).toBe(2));
    expect(await site.cache.wrap('w', load, options)).toBe(2);
  });

  it('wraps with the envelope', async () => {
    const { value, expires } = await site.cache.wrap('w', () => 'v', { ttl: 60_000, raw: true });
    expect(value).toBe('v');
    expect(expires).toBeGreaterThan(Date.now());
  });

  it.each([50_000, () => 50_000])(
    'loads again in the background below the refresh threshold',
    async (refreshThreshold) => {
      let calls = 0;
      const load = (): number => (calls += 1);
      const refreshed: unknown[] = [];
      site.cache.on('refresh', ({ value }) => refreshed.push(value));
      await site.cache.wrap('w', load, { ttl: 40_000 });
      // Less is left than the threshold, so this one gets the old value and causes a refresh.
      expect(await site.cache.wrap('w', load, { ttl: 60_000, refreshThreshold })).toBe(1);
      await eventually(() => expect(refreshed).toEqual([2]));
      await eventually(async () => expect(await site.cache.get('w')).toBe(2));
    },
  );

  it('tells listeners, until they are off', async () => {
    const heard: unknown[] = [];
    const onSet = ({ key, value }: { key: string; value: unknown }): unknown =>
      heard.push(`set ${key}=${String(value)}`);
    site.cache.on('set', onSet);
    site.cache.on('get', ({ key, value }) => heard.push(`get ${key}=${String(value)}`));
    site.cache.on('del', ({ key }) => heard.push(`del ${key}`));
    site.cache.on('clear', () => heard.push('clear'));
    await site.cache.set('a', 1);
    await site.cache.get('a');
    await site.cache.del('a');
    await site.cache.clear();
    site.cache.off('set', onSet);
    await site.cache.set('a', 2);
    // Theirs tells of the store, and then of the whole.
    expect([...new Set(heard)]).toEqual(['set a=1', 'get a=1', 'del a', 'clear']);
  });

  it('has an id that stays', () => {
    expect(site.cache.cacheId()).toMatch(/./);
    expect(site.cache.cacheId()).toBe(site.cache.cacheId());
  });
});
