import { ConfigurationError, RedisKitError } from '../common/errors.js';
import type { RedisClient } from '../connection/redis-client.js';
import { Cache } from './cache.js';
import { CacheInventory, type CacheState } from './cache-inventory.js';
import type { CacheParts } from './cache-parts.js';
import { CacheView } from './cache-view.js';
import {
  resolveNamedCache,
  type NamedCacheOptions,
  type ResolvedCacheOptions,
  type ResolvedMemoryTier,
} from './cache.options.js';
import { cacheEvict } from './cache.events.js';
import type { Clock } from '../common/clock.js';
import type { Codec } from './codec/codec.js';
import { Packing } from './codec/packing.js';
import { EntryCache } from './entry-cache.js';
import { EntryFactory } from './entry-factory.js';
import type { FailurePolicy } from './failure-policy.js';
import { BackOff } from './read-through/back-off.js';
import { Background } from '../common/background.js';
import { Loading } from './read-through/loading.js';
import { Leases, type LeasesOptions } from './read-through/lease.js';
import { LoadMany } from './read-through/load-many.js';
import { ReadThrough, type Fetched } from './read-through/read-through.js';
import { SingleFlight } from './read-through/single-flight.js';
import { SharedState, type SharedStateOptions } from './shared-state.js';
import { lagReadings } from './source/lag-readings.js';
import { resolveSource } from './source/source.options.js';
import { Sources, type ProviderLookup, type SourceOfCache } from './source/sources.js';
import { WriteBehindService } from './source/write-behind.service.js';
import { Renewals } from './renewals.js';
import { BatchStore } from './stores/batch.store.js';
import { MemoryStore } from './stores/memory.store.js';
import { RedisStore } from './stores/redis.store.js';
import { TieredStore } from './stores/tiered.store.js';

/** A loading process that dies holds a key back for this long at most. */
const LEASE_MS = 3000;

/** Longest wait at shutdown for values that are being refreshed. */
const BACKGROUND_LIMIT_MS = 2000;

export interface CacheRuntimeOptions extends SharedStateOptions {
  /** Life of a lease in milliseconds; its holder extends it. Default 3000. */
  readonly leaseMs?: number;
  /** The connection of those who write behind; made when the first cache needs it. */
  readonly workerClient: () => RedisClient;
}

/** Makes the caches of an application, and starts and stops what they share. */
export class CacheRuntime {
  /** Watches over the caches that write behind. */
  readonly writes = new WriteBehindService();
  readonly #inventory = new CacheInventory(() => lagReadings(this.writes));
  readonly #shared: SharedState;
  readonly #sources: Sources;
  readonly #background = new Background();
  readonly #views = new Map<string, CacheView>();
  readonly #named = new Map<
    string,
    { readonly cache: Cache<unknown>; readonly options: NamedCacheOptions }
  >();

  constructor(private readonly runtime: CacheRuntimeOptions) {
    this.#shared = new SharedState(runtime);
    const { bus, keys, pending } = this.#shared;
    const { workerClient, log } = runtime;
    this.#sources = new Sources({ bus, keys, pending, service: this.writes, workerClient, log });
  }

  start(): void {
    this.#inventory.start();
    this.#shared.start();
  }

  /** Starts the writers of caches that write behind, once their sources are ready. */
  startWriters(): void {
    this.#sources.start();
  }

  /** Brings sources up to date first, within their limits. */
  async stop(): Promise<void> {
    this.#inventory.stop();
    await Promise.all([this.#sources.stop(), this.#background.close(BACKGROUND_LIMIT_MS)]);
    this.#shared.stop();
  }

  /** The caches made so far, and what each holds in memory. */
  list(): CacheState[] {
    return this.#inventory.list();
  }

  /** Any cache made so far, also `default` and `http`. */
  view(name: string): CacheView | undefined {
    return this.#views.get(name);
  }

  /** First part of every key of the caches, and the connection they lie on. */
  get place(): { readonly prefix: string; readonly connection: string } {
    const { prefix, connection } = this.runtime.options;
    return { prefix, connection };
  }

  /** False while Redis has not taken every invalidation of this process. */
  get isSettled(): boolean {
    return this.#shared.pending.isEmpty;
  }

  /** Tells Redis what it has not taken so far, within 1.5 seconds: the last thing before its connections close. */
  deliver(): Promise<void> {
    return this.#shared.deliver();
  }

  /**
   * The cache of a name, made on first use. Modules that name it again get the same one.
   *
   * @param lookup finds the provider that is the source of the cache
   * @throws ConfigurationError when two modules give it different options
   */
  named(name: string, options: NamedCacheOptions, lookup?: ProviderLookup): Cache<unknown> {
    const known = this.#named.get(name);
    if (!known) {
      const resolved = resolveNamedCache(name, options, this.runtime.options);
      const source = resolveSource(options, `caches.${name}`);
      const cache = this.create(
        name,
        resolved.codec,
        resolved,
        source && lookup && { ...source, lookup },
      );
      this.#named.set(name, { cache, options });
      return cache;
    }
    const isSame = JSON.stringify(known.options) === JSON.stringify(options);
    // Left out of JSON when it is a class.
    if (isSame && known.options.source === options.source) return known.cache;
    throw new ConfigurationError(
      `caches.${name}`,
      'given twice with different options',
      'Configure it in one module and name it there alone.',
    );
  }

  /** The named cache that some module configured. */
  find(name: string): Cache<unknown> | undefined {
    return this.#named.get(name)?.cache;
  }

  /** Makes a cache. One per name: two would not see each other's flights. */
  create<T>(
    name: string,
    codec: Codec<T>,
    options: ResolvedCacheOptions = this.runtime.options,
    source?: SourceOfCache,
  ): Cache<T> {
    return this.#cacheOf(this.#parts(name, codec, options, source));
  }

  /** As `create`, for a cache that is built on entries. */
  createEntries<T>(name: string, codec: Codec<T>, options: ResolvedCacheOptions): EntryCache<T> {
    const parts = this.#parts(name, codec, options);
    // Takes in what other nodes invalidate.
    this.#cacheOf(parts);
    return new EntryCache(parts);
  }

  #cacheOf<T>(parts: CacheParts<T>): Cache<T> {
    const cache = new Cache(parts);
    this.#views.set(
      parts.name,
      new CacheView(parts as CacheParts<unknown>, cache as Cache<unknown>),
    );
    return cache;
  }

