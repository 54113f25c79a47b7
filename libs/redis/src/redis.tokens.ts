/** The options as the application gave them. */
export const REDIS_MODULE_OPTIONS = Symbol.for('nestjs-redis-kit:module-options');
/** The options after the check at the door. */
export const RESOLVED_OPTIONS = Symbol.for('nestjs-redis-kit:resolved-options');
