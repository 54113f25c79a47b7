import { RedisKitError } from '../../common/errors.js';
import { isStorable, type Entry } from '../entry.js';
import type { FailurePolicy } from '../failure-policy.js';
import type { InvalidationBus } from '../invalidation/invalidation-bus.js';
import type { Invalidation } from '../invalidation/invalidation-message.js';
import type { PendingInvalidations } from '../invalidation/pending-invalidations.js';
import type { LoadContext } from '../read-through/load-context.js';
import type { Loader } from '../read-through/loading.js';
import type { TieredStore } from '../stores/tiered.store.js';
import type { CacheSource } from './cache-source.js';
import type { ChangeLog } from './change-log.js';
import { backlogFull } from './source.events.js';
import type { SourcePath } from './source-path.js';

export interface WriteBehindPathOptions<T> {
  readonly cache: string;
  readonly source: () => CacheSource<T>;
  readonly log: ChangeLog<T>;
  readonly store: TieredStore<T>;
  readonly bus: InvalidationBus;
  readonly pending: PendingInvalidations;
  readonly failures: FailurePolicy;
}

/**
 * Write-behind, as the callers of a cache see it: a write is done once Redis holds it, and rejects when it
 * does not. A load asks for unsaved changes first, so an entry that expired or was evicted does not bring
 * back what the source had before.
 */
export class WriteBehind<T> implements SourcePath<T> {
  constructor(private readonly options: WriteBehindPathOptions<T>) {}

  loader(key: string, given?: Loader<T>): Loader<T> {
    return (context) => this.#load(key, context, given);
  }

  async set(key: string, _value: T, entry: Entry<T> | undefined): Promise<void> {
    if (!entry) throw tooLarge(key);
    if (!isStorable(entry)) throw unavailable(key);
    await this.#change(key, entry);
  }

  async delete(key: string): Promise<boolean> {
    const source = this.options.source();
    // The source knows no removal: only the copy goes, and an unsaved change brings it back.
    if (!source.remove && !source.writeBatch) return this.options.store.delete(key);
    return (await this.#change(key, undefined)) > 0;
  }

  async #load(key: string, context: LoadContext<T>, given: Loader<T> | undefined): Promise<T> {
    const { failures, log } = this.options;
    // Without Redis nobody knows of unsaved changes; the cache then answers from the source all the same.
    const unsaved = await failures.attempt('unsaved', () => log.unsaved(key), undefined);
    if (unsaved?.kind === 'set') return unsaved.value;
    // Undefined stores nothing.
    if (unsaved?.kind === 'delete') return undefined as T;
    if (given) return given(context);
    return (await this.options.source().load?.(key, context)) as T;
  }

  async #change(key: string, entry: Entry<T> | undefined): Promise<number> {
    const { store, bus, pending, cache } = this.options;
    const invalidation: Invalidation = { kind: 'entries', cache, names: [key] };
    bus.announce(invalidation);
    const { removed, read } = await store.fenced(key, async (fenced) => ({
      removed: await this.#accept(key, entry, invalidation),
      // Looked at now: the announcement that follows breaks it as well.
      read: { ...fenced },
    }));
    bus.announce(invalidation);
    if (entry) store.keep(key, entry, read);
    if (!(await bus.publish(invalidation))) pending.add(invalidation);
    return removed;
  }

  async #accept(
    key: string,
    entry: Entry<T> | undefined,
    invalidation: Invalidation,
  ): Promise<number> {
    const { log, pending, cache } = this.options;
    try {
      return await log.accept(key, entry);
    } catch (error) {
      if (error instanceof RedisKitError && error.code === 'CACHE_BACKLOG_FULL')
        backlogFull.publish(() => ({ cache, key }));
      // Redis may have taken it though its reply was lost: no node may keep showing what was before.
      else if (wasSent(error)) pending.add(invalidation);
      throw error;
    }
  }
}

/** False while the breaker is open: then nothing was sent. */
function wasSent(error: unknown): boolean {
  const { cause } = error as Error;
  return !(cause instanceof RedisKitError && cause.code === 'REDIS_UNAVAILABLE');
}

function tooLarge(key: string): RedisKitError {
  return new RedisKitError(
    'CACHE_VALUE_TOO_LARGE',
    `The value of \`${key}\` is above maxEntryBytes. Redis would have to hold it until the source has it; raise maxEntryBytes, or write it to the source itself.`,
  );
}

function unavailable(key: string): RedisKitError {
  return new RedisKitError(
    'REDIS_UNAVAILABLE',
    `The change of \`${key}\` is not acknowledged: Redis does not answer. Nothing was written.`,
  );
}
