import { isError, RedisKitError } from '../common/errors.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { withDeadline } from './deadline.js';
import { timeOperation } from './operation-timer.js';
import type { ClientRole, RedisClient } from './redis-client.js';

/**
 * The one way of caches and structures to Redis: each operation has a deadline, and while the breaker is open
 * none is tried.
 */
export class RedisGate {
  constructor(
    readonly client: RedisClient,
    private readonly breaker: CircuitBreaker,
    private readonly deadlineMs: number,
    private readonly role: ClientRole = 'cache',
  ) {}

  /** True while Redis is believed to be down. */
  get isOpen(): boolean {
    return this.breaker.state !== 'closed';
  }

  /**
   * Runs one operation, which may be several commands sent together.
   *
   * @param name the command or script, for those who measure
   * @throws RedisKitError `REDIS_UNAVAILABLE` at once while the breaker is open,
   *   `REDIS_DEADLINE_EXCEEDED` at the deadline, else whatever Redis answered
   */
  async run<T>(operation: (client: RedisClient) => Promise<T>, name = 'other'): Promise<T> {
    if (!this.breaker.allows()) {
      throw new RedisKitError(
        'REDIS_UNAVAILABLE',
        'Redis does not answer; nothing is sent to it until a probe succeeds.',
      );
    }
    const ended = timeOperation(this.role, name);
    try {
      const result = await withDeadline(operation(this.client), this.deadlineMs);
      this.breaker.succeeded();
      ended?.();
      return result;
    } catch (error) {
      if (meansUnavailable(error)) this.breaker.failed();
      else this.breaker.succeeded();
      ended?.(error);
      throw error;
    }
  }
}

/** Error replies that mean the server cannot serve anyone, as opposed to refusing one command. */
const UNAVAILABLE_REPLIES = /^(LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN|NOAUTH|UNKILLABLE) ?/;

/** True when the error speaks of the server or the way to it, false for a refused command (WRONGTYPE, OOM) and for a bug. */
export function meansUnavailable(error: unknown): boolean {
  if (!isError(error) || error.name === 'TypeError' || error.name === 'RangeError') return false;
  return error.name === 'ReplyError' ? UNAVAILABLE_REPLIES.test(error.message) : true;
}
