import { createHash } from 'node:crypto';
import { systemClock, type Clock } from '../../common/clock.js';
import { RedisKitError } from '../../common/errors.js';
import type { CacheKeySpace } from '../../common/key-space.js';
import { isCluster } from '../../connection/redis-client.js';
import type { Codec } from '../codec/codec.js';
import type { Packing } from '../codec/packing.js';
import { isStorable, type Entry } from '../entry.js';
import { cacheTransfer } from '../cache.events.js';
import { decodeEntry, encodeEntry, type EntryPlace } from '../entry-format.js';
import { isExpired } from '../freshness.js';
import type { Gate } from '../gate.js';
import { commitEntry } from '../scripts/commit-entry-2.js';
import { holdLease } from '../scripts/hold-lease-1.js';
import { loadOrLease } from '../scripts/load-or-lease-2.js';
import { removeEntry } from '../scripts/remove-entry-2.js';
import { replaceEntry } from '../scripts/replace-entry-1.js';
import { writeEntry } from '../scripts/write-entry-2.js';
import type { Store } from './store.js';

/** An entry that changes each time it is to be replaced has a life of its own; it is left alone then. */
const MOST_TRIES = 3;

/** What a caller that wants to load a key gets. */
export type LeaseOutcome<T> =
  | { readonly kind: 'found'; readonly entry: Entry<T> }
  | { readonly kind: 'granted'; readonly entry: Entry<T> | undefined }
  | { readonly kind: 'held'; readonly entry: Entry<T> | undefined; readonly leftMs: number };

