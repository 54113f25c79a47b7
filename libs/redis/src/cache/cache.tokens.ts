/** The cache of HTTP responses. */
export const HTTP_CACHE = Symbol.for('nestjs-redis-kit:http-cache');
/** Resolved options of the HTTP cache. */
export const HTTP_CACHE_OPTIONS = Symbol.for('nestjs-redis-kit:http-cache-options');
