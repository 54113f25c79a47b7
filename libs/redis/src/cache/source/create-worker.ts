import type { RedisClient } from '../../connection/redis-client.js';
import { RedisKitError } from '../../common/errors.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import type { RedisStore } from '../stores/redis.store.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { CacheSource } from './cache-source.js';
import { ChangeLedger, type RecordedChange } from './change-ledger.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { FailedWrites } from './failed-writes.js';
import { ShardLeases } from './shard-leases.js';
import { ShardQueue } from './shard-queue.js';
import type { ResolvedWriteBehind } from './source.options.js';
import { SourceWriter } from './source-writer.js';
import { WriteBehindWorker } from './write-behind-worker.js';

export interface WorkerParts<T> {
  readonly cache: string;
  readonly source: () => CacheSource<T>;
  readonly limits: ResolvedWriteBehind;
  readonly store: TieredStore<T>;
  readonly redis: RedisStore<T>;
  readonly client: RedisClient;
  readonly keys: ChangeKeySpace;
  readonly bus: InvalidationBus;
  readonly failures: FailurePolicy;
  /** Name of this process. */
  readonly writer: string;
}

/** Puts the writer of one cache together. */
export function createWorker<T>(parts: WorkerParts<T>): WriteBehindWorker<T> {
  const { cache, limits, keys, source, redis, store, bus } = parts;
  const { client, failures, writer } = parts;
  const ledger = new ChangeLedger();
  const queue = new ShardQueue({ cache, client, keys, writer });
  const leases = new ShardLeases({
    cache,
    client,
    keys,
    writer,
    leaseMs: limits.leaseMs,
    onError: (error) => failures.report('shard lease', error),
  });
  const shared = { cache, limits, ledger, queue, leases, failures };
  return new WriteBehindWorker<T>({
    ...shared,
    failed: new FailedWrites({ ...shared, onBuried: (key) => store.delete(key) }),
    writer: new SourceWriter({
      source,
      decode: (change) => valueOf(redis, change),
      timeoutMs: limits.writeTimeoutMs,
    }),
    wakeUps: bus.wakeUps,
    wakeMessage: keys.changesWake(cache),
  });
}

function valueOf<T>(redis: RedisStore<T>, { key, payload }: RecordedChange): T {
  const entry = redis.unpack(key, payload);
  if (entry) return entry.value;
  throw new RedisKitError(
    'CACHE_ENTRY_UNREADABLE',
    `The change of \`${key}\` cannot be read: it is damaged, or its codec or encryption key is gone.`,
  );
}
