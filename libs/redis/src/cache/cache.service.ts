import { Injectable } from '@nestjs/common';
import type { Duration } from '../common/duration.js';
import type { Cache, EntryOptions } from './cache.js';
import type { BatchLoader } from './read-through/gather.js';
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

  /**
   * The fresh entries of many keys, by one round trip per 500 keys.
   *
   * @returns what was found, in the order of the keys; a key without an entry is not in it
   */
  getMany<T = unknown>(keys: Iterable<string>): Promise<Map<string, T>> {
    return this.cache.getMany(keys) as Promise<Map<string, T>>;
  }

  /** Stores many values, such as a Map or `Object.entries(…)`, with the same options. @throws as `set` */
  setMany(entries: Iterable<readonly [string, unknown]>, options?: EntryOptions): Promise<void> {
    return this.cache.setMany(entries, options);
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

  /** Removes many entries. @returns how many Redis held */
  deleteMany(keys: Iterable<string>): Promise<number> {
    return this.cache.deleteMany(keys);
  }

  /** Milliseconds that the entry stays fresh; undefined when there is no fresh one. */
  ttl(key: string): Promise<number | undefined> {
    return this.cache.ttl(key);
  }

  /**
   * Gives a fresh entry a new TTL from now on, and leaves its value.
   *
   * @returns false when there is no fresh entry, or Redis did not answer: then it ends as before
   */
  touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.cache.touch(key, ttl);
  }

  /**
   * Returns the cached value, or loads and stores it. However many callers in however many processes
   * ask for a cold key, one loads. A loader that returns undefined stores nothing; its error reaches
   * everybody who waited in this process.
   */
  getOrSet<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    return this.cache.getOrSet<T>(key, loader, options);
  }

  /** The same as `getOrSet`. */
  wrap<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    return this.getOrSet(key, loader, options);
  }

  /**
   * As `getOrSet` for many keys. The loader gets the missing keys only, each once and at most 500 at a
   * time, and returns a Map; a key that is not in it stores nothing.
   *
   * @returns what was found or loaded, in the order of the keys
   */
  getOrSetMany<T>(
    keys: Iterable<string>,
    loader: BatchLoader<T>,
    options?: EntryOptions,
  ): Promise<Map<string, T>> {
    return this.cache.getOrSetMany(keys, loader, options);
  }

  /** A part of this cache with keys of its own, which its `clear` ends alone. Can be nested. */
  namespace(name: string): CacheService {
    return new CacheService(this.cache.namespace(name));
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
