import { setTimeout as delay } from 'node:timers/promises';
import { batches } from '../../common/batches.js';
import type { CacheKeySpace } from '../../common/key-space.js';
import { randomText } from '../../common/random-text.js';
import { withDeadline } from '../../connection/deadline.js';
import { isCluster, type RedisClient } from '../../connection/redis-client.js';
import { meansUnavailable } from '../../connection/redis-gate.js';
import { cacheGeneration } from '../entry.js';
import type { Gate } from '../gate.js';
import { holdLease } from '../scripts/hold-lease-1.js';
import type { Invalidation } from './invalidation-message.js';

/** Most keys kept per cache and most generations in all; past it whole caches are cleared. */
const MOST_PENDING = 1000;
/** Keys removed by one round trip, so that a long list makes progress within the deadline. */
const BATCH = 200;
/** After Redis refused the list (a read-only replica), it is not asked again for this time. */
const REFUSED_FOR_MS = 100;
/** Time between two tries of an application that ends. */
const RETRY_MS = 50;

export interface PendingInvalidationsOptions {
  readonly gate: Gate;
  readonly keys: CacheKeySpace;
  /** Tells the other nodes; false when Redis did not take the message. */
  readonly publish: (invalidation: Invalidation) => Promise<boolean>;
  /** Tells this node. */
  readonly announce: (invalidation: Invalidation) => void;
}

interface PendingLease {
  readonly redisKey: string;
  readonly token: string;
}

/**
 * What Redis has not taken yet: invalidations that failed, and leases that may have been granted
 * although the reply never came. Redis is not to be trusted before it has caught up with them.
 */
export class PendingInvalidations implements Gate {
  readonly #options: PendingInvalidationsOptions;
  readonly #caches = new Set<string>();
  #entries = new Map<string, Set<string>>();
  #generations = new Map<string, string>();
  #leases: PendingLease[] = [];
  /** Generations on their way to Redis; they count until it took them. */
  #settlingGenerations = new Map<string, string>();
  #settling: Promise<void> | undefined;
  #refused: { readonly error: unknown; readonly until: number } | undefined;

  constructor(options: PendingInvalidationsOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return (
      !this.#settling &&
      this.#entries.size === 0 &&
      this.#generations.size === 0 &&
      this.#leases.length === 0
    );
  }

  get isOpen(): boolean {
    return this.#options.gate.isOpen;
  }

  /** Every cache of this process, so that all can be cleared when the list overflows. */
  addCache(name: string): void {
    this.#caches.add(name);
  }

  /** Runs an operation on Redis once Redis knows of everything that is pending. */
  run<T>(operation: (client: RedisClient) => Promise<T>, name?: string): Promise<T> {
    return this.isEmpty
      ? this.#options.gate.run(operation, name)
      : this.#runOnceSettled(operation, name);
  }

