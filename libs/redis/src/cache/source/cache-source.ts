import type { LoadContext } from '../read-through/load-context.js';

/**
 * Where the values of a named cache come from and go to: an injectable of the application, named as
 * `source` of the cache. Each method is optional; what is there decides what the cache does:
 *
 * - `load`: **read-through**. `cache.get(key)` loads a miss, one load for all callers and processes.
 * - `write`, `remove`: **write-through**. `cache.set` and `cache.delete` go to the source first, then to the cache.
 * - the same or `writeBatch`, with `writeMode: 'behind'`: **write-behind**. `cache.set` and
 *   `cache.delete` return once Redis holds the change; it reaches the source later, in batches.
 *
 * With `writeMode: 'behind'` a change can reach the source twice: after a crash between the write and
 * its acknowledgment, after a timeout, or from a process that was frozen meanwhile. So the writer has to be
 * idempotent and refuse what is older than what it has. Every change carries a `version` for that:
 *
 * ```sql
 * INSERT INTO product (id, name, version) VALUES ($1, $2, $3)
 * ON CONFLICT (id) DO UPDATE SET name = $2, version = $3 WHERE product.version < $3
 * ```
 *
 * Keep a removed row as a tombstone with its version where a late write must not bring it back.
 */
export interface CacheSource<T> {
  /** @returns the value, or undefined when there is none: then nothing is stored */
  load?(key: string, context: LoadContext): Promise<T | undefined> | T | undefined;

  /** Stores one value. Write-behind gives what the cache's codec makes of it, as a hit would. */
  write?(key: string, value: T, context: WriteContext): Promise<void> | void;

  /** Removes one value. Without it, `cache.delete` empties the cache only. */
  remove?(key: string, context: WriteContext): Promise<void> | void;

  /**
   * Write-behind only: many changes at once, each key once. All or nothing, best in one transaction: when it
   * throws, every change is tried again, one by one, to find the one that is wrong.
   */
  writeBatch?(changes: readonly Change<T>[], context: BatchContext): Promise<void> | void;

  /**
   * Write-behind only: true for an error that speaks of the source being down and not of the change. Then
   * everything waits and no change comes nearer to the dead letters. Default: {@link meansOutage}.
   */
  isOutage?(error: unknown): boolean;
}

/** One change of one key, as the source gets it. */
export type Change<T> =
  | {
      readonly kind: 'set';
      readonly key: string;
      readonly value: T;
      readonly version: number;
    }
  | { readonly kind: 'delete'; readonly key: string; readonly version: number };

/** What a source is told with a batch of changes. */
export interface BatchContext {
  /** Aborted when the write takes too long; its outcome then no longer counts. */
  readonly signal: AbortSignal;
}

/** What a source is told with one change. */
export interface WriteContext extends BatchContext {
  /**
   * Grows with every change of a key, in the order in which the changes were accepted: microseconds
   * since the Unix epoch by Redis' clock, always a safe integer. Fits a BIGINT column.
   */
  readonly version: number;
}

/** Names of the methods that decide what a cache can do with its source. */
export type SourceMethod = 'load' | 'write' | 'remove' | 'writeBatch';
