import type { Entry } from '../entry.js';
import type { Loader } from '../read-through/loading.js';
import type { TieredStore } from '../stores/tiered.store.js';

/** How the reads and writes of one cache reach its source. */
export interface SourcePath<T> {
  /**
   * @param given the loader that the caller brought
   * @returns the loader to run on a miss; undefined where a miss is just a miss
   */
  loader(key: string, given?: Loader<T>): Loader<T> | undefined;
  /** @param entry undefined for a value too large to keep */
  set(key: string, value: T, entry: Entry<T> | undefined): Promise<void>;
  /** @returns whether Redis held an entry */
  delete(key: string): Promise<boolean>;
}

/** Cache-aside: the cache knows no source; its callers load and write. */
export class CacheAside<T> implements SourcePath<T> {
  constructor(private readonly store: TieredStore<T>) {}

  loader(_key: string, given?: Loader<T>): Loader<T> | undefined {
    return given;
  }

  async set(key: string, _value: T, entry: Entry<T> | undefined): Promise<void> {
    // An entry too large to keep still ends what was there: it is older.
    await (entry ? this.store.set(key, entry) : this.store.delete(key));
  }

  delete(key: string): Promise<boolean> {
    return this.store.delete(key);
  }
}
