import { parseDuration, type Duration } from '../common/duration.js';
import { RedisKitError } from '../common/errors.js';
import type { Clock } from '../common/clock.js';
import { BatchOperations } from './batch-operations.js';
import { hasSource, type CacheParts } from './cache-parts.js';
import { cacheInvalidate } from './cache.events.js';
import { tagGeneration } from './entry.js';
import { touched } from './expiry.js';
import { isFresh } from './freshness.js';
import { Hits } from './hits.js';
import type { Invalidation } from './invalidation/invalidation-message.js';
import type { InvalidationListener } from './invalidation/invalidation-bus.js';
import { checkKey, KeyScope } from './key-scope.js';
import type { BatchLoader } from './read-through/gather.js';
import type { FetchOptions, Loader } from './read-through/loading.js';
import { callPolicy, type CallPolicyOptions } from './read-through/load-policy.js';
import type { Fetched } from './read-through/read-through.js';
import type { Found } from './stores/tiered.store.js';

/** Options of one write. */
export interface EntryOptions extends CallPolicyOptions {
  /** Life of the entry. Default: the cache's `ttl`. */
  readonly ttl?: Duration;
  /** Names under which the entry can be invalidated together with others, in any cache of the application. */
  readonly tags?: readonly string[];
}

/**
 * One named cache: its own keys, limits and memory. Values are shared between callers and therefore
 * frozen. Redis being slow or down never makes an operation fail or hang.
 */
export class Cache<T> implements InvalidationListener {
  readonly #parts: CacheParts<T>;
  readonly #scope: KeyScope;
  readonly #hits: Hits<T>;
  readonly #batch: BatchOperations<T>;

  constructor(parts: CacheParts<T>, scope = new KeyScope(parts.name)) {
    this.#parts = parts;
    this.#scope = scope;
    this.#hits = new Hits(parts);
    this.#batch = new BatchOperations(parts, this.#hits);
    if (scope.isRoot) parts.bus.listen(this);
  }

  get name(): string {
    return this.#parts.name;
  }

  /** The time that its entries are judged by: that of Redis. */
  get clock(): Clock {
    return this.#parts.clock;
  }

  /**
   * The fresh entry; where the cache has a source that loads, a miss loads it as `getOrSet` does.
   *
   * @returns undefined when there is none
   */
  async get(key: string): Promise<T | undefined> {
    const stored = this.#stored(key);
    const loader = this.#parts.path.loader(stored);
    if (loader) return this.#hits.valueOf(await this.#fetch(stored, loader, {}));
    const found = await this.find(key);
    return found && this.#hits.own(found.entry.value);
  }

  /** Like `get`, with the entry and the tier it came from. Its value is shared: read it, never change it. */
  async find(key: string): Promise<Found<T> | undefined> {
    const stored = this.#stored(key);
    return this.#hits.looked(stored, await this.#parts.store.get(stored));
  }

  async has(key: string): Promise<boolean> {
    return (await this.find(key)) !== undefined;
  }

  /**
   * The fresh entries of many keys, by one round trip per 500 keys and one more where generations are
   * not known here. Where the cache has a source that loads, misses are loaded as `getOrSet` does.
   *
   * @returns what was found, in the order of the keys; a key without an entry is not in it
   */
  async getMany(keys: Iterable<string>): Promise<Map<string, T>> {
    return this.#batch.getMany(this.#storedKeys(keys), this.#fetchOptions({}));
  }

  /**
   * How long the entry stays fresh, as far as this node knows, in milliseconds.
   *
   * @returns undefined when there is no fresh entry
   */
  async ttl(key: string): Promise<number | undefined> {
    const found = await this.#parts.store.get(this.#stored(key));
    const leftMs = found ? found.entry.freshUntil - this.#parts.clock.now() : 0;
    return leftMs > 0 ? leftMs : undefined;
  }

  /**
   * Gives a fresh entry a new TTL from now on, and leaves its value. An entry that is removed meanwhile
   * stays removed.
   *
   * @param ttl default: the cache's `ttl`; at most `maxTtl`, and `maxLifetime` after the last write
   * @returns false when there is no fresh entry, or Redis did not answer: then it ends as before
   */
  async touch(key: string, ttl?: Duration): Promise<boolean> {
    const { store, clock, options } = this.#parts;
    const ttlMs = Math.min(this.#ttlOf({ ttl }), options.policy.maxTtlMs);
    return store.touch(this.#stored(key), (entry) => {
      const now = clock.now();
      return isFresh(entry, now) ? touched(entry, now, { ...options, ttlMs }) : undefined;
    });
  }

  /**
   * Stores a value over whatever is there; a load of the key that is under way will not replace it. A
   * cache with a source that writes brings it there too; only then can this fail for want of Redis or the source.
   *
   * @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for what the codec refuses (undefined, functions, cycles, BigInt)
   */
  async set(key: string, value: T, options: EntryOptions = {}): Promise<void> {
    const stored = this.#stored(key);
    const [entry] = await this.#parts.entries.make([[stored, value]], this.#fetchOptions(options));
    await this.#parts.path.set(stored, value, entry);
  }

