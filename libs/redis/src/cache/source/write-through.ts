import { randomText } from '../../common/random-text.js';
import { isStorable, type Entry } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Gate } from '../gate.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import type { Invalidation } from '../invalidation/invalidation-message.js';
import type { PendingInvalidations } from '../invalidation/pending-invalidations.js';
import { Lease, type LeasesOptions } from '../read-through/lease.js';
import type { Loader } from '../read-through/loading.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { CacheSource, WriteContext } from './cache-source.js';
import { takeLease } from './scripts/take-lease-1.js';
import { CacheAside, type SourcePath } from './source-path.js';

export interface WriteThroughOptions<T> {
  readonly cache: string;
  readonly source: () => CacheSource<T>;
  readonly store: TieredStore<T>;
  readonly gate: Gate;
  readonly bus: InvalidationBus;
  readonly pending: PendingInvalidations;
  readonly failures: FailurePolicy;
  readonly leases: LeasesOptions<T>;
}

interface Write<T> {
  /** Absent while Redis is down. */
  readonly lease: Lease<T> | undefined;
  readonly context: WriteContext;
}

/**
 * Read-through and write-through. A write holds the lease of its key, as a load does: loads that began
 * earlier are not stored, those that begin now wait for it, and of two writes at once the one that lost the
 * lease does not know which of them the source has last, so it empties the entry. A source that fails
 * leaves the cache as it was. A Redis that fails after the source took the value makes the entry invalid,
 * as soon as it answers again.
 *
 * A process that dies between the two leaves the old entry until its TTL.
 */
export class WriteThrough<T> implements SourcePath<T> {
  readonly #aside: CacheAside<T>;

  constructor(private readonly options: WriteThroughOptions<T>) {
    this.#aside = new CacheAside(options.store);
  }

  loader(key: string, given?: Loader<T>): Loader<T> | undefined {
    const source = this.options.source();
    if (given || !source.load) return given;
    // A loader that returns undefined stores nothing.
    return async (context) => (await source.load?.(key, context)) as T;
  }

  async set(key: string, value: T, entry: Entry<T> | undefined): Promise<void> {
    const source = this.options.source();
    if (!source.write) return this.#aside.set(key, value, entry);
    const { lease } = await this.#write(key, (context) => source.write?.(key, value, context));
    if (entry && lease && isStorable(entry)) await this.#show(key, entry, lease);
    else await this.#empty(key, lease);
  }

  async delete(key: string): Promise<boolean> {
    const source = this.options.source();
    if (!source.remove) return this.#aside.delete(key);
    const { lease } = await this.#write(key, (context) => source.remove?.(key, context));
    return this.#empty(key, lease);
  }

  /** Runs the write under the lease; when it fails, the lease goes back and the entry stays. */
  async #write(
    key: string,
    run: (context: WriteContext) => Promise<void> | void,
  ): Promise<Write<T>> {
    const write = await this.#begin(key);
    try {
      await run(write.context);
      return write;
    } catch (error) {
      await write.lease?.release();
      throw error;
    }
  }

  async #begin(key: string): Promise<Write<T>> {
    const { gate, failures, leases } = this.options;
    const token = randomText(12);
    const leaseKey = leases.store.leaseKey(key);
    const version = await failures.attempt(
      'lease',
      () =>
        gate.run(
          (client) => takeLease.run(client, [leaseKey], [token, leases.leaseMs]),
          takeLease.name,
        ),
      undefined,
    );
    // Without Redis the local clock has to do; the write itself does not need Redis.
    return {
      lease: version === undefined ? undefined : new Lease(key, token, leases),
      context: {
        version: version === undefined ? Date.now() * 1000 : Number(version),
        signal: new AbortController().signal,
      },
    };
  }

  async #show(key: string, entry: Entry<T>, lease: Lease<T>): Promise<void> {
    const { store, bus, pending, cache } = this.options;
    const invalidation: Invalidation = { kind: 'entries', cache, names: [key] };
    const { outcome, read } = await store.fenced(key, async (fenced) => ({
      outcome: await lease.commit(entry),
      // Looked at now: the announcement that follows breaks it as well.
      read: { ...fenced },
    }));
    if (outcome !== 'stored') {
      await store.delete(key);
      return;
    }
    bus.announce(invalidation);
    store.keep(key, entry, read);
    if (!(await bus.publish(invalidation))) pending.add(invalidation);
  }

  async #empty(key: string, lease: Lease<T> | undefined): Promise<boolean> {
    const removed = await this.options.store.delete(key);
    await lease?.release();
    return removed;
  }
}
