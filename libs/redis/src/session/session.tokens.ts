/** Injects `ResolvedSessionOptions`, or undefined where the module has no `session` options. */
export const SESSION_OPTIONS = Symbol.for('nestjs-redis-kit:session-options');

/** Injects `() => RedisClient` (role `session`), or undefined where the module has no `session` options. */
export const SESSION_CLIENT = Symbol.for('nestjs-redis-kit:session-client');
