import { parseDuration, type Duration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import {
  resolveCodec,
  resolveCompression,
  resolveStorage,
  type ResolvedStorage,
  type StorageOptions,
} from './codec/codec.options.js';
import { resolveExpiry, type ExpiryOptions, type ResolvedExpiry } from './expiry.js';
import {
  resolveLoadPolicy,
  type LoadPolicy,
  type LoadPolicyOptions,
} from './read-through/load-policy.js';
import {
  resolveFastLane,
  type FastLaneOptions,
  type ResolvedFastLane,
} from './http/fast-lane/fast-lane.options.js';
import { resolveHttpPolicy, type HttpCacheOptions } from './http/http-cache.options.js';
import type { SourceOptions } from './source/source.options.js';

/** Limits of the first tier, the memory of this process. */
export interface MemoryTierOptions {
  /** Most entries per cache. Default 10,000. */
  readonly maxEntries?: number;
  /** Most bytes per cache, values and keys. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Longest stay in memory; never longer than in Redis. Default `'1m'`. */
  readonly ttl?: Duration;
}

/** Options of the cache, `RedisModule.forRoot({ cache })`. */
export interface CacheOptions extends StorageOptions, LoadPolicyOptions, ExpiryOptions {
  /** Life of an entry that names no other. Every entry has one. Default `'5m'`. */
  readonly ttl?: Duration;
  /** First part of every key of the cache in Redis; applications that share a Redis need different ones. Default `'cache:'`. */
  readonly prefix?: string;
  /** The tier in memory; `false` reads Redis each time. */
  readonly memory?: MemoryTierOptions | false;
  /** Larger values are handed through and not stored. Bytes, default 8 MiB. */
  readonly maxEntryBytes?: number;
  /** Longest wait for Redis per operation; then the answer comes from memory or from the loader. Default `'250ms'`. */
  readonly deadline?: Duration;
  /** Longest wait for another caller's load of the same key; then the caller loads by itself. Default `'10s'`. */
  readonly loadWait?: Duration;
  /** Name of the connection. Default `'default'`. */
  readonly connection?: string;
  /** Rules of the HTTP cache for all routes; `@CachePolicy` changes them for some. */
  readonly http?: ApplicationHttpCacheOptions;
}

/** Option `cache.http`. */
export interface ApplicationHttpCacheOptions extends HttpCacheOptions {
  /** For the routes with `@FastLane()`. */
  readonly fastLane?: FastLaneOptions;
}

/** Options of one named cache, `RedisModule.forFeature({ caches: { name: options } })`. Default: those of `cache`. */
export type NamedCacheOptions = Pick<
  CacheOptions,
  'ttl' | 'memory' | 'maxEntryBytes' | 'loadWait' | 'codec' | 'compression'
> &
  LoadPolicyOptions &
  ExpiryOptions &
  SourceOptions;

export interface ResolvedMemoryTier {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ttlMs: number;
}

export interface ResolvedCacheOptions extends ResolvedStorage, ResolvedExpiry {
  readonly ttlMs: number;
  readonly prefix: string;
  readonly memory: ResolvedMemoryTier | false;
  readonly maxEntryBytes: number;
  readonly deadlineMs: number;
  readonly loadWaitMs: number;
  readonly connection: string;
  readonly policy: LoadPolicy;
  readonly http: HttpCacheOptions;
  readonly fastLane: ResolvedFastLane;
}

const MIB = 1024 * 1024;

/** Fills in the defaults. @throws ConfigurationError that names the option */
export function resolveCacheOptions(options: CacheOptions = {}): ResolvedCacheOptions {
  return {
    ttlMs: parseDuration(options.ttl ?? '5m', 'cache.ttl'),
    prefix: checkPrefix(options.prefix ?? 'cache:'),
    memory: resolveMemory(options.memory ?? {}, 'cache'),
    maxEntryBytes: wholeNumber(options.maxEntryBytes ?? 8 * MIB, 'cache.maxEntryBytes'),
    deadlineMs: parseDuration(options.deadline ?? '250ms', 'cache.deadline'),
    loadWaitMs: parseDuration(options.loadWait ?? '10s', 'cache.loadWait'),
    connection: options.connection ?? 'default',
    policy: resolveLoadPolicy(options, 'cache'),
    http: resolveHttp(options),
    fastLane: resolveFastLane(options.http?.fastLane),
    ...resolveExpiry(options, 'cache'),
    ...resolveStorage(options),
  };
}

/** What the cache says of stale values holds for answers, too. */
function resolveHttp({ http, staleWhileRevalidate, staleIfError }: CacheOptions): HttpCacheOptions {
  const { fastLane: _, ...rules } = http ?? {};
  const resolved = {
    ...(staleWhileRevalidate !== undefined && { staleWhileRevalidate }),
    ...(staleIfError !== undefined && { staleIfError }),
    ...rules,
  };
  resolveHttpPolicy(resolved, 'cache.http');
  return resolved;
}

/**
 * Fills in what a named cache does not say itself from the application's cache options.
 *
 * @throws ConfigurationError that names the option
 */
export function resolveNamedCache(
  name: string,
  options: NamedCacheOptions,
  defaults: ResolvedCacheOptions,
): ResolvedCacheOptions {
  const path = `caches.${name}`;
  return {
    ...defaults,
    ...resolveExpiry(options, path, defaults),
    policy: resolveLoadPolicy(options, path, defaults.policy),
    ...(options.ttl !== undefined && { ttlMs: parseDuration(options.ttl, `${path}.ttl`) }),
    ...(options.memory !== undefined && { memory: resolveMemory(options.memory, path) }),
    ...(options.maxEntryBytes !== undefined && {
      maxEntryBytes: wholeNumber(options.maxEntryBytes, `${path}.maxEntryBytes`),
    }),
    ...(options.loadWait !== undefined && {
      loadWaitMs: parseDuration(options.loadWait, `${path}.loadWait`),
    }),
    ...(options.codec !== undefined && { codec: resolveCodec(options.codec, path) }),
    ...(options.compression !== undefined && {
      compression: resolveCompression(options.compression, path),
    }),
  };
}

/** Taken by the module itself: `CacheService` and the HTTP cache. */
const RESERVED_NAMES = ['default', 'http'];

/** The name is part of every key of the cache. */
export function checkCacheName(name: string): string {
  if (!/^[\w.-]{1,64}$/.test(name) || RESERVED_NAMES.includes(name)) {
    throw new ConfigurationError(
      'caches',
      name,
      "Name a cache by 1 to 64 letters, digits or . _ -, other than 'default' and 'http'.",
    );
  }
  return name;
}

function resolveMemory(
  options: MemoryTierOptions | false,
  path: string,
): ResolvedMemoryTier | false {
  if (options === false) return false;
  return {
    maxEntries: wholeNumber(options.maxEntries ?? 10_000, `${path}.memory.maxEntries`),
    maxBytes: wholeNumber(options.maxBytes ?? 64 * MIB, `${path}.memory.maxBytes`),
    ttlMs: parseDuration(options.ttl ?? '1m', `${path}.memory.ttl`),
  };
}

function wholeNumber(value: number, option: string): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ConfigurationError(option, value, 'Give a whole number from 1.');
  return value;
}

/** The prefix stands before the hash tag of a key, so braces in it would move every key to one slot. */
function checkPrefix(prefix: string): string {
  if (typeof prefix !== 'string' || !/^[\w:.\-/]{1,64}$/.test(prefix)) {
    throw new ConfigurationError(
      'cache.prefix',
      prefix,
      "Give 1 to 64 letters, digits or : . - / _, such as 'shop:cache:'.",
    );
  }
  return prefix;
}
