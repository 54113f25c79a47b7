/** Injects `ResolvedSessionOptions`, or undefined where the module has no `session` options. */
export const SESSION_OPTIONS = Symbol.for('nestjs-redis-kit:session-options');

/** Injects `() => RedisClient` (role `session`), or undefined where the module has no `session` options. */
export const SESSION_CLIENT = Symbol.for('nestjs-redis-kit:session-client');

/** Injects `() => RedisClient` (role `subscriber`), where events of other nodes can be heard. */
export const SESSION_SUBSCRIBER = Symbol.for('nestjs-redis-kit:session-subscriber');

/** Injects `SessionParts`, or undefined where the module has no `session` options. */
export const SESSION_PARTS = Symbol.for('nestjs-redis-kit:session-parts');
