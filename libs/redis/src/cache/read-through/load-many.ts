import type { Doom } from './doom.js';
import type { Clock } from '../../common/clock.js';
import { cacheHit, cacheMiss } from '../cache.events.js';
import { haveSameGenerations, type Entry } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import { freshness } from '../freshness.js';
import type { FencedRead } from '../invalidation/read-fence.js';
import type { BatchStore, Looked } from '../stores/batch.store.js';
import { chunksOf } from '../stores/chunks.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { Generations } from '../tags/generations.js';
import type { Claim, Leases } from './lease.js';
import type { FetchOptions, Loader, Loading } from './loading.js';
import type { Fetched, ReadThrough } from './read-through.js';
import type { SingleFlight } from './single-flight.js';

export interface LoadManyOptions<T> {
  readonly cache: string;
  readonly batch: BatchStore<T>;
  readonly store: TieredStore<T>;
  readonly readThrough: ReadThrough<T>;
  readonly leases: Leases<T>;
  readonly loading: Loading<T>;
  readonly flights: SingleFlight<Fetched<T>>;
  readonly generations: Generations;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
  /** Longest wait for a load that another caller began. */
  readonly waitMs: number;
}

/** Gives the loader of a key; those of one call share a batch. */
export type LoaderOf<T> = (key: string) => Loader<T>;

/** A key that this call is to load, and the flight that waits for it. */
interface Seat<T> {
  readonly key: string;
  readonly read: FencedRead;
  readonly doom: Doom;
  /** What Redis held a moment ago, if its generations have ended. */
  readonly outdated: Entry<T> | undefined;
  readonly resolve: (fetched: Promise<Fetched<T>>) => void;
}

/** One call, for a chunk of its keys. */
interface Call<T> {
  readonly load: LoaderOf<T>;
  readonly fetch: FetchOptions;
  readonly looked: Looked<T>;
  readonly seats: Seat<T>[];
}

/**
 * Get or load, for many keys: one round trip to read, one for the leases of what is missing, one load,
 * one round trip to store. Each missing key has its own flight and its own lease, as in read-through.ts,
 * so a key that somebody else is loading is waited for and not loaded again, and an invalidation
 * during the load keeps its own key alone out of the cache.
 */
export class LoadMany<T> {
  constructor(private readonly options: LoadManyOptions<T>) {}

