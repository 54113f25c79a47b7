import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Post,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Request } from 'express';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { optionsFor, PACKAGES, startSite, type Package, type Site } from './packages.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());
beforeEach(() => redis.use((client) => client.flushall()));

/** A handler counts its calls, which is also what it answers. */
function countingController({ CacheKey, CacheTTL }: Package): Type {
  let calls = 0;
  const next = (): object => ({ call: (calls += 1) });

  @Controller()
  class CountingController {
    @Get('plain')
    plain(): object {
      return next();
    }

    @Get('brief')
    @CacheTTL(30)
    brief(): object {
      return next();
    }

    @Get('brief-by-factory')
    @CacheTTL(async () => 30)
    briefByFactory(): object {
      return next();
    }

    @Get('for-ever')
    @CacheTTL(0)
    forEver(): object {
      return next();
    }

    @Get('named')
    @CacheKey('the-name')
    named(): object {
      return next();
    }

    @Get('named-by-factory')
    @CacheKey((context) => `name-${context.switchToHttp().getRequest<Request>().path}`)
    namedByFactory(): object {
      return next();
    }

    @Get('unnamed')
    @CacheKey(() => undefined)
    unnamed(): object {
      return next();
    }

    @Post('plain')
    write(): object {
      return next();
    }
  }
  return CountingController;
}

describe.each(PACKAGES)('routes with %s', (_, kit) => {
  let site: Site;
  afterEach(() => site.app.close());

  async function start(interceptor: Type = kit.CacheInterceptor): Promise<void> {
    site = await startSite(kit, {
      imports: [kit.CacheModule.register(optionsFor(redis.url))],
      controllers: [countingController(kit)],
      providers: [{ provide: APP_INTERCEPTOR, useClass: interceptor }],
    });
  }

  it('are cached by their URLs, and say so', async () => {
    await start();
    const first = await site.get('/plain');
    expect([await first.text(), first.headers.get('x-cache')]).toEqual(['{"call":1}', 'MISS']);
    // One that comes while the first is being stored gets its answer, too, and is no hit yet.
    await eventually(async () => {
      const again = await site.get('/plain');
      expect([await again.text(), again.headers.get('x-cache')]).toEqual(['{"call":1}', 'HIT']);
    });
    expect(await site.text('/plain?page=2')).toBe('{"call":2}');
  });

  it('are not cached for a POST', async () => {
    await start();
    expect(await site.text('/plain', { method: 'POST' })).toBe('{"call":1}');
    expect(await site.text('/plain', { method: 'POST' })).toBe('{"call":2}');
  });

  it.each(['/brief', '/brief-by-factory'])('live as long as their own TTL: %s', async (path) => {
    await start();
    expect(await site.text(path)).toBe('{"call":1}');
    await eventually(async () => expect(await site.text(path)).not.toBe('{"call":1}'));
  });

  it('live long with a TTL of 0', async () => {
    await start();
    expect(await site.text('/for-ever')).toBe('{"call":1}');
    expect(await site.text('/for-ever')).toBe('{"call":1}');
  });

  it.each([
    ['/plain', '/plain'],
    ['/named', 'the-name'],
    ['/named-by-factory', 'name-/named-by-factory'],
  ])('end when their name is deleted: %s', async (path, name) => {
    await start();
    expect(await site.text(path)).toBe('{"call":1}');
    expect(await site.text(path)).toBe('{"call":1}');
    await site.cache.del('another');
    expect(await site.text(path)).toBe('{"call":1}');
    await site.cache.del(name);
    expect(await site.text(path)).toBe('{"call":2}');
    await site.cache.mdel([name]);
    expect(await site.text(path)).toBe('{"call":3}');
    await site.cache.clear();
    expect(await site.text(path)).toBe('{"call":4}');
  });

  it('go past the cache when the key is undefined', async () => {
    await start();
    expect(await site.text('/unnamed')).toBe('{"call":1}');
    expect(await site.text('/unnamed')).toBe('{"call":2}');
  });

  it('are tracked by an override, as in the Nest documentation', async () => {
    @Injectable()
    class HttpCacheInterceptor extends kit.CacheInterceptor {
      protected override trackBy(context: ExecutionContext): string | undefined {
        const request = context.switchToHttp().getRequest<Request>();
        const { httpAdapter } = this.httpAdapterHost;
        const isGetRequest = httpAdapter.getRequestMethod(request) === 'GET';
        const excludePaths = ['/plain'];
        const url = httpAdapter.getRequestUrl(request) as string;
        return !isGetRequest || excludePaths.includes(url) ? undefined : `my:${url}`;
      }
    }
    await start(HttpCacheInterceptor);
    expect(await site.text('/plain')).toBe('{"call":1}');
    expect(await site.text('/plain')).toBe('{"call":2}');
    expect(await site.text('/named')).toBe('{"call":3}');
    expect(await site.text('/named')).toBe('{"call":3}');
    await site.cache.del('my:/named');
    expect(await site.text('/named')).toBe('{"call":4}');
  });
});
