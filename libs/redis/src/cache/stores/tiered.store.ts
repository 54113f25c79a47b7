import type { Entry } from '../entry.js';
import { haveSameGenerations } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Gate } from '../gate.js';
import type { Invalidation } from '../invalidation/invalidation-message.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import type { Change, Invalidator } from '../invalidation/invalidator.js';
import { ReadFence, type FencedRead } from '../invalidation/read-fence.js';
import type { Generations, Verdict } from '../tags/generations.js';
import type { CacheTier } from '../cache.events.js';
import type { MemoryStore } from './memory.store.js';
import type { RedisStore } from './redis.store.js';

export interface Found<T> {
  readonly entry: Entry<T>;
  readonly tier: CacheTier;
}

export interface TieredStoreOptions<T> {
  readonly cache: string;
  readonly memory: MemoryStore<T> | undefined;
  readonly redis: RedisStore<T>;
  readonly gate: Gate;
  readonly generations: Generations;
  readonly bus: InvalidationBus;
  readonly invalidator: Invalidator;
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
    // While Redis is down, other nodes cannot invalidate; what this one did is known.
    return entry && this.#isCurrentHere(entry, this.options.gate.isOpen) ? entry : undefined;
  }

  async get(key: string): Promise<Found<T> | undefined> {
    const here = this.peek(key);
    if (here) return { entry: here, tier: 'l1' };
    const remembered = this.#inMemory(key);
    if (!remembered) return this.#read(key);
    const verdict = await this.#judge(remembered);
    if (verdict === 'current') return { entry: remembered, tier: 'l1' };
    return verdict === 'unknown' ? this.withoutRedis(key) : this.#read(key, remembered);
  }

  /** For those who must know. @throws where Redis does not answer */
  async ask(key: string): Promise<void> {
    await this.options.redis.get(key);
  }

  /** True when every generation of an entry from Redis is current. Without Redis nothing is known, so it is not. */
  async isValid(entry: Entry<T>): Promise<boolean> {
    const { generations } = this.options;
    // Mostly all are known here: nothing then has to be gathered for a question to Redis.
    if (generations.verdict(entry.generations) === 'current') return true;
    generations.doubt(entry.generations);
    return (await this.#judge(entry)) === 'current';
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

  /** As `fenced`, for many keys. */
  async fencedAll<R>(
    keys: readonly string[],
    run: (reads: ReadonlyMap<string, FencedRead>) => Promise<R>,
  ): Promise<R> {
    const reads = new Map(keys.map((key) => [key, this.#fence.begin(key)]));
    try {
      return await run(reads);
    } finally {
      for (const [key, read] of reads) this.#fence.end(key, read);
    }
  }

  keep(key: string, entry: Entry<T>, read: FencedRead): void {
    if (read.isIntact && this.#mayUseMemory) this.options.memory?.set(key, entry);
  }

  /** Stores what a load brought under a key of its own: no other node holds anything older, so nobody is told. */
  async add(key: string, entry: Entry<T>): Promise<void> {
    const { redis, failures } = this.options;
    await this.fenced(key, async (read) => {
      await failures.attempt('store', () => redis.set(key, entry), undefined);
      this.keep(key, entry, read);
    });
  }

  /** Stores over whatever is there. What Redis does not take ends the old entry all the same, once it can. */
  async set(key: string, entry: Entry<T>): Promise<void> {
    const { redis } = this.options;
    let write: FencedRead = { isIntact: false };
    await this.#invalidate(key, {
      operation: 'set',
      inRedis: () =>
        this.fenced(key, async (fenced) => {
          try {
            await redis.set(key, entry);
          } finally {
            // Looked at now: the announcement that follows breaks it as well.
            write = { ...fenced };
          }
        }),
      changed: () => this.keep(key, entry, write),
    });
  }

  /** @returns whether Redis held an entry */
  async delete(key: string): Promise<boolean> {
    const inRedis = (): Promise<boolean> => this.options.redis.delete(key);
    return (await this.#invalidate(key, { operation: 'delete', inRedis })) ?? false;
  }

  /**
   * Gives the entry another life, without bringing back one that ended. The other nodes drop their copy.
   *
   * @param change gives undefined to leave it
   * @returns false when there is no valid entry, or Redis did not answer
   */
  async touch(key: string, change: (entry: Entry<T>) => Entry<T> | undefined): Promise<boolean> {
    return this.fenced(key, async (fenced) => {
      const entry = await this.#replace(key, 'touch', change);
      if (!entry) return false;
      // Looked at now: the announcement that follows breaks it as well.
      const read = { ...fenced };
      await this.#invalidate(key, {
        operation: 'touch',
        inRedis: () => Promise.resolve(),
        changed: () => this.keep(key, entry, read),
      });
      return true;
    });
  }

  /** As `touch`, for a longer life only: a copy elsewhere that ends early is read again, so nobody is told. */
  async renew(key: string, change: (entry: Entry<T>) => Entry<T>): Promise<void> {
    await this.fenced(key, async (read) => {
      const entry = await this.#replace(key, 'renew', change);
      if (entry) this.keep(key, entry, read);
    });
  }

  /**
   * Replaces the entry in memory, if there is one. It keeps its generations and its life, so that it counts
   * for as long as it did.
   *
   * @param change gives undefined to leave it
   */
  amendInMemory(key: string, change: (entry: Entry<T>) => Entry<T> | undefined): void {
    this.options.memory?.amend(key, change);
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

  #invalidate<R>(
    key: string,
    change: Pick<Change<R>, 'operation' | 'inRedis' | 'changed'>,
  ): Promise<R | undefined> {
    const { invalidator, cache, failures } = this.options;
    const invalidation: Invalidation = { kind: 'entries', cache, names: [key] };
    return invalidator.run({ invalidation, failures, ...change });
  }

  #replace(
    key: string,
    operation: string,
    change: (entry: Entry<T>) => Entry<T> | undefined,
  ): Promise<Entry<T> | undefined> {
    const { redis, failures } = this.options;
    const ifValid = async (entry: Entry<T>): Promise<Entry<T> | undefined> =>
      (await this.isValid(entry)) ? change(entry) : undefined;
    return failures.attempt(operation, () => redis.replace(key, ifValid), undefined);
  }

  #read(key: string, outdated?: Entry<T>): Promise<Found<T> | undefined> {
    const { redis, failures } = this.options;
    return this.fenced(key, async (read) => {
      const entry = await failures.attempt('get', () => redis.get(key), 'failed' as const);
      if (entry === 'failed') return this.withoutRedis(key);
      // A generation that ended never comes back, so the same one need not be asked for again.
      if (!entry || (outdated && haveSameGenerations(entry, outdated))) return undefined;
      if (!(await this.isValid(entry))) return undefined;
      this.keep(key, entry, read);
      return { entry, tier: 'l2' };
    });
  }

  /** Redis has just failed to answer, so memory is what there is, whatever the breaker says yet. */
  withoutRedis(key: string): Found<T> | undefined {
    const entry = this.options.memory?.get(key);
    return entry && this.#isCurrentHere(entry, true) ? { entry, tier: 'l1' } : undefined;
  }

  #isCurrentHere(entry: Entry<T>, ifUnknown: boolean): boolean {
    const verdict = this.options.generations.verdict(entry.generations);
    return verdict === 'current' || (verdict === 'unknown' && ifUnknown);
  }

  /** `unknown`: Redis did not say. */
  #judge({ generations: carried }: Entry<T>): Promise<Verdict> {
    const { generations, failures } = this.options;
    return failures.attempt('generations', () => generations.judge(carried), 'unknown' as const);
  }

  #inMemory(key: string): Entry<T> | undefined {
    return this.#mayUseMemory ? this.options.memory?.get(key) : undefined;
  }

  /** Memory counts while invalidations arrive, or while Redis is down and there is nothing else. */
  get #mayUseMemory(): boolean {
    return this.options.bus.isSubscribed || this.options.gate.isOpen;
  }
}
