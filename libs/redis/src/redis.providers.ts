import { Logger, type InjectionToken, type Provider } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { CacheRuntime } from './cache/cache-runtime.js';
import { CacheService } from './cache/cache.service.js';
import { HTTP_CACHE } from './cache/cache.tokens.js';
import { MethodCacheExplorer } from './cache/decorators/method-cache.explorer.js';
import { CacheInterceptor } from './cache/http/cache.interceptor.js';
import { FAST_LANE_OPTIONS, FastLaneService } from './cache/http/fast-lane/fast-lane.service.js';
import { HttpCacheService } from './cache/http/http-cache.service.js';
import { WriteBehindService } from './cache/source/write-behind.service.js';
import { DEFAULT_CONNECTION, getRedisToken } from './connection/inject-redis.decorator.js';
import { RedisConnections } from './connection/redis-connections.js';
import { RedisInspector } from './inspection/redis-inspector.js';
import { RedisMetrics } from './metrics/redis-metrics.js';
import { createCacheRuntime, createHttpCache, openConnections } from './redis.parts.js';
import { RedisLifecycle } from './redis.lifecycle.js';
import type { RedisModuleOptions } from './redis.options.js';
import { REDIS_MODULE_OPTIONS, RESOLVED_OPTIONS } from './redis.tokens.js';
import { resolveOptions, type ResolvedOptions } from './resolve-options.js';
import { SESSION_EXPORTS, sessionProviders } from './session/session.providers.js';
import {
  SESSION_CLIENT,
  SESSION_OPTIONS,
  SESSION_SUBSCRIBER,
  SESSION_WAITING,
  SESSION_WATCHERS,
} from './session/session.tokens.js';
import { MessageExplorer } from './structures/message-explorer.js';
import { PubSub } from './structures/pub-sub/pub-sub.js';
import { StructuresRuntime } from './structures/structures-runtime.js';

/** Every provider of the module, in the order in which they need each other. */
export function redisProviders(connectionNames: readonly string[]): Provider[] {
  return [
    ...connectionProviders(connectionNames),
    ...cacheProviders(),
    ...sessionWiring(),
    ...sessionProviders(),
    ...structuresProviders(),
    RedisMetrics,
    RedisInspector,
    RedisLifecycle,
  ];
}

/** What applications inject, and what Nest builds in their modules (`@UseInterceptors`, `@UseGuards`). */
export function redisExports(connectionNames: readonly string[]): InjectionToken[] {
  return [
    ...clientNames(connectionNames).map(getRedisToken),
    RedisConnections,
    CacheRuntime,
    CacheService,
    WriteBehindService,
    CacheInterceptor,
    HTTP_CACHE,
    HttpCacheService,
    ...SESSION_EXPORTS,
    StructuresRuntime,
    PubSub,
    RedisMetrics,
    RedisInspector,
  ];
}

function clientNames(connectionNames: readonly string[]): string[] {
  return [...new Set([DEFAULT_CONNECTION, ...connectionNames])];
}

function connectionProviders(connectionNames: readonly string[]): Provider[] {
  const names = clientNames(connectionNames);
  return [
    {
      provide: RESOLVED_OPTIONS,
      inject: [REDIS_MODULE_OPTIONS],
      useFactory: (options: RedisModuleOptions) => resolveOptions(options, names),
    },
    {
      provide: RedisConnections,
      inject: [RESOLVED_OPTIONS],
      useFactory: openConnections,
    },
    ...names.map((name) => ({
      provide: getRedisToken(name),
      inject: [RedisConnections],
      useFactory: (connections: RedisConnections) => connections.client(name, 'general'),
    })),
  ];
}

function cacheProviders(): Provider[] {
  return [
    {
      provide: CacheRuntime,
      inject: [RESOLVED_OPTIONS, RedisConnections],
      useFactory: createCacheRuntime,
    },
    {
      provide: CacheService,
      inject: [CacheRuntime, RESOLVED_OPTIONS],
      useFactory: (runtime: CacheRuntime, { cache }: ResolvedOptions) =>
        new CacheService(runtime.create('default', cache.codec)),
    },
    {
      provide: WriteBehindService,
      inject: [CacheRuntime],
      useFactory: ({ writes }: CacheRuntime) => writes,
    },
    {
      provide: HTTP_CACHE,
      inject: [RESOLVED_OPTIONS, CacheRuntime, HttpAdapterHost, ModuleRef],
      useFactory: (
        options: ResolvedOptions,
        runtime: CacheRuntime,
        host: HttpAdapterHost,
        modules: ModuleRef,
      ) => createHttpCache(options, { runtime, host, modules }),
    },
    HttpCacheService,
    CacheInterceptor,
    MethodCacheExplorer,
    {
      provide: FAST_LANE_OPTIONS,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ cache }: ResolvedOptions) => cache.fastLane,
    },
    FastLaneService,
  ];
}

function sessionWiring(): Provider[] {
  return [
    {
      provide: SESSION_OPTIONS,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ session }: ResolvedOptions) => session,
    },
    {
      provide: SESSION_CLIENT,
      inject: [RESOLVED_OPTIONS, RedisConnections],
      useFactory: ({ session }: ResolvedOptions, connections: RedisConnections) =>
        session && (() => connections.client(session.connection, 'session')),
    },
    {
      provide: SESSION_WATCHERS,
      inject: [RedisConnections],
      useFactory: ({ breakers }: RedisConnections) => breakers,
    },
    {
      provide: SESSION_SUBSCRIBER,
      inject: [RESOLVED_OPTIONS, RedisConnections],
      useFactory: ({ session }: ResolvedOptions, connections: RedisConnections) =>
        session && (() => connections.client(session.connection, 'subscriber')),
    },
    {
      provide: SESSION_WAITING,
      inject: [RESOLVED_OPTIONS, RedisConnections],
      useFactory: ({ session }: ResolvedOptions, connections: RedisConnections) => {
        if (!session?.waitForReplicas) return undefined;
        // Made now, so that it connects with the others.
        const client = connections.client(session.connection, 'replicas');
        return () => client;
      },
    },
  ];
}

/** Their connections are made when something needs them: an application without structures has none. */
function structuresProviders(): Provider[] {
  return [
    {
      provide: StructuresRuntime,
      inject: [RESOLVED_OPTIONS, RedisConnections],
      useFactory: ({ structures }: ResolvedOptions, connections: RedisConnections) => {
        const logger = new Logger('RedisStructures');
        return new StructuresRuntime({
          options: structures,
          client: () => connections.client(structures.connection, 'structures'),
          watchBreaker: (breaker) =>
            connections.breakers.add(structures.connection, 'structures', breaker),
          listener: () => connections.client(structures.connection, 'messages'),
          log: (line) => logger.warn(line),
        });
      },
    },
    {
      provide: PubSub,
      inject: [StructuresRuntime],
      useFactory: ({ pubSub }: StructuresRuntime) => pubSub,
    },
    MessageExplorer,
  ];
}