  /** @returns an answer for every key. @throws what the loader threw */
  async fetch(
    keys: readonly string[],
    load: LoaderOf<T>,
    fetch: FetchOptions,
  ): Promise<Map<string, Fetched<T>>> {
    const fetched = new Map<string, Fetched<T>>();
    for (const chunk of chunksOf([...new Set(keys)])) {
      for (const [key, one] of await this.#fetch(chunk, load, fetch)) fetched.set(key, one);
    }
    return fetched;
  }

  async #fetch(
    keys: readonly string[],
    load: LoaderOf<T>,
    fetch: FetchOptions,
  ): Promise<[string, Fetched<T>][]> {
    const looked = await this.options.batch.look(keys);
    const seats: Seat<T>[] = [];
    const results = keys.map((key) => this.#start(key, { load, fetch, looked, seats }));
    const all = Promise.all(results.map(async (result, at) => [keys[at]!, await result] as const));
    await Promise.all([all, this.#board(seats, load, fetch)]);
    return (await all).map(([key, one]) => [key, one]);
  }

  /** Before anything is awaited, so that nobody else can begin to load the same keys in between. */
  #start(key: string, call: Call<T>): Fetched<T> | Promise<Fetched<T>> {
    const { cache, clock, flights, readThrough } = this.options;
    const found = call.looked.found.get(key);
    const state = found && freshness(found.entry, clock.now(), call.fetch.policy);
    if (found && state === 'fresh') {
      cacheHit.publish(() => ({ cache, key, tier: found.tier }));
      return { value: found.entry.value, origin: found.tier, entry: found.entry };
    }
    // What is stale or due, and what somebody else is loading, is decided on there.
    const isLeftOver = state !== undefined && state !== 'expired';
    if (isLeftOver || flights.isFlying(key))
      return readThrough.fetch(key, call.load(key), call.fetch);
    return this.#fly(key, call);
  }

  #fly(key: string, { load, fetch, looked, seats }: Call<T>): Promise<Fetched<T>> {
    const { flights, store, waitMs } = this.options;
    const outdated = looked.outdated.get(key);
    return flights.run(key, {
      names: fetch.generations,
      waitMs,
      start: (doom) =>
        store.fenced(
          key,
          (read) =>
            new Promise<Fetched<T>>((resolve) => {
              seats.push({ key, read, doom, outdated, resolve });
            }),
        ),
      startSpare: () => this.options.readThrough.fetch(key, load(key), fetch),
    });
  }

  /** Asks for all leases together with the generations, then begins all loads in one turn: one batch. */
  async #board(seats: readonly Seat<T>[], load: LoaderOf<T>, fetch: FetchOptions): Promise<void> {
    if (seats.length === 0) return;
    const asked = Promise.all([
      Promise.all(
        seats.map((seat) => this.#claim(seat, { waitMs: 0, isStale: seat.outdated !== undefined })),
      ),
      this.#ensure(fetch),
    ]);
    // A bug shows itself to everybody who waits; nobody is left waiting.
    asked.catch((error: unknown) => seats.forEach(({ resolve }) => resolve(Promise.reject(error))));
    const [claims, current] = await asked;
    for (const [at, seat] of seats.entries()) {
      const trip = { load: load(seat.key), fetch, current };
      const claim = claims[at];
      seat.resolve(
        claim?.kind === 'none' ? this.#waitAndLoad(seat, trip) : this.#land(seat, claim, trip),
      );
    }
  }

  /** Another node is loading the key. */
  async #waitAndLoad(
    seat: Seat<T>,
    trip: { load: Loader<T>; fetch: FetchOptions },
  ): Promise<Fetched<T>> {
    const claim = await this.#claim(seat, { waitMs: this.options.waitMs });
    // An invalidation may have come while this waited.
    const current = claim?.kind === 'entry' ? undefined : await this.#ensure(trip.fetch);
    return this.#land(seat, claim, { ...trip, current });
  }

  async #land(
    { key, read, doom }: Seat<T>,
    claim: Claim<T> | undefined,
    trip: {
      load: Loader<T>;
      fetch: FetchOptions;
      current: ReadonlyMap<string, string> | undefined;
    },
  ): Promise<Fetched<T>> {
    const { cache, store, loading } = this.options;
    if (claim?.kind === 'entry') {
      store.keep(key, claim.entry, read);
      cacheHit.publish(() => ({ cache, key, tier: 'l2' }));
      return { value: claim.entry.value, origin: 'l2', entry: claim.entry };
    }
    cacheMiss.publish(() => ({ cache, key }));
    const lease = claim?.kind === 'lease' ? claim.lease : undefined;
    const current = doom.isDoomed ? await this.#ensure(trip.fetch) : trip.current;
    // Whoever waits for a load that an invalidation has made useless need not wait on.
    doom.onDoom(() => lease?.abandon());
    const { value, entry } = await loading.run({
      ...trip,
      key,
      read,
      lease,
      current,
      stale: undefined,
    });
    return entry ? { value, origin: 'loaded', entry } : { value, origin: 'unstored' };
  }

  #claim(
    { key, outdated }: Seat<T>,
    how: { readonly waitMs: number; readonly isStale?: boolean },
  ): Promise<Claim<T> | undefined> {
    const { leases, failures } = this.options;
    return failures.attempt(
      'get',
      () => leases.claim(key, (entry) => this.#isGood(entry, outdated), how),
      undefined,
    );
  }

  async #isGood(entry: Entry<T>, outdated: Entry<T> | undefined): Promise<boolean> {
    const { clock, generations, store } = this.options;
    if (clock.now() >= entry.freshUntil) return false;
    if (outdated && haveSameGenerations(entry, outdated)) return false;
    // Redis has just told them for all keys at once; asking for each again would cost a command per key.
    const isOutdated = entry.generations.some(({ name, value }) => {
      const known = generations.known(name);
      return known !== undefined && known !== value;
    });
    return !isOutdated && store.isValid(entry);
  }

  #ensure({ generations: names, ttlMs }: FetchOptions): Promise<Map<string, string> | undefined> {
    const { generations, failures } = this.options;
    return failures.attempt('generations', () => generations.ensure(names, ttlMs), undefined);
  }
}
