import { hasSource, type CacheParts } from './cache-parts.js';
import { cacheInvalidate } from './cache.events.js';
import type { Hits } from './hits.js';
import { Gather, type BatchLoader } from './read-through/gather.js';
import type { FetchOptions, Loader } from './read-through/loading.js';
import { chunksOf } from './stores/chunks.js';

/** Keys as they are stored, each with the key as the caller knows it. */
export type StoredKeys = ReadonlyMap<string, string>;

/** The operations of a cache on many keys at once; documented there. */
export class BatchOperations<T> {
  constructor(
    private readonly parts: CacheParts<T>,
    private readonly hits: Hits<T>,
  ) {}

  async getMany(names: StoredKeys, fetch: FetchOptions): Promise<Map<string, T>> {
    const { path, batch } = this.parts;
    const load = (stored: string): Loader<T> | undefined => path.loader(stored);
    const [first] = names.keys();
    if (first !== undefined && load(first)) {
      const loaderOf = load as (stored: string) => Loader<T>;
      return this.#fetchMany(names, loaderOf, fetch);
    }
    const found = await batch.getMany([...names.keys()]);
    const values = new Map<string, T>();
    for (const [stored, key] of names) {
      const hit = this.hits.looked(stored, found.get(stored));
      if (hit) values.set(key, this.hits.own(hit.entry.value));
    }
    return values;
  }

  /** @param given values by their stored keys */
  async setMany(given: ReadonlyMap<string, T>, fetch: FetchOptions): Promise<void> {
    const { path, batch, entries } = this.parts;
    const values = [...given];
    const sealed = await entries.make(values, fetch);
    const all = values.map(([stored, value], at) => ({ stored, value, entry: sealed[at] }));
    if (hasSource(this.parts))
      return eachOf(all, ({ stored, value, entry }) => path.set(stored, value, entry));
    const kept = all.flatMap(({ stored, entry }) => (entry ? [[stored, entry] as const] : []));
    await batch.setMany(new Map(kept));
    // One too large to keep still ends what was there: it is older.
    await batch.deleteMany(all.filter(({ entry }) => !entry).map(({ stored }) => stored));
  }

  async deleteMany(names: readonly string[]): Promise<number> {
    const { path, batch } = this.parts;
    let removed = 0;
    if (hasSource(this.parts))
      await eachOf(names, async (stored) => {
        if (await path.delete(stored)) removed += 1;
      });
    else removed = await batch.deleteMany(names);
    cacheInvalidate.publish(() => ({ kind: 'entries', names }));
    return removed;
  }

  getOrSetMany(
    names: StoredKeys,
    loader: BatchLoader<T>,
    fetch: FetchOptions,
  ): Promise<Map<string, T>> {
    const { path } = this.parts;
    const gather = new Gather<T>(loader);
    const loaderOf = (stored: string): Loader<T> => {
      const given = gather.loader(names.get(stored)!);
      return path.loader(stored, given) ?? given;
    };
    return this.#fetchMany(names, loaderOf, fetch);
  }

  async #fetchMany(
    names: StoredKeys,
    loaderOf: (stored: string) => Loader<T>,
    fetch: FetchOptions,
  ): Promise<Map<string, T>> {
    const fetched = await this.parts.loadMany.fetch([...names.keys()], loaderOf, fetch);
    const values = new Map<string, T>();
    for (const [name, key] of names) {
      const value = this.hits.valueOf(this.hits.accessed(name, fetched.get(name)!));
      if (value !== undefined) values.set(key, value);
    }
    return values;
  }
}

/** Runs all, 500 at a time. @throws the first failure, once all are done */
async function eachOf<R>(all: readonly R[], run: (one: R) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  for (const chunk of chunksOf(all)) {
    const outcomes = await Promise.allSettled(chunk.map(run));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') failures.push(outcome.reason);
  }
  if (failures.length > 0) throw failures[0];
}
