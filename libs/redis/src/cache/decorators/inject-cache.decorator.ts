import { Inject } from '@nestjs/common';

/** Injection token of a named cache; `Symbol.for`, so that two copies of the package agree. */
export function getCacheToken(name: string): symbol {
  return Symbol.for(`nestjs-redis-kit:cache:${name}`);
}

/**
 * Injects a named cache: `@InjectCache('products') private readonly cache: Cache<Product>`.
 *
 * @param name a key of `caches` in `RedisModule.forFeature`
 */
export function InjectCache(name: string): ParameterDecorator & PropertyDecorator {
  return Inject(getCacheToken(name));
}
