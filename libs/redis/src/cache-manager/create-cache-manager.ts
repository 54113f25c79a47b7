import type { OptionalFactoryDependency, Provider } from '@nestjs/common';
import type { CacheRuntime as Runtime } from '../cache/cache-runtime.js';
import { CacheRuntime } from '../cache/cache-runtime.js';
import { HTTP_CACHE } from '../cache/cache.tokens.js';
import type { HttpCache } from '../cache/http/http-cache.js';
import { ConfigurationError } from '../common/errors.js';
import { NamedAnswers } from './answers.js';
import type { CacheManagerOptions } from './cache-manager.options.js';
import { CACHE_MANAGER, CACHE_MODULE_OPTIONS } from './cache-manager.tokens.js';
import { connectionOfStores, namespaceOfStores } from './connection-of-stores.js';
import { RedisCache } from './redis-cache.js';
import { SharedRedis, type CacheEngine } from './shared-redis.js';

/** Name of the cache in keys and events. */
const NAME = 'cache-manager';

/** An application with `RedisModule` has its engine already; it is global by default. */
const OF_REDIS_MODULE: readonly OptionalFactoryDependency[] = [
  { token: CacheRuntime, optional: true },
  { token: HTTP_CACHE, optional: true },
];

/** The provider of `CACHE_MANAGER`. */
export function createCacheManager(): Provider {
  return {
    provide: CACHE_MANAGER,
    inject: [CACHE_MODULE_OPTIONS, SharedRedis, ...OF_REDIS_MODULE],
    useFactory: async (
      options: CacheManagerOptions = {},
      shared: SharedRedis,
      runtime: Runtime | undefined,
      http: HttpCache | undefined,
    ) => {
      const given = runtime && http ? { runtime, http } : undefined;
      return managerOf(options, await engineOf(options, shared, given));
    },
  };
}

async function engineOf(
  options: CacheManagerOptions,
  shared: SharedRedis,
  ofModule: CacheEngine | undefined,
): Promise<CacheEngine> {
  if (options.connection !== undefined) return shared.engine(options.connection);
  if (ofModule) return ofModule;
  const connection = connectionOfStores(options.stores) ?? process.env.REDIS_URL;
  if (connection) return shared.engine(connection);
  throw new ConfigurationError(
    'connection',
    undefined,
    "Give CacheModule.register({ connection: 'redis://127.0.0.1:6379' }) the URL of a Redis, or 'embedded' for a private one; " +
      'or import RedisModule.forRoot in the root module; or set REDIS_URL.',
  );
}

function managerOf(options: CacheManagerOptions, { runtime, http }: CacheEngine): RedisCache {
  const namespace = options.namespace ?? namespaceOfStores(options.stores) ?? '';
  const cache = runtime.named(NAME, {});
  const answers = new NamedAnswers(http, namespace);
  return new RedisCache(namespace ? cache.namespace(namespace) : cache, answers, options);
}
