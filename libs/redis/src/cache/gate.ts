import type { RedisGate } from '../connection/redis-gate.js';

/** The way to Redis as the parts of the cache see it. */
export type Gate = Pick<RedisGate, 'run' | 'isOpen'>;
