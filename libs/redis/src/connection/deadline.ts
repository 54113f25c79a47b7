import { RedisKitError } from '../common/errors.js';

/**
 * Waits for an operation at most `ms` milliseconds. The operation itself is not cancelled: its client
 * must not queue commands while offline, or a late write would overwrite a newer one.
 *
 * @throws RedisKitError `REDIS_DEADLINE_EXCEEDED`
 */
export function withDeadline<T>(operation: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new RedisKitError('REDIS_DEADLINE_EXCEEDED', `Redis gave no answer within ${ms} ms.`));
    }, ms);
  });
  return Promise.race([operation, limit]).finally(() => clearTimeout(timer));
}
