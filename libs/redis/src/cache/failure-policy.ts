import { isError, RedisKitError } from '../common/errors.js';
import type { FailureLog } from '../common/failure-log.js';
import { cacheError } from './cache.events.js';

/** Errors of the caller, not of Redis: they are thrown, since going on would hide a bug. */
const CALLER_ERRORS: ReadonlySet<string> = new Set([
  'CACHE_KEY_INVALID',
  'CACHE_VALUE_UNSUPPORTED',
  'CONFIGURATION_INVALID',
]);

/**
 * The one place that decides what a failure of Redis means for the cache: an event, now and then a
 * log line, and the fallback. It never takes the request down.
 */
export class FailurePolicy {
  constructor(
    private readonly cache: string,
    private readonly log: FailureLog,
  ) {}

  /** Runs an operation on Redis; a failure of Redis gives the fallback, a mistake of the caller is thrown. */
  async attempt<T, F>(operation: string, run: () => Promise<T>, fallback: F): Promise<T | F> {
    try {
      return await run();
    } catch (error) {
      this.report(operation, error);
      return fallback;
    }
  }

  /** Runs something that nobody waits for. Whatever goes wrong is counted and logged: thrown, it would end the process. */
  inBackground(operation: string, run: () => Promise<unknown>): void {
    run().catch((error: unknown) =>
      this.note(operation, isError(error) ? error : new Error(String(error))),
    );
  }

  /** Counts and logs a failure. @throws the error itself where it is the caller's */
  report(operation: string, error: unknown): void {
    if (!isError(error) || isCallerError(error)) throw error;
    this.note(operation, error);
  }

  /** Counts and logs a failure whoever made it. */
  note(operation: string, error: Error): void {
    const { cache } = this;
    cacheError.publish(() => ({ cache, operation, error }));
    this.log.write(
      `Cache \`${cache}\` goes on without its store: ${operation} failed: ${error.message}`,
    );
  }
}

function isCallerError(error: Error): boolean {
  if (error instanceof RedisKitError) return CALLER_ERRORS.has(error.code);
  return error.name === 'TypeError' || error.name === 'RangeError';
}
