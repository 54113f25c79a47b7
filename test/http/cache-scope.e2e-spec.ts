import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  UseGuards,
  UseInterceptors,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import request from 'supertest';
import { CacheInterceptor, CacheKey, CacheTTL, NoCache } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

let runs: string[] = [];
let isAllowed = true;

class Gatekeeper implements CanActivate {
  canActivate(): boolean {
    runs.push('guard');
    return isAllowed;
  }
}

@Controller('plain')
class PlainController {
  @Get()
  plain(): object {
    runs.push('plain');
    return { n: runs.length };
  }

  @Get('guarded')
  @UseGuards(Gatekeeper)
  guarded(): object {
    runs.push('handler');
    return {};
  }
}

@Controller('twice')
@UseInterceptors(CacheInterceptor)
class TwiceController {
  @Get()
  @UseInterceptors(CacheInterceptor)
  twice(): object {
    runs.push('twice');
    return {};
  }

  @Get('bad-ttl')
  @CacheTTL(() => {
    throw new Error('no such thing');
  })
  badTtl(): object {
    runs.push('bad-ttl');
    return {};
  }

  @Get('bad-key')
  @CacheKey(() => Promise.reject(new Error('no such key')))
  badKey(): object {
    return {};
  }

  @Get('keyless')
  @CacheKey(() => undefined)
  keyless(): object {
    runs.push('keyless');
    return {};
  }
}

@Controller('off')
@NoCache()
class OffController {
  @Get()
  off(): object {
    runs.push('off');
    return {};
  }
}

let redis: RedisServer;
let app: INestApplication;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp(
    { connection: redis.url },
    {
      controllers: [PlainController, TwiceController, OffController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: CacheInterceptor }],
    },
    (prepared) => prepared.setGlobalPrefix('api'),
  );
});
afterEach(() => {
  runs = [];
  isAllowed = true;
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

const get = (path: string): request.Test => request(app.getHttpServer()).get(`/api${path}`);

describe('CacheInterceptor for the whole application', () => {
  it('caches routes of every controller', async () => {
    await get('/plain').expect('X-Cache', 'MISS');
    await get('/plain').expect('X-Cache', 'HIT');
    expect(runs).toEqual(['plain']);
  });

  it('does its work once where it stands on application, controller and handler', async () => {
    await get('/twice').expect(200).expect('X-Cache', 'MISS');
    await get('/twice').expect(200).expect('X-Cache', 'HIT');
    expect(runs).toEqual(['twice']);
  });

  it('leaves out what says @NoCache', async () => {
    await get('/off');
    const second = await get('/off');
    expect(second.headers['cache-status']).toBeUndefined();
    expect(runs).toEqual(['off', 'off']);
  });

  it('asks the guard before every answer, cached or not', async () => {
    await get('/plain/guarded').expect(200);
    await get('/plain/guarded').expect(200).expect('X-Cache', 'HIT');
    isAllowed = false;
    await get('/plain/guarded').expect(403);
    expect(runs).toEqual(['guard', 'handler', 'guard', 'guard']);
  });

  it('answers 500 where a decorator function fails, and holds nobody up', async () => {
    await get('/twice/bad-ttl').expect(500);
    await get('/twice/bad-ttl').expect(500);
    await get('/twice/bad-key').expect(500);
    expect(runs).toEqual([]);
  });

  it('goes past the cache where @CacheKey gives no key', async () => {
    await get('/twice/keyless').expect('Cache-Status', 'nestjs-redis-kit; fwd=bypass');
    await get('/twice/keyless');
    expect(runs).toEqual(['keyless', 'keyless']);
  });

  it('answers an unknown address as without it', async () => {
    await get('/nowhere').expect(404);
  });
});