  #parts<T>(
    name: string,
    codec: Codec<T>,
    options: ResolvedCacheOptions,
    source?: SourceOfCache,
  ): CacheParts<T> {
    const { bus, clock, generations, invalidator, pending } = this.#shared;
    const failures = this.#shared.failures(name);
    const redis = this.#redisStore(name, codec, failures, options);
    const memory = memoryStore<T>(name, options.memory, clock);
    this.#inventory.add(name, { options, memory });
    const store = this.#tiers(name, redis, failures, memory);
    const flights = new SingleFlight<Fetched<T>>();
    const leases: LeasesOptions<T> = {
      store: redis,
      wakeUps: bus.wakeUps,
      failures,
      clock,
      leaseMs: this.runtime.leaseMs ?? LEASE_MS,
      waitMs: options.loadWaitMs,
      onUnanswered: (leaseKey, token) => pending.addLease(leaseKey, token),
    };
    const shared = { store, generations, failures, clock };
    const batch = new BatchStore<T>({ ...shared, cache: name, redis, invalidator });
    const entries = new EntryFactory<T>({ ...shared, options, codec, batch });
    const loads = {
      ...shared,
      cache: name,
      flights,
      leases: new Leases(leases),
      loading: new Loading<T>({
        ...shared,
        cache: name,
        seal: (value, frame) => entries.sealWithPayload(value, frame),
      }),
      background: this.#background,
      backOff: new BackOff(clock),
      waitMs: options.loadWaitMs,
    };
    const readThrough = new ReadThrough<T>(loads);
    pending.addCache(name);
    return {
      ...shared,
      name,
      options,
      codec,
      flights,
      readThrough,
      entries,
      batch,
      loadMany: new LoadMany<T>({ ...loads, batch, readThrough }),
      renewals: new Renewals<T>({ ...shared, options, background: this.#background }),
      background: this.#background,
      path: this.#sources.path({ cache: name, store, redis, leases, failures }, source),
      bus,
      invalidator,
    };
  }

  #redisStore<T>(
    cache: string,
    codec: Codec<T>,
    failures: FailurePolicy,
    { compression, cipher, maxEntryBytes }: ResolvedCacheOptions,
  ): RedisStore<T> {
    const { clock, keys, pending } = this.#shared;
    return new RedisStore<T>({
      cache,
      gate: pending,
      keys,
      codec,
      packing: new Packing({ compression, cipher, maxBytes: maxEntryBytes }),
      clock,
      onUnreadable: (key, reason) => failures.note('decode', unreadable(key, reason)),
    });
  }

  #tiers<T>(
    cache: string,
    redis: RedisStore<T>,
    failures: FailurePolicy,
    memory: MemoryStore<T> | undefined,
  ): TieredStore<T> {
    const { bus, generations, invalidator, pending } = this.#shared;
    return new TieredStore({
      cache,
      memory,
      redis,
      gate: pending,
      generations,
      bus,
      invalidator,
      failures,
    });
  }
}

function memoryStore<T>(
  cache: string,
  tier: ResolvedMemoryTier | false,
  clock: Clock,
): MemoryStore<T> | undefined {
  const onEvict = (key: string): void => cacheEvict.publish(() => ({ cache, key }));
  return tier ? new MemoryStore<T>({ ...tier, clock, onEvict }) : undefined;
}

function unreadable(key: string, reason: string): RedisKitError {
  return new RedisKitError(
    'CACHE_ENTRY_UNREADABLE',
    `The entry \`${key}\` cannot be read and counts as a miss. ${reason}`,
  );
}
