import type { Clock } from '../../common/clock.js';
import { RedisKitError } from '../../common/errors.js';
import { cacheLoad, cacheStore } from '../cache.events.js';
import {
  generationsOf,
  isOlderThan,
  isStorable,
  tagGeneration,
  type Entry,
  type EntryFrame,
  type Generation,
} from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Freshness } from '../freshness.js';
import type { FencedRead } from '../invalidation/read-fence.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { Generations } from '../tags/generations.js';
import type { Lease } from './lease.js';
import { LoadControl, type LoadContext } from './load-context.js';
import { graceOf, lifeOf, type LoadPolicy } from './load-policy.js';
import { loadTimeout, withTimeLimit } from './time-limit.js';

/** Finds the value of a key that is not cached. What it throws reaches every caller that waits for it. */
export type Loader<T> = (context: LoadContext<T>) => Promise<T> | T;

export interface FetchOptions<T = unknown> {
  readonly ttlMs: number;
  /** Names of the generations that the entry will depend on. */
  readonly generations: readonly string[];
  readonly policy: LoadPolicy;
  /** Judges entries in place of the policy: an HTTP answer carries rules of its own, and a request adds to them. */
  readonly judge?: (entry: Entry<T>, now: number) => Freshness;
  /** Shares no flight of this process: this caller is content with less than others are. The lease still holds. */
  readonly isAlone?: boolean;
}

/** One load: what was asked for, and what it holds. */
export interface LoadPlan<T> {
  readonly key: string;
  readonly load: Loader<T>;
  readonly fetch: FetchOptions<T>;
  /** Nobody waits for it: a refresh of a value that is served meanwhile. */
  readonly isBackground?: boolean;
  readonly read: FencedRead;
  readonly lease: Lease<T> | undefined;
  /** Generations seen before the load; undefined when Redis did not say. */
  readonly current: ReadonlyMap<string, string> | undefined;
  readonly stale: Entry<T> | undefined;
}

/** An entry, and its value as the codec writes it. */
export interface Sealed<T> {
  readonly entry: Entry<T>;
  readonly payload: Buffer;
}

export interface LoadingOptions<T> {
  readonly cache: string;
  readonly store: TieredStore<T>;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
  readonly generations: Generations;
  /** Makes the entry; undefined for a value that is not to be stored. */
  readonly seal: (value: T, frame: EntryFrame) => Sealed<T> | undefined;
}

/** Runs a loader and stores what it brings, if nothing was invalidated since before it began. */
export class Loading<T> {
  constructor(private readonly options: LoadingOptions<T>) {}

  /** @returns the value, with its entry where it is to be kept */
  async run(
    plan: LoadPlan<T>,
  ): Promise<{ readonly value: T; readonly entry: Entry<T> | undefined }> {
    const { key, fetch, lease } = plan;
    const { ttlMs: askedMs, policy } = fetch;
    const control = new LoadControl<T>({
      key,
      stale: plan.stale,
      isBackground: plan.isBackground ?? false,
      seen: plan.current,
      ttlMs: askedMs,
      graceMs: graceOf(policy),
    });
    const createdAt = this.options.clock.now();
    let sealed: Sealed<T> | undefined;
    try {
      const value = await this.#load(plan, control);
      if (!control.isSkipped && value !== undefined) {
        const generations =
          control.tags.length === 0
            ? generationsOf(fetch.generations, plan.current)
            : await this.#generationsOf(plan, control, createdAt);
        const ttlMs = lifeOf(value, control.ttlMs, policy);
        const { graceMs } = control;
        sealed = generations && this.#seal(value, { createdAt, ttlMs, graceMs, generations });
      }
      if (sealed) await this.#keep(sealed, plan);
      const entry = sealed?.entry;
      return { value: entry ? entry.value : value, entry };
    } finally {
      if (!sealed) await lease?.release();
    }
  }

  /** With the tags that the loader added; undefined when one of these may have been invalidated since the load began. */
  async #generationsOf(
    { fetch, current }: LoadPlan<T>,
    control: LoadControl<T>,
    startedAt: number,
  ): Promise<Generation[] | undefined> {
    const known = generationsOf(fetch.generations, current);
    const late = [...new Set(control.tags.map(tagGeneration))].filter(
      (name) => !fetch.generations.includes(name),
    );
    if (late.length === 0) return known;
    const { generations, failures } = this.options;
    const found = await failures.attempt(
      'generations',
      () => generations.ensure(late, control.ttlMs),
      undefined,
    );
    const areOld = late.every((name) => isOlderThan(found?.get(name), startedAt));
    return areOld ? [...known, ...generationsOf(late, found)] : undefined;
  }

  async #load({ key, load, fetch }: LoadPlan<T>, control: LoadControl<T>): Promise<T> {
    const { hardTimeoutMs } = fetch.policy;
    const startedAt = performance.now();
    const report = (outcome: 'loaded' | 'failed'): void =>
      cacheLoad.publish(() => ({
        cache: this.options.cache,
        key,
        outcome,
        ms: performance.now() - startedAt,
      }));
    try {
      const loading = Promise.resolve(load(control.context));
      const value = await withTimeLimit(loading, hardTimeoutMs, () => {
        const error = loadTimeout(key, hardTimeoutMs ?? 0);
        control.abort(error);
        throw error;
      });
      report('loaded');
      return value;
    } catch (error) {
      report('failed');
      throw error;
    }
  }

  /** A value that the codec refuses still reaches the caller; the mistake is counted and logged. */
  #seal(value: T, frame: EntryFrame): Sealed<T> | undefined {
    try {
      return this.options.seal(value, frame);
    } catch (error) {
      if (!(error instanceof RedisKitError)) throw error;
      this.options.failures.note('encode', error);
      return undefined;
    }
  }

  async #keep(sealed: Sealed<T>, { key, read, lease }: LoadPlan<T>): Promise<void> {
    const { store, cache } = this.options;
    const { entry } = sealed;
    const outcome = await this.#commit(sealed, lease);
    if (outcome === 'refused') return;
    // Without Redis the value still serves this process until Redis is back.
    store.keep(key, entry, read);
    if (outcome === 'failed') return;
    const ttlMs = entry.freshUntil - entry.createdAt;
    cacheStore.publish(() => ({ cache, key, bytes: entry.bytes, ttlMs }));
  }

  #commit(
    { entry, payload }: Sealed<T>,
    lease: Lease<T> | undefined,
  ): Promise<'stored' | 'refused' | 'failed'> {
    if (lease && isStorable(entry)) return lease.commit(entry, payload);
    return this.#giveBack(lease);
  }

  async #giveBack(lease: Lease<T> | undefined): Promise<'failed'> {
    await lease?.release();
    return 'failed';
  }
}
