import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CacheRuntime } from './cache/cache-runtime.js';
import { checkCacheName, type NamedCacheOptions } from './cache/cache.options.js';
import { getCacheToken } from './cache/decorators/inject-cache.decorator.js';

/** What a feature module needs from Redis. */
export interface RedisFeatureOptions {
  /** Caches by name: each has its own keys, limits and memory. */
  readonly caches?: Readonly<Record<string, NamedCacheOptions>>;
}

/** What `RedisModule.forFeature` returns. It makes no connection: those are `forRoot`'s. */
@Module({})
export class RedisFeatureModule {
  static with({ caches = {} }: RedisFeatureOptions): DynamicModule {
    const providers = Object.entries(caches).map(([name, options]) =>
      cacheProvider(checkCacheName(name), options),
    );
    return { module: RedisFeatureModule, providers, exports: providers };
  }
}

function cacheProvider(name: string, options: NamedCacheOptions): Provider {
  return {
    provide: getCacheToken(name),
    inject: [CacheRuntime, ModuleRef],
    useFactory: (runtime: CacheRuntime, modules: ModuleRef) =>
      runtime.named(name, options, (token) => modules.get<unknown>(token, { strict: false })),
  };
}
