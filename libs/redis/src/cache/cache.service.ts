import { Injectable } from '@nestjs/common';
import type { Cache, EntryOptions } from './cache.js';
import type { Loader } from './read-through/loading.js';

/**
 * The application's data cache: memory before Redis, one load per cold key, never stale after an
 * invalidation, never down because of Redis. Values are what JSON holds, and Buffers, Dates, Maps and
 * Sets, wherever they are in it. Objects and arrays come back frozen and shared; what cannot be frozen
 * is the caller's own copy. Every entry has a TTL.
 */
@Injectable()
export class CacheService {
  constructor(private readonly cache: Cache<unknown>) {}

  /** @returns undefined when there is no fresh entry */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    return (await this.cache.get(key)) as T | undefined;
  }

  /**
   * Stores a value over whatever is there.
   *
   * @param options.ttl life of the entry; default the option `cache.ttl`
   * @param options.tags names to invalidate it by, together with others
   * @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for what the codec refuses (undefined, functions, cycles, BigInt)
   */
  set(key: string, value: unknown, options?: EntryOptions): Promise<void> {
    return this.cache.set(key, value, options);
  }

  has(key: string): Promise<boolean> {
    return this.cache.has(key);
  }

  /**
   * Removes an entry from every tier of every node; a load of the key that is under way is not stored.
   *
   * @returns whether Redis held one
   */
  delete(key: string): Promise<boolean> {
    return this.cache.delete(key);
  }

  /**
   * Returns the cached value, or loads and stores it. However many callers in however many processes
   * ask for a cold key, one loads. A loader that returns undefined stores nothing; its error reaches
   * everybody who waited in this process.
   */
  getOrSet<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    return this.cache.getOrSet<T>(key, loader, options);
  }

  /** Makes every entry with one of the tags a miss on every node, cached HTTP answers too. */
  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.cache.invalidateTags(tags);
  }

  /** Makes every entry of this cache a miss, on every node; cached HTTP answers and other caches stay. */
  clear(): Promise<void> {
    return this.cache.clear();
  }
}
