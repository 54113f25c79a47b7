/** Token of the cache, as `@nestjs/cache-manager` names it. */
export const CACHE_MANAGER = 'CACHE_MANAGER';
/** Token of the options that `CacheModule.register` was given. */
export const CACHE_MODULE_OPTIONS: string | symbol = Symbol.for(
  'nestjs-redis-kit:cache-module-options',
);
