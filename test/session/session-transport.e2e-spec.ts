import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { sign } from 'cookie-signature';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import { SessionService, type SessionOptions } from './library.js';
import { Browser, SECRET, json, openShop, type Answer, type Shop } from './shop.js';

@Controller('mobile')
class MobileController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login/:user')
  async login(@Req() request: Request, @Param('user') user: string): Promise<object> {
    await this.sessions.login(request, user, { transport: 'bearer' });
    return { user };
  }
}

const CLEARED = 'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax';

describe('how a session travels', () => {
  let server: RedisServer;
  let redis: Redis;
  let shop: Shop;
  const opened: Shop[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
    shop = await open();
  });

  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    redis.disconnect();
    await server.stop();
  });

  async function open(options: Partial<SessionOptions> = {}): Promise<Shop> {
    const one = await openShop(server.url, options, [MobileController]);
    opened.push(one);
    return one;
  }

  async function loggedIn(at: Shop): Promise<Browser> {
    const browser = new Browser(at.url);
    await browser.post('/login/alice');
    return browser;
  }

  const bearer = (answer: Answer): Record<string, string> => ({
    authorization: `Bearer ${answer.headers.get('x-session-token')}`,
  });

  describe('a cookie', () => {
    it('comes with an answer that nobody may store, and only when there is news', async () => {
      const browser = new Browser(shop.url);
      const login = await browser.post('/login/alice');
      expect(login.headers.get('cache-control')).toBe('no-store');
      const read = await browser.get('/profile');
      expect([read.setCookie, read.headers.get('cache-control')]).toEqual([[], null]);
      expect((await browser.post('/set/color')).setCookie).toEqual([]);
    });

    it('is cleared when its session is gone, and then costs nothing any more', async () => {
      const browser = await loggedIn(shop);
      await redis.del(`sess:${browser.id}`);
      await redis.config('RESETSTAT');
      const answer = await browser.get('/public');
      expect(answer.setCookie).toEqual([CLEARED]);
      await browser.get('/public');
      const stats = await redis.info('commandstats');
      expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('1');
    });

    it('is left alone just after its session ended: a login beside it may have replaced it', async () => {
      const browser = await loggedIn(shop);
      const late = browser.copy();
      await browser.post('/login/alice');
      const answer = await late.get('/session');
      expect([answer.setCookie, json(answer)['userId']]).toEqual([[], undefined]);
      const [mark] = await redis.keys(`ended:*${late.copy().id}*`);
      await redis.del(mark!);
      expect((await late.get('/session')).setCookie).toEqual([CLEARED]);
    });

    it('is left alone when it was not signed here', async () => {
      const browser = new Browser(shop.url);
      browser.cookie = `sid=${encodeURIComponent(`s:${sign('x'.repeat(32), 'another secret')}`)}`;
      expect((await browser.get('/session')).setCookie).toEqual([]);
    });

    it('counts in spite of another one that somebody planted before it', async () => {
      const browser = await loggedIn(shop);
      const headers = { cookie: `sid=s%3Aplanted.x; other=1; ${browser.cookie}` };
      expect((await new Browser(shop.url).get('/profile', headers)).status).toBe(200);
    });

    it('counts beside another one that was signed here, whose session has ended', async () => {
      const [dead, alive] = [await loggedIn(shop), await loggedIn(shop)];
      await redis.del(`sess:${dead.id}`);
      const both = new Browser(shop.url);
      both.cookie = `${dead.cookie}; ${alive.cookie}`;
      const answer = await both.get('/profile');
      expect([answer.status, answer.setCookie]).toEqual([200, []]);
      await redis.del(`sess:${alive.id}`);
      const none = await both.get('/profile');
      expect([none.status, none.setCookie]).toEqual([401, []]);
    });

    it('gets a new signature when an older secret signed it, once', async () => {
      const browser = await loggedIn(shop);
      const rotated = await open({ secret: ['the newest of all secrets, long enough', SECRET] });
      const there = browser.copy(rotated.url);
      expect((await there.get('/profile')).setCookie).toHaveLength(1);
      expect(there.id).toBe(browser.id);
      expect(there.cookie).not.toBe(browser.cookie);
      const next = await there.get('/profile');
      expect([next.status, next.setCookie]).toEqual([200, []]);
    });

    it('is sent anew when the application gives a live session another lifetime', async () => {
      const patient = await open({ absoluteTimeout: '60d' });
      const browser = await loggedIn(patient);
      const { setCookie } = await browser.post('/remember');
      const [, expires] = /Expires=([^;]+)/.exec(setCookie[0] ?? '') ?? [];
      expect((Date.parse(expires!) - Date.now()) / 86_400_000).toBeCloseTo(30, 1);
      expect(await redis.get(`sess:${browser.id}`)).toContain('"originalMaxAge":2592000000');
    });

    it('never outlasts the absolute timeout', async () => {
      const brief = await open({ absoluteTimeout: '1d' });
      const browser = await loggedIn(brief);
      const [cookie = ''] = (await browser.post('/remember')).setCookie;
      const [, expires] = /Expires=([^;]+)/.exec(cookie) ?? [];
      expect((Date.parse(expires!) - Date.now()) / 86_400_000).toBeCloseTo(1, 1);
    });

    it('takes on changed options when its session is renewed, and they are stored', async () => {
      const browser = await loggedIn(shop);
      const strict = await open({ cookie: { sameSite: 'strict' } });
      const there = browser.copy(strict.url);
      expect((await there.get('/profile')).setCookie).toEqual([]);
      await redis.pexpire(`sess:${browser.id}`, 1_000_000);
      expect((await there.get('/profile')).setCookie).toEqual([
        expect.stringMatching(/SameSite=Strict/),
      ]);
      expect(await redis.get(`sess:${browser.id}`)).toContain('"sameSite":"strict"');
      await redis.pexpire(`sess:${browser.id}`, 1_000_000);
      expect((await there.get('/profile')).setCookie).toEqual([]);
    });

    it.each(['/login/alice', '/set/color', '/login-and-go/alice'])(
      'that is Secure is refused over plain HTTP, and nothing is stored: %s',
      async (path) => {
        const cookie = { secure: true };
        const prefix = `secure${path}:`;
        const behind = await open({ cookie, prefix, trustProxy: true });
        const answer = await new Browser(behind.url).post(path);
        expect([answer.status, answer.setCookie]).toEqual([500, []]);
        expect(await redis.keys(`${prefix}*`)).toEqual([]);
        const https = { 'x-forwarded-proto': 'https' };
        const sent = await new Browser(behind.url).post(path, undefined, https);
        expect(sent.setCookie).toEqual([expect.stringMatching(/^__Host-sid=.*; Secure/)]);
      },
    );

    it('belongs to whole segments of its path', async () => {
      const admin = await open({ cookie: { path: '/account' } });
      expect((await new Browser(admin.url).get('/account')).status).toBe(401);
      expect((await new Browser(admin.url).get('/accounting')).status).toBe(404);
      expect((await new Browser(admin.url).get('/session')).status).toBe(500);
    });
  });

  describe('a bearer token', () => {
    it('is sent in place of a cookie, and is the session', async () => {
      const api = await open({ transport: 'bearer' });
      const client = new Browser(api.url);
      const login = await client.post('/login/alice');
      expect([login.setCookie, login.headers.get('cache-control')]).toEqual([[], 'no-store']);
      const read = await client.get('/profile', bearer(login));
      expect(json(read)).toEqual({ user: 'alice' });
      expect(read.headers.get('x-session-token')).toBeNull();
      const lower = { authorization: bearer(login)['authorization']!.replace('Bearer', 'bearer') };
      expect((await client.get('/profile', lower)).status).toBe(200);
      expect((await client.post('/logout', undefined, bearer(login))).setCookie).toEqual([]);
      expect((await client.get('/profile', bearer(login))).status).toBe(401);
    });

    it('is never taken from a cookie, a URL, or unsigned', async () => {
      const api = await open({ transport: 'bearer' });
      const { id } = await api.sessions.create({ userId: 'alice' });
      const client = new Browser(api.url);
      const token = api.sessions.tokenFor(id);
      expect((await client.get('/profile', { authorization: `Bearer ${token}` })).status).toBe(200);
      for (const attempt of [
        client.get('/profile', { cookie: api.sessions.cookieFor(id) }),
        client.get(`/profile?sid=${token}&access_token=${token}`),
        client.get('/profile', { authorization: `Bearer ${id}` }),
        client.get('/profile', { authorization: `Basic ${token}` }),
      ]) {
        expect((await attempt).status).toBe(401);
      }
    });

    it('stands beside cookies where both are allowed, and is given only when asked for', async () => {
      const both = await open({ transport: 'both' });
      const browser = new Browser(both.url);
      const web = await browser.post('/login/bob');
      expect([web.setCookie.length, web.headers.get('x-session-token')]).toEqual([1, null]);
      const app = await new Browser(both.url).post('/mobile/login/alice');
      expect(app.setCookie).toEqual([]);
      expect(json(await browser.get('/profile', bearer(app)))).toEqual({ user: 'alice' });
      expect(json(await browser.get('/profile'))).toEqual({ user: 'bob' });
      const jwt = { authorization: 'Bearer header.payload.signature' };
      expect(json(await browser.get('/profile', jwt))).toEqual({ user: 'bob' });
    });

    it('leaves the cookie of another session alone when its own session ends', async () => {
      const both = await open({ transport: 'both' });
      const browser = await loggedIn(both);
      const token = bearer(await new Browser(both.url).post('/mobile/login/bob'));
      const { status, setCookie } = await browser.post('/logout', undefined, token);
      expect([status, setCookie]).toEqual([201, []]);
      expect((await browser.get('/profile', token)).status).toBe(401);
      expect(json(await browser.get('/profile'))).toEqual({ user: 'alice' });
    });

    it('may come in a header of its own', async () => {
      const own = await open({ transport: 'bearer', bearerHeader: 'X-Session-Token' });
      const login = await new Browser(own.url).post('/login/alice');
      const headers = { 'x-session-token': login.headers.get('x-session-token')! };
      expect((await new Browser(own.url).get('/profile', headers)).status).toBe(200);
    });

    it('is refused by a login where only cookies are allowed', async () => {
      expect((await new Browser(shop.url).post('/mobile/login/alice')).status).toBe(500);
    });

    it('follows a secret that was rotated', async () => {
      const api = await open({ transport: 'bearer' });
      const login = await new Browser(api.url).post('/login/alice');
      const secret = ['the newest of all secrets, long enough', SECRET];
      const rotated = await open({ transport: 'bearer', secret });
      const answer = await new Browser(rotated.url).get('/profile', bearer(login));
      expect(answer.headers.get('x-session-token')).toMatch(/^[\w-]{32}\./);
      expect(answer.headers.get('x-session-token')).not.toBe(login.headers.get('x-session-token'));
    });
  });

  it('two logins at once leave two sessions, and each browser has one of them', async () => {
    const answers = await Promise.all([loggedIn(shop), loggedIn(shop)]);
    for (const browser of answers) expect((await browser.get('/profile')).status).toBe(200);
    expect(answers[0].id).not.toBe(answers[1].id);
  });
});
