// Not the global one, which fake timers of tests replace.
import { setImmediate } from 'node:timers';
import { RedisKitError } from '../common/errors.js';

/**
 * Waits for an operation at most `ms` milliseconds, and one turn of the event loop: in a process that was
 * busy, the timer is due together with a reply that came in time and was not read yet. The operation itself
 * is not cancelled: its client must not queue commands while offline, or a late write would overwrite a
 * newer one.
 *
 * @throws RedisKitError `REDIS_DEADLINE_EXCEEDED`
 */
export function withDeadline<T>(operation: Promise<T>, ms: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(deadlineExceeded(ms))), ms);
    const settle =
      <Outcome>(how: (outcome: Outcome) => void) =>
      (outcome: Outcome): void => {
        clearTimeout(timer);
        how(outcome);
      };
    // By hand: `race` and `finally` make four promises more, for each command.
    operation.then(settle(resolve), settle(reject));
  });
}

function deadlineExceeded(ms: number): RedisKitError {
  return new RedisKitError('REDIS_DEADLINE_EXCEEDED', `Redis gave no answer within ${ms} ms.`);
}
