import { asError, ConfigurationError, RedisKitError } from '../../common/errors.js';
import type { DeadLetter, DeadLetters, RetryOutcome, WriteLag } from './dead-letters.js';

/** Most letters that `deadLetters` returns unless told otherwise. */
const LETTERS = 100;

/**
 * Watches over the caches that write behind: how far their sources are behind, and what those refused.
 * Every method rejects with `REDIS_UNAVAILABLE` while Redis does not answer.
 *
 * ```ts
 * constructor(private readonly writes: WriteBehindService) {}
 * const { pending, oldestMs, deadLetters } = await this.writes.lag('products');
 * ```
 */
export class WriteBehindService {
  readonly #caches = new Map<string, DeadLetters<unknown>>();

  /** Names of the caches that write behind. */
  get caches(): string[] {
    return [...this.#caches.keys()];
  }

  /** Called by the module for each such cache. */
  add(cache: string, letters: DeadLetters<unknown>): void {
    this.#caches.set(cache, letters);
  }

  /** How many changes wait, for how long, and how many were given up; over all processes. */
  lag(cache: string): Promise<WriteLag> {
    return answered(() => this.#of(cache).lag());
  }

  /** Changes that the source refused at every try, oldest first. */
  deadLetters(cache: string, limit = LETTERS): Promise<DeadLetter[]> {
    return answered(() => this.#of(cache).list(limit));
  }

  /** Tries a dead letter again, unless a newer change of its key was accepted since. */
  retryDeadLetter(cache: string, id: string): Promise<RetryOutcome> {
    return answered(() => this.#of(cache).retry(id));
  }

  /** Drops a dead letter. @returns false when there is no such letter */
  discardDeadLetter(cache: string, id: string): Promise<boolean> {
    return answered(() => this.#of(cache).discard(id));
  }

  #of(cache: string): DeadLetters<unknown> {
    const letters = this.#caches.get(cache);
    if (letters) return letters;
    throw new ConfigurationError(
      `caches.${cache}.writeMode`,
      undefined,
      `Caches that write behind: ${this.caches.join(', ') || 'none'}.`,
    );
  }
}

async function answered<R>(ask: () => Promise<R>): Promise<R> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw new RedisKitError(
      'REDIS_UNAVAILABLE',
      `Redis does not tell about unsaved changes: ${asError(cause).message}`,
      { cause },
    );
  }
}
