import type { Clock } from '../common/clock.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import type { Codec } from './codec/codec.js';
import { generationsOf, type Entry, type EntryFrame, type Generation } from './entry.js';
import { slidingTtl, withEnd } from './expiry.js';
import type { FailurePolicy } from './failure-policy.js';
import { isFresh } from './freshness.js';
import type { FetchOptions, Sealed } from './read-through/loading.js';
import { graceOf, lifeOf } from './read-through/load-policy.js';
import type { BatchStore } from './stores/batch.store.js';
import type { Generations } from './tags/generations.js';

export interface EntryFactoryOptions<T> {
  readonly options: ResolvedCacheOptions;
  readonly codec: Codec<T>;
  readonly batch: BatchStore<T>;
  readonly generations: Generations;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
}

/** Makes the entries of values: their size, their life, and what they depend on. */
export class EntryFactory<T> {
  constructor(private readonly parts: EntryFactoryOptions<T>) {}

  /** Makes the entry of a value; undefined when it is above `maxEntryBytes`. */
  seal(value: T, frame: EntryFrame): Entry<T> | undefined {
    return this.sealWithPayload(value, frame)?.entry;
  }

  /** As `seal`, with the value as its codec writes it: whoever stores the entry next need not encode it again. */
  sealWithPayload(
    value: T,
    { createdAt, ttlMs, graceMs, generations }: EntryFrame,
  ): Sealed<T> | undefined {
    const { codec, options } = this.parts;
    const payload = codec.encode(value);
    if (payload.length > options.maxEntryBytes) return undefined;
    const lifeMs = Math.min(ttlMs, options.maxLifetimeMs);
    const freshUntil = createdAt + lifeMs;
    // What a hit would return: the caller of a miss gets it frozen and without its classes just the same.
    const entry: Entry<T> = {
      value: codec.decode(payload),
      createdAt,
      freshUntil,
      expiresAt: freshUntil + graceMs,
      ...slidingTtl(lifeMs, options),
      generations,
      bytes: payload.length,
    };
    return { entry, payload };
  }

  /**
   * The entries of values that are written together, in their order; undefined for one that is too large.
   *
   * @param values by their stored keys
   */
  async make(
    values: readonly (readonly [string, T])[],
    { ttlMs, policy, generations: names }: FetchOptions,
  ): Promise<(Entry<T> | undefined)[]> {
    const createdAt = this.parts.clock.now();
    const frame = { createdAt, graceMs: graceOf(policy), generations: [] };
    // Encoded before anything is awaited: the caller may go on to change its object.
    const sealed = values.map(([, value]) =>
      this.seal(value, { ...frame, ttlMs: lifeOf(value, ttlMs, policy) }),
    );
    if (sealed.every((entry) => entry === undefined)) return sealed;
    const [generations, ends] = await Promise.all([
      this.#generations(names, ttlMs),
      this.#ends(values.map(([stored]) => stored)),
    ]);
    return sealed.map((entry, at) => {
      if (!entry) return undefined;
      const end = ends.get(values[at]![0]);
      return { ...(end === undefined ? entry : withEnd(entry, end)), generations };
    });
  }

  async #generations(names: readonly string[], ttlMs: number): Promise<Generation[]> {
    const { generations, failures } = this.parts;
    const current = await failures.attempt(
      'generations',
      () => generations.ensure(names, ttlMs),
      undefined,
    );
    return generationsOf(names, current);
  }

  /** When the entries that are there end, where a write does not change that. */
  async #ends(keys: readonly string[]): Promise<Map<string, number>> {
    const { batch, clock, options } = this.parts;
    const ends = new Map<string, number>();
    if (options.expiry !== 'created') return ends;
    const now = clock.now();
    for (const [key, { entry }] of await batch.getMany(keys))
      if (isFresh(entry, now)) ends.set(key, entry.freshUntil);
    return ends;
  }
}
