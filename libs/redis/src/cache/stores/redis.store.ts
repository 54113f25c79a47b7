import { systemClock, type Clock } from '../../common/clock.js';
import type { CacheKeySpace } from '../../common/key-space.js';
import type { RedisGate } from '../../connection/redis-gate.js';
import type { Codec } from '../codec.js';
import type { Entry } from '../entry.js';
import { decodeEntry, encodeEntry } from '../entry-format.js';
import { freshness } from '../freshness.js';
import { commitEntry } from '../scripts/commit-entry-2.js';
import { holdLease } from '../scripts/hold-lease-1.js';
import { loadOrLease } from '../scripts/load-or-lease-2.js';
import { removeEntry } from '../scripts/remove-entry-2.js';
import { writeEntry } from '../scripts/write-entry-2.js';
import type { Store } from './store.js';

/** What a caller that wants to load a key gets. */
export type LeaseOutcome<T> =
  | { readonly kind: 'found'; readonly entry: Entry<T> }
  | { readonly kind: 'granted'; readonly entry: Entry<T> | undefined }
  | { readonly kind: 'held'; readonly entry: Entry<T> | undefined; readonly leftMs: number };

export interface RedisStoreOptions<T> {
  /** Name of the cache, part of every key. */
  readonly cache: string;
  readonly gate: RedisGate;
  readonly keys: CacheKeySpace;
  readonly codec: Codec<T>;
  readonly clock?: Clock;
}

/**
 * The second tier: entries in Redis, each with a TTL, and the lease of whoever loads one. Errors of
 * Redis and of the deadline are thrown; the tiers above decide what they mean.
 */
export class RedisStore<T> implements Store<T> {
  readonly #options: RedisStoreOptions<T>;
  readonly #clock: Clock;

  constructor(options: RedisStoreOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async get(key: string): Promise<Entry<T> | undefined> {
    const { gate, keys, cache } = this.#options;
    const bytes = await gate.run((client) => client.getBuffer(keys.entry(cache, key)));
    return this.#decode(bytes);
  }

  async set(key: string, entry: Entry<T>): Promise<void> {
    const bytes = this.#encode(entry);
    await this.#options.gate.run((client) =>
      writeEntry.run(client, this.#both(key), [bytes, this.#lifeOf(entry), ...this.#wake(key)]),
    );
  }

  async delete(key: string): Promise<boolean> {
    const { gate } = this.#options;
    const removed = await gate.run((client) =>
      removeEntry.run(client, this.#both(key), this.#wake(key)),
    );
    return removed === 1;
  }

  /**
   * Reads the entry, or takes the lease to load it.
   *
   * @param isStale true to take the lease although there is an entry
   */
  async loadOrLease(
    key: string,
    token: string,
    leaseMs: number,
    isStale: boolean,
  ): Promise<LeaseOutcome<T>> {
    const { gate } = this.#options;
    const reply = (await gate.run((client) =>
      loadOrLease.runBuffer(client, this.#both(key), [token, leaseMs, isStale ? '1' : '0']),
    )) as [Buffer | null, number, number];
    return this.#outcome(reply, () => this.loadOrLease(key, token, leaseMs, true));
  }

  /** Stores what the holder of the lease loaded; false when the lease was lost meanwhile. */
  async commit(key: string, entry: Entry<T>, token: string): Promise<boolean> {
    const bytes = this.#encode(entry);
    const stored = await this.#options.gate.run((client) =>
      commitEntry.run(client, this.#both(key), [
        token,
        bytes,
        this.#lifeOf(entry),
        ...this.#wake(key),
      ]),
    );
    return stored === 1;
  }

  /** @returns false when the lease is no longer the caller's */
  async extendLease(key: string, token: string, leaseMs: number): Promise<boolean> {
    return (await this.#holdLease(key, token, leaseMs)) === 1;
  }

  /** Gives the lease back without a value and wakes whoever waits. */
  async releaseLease(key: string, token: string): Promise<void> {
    await this.#holdLease(key, token, 0);
  }

  /** What the wake channel carries for a key. */
  wakeMessage(key: string): string {
    return this.#options.keys.lease(this.#options.cache, key);
  }

  #holdLease(key: string, token: string, leaseMs: number): Promise<unknown> {
    const { gate, keys, cache } = this.#options;
    return gate.run((client) =>
      holdLease.run(client, [keys.lease(cache, key)], [token, leaseMs, ...this.#wake(key)]),
    );
  }

  #outcome(
    [bytes, outcome, leftMs]: [Buffer | null, number, number],
    again: () => Promise<LeaseOutcome<T>>,
  ): LeaseOutcome<T> | Promise<LeaseOutcome<T>> {
    const entry = this.#decode(bytes);
    if (outcome === 1) return { kind: 'granted', entry };
    if (outcome === 2) return { kind: 'held', entry, leftMs };
    // Foreign bytes under the key: as if there were no entry.
    return entry ? { kind: 'found', entry } : again();
  }

  #both(key: string): [string, string] {
    const { keys, cache } = this.#options;
    return [keys.entry(cache, key), keys.lease(cache, key)];
  }

  #wake(key: string): [string, string] {
    return [this.#options.keys.wake, this.wakeMessage(key)];
  }

  #encode(entry: Entry<T>): Buffer {
    return encodeEntry(entry, this.#options.codec.encode(entry.value));
  }

  /** A clock that runs ahead elsewhere must not make an entry live longer than it may. */
  #lifeOf(entry: Entry<T>): number {
    return Math.max(
      1,
      Math.ceil(Math.min(entry.expiresAt - this.#clock.now(), entry.expiresAt - entry.createdAt)),
    );
  }

  #decode(bytes: Buffer | null): Entry<T> | undefined {
    const entry = bytes ? decodeEntry(bytes, this.#options.codec) : undefined;
    return entry && freshness(entry, this.#clock.now()) !== 'expired' ? entry : undefined;
  }
}
