/** The cache of HTTP answers. */
export const HTTP_CACHE = Symbol.for('nestjs-redis-kit:http-cache');
