import type { EventEmitter } from 'node:events';
import type { Duration } from '../common/duration.js';

type OfValue<T, R> = R | ((value: T) => R);

/** A value in its envelope, as `wrap(…, { raw: true })` returns it. */
export interface StoredDataRaw<T> {
  readonly value: T;
  /** Milliseconds since the Unix epoch. */
  readonly expires: number | undefined;
}

/** Options of `Cache.wrap` in place of a TTL. */
export interface WrapOptions<T> {
  /** Life of the value, or a function of it. Default: the option `ttl`. */
  readonly ttl?: OfValue<T, Duration | undefined>;
  /** In milliseconds: loads again in the background when less of the TTL is left. Default: the option `refreshThreshold`. */
  readonly refreshThreshold?: OfValue<T, number | undefined>;
}

/** Options of `Cache.set` in place of a TTL. */
export interface CacheSetOptions {
  readonly ttl?: Duration;
  /** Names to end the value by, together with others: `CacheService.invalidateTags`. */
  readonly tags?: readonly string[];
}

/** An entry of `mset`. */
export interface CacheItem<T> {
  readonly key: string;
  readonly value: T;
  readonly ttl?: Duration;
}

/** What listeners are told. */
export interface CacheManagerEvents {
  get: (event: { key: string; value?: unknown; error?: unknown }) => void;
  mget: (event: { keys: string[]; values?: unknown[]; error?: unknown }) => void;
  set: (event: { key: string; value: unknown; error?: unknown }) => void;
  mset: (event: { list: readonly CacheItem<unknown>[]; error?: unknown }) => void;
  del: (event: { key: string; error?: unknown }) => void;
  mdel: (event: { keys: string[]; error?: unknown }) => void;
  clear: (error?: unknown) => void;
  refresh: (event: { key: string; value?: unknown; error?: unknown }) => void;
}

/** The cache as cache-manager has it. A type, and a token to inject it by. */
export abstract class Cache {
  /** @returns undefined when there is none. An object is the caller's own copy */
  abstract get<T>(key: string): Promise<T | undefined>;
  abstract mget<T>(keys: string[]): Promise<(T | undefined)[]>;
  /** When the value ends, in milliseconds since the Unix epoch; undefined when there is none. */
  abstract ttl(key: string): Promise<number | undefined>;
  /**
   * @param ttl milliseconds, or text such as `'5m'`; 0 for the longest. Default: the option `ttl`
   * @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for functions, cycles and BigInt
   */
  abstract set<T>(key: string, value: T, ttl?: Duration | CacheSetOptions): Promise<T>;
  /** @throws as `set` */
  abstract mset<T>(list: CacheItem<T>[]): Promise<CacheItem<T>[]>;
  /** Ends a value, and the answers of routes that are stored under the key. */
  abstract del(key: string): Promise<boolean>;
  abstract mdel(keys: string[]): Promise<boolean>;
  /** Ends all values and answers of this namespace, on every node. */
  abstract clear(): Promise<boolean>;
  /** The value, or what the function returns, which is stored: one call for a cold key, in however many processes. */
  abstract wrap<T>(
    key: string,
    load: () => T | Promise<T>,
    ttl?: OfValue<T, Duration | undefined>,
    refreshThreshold?: OfValue<T, number | undefined>,
  ): Promise<T>;
  abstract wrap<T>(
    key: string,
    load: () => T | Promise<T>,
    options: WrapOptions<T> & { raw: true },
  ): Promise<StoredDataRaw<T>>;
  abstract wrap<T>(key: string, load: () => T | Promise<T>, options: WrapOptions<T>): Promise<T>;
  abstract on<E extends keyof CacheManagerEvents>(
    event: E,
    listener: CacheManagerEvents[E],
  ): EventEmitter;
  abstract off<E extends keyof CacheManagerEvents>(
    event: E,
    listener: CacheManagerEvents[E],
  ): EventEmitter;
  /** Does nothing: the connections are the application's, and end with it. */
  abstract disconnect(): Promise<undefined>;
  abstract cacheId(): string;
  /** Always empty: there are no Keyv stores below. */
  abstract readonly stores: never[];
}
