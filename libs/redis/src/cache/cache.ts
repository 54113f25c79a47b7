import { parseDuration, type Duration } from '../common/duration.js';
import { RedisKitError } from '../common/errors.js';
import type { Clock } from '../common/clock.js';
import type { Codec } from './codec/codec.js';
import {
  cacheGeneration,
  generationsOf,
  tagGeneration,
  type Entry,
  type EntryFrame,
} from './entry.js';
import { cacheHit, cacheInvalidate, cacheMiss } from './cache.events.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import { isFresh } from './freshness.js';
import type { FailurePolicy } from './failure-policy.js';
import type { Invalidator } from './invalidation/invalidator.js';
import type { Invalidation } from './invalidation/invalidation-message.js';
import type { InvalidationBus, InvalidationListener } from './invalidation/invalidation-bus.js';
import type { Loader } from './read-through/loading.js';
import {
  graceOf,
  lifeOf,
  resolveLoadPolicy,
  type CallPolicyOptions,
  type LoadPolicy,
} from './read-through/load-policy.js';
import type { Fetched, ReadThrough } from './read-through/read-through.js';
import type { SingleFlight } from './read-through/single-flight.js';
import type { Found, TieredStore } from './stores/tiered.store.js';
import type { SourcePath } from './source/source-path.js';
import type { Generations } from './tags/generations.js';

/** Options of one write. */
export interface EntryOptions extends CallPolicyOptions {
  /** Life of the entry. Default: the cache's `ttl`. */
  readonly ttl?: Duration;
  /** Names under which the entry can be invalidated together with others, in any cache of the application. */
  readonly tags?: readonly string[];
}

const CALL_POLICY: readonly (keyof CallPolicyOptions)[] = [
  'staleWhileRevalidate',
  'staleIfError',
  'softTimeout',
  'hardTimeout',
  'refreshAhead',
];

export interface CacheParts<T> {
  readonly name: string;
  readonly options: ResolvedCacheOptions;
  readonly codec: Codec<T>;
  readonly store: TieredStore<T>;
  readonly readThrough: ReadThrough<T>;
  /** How reads and writes reach the source of the cache. */
  readonly path: SourcePath<T>;
  readonly flights: SingleFlight<Fetched<T>>;
  readonly generations: Generations;
  readonly bus: InvalidationBus;
  readonly invalidator: Invalidator;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
}

/**
 * One named cache: its own keys, limits and memory. Values are shared between callers and therefore
 * frozen. Redis being slow or down never makes an operation fail or hang.
 */
export class Cache<T> implements InvalidationListener {
  readonly #parts: CacheParts<T>;

  constructor(parts: CacheParts<T>) {
    this.#parts = parts;
    parts.bus.listen(this);
  }

  get name(): string {
    return this.#parts.name;
  }

  /**
   * The fresh entry; where the cache has a source that loads, a miss loads it as `getOrSet` does.
   *
   * @returns undefined when there is none
   */
  async get(key: string): Promise<T | undefined> {
    const loader = this.#parts.path.loader(checkKey(key));
    if (loader) return this.#valueOf(await this.#fetch(key, loader, {}));
    const found = await this.find(key);
    return found && this.#own(found.entry.value);
  }

  /** Like `get`, with the entry and the tier it came from. Its value is shared: read it, never change it. */
  async find(key: string): Promise<Found<T> | undefined> {
    const { store, name, clock } = this.#parts;
    const found = await store.get(checkKey(key));
    if (!found || !isFresh(found.entry, clock.now())) {
      cacheMiss.publish(() => ({ cache: name, key }));
      return undefined;
    }
    cacheHit.publish(() => ({ cache: name, key, tier: found.tier }));
    return found;
  }

  async has(key: string): Promise<boolean> {
    return (await this.find(key)) !== undefined;
  }

