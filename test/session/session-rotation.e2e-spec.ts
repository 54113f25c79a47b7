import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import type { Redis } from 'ioredis';
import { RedisServer } from '../support/redis-server.js';
import {
  NoTouch,
  Public,
  RequiresRecentLogin,
  SessionGuard,
  SessionService,
  type SessionOptions,
} from './library.js';
import { Browser, gate, gates, json, openShop, type Shop } from './shop.js';

@UseGuards(SessionGuard)
@Controller('me')
class AccountLifeController {
  constructor(private readonly sessions: SessionService) {}

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<object> {
    await this.sessions.rotate(request);
    return { rotated: true };
  }

  @Post('rotate/:gate')
  async rotateSlowly(@Req() request: Request, @Param('gate') name: string): Promise<object> {
    await gates.get(name)?.pass();
    Object.assign(request.session, { mine: true });
    return this.rotate(request);
  }

  @Post('again')
  async again(@Req() request: Request): Promise<object> {
    await this.sessions.reauthenticated(request);
    return { again: true };
  }

  @Public()
  @Post('remembered')
  async remembered(@Req() request: Request): Promise<object> {
    await this.sessions.login(request, 'alice', { remember: true });
    return { remembered: true };
  }

  @Public()
  @Post('odd')
  async odd(@Req() request: Request): Promise<object> {
    await this.sessions.login(request, 'alice', { data: { cart: new Map([['sku', 1]]) } });
    return {};
  }

  @NoTouch()
  @Get('news')
  news(): object {
    return { news: [] };
  }

  @NoTouch()
  @Post('seen')
  seen(@Req() request: Request): object {
    Object.assign(request.session, { seen: true });
    return {};
  }

  @RequiresRecentLogin('5m')
  @Post('password')
  password(): object {
    return { changed: true };
  }
}

interface Stored {
  userId?: string;
  authTime: number;
  $meta: { createdAt: number };
  cookie: { originalMaxAge: number | null };
}

