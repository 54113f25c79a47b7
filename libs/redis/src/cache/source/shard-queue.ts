import type { RedisClient } from '../../connection/redis-client.js';
import type { RecordedChange, Task } from './change-ledger.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { buryChange } from './scripts/bury-change-6.js';
import { settleChanges } from './scripts/settle-changes-3.js';
import { takeChanges } from './scripts/take-changes-2.js';
import type { ShardLease } from './shard-leases.js';

/** The consumer group of every stream of changes. */
const GROUP = 'writers';
const FIRST = '0-0';
/** An error message in a dead letter is cut off here. */
const LONGEST_ERROR = 1000;

export interface ShardQueueOptions {
  readonly cache: string;
  /** A connection of its own: large batches must not hold up the readers of the cache. */
  readonly client: RedisClient;
  readonly keys: ChangeKeySpace;
  readonly writer: string;
}

/** Where changes wait for the source, as their writer sees it. Every call is refused once the lease is lost. */
export class ShardQueue {
  constructor(private readonly options: ShardQueueOptions) {}

  /** New changes, in order. @returns undefined when the lease is lost */
  async take(lease: ShardLease, count: number): Promise<RecordedChange[] | undefined> {
    return (await this.#take(lease, count, ''))?.changes;
  }

  /**
   * All changes that were handed out and not settled, by whomever: what a dead process left, and what
   * this one was given without knowing. All of them, before any is written: an older change of a key
   * must not come alone when the source may have a newer one already.
   */
  async claim(lease: ShardLease, count: number): Promise<RecordedChange[] | undefined> {
    const all: RecordedChange[] = [];
    let cursor = FIRST;
    do {
      const part = await this.#take(lease, count, cursor);
      if (!part) return undefined;
      all.push(...part.changes);
      cursor = part.cursor;
    } while (cursor !== FIRST);
    return all;
  }

  /** The source has these. @returns false when the lease is lost */
  async settle({ shard, token }: ShardLease, tasks: readonly Task[]): Promise<boolean> {
    const { client, cache, keys } = this.options;
    const versions = tasks.flatMap((task) => [...task.versions]);
    const written = tasks.flatMap(({ newest }) => [newest.key, newest.version]);
    const done = await settleChanges.run(
      client,
      [keys.changes(cache, shard), keys.unsaved(cache, shard), keys.owner(cache, shard)],
      [token, GROUP, versions.length, ...versions, ...written],
    );
    return done === 1;
  }

  /** The source will not have this. @returns false when the lease is lost */
  async bury(
    { shard, token }: ShardLease,
    task: Task,
    error: Error,
    attempts: number,
  ): Promise<boolean> {
    const { client, cache, keys } = this.options;
    const { key, kind, payload, version } = task.newest;
    const reason = error.message.slice(0, LONGEST_ERROR);
    const letter = [key, kind === 'set' ? 's' : 'd', payload, version, reason, attempts];
    const done = await buryChange.run(
      client,
      [
        keys.changes(cache, shard),
        keys.unsaved(cache, shard),
        keys.owner(cache, shard),
        keys.dead(cache, shard),
        keys.entry(cache, key),
        keys.lease(cache, key),
      ],
      [token, GROUP, ...letter, keys.wake, keys.lease(cache, key), ...task.versions],
    );
    return done === 1;
  }

  async #take(
    { shard, token }: ShardLease,
    count: number,
    cursor: string,
  ): Promise<{ readonly cursor: string; readonly changes: RecordedChange[] } | undefined> {
    const { client, cache, keys, writer } = this.options;
    const reply = (await takeChanges.runBuffer(
      client,
      [keys.changes(cache, shard), keys.owner(cache, shard)],
      [token, GROUP, writer, count, cursor],
    )) as [Buffer, StreamEntry[]] | null;
    return reply
      ? { cursor: reply[0].toString(), changes: reply[1].map(recordedChange) }
      : undefined;
  }
}

/** Id, then names and values of the fields: k, key, o, kind, p, value. */
export type StreamEntry = readonly [Buffer, readonly Buffer[]];

function recordedChange([id, fields]: StreamEntry): RecordedChange {
  const [, key, , kind, , payload] = fields as readonly [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  return {
    key: key.toString(),
    kind: kind.toString() === 's' ? 'set' : 'delete',
    payload,
    version: Number.parseInt(id.toString(), 10),
  };
}
