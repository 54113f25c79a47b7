import type { Clock } from '../common/clock.js';
import { isError } from '../common/errors.js';
import type { CacheParts } from './cache-parts.js';
import { cacheHit, cacheInvalidate } from './cache.events.js';
import { generationsOf, type Entry } from './entry.js';
import type { InnerLoadContext } from './read-through/load-context.js';
import type { FetchOptions, Loader } from './read-through/loading.js';
import type { Fetched } from './read-through/read-through.js';
import type { Found } from './stores/tiered.store.js';

export type InnerLoader<T> = (context: InnerLoadContext<T>) => Promise<T>;

/** An entry that was loaded together with another one. */
export interface LoadedTogether {
  readonly createdAt: number;
  readonly ttlMs: number;
  readonly graceMs: number;
  /** Names of the generations, and as they were before the load began. */
  readonly names: readonly string[];
  readonly seen: ReadonlyMap<string, string> | undefined;
}

/**
 * A cache as those see it that build another one on it: entries instead of values, rules of reuse that
 * the caller brings along, keys that are ended by their generations alone and never one by one.
 */
export class EntryCache<T> {
  readonly #parts: CacheParts<T>;

  constructor(parts: CacheParts<T>) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  /** The time that entries are judged by: that of Redis. */
  get clock(): Clock {
    return this.#parts.clock;
  }

  /** The entry in memory, of any age, if it counts without asking Redis. */
  peek(key: string): Entry<T> | undefined {
    return this.#parts.store.peek(key);
  }

  /** The entry of any age, by one command at most where its generations are known here. */
  find(key: string): Promise<Found<T> | undefined> {
    return this.#parts.store.get(key);
  }

  /** Finds the entry or loads it; one caller loads, the others get its result. */
  fetch(key: string, load: InnerLoader<T>, fetch: FetchOptions<T>): Promise<Fetched<T>> {
    return this.#parts.readThrough.fetch(key, load as unknown as Loader<T>, fetch);
  }

  /**
   * Stores what a load brought besides the entry of its own key. No lease guards it: what was invalidated
   * since the load began is kept out by the generations seen before.
   */
  async add(key: string, value: T, loaded: LoadedTogether): Promise<void> {
    const { entries, store } = this.#parts;
    const generations = generationsOf(loaded.names, loaded.seen);
    const entry = entries.seal(value, { ...loaded, generations });
    if (entry) await store.add(key, entry);
  }

  /**
   * Replaces the value of an entry, if it is still the one that `change` saw; its life stays. A value above
   * `maxEntryBytes` is left out.
   *
   * @param change gives undefined to leave it
   */
  async amend(key: string, change: (value: T) => T | undefined): Promise<void> {
    await this.#parts.store.renew(key, (entry) => this.#amended(entry, change) ?? entry);
  }

  /** As `amend`, in the memory of this process alone, and at once. */
  amendInMemory(key: string, change: (value: T) => T | undefined): void {
    this.#parts.store.amendInMemory(key, (entry) => this.#amended(entry, change));
  }

  /** True for a value that is not above `maxEntryBytes`. */
  fits(value: T): boolean {
    const { codec, options } = this.#parts;
    return codec.encode(value).length <= options.maxEntryBytes;
  }

  /** Starts work that no request waits for; the application waits for it when it ends. */
  inBackground(operation: string, work: () => Promise<unknown>): void {
    this.#parts.background.run(work, (error) => this.report(operation, error));
  }

  /** Keeps generations alive for an entry that lives longer than its load was told. */
  async prolong(names: readonly string[], lifeMs: number): Promise<void> {
    const { failures, generations } = this.#parts;
    await failures.attempt('generations', () => generations.prolong(names, lifeMs), undefined);
  }

  async delete(key: string): Promise<void> {
    await this.#parts.store.delete(key);
    cacheInvalidate.publish(() => ({ kind: 'entries', names: [key] }));
  }

  /** Ends generations: every entry that carries one of them is a miss from now on, on every node. */
  async invalidate(names: readonly string[]): Promise<void> {
    const { generations, invalidator, failures } = this.#parts;
    await invalidator.run({
      invalidation: { kind: 'generations', names: [...names] },
      operation: 'invalidate',
      failures,
      inRedis: () => generations.remove([...names]),
    });
    cacheInvalidate.publish(() => ({ kind: 'generations', names: [...names] }));
  }

  /** Counts and logs what went wrong and is made up for. */
  report(operation: string, error: unknown): void {
    this.#parts.failures.note(operation, isError(error) ? error : new Error(String(error)));
  }

  /** Counts a hit that went past `fetch`. */
  hit(key: string): void {
    cacheHit.publish(() => ({ cache: this.name, key, tier: 'l1' }));
  }

  #amended(entry: Entry<T>, change: (value: T) => T | undefined): Entry<T> | undefined {
    const { codec, options } = this.#parts;
    const value = change(entry.value);
    if (value === undefined) return undefined;
    const bytes = codec.encode(value).length;
    return bytes > options.maxEntryBytes ? undefined : { ...entry, value, bytes };
  }
}
