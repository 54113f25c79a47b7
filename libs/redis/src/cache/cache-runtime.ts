import { systemClock, type Clock } from '../common/clock.js';
import { ConfigurationError } from '../common/errors.js';
import { CacheKeySpace } from '../common/key-space.js';
import { CircuitBreaker } from '../connection/circuit-breaker.js';
import { breakerChanged } from '../connection/connection.events.js';
import type { RedisClient } from '../connection/redis-client.js';
import { RedisGate } from '../connection/redis-gate.js';
import { Cache } from './cache.js';
import {
  resolveNamedCache,
  type NamedCacheOptions,
  type ResolvedCacheOptions,
} from './cache.options.js';
import { jsonCodec, type Codec } from './codec.js';
import { FailurePolicy } from './failure-policy.js';
import { InvalidationBus } from './invalidation/invalidation-bus.js';
import { Leases } from './read-through/lease.js';
import { ReadThrough, type Fetched } from './read-through/read-through.js';
import { SingleFlight } from './read-through/single-flight.js';
import { MemoryStore } from './stores/memory.store.js';
import { RedisStore } from './stores/redis.store.js';
import { TieredStore } from './stores/tiered.store.js';
import { Generations } from './tags/generations.js';

/** Failures in a row after which Redis counts as down, and the time between two probes. */
const BREAKER = { failures: 3, probeEveryMs: 500 };
/** A loading process that dies holds a key back for this long at most. */
const LEASE_MS = 3000;

export interface CacheRuntimeOptions {
  readonly options: ResolvedCacheOptions;
  readonly client: RedisClient;
  readonly subscriber: RedisClient;
  readonly log: (line: string) => void;
  readonly clock?: Clock;
}

/** What all caches of an application share: the way to Redis, the bus and the generations. Makes the caches. */
export class CacheRuntime {
  readonly bus: InvalidationBus;
  readonly #gate: RedisGate;
  readonly #keys: CacheKeySpace;
  readonly #generations: Generations;
  readonly #clock: Clock;
  readonly #named = new Map<
    string,
    { readonly cache: Cache<unknown>; readonly options: NamedCacheOptions }
  >();

  constructor(private readonly runtime: CacheRuntimeOptions) {
    const { options, client, subscriber } = runtime;
    this.#clock = runtime.clock ?? systemClock;
    this.#keys = new CacheKeySpace(options.prefix);
    this.#gate = new RedisGate(client, this.#breaker(), options.deadlineMs);
    this.bus = new InvalidationBus({
      gate: this.#gate,
      subscriber,
      keys: this.#keys,
      failures: this.#failures('bus'),
    });
    this.#generations = new Generations({
      gate: this.#gate,
      keys: this.#keys,
      mayTrustMemory: () => this.bus.isSubscribed,
    });
    this.bus.listen(this.#generations);
  }

  start(): void {
    this.bus.start();
  }

  stop(): void {
    this.bus.stop();
  }

  /**
   * The cache of a name, made on first use. Modules that name it again get the same one.
   *
   * @throws ConfigurationError when two modules give it different options
   */
  named(name: string, options: NamedCacheOptions): Cache<unknown> {
    const known = this.#named.get(name);
    if (!known) {
      const resolved = resolveNamedCache(name, options, this.runtime.options);
      const cache = this.create(name, jsonCodec, resolved);
      this.#named.set(name, { cache, options });
      return cache;
    }
    if (JSON.stringify(known.options) === JSON.stringify(options)) return known.cache;
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
  ): Cache<T> {
    const failures = this.#failures(name);
    const redis = new RedisStore<T>({
      cache: name,
      gate: this.#gate,
      keys: this.#keys,
      codec,
      clock: this.#clock,
    });
    const store = this.#tiers(name, redis, failures, options);
    const flights = new SingleFlight<Fetched<T>>();
    const leases = new Leases({
      store: redis,
      wakeUps: this.bus.wakeUps,
      failures,
      clock: this.#clock,
      leaseMs: LEASE_MS,
      waitMs: options.loadWaitMs,
    });
    const shared = { store, flights, generations: this.#generations, failures, clock: this.#clock };
    const readThrough: ReadThrough<T> = new ReadThrough({
      ...shared,
      cache: name,
      leases,
      seal: (value, frame) => cache.seal(value, frame),
    });
    const cache: Cache<T> = new Cache({
      ...shared,
      name,
      options,
      codec,
      readThrough,
      bus: this.bus,
    });
    return cache;
  }

  #tiers<T>(
    cache: string,
    redis: RedisStore<T>,
    failures: FailurePolicy,
    { memory }: ResolvedCacheOptions,
  ): TieredStore<T> {
    return new TieredStore({
      cache,
      memory: memory ? new MemoryStore<T>({ ...memory, clock: this.#clock }) : undefined,
      redis,
      gate: this.#gate,
      generations: this.#generations,
      bus: this.bus,
      failures,
    });
  }

  #breaker(): CircuitBreaker {
    const { connection } = this.runtime.options;
    return new CircuitBreaker({
      ...BREAKER,
      clock: this.#clock,
      onChange: (state) => breakerChanged.publish(() => ({ connection, state })),
    });
  }

  #failures(cache: string): FailurePolicy {
    return new FailurePolicy({ cache, log: this.runtime.log });
  }
}
