import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CacheRuntime } from './cache/cache-runtime.js';
import { checkCacheName, type NamedCacheOptions } from './cache/cache.options.js';
import { getCacheToken } from './cache/decorators/inject-cache.decorator.js';
import { getLeaderboardToken } from './structures/leaderboard/inject-leaderboard.decorator.js';
import type { LeaderboardOptions } from './structures/leaderboard/leaderboard.options.js';
import { getMessageStreamToken } from './structures/streams/stream.decorators.js';
import type { StreamOptions } from './structures/streams/stream.options.js';
import { StructuresRuntime } from './structures/structures-runtime.js';
import { checkStructureName } from './structures/structures.options.js';

/** What a feature module needs from Redis. */
export interface RedisFeatureOptions {
  /** Caches by name: each has its own keys, limits and memory. */
  readonly caches?: Readonly<Record<string, NamedCacheOptions>>;
  /** Leaderboards by name, for `@InjectLeaderboard`. */
  readonly leaderboards?: Readonly<Record<string, LeaderboardOptions>>;
  /** Streams by name, for `@InjectMessageStream` and `@OnStreamMessage`: messages that must not be lost. */
  readonly streams?: Readonly<Record<string, StreamOptions>>;
}

/** What `RedisModule.forFeature` returns. It makes no connection: those are `forRoot`'s. */
@Module({})
export class RedisFeatureModule {
  static with({ caches, leaderboards, streams }: RedisFeatureOptions): DynamicModule {
    const providers = [
      ...each(caches, (name, options) => cacheProvider(checkCacheName(name), options)),
      ...each(leaderboards, leaderboardProvider),
      ...each(streams, streamProvider),
    ];
    return { module: RedisFeatureModule, providers, exports: providers };
  }
}

function each<Options>(
  named: Readonly<Record<string, Options>> = {},
  provider: (name: string, options: Options) => Provider,
): Provider[] {
  return Object.entries(named).map(([name, options]) => provider(name, options));
}

function cacheProvider(name: string, options: NamedCacheOptions): Provider {
  return {
    provide: getCacheToken(name),
    inject: [CacheRuntime, ModuleRef],
    useFactory: (runtime: CacheRuntime, modules: ModuleRef) =>
      runtime.named(name, options, (token) => modules.get<unknown>(token, { strict: false })),
  };
}

function leaderboardProvider(name: string, options: LeaderboardOptions): Provider {
  return {
    provide: getLeaderboardToken(checkStructureName('leaderboards', name)),
    inject: [StructuresRuntime],
    useFactory: (runtime: StructuresRuntime) => runtime.leaderboard(name, options),
  };
}

function streamProvider(name: string, options: StreamOptions): Provider {
  return {
    provide: getMessageStreamToken(checkStructureName('streams', name)),
    inject: [StructuresRuntime],
    useFactory: (runtime: StructuresRuntime) => runtime.stream(name, options),
  };
}
