import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Post,
  Req,
  UseGuards,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import {
  CacheInterceptor,
  CacheService,
  CurrentUser,
  NoCache,
  RedisModule,
  SessionGuard,
  SessionService,
} from 'nestjs-redis-kit';
import {
  assertCacheHit,
  assertCacheMiss,
  assertNotCached,
  cacheStatusOf,
  sessionClient,
  useRedis,
} from 'nestjs-redis-kit/testing';
import { SECRET } from '../support/app.js';
import { eventually } from '../support/eventually.js';

@Controller()
@UseInterceptors(CacheInterceptor)
class SiteController {
  constructor(private readonly sessions: SessionService) {}

  @Get('public')
  public(): object {
    return { at: 'public' };
  }

  @NoCache()
  @Get('private')
  private(): object {
    return { at: 'private' };
  }

  @UseGuards(SessionGuard)
  @Get('profile')
  profile(@CurrentUser() user: string, @Req() { session }: Request): object {
    return { user, cart: (session as unknown as { cart?: object }).cart };
  }

  @Post('login')
  async login(@Req() request: Request): Promise<void> {
    await this.sessions.login(request, 'bob');
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.logout(request);
  }

  @Post('echo')
  echo(@Req() { body }: Request): unknown {
    return body;
  }
}

describe.each([
  ['the hooks of the global scope', undefined],
  ['hooks that are given', { beforeAll, beforeEach, afterAll }],
] as const)('a suite with its own Redis by %s', (_, hooks) => {
  const redis = useRedis({ ...(hooks && { hooks }) });
  let app: INestApplication;

  beforeEach(async () => {
    const options = {
      connection: redis.url,
      cache: { deadline: '10s' },
      session: { secret: SECRET, deadline: '10s' },
    } as const;
    const module = await Test.createTestingModule({
      imports: [RedisModule.forRoot(options)],
      controllers: [SiteController],
    }).compile();
    app = module.createNestApplication({ logger: false });
  });
  afterEach(() => app.close());

  it('has clients that are logged in, in the list of their user', async () => {
    const clients = sessionClient(app);
    const alice = await clients.as('alice', { data: { cart: { tea: 1 } } });
    const profile = await alice.get('/profile');
    expect(await profile.json()).toEqual({ user: 'alice', cart: { tea: 1 } });
    expect(await app.get(SessionService).list('alice')).toHaveLength(1);
    const nobody = await clients.anonymous();
    expect((await nobody.get('/profile')).status).toBe(401);
  });

  it('has clients that keep the cookies of a login, and lose them by a logout', async () => {
    const client = await sessionClient(app).anonymous();
    await client.post('/login');
    expect((await client.get('/profile')).status).toBe(200);
    await client.post('/logout');
    expect(client.cookie).toBe('');
    expect((await client.get('/profile')).status).toBe(401);
  });

  it('has clients that send JSON', async () => {
    const client = await sessionClient(app).anonymous();
    expect(await (await client.post('/echo', { n: 1 })).json()).toEqual({ n: 1 });
  });

  it('tells hits, misses and what is not cached apart', async () => {
    const client = await sessionClient(app).anonymous();
    const [miss, hit, never] = [
      await client.get('/public'),
      await client.get('/public'),
      await client.get('/private'),
    ];
    assertCacheMiss(miss);
    assertCacheHit(hit);
    assertNotCached(never);
    await eventually(async () => {
      expect(cacheStatusOf(await client.get('/public'))).toMatchObject({
        isHit: true,
        ttl: expect.any(Number),
      });
    });
    for (const [assertion, wrong] of [
      [assertCacheHit, miss],
      [assertCacheMiss, hit],
      [assertNotCached, hit],
      [assertNotCached, miss],
      [assertCacheHit, never],
    ] as const)
      expect(() => assertion(wrong)).toThrow(/Cache-Status/);
  });

  it.each([1, 2])('begins each test with an empty server (%i)', async () => {
    await app.init();
    expect(await app.get(CacheService).get('kept')).toBeUndefined();
    await app.get(CacheService).set('kept', 1);
  });

  it('takes headers as supertest has them', () => {
    const headers = {
      'cache-status':
        'CDN; hit, nestjs-redis-kit; fwd=uri-miss; stored; key="a, b; hit"; detail=new',
    };
    expect(cacheStatusOf({ headers })).toEqual({
      isHit: false,
      isCollapsed: false,
      forwarded: 'uri-miss',
      isStored: true,
      ttl: undefined,
      detail: 'new',
    });
  });
});
