import { isError } from '../common/errors.js';
import { redisOperation, type OperationOutcome } from './connection.events.js';
import type { ClientRole } from './redis-client.js';

/**
 * Measures one operation on Redis, if anybody listens.
 *
 * @param operation the command or the script, or what a session does; never a key
 * @returns called once with the error of an operation that failed; undefined while nobody listens
 */
export function timeOperation(
  role: ClientRole,
  operation: string,
): ((error?: unknown) => void) | undefined {
  if (!redisOperation.hasSubscribers) return undefined;
  const startedAt = performance.now();
  return (error) =>
    redisOperation.publish(() => ({
      role,
      operation,
      ms: performance.now() - startedAt,
      outcome: error === undefined ? 'answered' : outcomeOf(error),
    }));
}

function outcomeOf(error: unknown): OperationOutcome {
  if (!isError(error)) return 'failed';
  if ((error as { code?: unknown }).code === 'REDIS_DEADLINE_EXCEEDED') return 'late';
  return error.name === 'ReplyError' ? 'refused' : 'failed';
}
