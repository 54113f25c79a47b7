import type { Clock } from '../../common/clock.js';
import { RedisKitError } from '../../common/errors.js';
import { cacheHit, cacheMiss, cacheStore } from '../cache.events.js';
import { generationsOf, isStorable, type Entry, type EntryFrame } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import { freshness } from '../freshness.js';
import type { FencedRead } from '../invalidation/read-fence.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { Generations } from '../tags/generations.js';
import type { Lease, Leases } from './lease.js';
import { LoadControl, type LoadContext } from './load-context.js';
import type { SingleFlight } from './single-flight.js';

export type Loader<T> = (context: LoadContext) => Promise<T> | T;

/** Where a value came from: a tier, this caller's load, or a load that the loader did not want kept. */
export type Origin = 'l1' | 'l2' | 'loaded' | 'unstored';

export interface Fetched<T> {
  readonly value: T;
  readonly origin: Origin;
  /** Absent for a value that is not kept. */
  readonly entry?: Entry<T>;
}

export interface FetchOptions {
  readonly ttlMs: number;
  /** Names of the generations that the entry will depend on. */
  readonly generations: readonly string[];
}

export interface ReadThroughOptions<T> {
  readonly cache: string;
  readonly store: TieredStore<T>;
  readonly leases: Leases<T>;
  readonly flights: SingleFlight<Fetched<T>>;
  readonly generations: Generations;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
  /** Longest wait for a load that another caller began. */
  readonly waitMs: number;
  /** Makes the entry; undefined for a value that is not to be stored. */
  readonly seal: (value: T, frame: EntryFrame) => Entry<T> | undefined;
}

/**
 * Get or load. Callers of one process share one flight, processes share one lease. The value is
 * stored only if nothing was invalidated since before the load.
 */
export class ReadThrough<T> {
  constructor(private readonly options: ReadThroughOptions<T>) {}

  async fetch(key: string, load: Loader<T>, fetch: FetchOptions): Promise<Fetched<T>> {
    const here = this.#fresh(this.options.store.peek(key));
    if (here) return this.#hit(key, here, 'l1');
    const { flights, store, waitMs } = this.options;
    return flights.run(key, {
      names: fetch.generations,
      waitMs,
      start: (doomed) =>
        store.fenced(key, (read) => this.#findOrLoad(key, load, fetch, { read, doomed })),
      startSpare: () => store.fenced(key, (read) => this.#loadAlone(key, load, fetch, read)),
    });
  }

  /** Without a lease: whoever holds it has taken too long. */
  async #loadAlone(
    key: string,
    load: Loader<T>,
    fetch: FetchOptions,
    read: FencedRead,
  ): Promise<Fetched<T>> {
    const current = await this.#ensure(fetch);
    return this.#load(key, load, { fetch, read, lease: undefined, current });
  }

  async #findOrLoad(
    key: string,
    load: Loader<T>,
    fetch: FetchOptions,
    { read, doomed }: { read: FencedRead; doomed: AbortSignal },
  ): Promise<Fetched<T>> {
    const { leases, failures, store } = this.options;
    // Sent together, so a cold key costs one round trip before its load.
    const [claim, current] = await Promise.all([
      failures.attempt('get', () => leases.claim(key, (entry) => this.#isGood(entry)), undefined),
      this.#ensure(fetch),
    ]);
    if (claim?.kind === 'entry') {
      store.keep(key, claim.entry, read);
      return this.#hit(key, claim.entry, 'l2');
    }
    cacheMiss.publish(() => ({ cache: this.options.cache, key }));
    const lease = claim?.kind === 'lease' ? claim.lease : undefined;
    if (doomed.aborted)
      return this.#load(key, load, { fetch, read, lease, current: await this.#ensure(fetch) });
    // Whoever waits for a load that an invalidation has made useless need not wait on.
    doomed.addEventListener('abort', () => lease?.abandon(), { once: true });
    return this.#load(key, load, { fetch, read, lease, current });
  }

  async #load(
    key: string,
    load: Loader<T>,
    held: {
      fetch: FetchOptions;
      read: FencedRead;
      lease: Lease<T> | undefined;
      current: Map<string, string> | undefined;
    },
  ): Promise<Fetched<T>> {
    const { clock } = this.options;
    const control = new LoadControl(key, held.fetch.ttlMs);
    const createdAt = clock.now();
    let entry: Entry<T> | undefined;
    try {
      const value = await load(control.context);
      if (!control.isSkipped && value !== undefined) {
        entry = this.#seal(value, {
          createdAt,
          ttlMs: control.ttlMs,
          generations: generationsOf(held.fetch.generations, held.current),
        });
      }
      if (!entry) return { value, origin: 'unstored' };
      await this.#keep(key, entry, held);
      return { value: entry.value, origin: 'loaded', entry };
    } finally {
      if (!entry) await held.lease?.release();
    }
  }

  /** A value that the codec refuses still reaches the caller; the mistake is counted and logged. */
  #seal(value: T, frame: EntryFrame): Entry<T> | undefined {
    try {
      return this.options.seal(value, frame);
    } catch (error) {
      if (!(error instanceof RedisKitError)) throw error;
      this.options.failures.note('encode', error);
      return undefined;
    }
  }

  async #keep(
    key: string,
    entry: Entry<T>,
    held: { read: FencedRead; lease: Lease<T> | undefined },
  ): Promise<void> {
    const { store, cache } = this.options;
    const outcome = await this.#commit(entry, held.lease);
    if (outcome === 'refused') return;
    // Without Redis the value still serves this process until Redis is back.
    store.keep(key, entry, held.read);
    if (outcome === 'stored') {
      cacheStore.publish(() => ({
        cache,
        key,
        bytes: entry.bytes,
        ttlMs: entry.expiresAt - entry.createdAt,
      }));
    }
  }

  async #commit(
    entry: Entry<T>,
    lease: Lease<T> | undefined,
  ): Promise<'stored' | 'refused' | 'failed'> {
    if (lease && isStorable(entry)) return lease.commit(entry);
    await lease?.release();
    return 'failed';
  }

  #ensure({ generations: names, ttlMs }: FetchOptions): Promise<Map<string, string> | undefined> {
    const { generations, failures } = this.options;
    return failures.attempt('generations', () => generations.ensure(names, ttlMs), undefined);
  }

  async #isGood(entry: Entry<T>): Promise<boolean> {
    return this.#fresh(entry) !== undefined && (await this.options.store.isValid(entry));
  }

  #fresh(entry: Entry<T> | undefined): Entry<T> | undefined {
    return entry && freshness(entry, this.options.clock.now()) === 'fresh' ? entry : undefined;
  }

  #hit(key: string, entry: Entry<T>, tier: 'l1' | 'l2'): Fetched<T> {
    cacheHit.publish(() => ({ cache: this.options.cache, key, tier }));
    return { value: entry.value, origin: tier, entry };
  }
}
