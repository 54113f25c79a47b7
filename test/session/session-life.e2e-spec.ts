import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { Browser, json, openShop, type Shop } from './shop.js';

describe('the life of a session', () => {
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

  describe('the end', () => {
    it.each(['/logout', '/destroy'])(
      'clears the cookie, once, by its own attributes: %s',
      async (path) => {
        const browser = await loggedIn();
        const { cookie, id } = browser;
        const answer = await browser.post(path);
        expect([answer.status, answer.setCookie.length]).toEqual([201, 1]);
        expect(answer.setCookie[0]).toMatch(
          new RegExp(
            `^${cookie!.split('=')[0]}=; Path=/; Expires=Thu, 01 Jan 1970 .*; HttpOnly; SameSite=Lax$`,
          ),
        );
        expect(await redis.exists(`sess:${id}`)).toBe(0);
      },
    );

    it('asks no browser to drop a cookie that it has not', async () => {
      expect((await visitor().post('/destroy')).setCookie).toEqual([]);
    });
  });

  describe('timeouts', () => {
    it('ends a session at its absolute age, however busy it is', async () => {
      const brief = await openShop(server.url, { idleTimeout: 60_000, absoluteTimeout: 120_000 });
      const browser = new Browser(brief.url);
      await browser.post('/login/alice');
      const key = `sess:${browser.id}`;
      const stored = JSON.parse((await redis.get(key))!) as { $meta: { createdAt: number } };
      const aged = (ms: number): string =>
        JSON.stringify({ ...stored, $meta: { createdAt: stored.$meta.createdAt - ms } });
      await redis.set(key, aged(90_000), 'PX', 5_000);
      expect((await browser.get('/profile')).status).toBe(200);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(30_000);
      await redis.set(key, aged(120_001), 'PX', 50_000);
      expect((await browser.get('/profile')).status).toBe(401);
      expect(await redis.exists(key)).toBe(0);
      await brief.close();
    });

    it('lets a session live by the maxAge that the application gave it', async () => {
      const patient = await openShop(server.url, { absoluteTimeout: false });
      const browser = new Browser(patient.url);
      await browser.post('/login/alice');
      await browser.post('/remember');
      const days = (await redis.pttl(`sess:${browser.id}`)) / 86_400_000;
      expect(days).toBeCloseTo(30, 1);
      await redis.pexpire(`sess:${browser.id}`, 86_400_000);
      await browser.get('/profile');
      expect((await redis.pttl(`sess:${browser.id}`)) / 86_400_000).toBeCloseTo(30, 1);
      await patient.close();
    });

    it('renews a cookie with maxAge when the session is renewed, and only then', async () => {
      const lasting = await openShop(server.url, { cookie: { maxAge: '7d' } });
      const browser = new Browser(lasting.url);
      await browser.post('/login/alice');
      const id = browser.id;
      expect((await browser.get('/profile')).setCookie).toEqual([]);
      expect(await redis.pttl(`sess:${id}`)).toBeLessThanOrEqual(1_800_000);
      await redis.pexpire(`sess:${id}`, 1_000_000);
      const { setCookie } = await browser.get('/profile');
      expect(setCookie).toEqual([expect.stringMatching(/^sid=s%3A.*; Expires=.*; HttpOnly/)]);
      expect(browser.id).toBe(id);
      expect((await browser.get('/profile')).status).toBe(200);
      await lasting.close();
    });
  });

  describe('changed options', () => {
    it('accepts cookies of an older secret and signs with the first', async () => {
      const old = 'an older secret, which is also longer than 32';
      const before = await openShop(server.url, { secret: old });
      const browser = new Browser(before.url);
      await browser.post('/login/alice');
      const during = await openShop(server.url, {
        secret: ['the newest of all secrets, long enough', old],
      });
      expect((await browser.copy(during.url).get('/profile')).status).toBe(200);
      const after = await openShop(server.url, {
        secret: 'the newest of all secrets, long enough',
      });
      expect((await browser.copy(after.url).get('/profile')).status).toBe(401);
      const rotated = new Browser(during.url);
      await rotated.post('/login/bob');
      expect((await rotated.copy(after.url).get('/profile')).status).toBe(200);
      await Promise.all([before.close(), during.close(), after.close()]);
    });

    it('brings changed cookie options to sessions that live', async () => {
      const browser = await loggedIn();
      const stricter = await openShop(server.url, { cookie: { sameSite: 'strict' } });
      await browser.copy(stricter.url).post('/set/color');
      expect(JSON.parse((await redis.get(`sess:${browser.id}`))!)).toMatchObject({
        cookie: { sameSite: 'strict' },
        userId: 'alice',
      });
      await stricter.close();
    });
  });

  describe('the guard', () => {
    it('answers 401 as JSON without a login and lets public handlers pass', async () => {
      const answer = await visitor().get('/account');
      expect(answer.status).toBe(401);
      expect(json(answer)).toMatchObject({ statusCode: 401 });
      expect((await visitor().get('/account/help')).status).toBe(200);
      expect((await (await loggedIn()).get('/account')).status).toBe(200);
    });

    it('sends browsers to the login page where one is set, API clients not', async () => {
      const pages = await openShop(server.url, { loginUrl: '/login' });
      const browser = new Browser(pages.url);
      const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
      const read = await browser.get('/account?tab=1&x=%2F', html);
      expect(read.status).toBe(302);
      expect(read.headers.get('location')).toBe('/login?returnTo=%2Faccount%3Ftab%3D1%26x%3D%252F');
      const write = await browser.post('/account', {}, html);
      expect([write.status, write.headers.get('location')]).toEqual([303, '/login']);
      expect((await browser.get('/account')).status).toBe(401);
      await pages.close();
    });
  });
});
