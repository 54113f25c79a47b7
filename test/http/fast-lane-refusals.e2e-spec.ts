import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Post,
  Scope,
  UseGuards,
  UseInterceptors,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  CacheInterceptor,
  CacheKey,
  CacheScope,
  FastLane,
  NoCache,
  type CacheScopeOption,
} from 'nestjs-redis-kit';
import { LaneApp } from '../support/lane.js';
import { RedisServer } from '../support/redis-server.js';

@Injectable()
class RolesGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Injectable()
class TenantInterceptor extends CacheInterceptor {
  protected override trackBy(context: ExecutionContext): ReturnType<CacheInterceptor['trackBy']> {
    return super.trackBy(context);
  }
}

/** Adds nothing that decides. */
@Injectable()
class NamedInterceptor extends CacheInterceptor {}

type Decorate = ClassDecorator & MethodDecorator;
const none: Decorate = () => undefined;
const cached = UseInterceptors(CacheInterceptor);
const shared = CacheScope('public');

/** A controller of this name with one route, decorated so. */
function controller(decorators: { ofClass?: Decorate[]; ofHandler?: Decorate[] }): Type {
  class ProductsController {
    list(): object {
      return { of: 'list' };
    }
  }
  const { prototype } = ProductsController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'list')!;
  Get('list')(prototype, 'list', descriptor);
  for (const one of decorators.ofHandler ?? []) one(prototype, 'list', descriptor);
  for (const one of decorators.ofClass ?? []) one(ProductsController);
  Controller('products')(ProductsController);
  return ProductsController;
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

interface Given {
  readonly type?: Type;
  readonly providers?: { provide: unknown; useClass: Type; scope?: Scope }[];
  readonly prepare?: (app: NestExpressApplication) => void;
}

async function start({ type, providers = [], prepare }: Given): Promise<LaneApp> {
  const controllers = [type ?? controller({ ofHandler: [FastLane(), shared, cached] })];
  return LaneApp.start(redis.url, { controllers, providers: providers as never }, { prepare });
}

const scoped = (scope: CacheScopeOption): Given => ({
  type: controller({ ofHandler: [FastLane(), cached, CacheScope(scope)] }),
});

describe('@FastLane is refused at start', () => {
  it.each<[string, Given, string]>([
    [
      'a guard of the handler',
      { type: controller({ ofHandler: [FastLane(), shared, cached, UseGuards(RolesGuard)] }) },
      'the route has a guard (RolesGuard)',
    ],
    [
      'a guard of the class',
      { type: controller({ ofClass: [FastLane(), shared, cached, UseGuards(new RolesGuard())] }) },
      'the route has a guard (RolesGuard)',
    ],
    [
      'APP_GUARD',
      { providers: [{ provide: APP_GUARD, useClass: RolesGuard }] },
      'the route has a guard (RolesGuard)',
    ],
    [
      'APP_GUARD of request scope',
      { providers: [{ provide: APP_GUARD, useClass: RolesGuard, scope: Scope.REQUEST }] },
      'the route has a guard (RolesGuard)',
    ],
    [
      'useGlobalGuards',
      { prepare: (app) => void app.useGlobalGuards(new RolesGuard()) },
      'the route has a guard (RolesGuard)',
    ],
    [
      'no scope',
      { type: controller({ ofHandler: [FastLane(), cached] }) },
      'the route does not say who shares it',
    ],
    ["scope 'user'", scoped('user'), 'the route does not say who shares it'],
    ['a scope of its own', scoped(() => ''), 'the route does not say who shares it'],
    [
      'no CacheInterceptor',
      { type: controller({ ofHandler: [FastLane(), shared] }) },
      'the route has no cache',
    ],
    [
      'an interceptor with trackBy',
      { type: controller({ ofHandler: [FastLane(), shared, UseInterceptors(TenantInterceptor)] }) },
      'TenantInterceptor overrides what decides on the key',
    ],
    [
      'APP_INTERCEPTOR with trackBy',
      {
        type: controller({ ofHandler: [FastLane(), shared] }),
        providers: [{ provide: APP_INTERCEPTOR, useClass: TenantInterceptor }],
      },
      'TenantInterceptor overrides what decides on the key',
    ],
    [
      '@CacheKey of a function',
      { type: controller({ ofHandler: [FastLane(), shared, cached, CacheKey(() => 'a')] }) },
      '@CacheKey is a function there',
    ],
    [
      'versions by a function',
      {
        prepare: (app) =>
          void app.enableVersioning({ type: VersioningType.CUSTOM, extractor: () => '1' }),
      },
      'a function chooses the version of the route',
    ],
  ])('for %s', async (_, given, problem) => {
    const started = start(given);
    await expect(started).rejects.toThrow('Option `@FastLane of ProductsController.list` is');
    await expect(started).rejects.toThrow(problem);
    await expect(started).rejects.toThrow('@FastLane() there');
  });

  it('for a handler that does not answer GET, if it asks itself', async () => {
    @Controller('w')
    @UseInterceptors(CacheInterceptor)
    @CacheScope('public')
    class Writes {
      @Post()
      @FastLane()
      write(): void {}
    }
    await expect(start({ type: Writes })).rejects.toThrow('Writes.write');
  });
});

describe('@FastLane is taken', () => {
  it.each<[string, Given]>([
    ['on a handler', {}],
    ['on a class', { type: controller({ ofClass: [FastLane(), shared, cached] }) }],
    [
      'with APP_INTERCEPTOR',
      {
        type: controller({ ofHandler: [FastLane(), shared] }),
        providers: [{ provide: APP_INTERCEPTOR, useClass: CacheInterceptor }],
      },
    ],
    [
      'with useGlobalInterceptors',
      {
        type: controller({ ofHandler: [FastLane(), shared] }),
        prepare: (app) => void app.useGlobalInterceptors(app.get(CacheInterceptor)),
      },
    ],
    [
      'with a subclass that decides nothing',
      { type: controller({ ofHandler: [FastLane(), shared, UseInterceptors(NamedInterceptor)] }) },
    ],
    [
      'with a text as @CacheKey',
      { type: controller({ ofHandler: [FastLane(), shared, cached, CacheKey('a'), none] }) },
    ],
  ])('%s', async (_, given) => {
    const lane = await start(given);
    try {
      expect(String((await lane.byLane('/products/list')).body)).toBe('{"of":"list"}');
    } finally {
      await lane.close();
    }
  });

  it('of a class, apart from handlers that it is not for', async () => {
    @Controller('mixed')
    @UseInterceptors(CacheInterceptor)
    @CacheScope('public')
    @FastLane()
    class Mixed {
      @Get('fast')
      fast(): string {
        return 'fast';
      }
      @Get('guarded')
      @UseGuards(RolesGuard)
      @FastLane(false)
      guarded(): string {
        return 'guarded';
      }
      @Get('off')
      @UseGuards(RolesGuard)
      @NoCache()
      off(): string {
        return 'off';
      }
      @Post('write')
      @UseGuards(RolesGuard)
      write(): string {
        return 'written';
      }
    }
    const lane = await start({ type: Mixed });
    try {
      await lane.byLane('/mixed/fast');
      for (const path of ['/mixed/guarded', '/mixed/off'])
        for (let n = 0; n < 5; n += 1) expect((await lane.ask(path)).isByLane).toBe(false);
    } finally {
      await lane.close();
    }
  });
});