  /**
   * Stores many values, by one round trip per 500 and one message to the other nodes. A cache with a source
   * writes key by key; what failed first is thrown once all are done.
   *
   * @param entries such as a Map or `Object.entries(…)`; of a key that comes twice, the last counts
   * @throws as `set`
   */
  async setMany(
    entries: Iterable<readonly [string, T]>,
    options: EntryOptions = {},
  ): Promise<void> {
    const values = new Map([...entries].map(([key, value]) => [this.#stored(key), value]));
    await this.#batch.setMany(values, this.#fetchOptions(options));
  }

  /**
   * Removes an entry from every tier of every node. A load of the key that is under way is not stored.
   *
   * @returns whether Redis held one
   */
  async delete(key: string): Promise<boolean> {
    const stored = this.#stored(key);
    const removed = await this.#parts.path.delete(stored);
    cacheInvalidate.publish(() => ({ kind: 'entries', names: [stored] }));
    return removed;
  }

  /**
   * Removes many entries, by one round trip per 500 and one message to the other nodes. A cache with a
   * source removes key by key; what failed first is thrown once all are done.
   *
   * @returns how many Redis held
   */
  async deleteMany(keys: Iterable<string>): Promise<number> {
    return this.#batch.deleteMany([...this.#storedKeys(keys).keys()]);
  }

  /**
   * Returns the cached value, or loads and stores it. However many callers ask for a cold key, in
   * however many processes, one of them loads; the others get its value, in this process also its error.
   * A loader that returns undefined stores nothing.
   */
  async getOrSet<V extends T>(
    key: string,
    loader: Loader<V>,
    options: EntryOptions = {},
  ): Promise<V> {
    // What is stale under the key is what a loader like this one brought.
    return this.#hits.valueOf(await this.fetch(key, loader as unknown as Loader<T>, options)) as V;
  }

  /** The same as `getOrSet`. */
  wrap<V extends T>(key: string, loader: Loader<V>, options: EntryOptions = {}): Promise<V> {
    return this.getOrSet(key, loader, options);
  }

  /**
   * As `getOrSet` for many keys. The loader gets the keys that are missing, each once, mostly in one
   * call: at most 500 at a time, and later those whose load by somebody else came to nothing. Keys that
   * somebody else is loading are waited for.
   *
   * @param loader returns a Map; a key that is not in it stores nothing
   * @returns what was found or loaded, in the order of the keys. @throws what the loader threw
   */
  async getOrSetMany<V extends T>(
    keys: Iterable<string>,
    loader: BatchLoader<V>,
    options: EntryOptions = {},
  ): Promise<Map<string, V>> {
    const names = this.#storedKeys(keys);
    const found = await this.#batch.getOrSetMany(names, loader, this.#fetchOptions(options));
    return found as Map<string, V>;
  }

  /** Like `getOrSet`, with the entry and where it came from. Its value is shared: read it, never change it. */
  fetch(key: string, loader: Loader<T>, options: EntryOptions = {}): Promise<Fetched<T>> {
    const stored = this.#stored(key);
    // A loader knows its key as its caller does.
    const given: Loader<T> = stored === key ? loader : (context) => loader({ ...context, key });
    return this.#fetch(stored, this.#parts.path.loader(stored, given) ?? given, options);
  }

  async #fetch(stored: string, loader: Loader<T>, options: EntryOptions): Promise<Fetched<T>> {
    const { readThrough } = this.#parts;
    return this.#hits.accessed(
      stored,
      await readThrough.fetch(stored, loader, this.#fetchOptions(options)),
    );
  }

  /**
   * A part of this cache with keys of its own, which `clear` of the part ends alone. It shares limits and
   * memory with the whole, whose `clear` ends it too. Can be nested.
   *
   * @throws RedisKitError `CONFIGURATION_INVALID` for a cache with a source, which would get keys it does not know
   */
  namespace(name: string): Cache<T> {
    if (!hasSource(this.#parts)) return new Cache(this.#parts, this.#scope.inside(name));
    throw new RedisKitError(
      'CONFIGURATION_INVALID',
      `Cache \`${this.name}\` has a source, whose keys a namespace would change. Name another cache for \`${name}\`.`,
    );
  }

  /** Makes every entry of this cache, or of this namespace, a miss, on every node, by one command. */
  async clear(): Promise<void> {
    await this.#invalidateGenerations([this.#scope.ownGeneration]);
  }

  /** Makes every entry with one of the tags a miss, in every cache of the application, on every node. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    if (tags.length > 0) await this.#invalidateGenerations(tags.map(tagGeneration));
  }

  invalidated(invalidation: Invalidation): void {
    const { flights, store, name } = this.#parts;
    store.apply(invalidation);
    if (invalidation.kind === 'generations') flights.forgetNames(invalidation.names);
    else if (invalidation.cache === name) for (const key of invalidation.names) flights.forget(key);
  }

  reset(): void {
    this.#parts.flights.forgetAll();
    this.#parts.store.reset();
  }

  async #invalidateGenerations(names: string[]): Promise<void> {
    const { generations, invalidator, failures } = this.#parts;
    await invalidator.run({
      invalidation: { kind: 'generations', names },
      operation: 'invalidate',
      failures,
      inRedis: () => generations.remove(names),
    });
    cacheInvalidate.publish(() => ({ kind: 'generations', names }));
  }

  #namesOf({ tags = [] }: EntryOptions): string[] {
    return [...this.#scope.generations, ...new Set(tags.map(tagGeneration))];
  }

  #fetchOptions(options: EntryOptions): FetchOptions {
    return {
      ttlMs: this.#ttlOf(options),
      generations: this.#namesOf(options),
      policy: callPolicy(options, this.#parts.options.policy),
    };
  }

  /** A source gets keys as the caller gave them; such a cache has no namespaces. */
  #stored(key: string): string {
    return hasSource(this.#parts) ? checkKey(key) : this.#scope.stored(checkKey(key));
  }

  /** Keys as they are stored, each once, and as the caller gave them. */
  #storedKeys(keys: Iterable<string>): Map<string, string> {
    return new Map([...keys].map((key) => [this.#stored(key), key]));
  }

  #ttlOf({ ttl }: { readonly ttl?: Duration | undefined }): number {
    return ttl === undefined ? this.#parts.options.ttlMs : parseDuration(ttl, 'ttl');
  }
}
