import {
  addRule,
  type CacheableOptions,
  type CacheEvictOptions,
  type CachePutOptions,
  type MethodCacheRule,
} from './method-cache.metadata.js';

/** A method may take more arguments than the options look at; options that look at none fit every method. */
type Accepted<Args extends readonly unknown[]> = unknown[] extends Args
  ? never[]
  : [...Args, ...never[]];

type CacheDecorator<Args extends readonly unknown[], Result> = <
  Method extends (...args: Accepted<Args>) => Promise<Result>,
>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Caches what an asynchronous method of a provider returns. Concurrent calls for one key run it once,
 * across processes too. Not for controllers: there, `CacheInterceptor` knows about HTTP.
 *
 * ```ts
 * @Cacheable({ key: (id: number) => `product:${id}`, ttl: '10m' })
 * async find(id: number): Promise<Product> { … }
 * ```
 */
export function Cacheable<Args extends readonly unknown[], Result>(
  options: CacheableOptions<Args, Result>,
): CacheDecorator<Args, Result> {
  return decorate({ kind: 'cacheable', options } as unknown as MethodCacheRule);
}

/** Runs the method each time and stores what it returns. Several may stand on one method. */
export function CachePut<Args extends readonly unknown[], Result>(
  options: CachePutOptions<Args, Result>,
): CacheDecorator<Args, Result> {
  return decorate({ kind: 'put', options } as unknown as MethodCacheRule);
}

/** Runs the method and, when it has succeeded, removes entries. Several may stand on one method. */
export function CacheEvict<Args extends readonly unknown[], Result>(
  options: CacheEvictOptions<Args>,
): CacheDecorator<Args, Result> {
  return decorate({ kind: 'evict', options } as unknown as MethodCacheRule);
}

/** The rule forgets the types of the method, which have been checked by then. Only leaves a note on the method; the application that makes the instance reads it (method-cache.explorer.ts). */
function decorate<Args extends readonly unknown[], Result>(
  rule: MethodCacheRule,
): CacheDecorator<Args, Result> {
  return (_target, _name, descriptor) => {
    if (descriptor.value) addRule(descriptor.value, rule);
  };
}