  async #runOnceSettled<T>(
    operation: (client: RedisClient) => Promise<T>,
    name?: string,
  ): Promise<T> {
    // More may have become pending while this waited.
    while (!this.isEmpty) await this.settle();
    return this.#options.gate.run(operation, name);
  }

  /**
   * The generation that counts in this process while Redis does not know that the old one ended;
   * undefined where nothing is pending.
   */
  localGeneration(name: string): string | undefined {
    return this.#generations.get(name) ?? this.#settlingGenerations.get(name);
  }

  /** True while `localGeneration` has an answer for any name. */
  get hasLocalGenerations(): boolean {
    return this.#generations.size > 0 || this.#settlingGenerations.size > 0;
  }

  add(invalidation: Invalidation): void {
    if (invalidation.kind === 'entries') this.#addEntries(invalidation.cache, invalidation.names);
    else this.#addGenerations(invalidation.names);
  }

  /** A lease whose grant got no reply: given back, or others would wait for nobody. It also expires by itself. */
  addLease(redisKey: string, token: string): void {
    if (this.#leases.length < MOST_PENDING) this.#leases.push({ redisKey, token });
  }

  /** Brings Redis up to date, once for all who wait for it. @throws what Redis answered, or that it did not */
  settle(): Promise<void> {
    if (this.#refused && performance.now() < this.#refused.until)
      return Promise.reject(this.#refused.error);
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /**
   * Brings Redis up to date as long as the time lasts, for an application that ends.
   *
   * @returns false when Redis did not take everything by then
   */
  async settleWithin(limitMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + limitMs;
    while (!this.isEmpty) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) return false;
      // A breaker that is open, or a connection on its way back: Redis may be there at the next try.
      await withDeadline(this.settle(), leftMs).catch(() => delay(Math.min(RETRY_MS, leftMs)));
    }
    return true;
  }

  async #settle(): Promise<void> {
    const entries = this.#entries;
    const leases = this.#leases;
    this.#settlingGenerations = this.#generations;
    this.#entries = new Map();
    this.#leases = [];
    this.#generations = new Map();
    try {
      await this.#releaseLeases(leases);
      for (const [cache, names] of entries) await this.#settleEntries(cache, names);
      await this.#settleGenerations([...this.#settlingGenerations.keys()]);
      this.#refused = undefined;
    } catch (error) {
      if (!meansUnavailable(error))
        this.#refused = { error, until: performance.now() + REFUSED_FOR_MS };
      this.#putBack(entries, leases);
      throw error;
    } finally {
      this.#settlingGenerations = new Map();
    }
  }

  async #settleEntries(cache: string, names: Set<string>): Promise<void> {
    const { keys } = this.#options;
    for (const batch of batches([...names], BATCH)) {
      await this.#unlink(batch.map((name) => [keys.entry(cache, name), keys.lease(cache, name)]));
      await this.#publish({ kind: 'entries', cache, names: batch });
      for (const name of batch) names.delete(name);
    }
  }

  async #settleGenerations(names: string[]): Promise<void> {
    for (const batch of batches(names, BATCH)) {
      await this.#unlink(batch.map((name) => [this.#options.keys.generation(name)]));
      // Those that stand for a list that became too long are news here as well.
      this.#options.announce({ kind: 'generations', names: batch });
      await this.#publish({ kind: 'generations', names: batch });
      for (const name of batch) this.#settlingGenerations.delete(name);
    }
  }

  async #publish(invalidation: Invalidation): Promise<void> {
    if (!(await this.#options.publish(invalidation))) this.add(invalidation);
  }

  /** Each group lies in one slot. */
  async #unlink(groups: readonly string[][]): Promise<void> {
    await this.#options.gate.run<unknown>(
      (client) =>
        isCluster(client)
          ? Promise.all(groups.map((group) => client.unlink(...group)))
          : client.unlink(...groups.flat()),
      'UNLINK',
    );
  }

  async #releaseLeases(leases: PendingLease[]): Promise<void> {
    const { gate, keys } = this.#options;
    while (leases.length > 0) {
      const batch = leases.slice(0, BATCH);
      await gate.run(
        (client) =>
          Promise.all(
            batch.map(({ redisKey, token }) =>
              holdLease.run(client, [redisKey], [token, 0, keys.wake, redisKey]),
            ),
          ),
        holdLease.name,
      );
      leases.splice(0, BATCH);
    }
  }

  /** What came in meanwhile is newer and stays. */
  #putBack(entries: Map<string, Set<string>>, leases: PendingLease[]): void {
    for (const [cache, names] of entries) if (names.size > 0) this.#addEntries(cache, [...names]);
    this.#leases = [...leases, ...this.#leases];
    this.#generations = new Map([...this.#settlingGenerations, ...this.#generations]);
  }

  #addEntries(cache: string, names: readonly string[]): void {
    // A clear that is pending covers what Redis holds of the cache.
    if (this.#generations.has(cacheGeneration(cache))) return;
    const pending = this.#entries.get(cache) ?? new Set();
    for (const name of names) pending.add(name);
    this.#entries.set(cache, pending);
    if (pending.size <= MOST_PENDING) return;
    this.#entries.delete(cache);
    this.#addGenerations([cacheGeneration(cache)]);
  }

  #addGenerations(names: readonly string[]): void {
    // A new value each time: what was loaded since the last invalidation ends too.
    for (const name of names) this.#generations.set(name, randomText(8));
    if (this.#generations.size <= MOST_PENDING) return;
    this.#generations = new Map();
    for (const cache of this.#caches) this.#generations.set(cacheGeneration(cache), randomText(8));
  }
}
