import type { Clock } from '../common/clock.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import type { Codec } from './codec/codec.js';
import type { EntryFactory } from './entry-factory.js';
import type { FailurePolicy } from './failure-policy.js';
import type { InvalidationBus } from './invalidation/invalidation-bus.js';
import type { Invalidator } from './invalidation/invalidator.js';
import type { Background } from '../common/background.js';
import type { LoadMany } from './read-through/load-many.js';
import type { Fetched, ReadThrough } from './read-through/read-through.js';
import type { SingleFlight } from './read-through/single-flight.js';
import type { Renewals } from './renewals.js';
import { CacheAside, type SourcePath } from './source/source-path.js';
import type { BatchStore } from './stores/batch.store.js';
import type { TieredStore } from './stores/tiered.store.js';
import type { Generations } from './tags/generations.js';

/** What a cache is made of; its namespaces share it. */
export interface CacheParts<T> {
  readonly name: string;
  readonly options: ResolvedCacheOptions;
  readonly codec: Codec<T>;
  readonly store: TieredStore<T>;
  readonly readThrough: ReadThrough<T>;
  readonly entries: EntryFactory<T>;
  readonly batch: BatchStore<T>;
  readonly loadMany: LoadMany<T>;
  readonly renewals: Renewals<T>;
  readonly background: Background;
  /** How reads and writes reach the source of the cache. */
  readonly path: SourcePath<T>;
  readonly flights: SingleFlight<Fetched<T>>;
  readonly generations: Generations;
  readonly bus: InvalidationBus;
  readonly invalidator: Invalidator;
  readonly failures: FailurePolicy;
  readonly clock: Clock;
}

/** True where values come from, or go to, a source of the application's. */
export function hasSource<T>({ path }: Pick<CacheParts<T>, 'path'>): boolean {
  return !(path instanceof CacheAside);
}
