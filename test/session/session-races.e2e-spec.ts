import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { sessionRefused } from './library.js';
import { Browser, gate, json, openShop, type Shop } from './shop.js';

describe('races of a session', () => {
  let server: RedisServer;
  let redis: Redis;
  let shop: Shop;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    shop = await openShop(server.url);
    await (await loggedIn()).get('/profile'); // Redis then knows the scripts.
  });

  afterAll(async () => {
    await shop.close();
    redis.disconnect();
    await server.stop();
  });

  const visitor = (): Browser => new Browser(shop.url);

  async function loggedIn(user = 'alice'): Promise<Browser> {
    const browser = visitor();
    await browser.post(`/login/${user}`);
    return browser;
  }

  describe('parallel requests', () => {
    it('keeps the keys that 50 requests add at the same time', async () => {
      const browser = await loggedIn();
      const keys = Array.from({ length: 50 }, (_, index) => `key${index}`);
      await Promise.all(keys.map((key) => browser.copy().post(`/set/${key}`)));
      expect(Object.keys(json(await browser.get('/session')))).toEqual(
        expect.arrayContaining(keys),
      );
    });

    it('keeps them when two instances of the application serve them', async () => {
      const other = await openShop(server.url);
      const browser = await loggedIn();
      const keys = Array.from({ length: 50 }, (_, index) => `key${index}`);
      const from = (index: number): string => (index % 2 ? shop.url : other.url);
      await Promise.all(keys.map((key, index) => browser.copy(from(index)).post(`/set/${key}`)));
      expect(Object.keys(json(await browser.get('/session')))).toEqual(
        expect.arrayContaining(keys),
      );
      await other.close();
    });

    it('keeps a foreign key through a second save of the same request', async () => {
      const browser = await loggedIn();
      const door = gate('twice');
      const twice = browser.copy().post('/twice/twice');
      await door.reached;
      await browser.copy().post('/set/foreign');
      door.open();
      expect((await twice).status).toBe(201);
      const session = json(await browser.get('/session'));
      expect(session).toMatchObject({ first: true, second: true, foreign: true });
    });

    it('keeps a removal by one beside an addition by the other', async () => {
      const browser = await loggedIn();
      await browser.post('/set/old');
      const door = gate('removal');
      const slow = browser.copy().post('/slow/removal/new');
      await door.reached;
      await browser.copy().post('/delete/old');
      door.open();
      await slow;
      const session = json(await browser.get('/session'));
      expect(session).toHaveProperty('new', true);
      expect(session).not.toHaveProperty('old');
    });
  });

  describe('logout', () => {
    it('ends the session on the server and clears the cookie with its own attributes', async () => {
      const browser = await loggedIn();
      const replay = browser.copy();
      const { setCookie } = await browser.post('/logout');
      expect(setCookie).toEqual([
        'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
      ]);
      expect(await redis.exists(`sess:${replay.id}`)).toBe(0);
      expect((await replay.get('/profile')).status).toBe(401);
    });

    it('stays logged out when a slow writer finishes later', async () => {
      const refused: unknown[] = [];
      const unsubscribe = sessionRefused.subscribe((event) => refused.push(event));
      const browser = await loggedIn();
      const stolen = browser.copy();
      const door = gate('logout');
      const slow = browser.copy().post('/slow/logout/late');
      await door.reached;
      await browser.post('/logout');
      door.open();
      expect((await slow).status).toBe(201);
      unsubscribe();
      expect(await redis.exists(`sess:${stolen.id}`)).toBe(0);
      expect((await stolen.get('/profile')).status).toBe(401);
      expect(refused).toEqual([{ handle: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
    });
  });

  describe('login', () => {
    it('gives a new id, ends the old one, and carries only the named keys', async () => {
      const browser = visitor();
      await browser.post('/set/cart', { value: ['book'] });
      await browser.post('/set/coupon', { value: 'secret' });
      const before = browser.copy();
      const answer = await browser.post('/login/alice');
      expect(answer.setCookie).toHaveLength(1);
      expect(browser.id).not.toBe(before.id);
      expect(await redis.exists(`sess:${before.id}`)).toBe(0);
      const session = json(await browser.get('/session'));
      expect(session).toMatchObject({ userId: 'alice', cart: ['book'], role: 'customer' });
      expect(session).toHaveProperty('authTime', expect.any(Number));
      expect(session).not.toHaveProperty('coupon');
      expect((await before.get('/profile')).status).toBe(401);
    });

    it('is stored before a redirect goes out', async () => {
      const browser = visitor();
      const answer = await browser.post('/login-and-go/alice');
      expect(answer.status).toBe(302);
      expect(await shop.sessions.find(browser.id)).toMatchObject({ userId: 'alice' });
    });

    it('keeps the old id dead when a slow request of it finishes later', async () => {
      const browser = visitor();
      await browser.post('/set/cart', { value: ['book'] });
      const old = browser.copy();
      const door = gate('login');
      const slow = old.copy().post('/slow/login/late');
      await door.reached;
      await browser.post('/login/alice');
      door.open();
      expect((await slow).status).toBe(201);
      expect(await redis.exists(`sess:${old.id}`)).toBe(0);
    });

    it('adopts no id that a stranger signed or made up', async () => {
      const browser = visitor();
      browser.cookie = 'sid=s%3Aplanted.c2lnbmF0dXJl';
      await browser.post('/login/alice');
      expect(browser.id).not.toBe('planted');
      expect(await redis.exists('sess:planted')).toBe(0);
    });
  });
});