  /**
   * Stores a value over whatever is there; a load of the key that is under way will not replace it. A
   * cache with a source that writes brings it there too; only then can this fail for want of Redis or the source.
   *
   * @throws RedisKitError `CACHE_VALUE_UNSUPPORTED` for what the codec refuses (undefined, functions, cycles, BigInt)
   */
  async set(key: string, value: T, options: EntryOptions = {}): Promise<void> {
    const { path, clock } = this.#parts;
    const createdAt = clock.now();
    const policy = this.#policyOf(options);
    const ttlMs = lifeOf(value, this.#ttlOf(options), policy);
    const names = this.#namesOf(options);
    // Encoded before anything is awaited: the caller may go on to change its object.
    const sealed = this.seal(value, {
      createdAt,
      ttlMs,
      graceMs: graceOf(policy),
      generations: [],
    });
    const entry = sealed && (await this.#withGenerations(sealed, names, ttlMs));
    await path.set(checkKey(key), value, entry);
  }

  /**
   * Removes an entry from every tier of every node. A load of the key that is under way is not stored.
   *
   * @returns whether Redis held one
   */
  async delete(key: string): Promise<boolean> {
    const removed = await this.#parts.path.delete(checkKey(key));
    cacheInvalidate.publish(() => ({ kind: 'entries', names: [key] }));
    return removed;
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
    return this.#valueOf(await this.fetch(key, loader as unknown as Loader<T>, options)) as V;
  }

  /** Like `getOrSet`, with the entry and where it came from. Its value is shared: read it, never change it. */
  fetch(key: string, loader: Loader<T>, options: EntryOptions = {}): Promise<Fetched<T>> {
    const { path } = this.#parts;
    return this.#fetch(key, path.loader(checkKey(key), loader) ?? loader, options);
  }

  #fetch(key: string, loader: Loader<T>, options: EntryOptions): Promise<Fetched<T>> {
    return this.#parts.readThrough.fetch(checkKey(key), loader, {
      ttlMs: this.#ttlOf(options),
      generations: this.#namesOf(options),
      policy: this.#policyOf(options),
    });
  }

  /** Makes every entry of this cache a miss, on every node, by one command. */
  async clear(): Promise<void> {
    await this.#invalidateGenerations([cacheGeneration(this.name)]);
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

  /** Makes the entry of a value; undefined when it is above `maxEntryBytes`. */
  seal(value: T, { createdAt, ttlMs, graceMs, generations }: EntryFrame): Entry<T> | undefined {
    const { codec, options } = this.#parts;
    const payload = codec.encode(value);
    if (payload.length > options.maxEntryBytes) return undefined;
    const freshUntil = createdAt + ttlMs;
    // What a hit would return: the caller of a miss gets it frozen and without its classes just the same.
    return {
      value: codec.decode(payload),
      createdAt,
      freshUntil,
      expiresAt: freshUntil + graceMs,
      generations,
      bytes: payload.length,
    };
  }

  #valueOf({ value, entry }: Fetched<T>): T {
    return entry ? this.#own(value) : value;
  }

  /** What cannot be frozen is the caller's own, so that nobody changes what the next one reads. */
  #own(value: T): T {
    const { codec } = this.#parts;
    return codec.own ? codec.own(value) : value;
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

  async #withGenerations(entry: Entry<T>, names: string[], ttlMs: number): Promise<Entry<T>> {
    const { generations, failures } = this.#parts;
    const current = await failures.attempt(
      'generations',
      () => generations.ensure(names, ttlMs),
      undefined,
    );
    return { ...entry, generations: generationsOf(names, current) };
  }

  #namesOf({ tags = [] }: EntryOptions): string[] {
    return [cacheGeneration(this.name), ...new Set(tags.map(tagGeneration))];
  }

  #policyOf(options: EntryOptions): LoadPolicy {
    const { policy } = this.#parts.options;
    return CALL_POLICY.some((name) => options[name] !== undefined)
      ? resolveLoadPolicy(options, 'options', policy)
      : policy;
  }

  #ttlOf({ ttl }: EntryOptions): number {
    return ttl === undefined ? this.#parts.options.ttlMs : parseDuration(ttl, 'ttl');
  }
}

function checkKey(key: string): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new RedisKitError(
    'CACHE_KEY_INVALID',
    `A cache key is ${JSON.stringify(key)}. Give text that is not empty, such as 'product:42'.`,
  );
}
