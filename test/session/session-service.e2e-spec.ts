import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { sessionCorrupt } from './library.js';
import { openShop, type Shop } from './shop.js';

describe('sessions outside of a request', () => {
  let server: RedisServer;
  let redis: Redis;
  let shop: Shop;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    shop = await openShop(server.url);
  });

  afterAll(async () => {
    await shop.close();
    redis.disconnect();
    await server.stop();
  });

  const create = (data = {}): Promise<{ id: string }> =>
    shop.sessions.create({ userId: 'alice', data });

  it('finds the keys of a session, and undefined for an unknown id', async () => {
    const { id } = await create({ cart: ['book'] });
    expect(id).toMatch(/^[\w-]{32}$/);
    const found = await shop.sessions.find(id);
    expect(found).toEqual({ userId: 'alice', authTime: expect.any(Number), cart: ['book'] });
    expect(await shop.sessions.find('unknown')).toBeUndefined();
  });

  it('sets and removes attributes without counting as activity', async () => {
    const { id } = await create({ old: 1 });
    await redis.pexpire(`sess:${id}`, 60_000);
    expect(await shop.sessions.setAttribute(id, 'color', 'red')).toBe(true);
    expect(await shop.sessions.removeAttribute(id, 'old')).toBe(true);
    const found = await shop.sessions.find(id);
    expect(found).toMatchObject({ color: 'red' });
    expect(found).not.toHaveProperty('old');
    expect(await redis.pttl(`sess:${id}`)).toBeLessThanOrEqual(60_000);
  });

  it('keeps all attributes that are set at the same time', async () => {
    const { id } = await create();
    const keys = Array.from({ length: 30 }, (_, index) => `key${index}`);
    const set = await Promise.all(keys.map((key) => shop.sessions.setAttribute(id, key, 1)));
    expect(set).not.toContain(false);
    expect(await shop.sessions.find(id)).toMatchObject(Object.fromEntries(keys.map((k) => [k, 1])));
  });

  it('gives a touched session its full idle time', async () => {
    const { id } = await create();
    await redis.pexpire(`sess:${id}`, 60_000);
    expect(await shop.sessions.touch(id)).toBe(true);
    expect(await redis.pttl(`sess:${id}`)).toBeGreaterThan(1_790_000);
  });

  it('says false for everything on a destroyed session and brings nothing back', async () => {
    const { id } = await create();
    expect(await shop.sessions.destroy(id)).toBe(true);
    expect(await shop.sessions.setAttribute(id, 'a', 1)).toBe(false);
    expect(await shop.sessions.removeAttribute(id, 'a')).toBe(false);
    expect(await shop.sessions.touch(id)).toBe(false);
    expect(await shop.sessions.destroy(id)).toBe(false);
    expect(await redis.exists(`sess:${id}`)).toBe(0);
  });

  it('refuses values that JSON cannot hold and keys that are not the application’s', async () => {
    const { id } = await create();
    const refused = { code: 'SESSION_VALUE_UNSUPPORTED' };
    await expect(shop.sessions.setAttribute(id, 'amount', 1n)).rejects.toMatchObject(refused);
    await expect(shop.sessions.setAttribute(id, 'cookie', {})).rejects.toMatchObject(refused);
    await expect(create(JSON.parse('{"__proto__":{}}') as object)).rejects.toMatchObject(refused);
    await expect(shop.sessions.create({ userId: '' })).rejects.toMatchObject(refused);
  });

  it('lists all sessions in spite of a corrupt one, and clears only keys of its prefix', async () => {
    const starry = await openShop(server.url, { prefix: 'shop:' });
    const { id } = await starry.sessions.create({ userId: 'alice' });
    await redis.set('shop:broken', '{');
    await redis.set('shopping', 'foreign');
    const corrupt: unknown[] = [];
    const unsubscribe = sessionCorrupt.subscribe((event) => corrupt.push(event));
    const all = await starry.store.all();
    unsubscribe();
    expect(all).toEqual([expect.objectContaining({ id, userId: 'alice' })]);
    expect(corrupt).toHaveLength(1);
    expect((await starry.store.ids()).toSorted()).toEqual([id, 'broken'].toSorted());
    expect(await starry.store.length()).toBe(2);
    await starry.store.clear();
    expect(await redis.keys('shop*')).toEqual(['shopping']);
    await starry.close();
  });

  it('clears more sessions than fit into one chunk', async () => {
    const crowd = await openShop(server.url, { prefix: 'crowd:' });
    const ids = Array.from({ length: 350 }, (_, index) => `crowd:${index}`);
    await redis.mset(ids.flatMap((id) => [id, '{}']));
    expect(await crowd.store.length()).toBe(350);
    await crowd.store.clear();
    expect(await redis.keys('crowd:*')).toEqual([]);
    await crowd.close();
  });
});
