import type { Entry } from '../entry.js';

/** A value now, or later: memory answers at once, Redis does not. */
export type MaybePromise<T> = T | Promise<T>;

/** What every store can do. Expired entries are never returned; stale ones are. */
export interface Store<T> {
  get(key: string): MaybePromise<Entry<T> | undefined>;
  set(key: string, entry: Entry<T>): MaybePromise<void>;
  /** @returns whether there was an entry */
  delete(key: string): MaybePromise<boolean>;
}
