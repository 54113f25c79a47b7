import type { Cache } from '../cache.js';
import type {
  CacheableOptions,
  CacheEvictOptions,
  CachePutOptions,
  MethodCacheRule,
} from './method-cache.metadata.js';

type Method = (...args: never[]) => Promise<unknown>;

/** What the decorators need of a cache; `CacheService` has it too. */
export type MethodCache = Pick<
  Cache<unknown>,
  'getOrSet' | 'set' | 'delete' | 'invalidateTags' | 'clear'
>;

/** Puts one rule around a method; `this` stays the instance. */
export function wrapMethod(method: Method, rule: MethodCacheRule, cache: MethodCache): Method {
  switch (rule.kind) {
    case 'cacheable':
      return cacheable(method, rule.options, cache);
    case 'put':
      return put(method, rule.options, cache);
    case 'evict':
      return evict(method, rule.options, cache);
  }
}

function cacheable(
  method: Method,
  options: CacheableOptions<readonly never[], never>,
  cache: MethodCache,
): Method {
  return async function (this: unknown, ...args) {
    if (options.condition && !options.condition(...args)) return method.apply(this, args);
    const tags = typeof options.tags === 'function' ? options.tags(...args) : options.tags;
    return cache.getOrSet(
      options.key(...args),
      async ({ skip }) => {
        const result = await method.apply(this, args);
        if (options.unless?.(result as never, ...args)) skip();
        return result;
      },
      { ttl: options.ttl, tags },
    );
  };
}

function put(
  method: Method,
  options: CachePutOptions<readonly never[], never>,
  cache: MethodCache,
): Method {
  return async function (this: unknown, ...args) {
    const result = await method.apply(this, args);
    const known = result as never;
    if (result === undefined || (options.condition && !options.condition(known, ...args)))
      return result;
    const tags = typeof options.tags === 'function' ? options.tags(known, ...args) : options.tags;
    await cache.set(options.key(known, ...args), result, { ttl: options.ttl, tags });
    return result;
  };
}

function evict(
  method: Method,
  options: CacheEvictOptions<readonly never[]>,
  cache: MethodCache,
): Method {
  return async function (this: unknown, ...args) {
    const result = await method.apply(this, args);
    if (options.condition && !options.condition(...args)) return result;
    const keys = [options.keys?.(...args) ?? []].flat();
    const tags = typeof options.tags === 'function' ? options.tags(...args) : (options.tags ?? []);
    await Promise.all([
      ...keys.map((key) => cache.delete(key)),
      cache.invalidateTags(tags),
      options.all ? cache.clear() : undefined,
    ]);
    return result;
  };
}
