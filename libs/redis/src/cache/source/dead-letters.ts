import type { RedisClient } from '../../connection/redis-client.js';
import type { RedisStore } from '../stores/redis.store.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { measureShard } from './scripts/measure-shard-2.js';
import { retryLetter } from './scripts/retry-letter-5.js';
import { ALL_SHARDS, shardOf } from './shard.js';

/** A change that the source refused at every try. */
export interface DeadLetter<T = unknown> {
  /** For `retryDeadLetter` and `discardDeadLetter`. */
  readonly id: string;
  readonly key: string;
  readonly kind: 'set' | 'delete';
  /** Undefined for a deletion, and for bytes that can no longer be read. */
  readonly value: T | undefined;
  readonly version: number;
  readonly error: string;
  readonly attempts: number;
  /** When it was given up; milliseconds since the Unix epoch. */
  readonly buriedAt: number;
}

/** How far the source is behind. */
export interface WriteLag {
  /** Changes that the source does not have. */
  readonly pending: number;
  /** Age of the oldest of them in milliseconds; 0 when there is none. */
  readonly oldestMs: number;
  readonly deadLetters: number;
}

/** `retried`: it waits for the source again. `superseded`: dropped, since a newer change of its key was accepted. */
export type RetryOutcome = 'retried' | 'superseded' | 'not-found';

export interface DeadLettersOptions<T> {
  readonly cache: string;
  readonly client: RedisClient;
  readonly keys: ChangeKeySpace;
  readonly redis: RedisStore<T>;
}

/** What the source does not have, for those who watch over it. */
export class DeadLetters<T> {
  constructor(private readonly options: DeadLettersOptions<T>) {}

  async lag(): Promise<WriteLag> {
    const { client, cache, keys } = this.options;
    const measures = await Promise.all(
      ALL_SHARDS.map(async (shard) => {
        const both = [keys.changes(cache, shard), keys.dead(cache, shard)];
        return (await measureShard.run(client, both, [])) as [number, number, number];
      }),
    );
    return {
      pending: measures.reduce((sum, [pending]) => sum + pending, 0),
      oldestMs: Math.max(...measures.map(([, age]) => age)),
      deadLetters: measures.reduce((sum, [, , dead]) => sum + dead, 0),
    };
  }

  /** The oldest letters, oldest first. */
  async list(limit: number): Promise<DeadLetter<T>[]> {
    const { client, cache, keys } = this.options;
    const found = await Promise.all(
      ALL_SHARDS.map((shard) =>
        client.xrangeBuffer(keys.dead(cache, shard), '-', '+', 'COUNT', limit),
      ),
    );
    return found
      .flat()
      .map(([id, fields]) => this.#letter(id, fields))

      .toSorted((a, b) => a.buriedAt - b.buriedAt)
      .slice(0, limit);
  }

  async retry(id: string): Promise<RetryOutcome> {
    const outcome = await this.#end(id, true);
    if (outcome === 0) return 'not-found';
    return outcome === 1 ? 'retried' : 'superseded';
  }

  /** @returns false when there is no such letter */
  async discard(id: string): Promise<boolean> {
    return (await this.#end(id, false)) !== 0;
  }

  /** An id is that of the stream and then the key, which says where the letter is. */
  async #end(id: string, isRetry: boolean): Promise<unknown> {
    const [, letter, key] = /^(\d+-\d+):(.+)$/s.exec(id) ?? [];
    if (letter === undefined || key === undefined) return 0;
    const { client, cache, keys } = this.options;
    const shard = shardOf(key);
    return retryLetter.run(
      client,
      [
        keys.changes(cache, shard),
        keys.unsaved(cache, shard),
        keys.dead(cache, shard),
        keys.entry(cache, key),
        keys.lease(cache, key),
      ],
      [letter, isRetry ? '1' : '0', keys.wake, keys.lease(cache, key), keys.changesWake(cache)],
    );
  }

  /** Fields: k, o, p, v, e, n, each a name and a value. */
  #letter(id: Buffer, fields: readonly Buffer[]): DeadLetter<T> {
    const text = (at: number): string => fields[at]?.toString() ?? '';
    const key = text(1);
    const kind = text(3) === 's' ? 'set' : 'delete';
    const bytes = fields[5] ?? Buffer.alloc(0);
    const entry = kind === 'set' ? this.options.redis.unpack(key, bytes) : undefined;
    return {
      id: `${id.toString()}:${key}`,
      key,
      kind,
      value: entry?.value,
      version: Number(text(7)),
      error: text(9),
      attempts: Number(text(11)),
      buriedAt: Number.parseInt(id.toString(), 10),
    };
  }
}
