import 'reflect-metadata';
import type { Duration } from '../../common/duration.js';

export const METHOD_CACHE_METADATA = 'nestjs-redis-kit:method-cache';

interface NamedCache {
  /** Name of a cache of `RedisModule.forFeature`. Default: the cache of `CacheService`. */
  readonly cache?: string;
}

/** Options of `@Cacheable`. Functions get the arguments of the call. */
export interface CacheableOptions<Args extends readonly unknown[], Result> extends NamedCache {
  /** Must tell apart all calls whose results differ, and name the kind of thing: `product:42`. */
  readonly key: (...args: Args) => string;
  readonly ttl?: Duration;
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[]);
  /** False: the method runs, past the cache. */
  readonly condition?: (...args: Args) => boolean;
  /** True: the result is returned and not stored. */
  readonly unless?: (result: Result, ...args: Args) => boolean;
}

/** Options of `@CachePut`. */
export interface CachePutOptions<Args extends readonly unknown[], Result> extends NamedCache {
  readonly key: (result: Result, ...args: Args) => string;
  readonly ttl?: Duration;
  readonly tags?: readonly string[] | ((result: Result, ...args: Args) => readonly string[]);
  /** False: nothing is stored. */
  readonly condition?: (result: Result, ...args: Args) => boolean;
}

/** Options of `@CacheEvict`: at least one of `keys`, `tags` and `all`. */
export interface CacheEvictOptions<Args extends readonly unknown[]> extends NamedCache {
  readonly keys?: (...args: Args) => string | readonly string[];
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[]);
  /** Everything in this cache. */
  readonly all?: boolean;
  readonly condition?: (...args: Args) => boolean;
}

type AnyArgs = readonly never[];

/** One decorator on a method. */
export type MethodCacheRule =
  | { readonly kind: 'cacheable'; readonly options: CacheableOptions<AnyArgs, never> }
  | { readonly kind: 'put'; readonly options: CachePutOptions<AnyArgs, never> }
  | { readonly kind: 'evict'; readonly options: CacheEvictOptions<AnyArgs> };

/** Rules of a method, the one nearest to it first. */
export function rulesOf(method: object): readonly MethodCacheRule[] {
  return (
    (Reflect.getMetadata(METHOD_CACHE_METADATA, method) as MethodCacheRule[] | undefined) ?? []
  );
}

export function addRule(method: object, rule: MethodCacheRule): void {
  Reflect.defineMetadata(METHOD_CACHE_METADATA, [...rulesOf(method), rule], method);
}
