import { gaugesWanted, type GaugeReading } from '../diagnostics/gauges.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import type { MemoryStore } from './stores/memory.store.js';

/** What a cache holds in the memory of this process. */
export interface MemoryTierState {
  readonly entries: number;
  /** Values, keys and bookkeeping. */
  readonly bytes: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** A cache as those see it that watch over it. */
export interface CacheState {
  readonly name: string;
  /** Life of an entry that names no other, in milliseconds. */
  readonly ttlMs: number;
  /** Undefined where the cache has no tier in memory. */
  readonly memory: MemoryTierState | undefined;
}

interface KnownCache {
  readonly options: ResolvedCacheOptions;
  readonly memory: Pick<MemoryStore<unknown>, 'size' | 'bytes'> | undefined;
}

/** The caches of an application, for inspection, and their gauges while somebody asks for them. */
export class CacheInventory {
  readonly #caches = new Map<string, KnownCache>();
  #stopGauges: (() => void) | undefined;

  /** @param more readings of the cache module that are not of one cache */
  constructor(private readonly more: () => readonly GaugeReading[]) {}

  add(name: string, cache: KnownCache): void {
    this.#caches.set(name, cache);
  }

  list(): CacheState[] {
    return [...this.#caches].map(([name, { options, memory }]) => ({
      name,
      ttlMs: options.ttlMs,
      memory: memoryState(options, memory),
    }));
  }

  start(): void {
    this.#stopGauges ??= gaugesWanted.subscribe(({ report }) => {
      for (const reading of [...this.#memoryGauges(), ...this.more()]) report(reading);
    });
  }

  stop(): void {
    this.#stopGauges?.();
    this.#stopGauges = undefined;
  }

  #memoryGauges(): GaugeReading[] {
    return this.list().flatMap(({ name: cache, memory }) => {
      if (!memory) return [];
      const labels = { cache };
      return [
        { name: 'nestjs_redis_kit.cache.memory.entries', labels, value: memory.entries },
        { name: 'nestjs_redis_kit.cache.memory.size', labels, value: memory.bytes },
      ];
    });
  }
}

function memoryState(
  { memory: limits }: ResolvedCacheOptions,
  memory: KnownCache['memory'],
): MemoryTierState | undefined {
  if (!limits || !memory) return undefined;
  const { maxEntries, maxBytes } = limits;
  return { entries: memory.size, bytes: memory.bytes, maxEntries, maxBytes };
}
