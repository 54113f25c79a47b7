import { EventChannel } from '../diagnostics/channels.js';

/** The memory of this process, or Redis. */
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

/** `revalidate`: it is being refreshed; `error`: its load failed; `timeout`: its load is too slow. */
export type StaleReason = 'revalidate' | 'error' | 'timeout';

export interface CacheStaleEvent extends CacheEvent {
  readonly reason: StaleReason;
}

export interface CacheLoadEvent extends CacheEvent {
  readonly outcome: 'loaded' | 'failed';
  /** Time that the loader took. */
  readonly ms: number;
}

/** A caller joined a load that another caller of this process had begun. */
export type CacheCollapseEvent = CacheEvent;

/** An entry crossed the wire, as Redis holds it. */
export interface CacheTransferEvent {
  readonly cache: string;
  readonly direction: 'read' | 'write';
  readonly bytes: number;
}

/** An entry left the memory of this process to make room. */
export type CacheEvictEvent = CacheEvent;

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
export const cacheStale = new EventChannel<CacheStaleEvent>('nestjs-redis-kit:cache:stale');
export const cacheLoad = new EventChannel<CacheLoadEvent>('nestjs-redis-kit:cache:load');
export const cacheCollapse = new EventChannel<CacheCollapseEvent>(
  'nestjs-redis-kit:cache:collapse',
);
export const cacheTransfer = new EventChannel<CacheTransferEvent>(
  'nestjs-redis-kit:cache:transfer',
);
export const cacheEvict = new EventChannel<CacheEvictEvent>('nestjs-redis-kit:cache:evict');
export const cacheError = new EventChannel<CacheErrorEvent>('nestjs-redis-kit:cache:error');
export const cacheInvalidate = new EventChannel<CacheInvalidateEvent>(
  'nestjs-redis-kit:cache:invalidate',
);
