import { EventChannel } from '../diagnostics/channels.js';

/** Where a value came from. `shared`: another caller's load that this one joined. */
export type CacheTier = 'l1' | 'l2';

interface CacheEvent {
  /** Name of the cache. */
  readonly cache: string;
  readonly key: string;
}

export interface CacheHitEvent extends CacheEvent {
  readonly tier: CacheTier;
}

export interface CacheStoreEvent extends CacheEvent {
  readonly bytes: number;
  readonly ttlMs: number;
}

/** Something went wrong and the cache went on without it. */
export interface CacheErrorEvent {
  readonly cache: string;
  readonly operation: string;
  readonly error: Error;
}

export interface CacheInvalidateEvent {
  /** Keys of one cache, or names of generations (`tag:…`, `cache:…`). */
  readonly kind: 'entries' | 'generations';
  readonly names: readonly string[];
}

export const cacheHit = new EventChannel<CacheHitEvent>('nestjs-redis-kit:cache:hit');
export const cacheMiss = new EventChannel<CacheEvent>('nestjs-redis-kit:cache:miss');
export const cacheStore = new EventChannel<CacheStoreEvent>('nestjs-redis-kit:cache:store');
export const cacheError = new EventChannel<CacheErrorEvent>('nestjs-redis-kit:cache:error');
export const cacheInvalidate = new EventChannel<CacheInvalidateEvent>(
  'nestjs-redis-kit:cache:invalidate',
);
