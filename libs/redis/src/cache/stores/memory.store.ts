import { LRUCache } from 'lru-cache';
import { systemClock, type Clock } from '../../common/clock.js';
import type { Entry } from '../entry.js';
import { isExpired } from '../freshness.js';
import type { Store } from './store.js';

export interface MemoryStoreOptions {
  /** Most entries kept; the least recently used go first. */
  readonly maxEntries: number;
  /** Most bytes kept, values and keys. */
  readonly maxBytes: number;
  /** Longest time in milliseconds that an entry is kept here, whatever Redis keeps. */
  readonly ttlMs: number;
  readonly clock?: Clock;
  /** Told of an entry that had to make room. */
  readonly onEvict?: (key: string) => void;
}

/** Bookkeeping of one entry in V8 and in the LRU list, roughly; so that many small values count too. */
const OVERHEAD_BYTES = 300;

interface Held<T> {
  readonly entry: Entry<T>;
  readonly until: number;
}

/** The first tier: values in this process, shared by reference, bounded in entries and bytes. */
export class MemoryStore<T> implements Store<T> {
  readonly #held: LRUCache<string, Held<T>>;
  readonly #ttlMs: number;
  readonly #clock: Clock;

  constructor(options: MemoryStoreOptions) {
    this.#held = new LRUCache({
      max: options.maxEntries,
      maxSize: options.maxBytes,
      dispose: (_held, key, reason) => {
        if (reason === 'evict') options.onEvict?.(key);
      },
      sizeCalculation: ({ entry }, key) => entry.bytes + 2 * key.length + OVERHEAD_BYTES,
    });
    this.#ttlMs = options.ttlMs;
    this.#clock = options.clock ?? systemClock;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Bytes of values, keys and bookkeeping. */
  get bytes(): number {
    return this.#held.calculatedSize;
  }

  get(key: string): Entry<T> | undefined {
    const held = this.#held.get(key);
    if (!held) return undefined;
    const now = this.#clock.now();
    if (now < held.until && !isExpired(held.entry, now)) return held.entry;
    this.#held.delete(key);
    return undefined;
  }

  set(key: string, entry: Entry<T>): void {
    this.#held.set(key, { entry, until: this.#clock.now() + this.#ttlMs });
  }

  /** Replaces an entry for the time that it has left here. @param change gives undefined to leave it */
  amend(key: string, change: (entry: Entry<T>) => Entry<T> | undefined): void {
    const held = this.#held.peek(key);
    const entry = held && change(held.entry);
    if (entry) this.#held.set(key, { entry, until: held.until });
  }

  delete(key: string): boolean {
    return this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
  }
}
