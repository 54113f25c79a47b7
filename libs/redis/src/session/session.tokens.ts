/** Injects `ResolvedSessionOptions`, or undefined where the module has no `session` options. */
export const SESSION_OPTIONS = Symbol.for('nestjs-redis-kit:session-options');

/** Injects `() => RedisClient` (role `session`), or undefined where the module has no `session` options. */
export const SESSION_CLIENT = Symbol.for('nestjs-redis-kit:session-client');

/** Injects `() => RedisClient` (role `subscriber`), where events of other nodes can be heard. */
export const SESSION_SUBSCRIBER = Symbol.for('nestjs-redis-kit:session-subscriber');

/** Injects `() => RedisClient` (role `replicas`), with `session.waitForReplicas`. */
export const SESSION_WAITING = Symbol.for('nestjs-redis-kit:session-waiting');

/** Injects `ReplicaAcknowledgement`, or undefined without `session.waitForReplicas`. */
export const SESSION_REPLICAS = Symbol.for('nestjs-redis-kit:session-replicas');

/** Injects `WatchedBreakers`, for those who watch over the breaker of sessions. */
export const SESSION_WATCHERS = Symbol.for('nestjs-redis-kit:session-watchers');

/** Injects `SessionParts`, or undefined where the module has no `session` options. */
export const SESSION_PARTS = Symbol.for('nestjs-redis-kit:session-parts');
