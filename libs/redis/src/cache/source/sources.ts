import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../../connection/redis-client.js';
import { ConfigurationError, isError } from '../../common/errors.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import type { PendingInvalidations } from '../invalidation/pending-invalidations.js';
import type { LeasesOptions } from '../read-through/lease.js';
import type { RedisStore } from '../stores/redis.store.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { CacheSource } from './cache-source.js';
import type { ChangeKeySpace } from './change-key-space.js';
import { ChangeLog } from './change-log.js';
import { createWorker } from './create-worker.js';
import { DeadLetters } from './dead-letters.js';
import { evictionWarning } from './eviction.js';
import type { ResolvedSource, ResolvedWriteBehind } from './source.options.js';
import { CacheAside, type SourcePath } from './source-path.js';
import { WriteBehind } from './write-behind.js';
import type { WriteBehindService } from './write-behind.service.js';
import type { WriteBehindWorker } from './write-behind-worker.js';
import { WriteThrough } from './write-through.js';

/** Finds a provider of the application. */
export type ProviderLookup = (token: ResolvedSource['token']) => unknown;

export interface SourceOfCache extends ResolvedSource {
  readonly lookup: ProviderLookup;
}

export interface SourcesOptions {
  readonly bus: InvalidationBus;
  readonly pending: PendingInvalidations;
  readonly keys: ChangeKeySpace;
  readonly service: WriteBehindService;
  /** The connection of the writers; made when the first cache needs it. */
  readonly workerClient: () => RedisClient;
  readonly log: (line: string) => void;
}

/** What one cache brings for its way to the source. */
export interface SourceParts<T> {
  readonly cache: string;
  readonly store: TieredStore<T>;
  readonly redis: RedisStore<T>;
  readonly leases: LeasesOptions<T>;
  readonly failures: FailurePolicy;
}

/** Builds the way of each cache to its source, and runs the writers of those that write behind. */
export class Sources {
  readonly #writer = randomUUID();
  readonly #workers: WriteBehindWorker<never>[] = [];
  /** What can be said of a cache once the application is there. */
  readonly #checks: (() => void)[] = [];
  #isRunning = false;

  constructor(private readonly options: SourcesOptions) {}

  /** @param source undefined for a cache without one */
  path<T>(parts: SourceParts<T>, source: SourceOfCache | undefined): SourcePath<T> {
    if (!source) return new CacheAside(parts.store);
    const { bus, pending } = this.options;
    // Asked for late: the source may inject the cache itself.
    const find = remembered(() => findSource<T>(parts.cache, source));
    this.#onceRunning(find);
    const shared = { ...parts, source: find, bus, pending };
    return source.behind
      ? this.#behind({ ...shared, limits: source.behind })
      : new WriteThrough({ ...shared, gate: pending });
  }

  /** Once every provider of the application is ready. @throws ConfigurationError for a source that is none */
  start(): void {
    this.#isRunning = true;
    for (const check of this.#checks.splice(0)) check();
  }

  /** Brings the sources up to date, within the limit of each cache. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #onceRunning(check: () => void): void {
    if (this.#isRunning) check();
    else this.#checks.push(check);
  }

  async #warnOfEviction(cache: string, client: RedisClient): Promise<void> {
    const warning = evictionWarning(cache, await client.info('memory'));
    if (warning) this.options.log(warning);
  }

  #behind<T>(
    parts: SourceParts<T> & {
      readonly source: () => CacheSource<T>;
      readonly bus: InvalidationBus;
      readonly pending: PendingInvalidations;
      readonly limits: ResolvedWriteBehind;
    },
  ): SourcePath<T> {
    const { keys, service, pending, workerClient } = this.options;
    const { cache, redis, limits } = parts;
    keys.shard(cache);
    const client = workerClient();
    service.add(cache, new DeadLetters({ cache, client, keys, redis }));
    const worker = createWorker({ ...parts, client, keys, writer: this.#writer });
    this.#workers.push(worker as WriteBehindWorker<never>);
    this.#onceRunning(() => {
      worker.start();
      const { failures } = parts;
      void failures.attempt('memory policy', () => this.#warnOfEviction(cache, client), undefined);
    });
    const log = new ChangeLog({ cache, gate: pending, keys, redis, maxPending: limits.maxPending });
    return new WriteBehind({ ...parts, log });
  }
}

function findSource<T>(cache: string, { token, behind, lookup }: SourceOfCache): CacheSource<T> {
  const option = `caches.${cache}.source`;
  let source: CacheSource<T>;
  try {
    source = lookup(token) as CacheSource<T>;
  } catch (cause) {
    const reason = isError(cause) ? cause.message : '';
    throw new ConfigurationError(
      option,
      token,
      `Add it to \`providers\` of a module, not request-scoped. ${reason}`,
    );
  }
  const needed = behind
    ? (['write', 'writeBatch'] as const)
    : (['load', 'write', 'remove'] as const);
  if (needed.some((method) => typeof source[method] === 'function')) return source;
  throw new ConfigurationError(option, token, `It needs a method ${needed.join(' or ')}.`);
}

function remembered<R>(make: () => R): () => R {
  let made: { readonly value: R } | undefined;
  return () => (made ??= { value: make() }).value;
}
