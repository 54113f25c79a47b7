import { asError, RedisKitError } from '../../common/errors.js';
import type { Entry } from '../entry.js';
import type { Gate } from '../gate.js';
import type { RedisStore } from '../stores/redis.store.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { acceptChange } from './scripts/accept-change-5.js';
import { unsavedChange } from './scripts/unsaved-change-2.js';
import { shardOf, SHARDS } from './shard.js';

/** The newest change of a key that the source does not have. */
export type Unsaved<T> = { readonly kind: 'set'; readonly value: T } | { readonly kind: 'delete' };

export interface ChangeLogOptions<T> {
  readonly cache: string;
  readonly gate: Gate;
  readonly keys: ChangeKeySpace;
  readonly redis: RedisStore<T>;
  /** Most changes of the cache that Redis holds for the source. */
  readonly maxPending: number;
}

/** Where changes wait for the source, as the callers of a cache see it. */
export class ChangeLog<T> {
  constructor(private readonly options: ChangeLogOptions<T>) {}

  /**
   * Takes a change and shows it to readers.
   *
   * @param entry undefined to remove it
   * @returns the number of entries removed
   * @throws RedisKitError `CACHE_BACKLOG_FULL`, `REDIS_UNAVAILABLE`
   */
  async accept(key: string, entry: Entry<T> | undefined): Promise<number> {
    const { gate, maxPending } = this.options;
    const { bytes, lifeMs } = entry ? this.options.redis.pack(key, entry) : REMOVED;
    const kind = entry ? 's' : 'd';
    const limit = Math.ceil(maxPending / SHARDS);
    const change = [key, kind, bytes, limit, lifeMs, ...this.#wake(key)];
    const reply = await reachable(key, () =>
      gate.run((client) => acceptChange.run(client, this.#keysOf(key), change), acceptChange.name),
    );
    const [isAccepted, removed] = reply as [number, number];
    if (isAccepted === 1) return removed;
    throw new RedisKitError(
      'CACHE_BACKLOG_FULL',
      `Cache \`${this.options.cache}\` does not take the change of \`${key}\`: its shard holds ${limit} changes and dead letters ` +
        'that the source does not have. See that the source works, or raise writeBehind.maxPending.',
    );
  }

  /** @throws what Redis answered, or that it did not */
  async unsaved(key: string): Promise<Unsaved<T> | undefined> {
    const { cache, gate, keys, redis } = this.options;
    const shard = shardOf(key);
    const both = [keys.unsaved(cache, shard), keys.changes(cache, shard)];
    const found = await gate.run(
      (client) => unsavedChange.runBuffer(client, both, [key]),
      unsavedChange.name,
    );
    if (found === null) return undefined;
    const [kind, bytes] = found as [Buffer, Buffer];
    if (kind.toString() === 'd') return { kind: 'delete' };
    const entry = redis.unpack(key, bytes);
    return entry && { kind: 'set', value: entry.value };
  }

  #keysOf(key: string): string[] {
    const { cache, keys } = this.options;
    const shard = shardOf(key);
    return [
      keys.changes(cache, shard),
      keys.unsaved(cache, shard),
      keys.dead(cache, shard),
      keys.entry(cache, key),
      keys.lease(cache, key),
    ];
  }

  #wake(key: string): string[] {
    const { cache, keys } = this.options;
    return [keys.wake, keys.lease(cache, key), keys.changesWake(cache)];
  }
}

const REMOVED = { bytes: Buffer.alloc(0), lifeMs: 0 };

/** Whatever keeps Redis from taking a change, the caller has to know: the change is not safe. */
async function reachable<R>(key: string, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } catch (cause) {
    const reason = asError(cause).message;
    throw new RedisKitError(
      'REDIS_UNAVAILABLE',
      `The change of \`${key}\` is not acknowledged: ${reason} It may or may not reach the source; write it again.`,
      { cause },
    );
  }
}
