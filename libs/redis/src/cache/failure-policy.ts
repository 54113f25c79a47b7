import { isError, RedisKitError } from '../common/errors.js';
import { cacheError } from './cache.events.js';

/** Errors of the caller, not of Redis: they are thrown, since going on would hide a bug. */
const CALLER_ERRORS: ReadonlySet<string> = new Set([
  'CACHE_KEY_INVALID',
  'CACHE_VALUE_UNSUPPORTED',
  'CONFIGURATION_INVALID',
]);

export interface FailurePolicyOptions {
  readonly cache: string;
  /** Gets one line at most every `logEveryMs`. */
  readonly log: (line: string) => void;
  readonly logEveryMs?: number;
  readonly now?: () => number;
}

/**
 * The one place that decides what a failure of Redis means for the cache: an event, now and then a
 * log line, and the fallback. It never takes the request down.
 */
export class FailurePolicy {
  readonly #options: FailurePolicyOptions;
  #nextLineAt = 0;
  #silenced = 0;

  constructor(options: FailurePolicyOptions) {
    this.#options = options;
  }

  /** Runs an operation on Redis; a failure of Redis gives the fallback, a mistake of the caller is thrown. */
  async attempt<T, F>(operation: string, run: () => Promise<T>, fallback: F): Promise<T | F> {
    try {
      return await run();
    } catch (error) {
      this.report(operation, error);
      return fallback;
    }
  }

  /** Counts and logs a failure. @throws the error itself where it is the caller's */
  report(operation: string, error: unknown): void {
    if (!isError(error) || isCallerError(error)) throw error;
    this.note(operation, error);
  }

  /** Counts and logs a failure whoever made it. */
  note(operation: string, error: Error): void {
    const { cache } = this.#options;
    cacheError.publish(() => ({ cache, operation, error }));
    this.#logNowAndThen(operation, error);
  }

  #logNowAndThen(operation: string, error: Error): void {
    const { cache, log, logEveryMs = 10_000, now = Date.now } = this.#options;
    if (now() < this.#nextLineAt) {
      this.#silenced += 1;
      return;
    }
    const more = this.#silenced > 0 ? ` (${this.#silenced} more since the last line)` : '';
    log(
      `Cache \`${cache}\` goes on without its store: ${operation} failed: ${error.message}${more}`,
    );
    this.#nextLineAt = now() + logEveryMs;
    this.#silenced = 0;
  }
}

function isCallerError(error: Error): boolean {
  if (error instanceof RedisKitError) return CALLER_ERRORS.has(error.code);
  return error.name === 'TypeError' || error.name === 'RangeError';
}
