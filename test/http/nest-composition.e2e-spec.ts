import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  Post,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { firstValueFrom, map, of, type Observable } from 'rxjs';
import { CacheInterceptor, CacheKey, CacheScope, CacheTags, NoCache } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';

let seen: string[] = [];
afterEach(() => {
  seen = [];
});

@Injectable()
class Doorman implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push('guard');
    return context.switchToHttp().getRequest<{ headers: object }>().headers !== undefined;
  }
}

/** Adds its name around whatever comes out. */
function around(name: string): NestInterceptor {
  return {
    intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
      seen.push(`${name} before`);
      return next.handle().pipe(
        map((value: unknown) => {
          seen.push(`${name} after`);
          return typeof value === 'string' ? `${name}(${value})` : value;
        }),
      );
    },
  };
}

describe('APP_INTERCEPTOR', () => {
  @Controller('things')
  class ThingsController {
    @Get('open')
    open(): string {
      seen.push('handler');
      return 'open';
    }

    @Get('inner')
    @UseInterceptors(around('inner'))
    inner(): string {
      seen.push('handler');
      return 'inner';
    }

    @Get('off')
    @NoCache()
    off(): string {
      seen.push('handler');
      return 'off';
    }
  }

  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({
      controllers: [ThingsController],
      providers: [
        { provide: APP_GUARD, useClass: Doorman },
        { provide: APP_INTERCEPTOR, useValue: around('outer') },
        { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
      ],
    });
  });
  afterAll(() => nest.stop());

  it('asks the guard before the cache, each time', async () => {
    await nest.get('/things/open');
    await nest.get('/things/open');
    expect(seen.filter((one) => one === 'guard' || one === 'handler')).toEqual([
      'guard',
      'handler',
      'guard',
    ]);
  });

  it('stores what interceptors around the cache made, and does not wrap it twice', async () => {
    expect((await nest.get('/things/inner')).body).toBe('outer(inner(inner))');
    seen = [];
    const hit = await nest.get('/things/inner');
    expect([hit.body, hit.headers['x-cache']]).toEqual(['outer(inner(inner))', 'HIT']);
    expect(seen).not.toContain('inner before');
    expect(seen).not.toContain('handler');
  });

  it('leaves out what says @NoCache', async () => {
    await nest.get('/things/off');
    await nest.get('/things/off');
    expect(seen.filter((one) => one === 'handler')).toHaveLength(2);
  });
});

describe('an interceptor around the cache that makes an object of everything', () => {
  const envelope: NestInterceptor = {
    intercept(context, next) {
      const { headers } = context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>();
      if (headers['x-bare']) return next.handle();
      return next.handle().pipe(map((value: unknown) => ({ data: value })));
    },
  };
  const failures: unknown[] = [];
  const filter: ExceptionFilter = { catch: (error) => void failures.push(error) };

  @Controller('enveloped')
  class EnvelopedController {
    @Get()
    list(): number[] {
      seen.push('handler');
      return [1];
    }

    @Get('empty')
    empty(): void {
      seen.push('handler');
    }
  }

  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({
      controllers: [EnvelopedController],
      providers: [
        { provide: APP_INTERCEPTOR, useValue: envelope },
        { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
        { provide: APP_FILTER, useValue: filter },
      ],
    });
  });
  afterAll(() => nest.stop());

  it('sends nothing after an answer from the cache, with a body or without', async () => {
    const { headers } = await nest.get('/enveloped');
    const hit = await nest.get('/enveloped');
    const unchanged = await nest.get('/enveloped', { 'If-None-Match': headers.etag });
    expect([hit.body, hit.headers['x-cache'], hit.status]).toEqual(['{"data":[1]}', 'HIT', 200]);
    expect([unchanged.body, unchanged.headers['x-cache'], unchanged.status]).toEqual([
      '',
      'HIT',
      304,
    ]);
    expect(seen).toEqual(['handler']);
    expect(failures).toEqual([]);
  });

  it('sends nothing after an answer from the cache that has no type', async () => {
    await nest.get('/enveloped/empty', { 'X-Bare': 'yes' });
    const hit = await nest.get('/enveloped/empty');
    expect([hit.body, hit.headers['x-cache'], hit.status]).toEqual(['', 'HIT', 200]);
    expect(failures).toEqual([]);
  });
});

