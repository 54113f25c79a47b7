// The public API of `nestjs-redis-kit/cache-manager`: the names of `@nestjs/cache-manager`.

export { CACHE_MANAGER, CACHE_MODULE_OPTIONS } from './cache-manager.tokens.js';
export {
  CACHE_KEY_METADATA,
  CACHE_TTL_METADATA,
  CacheKey,
  CacheTTL,
} from '../cache/decorators/cache-metadata.js';
export type { CacheKeyFactory, CacheTTLFactory } from '../cache/decorators/cache-metadata.js';
export { CacheInterceptor } from './cache.interceptor.js';
export { CacheModule } from './cache.module.js';
export {
  Cache,
  type CacheItem,
  type CacheManagerEvents,
  type CacheSetOptions,
  type StoredDataRaw,
  type WrapOptions,
} from './cache.js';
export type {
  CacheManagerOptions,
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptions,
  CacheOptionsFactory,
} from './cache-manager.options.js';
