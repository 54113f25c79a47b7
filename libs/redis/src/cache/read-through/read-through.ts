import type { Clock } from '../../common/clock.js';
import { isError } from '../../common/errors.js';
import {
  cacheCollapse,
  cacheHit,
  cacheMiss,
  cacheStale,
  type StaleReason,
} from '../cache.events.js';
import type { Entry } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import { freshness, type Freshness } from '../freshness.js';
import type { FencedRead } from '../invalidation/read-fence.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { Generations } from '../tags/generations.js';
import type { BackOff } from './back-off.js';
import type { Background } from '../../common/background.js';
import { Doom } from './doom.js';
import type { Lease, Leases } from './lease.js';
import type { FetchOptions, Loader, Loading } from './loading.js';
import type { SingleFlight } from './single-flight.js';
import { withTimeLimit } from './time-limit.js';

/** Where a value came from: a tier, this caller's load, or a load that the loader did not want kept. */
export type Origin = 'l1' | 'l2' | 'loaded' | 'unstored';

export interface Fetched<T> {
  readonly value: T;
  readonly origin: Origin;
  /** Absent for a value that is not kept. */
  readonly entry?: Entry<T>;
  /** Why a value past its time was served; absent for a fresh one. */
  readonly stale?: StaleReason;
}

export interface ReadThroughOptions<T> {
  readonly cache: string;
  readonly store: TieredStore<T>;
  readonly leases: Leases<T>;
  readonly loading: Loading<T>;
  readonly flights: SingleFlight<Fetched<T>>;
  readonly generations: Generations;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
  readonly background: Background;
  readonly backOff: BackOff;
  /** Longest wait for a load that another caller began. */
  readonly waitMs: number;
}

interface Call<T> {
  readonly key: string;
  readonly load: Loader<T>;
  readonly fetch: FetchOptions<T>;
  /** `refresh`: nobody reads or waits; if another node is at it, there is nothing to do. */
  readonly purpose: 'answer' | 'refresh';
}

/** A call on its way to Redis and the loader. */
interface Attempt<T> extends Call<T> {
  /** The newest valid entry seen, which may stand in for a load that fails or is too slow. */
  stale: Entry<T> | undefined;
  /** True once it is known that no tier has the value. */
  isMiss?: boolean;
}

/**
 * Get or load. Callers of one process share one flight, processes share one lease. What to do with an
 * entry is decided by freshness.ts; how a load is run and kept, by loading.ts.
 */
export class ReadThrough<T> {
  constructor(private readonly options: ReadThroughOptions<T>) {}

  async fetch(key: string, load: Loader<T>, fetch: FetchOptions<T>): Promise<Fetched<T>> {
    const call: Call<T> = { key, load, fetch, purpose: 'answer' };
    const here = this.options.store.peek(key);
    if (here && this.#mayServe(call, here)) return this.#serve(call, here, 'l1');
    const fetched = await this.#fly(call, here);
    // One that Redis held may be due itself.
    if (fetched.origin === 'l2' && fetched.entry) this.#refreshIfDue(call, fetched.entry);
    return fetched;
  }

  #serve(call: Call<T>, entry: Entry<T>, tier: 'l1' | 'l2'): Fetched<T> {
    if (tier === 'l1') this.#refreshIfDue(call, entry);
    const state = this.#stateOf(call, entry);
    if (state === 'fresh' || state === 'due') return this.#hit(call, entry, tier);
    return this.#serveStale(call, entry, state === 'stale' ? 'revalidate' : 'error', tier);
  }

