import type { Clock } from '../common/clock.js';
import { asError, RedisKitError } from '../common/errors.js';
import type { Cache } from './cache.js';
import { hasSource, type CacheParts } from './cache-parts.js';
import { checkKey, KeyScope } from './key-scope.js';
import type { Found } from './stores/tiered.store.js';

/** A cache for those who watch over it: looking is no use of it, and only copies are removed, never what a source has. */
export class CacheView {
  readonly #scope: KeyScope;

  constructor(
    private readonly parts: CacheParts<unknown>,
    private readonly cache: Cache<unknown>,
  ) {
    this.#scope = new KeyScope(parts.name);
  }

  /** The time that entries are judged by: that of Redis. */
  get clock(): Clock {
    return this.parts.clock;
  }

  /**
   * The entry as it lies there, also a stale one. Nothing is counted, renewed or loaded.
   *
   * @throws RedisKitError `REDIS_UNAVAILABLE` where memory has none and Redis does not answer
   */
  async look(key: string): Promise<Found<unknown> | undefined> {
    const stored = this.#stored(key);
    const found = await this.parts.store.get(stored);
    if (!found) await this.#sure(stored);
    return found;
  }

  /** Removes the copy from every tier of every node. @returns whether Redis held one */
  drop(key: string): Promise<boolean> {
    return this.parts.store.delete(this.#stored(key));
  }

  /** Makes every entry a miss, on every node. */
  clear(): Promise<void> {
    return this.cache.clear();
  }

  /** For the store, a Redis that does not answer has nothing. */
  async #sure(stored: string): Promise<void> {
    try {
      await this.parts.store.ask(stored);
    } catch (cause) {
      throw new RedisKitError(
        'REDIS_UNAVAILABLE',
        `Nobody knows whether there is an entry: ${asError(cause).message}`,
        { cause },
      );
    }
  }

  /** As `Cache` stores it. @throws RedisKitError `CACHE_KEY_INVALID` */
  #stored(key: string): string {
    return hasSource(this.parts) ? checkKey(key) : this.#scope.stored(checkKey(key));
  }
}
