import type { ConfigurableModuleAsyncOptions, Provider } from '@nestjs/common';
import type { Duration } from '../common/duration.js';
import type { ConnectionOptions } from '../connection/connection.options.js';

/** Options that `@nestjs/cache-manager` has too, and `connection`. */
export interface CacheManagerOptions {
  /**
   * Where Redis is. Default: that of `RedisModule` where the application has one, else that of a Redis
   * store in `stores`, else the variable `REDIS_URL`.
   */
  readonly connection?: ConnectionOptions;
  /**
   * The Keyv stores of before. Only the address of the first Redis among them is read; they hold nothing, and are
   * disconnected with the application.
   */
  readonly stores?: object | readonly object[];
  /** Separates the keys, and what `clear` ends. Default: that of the Keyv store, else none. */
  readonly namespace?: string;
  /**
   * Life of what names no other, in milliseconds or text such as `'5m'`; 0 for the longest, 30 days. Default: values 30
   * days, answers of routes as long as the option `cache.ttl` of `RedisModule` says (5 minutes).
   */
  readonly ttl?: Duration;
  /** In milliseconds: `wrap` loads again in the background when less of the TTL is left. Default: never. */
  readonly refreshThreshold?: number;
  /** Taken for its name; a write returns once Redis has it, and waits no longer than the deadline. */
  readonly nonBlocking?: boolean;
  /** Taken for its name: there is one store. */
  readonly refreshAllStores?: boolean;
  /** What `cacheId()` returns. Default: random. */
  readonly cacheId?: string;
}

/** What the factory of `registerAsync` returns. `StoreConfig` is there for the types of @nestjs/cache-manager. */
export type CacheOptions<StoreConfig extends object = Record<string, unknown>> =
  CacheManagerOptions & StoreConfig;

/** Options of `CacheModule.register`. */
export type CacheModuleOptions<StoreConfig extends object = Record<string, unknown>> =
  CacheOptions<StoreConfig> & {
    /** True to use the cache in every module without importing it there. Default false. */
    readonly isGlobal?: boolean;
  };

/** For `registerAsync({ useClass })` and `useExisting`. */
export interface CacheOptionsFactory<StoreConfig extends object = Record<string, unknown>> {
  createCacheOptions(): Promise<CacheOptions<StoreConfig>> | CacheOptions<StoreConfig>;
}

/** Options of `CacheModule.registerAsync`. */
export interface CacheModuleAsyncOptions<
  StoreConfig extends object = Record<string, unknown>,
> extends ConfigurableModuleAsyncOptions<CacheOptions<StoreConfig>, keyof CacheOptionsFactory> {
  /** Providers for the factory. */
  readonly extraProviders?: Provider[];
  /** As of {@link CacheModuleOptions}. */
  readonly isGlobal?: boolean;
}
