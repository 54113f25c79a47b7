import { CircuitBreaker } from './circuit-breaker.js';
import { breakerChanged } from './connection.events.js';

/** Failures in a row after which Redis counts as down, and the time between two probes. */
const BREAKER = { failures: 3, probeEveryMs: 500 };

/** The breaker of caches on a connection; its changes are events. */
export function createBreaker(connection: string): CircuitBreaker {
  return new CircuitBreaker({
    ...BREAKER,
    onChange: (state) => breakerChanged.publish(() => ({ connection, use: 'cache', state })),
  });
}
