import type { RedisClient } from '../../connection/redis-client.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { holdShard } from './scripts/hold-shard-1.js';
import { joinWriters } from './scripts/join-writers-1.js';
import { ALL_SHARDS, SHARDS } from './shard.js';

export interface ShardLeasesOptions {
  readonly cache: string;
  readonly client: RedisClient;
  readonly keys: ChangeKeySpace;
  readonly leaseMs: number;
  /** Name of this process, different from every other and from itself before a restart. */
  readonly writer: string;
  /** Told of what Redis did not answer. */
  readonly onError: (error: unknown) => void;
}

/** The right to write the changes of one shard, for one stretch of time. */
export class ShardLease {
  /** Changes that were handed out and not settled have to be claimed before new ones are taken. */
  mustClaim = true;

  constructor(
    readonly shard: number,
    readonly token: string,
    /** Of `performance.now()`. */
    public safeUntil: number,
  ) {}

  /**
   * True while nobody else can have the shard. It ends before the lease does in Redis, so that a write
   * begun under it has some time.
   */
  get isSafe(): boolean {
    return performance.now() < this.safeUntil;
  }
}

/**
 * Which shards this process writes. Each shard has one owner at a time; processes share them evenly. The
 * token of a lease is the fence: Redis hands out and settles changes for its holder only.
 */
export class ShardLeases {
  readonly #held = new Map<number, ShardLease>();
  /** True unless other processes were there to write when it was last asked. */
  #isAlone = true;
  #takings = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ShardLeasesOptions) {}

  /** The leases that are certain. One that was not for a moment is gone for good, with all that was taken under it. */
  get held(): ShardLease[] {
    for (const lease of this.#held.values()) if (!lease.isSafe) this.drop(lease);
    return [...this.#held.values()];
  }

  /** True where shards may have changes that no process would write: this one is alone and lacks some of them. */
  get isShort(): boolean {
    return this.#isAlone && this.held.length < SHARDS;
  }

  /** Keeps the leases alive, also during a long write. */
  start(): void {
    this.#timer = setInterval(() => void this.#extendAll(), this.options.leaseMs / 4);
    this.#timer.unref();
  }

  /**
   * Takes free shards up to an equal part of all, and gives back what is above it. Call it only while no
   * write is under way: whoever takes a shard next may write at once.
   */
  async balance(): Promise<void> {
    const { client, keys, cache, writer, leaseMs } = this.options;
    const writers = await joinWriters.run(client, [keys.writers(cache)], [writer, leaseMs]);
    this.#isAlone = Number(writers) === 1;
    const share = Math.ceil(SHARDS / Number(writers));
    for (const lease of this.held.slice(share)) await this.#release(lease);
    for (const shard of shuffled(ALL_SHARDS)) {
      if (this.#held.size >= share) return;
      if (!this.#held.has(shard)) await this.#take(shard);
    }
  }

  drop(lease: ShardLease): void {
    if (this.#held.get(lease.shard) === lease) this.#held.delete(lease.shard);
  }

  /** No lease is extended from now on. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Gives everything back, so that another process can go on at once. */
  async giveBack(): Promise<void> {
    const { client, keys, cache, writer } = this.options;
    await Promise.all([...this.#held.values()].map((lease) => this.#release(lease)));
    await client.zrem(keys.writers(cache), writer);
  }

  async #take(shard: number): Promise<void> {
    const { writer, leaseMs } = this.options;
    const token = `${writer}:${(this.#takings += 1)}`;
    const safeUntil = performance.now() + safeMs(leaseMs);
    if (await this.#hold(shard, token, 'take'))
      this.#held.set(shard, new ShardLease(shard, token, safeUntil));
  }

  async #release(lease: ShardLease): Promise<void> {
    this.drop(lease);
    await this.#hold(lease.shard, lease.token, 'release');
  }

  async #extendAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((lease) => this.#extend(lease)));
  }

  async #extend(lease: ShardLease): Promise<void> {
    const safeUntil = performance.now() + safeMs(this.options.leaseMs);
    try {
      if (await this.#hold(lease.shard, lease.token, 'extend')) lease.safeUntil = safeUntil;
      else this.drop(lease);
    } catch (error) {
      // The lease ends by itself when this goes on.
      this.options.onError(error);
    }
  }

  async #hold(shard: number, token: string, what: 'take' | 'extend' | 'release'): Promise<boolean> {
    const { client, keys, cache, leaseMs } = this.options;
    const done = await holdShard.run(client, [keys.owner(cache, shard)], [token, what, leaseMs]);
    return done === 1;
  }
}

/** Clocks run differently, and a write needs its time. */
function safeMs(leaseMs: number): number {
  return (leaseMs * 3) / 4;
}

/** Processes that start together do not all try the same shard first. */
function shuffled(shards: readonly number[]): number[] {
  const first = Math.floor(Math.random() * shards.length);
  return [...shards.slice(first), ...shards.slice(0, first)];
}
