import type { Entry } from '../entry.js';
import { isCurrent } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Invalidation } from '../invalidation/invalidation-message.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import { ReadFence, type FencedRead } from '../invalidation/read-fence.js';
import type { Generations } from '../tags/generations.js';
import type { CacheTier } from '../cache.events.js';
import type { MemoryStore } from './memory.store.js';
import type { RedisStore } from './redis.store.js';
import type { RedisGate } from '../../connection/redis-gate.js';

export interface Found<T> {
  readonly entry: Entry<T>;
  readonly tier: CacheTier;
}

export interface TieredStoreOptions<T> {
  readonly cache: string;
  readonly memory: MemoryStore<T> | undefined;
  readonly redis: RedisStore<T>;
  readonly gate: RedisGate;
  readonly generations: Generations;
  readonly bus: InvalidationBus;
  readonly failures: FailurePolicy;
}

/**
 * Memory before Redis. An entry counts only while its generations are current, and reaches memory
 * only if nothing was invalidated while it was read or loaded. Never throws because of Redis.
 */
export class TieredStore<T> {
  readonly #fence = new ReadFence();

  constructor(private readonly options: TieredStoreOptions<T>) {}

  /** The entry in memory, if it counts without asking Redis. */
  peek(key: string): Entry<T> | undefined {
    const entry = this.#inMemory(key);
    if (!entry) return undefined;
    const { generations, gate } = this.options;
    for (const { name, value } of entry.generations) {
      const known = generations.known(name);
      // While Redis is down, nobody can invalidate there either.
      if (known === undefined ? !gate.isOpen : known !== value) return undefined;
    }
    return entry;
  }

  async get(key: string): Promise<Found<T> | undefined> {
    const here = this.peek(key);
    if (here) return { entry: here, tier: 'l1' };
    const remembered = this.#inMemory(key);
    if (remembered && (await this.isValid(remembered))) return { entry: remembered, tier: 'l1' };
    return this.fenced(key, async (read) => {
      const entry = await this.options.failures.attempt(
        'get',
        () => this.options.redis.get(key),
        undefined,
      );
      if (!entry || !(await this.isValid(entry))) return undefined;
      this.keep(key, entry, read);
      return { entry, tier: 'l2' };
    });
  }

  /** True when every generation of the entry is current. Without Redis nothing is known, so it is not. */
  async isValid(entry: Entry<T>): Promise<boolean> {
    const names = entry.generations.map(({ name }) => name);
    const current = await this.options.failures.attempt(
      'generations',
      () => this.options.generations.current(names),
      undefined,
    );
    return current !== undefined && isCurrent(entry, current);
  }

  /** Runs a read or a load whose result may be kept in memory if no invalidation of the key falls into it. */
  async fenced<R>(key: string, run: (read: FencedRead) => Promise<R>): Promise<R> {
    const read = this.#fence.begin(key);
    try {
      return await run(read);
    } finally {
      this.#fence.end(key, read);
    }
  }

  keep(key: string, entry: Entry<T>, read: FencedRead): void {
    if (read.isIntact && this.#mayUseMemory) this.options.memory?.set(key, entry);
  }

  async set(key: string, entry: Entry<T>): Promise<void> {
    this.#forget([key]);
    await this.fenced(key, async (read) => {
      const { redis, failures, bus, cache } = this.options;
      await failures.attempt('set', () => redis.set(key, entry), undefined);
      await bus.publish({ kind: 'entries', cache, names: [key] });
      this.keep(key, entry, read);
    });
  }

  async delete(key: string): Promise<boolean> {
    this.#forget([key]);
    const { redis, failures, bus, cache } = this.options;
    const removed = await failures.attempt('delete', () => redis.delete(key), false);
    this.#forget([key]);
    await bus.publish({ kind: 'entries', cache, names: [key] });
    return removed;
  }

  /** Takes in what another node, or this one, made invalid. */
  apply(invalidation: Invalidation): void {
    if (invalidation.kind === 'generations' || invalidation.cache !== this.options.cache) return;
    this.#forget(invalidation.names);
  }

  reset(): void {
    this.#fence.breakAll();
    this.options.memory?.clear();
  }

  #forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#fence.break(key);
      this.options.memory?.delete(key);
    }
  }

  #inMemory(key: string): Entry<T> | undefined {
    return this.#mayUseMemory ? this.options.memory?.get(key) : undefined;
  }

  /** Memory counts while invalidations arrive, or while Redis is down and there is nothing else. */
  get #mayUseMemory(): boolean {
    return this.options.bus.isSubscribed || this.options.gate.isOpen;
  }
}
