import type { Entry } from '../entry.js';
import { isCurrent } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { Change, Invalidator } from '../invalidation/invalidator.js';
import type { FencedRead } from '../invalidation/read-fence.js';
import type { Generations } from '../tags/generations.js';
import { chunksOf } from './chunks.js';
import type { RedisStore } from './redis.store.js';
import type { Found, TieredStore } from './tiered.store.js';

export interface BatchStoreOptions<T> {
  readonly cache: string;
  readonly store: TieredStore<T>;
  readonly redis: RedisStore<T>;
  readonly generations: Generations;
  readonly invalidator: Invalidator;
  readonly failures: FailurePolicy;
}

export interface Looked<T> {
  readonly found: Map<string, Found<T>>;
  readonly outdated: Map<string, Entry<T>>;
}

/**
 * Many keys at once through both tiers, in chunks of 500. A chunk costs one round trip, a read one more
 * where generations are not known here, a write one more for the message to the other nodes. Never throws
 * because of Redis, and waits for a Redis that does not answer once, not once per chunk.
 */
export class BatchStore<T> {
  constructor(private readonly options: BatchStoreOptions<T>) {}

  /** Valid entries, fresh or stale; what is missing is missing from the result. */
  async getMany(keys: readonly string[]): Promise<Map<string, Found<T>>> {
    return (await this.look(keys)).found;
  }

  /** As `getMany`, and the entries in Redis that no longer count. */
  async look(keys: readonly string[]): Promise<Looked<T>> {
    const looked: Looked<T> = { found: new Map(), outdated: new Map() };
    const { found } = looked;
    const asked: string[] = [];
    for (const key of new Set(keys)) {
      const entry = this.options.store.peek(key);
      if (entry) found.set(key, { entry, tier: 'l1' });
      else asked.push(key);
    }
    let isAnswering = true;
    for (const chunk of chunksOf(asked)) {
      isAnswering &&= await this.#read(chunk, looked);
      if (!isAnswering) this.#withoutRedis(chunk, found);
    }
    return looked;
  }

  /** Stores over whatever is there. Where Redis takes a part of a chunk only, it ends the whole chunk. */
  async setMany(entries: ReadonlyMap<string, Entry<T>>): Promise<void> {
    for (const chunk of chunksOf([...entries])) await this.#write(new Map(chunk));
  }

  /** @returns how many entries Redis held */
  async deleteMany(keys: readonly string[]): Promise<number> {
    let removed = 0;
    for (const chunk of chunksOf([...new Set(keys)])) {
      const inRedis = (): Promise<number> => this.options.redis.deleteMany(chunk);
      removed += (await this.#invalidate(chunk, { operation: 'delete', inRedis })) ?? 0;
    }
    return removed;
  }

  /** @returns false when Redis did not answer */
  #read(keys: readonly string[], { found, outdated }: Looked<T>): Promise<boolean> {
    const { store, redis, failures } = this.options;
    return store.fencedAll(keys, async (reads) => {
      const entries = await failures.attempt('get', () => redis.getMany(keys), undefined);
      const current = entries && (await this.#generationsOf([...entries.values()]));
      if (!current) return false;
      for (const [key, entry] of entries) {
        if (isCurrent(entry, current)) {
          store.keep(key, entry, reads.get(key)!);
          found.set(key, { entry, tier: 'l2' });
        } else outdated.set(key, entry);
      }
      return true;
    });
  }

  /** One command at most, whatever the number of entries. */
  #generationsOf(entries: readonly Entry<T>[]): Promise<Map<string, string> | undefined> {
    const { generations, failures } = this.options;
    const carried = entries.flatMap((entry) => entry.generations);
    generations.doubt(carried);
    const names = [...new Set(carried.map(({ name }) => name))];
    return failures.attempt('generations', () => generations.current(names), undefined);
  }

  #withoutRedis(keys: readonly string[], found: Map<string, Found<T>>): void {
    for (const key of keys) {
      const here = this.options.store.withoutRedis(key);
      if (here) found.set(key, here);
    }
  }

  async #write(entries: ReadonlyMap<string, Entry<T>>): Promise<void> {
    const { store, redis } = this.options;
    const keys = [...entries.keys()];
    const writes = new Map<string, FencedRead>();
    await this.#invalidate(keys, {
      operation: 'set',
      inRedis: () =>
        store.fencedAll(keys, async (reads) => {
          try {
            await redis.setMany(entries);
          } finally {
            // Looked at now: the announcement that follows breaks them as well.
            for (const [key, read] of reads) writes.set(key, { ...read });
          }
        }),
      changed: () => {
        for (const [key, write] of writes) store.keep(key, entries.get(key)!, write);
      },
    });
  }

  #invalidate<R>(
    names: readonly string[],
    change: Pick<Change<R>, 'operation' | 'inRedis' | 'changed'>,
  ): Promise<R | undefined> {
    const { invalidator, cache, failures } = this.options;
    return invalidator.run({
      invalidation: { kind: 'entries', cache, names },
      failures,
      ...change,
    });
  }
}