describe('@UseInterceptors', () => {
  @Controller('feature')
  class FeatureController {
    @Get('cached')
    @UseInterceptors(CacheInterceptor)
    cached(): string {
      seen.push('handler');
      return 'cached';
    }

    @Get('plain')
    plain(): string {
      seen.push('handler');
      return 'plain';
    }
  }

  /** Knows nothing of Redis: the interceptor is injected all the same. */
  @Module({ controllers: [FeatureController] })
  class FeatureModule {}

  @Controller('guarded')
  @UseInterceptors(CacheInterceptor)
  @UseGuards(Doorman)
  class GuardedController {
    @Get()
    @CacheScope('public')
    guarded(): string {
      seen.push('handler');
      return 'guarded';
    }
  }

  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({ imports: [FeatureModule], controllers: [GuardedController] });
  });
  afterAll(() => nest.stop());

  it('on one handler of a module that does not import RedisModule', async () => {
    for (const path of ['cached', 'cached', 'plain', 'plain']) await nest.get(`/feature/${path}`);
    expect(seen).toHaveLength(3);
    expect((await nest.get('/feature/plain')).headers['cache-status']).toBeUndefined();
  });

  it('runs the guards of the controller before a hit', async () => {
    await nest.get('/guarded');
    expect((await nest.get('/guarded')).headers['x-cache']).toBe('HIT');
    expect(seen).toEqual(['guard', 'handler', 'guard']);
  });
});

describe('an interceptor of your own', () => {
  /** One language per tenant, beside what the key has anyway. */
  @Injectable()
  class TenantCache extends CacheInterceptor {
    protected override async trackBy(context: ExecutionContext): Promise<string | undefined> {
      const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
      if (request.headers['x-tenant'] === 'none') return undefined;
      const key = await super.trackBy(context);
      return key === undefined ? undefined : `${request.headers['x-tenant']} ${key}`;
    }
  }

  @Injectable()
  class Picky extends CacheInterceptor {
    protected override isRequestCacheable(context: ExecutionContext): boolean {
      const { url } = context.switchToHttp().getRequest<{ url: string }>();
      return !url.includes('never') && super.isRequestCacheable(context);
    }
  }

  @Injectable()
  class HeadOnly extends CacheInterceptor {
    protected override readonly allowedMethods = ['HEAD'];
  }

  @Controller('own')
  class OwnController {
    @Get('tenant')
    @UseInterceptors(TenantCache)
    tenant(): string {
      seen.push('handler');
      return 'tenant';
    }

    @Get('picky/:name')
    @UseInterceptors(Picky)
    picky(@Param('name') name: string): string {
      seen.push('handler');
      return name;
    }

    @Get('head-only')
    @UseInterceptors(HeadOnly)
    headOnly(): string {
      seen.push('handler');
      return 'head';
    }

    @Post('keyed')
    @UseInterceptors(CacheInterceptor)
    @CacheKey('keyed')
    @CacheTags('any')
    keyed(): string {
      seen.push('handler');
      return 'posted';
    }
  }

  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({ controllers: [OwnController] });
  });
  afterAll(() => nest.stop());

  it('trackBy adds to the key', async () => {
    for (const tenant of ['a', 'b', 'a']) await nest.get('/own/tenant', { 'X-Tenant': tenant });
    expect(seen).toHaveLength(2);
  });

  it('trackBy keeps a request out of the cache', async () => {
    const none = { 'X-Tenant': 'none' };
    await nest.get('/own/tenant', none);
    expect((await nest.get('/own/tenant', none)).cacheStatus?.fwd).toBe('bypass');
    expect(seen).toHaveLength(2);
  });

  it('isRequestCacheable keeps a request out of the cache', async () => {
    for (const name of ['never', 'never', 'ever', 'ever']) await nest.get(`/own/picky/${name}`);
    expect(seen).toHaveLength(3);
  });

  it('allowedMethods names the methods', async () => {
    await nest.get('/own/head-only');
    await nest.get('/own/head-only');
    expect(seen).toHaveLength(2);
  });

  it('@CacheKey does not make a POST cacheable', async () => {
    await nest.send('/own/keyed', { method: 'POST' });
    await nest.send('/own/keyed', { method: 'POST' });
    expect(seen).toHaveLength(2);
  });
});

describe.each(['rpc', 'ws', 'graphql'])('a context of type %s', (type) => {
  @Controller()
  class NoController {}

  let nest: NestApp;
  beforeAll(async () => {
    nest = await NestApp.start({ controllers: [NoController] });
  });
  afterAll(() => nest.stop());

  it('passes through each time, and nothing of it is touched', async () => {
    const cache = nest.app.get(CacheInterceptor);
    const refuse = (): never => {
      throw new Error('There is no HTTP here.');
    };
    const context = {
      getType: () => type,
      getHandler: () => NoController,
      getClass: () => NoController,
      switchToHttp: refuse,
      getArgs: refuse,
    } as unknown as ExecutionContext;
    const handle = jest.fn(() => of('answer'));
    for (let run = 0; run < 2; run += 1)
      expect(await firstValueFrom(await cache.intercept(context, { handle }))).toBe('answer');
    expect(handle).toHaveBeenCalledTimes(2);
  });
});
