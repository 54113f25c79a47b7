import { parseDuration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';
import type { ResolvedWaitForReplicas, WaitForReplicasOptions } from './session.options.js';

const MOST_REPLICAS = 100;
const SHORTEST_MS = 10;
const LONGEST_MS = 10_000;

export function resolveWaitForReplicas(
  option: WaitForReplicasOptions | undefined,
): ResolvedWaitForReplicas | undefined {
  if (option === undefined) return undefined;
  const { count, timeout = '1s' } = option;
  if (!Number.isInteger(count) || count < 1 || count > MOST_REPLICAS) {
    throw new ConfigurationError(
      'session.waitForReplicas.count',
      count,
      `Give a whole number from 1 to ${MOST_REPLICAS}, or leave waitForReplicas out.`,
    );
  }
  const timeoutMs = parseDuration(timeout, 'session.waitForReplicas.timeout');
  // 0 would be no limit to Redis.
  if (timeoutMs >= SHORTEST_MS && timeoutMs <= LONGEST_MS) return { count, timeoutMs };
  throw new ConfigurationError(
    'session.waitForReplicas.timeout',
    timeout,
    "Give 10 ms to 10 seconds, such as '1s'.",
  );
}
