import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards, UseInterceptors, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CacheInterceptor,
  CacheService,
  NoCache,
  RedisModule,
  SessionGuard,
} from 'nestjs-redis-kit';
import { assertCacheHit, assertCacheMiss, sessionClient, useRedis } from 'nestjs-redis-kit/testing';
import { SECRET } from '../support/app.js';

@Controller()
@UseInterceptors(CacheInterceptor)
class SiteController {
  @Get('public')
  public(): string {
    return 'public';
  }

  @NoCache()
  @UseGuards(SessionGuard)
  @Get('profile')
  profile(): string {
    return 'mine';
  }
}

const MINUTE_MS = 60_000;
const redis = useRedis();
let app: INestApplication;
let cache: CacheService;

beforeEach(async () => {
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({
        connection: redis.url,
        cache: { ttl: '10m', deadline: '10s' },
        session: {
          secret: SECRET,
          deadline: '10s',
          idleTimeout: '30m',
          absoluteTimeout: '2h',
        },
      }),
    ],
    controllers: [SiteController],
  }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  cache = app.get(CacheService);
});
afterEach(() => app.close());

describe('the fake clock', () => {
  it('ends a cached value at its TTL, in memory and in Redis', async () => {
    let loads = 0;
    const load = (): Promise<number> => cache.getOrSet('key', () => ++loads);
    expect(await load()).toBe(1);
    await redis.clock.advance('9m');
    expect(await load()).toBe(1);
    expect(await lifeOf('cache:entry:default:{key}')).toBeLessThanOrEqual(MINUTE_MS);
    await redis.clock.advance('1m');
    expect(await lifeOf('cache:entry:default:{key}')).toBe('gone');
    expect(await load()).toBe(2);
  });

  it('makes a value stale that stands in for a failed load, and ends that too', async () => {
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    const fail = (): Promise<string> => Promise.reject(new Error('the database is down'));
    await cache.getOrSet('key', () => 'old', options);
    await redis.clock.advance('2m');
    expect(await cache.getOrSet('key', fail, options)).toBe('old');
    await redis.clock.advance('1h');
    await expect(cache.getOrSet('key', fail, options)).rejects.toThrow('the database is down');
  });

  it('gives a stored answer its age, and its end', async () => {
    const visitor = await sessionClient(app).anonymous();
    assertCacheMiss(await visitor.get('/public'));
    await redis.clock.advance('5m');
    const aged = await visitor.get('/public');
    assertCacheHit(aged);
    expect(Number(aged.headers.get('Age'))).toBeGreaterThanOrEqual(300);
    await redis.clock.advance('6m');
    assertCacheMiss(await visitor.get('/public'));
  });

  it('ends a session that is idle, and no other', async () => {
    const alice = await sessionClient(app).as('alice');
    const bob = await sessionClient(app).as('bob');
    await redis.clock.advance('20m');
    expect((await alice.get('/profile')).status).toBe(200);
    await redis.clock.advance('20m');
    expect((await alice.get('/profile')).status).toBe(200);
    expect((await bob.get('/profile')).status).toBe(401);
  });

  it('ends a session in use at its absolute timeout', async () => {
    const alice = await sessionClient(app).as('alice');
    const seen: number[] = [];
    for (let at = 0; at <= 120; at += 20) {
      seen.push((await alice.get('/profile')).status);
      await redis.clock.advance('20m');
    }
    expect(seen).toEqual([200, 200, 200, 200, 200, 200, 401]);
  });

  it('leaves keys without an end alone, and refuses what is no duration', async () => {
    await redis.server.node.call('SET', 'mine', '1');
    await redis.clock.advance('7d');
    expect(await redis.server.node.call('GET', 'mine')).toBe('1');
    await expect(redis.clock.advance(-1)).rejects.toThrow(/advance/);
  });

  it('is right again before the next test', () => {
    expect(Math.abs(redis.clock.now() - Date.now())).toBeLessThan(MINUTE_MS);
  });
});

/** What is left of a key in milliseconds. */
async function lifeOf(key: string): Promise<unknown> {
  const life = await redis.server.node.call('PTTL', key);
  return life === -2 ? 'gone' : life;
}
