import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Delete,
  Get,
  Headers,
  NotFoundException,
  Post,
  Put,
  Query,
  Res,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import type { Response } from 'express';
import request from 'supertest';
import {
  CacheInterceptor,
  CachePolicy,
  CacheScope,
  CacheTags,
  CacheTTL,
  HttpCacheService,
  InvalidateTags,
  NoCache,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

let runs = 0;

@Controller()
@UseInterceptors(CacheInterceptor)
class StockController {
  @Get('stock')
  @CacheTags('stock')
  stock(
    @Query('page') page = '1',
    @Headers('accept-language') language = '',
    @Res({ passthrough: true }) res?: Response,
  ): object {
    res?.vary('Accept-Language');
    return { page, language, run: ++runs };
  }

  @Get('user-stock')
  @CacheScope((req) => req.headers['x-who']?.toString())
  userStock(): object {
    return { run: ++runs };
  }

  @Post('no-cache')
  @NoCache()
  @InvalidateTags('stock')
  noCache(): object {
    return {};
  }

  @Get('refresh')
  @InvalidateTags('stock')
  refresh(): object {
    return { run: ++runs };
  }

  @Post('by-hand')
  @InvalidateTags('stock')
  async byHand(@Res() res: Response): Promise<void> {
    res.status(202).send('done');
  }

  @Post('streamed')
  @InvalidateTags('stock')
  streamed(@Res() res: Response): void {
    res.writeHead(200, { 'X-Kind': 'streamed' });
    res.write('a');
    res.end('b');
  }

  @Post('failing')
  @InvalidateTags('stock')
  failing(): never {
    throw new NotFoundException();
  }

  @Put('stock')
  put(): object {
    return {};
  }

  @Delete('stock')
  @CachePolicy({ invalidateOnUnsafe: false })
  quietDelete(): object {
    return {};
  }
}

@Controller('catalog')
@UseInterceptors(CacheInterceptor)
@InvalidateTags('stock')
class CatalogController {
  @Get()
  list(): object {
    return { run: ++runs };
  }
}

@Controller()
@UseInterceptors(CacheInterceptor)
class PublicController {
  @Get('private-key')
  privateKey(): object {
    return { run: ++runs };
  }

  @Get('downstream')
  @CacheScope('public')
  @CacheTTL('2m')
  downstream(): string {
    return 'public';
  }

  @Get('never')
  @NoCache()
  never(): string {
    return 'never';
  }
}

let redis: RedisServer;
let app: INestApplication;
const get = (path: string) => request(app.getHttpServer()).get(path);
const post = (path: string) => request(app.getHttpServer()).post(path);

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp(
    { connection: redis.url, cache: { http: { identityCookies: ['jwt'] } } },
    { controllers: [StockController, CatalogController, PublicController] },
    (nest) => nest.enableCors({ origin: (origin, allow) => allow(null, origin ?? true) }),
  );
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});
afterEach(async () => {
  await app.get(HttpCacheService).clear();
  runs = 0;
});

async function runOf(path: string): Promise<unknown> {
  return ((await get(path).expect(200)).body as { run: unknown }).run;
}

describe('@InvalidateTags', () => {
  it.each([
    ['together with @NoCache', () => post('/no-cache').expect(201)],
    ['on a GET, which is not cached then', () => get('/refresh').expect(200)],
    ['where the handler answers by hand', () => post('/by-hand').expect(202, 'done')],
    ['where the handler streams', () => post('/streamed').expect(200).expect('X-Kind', 'streamed')],
  ])('counts %s', async (_, change) => {
    const before = await runOf('/stock');
    await change();
    expect(await runOf('/stock')).not.toBe(before);
  });

  it('does nothing for an answer that tells of a failure', async () => {
    const before = await runOf('/stock');
    await post('/failing').expect(404);
    expect(await runOf('/stock')).toBe(before);
  });

  it('of a class leaves its reads cached', async () => {
    const before = await runOf('/catalog');
    expect(await runOf('/catalog')).toBe(before);
  });
});

describe('a successful unsafe request', () => {
  it('ends every query and variant of its path, and no other', async () => {
    const [first, other, variant] = [
      await runOf('/stock?page=1'),
      await runOf('/catalog'),
      (await get('/stock?page=1').set('Accept-Language', 'fr')).body as object,
    ];
    expect(await runOf('/stock?page=1')).toBe(first);
    await request(app.getHttpServer()).put('/stock').expect(200);
    expect(await runOf('/stock?page=1')).not.toBe(first);
    expect((await get('/stock?page=1').set('Accept-Language', 'fr')).body).not.toEqual(variant);
    expect(await runOf('/catalog')).toBe(other);
  });

  it('does not where the route says so', async () => {
    const before = await runOf('/stock');
    await request(app.getHttpServer()).delete('/stock').expect(200);
    expect(await runOf('/stock')).toBe(before);
  });
});

describe('HttpCacheService', () => {
  it('purges a path for every group of users', async () => {
    const ask = (who: string) => get('/user-stock').set('X-Who', who);
    const before = [(await ask('a')).body, (await ask('b')).body] as unknown[];
    expect((await ask('a')).body).toEqual(before[0]);
    await app.get(HttpCacheService).purge('https://anywhere.example/user-stock?x=1');
    expect([(await ask('a')).body, (await ask('b')).body]).toEqual([{ run: 3 }, { run: 4 }]);
  });

  it('invalidates by tag', async () => {
    const before = await runOf('/stock');
    await app.get(HttpCacheService).invalidateTags(['stock']);
    expect(await runOf('/stock')).not.toBe(before);
  });

  it('names what it cannot purge', async () => {
    await expect(app.get(HttpCacheService).purge('stock')).rejects.toThrow(
      'A URL to purge is "stock". Give a path',
    );
  });
});

describe('a request that says who asks', () => {
  it.each([
    ['a key', { 'X-API-Key': 'k' }],
    ['a cookie that the options name', { Cookie: 'theme=dark; jwt=abc' }],
  ])('by %s goes past the cache', async (_, headers) => {
    const before = await runOf('/private-key');
    await get('/private-key').set(headers).expect('X-Cache', 'BYPASS');
    await get('/private-key').set('Cookie', 'theme=dark').expect({ run: before });
  });
});

describe('CORS below the handler', () => {
  it('does not make variants of its own Vary', async () => {
    await get('/catalog').set('Origin', 'https://a.example').expect('X-Cache', 'MISS');
    await get('/catalog')
      .set('Origin', 'https://b.example')
      .expect('X-Cache', 'HIT')
      .expect('Access-Control-Allow-Origin', 'https://b.example')
      .expect('Vary', 'Origin');
  });
});

describe('Cache-Control towards clients', () => {
  it.each([
    ['/downstream', 'public, max-age=120'],
    ['/stock', 'no-cache'],
    ['/never', 'no-store'],
  ])('of %s is %s, on a miss and on a hit', async (path, expected) => {
    await get(path).expect('Cache-Control', expected);
    await get(path).expect('Cache-Control', expected);
  });
});