export interface RedisStoreOptions<T> {
  /** Name of the cache, part of every key. */
  readonly cache: string;
  readonly gate: Gate;
  readonly keys: CacheKeySpace;
  readonly codec: Codec<T>;
  /** Default: values are stored as the codec writes them. */
  readonly packing?: Packing;
  readonly clock?: Clock;
  /** Told of bytes that are no entry, or none for here; they count as a miss. */
  readonly onUnreadable?: (key: string, reason: string) => void;
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
    const bytes = await gate.run((client) => client.getBuffer(keys.entry(cache, key)), 'GET');
    return this.#decode(key, bytes);
  }

  /** @throws RedisKitError `REDIS_UNAVAILABLE` for an entry whose generations Redis did not tell */
  async set(key: string, entry: Entry<T>): Promise<void> {
    if (!isStorable(entry)) throw generationsUnknown(key);
    const bytes = this.#encode(key, entry);
    await this.#options.gate.run(
      (client) =>
        writeEntry.run(client, this.#both(key), [bytes, this.#lifeOf(entry), ...this.#wake(key)]),
      writeEntry.name,
    );
  }

  async delete(key: string): Promise<boolean> {
    const { gate } = this.#options;
    const removed = await gate.run(
      (client) => removeEntry.run(client, this.#both(key), this.#wake(key)),
      removeEntry.name,
    );
    return removed === 1;
  }

  /**
   * One MGET. On Cluster one GET per key, sent together: a key is its own hash tag, so hardly ever do two
   * share a slot. What is missing is missing from the result.
   */
  async getMany(keys: readonly string[]): Promise<Map<string, Entry<T>>> {
    const redisKeys = keys.map((key) => this.#options.keys.entry(this.#options.cache, key));
    const all = await this.#options.gate.run(
      (client) =>
        isCluster(client)
          ? Promise.all(redisKeys.map((redisKey) => client.getBuffer(redisKey)))
          : client.mgetBuffer(redisKeys),
      'MGET',
    );
    const entries = new Map<string, Entry<T>>();
    for (const [index, key] of keys.entries()) {
      const entry = this.#decode(key, all[index] ?? null);
      if (entry) entries.set(key, entry);
    }
    return entries;
  }

  /** One script per key, sent together. @throws the first failure, once all are answered */
  async setMany(entries: ReadonlyMap<string, Entry<T>>): Promise<void> {
    const writes = [...entries].map(([key, entry]) => {
      if (!isStorable(entry)) throw generationsUnknown(key);
      const args = [this.#encode(key, entry), this.#lifeOf(entry), ...this.#wake(key)];
      return { keys: this.#both(key), args };
    });
    await this.#options.gate.run(
      (client) => together(writes.map(({ keys, args }) => writeEntry.run(client, keys, args))),
      writeEntry.name,
    );
  }

  /** One script per key, sent together. @returns how many entries there were */
  async deleteMany(keys: readonly string[]): Promise<number> {
    const removed = await this.#options.gate.run(
      (client) =>
        together(keys.map((key) => removeEntry.run(client, this.#both(key), this.#wake(key)))),
      removeEntry.name,
    );
    return removed.filter((count) => count === 1).length;
  }

  /**
   * Replaces an entry by what `change` makes of it. An entry that is removed meanwhile stays removed; one
   * that is written meanwhile is read again.
   *
   * @param change gives undefined, or the same entry, to leave it
   * @returns the entry as it is now; undefined when there is none or `change` wanted none
   */
  async replace(
    key: string,
    change: (entry: Entry<T>) => Promise<Entry<T> | undefined>,
  ): Promise<Entry<T> | undefined> {
    const { gate, keys, cache } = this.#options;
    const redisKey = keys.entry(cache, key);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const bytes = await gate.run((client) => client.getBuffer(redisKey), 'GET');
      const entry = this.#decode(key, bytes);
      const changed = entry && (await change(entry));
      if (!bytes || !changed || changed === entry) return changed;
      const args = [sha1(bytes), this.#encode(key, changed), this.#lifeOf(changed)];
      const replaced = await gate.run(
        (client) => replaceEntry.run(client, [redisKey], args),
        replaceEntry.name,
      );
      if (replaced === 1) return changed;
    }
    return undefined;
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
    const reply = (await gate.run(
      (client) =>
        loadOrLease.runBuffer(client, this.#both(key), [token, leaseMs, isStale ? '1' : '0']),
      loadOrLease.name,
    )) as [Buffer | null, number, number];
    return this.#outcome(key, reply, () => this.loadOrLease(key, token, leaseMs, true));
  }

  /**
   * Stores what the holder of the lease loaded; false when the lease was lost meanwhile.
   *
   * @param options.payload the value as the codec writes it, where that is at hand
   */
  async commit(
    key: string,
    entry: Entry<T>,
    { token, payload }: { readonly token: string; readonly payload?: Buffer },
  ): Promise<boolean> {
    const bytes = this.#encode(key, entry, payload);
    const args = [token, bytes, this.#lifeOf(entry), ...this.#wake(key)];
    const stored = await this.#options.gate.run(
      (client) => commitEntry.run(client, this.#both(key), args),
      commitEntry.name,
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

  /** An entry as Redis stores it, and its life there, for a script that stores more than the entry. */
  pack(key: string, entry: Entry<T>): { readonly bytes: Buffer; readonly lifeMs: number } {
    return { bytes: this.#encode(key, entry), lifeMs: this.#lifeOf(entry) };
  }

  /** Reads what `pack` made, also after its life. @returns undefined when it cannot be read */
  unpack(key: string, bytes: Buffer): Entry<T> | undefined {
    return decodeEntry(bytes, this.#options.codec, this.#placeOf(key));
  }

  /** Name of the lease in Redis, and what the wake channel carries for the key. */
  leaseKey(key: string): string {
    return this.#options.keys.lease(this.#options.cache, key);
  }

  #holdLease(key: string, token: string, leaseMs: number): Promise<unknown> {
    const { gate, keys, cache } = this.#options;
    return gate.run(
      (client) =>
        holdLease.run(client, [keys.lease(cache, key)], [token, leaseMs, ...this.#wake(key)]),
      holdLease.name,
    );
  }

  #outcome(
    key: string,
    [bytes, outcome, leftMs]: [Buffer | null, number, number],
    again: () => Promise<LeaseOutcome<T>>,
  ): LeaseOutcome<T> | Promise<LeaseOutcome<T>> {
    const entry = this.#decode(key, bytes);
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
    return [this.#options.keys.wake, this.leaseKey(key)];
  }

  #encode(key: string, entry: Entry<T>, payload?: Buffer): Buffer {
    const encoded = payload ?? this.#options.codec.encode(entry.value);
    const bytes = encodeEntry(entry, encoded, this.#placeOf(key));
    this.#transferred('write', bytes);
    return bytes;
  }

  #placeOf(key: string): EntryPlace {
    const { keys, cache, packing, onUnreadable } = this.#options;
    return {
      redisKey: keys.entry(cache, key),
      packing,
      onUnreadable: (reason) => onUnreadable?.(key, reason),
    };
  }

  /** A clock that runs ahead elsewhere must not make an entry live longer than it may. */
  #lifeOf(entry: Entry<T>): number {
    return Math.max(
      1,
      Math.ceil(Math.min(entry.expiresAt - this.#clock.now(), entry.expiresAt - entry.createdAt)),
    );
  }

  #transferred(direction: 'read' | 'write', { length: bytes }: Buffer): void {
    cacheTransfer.publish(() => ({ cache: this.#options.cache, direction, bytes }));
  }

  #decode(key: string, bytes: Buffer | null): Entry<T> | undefined {
    if (!bytes) return undefined;
    this.#transferred('read', bytes);
    const entry = decodeEntry(bytes, this.#options.codec, this.#placeOf(key));
    return entry && !isExpired(entry, this.#clock.now()) ? entry : undefined;
  }
}

/** Waits for all, so that none is on its way any more when what failed is made up for. */
async function together<R>(commands: readonly Promise<R>[]): Promise<R[]> {
  await Promise.allSettled(commands);
  return Promise.all(commands);
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function generationsUnknown(key: string): RedisKitError {
  return new RedisKitError(
    'REDIS_UNAVAILABLE',
    `Entry \`${key}\` is not stored: Redis did not tell the generations it depends on.`,
  );
}