  #mayServe(call: Call<T>, entry: Entry<T>): boolean {
    const state = this.#stateOf(call, entry);
    if (state === 'grace') return this.options.backOff.isWaiting(call.key);
    return state !== 'expired' && state !== 'kept';
  }

  /** Flies with the others; whoever joined and waited in vain loads without them. */
  #fly(call: Call<T>, here: Entry<T> | undefined): Promise<Fetched<T>> {
    const { flights, store, waitMs } = this.options;
    const attempt: Attempt<T> = { ...call, stale: here };
    if (call.fetch.isAlone) return this.#alone(attempt);
    if (flights.isFlying(call.key))
      cacheCollapse.publish(() => ({ cache: this.options.cache, key: call.key }));
    return flights.run(call.key, {
      names: call.fetch.generations,
      waitMs,
      start: (doom, stayUntil) => {
        const whole = store.fenced(call.key, (read) => this.#findOrLoad(attempt, read, doom));
        stayUntil(whole);
        return this.#orStale(attempt, whole);
      },
      startSpare: () =>
        this.#orStale(
          attempt,
          store.fenced(call.key, (read) => this.#load(attempt, read, undefined)),
        ),
    });
  }

  /** Nobody joins it, so nobody need be told when it becomes useless. */
  #alone(attempt: Attempt<T>): Promise<Fetched<T>> {
    const whole = this.options.store.fenced(attempt.key, (read) =>
      this.#findOrLoad(attempt, read, new Doom()),
    );
    return this.#orStale(attempt, whole);
  }

  /** A stale entry stands in where the load fails, or is slower than the soft timeout and goes on by itself. */
  async #orStale(attempt: Attempt<T>, whole: Promise<Fetched<T>>): Promise<Fetched<T>> {
    const { key, fetch } = attempt;
    const { backOff, background, failures } = this.options;
    const { softTimeoutMs, retryAfterMs, serveStaleOn } = fetch.policy;
    try {
      const fetched = await withTimeLimit(whole, softTimeoutMs, () => {
        if (!this.#isOfUse(attempt)) return whole;
        backOff.failed(key, retryAfterMs);
        background.run(() => whole, this.#note);
        return this.#serveStale(attempt, attempt.stale, 'timeout', 'l2');
      });
      if (!fetched.stale) this.#missed(attempt);
      return fetched;
    } catch (error) {
      if (!this.#isOfUse(attempt) || !serveStaleOn(error)) {
        this.#missed(attempt);
        throw error;
      }
      backOff.failed(key, retryAfterMs);
      if (isError(error)) failures.note('load', error);
      return this.#serveStale(attempt, attempt.stale, 'error', 'l2');
    }
  }

  /** Still within its grace now: the load may have taken long. */
  #isOfUse(attempt: Attempt<T>): attempt is Attempt<T> & { stale: Entry<T> } {
    if (attempt.stale === undefined) return false;
    const state = this.#stateOf(attempt, attempt.stale);
    return state !== 'expired' && state !== 'kept';
  }

  async #findOrLoad(attempt: Attempt<T>, read: FencedRead, doom: Doom): Promise<Fetched<T>> {
    const { key } = attempt;
    const { leases, failures, store, waitMs } = this.options;
    const wait = attempt.purpose === 'answer' ? waitMs : 0;
    // Sent together, so a cold key costs one round trip before its load.
    const claiming = failures.attempt(
      'get',
      () => leases.claim(key, (entry) => this.#isGood(attempt, entry), { waitMs: wait }),
      undefined,
    );
    const ensuring = this.#ensure(attempt.fetch);
    const [claim, current] =
      ensuring instanceof Map
        ? [await claiming, ensuring]
        : await Promise.all([claiming, ensuring]);
    if (claim?.kind === 'entry') {
      store.keep(key, claim.entry, read);
      return this.#serve(attempt, claim.entry, 'l2');
    }
    if (claim?.kind === 'none' && this.#isOfUse(attempt))
      return this.#serveStale(attempt, attempt.stale, 'timeout', 'l2');
    attempt.isMiss = true;
    const lease = claim?.kind === 'lease' ? claim.lease : undefined;
    if (doom.isDoomed) return this.#load(attempt, read, lease);
    // Whoever waits for a load that an invalidation has made useless need not wait on.
    doom.onDoom(() => lease?.abandon());
    return this.#load(attempt, read, lease, current);
  }

  async #load(
    attempt: Attempt<T>,
    read: FencedRead,
    lease: Lease<T> | undefined,
    seen?: Map<string, string>,
  ): Promise<Fetched<T>> {
    const { key, load, fetch, stale, purpose } = attempt;
    const current = seen ?? (await this.#ensure(fetch));
    const { value, entry } = await this.options.loading.run({
      key,
      load,
      fetch,
      read,
      lease,
      current,
      stale,
      isBackground: purpose === 'refresh',
    });
    this.options.backOff.succeeded(key);
    return entry ? { value, origin: 'loaded', entry } : { value, origin: 'unstored' };
  }

  /** Judges an entry found in Redis; a valid one is remembered, whatever its age. */
  async #isGood(attempt: Attempt<T>, entry: Entry<T>): Promise<boolean> {
    const state = this.#stateOf(attempt, entry);
    if (state === 'expired' || !(await this.options.store.isValid(entry))) return false;
    attempt.stale = entry;
    if (state === 'kept') return false;
    if (attempt.purpose === 'refresh') return state === 'fresh';
    return state !== 'grace' || this.options.backOff.isWaiting(attempt.key);
  }

  /** Starts a refresh in the background, once, where the entry is past the point for it. */
  #refreshIfDue(call: Call<T>, entry: Entry<T>): void {
    const state = this.#stateOf(call, entry);
    if (state !== 'due' && state !== 'stale') return;
    const { flights, backOff, background, store, waitMs } = this.options;
    const { key, fetch } = call;
    if (flights.isFlying(key) || backOff.isWaiting(key)) return;
    const attempt: Attempt<T> = { ...call, purpose: 'refresh', stale: entry };
    const start = (doom: Doom): Promise<Fetched<T>> =>
      store.fenced(key, (read) => this.#findOrLoad(attempt, read, doom));
    background.run(
      () =>
        flights.run(key, {
          names: fetch.generations,
          waitMs,
          start,
          startSpare: () => start(new Doom()),
        }),
      (error) => {
        backOff.failed(key, fetch.policy.retryAfterMs);
        this.#note(error);
      },
    );
  }

  readonly #note = (error: unknown): void => {
    this.options.failures.note('load', isError(error) ? error : new Error(String(error)));
  };

  #ensure({
    generations: names,
    ttlMs,
  }: FetchOptions<T>): Map<string, string> | Promise<Map<string, string> | undefined> {
    const { generations, failures } = this.options;
    const known = generations.knownAll(names);
    if (known) return known;
    return failures.attempt('generations', () => generations.ensure(names, ttlMs), undefined);
  }

  #stateOf({ fetch }: Call<T>, entry: Entry<T>): Freshness {
    const now = this.options.clock.now();
    return fetch.judge?.(entry, now) ?? freshness(entry, now, fetch.policy);
  }

  /** Told when the read ends: one that a stale value answers after all is no miss. Each read has one outcome. */
  #missed({ key, isMiss }: Attempt<T>): void {
    if (isMiss) cacheMiss.publish(() => ({ cache: this.options.cache, key }));
  }

  #hit({ key, purpose }: Call<T>, entry: Entry<T>, tier: 'l1' | 'l2'): Fetched<T> {
    if (purpose === 'answer') cacheHit.publish(() => ({ cache: this.options.cache, key, tier }));
    return { value: entry.value, origin: tier, entry };
  }

  #serveStale(
    { key, purpose }: Call<T>,
    entry: Entry<T>,
    reason: StaleReason,
    tier: 'l1' | 'l2',
  ): Fetched<T> {
    if (purpose === 'answer')
      cacheStale.publish(() => ({ cache: this.options.cache, key, reason }));
    return { value: entry.value, origin: tier, entry, stale: reason };
  }
}