describe('a session under a new id', () => {
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
    const one = await openShop(server.url, options, [AccountLifeController]);
    opened.push(one);
    return one;
  }

  async function loggedIn(at = shop): Promise<Browser> {
    const browser = new Browser(at.url);
    await browser.post('/login/alice');
    return browser;
  }

  const stored = async ({ id }: Browser): Promise<Stored> =>
    JSON.parse((await redis.get(`sess:${id}`))!) as Stored;

  /** Moves the beginning and the login of a session into the past. */
  async function age(browser: Browser, ms: number): Promise<Stored> {
    const now = await stored(browser);
    const createdAt = now.$meta.createdAt - ms;
    const aged = { ...now, authTime: now.authTime - ms, $meta: { ...now.$meta, createdAt } };
    await redis.set(`sess:${browser.id}`, JSON.stringify(aged), 'KEEPTTL');
    return aged;
  }

  describe('rotate', () => {
    it('keeps what is in it, and ends the old id', async () => {
      const browser = await loggedIn();
      await browser.post('/set/color', { value: 'red' });
      const old = browser.copy();
      const before = await age(browser, 60_000);
      expect((await browser.post('/me/rotate')).setCookie).toHaveLength(1);
      expect(browser.id).not.toBe(old.id);
      expect(await stored(browser)).toEqual(before);
      expect((await old.get('/profile')).status).toBe(401);
      expect(await redis.exists(`sess:${old.id}`)).toBe(0);
    });

    it('takes along what parallel requests changed, and its own unsaved change', async () => {
      const browser = await loggedIn();
      const door = gate('rotate');
      const old = browser.copy();
      const rotating = browser.post('/me/rotate/rotate');
      await door.reached;
      await old.post('/set/theirs');
      door.open();
      expect((await rotating).status).toBe(201);
      expect(await stored(browser)).toMatchObject({ theirs: true, mine: true, userId: 'alice' });
      expect(await redis.exists(`sess:${old.id}`)).toBe(0);
    });

    it('brings nothing back that ended meanwhile', async () => {
      const browser = await loggedIn();
      const sessions = await redis.keys('sess:*');
      const door = gate('ended');
      const rotating = browser.copy().post('/me/rotate/ended');
      await door.reached;
      await browser.post('/logout');
      door.open();
      const answer = await rotating;
      expect([answer.status, answer.setCookie]).toEqual([401, []]);
      expect(await redis.keys('sess:*')).toHaveLength(sessions.length - 1);
      expect(await redis.keys('ended:*')).not.toEqual([]);
    });

    it('lets no slow request of the old id bring that back', async () => {
      const browser = await loggedIn();
      const old = browser.copy();
      const door = gate('late');
      const slow = old.copy().post('/slow/late/late');
      await door.reached;
      await browser.post('/me/rotate');
      door.open();
      expect((await slow).status).toBe(201);
      expect(await redis.exists(`sess:${old.id}`)).toBe(0);
    });

    it('does not extend the absolute timeout', async () => {
      const browser = await loggedIn();
      await age(browser, 11.9 * 3_600_000);
      await browser.post('/me/rotate');
      await browser.post('/set/color');
      expect(await redis.pttl(`sess:${browser.id}`)).toBeLessThanOrEqual(0.1 * 3_600_000);
    });
  });

  it('reauthenticated begins the absolute timeout and the age of the login anew', async () => {
    const browser = await loggedIn();
    const { id } = browser;
    await age(browser, 11.9 * 3_600_000);
    expect((await browser.post('/me/again')).status).toBe(201);
    expect(browser.id).not.toBe(id);
    const { authTime, $meta } = await stored(browser);
    expect(Date.now() - authTime).toBeLessThan(10_000);
    expect($meta.createdAt).toBe(authTime);
    expect(await redis.pttl(`sess:${browser.id}`)).toBeGreaterThan(1_700_000);
  });

  describe('login', () => {
    it('with remember lives for rememberFor, whatever the timeouts, and never longer', async () => {
      const brief = await open({ idleTimeout: '1m', absoluteTimeout: '2m', rememberFor: '7d' });
      const browser = new Browser(brief.url);
      const [cookie = ''] = (await browser.post('/me/remembered')).setCookie;
      const [, expires] = /Expires=([^;]+)/.exec(cookie) ?? [];
      expect((Date.parse(expires!) - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
      await age(browser, 6 * 86_400_000);
      expect((await browser.get('/profile')).status).toBe(200);
      await browser.post('/me/rotate');
      expect((await redis.pttl(`sess:${browser.id}`)) / 86_400_000).toBeCloseTo(1, 1);
      await age(browser, 86_400_001);
      expect((await browser.get('/profile')).status).toBe(401);
    });

    it('refuses a value that JSON would change, by its key, and leaves the session as it was', async () => {
      const browser = new Browser(shop.url);
      await browser.post('/set/cart', { value: ['book'] });
      const answer = await browser.post('/me/odd');
      expect([answer.status, answer.setCookie]).toEqual([500, []]);
      expect(json(await browser.get('/session'))).toMatchObject({ cart: ['book'] });
    });

    it('that fails while Redis is frozen leaves the session before it alive', async () => {
      const brief = await open({ deadline: 300 });
      const browser = new Browser(brief.url);
      await browser.post('/set/cart', { value: ['book'] });
      const door = gate('frozen');
      const login = browser.copy().post('/login-after/frozen/alice');
      await door.reached;
      server.freeze();
      door.open();
      const answer = await login;
      server.thaw();
      expect([answer.status, answer.setCookie]).toEqual([503, []]);
      // What was on its way is done now, in order: nothing of it comes later than this read.
      expect(json(await browser.get('/session'))).toMatchObject({ cart: ['book'] });
      await redis.ping();
      expect(await redis.exists(`sess:${browser.id}`)).toBe(1);
    });
  });

  describe('@NoTouch()', () => {
    it('renews neither the session nor its cookie, whatever the route changes', async () => {
      const lasting = await open({ cookie: { maxAge: '7d' } });
      const browser = await loggedIn(lasting);
      const key = `sess:${browser.id}`;
      await redis.pexpire(key, 1_000_000);
      expect((await browser.get('/me/news')).setCookie).toEqual([]);
      expect((await browser.post('/me/seen')).setCookie).toEqual([]);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(1_000_000);
      expect(await stored(browser)).toMatchObject({ seen: true });
      expect((await browser.get('/profile')).setCookie).toHaveLength(1);
    });
  });

  describe("@RequiresRecentLogin('5m')", () => {
    it('asks for a login that is not older', async () => {
      const browser = await loggedIn();
      expect((await browser.post('/me/password')).status).toBe(201);
      await age(browser, 5 * 60_000 + 1);
      const refused = await browser.post('/me/password');
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe(
        'Session error="insufficient_user_authentication", max_age="300"',
      );
      expect((await browser.get('/profile')).status).toBe(200);
      await browser.post('/me/again');
      expect((await browser.post('/me/password')).status).toBe(201);
      expect((await new Browser(shop.url).post('/me/password')).status).toBe(401);
    });
  });
});
