import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { sessionCorrupt } from './library.js';
import { Browser, openShop, type Shop } from './shop.js';

describe('what a session survives', () => {
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

  describe('corrupt data', () => {
    it.each([
      ['no JSON', (key: string) => redis.set(key, '{"cookie":'), 'not JSON: SyntaxError'],
      ['no object', (key: string) => redis.set(key, '[]'), 'not an object'],
      ['no cookie', (key: string) => redis.set(key, '{"a":1}'), 'without a cookie object'],
      [
        'another type',
        async (key: string) => [await redis.del(key), await redis.lpush(key, 'x')],
        'not a string in Redis',
      ],
    ])(
      'is an anonymous session, an event, and the end of the cookie: %s',
      async (_, corrupt, reason) => {
        const browser = await loggedIn();
        await corrupt(`sess:${browser.id}`);
        const events: unknown[] = [];
        const unsubscribe = sessionCorrupt.subscribe((event) => events.push(event));
        const guarded = await browser.copy().get('/profile');
        const open = await browser.get('/public');
        unsubscribe();
        expect([open.status, guarded.status]).toEqual([200, 401]);
        expect(events).toEqual([
          { handle: expect.stringMatching(/^[0-9a-f]{32}$/), reason },
          expect.objectContaining({ reason }),
        ]);
        expect(open.setCookie).toEqual([
          'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
        ]);
        expect(browser.cookie).toBeUndefined();
        expect((await browser.post('/login/alice')).status).toBe(201);
        expect((await browser.get('/profile')).status).toBe(200);
      },
    );
  });

  describe('values that JSON cannot hold', () => {
    it.each(['bigint', 'cycle'])(
      'answers 500 for a %s, stores nothing and hangs nobody',
      async (kind) => {
        const browser = visitor();
        const answer = await browser.post(`/${kind}`);
        expect(answer.status).toBe(500);
        expect(answer.setCookie).toEqual([]);
        expect(answer.headers.get('content-type')).toMatch(/json/);
        const known = await loggedIn();
        expect((await known.post(`/${kind}`)).status).toBe(500);
        expect((await known.get('/profile')).status).toBe(200);
      },
    );

    it('takes back the headers of the answer that the error replaces', async () => {
      const answer = await visitor().post('/redirect-bigint');
      expect([answer.status, answer.headers.get('location')]).toEqual([500, null]);
    });

    it('answers 500 in place of a streamed answer, too', async () => {
      const answer = await visitor().post('/stream-bigint');
      expect([answer.status, answer.setCookie]).toEqual([500, []]);
      expect(answer.text).not.toContain('first');
    });
  });
});
